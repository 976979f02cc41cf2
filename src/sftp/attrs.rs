//! ATTRS of the SFTP v3 draft (section 5), and the line that `ls -l` shows.
//!
//! Knows how an [`Entry`] looks to a client of a Unix server. Permissions shown are never rights.

use super::codec::Reader;
use super::reply::Name;
use crate::dossier::day;
use crate::vfs::{Attributes, Entry};
use bytes::{BufMut, BytesMut};

/// The one owner and group that files are shown with.
pub(super) const OWNER: &str = "loondossier";

const SIZE: u32 = 1;
const OWNERS: u32 = 2;
const PERMISSIONS: u32 = 4;
const TIMES: u32 = 8;
const EXTENDED: u32 = 0x8000_0000;

/// File type bits of `st_mode`.
const FOLDER: u32 = 0o040_000;
const FILE: u32 = 0o100_000;

/// About half a year, in milliseconds: `ls` shows the time of what is younger and the year of what
/// is older.
const RECENT: i64 = 182 * 86_400_000;

/// What a client sets or is shown. Owners that a client sets are not kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Attrs {
    pub(super) size: Option<u64>,
    /// With the file type in its upper bits.
    pub(super) permissions: Option<u32>,
    /// Modification time, Unix seconds.
    pub(super) modified: Option<u32>,
}

impl Attrs {
    /// Reads them; `None` past the end of the frame.
    pub(super) fn read(body: &mut Reader) -> Option<Self> {
        let flags = body.u32()?;
        let mut attrs = Self::default();
        if flags & SIZE != 0 {
            attrs.size = Some(body.u64()?);
        }
        if flags & OWNERS != 0 {
            let _user_and_group = body.u64()?;
        }
        if flags & PERMISSIONS != 0 {
            attrs.permissions = Some(body.u32()?);
        }
        if flags & TIMES != 0 {
            let _accessed = body.u32()?;
            attrs.modified = Some(body.u32()?);
        }
        if flags & EXTENDED != 0 {
            for _ in 0..body.u32()? {
                body.string()?;
                body.string()?;
            }
        }
        Some(attrs)
    }

    /// Appends what is known, with the one owner.
    pub(super) fn write(&self, out: &mut BytesMut) {
        let flag = |known: bool, flag: u32| if known { flag } else { 0 };
        out.put_u32(
            flag(self.size.is_some(), SIZE)
                | flag(self.permissions.is_some(), OWNERS | PERMISSIONS)
                | flag(self.modified.is_some(), TIMES),
        );
        if let Some(size) = self.size {
            out.put_u64(size);
        }
        if let Some(permissions) = self.permissions {
            out.put_u64(0); // user and group
            out.put_u32(permissions);
        }
        if let Some(modified) = self.modified {
            out.put_u32(modified); // the access time is not kept
            out.put_u32(modified);
        }
    }

    /// What an entry is shown with.
    pub(super) fn of(entry: &Entry) -> Self {
        let shown = match (entry.folder, entry.writable()) {
            (true, true) => 0o755,
            (true, false) => 0o555,
            (false, true) => 0o644,
            (false, false) => 0o444,
        };
        let bits = entry.mode.map_or(shown, |mode| mode & 0o7777);
        Self {
            size: Some(entry.size),
            permissions: Some(bits | if entry.folder { FOLDER } else { FILE }),
            modified: Some(seconds(entry.modified)),
        }
    }

    /// What of it is kept, besides the size.
    pub(super) fn kept(&self) -> Attributes {
        Attributes {
            modified: self.modified.map(|seconds| i64::from(seconds) * 1000),
            mode: self.permissions.map(|bits| bits & 0o7777),
            ..Attributes::default()
        }
    }
}

impl Name {
    /// An entry of a folder, by the name it has there.
    pub(super) fn of(name: &str, entry: &Entry, now: i64) -> Self {
        let attrs = Attrs::of(entry);
        let long = long(name, &attrs, entry.modified, now);
        Self { short: name.to_owned(), long, attrs }
    }

    /// A path alone, as REALPATH answers: what it is is not told.
    pub(super) fn path(path: &impl ToString) -> Self {
        let path = path.to_string();
        Self { short: path.clone(), long: path, attrs: Attrs::default() }
    }
}

/// Milliseconds as the 32 bits of seconds that version 3 has.
fn seconds(ms: i64) -> u32 {
    u32::try_from(ms.div_euclid(1000).max(0)).unwrap_or(u32::MAX)
}

/// A line of `ls -l`, in the form that clients parse.
fn long(name: &str, attrs: &Attrs, modified: i64, now: i64) -> String {
    let mode = attrs.permissions.unwrap_or(0);
    let kind = if mode & FOLDER != 0 { 'd' } else { '-' };
    let bits: String = (0..9)
        .zip("rwxrwxrwx".chars())
        .map(|(i, letter)| if mode & (0o400 >> i) == 0 { '-' } else { letter })
        .collect();
    let recent = (0..RECENT).contains(&(now - modified));
    let date = day::local(modified).strftime(if recent { "%b %e %H:%M" } else { "%b %e  %Y" });
    let size = attrs.size.unwrap_or(0);
    format!("{kind}{bits}    1 {OWNER:<8} {OWNER:<8} {size:>8} {date} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::May;

    /// 2026-11-24 04:11 in Amsterdam.
    const NOW: i64 = 1_795_489_860_000;

    fn file() -> Entry {
        Entry { size: 1234, modified: NOW - 3_600_000, may: May::READ, ..Entry::default() }
    }

    #[test]
    fn a_young_file_shows_its_time_and_an_old_one_its_year() {
        let name = Name::of("a b.pdf", &file(), NOW);
        assert_eq!(
            name.long,
            "-r--r--r--    1 loondossier loondossier     1234 Nov 24 03:11 a b.pdf"
        );
        let old = Entry { modified: 0, ..file() };
        assert!(Name::of("x", &old, NOW).long.ends_with("Jan  1  1970 x"));
    }

    #[test]
    fn permissions_show_what_may_be_written_unless_the_client_set_them() {
        let bits = |entry: &Entry| Attrs::of(entry).permissions.map(|p| format!("{p:o}"));
        let own = Entry { may: May::WRITE | May::MAKE_FILE, ..file() };
        assert_eq!(bits(&own).as_deref(), Some("100644"));
        assert_eq!(bits(&file()).as_deref(), Some("100444"));
        let set = Entry { mode: Some(0o750), ..file() };
        assert_eq!(bits(&set).as_deref(), Some("100750"));
        let folder = Entry { folder: true, size: 0, ..own };
        assert_eq!(bits(&folder).as_deref(), Some("40755"));
    }

    #[test]
    fn times_before_1970_and_after_2106_stay_within_32_bits() {
        assert_eq!(seconds(-1), 0);
        assert_eq!(seconds(i64::MAX), u32::MAX);
        assert_eq!(seconds(1_999), 1);
    }
}
