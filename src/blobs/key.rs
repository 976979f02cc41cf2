//! The name of an object.

use super::cause::{Cause, Step};
use super::member::PLACE;
use super::sealing::random;
use super::store::OBJECTS;
use crate::dossier::{Error, Result};
use data_encoding::HEXLOWER;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, PoisonError};

/// 128 bits as 32 hex digits: eight that many in a row have in common, and the rest random. The object lies at
/// `blobs/<first two>/<all>.age`. With a hyphen and a number behind it, it lies in the segment
/// `blobs/<first two>/<32 digits>.tar`, from that byte on.
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

    /// The name of what begins at a place in the segment of this name.
    pub(super) fn within(&self, place: u64) -> Self {
        Self(format!("{}-{place}", self.digits()))
    }

    /// Where it begins in its segment; `None` of an object in a file of its own.
    pub(super) fn place(&self) -> Option<u64> {
        self.0.split_once('-')?.1.parse().ok()
    }

    /// The file that the object lies in, below the service's root.
    pub(super) fn path(&self) -> String {
        if self.place().is_some() { self.segment() } else { self.file("age") }
    }

    /// The segment of this name, below the service's root.
    pub(super) fn segment(&self) -> String {
        self.file("tar")
    }

    /// What the object is called in its segment.
    pub(super) fn member(&self) -> String {
        format!("{self}.age")
    }

    /// Where the object lies below `blobs/`, for whoever has it back without this program:
    /// `ab/ab....age`, or `ab/ab....tar/ab...-0.age` for a member of an archive.
    pub fn object(&self) -> String {
        let path = self.path();
        let path = path.strip_prefix(OBJECTS).unwrap_or_default();
        if self.place().is_some() { format!("{path}/{}", self.member()) } else { path.to_owned() }
    }

    /// The object, or the segment, at a path, if that is one; and whether it is a segment.
    pub(super) fn at(path: &str) -> Option<(Self, bool)> {
        let (name, end) = path.rsplit('/').next()?.rsplit_once('.')?;
        let key =
            Self::checked(name).filter(|key| key.place().is_none() && key.file(end) == path)?;
        matches!(end, "age" | "tar").then(|| (key, end == "tar"))
    }

    fn file(&self, end: &str) -> String {
        let digits = self.digits();
        format!("{OBJECTS}{}/{digits}.{end}", digits.get(..2).unwrap_or_default())
    }

    fn digits(&self) -> &str {
        self.0.split_once('-').map_or(&self.0, |(digits, _)| digits)
    }

    fn checked(text: &str) -> Option<Self> {
        let key = Self(text.to_owned());
        let digits = key.digits();
        let hex = |b| matches!(b, b'0'..=b'9' | b'a'..=b'f');
        let whole = match key.place() {
            None => text == digits,
            Some(place) => place % PLACE == 0 && key.within(place) == key,
        };
        (whole && digits.len() == 32 && digits.bytes().all(hex)).then_some(key)
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
            .ok_or_else(|| Cause::Broken("not the name of one").report("name a content"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_its_text_and_its_path() {
        let key = BlobKey::generate().unwrap();
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_eq!(BlobKey::at(&key.path()), Some((key.clone(), false)));
        assert_eq!(BlobKey::at(&key.segment()), Some((key, true)));
        let key: BlobKey = "00112233445566778899aabbccddeeff".parse().unwrap();
        assert_eq!(key.path(), "blobs/00/00112233445566778899aabbccddeeff.age");
        assert_eq!(key.object(), "00/00112233445566778899aabbccddeeff.age");
    }

    #[test]
    fn a_name_in_a_segment_says_where_it_lies() {
        let segment: BlobKey = "00112233445566778899aabbccddeeff".parse().unwrap();
        let key = segment.within(2 * PLACE);
        assert_eq!(key.to_string(), "00112233445566778899aabbccddeeff-8192");
        assert_eq!(key.to_string().parse(), Ok(key.clone()));
        assert_eq!((segment.place(), key.place()), (None, Some(8192)));
        assert_eq!(key.path(), "blobs/00/00112233445566778899aabbccddeeff.tar");
        assert_eq!(
            key.object(),
            "00/00112233445566778899aabbccddeeff.tar/00112233445566778899aabbccddeeff-8192.age"
        );
    }

    #[test]
    fn nothing_else_is_a_name() {
        for text in
            ["", "00", "-0", "../../../../../../../../etc/host", "00112233445566778899AABBCCDDEEFF"]
        {
            assert_eq!(text.parse::<BlobKey>(), Err(Error::Unavailable));
        }
        for place in ["-", "-1", "-04096", "-+4096", "--4096", "-4096-0", "-99999999999999999999"] {
            let text = format!("00112233445566778899aabbccddeeff{place}");
            assert_eq!(text.parse::<BlobKey>(), Err(Error::Unavailable), "{text}");
        }
        for path in ["blobs/01/00112233445566778899aabbccddeeff.age", "blobs/", "blobs/00/x.age"] {
            assert_eq!(BlobKey::at(path), None);
        }
    }
}
