//! The writer of 207 answers (RFC 4918 section 13).

use super::props::{self, ALL, DECLARATIONS, Live, Subject};
use super::{windows, xml};
use crate::vfs::Lock;
use quick_xml::escape::escape;

/// How every multistatus ends.
pub(super) const TAIL: &str = "</D:multistatus>";

/// How every multistatus begins.
pub(super) fn head() -> String {
    format!(r#"<?xml version="1.0" encoding="utf-8"?><D:multistatus {DECLARATIONS}>"#)
}

/// A property that was asked for or is to be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Property {
    /// One that the server computes.
    Live(Live),
    /// Any other: namespace and name.
    Dead(String, String),
}

impl Property {
    pub(super) fn new(namespace: &str, name: &str) -> Self {
        match Live::find(namespace, name) {
            Some(live) => Self::Live(live),
            None => Self::Dead(namespace.to_owned(), name.to_owned()),
        }
    }

    /// Writes the empty element that names it.
    pub(super) fn push_name(&self, out: &mut String) {
        match self {
            Self::Live(live) => live.push_name(out),
            Self::Dead(namespace, name) => push_dead_name(out, namespace, name),
        }
    }

    /// Writes it as `of` has it; false when it has not.
    fn push(&self, out: &mut String, of: &Subject<'_>) -> bool {
        match self {
            Self::Live(live) => live.push(out, of),
            Self::Dead(namespace, name) => {
                let expanded = expanded(namespace, name);
                let found = of.entry.properties.iter().find(|(n, _)| *n == expanded);
                found.map(|(_, value)| out.push_str(value)).is_some()
            }
        }
    }
}

/// The name by which the door knows a dead property.
pub(super) fn expanded(namespace: &str, name: &str) -> String {
    format!("{{{namespace}}}{name}")
}

fn push_dead_name(out: &mut String, namespace: &str, name: &str) {
    if namespace.is_empty() {
        xml::push(out, format_args!("<{name}/>"));
    } else {
        xml::push(out, format_args!("<x:{name} xmlns:x=\"{}\"/>", escape(namespace)));
    }
}

/// What a PROPFIND asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ask {
    /// All that is worth telling, and these.
    All { windows: bool, include: Vec<Property> },
    /// The names of all.
    Names,
    /// These.
    These(Vec<Property>),
}

impl Ask {
    /// Whether dead properties must be fetched to answer it.
    pub(super) fn dead(&self) -> bool {
        match self {
            // Windows uses none, and they may be of any length.
            Self::All { windows: true, .. } => false,
            Self::All { .. } | Self::Names => true,
            Self::These(asked) => asked.iter().any(|p| matches!(p, Property::Dead(..))),
        }
    }

    /// Whether the room there is must be fetched to answer it.
    pub(super) fn space(&self) -> bool {
        let quota = [Live::QuotaUsed, Live::QuotaAvailable].map(Property::Live);
        match self {
            Self::All { include, .. } => quota.iter().any(|q| include.contains(q)),
            Self::Names => false,
            Self::These(asked) => quota.iter().any(|q| asked.contains(q)),
        }
    }

    /// Writes the properties of one entry: those found, and in one piece those that are not.
    pub(super) fn push(&self, out: &mut String, of: &Subject<'_>) {
        for part in ["<D:response><D:href>", of.href, "</D:href>"] {
            out.push_str(part);
        }
        let start = out.len();
        out.push_str("<D:propstat><D:prop>");
        let empty = out.len();
        let missing = match self {
            Self::All { windows, include } => {
                let of_windows = windows::all(of.entry);
                let usual = if *windows { of_windows.as_slice() } else { ALL };
                for live in usual {
                    live.push(out, of);
                }
                of.entry.properties.iter().for_each(|(_, value)| out.push_str(value));
                let known = |p: &Property| match p {
                    Property::Live(live) => usual.contains(live),
                    Property::Dead(..) => true,
                };
                push_found(out, include.iter().filter(|p| !known(p)), of)
            }
            Self::Names => {
                push_names(out, of);
                String::new()
            }
            Self::These(asked) => push_found(out, asked.iter(), of),
        };
        if out.len() == empty && !missing.is_empty() {
            out.truncate(start);
        } else {
            out.push_str("</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>");
        }
        if !missing.is_empty() {
            xml::push(
                out,
                format_args!(
                    "<D:propstat><D:prop>{missing}</D:prop>\
                 <D:status>HTTP/1.1 404 Not Found</D:status></D:propstat>"
                ),
            );
        }
        out.push_str("</D:response>");
    }
}

/// Writes what is found of these; the names of the others.
fn push_found<'p>(
    out: &mut String,
    asked: impl Iterator<Item = &'p Property>,
    of: &Subject<'_>,
) -> String {
    let mut missing = String::new();
    for property in asked {
        if !property.push(out, of) {
            property.push_name(&mut missing);
        }
    }
    missing
}

fn push_names(out: &mut String, of: &Subject<'_>) {
    let mut scratch = String::new();
    for live in Live::every() {
        if live.push(&mut scratch, of) {
            live.push_name(out);
        }
    }
    for (expanded, _) in &of.entry.properties {
        let split = expanded.strip_prefix('{').and_then(|e| e.rsplit_once('}'));
        if let Some((namespace, name)) = split {
            push_dead_name(out, namespace, name);
        }
    }
}

/// The whole answer to a PROPPATCH: each property with its status.
pub(super) fn patched(href: &str, outcome: &[(Property, u16)]) -> String {
    let mut out = head();
    xml::push(&mut out, format_args!("<D:response><D:href>{href}</D:href>"));
    for (status, line) in [
        (200, "200 OK"),
        (403, "403 Forbidden"),
        (409, "409 Conflict"),
        (424, "424 Failed Dependency"),
    ] {
        let mut names = String::new();
        outcome.iter().filter(|(_, s)| *s == status).for_each(|(p, _)| p.push_name(&mut names));
        if names.is_empty() {
            continue;
        }
        let error = if status == 403 {
            "<D:error><D:cannot-modify-protected-property/></D:error>"
        } else {
            ""
        };
        xml::push(
            &mut out,
            format_args!(
                "<D:propstat><D:prop>{names}</D:prop><D:status>HTTP/1.1 {line}</D:status>{error}</D:propstat>"
            ),
        );
    }
    out.push_str("</D:response>");
    out.push_str(TAIL);
    out
}

/// The answer to a LOCK: `lockdiscovery` alone.
pub(super) fn locked(href: &str, lock: Lock) -> String {
    let mut out = String::from(r#"<?xml version="1.0" encoding="utf-8"?><D:prop xmlns:D="DAV:">"#);
    props::push_lock_discovery(&mut out, href, &[lock]);
    out.push_str("</D:prop>");
    out
}
