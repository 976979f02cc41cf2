//! The log: on standard error, for a person or for a program.

use tracing::Level;

/// The form of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A line for a person.
    Text,
    /// An object per line.
    Json,
}

/// Logs to standard error from here on: what is of this level, or worse.
///
/// # Errors
/// The level is none, or the log was begun before.
pub fn log_to_stderr(format: Format, level: &str) -> anyhow::Result<()> {
    let level: Level = level.parse()?;
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr);
    let begun = match format {
        Format::Text => log.with_ansi(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
    begun.map_err(anyhow::Error::from_boxed)
}
