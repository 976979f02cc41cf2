//! What Windows' own client is told, and what it notes.
//!
//! Knows its properties and its limits; must not know how they are written.

use super::props::Live;
use crate::vfs::Entry;
use http::HeaderMap;
use http::header::USER_AGENT;

/// The bits of `Win32FileAttributes`.
const READ_ONLY: u32 = 0x01;
const HIDDEN: u32 = 0x02;
const SYSTEM: u32 = 0x04;
const FOLDER: u32 = 0x10;
const ARCHIVE: u32 = 0x20;
/// None of the others.
const NORMAL: u32 = 0x80;

/// Whether it is this client that asks.
pub(super) fn asks(headers: &HeaderMap) -> bool {
    let agent = headers.get(USER_AGENT).map(http::HeaderValue::as_bytes);
    agent.is_some_and(|a| a.starts_with(b"Microsoft-WebDAV"))
}

/// What `allprop` answers it. It stops reading a folder at 1,000,000 bytes: what it uses, in at most 440 bytes. It
/// uses no tags, and takes for a file what is no collection.
pub(super) const fn all(entry: &Entry) -> [Live; 4] {
    let what = if entry.folder { Live::ResourceType } else { Live::ContentLength };
    let noted = entry.noted.created.is_some();
    let made = if noted { Live::WinCreated } else { Live::CreationDate };
    [what, Live::LastModified, made, Live::WinAttributes]
}

/// What is kept of the attributes that it sets, which are written in hexadecimal. That a file is only read is what
/// its rights say.
pub(super) fn noted(text: &str) -> Option<u32> {
    u32::from_str_radix(text.trim(), 16).ok().map(|bits| bits & (HIDDEN | SYSTEM | ARCHIVE))
}

/// The attributes to show: those that were noted, or the usual ones.
pub(super) fn bits(entry: &Entry) -> u32 {
    let (kind, usual) = if entry.folder { (FOLDER, 0) } else { (0, ARCHIVE) };
    let shown = if entry.writable() {
        kind | entry.noted.bits.unwrap_or(usual)
    } else {
        kind | usual | READ_ONLY
    };
    if shown == 0 { NORMAL } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::{May, Noted};

    #[test]
    fn what_it_notes_is_shown_but_what_may_not_be_changed_is_read_only() {
        for (set, file, folder) in
            [(None, 0x20, 0x10), (Some("00000000"), 0x80, 0x10), (Some("000000FF"), 0x26, 0x36)]
        {
            let noted = Noted { bits: set.and_then(noted), ..Noted::default() };
            let mut entry = Entry { noted, may: May::WRITE, ..Entry::default() };
            assert_eq!(bits(&entry), file, "{set:?}");
            entry.may = May::READ;
            assert_eq!(bits(&entry), 0x21, "{set:?}");
            entry.folder = true;
            assert_eq!(bits(&entry), 0x11, "{set:?}");
            entry.may = May::MAKE_FILE | May::RENAME;
            assert_eq!(bits(&entry), folder, "{set:?}");
        }
        assert_eq!(noted("hidden"), None);
    }
}
