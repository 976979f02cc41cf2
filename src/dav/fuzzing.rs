//! What holds of whatever a client writes in a header or a body: the oracles of the fuzz targets in
//! `fuzz/`, which mount this file and those that it asks. Knows the readers of headers and bodies; must
//! not know what is done with what they read.

use super::guard::{Asked, Depth, Destination};
use super::if_header::{self, List};
use super::status::Failure;
use super::xml::{Document, MAX_BODY, Node};
use super::{path, range};
use crate::vfs::{Claim, State};
use http::{HeaderMap, HeaderValue, Method};
use quick_xml::Reader;
use quick_xml::events::Event;

/// Panics when something does not hold.
type Oracle = fn(&[u8]);

/// The targets, each with its oracle.
pub(crate) const TARGETS: [(&str, Oracle); 6] = [
    ("xml", xml),
    ("if", if_lists),
    ("range", ranges),
    ("destination", destination),
    ("timeout", timeout),
    ("depth", depth),
];

/// A body that is taken is no deeper and larger than we bear, brings no entities of its own, and each of
/// its elements stands on its own as the same element.
fn xml(data: &[u8]) {
    let Ok(document) = Document::parse(data) else { return };
    assert!(data.len() <= MAX_BODY);
    let text = std::str::from_utf8(data).unwrap_or_default().trim_start_matches('\u{feff}');
    let (mut reader, mut depth, mut elements) = (Reader::from_str(text), 0, 0);
    loop {
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                (depth, elements) = (depth + 1, elements + 1);
                assert!(depth <= 16, "{depth} levels");
            }
            Ok(Event::Empty(_)) => elements += 1,
            Ok(Event::End(_)) => depth -= 1,
            Ok(Event::Eof) => break,
            other => {
                let harmless = !matches!(other, Err(_) | Ok(Event::DocType(_) | Event::PI(_)));
                assert!(harmless, "{other:?}");
            }
        }
    }
    assert!((1..=2_000).contains(&elements), "{elements} elements");
    let root = document.root();
    assert!(root.is_some());
    for node in root.into_iter().chain(root.into_iter().flat_map(Node::children)) {
        let alone = node.xml();
        // What it inherits may be more than one element may say.
        let inherits = alone.split('>').next().unwrap_or_default().matches("=\"").count();
        if inherits > 16 || alone.len() > MAX_BODY {
            continue;
        }
        let again = Document::parse(alone.as_bytes());
        let same = again.as_ref().ok().and_then(Document::root).is_some_and(|again| {
            again.namespace() == node.namespace()
                && again.name() == node.name()
                && again.text() == node.text()
                && again
                    .children()
                    .map(|n| (n.namespace(), n.name()))
                    .eq(node.children().map(|n| (n.namespace(), n.name())))
        });
        assert!(same, "{alone}");
    }
}

/// What is read says the same when it is written again; no list is empty or too many.
fn if_lists(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(lists) = if_header::parse(text) else { return };
    assert!((1..=64).contains(&lists.len()));
    assert!(lists.iter().all(|list| !list.claims.is_empty()));
    let tagged = lists.iter().filter(|list| list.resource.is_some()).count();
    assert!(tagged == 0 || tagged == lists.len(), "lists with and without a resource");
    let written: Vec<_> = lists.iter().map(written).collect();
    assert_eq!(if_header::parse(&written.concat()), Some(lists));
}

fn written(list: &List) -> String {
    let claim = |Claim { not, state }: &Claim| {
        let not = if *not { "Not " } else { "" };
        match state {
            State::Token(uri) => format!("{not}<{uri}>"),
            State::Tag(Some(tag)) => format!("{not}[\"{tag}\"]"),
            State::Tag(None) => format!("{not}[W/\"weak\"]"),
        }
    };
    let resource = list.resource.as_ref().map_or(String::new(), |uri| format!("<{uri}>"));
    format!("{resource}({})", list.claims.iter().map(claim).collect::<String>())
}

/// Eight bytes of the file's size and a header. What is honoured makes no answer longer than the file.
fn ranges(data: &[u8]) {
    let Some((size, header)) = data.split_first_chunk() else { return };
    let (size, Ok(header)) = (u64::from_le_bytes(*size), std::str::from_utf8(header)) else {
        return;
    };
    if !range::honoured(header, size) {
        return;
    }
    let one = header.split_once('=').map_or("", |(_, list)| list).trim();
    assert!(!one.contains(','), "{header}");
    let (first, last) = one.split_once('-').unwrap_or_default();
    let [first, last] = [first, last].map(|text| text.trim().parse::<u128>().ok());
    let whole = u128::from(size);
    let (start, end) = match (first, last) {
        (Some(first), Some(last)) => (first, whole.min(last + 1)),
        (Some(first), None) => (first, whole),
        (None, Some(suffix)) => (whole.saturating_sub(suffix), whole),
        (None, None) => (0, u128::MAX),
    };
    assert!(end.saturating_sub(start) <= whole, "{start} to {end} of {size} bytes: {header}");
}

/// A destination that is taken is at one of our names, or else nowhere; its path goes down alone, and is
/// the same when it is written as a link.
fn destination(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(destination) = Destination::parse(text) else { return };
    let Destination { login, authority, path } = &destination;
    assert!(path.starts_with('/'));
    let user = login.as_ref().map_or(String::new(), |login| format!("{login}@"));
    let whole =
        authority.as_ref().map_or(path.clone(), |host| format!("http://{user}{host}{path}"));
    assert_eq!(Destination::parse(&whole).as_ref(), Some(&destination));
    let here = destination.is_here(Some("ons.example"), &["dossier.example".to_owned()]);
    let named = authority.as_ref().is_none_or(|host| {
        let name = host.split(':').next().unwrap_or_default();
        ["ons.example", "dossier.example"].contains(&name)
    });
    assert!(named || !here, "{text}");
    let Ok(read) = path::parse(path) else { return };
    for part in read.parts() {
        assert!(!["", ".", ".."].contains(&part.as_str()), "{text}");
        assert!(!part.contains(|c: char| c == '/' || c.is_control()), "{text}");
    }
    assert_eq!(path::parse(&path::href(&read, false)), Ok(read));
}

/// What a header of that name says, when it can be sent at all.
fn asked(name: &'static str, data: &[u8]) -> Option<(Result<Asked, Failure>, String)> {
    let value = HeaderValue::from_bytes(data).ok()?;
    let text = std::str::from_utf8(data).unwrap_or_default().trim().to_ascii_lowercase();
    let headers = HeaderMap::from_iter([(http::HeaderName::from_static(name), value)]);
    Some((Asked::read(&Method::PUT, &headers), text))
}

/// The time is the first that is understood: for ever, or so many seconds.
fn timeout(data: &[u8]) {
    let Some((read, text)) = asked("timeout", data) else { return };
    let seconds = |word: &str| {
        let digits = word.strip_prefix("second-")?.as_bytes();
        let add = |all: Option<u64>, digit: &u8| {
            let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
            Some(all?.saturating_mul(10).saturating_add(digit))
        };
        let seconds = digits.iter().fold(Some(0), add).filter(|_| !digits.is_empty())?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    };
    let understood = text.split(',').map(str::trim).find_map(|word| match word {
        "infinite" => Some(u32::MAX),
        other => seconds(other),
    });
    match read {
        Ok(asked) => {
            assert!(asked.timeout.is_some());
            assert_eq!(asked.timeout, understood, "{text}");
        }
        Err(failure) => {
            assert_eq!((failure, understood), (Failure::Malformed("timeout"), None), "{text}");
        }
    }
}

/// One of three, and whatever else is refused.
fn depth(data: &[u8]) {
    let Some((read, text)) = asked("depth", data) else { return };
    let meant = match text.as_str() {
        "0" => Some(Depth::Zero),
        "1" => Some(Depth::One),
        "infinity" => Some(Depth::Infinity),
        _ => None,
    };
    match read {
        Ok(asked) => assert!(meant.is_some() && asked.depth == meant, "{text}"),
        Err(failure) => assert_eq!((failure, meant), (Failure::Malformed("depth"), None), "{text}"),
    }
}
