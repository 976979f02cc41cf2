//! PROPPATCH: times and dead properties, all or none (RFC 4918 section 9.2).

use super::front::Call;
use super::multistatus::{self, Property};
use super::props::Live;
use super::status::{Failure, xml};
use super::xml::{Document, MAX_BODY, Node};
use super::{Body, path, windows};
use crate::dossier::Error;
use crate::vfs::{Attributes, Conditions, PropertyChange};
use http::{Response, StatusCode};
use std::time::UNIX_EPOCH;

const MALFORMED: Failure = Failure::Malformed("propertyupdate body");

/// Sets what may be set; else says of each property why not.
pub(super) async fn proppatch(
    call: &Call,
    body: &[u8],
    conditions: &Conditions,
) -> Result<Response<Body>, Failure> {
    let mut update = read(body)?;
    let (vfs, session) = (&call.site.vfs, &call.session);
    let entry = vfs.stat(session, &call.path).await?;
    if update.outcome.iter().any(|(_, status)| *status != 200) {
        // Nothing of it is set; whether anything could be is asked all the same.
        (update.attributes, update.changes) = (Attributes::default(), Vec::new());
        let kept = update.outcome.iter_mut().filter(|(_, status)| *status == 200);
        kept.for_each(|(_, status)| *status = 424);
    }
    let Update { attributes, changes, outcome } = update;
    vfs.patch(session, &call.path, attributes, changes, conditions).await?;
    let href = path::href(&call.path, entry.folder);
    let answer = multistatus::patched(&href, &outcome);
    Ok(xml(StatusCode::MULTI_STATUS, answer))
}

/// What a body asks for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Update {
    attributes: Attributes,
    changes: Vec<PropertyChange>,
    /// Every property with the status that it would have by itself.
    outcome: Vec<(Property, u16)>,
}

fn read(body: &[u8]) -> Result<Update, Failure> {
    let document = Document::parse(body).map_err(|_| MALFORMED)?;
    let root = document.root().filter(|r| r.is_dav("propertyupdate")).ok_or(MALFORMED)?;
    let mut update = Update::default();
    let mut size = 0;
    for action in root.children() {
        let set = action.is_dav("set");
        if !set && !action.is_dav("remove") {
            continue;
        }
        for node in action.child("prop").ok_or(MALFORMED)?.children() {
            update.take(node, set);
            let last = update.changes.last().and_then(|(_, value)| value.as_ref());
            size += last.map_or(0, String::len);
            if size > MAX_BODY {
                return Err(Failure::Door(Error::TooMany));
            }
        }
    }
    if update.outcome.is_empty() { Err(MALFORMED) } else { Ok(update) }
}

impl Update {
    fn take(&mut self, node: Node<'_>, set: bool) {
        let property = Property::new(node.namespace(), node.name());
        let status = match &property {
            // The name by which rclone sets it.
            Property::Dead(..) if set && node.is_dav("lastmodified") => {
                note(&mut self.attributes.modified, seconds(node.text()))
            }
            Property::Dead(namespace, name) => {
                let name = multistatus::expanded(namespace, name);
                self.changes.push((name, set.then(|| node.xml())));
                200
            }
            Property::Live(Live::LastModified | Live::WinModified) if set => {
                note(&mut self.attributes.modified, http_date(node.text()))
            }
            Property::Live(Live::WinCreated) if set => {
                note(&mut self.attributes.noted.created, http_date(node.text()))
            }
            Property::Live(Live::WinAccessed) if set => {
                note(&mut self.attributes.noted.accessed, http_date(node.text()))
            }
            Property::Live(Live::WinAttributes) if set => {
                note(&mut self.attributes.noted.bits, windows::noted(node.text()))
            }
            Property::Live(_) => 403,
        };
        self.outcome.push((property, status));
    }
}

/// Takes what could be read; gives the status of it.
fn note<T>(kept: &mut Option<T>, read: Option<T>) -> u16 {
    let status = if read.is_some() { 200 } else { 409 };
    *kept = read.or(kept.take());
    status
}

/// Unix seconds, in milliseconds.
fn seconds(text: &str) -> Option<i64> {
    text.trim().parse::<i64>().ok()?.checked_mul(1_000)
}

/// A date as Windows writes it, in Unix milliseconds; where nobody set one it is of the year 1601.
fn http_date(text: &str) -> Option<i64> {
    let text = text.trim();
    let modern =
        httpdate::parse_http_date(text).ok().and_then(|t| t.duration_since(UNIX_EPOCH).ok());
    match modern {
        Some(since) => i64::try_from(since.as_millis()).ok(),
        None => Some(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_millisecond()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::Noted;

    fn outcome(body: &str) -> Vec<u16> {
        read(body.as_bytes()).unwrap().outcome.iter().map(|(_, s)| *s).collect()
    }

    #[test]
    fn the_times_of_windows_are_taken() {
        let body = r#"<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>
            <Z:Win32CreationTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32CreationTime>
            <Z:Win32LastAccessTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32LastAccessTime>
            <Z:Win32LastModifiedTime>Mon, 23 Nov 2026 00:00:00 GMT</Z:Win32LastModifiedTime>
            <Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"#;
        assert_eq!(outcome(body), [200; 4]);
        let update = read(body.as_bytes()).unwrap();
        assert_eq!(update.attributes.modified, Some(1_795_392_000_000));
        let day = Some(1_795_492_800_000);
        let noted = Noted { created: day, accessed: day, bits: Some(0x20) };
        assert_eq!(update.attributes.noted, noted);
        assert!(update.changes.is_empty());
    }

    #[test]
    fn a_time_that_nobody_set_on_windows_is_taken_too() {
        let at = |date| http_date(date);
        assert_eq!(at("Mon, 01 Jan 1601 00:00:00 GMT"), Some(-11_644_473_600_000));
        assert_eq!(at("Thu, 01 Jan 1970 00:00:01 GMT"), Some(1_000));
        assert_eq!(at("soon"), None);
    }

    #[test]
    fn rclone_sets_the_time_in_seconds() {
        let body = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><lastmodified xmlns="DAV:">1795392000</lastmodified></D:prop></D:set></D:propertyupdate>"#;
        let update = read(body.as_bytes()).unwrap();
        assert_eq!(update.attributes.modified, Some(1_795_392_000_000));
    }

    #[test]
    fn protected_and_unreadable_values_are_told_apart() {
        let body = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><D:getetag>x</D:getetag><D:getlastmodified>soon</D:getlastmodified><a xmlns="b">1</a></D:prop></D:set><D:remove><D:prop><c xmlns="b"/></D:prop></D:remove></D:propertyupdate>"#;
        assert_eq!(outcome(body), [403, 409, 200, 200]);
        let update = read(body.as_bytes()).unwrap();
        assert_eq!(
            update.changes,
            [
                ("{b}a".into(), Some(r#"<a xmlns="b" xmlns:D="DAV:">1</a>"#.into())),
                ("{b}c".into(), None),
            ]
        );
        let mut outcome = update.outcome;
        outcome[2].1 = 424;
        insta::assert_snapshot!(multistatus::patched("/a", &outcome), @r#"<?xml version="1.0" encoding="utf-8"?><D:multistatus xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:" xmlns:O="http://owncloud.org/ns" xmlns:L="urn:loondossier"><D:response><D:href>/a</D:href><D:propstat><D:prop><x:c xmlns:x="b"/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:getetag/></D:prop><D:status>HTTP/1.1 403 Forbidden</D:status><D:error><D:cannot-modify-protected-property/></D:error></D:propstat><D:propstat><D:prop><D:getlastmodified/></D:prop><D:status>HTTP/1.1 409 Conflict</D:status></D:propstat><D:propstat><D:prop><x:a xmlns:x="b"/></D:prop><D:status>HTTP/1.1 424 Failed Dependency</D:status></D:propstat></D:response></D:multistatus>"#);
    }

    #[test]
    fn a_body_without_a_property_is_refused() {
        for body in [
            "",
            r#"<D:propertyupdate xmlns:D="DAV:"/>"#,
            r#"<D:propertyupdate xmlns:D="DAV:"><D:set/></D:propertyupdate>"#,
            r#"<D:propfind xmlns:D="DAV:"><D:set><D:prop><a/></D:prop></D:set></D:propfind>"#,
        ] {
            assert_eq!(read(body.as_bytes()), Err(MALFORMED), "{body}");
        }
    }

    #[test]
    fn namespaces_repeated_on_every_property_do_not_grow_without_bound() {
        let body = format!(
            r#"<D:propertyupdate xmlns:D="DAV:" xmlns:a="{}"><D:set><D:prop>{}</D:prop></D:set></D:propertyupdate>"#,
            "n".repeat(500),
            "<a:b/>".repeat(1_000)
        );
        assert_eq!(read(body.as_bytes()), Err(Failure::Door(Error::TooMany)));
    }
}
