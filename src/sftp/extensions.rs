//! Extensions of SFTP v3: their names, their requests, and the replies that are theirs alone.
//!
//! Only what works is offered: a client believes the list, and `limits@openssh.com` offered and
//! refused makes OpenSSH read 64 bytes at a time.

use super::attrs::{Attrs, OWNER};
use super::codec::{HandleId, MAX_DATA, MAX_FRAME, Path, Reader, Request};
use super::handles::MAX_HANDLES;
use super::reply::{Reply, put_string};
use crate::vfs::{Algorithm, Space};
use bytes::{BufMut, Bytes, BytesMut};

/// What VERSION lists, with the version of each: all of it is used by some client. `check-file` is
/// paramiko's and goes by handle; `check-file-name` is WinSCP's, as the draft has it.
pub(super) const OFFERED: [(&str, &str); 11] = [
    ("posix-rename@openssh.com", "1"),
    ("limits@openssh.com", "1"),
    ("fsync@openssh.com", "1"),
    ("statvfs@openssh.com", "2"),
    ("fstatvfs@openssh.com", "2"),
    ("lsetstat@openssh.com", "1"),
    ("expand-path@openssh.com", "1"),
    ("users-groups-by-id@openssh.com", "1"),
    ("copy-data", "1"),
    ("check-file", "1"),
    ("check-file-name", "1"),
];

/// A request that version 3 itself does not have.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Extended {
    Limits,
    Sync(HandleId),
    Space(Path),
    SpaceHandle(HandleId),
    /// Numbers of users and groups, four bytes each.
    Owners {
        users: Bytes,
        groups: Bytes,
    },
    Copy(Copy),
    Check {
        path: Path,
        check: Check,
    },
    CheckHandle {
        handle: HandleId,
        check: Check,
    },
}

/// `copy-data`: from one open file into another (draft-ietf-secsh-filexfer-extensions-00 section 7).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Copy {
    pub(super) from: HandleId,
    pub(super) offset: u64,
    /// 0 is as far as there is something.
    pub(super) length: u64,
    pub(super) to: HandleId,
    pub(super) at: u64,
}

/// Which digest of which part (draft-ietf-secsh-filexfer-extensions-00 section 3).
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Check {
    /// Names with commas between them, the dearest first.
    pub(super) algorithms: Bytes,
    pub(super) offset: u64,
    pub(super) length: u64,
    pub(super) block: u32,
}

/// Reads an extended request after its name; `None` past the end of the frame.
pub(super) fn read(name: &[u8], body: &mut Reader) -> Option<Request> {
    let extended = match name {
        b"posix-rename@openssh.com" => {
            return Some(Request::Rename { from: body.path()?, to: body.path()?, overwrite: true });
        }
        b"lsetstat@openssh.com" => {
            return Some(Request::Set { path: body.path()?, attrs: Attrs::read(body)? });
        }
        b"expand-path@openssh.com" => return Some(Request::RealPath(expand(&body.string()?))),
        b"limits@openssh.com" => Extended::Limits,
        b"fsync@openssh.com" => Extended::Sync(body.handle()?),
        b"statvfs@openssh.com" => Extended::Space(body.path()?),
        b"fstatvfs@openssh.com" => Extended::SpaceHandle(body.handle()?),
        b"users-groups-by-id@openssh.com" => {
            Extended::Owners { users: body.string()?, groups: body.string()? }
        }
        b"copy-data" => Extended::Copy(Copy {
            from: body.handle()?,
            offset: body.u64()?,
            length: body.u64()?,
            to: body.handle()?,
            at: body.u64()?,
        }),
        b"check-file-name" => Extended::Check { path: body.path()?, check: Check::read(body)? },
        b"check-file" => {
            Extended::CheckHandle { handle: body.handle()?, check: Check::read(body)? }
        }
        _ => return Some(Request::Unknown),
    };
    Some(Request::Extended(extended))
}

/// A path in which `~` and `~jansen` are a home, and everybody's home is the root.
pub(super) fn expand(bytes: &[u8]) -> Path {
    let home = bytes.first() == Some(&b'~');
    let start = bytes.iter().position(|byte| *byte == b'/').unwrap_or(bytes.len());
    super::codec::path(bytes.get(start..).filter(|_| home).unwrap_or(bytes))
}

impl Check {
    fn read(body: &mut Reader) -> Option<Self> {
        Some(Self {
            algorithms: body.string()?,
            offset: body.u64()?,
            length: body.u64()?,
            block: body.u32()?,
        })
    }

    /// The first digest asked for that is known here; of the whole file, in one block.
    pub(super) fn algorithm(&self, size: u64) -> Option<Algorithm> {
        let whole = |part: u64| part == 0 || part >= size;
        if self.offset != 0 || !whole(self.length) || !whole(u64::from(self.block)) {
            return None;
        }
        let known =
            |name: &[u8]| ALGORITHMS.into_iter().find(|(_, known)| known.as_bytes() == name);
        let (algorithm, _) = self.algorithms.split(|byte| *byte == b',').find_map(known)?;
        Some(algorithm)
    }
}

/// The digests that `check-file` knows, and their names.
const ALGORITHMS: [(Algorithm, &str); 3] =
    [(Algorithm::Sha256, "sha256"), (Algorithm::Sha1, "sha1"), (Algorithm::Md5, "md5")];

/// The answer to `check-file`.
pub(super) fn checked(before: &[u8], algorithm: Algorithm, digest: &[u8]) -> Reply {
    let named = ALGORITHMS.into_iter().find(|(known, _)| *known == algorithm);
    let mut body = BytesMut::from(before);
    put_string(&mut body, named.map_or("", |(_, name)| name).as_bytes());
    body.extend_from_slice(digest);
    Reply::Extended(body.freeze())
}

/// The answer to `limits@openssh.com`.
pub(super) fn limits() -> Reply {
    let mut body = BytesMut::new();
    for limit in [MAX_FRAME, MAX_DATA, MAX_DATA, MAX_HANDLES] {
        body.put_u64(u64::from(limit));
    }
    Reply::Extended(body.freeze())
}

/// The answer to `statvfs@openssh.com`. Without a quota no free space is told: a constant stands
/// for it, large enough for any client to go on.
pub(super) fn space(space: Space) -> Reply {
    const BLOCK: u64 = 4096;
    const ENDLESS: u64 = 1 << 50;
    const NODES: u64 = 1 << 30;
    let (all, free) =
        space.quota.map_or((ENDLESS, ENDLESS), |quota| (quota, quota.saturating_sub(space.used)));
    let (all, free) = (all / BLOCK, free / BLOCK);
    let (id, flags, longest_name) = (0, 0, 255);
    let mut body = BytesMut::new();
    for field in [BLOCK, BLOCK, all, free, free, NODES, NODES, NODES, id, flags, longest_name] {
        body.put_u64(field);
    }
    Reply::Extended(body.freeze())
}

/// The answer to `users-groups-by-id@openssh.com`: there is one owner, 0.
pub(super) fn owners(users: &[u8], groups: &[u8]) -> Reply {
    let names = |ids: &[u8]| {
        let mut names = BytesMut::new();
        for id in ids.chunks_exact(4) {
            let known = id.iter().all(|byte| *byte == 0);
            put_string(&mut names, if known { OWNER.as_bytes() } else { b"" });
        }
        names
    };
    let mut body = BytesMut::new();
    put_string(&mut body, &names(users));
    put_string(&mut body, &names(groups));
    Reply::Extended(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(algorithms: &'static str, length: u64) -> Check {
        Check { algorithms: algorithms.into(), offset: 0, length, block: 0 }
    }

    #[test]
    fn the_first_known_digest_of_the_whole_file_is_told() {
        assert_eq!(check("crc32,sha1,md5", 0).algorithm(10), Some(Algorithm::Sha1));
        assert_eq!(check("md5", 10).algorithm(10), Some(Algorithm::Md5));
        assert_eq!(check("md5", 9).algorithm(10), None);
        assert_eq!(check("crc32", 0).algorithm(10), None);
        let Reply::Extended(body) = checked(b"", Algorithm::Sha1, &[1; 20]) else {
            panic!("no digest");
        };
        assert_eq!(body, [b"\0\0\0\x04sha1".as_slice(), &[1; 20]].concat());
    }

    #[test]
    fn a_quota_is_told_and_its_absence_is_not() {
        let fields = |used, quota| match space(Space { used, quota }) {
            Reply::Extended(body) => {
                body.chunks(8).map(|f| u64::from_be_bytes(f.try_into().unwrap())).collect()
            }
            _ => Vec::new(),
        };
        assert_eq!(fields(4096, Some(40_960))[..5], [4096, 4096, 10, 9, 9]);
        assert_eq!(fields(50_000, Some(40_960))[3], 0, "over quota there is no room");
        assert_eq!(fields(7, None), fields(9_000_000, None));
    }

    #[test]
    fn everybody_is_at_home_in_the_root() {
        assert_eq!(expand(b"~").unwrap().to_string(), "/");
        assert_eq!(expand(b"~/a/../b").unwrap().to_string(), "/b");
        assert_eq!(expand(b"~jansen").unwrap().to_string(), "/");
        assert_eq!(expand(b"~jansen/a").unwrap().to_string(), "/a");
        assert_eq!(expand(b"a/~b").unwrap().to_string(), "/a/~b");
    }
}
