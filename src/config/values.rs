//! Values of keys that have a form of their own.

use anyhow::Context;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// A value that is never shown.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secret(pub(super) String);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

impl Secret {
    /// The value, or what is in the file when one is named, without the line's end.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn read(&self, file: &Path) -> anyhow::Result<String> {
        if file.as_os_str().is_empty() {
            return Ok(self.0.clone());
        }
        let text = std::fs::read_to_string(file)
            .with_context(|| format!("{} cannot be read", file.display()))?;
        Ok(text.trim_end().to_owned())
    }
}

/// A length of time: `"90s"`, `"2m"`, `"48h"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Span(pub Duration);

impl Span {
    pub(super) const fn seconds(s: u64) -> Self {
        Self(Duration::from_secs(s))
    }

    pub(super) const fn minutes(m: u64) -> Self {
        Self::seconds(m * 60)
    }
}

impl TryFrom<String> for Span {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let span: Option<jiff::SignedDuration> = text.parse().ok();
        span.and_then(|s| s.try_into().ok()).map(Self).ok_or("not a length of time like \"2m\"")
    }
}

impl From<Span> for String {
    fn from(span: Span) -> Self {
        jiff::SignedDuration::try_from(span.0).map(|s| format!("{s:#}")).unwrap_or_default()
    }
}

/// Bytes, or no limit: `"none"`, `"500 MB"`, `"50 GiB"`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Size(pub Option<u64>);

const UNITS: [(&str, u64); 7] = [
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("", 1),
];

impl TryFrom<String> for Size {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text == "none" {
            return Ok(Self(None));
        }
        let read = UNITS.iter().find_map(|(unit, bytes)| {
            let number: u64 = text.strip_suffix(unit)?.trim_end().parse().ok()?;
            number.checked_mul(*bytes)
        });
        read.map(|bytes| Self(Some(bytes))).ok_or("not a size like \"50 GiB\" or \"none\"")
    }
}

impl From<Size> for String {
    fn from(size: Size) -> Self {
        let Some(bytes) = size.0 else { return "none".into() };
        let unit = UNITS.iter().find(|(_, each)| bytes != 0 && bytes % each == 0);
        let (unit, each) = unit.copied().unwrap_or(("", 1));
        format!("{} {unit}", bytes / each).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_of_time_reads_as_it_is_written() {
        for text in ["2m", "90s", "48h"] {
            let span = Span::try_from(text.to_owned()).unwrap();
            assert_eq!(Span::try_from(String::from(span)).unwrap(), span);
        }
        assert_eq!(String::from(Span::minutes(2)), "2m");
        for text in ["", "2", "-2m", "soon"] {
            assert!(Span::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_size_reads_as_it_is_written() {
        for (text, bytes) in [("none", None), ("50 GiB", Some(50 << 30)), ("7", Some(7))] {
            let size = Size::try_from(text.to_owned()).unwrap();
            assert_eq!(size.0, bytes);
            assert_eq!(String::from(size), text);
        }
        for text in ["", "-1", "5 XB", "99999999999999 TiB"] {
            assert!(Size::try_from(text.to_owned()).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_does_not_show_itself() {
        assert!(!format!("{:?}", Secret("hush".into())).contains("hush"));
    }

    #[test]
    fn a_secret_in_a_file_loses_the_end_of_its_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hush\n").unwrap();
        assert_eq!(Secret::default().read(file.path()).unwrap(), "hush");
        assert_eq!(Secret("plain".into()).read(Path::new("")).unwrap(), "plain");
    }
}
