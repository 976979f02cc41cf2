//! What the program logs of who is not let in, or is ended, of all tests in this process.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct Log;

impl Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Begins to listen; what was logged before is not known.
pub fn listen() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let of = [("auth", LevelFilter::WARN), ("loondossier::sftp", LevelFilter::INFO)];
        let lines = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Log);
        tracing_subscriber::registry().with(lines).with(Targets::from_iter(of)).init();
    });
}

/// What each line says after these words.
pub fn after(words: &str) -> Vec<String> {
    let log = LOG.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(&log);
    let of = |line: &str| line.split_once(words).map(|(_, rest)| rest.to_owned());
    text.lines().filter_map(of).collect()
}
