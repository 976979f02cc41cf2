//! The name of an object.

use super::cause::{Cause, Step};
use super::sealing::random;
use super::store::OBJECTS;
use crate::dossier::{Error, Result};
use data_encoding::HEXLOWER;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// 128 bits as 32 hex digits: eight that many in a row have in common, and the rest random. The object lies at
/// `blobs/<first two>/<all>.age`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BlobKey(String);

/// How many more objects a folder takes before the next is drawn.
const IN_A_ROW: u16 = 1_023;

/// The folder that objects go to, and how many more.
static TURN: Mutex<(u8, u16)> = Mutex::new((0, 0));

impl BlobKey {
    /// A new one. What is stored about the same time lies in one folder, for a while: the disk then has fewer
    /// places to write to, and who waits for the same folder waits for it together.
    pub(super) fn generate() -> Step<Self> {
        let mut bytes = random::<16>()?;
        let [shard, ..] = &mut bytes;
        let mut turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        *turn = match *turn {
            (_, 0) => (*shard, IN_A_ROW),
            (same, left) => (same, left - 1),
        };
        *shard = turn.0;
        Ok(Self(HEXLOWER.encode(&bytes)))
    }

    /// Where the object lies below the service's root.
    pub(super) fn path(&self) -> String {
        format!("{}/{self}.age", self.shard())
    }

    /// The folder it lies in.
    pub(super) fn shard(&self) -> String {
        format!("{OBJECTS}{}", self.0.get(..2).unwrap_or_default())
    }

    /// The object at a path, if that is one.
    pub(super) fn at(path: &str) -> Option<Self> {
        let name = path.rsplit('/').next()?.strip_suffix(".age")?;
        Self::checked(name).filter(|key| key.path() == path)
    }

    fn checked(text: &str) -> Option<Self> {
        let hex = text.len() == 32 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        hex.then(|| Self(text.to_owned()))
    }
}

impl fmt::Display for BlobKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for BlobKey {
    type Err = Error;

    /// # Errors
    /// [`Error::Unavailable`]: what the catalog holds names no object.
    fn from_str(text: &str) -> Result<Self> {
        Self::checked(text)
            .ok_or_else(|| Cause::Broken("not 32 hex digits").report("name a content"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_text_and_its_path() {
        let key = BlobKey::generate().unwrap();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_eq!(BlobKey::at(&key.path()), Some(key));
        let key: BlobKey = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(key.path(), "blobs/00/00112233445566778899aabbccddeeff.age");
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in
            ["", "00", "../../../../../../../../etc/host", "00112233445566778899AABBCCDDEEFF"]
        {
            assert_eq!(text.parse::<BlobKey>(), Err(Error::Unavailable));
        }
        for path in ["blobs/01/00112233445566778899aabbccddeeff.age", "blobs/", "blobs/00/x.age"] {
            assert_eq!(BlobKey::at(path), None);
        }
    }
}
