//! From the events of quick-xml to elements with their namespaces, refusing on the way all that is
//! not well-formed or more than any client sends.

use super::{Element, Malformed, Result, lineage};
use quick_xml::XmlVersion;
use quick_xml::escape::unescape;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::ops::Range;

const MAX_DEPTH: usize = 16;
const MAX_ELEMENTS: usize = 2_000;
const MAX_ATTRIBUTES: usize = 16;
/// A namespace is written once per property and entry of an answer.
const MAX_NAMESPACE: usize = 512;

/// The namespace that the prefix `xml` always means.
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// The elements read so far.
#[derive(Debug, Default)]
pub(super) struct Parser {
    pub(super) elements: Vec<Element>,
    /// The elements that are not closed yet, from the outside in.
    pub(super) open: Vec<usize>,
}

impl Parser {
    /// `span` is where the event stands in the source.
    pub(super) fn take(&mut self, event: Event<'_>, span: Range<usize>) -> Result<()> {
        match event {
            Event::Start(tag) => {
                self.start(&tag, span.end)?;
                self.open.push(self.elements.len().saturating_sub(1));
            }
            Event::Empty(tag) => self.start(&tag, span.end)?,
            Event::End(_) => {
                let index = self.open.pop().ok_or(Malformed)?;
                self.elements.get_mut(index).ok_or(Malformed)?.inner.end = span.start;
            }
            Event::Text(text) if text.contains("]]>") => return Err(Malformed),
            Event::Text(text) => self.text(&text)?,
            Event::CData(text) => self.text(&text)?,
            Event::GeneralRef(reference) => {
                self.text(resolve(&reference)?.encode_utf8(&mut [0; 4]))?;
            }
            Event::Decl(declaration) => {
                let encoding = declaration.encoding().transpose().map_err(|_| Malformed)?;
                let utf8 = encoding.is_none_or(|e| e.eq_ignore_ascii_case("utf-8"));
                if span.start != 0 || !utf8 {
                    return Err(Malformed);
                }
            }
            Event::Comment(_) | Event::Eof => {}
            Event::DocType(_) | Event::PI(_) => return Err(Malformed),
        }
        Ok(())
    }

    fn start(&mut self, start: &BytesStart<'_>, end: usize) -> Result<()> {
        let again = self.open.is_empty() && !self.elements.is_empty();
        if again || self.open.len() >= MAX_DEPTH || self.elements.len() >= MAX_ELEMENTS {
            return Err(Malformed);
        }
        let tag = start.name().into_inner().to_owned();
        let mut element = Element {
            parent: self.open.last().copied(),
            namespace: String::new(),
            name: String::new(),
            text: String::new(),
            declared: Vec::new(),
            lang: None,
            inner: end..end,
            tag,
        };
        let mut prefixes = Vec::new();
        for (count, attribute) in start.attributes().enumerate() {
            let attribute = attribute.map_err(|_| Malformed)?;
            if count >= MAX_ATTRIBUTES || attribute.value.contains('<') {
                return Err(Malformed);
            }
            let value = unescape(&attribute.value).map_err(|_| Malformed)?;
            if !value.chars().all(is_char) {
                return Err(Malformed);
            }
            prefixes.extend(attribute_prefix(&mut element, attribute.key.into_inner(), &value)?);
        }
        let (prefix, name) = split(&element.tag)?;
        (element.namespace, element.name) = (self.resolve(&element, prefix)?, name.to_owned());
        for prefix in prefixes {
            self.resolve(&element, &prefix)?;
        }
        self.elements.push(element);
        Ok(())
    }

    /// The namespace of a prefix where `element` stands. No prefix and no default is no namespace.
    fn resolve(&self, element: &Element, prefix: &str) -> Result<String> {
        if prefix == "xml" {
            return Ok(XML.to_owned());
        }
        let around = lineage(&self.elements, element.parent);
        let declared = std::iter::once(element).chain(around).flat_map(|e| &e.declared);
        match declared.into_iter().find(|(p, _)| p == prefix) {
            Some((_, namespace)) => Ok(namespace.clone()),
            None if prefix.is_empty() => Ok(String::new()),
            None => Err(Malformed),
        }
    }

    fn text(&mut self, text: &str) -> Result<()> {
        match self.open.last().and_then(|i| self.elements.get_mut(*i)) {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(Malformed),
        }
        Ok(())
    }
}

/// Notes a namespace declaration or a language; the prefix of any other attribute that has one.
fn attribute_prefix(element: &mut Element, key: &str, value: &str) -> Result<Option<String>> {
    let declares = match split(key)? {
        ("", "xmlns") => Some(""),
        ("xmlns", "xml" | "xmlns") => return Err(Malformed),
        ("xmlns", _) if value.is_empty() => return Err(Malformed),
        ("xmlns", prefix) => Some(prefix),
        ("xml", "lang") => {
            element.lang = Some(value.to_owned());
            None
        }
        ("", _) => None,
        (prefix, _) => return Ok(Some(prefix.to_owned())),
    };
    if let Some(prefix) = declares {
        if value.len() > MAX_NAMESPACE {
            return Err(Malformed);
        }
        element.declared.push((prefix.to_owned(), value.to_owned()));
    }
    Ok(None)
}

/// A qualified name as prefix and local name.
fn split(name: &str) -> Result<(&str, &str)> {
    let (prefix, local) = match name.split_once(':') {
        Some((prefix, local)) if is_name(prefix) => (prefix, local),
        Some(_) => return Err(Malformed),
        None => ("", name),
    };
    if is_name(local) { Ok((prefix, local)) } else { Err(Malformed) }
}

/// Whether this is an `NCName`, of letters, digits and `_.-`.
fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_alphabetic() || c == '_')
        && chars.all(|c| c.is_alphanumeric() || "_.-".contains(c))
}

/// Whether XML 1.0 has this character.
pub(super) const fn is_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

/// A character reference, or one of the five entities there are without a DOCTYPE.
fn resolve(reference: &BytesRef<'_>) -> Result<char> {
    if let Some(c) = reference.resolve_char_ref().map_err(|_| Malformed)? {
        return if is_char(c) { Ok(c) } else { Err(Malformed) };
    }
    match reference.xml_content(XmlVersion::Implicit1_0).as_ref() {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(Malformed),
    }
}
