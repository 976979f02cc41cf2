//! PROPFIND: what is there, streamed (RFC 4918 section 9.1).

use super::front::Call;
use super::guard::Depth;
use super::multistatus::{Ask, Property, TAIL, head};
use super::props::Subject;
use super::status::{Failure, xml};
use super::xml::{Document, Node};
use super::{Body, path, windows};
use crate::dossier::Error;
use crate::vfs::{Also, Entry, Listing, Space};
use bytes::Bytes;
use futures_util::stream;
use http::header::CONTENT_LOCATION;
use http::{HeaderValue, Response, StatusCode};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use std::io;

/// Bytes that are sent at once.
const CHUNK: usize = 64 * 1024;
/// More properties than any client asks for, and more bytes than their names and namespaces take as they are written
/// for every entry that has none of them. The longest request that is known is of some 50, in 3 KB.
const MAX_PROPERTIES: usize = 100;
const MAX_NAMES: usize = 8 * 1024;

/// Answers with the properties of a file, or of a folder and what is in it.
pub(super) async fn propfind(call: &Call, body: &[u8]) -> Result<Response<Body>, Failure> {
    let ask = read(body, windows::asks(&call.headers))?;
    let (vfs, session) = (&call.site.vfs, &call.session);
    if call.asked.depth == Some(Depth::One) {
        let also = Also { properties: ask.dead(), space: ask.space() };
        match vfs.list(session, &call.path, also).await {
            Err(Error::NotFolder) if !call.slash => {}
            Err(Error::NotFolder) => return Err(Error::NotFound.into()),
            listing => return many(call, ask, listing?).await,
        }
    }
    let (entry, space) = if ask.space() {
        let (entry, space) = vfs.stat_with_space(session, &call.path).await?;
        (entry, Some(space))
    } else {
        (vfs.stat(session, &call.path).await?, None)
    };
    if entry.folder && call.asked.depth != Some(Depth::Zero) {
        return Err(Failure::FiniteDepth);
    }
    if call.slash && !entry.folder {
        return Err(Error::NotFound.into());
    }
    let mut out = head();
    push_first(call, &ask, &entry, space, &mut out);
    out.push_str(TAIL);
    Ok(placed(call, entry.folder, xml(StatusCode::MULTI_STATUS, out)))
}

/// Says where a folder is that was asked for without its slash (RFC 4918 section 5.2).
fn placed(call: &Call, folder: bool, mut response: Response<Body>) -> Response<Body> {
    if folder
        && !call.slash
        && let Ok(place) = HeaderValue::try_from(path::href(&call.path, true))
    {
        response.headers_mut().insert(CONTENT_LOCATION, place);
    }
    response
}

/// The folder itself, and then page after page. The first page is fetched before success is told; a
/// later one that fails breaks the answer off, which no client takes for a short folder.
async fn many(call: &Call, ask: Ask, mut listing: Listing) -> Result<Response<Body>, Failure> {
    let first = listing.next().await?;
    let mut out = head();
    push_first(call, &ask, &listing.folder, listing.space, &mut out);
    let pages = Pages { base: path::href(&call.path, true), ask, listing, next: first, out };
    let chunks = stream::try_unfold(Some(pages), |pages| async {
        match pages {
            Some(pages) => pages.chunk().await.map(Some),
            None => Ok(None),
        }
    });
    let mut response = xml(StatusCode::MULTI_STATUS, String::new());
    *response.body_mut() = StreamBody::new(chunks).boxed_unsync();
    Ok(placed(call, true, response))
}

/// The entry that the request is about: the one that is told the room there is.
fn push_first(call: &Call, ask: &Ask, entry: &Entry, space: Option<Space>, out: &mut String) {
    let href = path::href(&call.path, entry.folder);
    ask.push(out, &Subject { entry, href: &href, space: space.filter(|_| entry.folder) });
}

/// What is left of a listing.
struct Pages {
    base: String,
    ask: Ask,
    listing: Listing,
    /// What comes next; `None` after the last.
    next: Option<Entry>,
    out: String,
}

type Next = (Frame<Bytes>, Option<Pages>);

impl Pages {
    async fn chunk(mut self) -> io::Result<Next> {
        self.listing.check().await.map_err(io::Error::other)?;
        while let Some(entry) = self.next.take() {
            push_child(&mut self.out, &self.base, &self.ask, &entry);
            self.next = self.listing.next().await.map_err(io::Error::other)?;
            if self.out.len() >= CHUNK {
                let next = String::with_capacity(CHUNK + CHUNK / 8);
                let full = std::mem::replace(&mut self.out, next);
                return Ok((Frame::data(full.into()), Some(self)));
            }
        }
        self.out.push_str(TAIL);
        Ok((Frame::data(self.out.into()), None))
    }
}

fn push_child(out: &mut String, base: &str, ask: &Ask, entry: &Entry) {
    let mut href = base.to_owned();
    path::push_name(&mut href, &entry.name);
    if entry.folder {
        href.push('/');
    }
    ask.push(out, &Subject { entry, href: &href, space: None });
}

/// Reads the body. None is `allprop`.
fn read(body: &[u8], windows: bool) -> Result<Ask, Failure> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Ask::All { windows, include: Vec::new() });
    }
    let malformed = Failure::Malformed("propfind body");
    let document = Document::parse(body).map_err(|_| malformed)?;
    let root = document.root().filter(|r| r.is_dav("propfind")).ok_or(malformed)?;
    let named = |element: &str| -> Vec<Property> {
        let children = root.child(element).into_iter().flat_map(Node::children);
        children.map(|n| Property::new(n.namespace(), n.name())).collect()
    };
    let ask = match ["allprop", "propname", "prop"].map(|name| root.child(name).is_some()) {
        [true, false, false] => Ask::All { windows, include: named("include") },
        [false, true, false] => Ask::Names,
        [false, false, true] => Ask::These(named("prop")),
        _ => return Err(malformed),
    };
    match &ask {
        Ask::All { include: asked, .. } | Ask::These(asked) if is_too_much(asked) => Err(malformed),
        _ => Ok(ask),
    }
}

/// Whether so much is asked for that the names alone would make any answer long.
fn is_too_much(asked: &[Property]) -> bool {
    let mut names = String::new();
    asked.iter().take(MAX_PROPERTIES).for_each(|property| property.push_name(&mut names));
    asked.len() > MAX_PROPERTIES || names.len() > MAX_NAMES
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::props::Live;
    use crate::vfs::{Digests, May, Noted};

    fn payslip() -> Entry {
        Entry {
            name: "Loonstrook 2026-11.pdf".into(),
            size: 1_234_567,
            modified: 1_795_478_400_000,
            created: 1_795_478_400_000,
            may: May::READ,
            public_id: Some("0123456789abcdef0123456789abcdef".into()),
            version: 12,
            digests: Some(Digests { sha256: [1; 32], sha1: Some([2; 20]), md5: Some([3; 16]) }),
            ..Entry::default()
        }
    }

    fn written(ask: &Ask, base: &str, entry: &Entry) -> String {
        let mut out = String::new();
        push_child(&mut out, base, ask, entry);
        out
    }

    #[test]
    fn an_entry_for_windows_is_at_most_440_bytes() {
        let base = "/Werkgevers/Bakkerij%20Jansen%20BV/Loonstroken/2026/";
        let out = written(&read(b"", true).unwrap(), base, &payslip());
        insta::assert_snapshot!(out, @r#"<D:response><D:href>/Werkgevers/Bakkerij%20Jansen%20BV/Loonstroken/2026/Loonstrook%202026-11.pdf</D:href><D:propstat><D:prop><D:getcontentlength>1234567</D:getcontentlength><D:getlastmodified>Tue, 24 Nov 2026 00:00:00 GMT</D:getlastmodified><D:creationdate>2026-11-24T00:00:00Z</D:creationdate><Z:Win32FileAttributes>00000021</Z:Win32FileAttributes></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"#);
        assert!(out.len() <= 440, "{}", out.len());
        // Of a name as long as may be in the alphabet of no URL, the link is nearly all there is.
        let long = Entry { name: "é".repeat(127), ..payslip() };
        let long = written(&read(b"", true).unwrap(), base, &long);
        assert!(long.len() - 127 * 6 <= 440, "{}", long.len());
        let noted = Noted { created: Some(1_795_478_400_000), ..Noted::default() };
        let noted = written(&read(b"", true).unwrap(), base, &Entry { noted, ..payslip() });
        assert!(noted.contains("<Z:Win32CreationTime>Tue, 24 Nov 2026 00:00:00 GMT<"), "{noted}");
        assert!(noted.len() <= 440, "{}", noted.len());
    }

    #[test]
    fn missing_properties_are_told_in_one_piece() {
        let body = br#"<propfind xmlns="DAV:"><prop><getetag/><quota-used-bytes/>
            <x xmlns="urn:y"/><z xmlns=""/></prop></propfind>"#;
        let out = written(&read(body, false).unwrap(), "/", &payslip());
        insta::assert_snapshot!(out, @r#"<D:response><D:href>/Loonstrook%202026-11.pdf</D:href><D:propstat><D:prop><D:getetag>"0123456789abcdef0123456789abcdef-12"</D:getetag></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat><D:propstat><D:prop><D:quota-used-bytes/><x:x xmlns:x="urn:y"/><z/></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>"#);
    }

    #[test]
    fn dead_properties_are_shown_as_they_were_set() {
        let mut entry = payslip();
        entry.properties = vec![("{urn:y}x".into(), r#"<q:x xmlns:q="urn:y">1</q:x>"#.into())];
        let body = br#"<propfind xmlns="DAV:"><prop><x xmlns="urn:y"/></prop></propfind>"#;
        let ask = read(body, false).unwrap();
        assert!(ask.dead() && !ask.space());
        assert!(written(&ask, "/", &entry).contains(r#"<q:x xmlns:q="urn:y">1</q:x>"#));
        let names = read(br#"<propfind xmlns="DAV:"><propname/></propfind>"#, false).unwrap();
        insta::assert_snapshot!(written(&names, "/", &entry), @r#"<D:response><D:href>/Loonstrook%202026-11.pdf</D:href><D:propstat><D:prop><D:resourcetype/><D:getcontentlength/><D:getlastmodified/><D:creationdate/><D:getetag/><D:getcontenttype/><D:displayname/><D:lockdiscovery/><Z:Win32CreationTime/><Z:Win32LastModifiedTime/><Z:Win32LastAccessTime/><Z:Win32FileAttributes/><O:permissions/><O:fileid/><O:size/><O:checksums/><x:x xmlns:x="urn:y"/></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>"#);
    }

    #[test]
    fn bodies_that_ask_for_nothing_or_too_much_are_refused() {
        let many = format!(
            r#"<propfind xmlns="DAV:"><prop>{}</prop></propfind>"#,
            "<a/>".repeat(MAX_PROPERTIES + 1)
        );
        // A namespace that is declared once is written for every property.
        let long = |length: usize| {
            let names: Vec<_> = (10..60).map(|n| format!("<n:a{n}/>")).collect();
            let names = names.concat();
            let space = "n".repeat(length);
            format!(r#"<propfind xmlns="DAV:" xmlns:n="{space}"><prop>{names}</prop></propfind>"#)
        };
        assert!(read(long(100).as_bytes(), false).is_ok());
        let longer = long(200);
        for body in [
            &longer,
            "x",
            "<propfind/>",
            r#"<propfind xmlns="DAV:"/>"#,
            r#"<propfind xmlns="DAV:"><allprop/><propname/></propfind>"#,
            r#"<prop xmlns="DAV:"><allprop/></prop>"#,
            r#"<propfind xmlns="DAV:"><prop><b:f xmlns:b=""/></prop></propfind>"#,
            &many,
        ] {
            let refused = Err(Failure::Malformed("propfind body"));
            assert_eq!(read(body.as_bytes(), false), refused, "{body}");
        }
    }

    #[test]
    fn allprop_may_include_more() {
        let body = br#"<propfind xmlns="DAV:"><allprop/><include><quota-used-bytes/></include></propfind>"#;
        let ask = read(body, false).unwrap();
        assert!(ask.space() && ask.dead());
        let include = vec![Property::Live(Live::QuotaUsed)];
        assert_eq!(ask, Ask::All { windows: false, include });
    }
}
