//! What went wrong underneath, and how it is told at the door: logged once, here, without key
//! material, and then one of two errors.

use crate::dossier::Error;
use std::{fmt, io};

/// The result of a step underneath.
pub(super) type Step<T> = Result<T, Cause>;

/// Why a step failed, before it is told to anybody.
#[derive(Debug)]
pub(super) enum Cause {
    /// The storage said so.
    Storage(opendal::Error),
    /// The node's disk said so.
    Disk(io::Error),
    /// What was read is not what was written, or a key does not fit.
    Broken(&'static str),
}

impl Cause {
    /// Logs the cause, with what was being done, and gives what the door may know of it.
    pub(super) fn report(self, doing: &'static str) -> Error {
        tracing::error!(cause = %self, doing, "storage failed");
        match self.io_kind() {
            Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded) => Error::NoSpace,
            Some(io::ErrorKind::FileTooLarge) => Error::TooLarge,
            _ => Error::Unavailable,
        }
    }

    /// The first IO error among the causes of the cause.
    fn io_kind(&self) -> Option<io::ErrorKind> {
        let mut source: Option<&(dyn std::error::Error + 'static)> = match self {
            Self::Storage(error) => Some(error),
            Self::Disk(error) => return Some(error.kind()),
            Self::Broken(_) => None,
        };
        while let Some(error) = source {
            if let Some(error) = error.downcast_ref::<io::Error>() {
                return Some(error.kind());
            }
            source = error.source();
        }
        None
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Storage(error) => error.fmt(f),
            Self::Disk(error) => error.fmt(f),
            Self::Broken(what) => f.write_str(what),
        }
    }
}

impl From<opendal::Error> for Cause {
    fn from(error: opendal::Error) -> Self {
        Self::Storage(error)
    }
}

impl From<io::Error> for Cause {
    fn from(error: io::Error) -> Self {
        Self::Disk(error)
    }
}

/// Of the AEAD: it says no more than that.
impl From<aws_lc_rs::error::Unspecified> for Cause {
    fn from(_: aws_lc_rs::error::Unspecified) -> Self {
        Self::Broken("not what was sealed, or not with this key")
    }
}

/// Of work on another thread that panicked or was stopped with the runtime.
impl From<tokio::task::JoinError> for Cause {
    fn from(_: tokio::task::JoinError) -> Self {
        Self::Broken("the work was stopped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_space_however_deep_it_lies() {
        let full = || io::Error::from(io::ErrorKind::StorageFull);
        let wrapped = opendal::Error::new(opendal::ErrorKind::Unexpected, "x").set_source(full());
        assert_eq!(Cause::from(full()).report("test"), Error::NoSpace);
        assert_eq!(Cause::from(wrapped).report("test"), Error::NoSpace);
        let away = opendal::Error::new(opendal::ErrorKind::Unexpected, "x");
        assert_eq!(Cause::from(away).report("test"), Error::Unavailable);
    }
}
