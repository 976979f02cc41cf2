//! What a verb answers about one folder or file, and what it may be asked.

use super::Conditions;
use crate::catalog::NodeId;
use crate::dossier::Rights;
use std::ops::BitOr;
use std::sync::Arc;

/// One folder or file as one viewer sees it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the viewer's language; empty for the root.
    pub name: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Bytes; 0 for a folder.
    pub size: u64,
    /// Unix milliseconds, as the client set it or the server saw it.
    pub modified: i64,
    /// Unix milliseconds.
    pub created: i64,
    /// Permission bits as a client set them. Shown, never a right.
    pub mode: Option<u32>,
    /// What else a client noted on it.
    pub noted: Noted,
    /// The viewer's rights to it.
    pub rights: Rights,
    /// What it may do with it.
    pub may: May,
    /// The random id that clients see, in 32 hex digits. `None` for a folder of the tree itself.
    pub public_id: Option<String>,
    /// Which version of a file, counted per node from 1; 0 for a folder.
    pub version: i64,
    /// What is kept of what a file's content hashes to.
    pub digests: Option<Digests>,
    /// Whose it is, by the name that the viewer's own tree has for that party.
    pub owner: Option<Arc<str>>,
    /// From whom a forwarded document came: the employee, as its employer knows it.
    pub origin: Option<String>,
    /// The locks on it, its own and those of the folders above that reach it. A token is there only
    /// for the account that holds it.
    pub locks: Vec<Lock>,
    /// Dead properties, when they were asked for: expanded name (`{namespace}local`) and XML value.
    pub properties: Vec<(String, String)>,
    /// The row behind it, on which its locks and dead properties hang; of an earlier day none.
    pub(crate) node: Option<NodeId>,
}

impl Entry {
    /// The strong entity tag, without quotes: `<node>-<version>`. A folder has none.
    pub fn etag(&self) -> Option<String> {
        self.tagged().map(|(id, version)| format!("{id}-{version}"))
    }

    /// The two parts of its entity tag.
    pub fn tagged(&self) -> Option<(&str, i64)> {
        let id = self.public_id.as_deref().filter(|_| !self.folder)?;
        Some((id, self.version))
    }

    /// Whether the viewer may change it or put something in it: what read-only marks show.
    pub fn writable(&self) -> bool {
        self.may.any(May::WRITE | May::MAKE_FILE | May::MAKE_FOLDER)
    }

    /// Whether the viewer may lock it, and note anything on it.
    pub fn lockable(&self) -> bool {
        self.may.any(May::NOTE)
    }
}

/// What a viewer may do with an entry.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct May(u8);

impl May {
    /// Open it, or list it.
    pub const READ: Self = Self(1);
    /// Give a file other content.
    pub const WRITE: Self = Self(2);
    /// Give it another name in its folder.
    pub const RENAME: Self = Self(4);
    /// Move it somewhere else, which may share, forward, approve or reject it.
    pub const MOVE: Self = Self(8);
    /// Delete it, withdraw it, or end its forward.
    pub const REMOVE: Self = Self(16);
    /// Put a file into a folder.
    pub const MAKE_FILE: Self = Self(32);
    /// Make a folder in a folder.
    pub const MAKE_FOLDER: Self = Self(64);
    /// Lock it, and set its times and properties.
    pub const NOTE: Self = Self(128);

    /// Whether any of these may be done.
    pub const fn any(self, of: Self) -> bool {
        self.0 & of.0 != 0
    }

    /// These where `yes`, else nothing.
    pub(super) const fn when(self, yes: bool) -> Self {
        if yes { self } else { Self(0) }
    }
}

impl BitOr for May {
    type Output = Self;
    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

/// Which digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// SHA-256, of 32 bytes.
    Sha256,
    /// SHA-1, of 20 bytes.
    Sha1,
    /// MD5, of 16 bytes.
    Md5,
}

/// The digests of a file's content that are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Digests {
    /// SHA-256.
    pub sha256: [u8; 32],
    /// SHA-1.
    pub sha1: Option<[u8; 20]>,
    /// MD5.
    pub md5: Option<[u8; 16]>,
}

impl Digests {
    /// One of them, when it is kept.
    pub fn get(&self, algorithm: Algorithm) -> Option<&[u8]> {
        match algorithm {
            Algorithm::Sha256 => Some(&self.sha256),
            Algorithm::Sha1 => self.sha1.as_ref().map(<[u8; 20]>::as_slice),
            Algorithm::Md5 => self.md5.as_ref().map(<[u8; 16]>::as_slice),
        }
    }
}

/// A digest that a client announced: what is sent must have it, or nothing is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checksum {
    /// Which.
    pub algorithm: Algorithm,
    /// Its bytes.
    pub digest: Vec<u8>,
}

impl Checksum {
    /// Whether it is one of these.
    pub(super) fn is_of(&self, digests: &Digests) -> bool {
        digests.get(self.algorithm) == Some(&self.digest)
    }
}

/// A lock (RFC 4918 section 6), on a node, not on a path: a document has several paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// `urn:uuid:...`; `None` for anybody but the account that holds it.
    pub token: Option<String>,
    /// Exclusive, or shared.
    pub exclusive: bool,
    /// Depth infinity, or 0.
    pub deep: bool,
    /// What the client said about its owner: XML, at most 1 KiB. Empty for other accounts.
    pub owner: String,
    /// How many seconds it was given.
    pub timeout: u32,
    /// How many folders above the entry it lies; 0 is on the entry itself.
    pub above: usize,
}

/// What a LOCK asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LockRequest {
    /// Exclusive, or shared.
    pub exclusive: bool,
    /// Depth infinity, or 0.
    pub deep: bool,
    /// XML, at most 1 KiB.
    pub owner: String,
    /// Seconds; `None` is 600. Cut to 3,600.
    pub timeout: Option<u32>,
}

/// How an upload begins and what is known about it beforehand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Create {
    /// Keep the present content and write into it (SFTP OPEN without TRUNC); else begin empty.
    pub keep: bool,
    /// A file must be made when there is none (SFTP CREAT; always so for PUT).
    pub make: bool,
    /// The whole length, when the client announced it: a commit of any other fails.
    pub size: Option<u64>,
    /// The digest that the client announced.
    pub checksum: Option<Checksum>,
    /// The time that the client gives the file, in Unix milliseconds.
    pub modified: Option<i64>,
    /// What must hold at commit.
    pub conditions: Conditions,
}

/// What may be set on a file or folder.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// Unix milliseconds.
    pub modified: Option<i64>,
    /// Permission bits, shown only.
    pub mode: Option<u32>,
    /// What else there is to note.
    pub noted: Noted,
}

/// What Windows notes on a file or folder beside its time. Shown to whoever asks for it, and never judged by: the
/// server's own times are others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Noted {
    /// When it was made, in Unix milliseconds.
    pub created: Option<i64>,
    /// When it was last read, in Unix milliseconds: as the client says, no read changes it.
    pub accessed: Option<i64>,
    /// Bits of Windows: hidden, system, archive. None where the viewer may neither write nor rename it.
    pub bits: Option<u32>,
}

/// One change of a dead property: its expanded name, and its XML value or `None` to remove it.
pub type PropertyChange = (String, Option<String>);

/// What a DELETE, REMOVE or RMDIR takes for granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remove {
    /// A file, or a folder with all that is in it (WebDAV DELETE).
    Anything,
    /// A file (SFTP REMOVE).
    File,
    /// A folder with nothing in it (SFTP RMDIR).
    EmptyFolder,
}

/// What else is asked for when one looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Also {
    /// The dead properties of every entry.
    pub properties: bool,
    /// The room that the viewer has.
    pub space: bool,
}

/// Room, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// What counts for the party.
    pub used: u64,
    /// What it may use; `None` is no limit, and then no free space is told.
    pub quota: Option<u64>,
}
