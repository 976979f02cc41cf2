//! The properties that the server itself knows, as XML.

use super::{mime, path, windows, xml};
use crate::vfs::{Algorithm, Entry, Lock, May, Space};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The namespaces of our properties; every answer declares their prefixes.
const DAV: &str = "DAV:";
const WINDOWS: &str = "urn:schemas-microsoft-com:";
const OWNCLOUD: &str = "http://owncloud.org/ns";
const OURS: &str = "urn:loondossier";

/// The declarations of the prefixes that properties are written with.
pub(super) const DECLARATIONS: &str = concat!(
    r#"xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:" "#,
    r#"xmlns:O="http://owncloud.org/ns" xmlns:L="urn:loondossier""#
);

/// The last second of the year 9999, the last that HTTP can write.
const LAST_SECOND: u64 = 253_402_300_799;

/// Declares the properties that the server computes: each with its namespace, prefix and name.
macro_rules! live {
    ($($live:ident = $namespace:ident $prefix:literal $name:literal;)*) => {
        /// A property that the server computes.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Live {
            $($live,)*
        }
        use Live::{$($live),*};

        /// Each of them, in their order, as it is written.
        const TABLE: &[Written] = &[$(Written {
            live: $live,
            namespace: $namespace,
            name: $name,
            begin: concat!("<", $prefix, ":", $name, ">"),
            end: concat!("</", $prefix, ":", $name, ">"),
            empty: concat!("<", $prefix, ":", $name, "/>"),
        }),*];
    };
}
live! {
    ResourceType = DAV "D" "resourcetype";
    ContentLength = DAV "D" "getcontentlength";
    LastModified = DAV "D" "getlastmodified";
    CreationDate = DAV "D" "creationdate";
    Etag = DAV "D" "getetag";
    ContentType = DAV "D" "getcontenttype";
    DisplayName = DAV "D" "displayname";
    SupportedLock = DAV "D" "supportedlock";
    LockDiscovery = DAV "D" "lockdiscovery";
    QuotaUsed = DAV "D" "quota-used-bytes";
    QuotaAvailable = DAV "D" "quota-available-bytes";
    WinCreated = WINDOWS "Z" "Win32CreationTime";
    WinModified = WINDOWS "Z" "Win32LastModifiedTime";
    WinAccessed = WINDOWS "Z" "Win32LastAccessTime";
    WinAttributes = WINDOWS "Z" "Win32FileAttributes";
    Permissions = OWNCLOUD "O" "permissions";
    FileId = OWNCLOUD "O" "fileid";
    Size = OWNCLOUD "O" "size";
    Checksums = OWNCLOUD "O" "checksums";
    OwnerName = OWNCLOUD "O" "owner-display-name";
    Origin = OURS "L" "origin";
}

/// A property's names, and the tags by which it is written thousands of times.
struct Written {
    live: Live,
    namespace: &'static str,
    name: &'static str,
    begin: &'static str,
    end: &'static str,
    empty: &'static str,
}

/// What `allprop` answers: the properties of RFC 4918.
pub(super) const ALL: &[Live] = &[
    ResourceType,
    ContentLength,
    LastModified,
    CreationDate,
    Etag,
    ContentType,
    DisplayName,
    SupportedLock,
    LockDiscovery,
];

const SUPPORTED_LOCK: &str = concat!(
    "<D:supportedlock>",
    "<D:lockentry><D:lockscope><D:exclusive/></D:lockscope>",
    "<D:locktype><D:write/></D:locktype></D:lockentry>",
    "<D:lockentry><D:lockscope><D:shared/></D:lockscope>",
    "<D:locktype><D:write/></D:locktype></D:lockentry>",
    "</D:supportedlock>"
);

impl Live {
    /// The property with this name.
    pub(super) fn find(namespace: &str, name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.namespace == namespace && row.name == name).map(|row| row.live)
    }

    /// Every property there is.
    pub(super) fn every() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.live)
    }

    fn written(self) -> Option<&'static Written> {
        TABLE.get(self as usize)
    }

    /// Writes the empty element that names it.
    pub(super) fn push_name(self, out: &mut String) {
        out.push_str(self.written().map_or("", |row| row.empty));
    }

    /// Writes the property of an entry; false, and nothing written, when the entry has none.
    pub(super) fn push(self, out: &mut String, of: &Subject<'_>) -> bool {
        let entry = of.entry;
        match self {
            // Who reads strictly wants an entry in it (sardine-android).
            SupportedLock if !entry.lockable() => return false,
            SupportedLock => out.push_str(SUPPORTED_LOCK),
            LockDiscovery => push_lock_discovery(out, of.href, &entry.locks),
            ResourceType if entry.folder => {
                out.push_str("<D:resourcetype><D:collection/></D:resourcetype>");
            }
            ResourceType => self.push_name(out),
            _ => {
                let start = out.len();
                let Some(row) = self.written() else { return false };
                out.push_str(row.begin);
                if self.push_value(out, of).is_none() {
                    out.truncate(start);
                    return false;
                }
                out.push_str(row.end);
            }
        }
        true
    }

    /// Writes the value of a property that is text.
    fn push_value(self, out: &mut String, of: &Subject<'_>) -> Option<()> {
        let entry = of.entry;
        let file = (!entry.folder).then_some(());
        match self {
            ContentLength | Size => xml::push(out, format_args!("{}", file.map(|()| entry.size)?)),
            ContentType => out.push_str(file.map(|()| mime::of(&entry.name))?),
            LastModified => push_http_date(out, entry.modified),
            WinModified => push_any_date(out, entry.modified),
            WinCreated => push_any_date(out, entry.noted.created.unwrap_or(entry.created)),
            WinAccessed => push_any_date(out, entry.noted.accessed.unwrap_or(entry.modified)),
            CreationDate => push_iso_date(out, entry.created),
            Etag => {
                let (node, version) = entry.tagged()?;
                out.push('"');
                out.push_str(node);
                xml::push(out, format_args!("-{version}\""));
            }
            // The root has none.
            DisplayName => xml::push_text(out, Some(&entry.name).filter(|n| !n.is_empty())?),
            QuotaUsed => {
                let space = of.space.filter(|s| s.quota.is_some())?;
                xml::push(out, format_args!("{}", space.used));
            }
            QuotaAvailable => {
                let space = of.space?;
                xml::push(out, format_args!("{}", space.quota?.saturating_sub(space.used)));
            }
            WinAttributes => xml::push(out, format_args!("{:08x}", windows::bits(entry))),
            Permissions => push_permissions(out, entry),
            FileId => out.push_str(entry.public_id.as_deref()?),
            Checksums => {
                let digests = entry.digests.as_ref()?;
                let kinds = [
                    ("SHA1", Algorithm::Sha1),
                    ("MD5", Algorithm::Md5),
                    ("SHA256", Algorithm::Sha256),
                ];
                out.push_str("<O:checksum>");
                for (i, (name, digest)) in kinds
                    .iter()
                    .filter_map(|(name, algorithm)| Some((name, digests.get(*algorithm)?)))
                    .enumerate()
                {
                    let gap = if i == 0 { "" } else { " " };
                    let hex = data_encoding::HEXLOWER.encode(digest);
                    xml::push(out, format_args!("{gap}{name}:{hex}"));
                }
                out.push_str("</O:checksum>");
            }
            // A forwarded document is the employee's.
            OwnerName => xml::push_text(out, entry.origin.as_deref().or(entry.owner.as_deref())?),
            Origin => xml::push_text(out, entry.origin.as_deref()?),
            ResourceType | SupportedLock | LockDiscovery => return None,
        }
        Some(())
    }
}

/// What the properties are of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Subject<'a> {
    pub(super) entry: &'a Entry,
    pub(super) href: &'a str,
    /// The room there is, where it was asked for.
    pub(super) space: Option<Space>,
}

/// Writes `lockdiscovery` (RFC 4918 section 15.8) of the entry that a link leads to.
pub(super) fn push_lock_discovery(out: &mut String, href: &str, locks: &[Lock]) {
    if locks.is_empty() {
        return out.push_str("<D:lockdiscovery/>");
    }
    out.push_str("<D:lockdiscovery>");
    for lock in locks {
        let scope = if lock.exclusive { "exclusive" } else { "shared" };
        let depth = if lock.deep { "infinity" } else { "0" };
        xml::push(
            out,
            format_args!(
                "<D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:{scope}/></D:lockscope>\
             <D:depth>{depth}</D:depth>{}<D:timeout>Second-{}</D:timeout>",
                lock.owner, lock.timeout
            ),
        );
        if let Some(token) = &lock.token {
            out.push_str("<D:locktoken><D:href>");
            xml::push_text(out, token);
            out.push_str("</D:href></D:locktoken>");
        }
        let root = path::above(href, lock.above);
        xml::push(
            out,
            format_args!("<D:lockroot><D:href>{root}</D:href></D:lockroot></D:activelock>"),
        );
    }
    out.push_str("</D:lockdiscovery>");
}

/// The letters of ownCloud's clients: read, delete, rename, move, write, make a file and a folder in it.
fn push_permissions(out: &mut String, entry: &Entry) {
    for (letter, may) in [
        ('G', May::READ),
        ('D', May::REMOVE),
        ('N', May::RENAME),
        ('V', May::MOVE),
        ('W', May::WRITE),
        ('C', May::MAKE_FILE),
        ('K', May::MAKE_FOLDER),
    ] {
        if entry.may.any(may) {
            out.push(letter);
        }
    }
}

/// The second of a time in Unix milliseconds, within what HTTP can write.
pub(super) fn second(ms: i64) -> SystemTime {
    let seconds = u64::try_from(ms.div_euclid(1_000)).unwrap_or(0).min(LAST_SECOND);
    UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap_or(UNIX_EPOCH)
}

fn push_http_date(out: &mut String, ms: i64) {
    xml::push(out, format_args!("{}", httpdate::HttpDate::from(second(ms))));
}

/// The same of a time that may be of before 1970, as the one of 1601 is with which Windows says that there is none.
fn push_any_date(out: &mut String, ms: i64) {
    match jiff::Timestamp::from_millisecond(ms) {
        Ok(time) if ms < 0 => {
            xml::push(out, format_args!("{}", time.strftime("%a, %d %b %Y %H:%M:%S GMT")));
        }
        _ => push_http_date(out, ms),
    }
}

fn push_iso_date(out: &mut String, ms: i64) {
    let time = jiff::Timestamp::try_from(second(ms)).unwrap_or_default();
    xml::push(out, format_args!("{time}"));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(live: Live, entry: &Entry) -> Option<String> {
        let mut out = String::new();
        let subject = Subject { entry, href: "/a", space: None };
        live.push(&mut out, &subject).then_some(out)
    }

    #[test]
    fn the_table_names_every_property_once() {
        for live in Live::every() {
            let row = live.written().unwrap();
            assert_eq!((row.live, Live::find(row.namespace, row.name)), (live, Some(live)));
        }
        assert_eq!(Live::find("", "getetag"), None);
    }

    #[test]
    fn dates_stay_within_what_http_can_write() {
        let at = |ms| text(LastModified, &Entry { modified: ms, ..Entry::default() }).unwrap();
        assert!(at(1_793_491_200_999).contains("Sun, 01 Nov 2026 00:00:00 GMT"));
        assert!(at(i64::MAX).contains("9999"));
        assert!(at(i64::MIN).contains("1970"));
        let of_windows =
            |ms| text(WinModified, &Entry { modified: ms, ..Entry::default() }).unwrap();
        assert!(of_windows(-1).contains(">Wed, 31 Dec 1969 23:59:59 GMT<"));
        assert!(of_windows(i64::MIN).contains("1970"));
        let created = Entry { created: 1_793_491_200_000, ..Entry::default() };
        assert!(text(CreationDate, &created).unwrap().contains(">2026-11-01T00:00:00Z<"));
    }

    #[test]
    fn a_folder_has_no_length_type_or_tag() {
        let folder = Entry { folder: true, public_id: Some("f".into()), ..Entry::default() };
        for live in [ContentLength, ContentType, Etag, Checksums, Size] {
            assert_eq!(text(live, &folder), None, "{live:?}");
        }
        assert_eq!(
            text(ResourceType, &folder).unwrap(),
            "<D:resourcetype><D:collection/></D:resourcetype>"
        );
    }

    #[test]
    fn no_free_space_is_told_without_a_quota() {
        let entry = Entry { folder: true, ..Entry::default() };
        let told = |live: Live, space| {
            let mut out = String::new();
            live.push(&mut out, &Subject { entry: &entry, href: "/", space }).then_some(out)
        };
        let space = |quota| Some(Space { used: 30, quota });
        for live in [QuotaUsed, QuotaAvailable] {
            assert_eq!(told(live, None), None);
            assert_eq!(told(live, space(None)), None);
        }
        let available = told(QuotaAvailable, space(Some(100))).unwrap();
        assert_eq!(available, "<D:quota-available-bytes>70</D:quota-available-bytes>");
        assert!(told(QuotaAvailable, space(Some(10))).unwrap().contains(">0<"));
        assert!(told(QuotaUsed, space(Some(100))).unwrap().contains(">30<"));
    }

    #[test]
    fn what_may_not_be_written_is_marked_read_only() {
        let mut entry = Entry { may: May::READ, ..Entry::default() };
        assert!(text(WinAttributes, &entry).unwrap().contains(">00000021<"));
        assert_eq!(text(Permissions, &entry).unwrap(), "<O:permissions>G</O:permissions>");
        assert_eq!(text(SupportedLock, &entry), None);
        let whole = May::READ | May::NOTE | May::RENAME | May::MOVE | May::REMOVE;
        entry.may = whole | May::WRITE;
        assert!(text(WinAttributes, &entry).unwrap().contains(">00000020<"));
        assert!(text(Permissions, &entry).unwrap().contains(">GDNVW<"));
        assert_eq!(text(SupportedLock, &entry).as_deref(), Some(SUPPORTED_LOCK));
        (entry.folder, entry.may) = (true, whole | May::MAKE_FILE | May::MAKE_FOLDER);
        assert!(text(WinAttributes, &entry).unwrap().contains(">00000010<"));
        assert!(text(Permissions, &entry).unwrap().contains(">GDNVCK<"));
    }

    #[test]
    fn a_lock_of_another_account_shows_no_token() {
        let mine = Lock {
            token: Some("urn:uuid:1".into()),
            exclusive: true,
            deep: true,
            owner: "<D:owner xmlns:D=\"DAV:\">me</D:owner>".into(),
            timeout: 600,
            above: 0,
        };
        let other = Lock {
            token: None,
            exclusive: false,
            deep: false,
            owner: String::new(),
            above: 1,
            ..mine
        };
        let mut out = String::new();
        push_lock_discovery(&mut out, "/a/b", &[other]);
        insta::assert_snapshot!(out, @r#"<D:lockdiscovery><D:activelock><D:locktype><D:write/></D:locktype><D:lockscope><D:shared/></D:lockscope><D:depth>0</D:depth><D:timeout>Second-600</D:timeout><D:lockroot><D:href>/a/</D:href></D:lockroot></D:activelock></D:lockdiscovery>"#);
    }
}
