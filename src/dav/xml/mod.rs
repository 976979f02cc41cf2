//! XML bodies: one pass without recursion that refuses what no client sends, and the elements that
//! are left, each with its namespace. Knows XML; must not know what a body means.
//!
//! A parser that builds a tree by recursion overflows the stack at 2,000 nested elements, and that
//! ends the whole process; one that knows DOCTYPE can be made to work for seconds.

mod parser;

use parser::{Parser, is_char};
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use std::fmt::{self, Write};
use std::ops::Range;

/// The longest body, in bytes.
pub(super) const MAX_BODY: usize = 64 * 1024;

/// Not XML, or more of it than any client sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

type Result<T> = std::result::Result<T, Malformed>;

/// A body that was read.
#[derive(Debug)]
pub(super) struct Document<'a> {
    source: &'a str,
    elements: Vec<Element>,
}

#[derive(Debug)]
struct Element {
    parent: Option<usize>,
    tag: String,
    namespace: String,
    name: String,
    text: String,
    /// Prefix (empty for the default) and namespace, as this element declares them.
    declared: Vec<(String, String)>,
    lang: Option<String>,
    inner: Range<usize>,
}

/// One element of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'d> {
    document: &'d Document<'d>,
    index: usize,
    element: &'d Element,
}

impl<'a> Document<'a> {
    /// Reads a body.
    pub(super) fn parse(body: &'a [u8]) -> Result<Self> {
        let source = std::str::from_utf8(body).map_err(|_| Malformed)?;
        let source = source.strip_prefix('\u{feff}').unwrap_or(source);
        // The reader leaves out another one, and then counts its bytes from after it.
        let again = source.starts_with('\u{feff}');
        if again || body.len() > MAX_BODY || !source.chars().all(is_char) {
            return Err(Malformed);
        }
        let mut parser = Parser::default();
        let mut reader = Reader::from_str(source);
        reader.config_mut().check_comments = true;
        loop {
            let before = position(&reader);
            let event = reader.read_event().map_err(|_| Malformed)?;
            if matches!(event, Event::Eof) {
                break;
            }
            parser.take(event, before..position(&reader))?;
        }
        if !parser.open.is_empty() || parser.elements.is_empty() {
            return Err(Malformed);
        }
        Ok(Self { source, elements: parser.elements })
    }

    /// The outermost element.
    pub(super) fn root(&self) -> Option<Node<'_>> {
        self.nodes().next()
    }

    fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        let node = |(index, element)| Node { document: self, index, element };
        self.elements.iter().enumerate().map(node)
    }
}

impl<'d> Node<'d> {
    pub(super) fn namespace(self) -> &'d str {
        &self.element.namespace
    }

    pub(super) fn name(self) -> &'d str {
        &self.element.name
    }

    /// Whether it is `name` in the namespace `DAV:`.
    pub(super) fn is_dav(self, name: &str) -> bool {
        self.element.namespace == "DAV:" && self.element.name == name
    }

    /// Its text, without that of the elements in it.
    pub(super) fn text(self) -> &'d str {
        &self.element.text
    }

    pub(super) fn children(self) -> impl Iterator<Item = Node<'d>> {
        self.document.nodes().filter(move |n| n.element.parent == Some(self.index))
    }

    /// The first child `name` in the namespace `DAV:`.
    pub(super) fn child(self, name: &str) -> Option<Node<'d>> {
        self.children().find(|n| n.is_dav(name))
    }

    /// The element as XML that stands on its own: with the namespaces and the language it inherits.
    pub(super) fn xml(self) -> String {
        let tag = &self.element.tag;
        let mut out = format!("<{tag}");
        let mut seen: Vec<&str> = Vec::new();
        for element in self.lineage() {
            for (prefix, namespace) in &element.declared {
                if seen.contains(&prefix.as_str()) {
                    continue;
                }
                seen.push(prefix);
                let colon = if prefix.is_empty() { "" } else { ":" };
                if !namespace.is_empty() {
                    push(
                        &mut out,
                        format_args!(" xmlns{colon}{prefix}=\"{}\"", escape(namespace.as_str())),
                    );
                }
            }
        }
        if let Some(lang) = self.lineage().find_map(|e| e.lang.as_deref()) {
            push(&mut out, format_args!(" xml:lang=\"{}\"", escape(lang)));
        }
        match self.document.source.get(self.element.inner.clone()) {
            Some(inner) if !inner.is_empty() => push(&mut out, format_args!(">{inner}</{tag}>")),
            _ => out.push_str("/>"),
        }
        out
    }

    /// The element and those around it, from the inside out.
    fn lineage(self) -> impl Iterator<Item = &'d Element> {
        lineage(&self.document.elements, Some(self.index))
    }
}

fn lineage(elements: &[Element], from: Option<usize>) -> impl Iterator<Item = &Element> {
    let at = |index: Option<usize>| index.and_then(|i| elements.get(i));
    std::iter::successors(at(from), move |e| at(e.parent))
}

fn position(reader: &Reader<&[u8]>) -> usize {
    usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX)
}

/// Writes into a string, which cannot fail.
pub(super) fn push(out: &mut String, text: fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// Text as the content of an element; what XML has no character for becomes `?`.
pub(super) fn push_text(out: &mut String, text: &str) {
    if text.chars().all(is_char) {
        out.push_str(&escape(text));
    } else {
        let shown: String = text.chars().map(|c| if is_char(c) { c } else { '?' }).collect();
        out.push_str(&escape(shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(body: &str) -> bool {
        Document::parse(body.as_bytes()).is_err()
    }

    #[test]
    fn two_thousand_nested_elements_are_refused_and_not_followed() {
        let body = format!("{}{}", "<a>".repeat(2_000), "</a>".repeat(2_000));
        assert!(refused(&body));
        let fits = format!("{}{}", "<a>".repeat(16), "</a>".repeat(16));
        assert!(!refused(&fits));
        let over = format!("{}{}", "<a>".repeat(17), "</a>".repeat(17));
        assert!(refused(&over));
    }

    #[test]
    fn more_elements_attributes_or_bytes_than_any_client_sends_are_refused() {
        assert!(refused(&format!("<a>{}</a>", "<b/>".repeat(2_000))));
        let attributes: Vec<_> = (0..10_000).map(|i| format!("a{i}=\"\"")).collect();
        assert!(refused(&format!("<a {}/>", attributes.join(" "))));
        assert!(refused(&format!("<a>{}</a>", " ".repeat(MAX_BODY))));
        assert!(refused(&format!("<a xmlns=\"{}\"/>", "n".repeat(513))));
    }

    #[test]
    fn what_is_no_xml_or_brings_its_own_entities_is_refused() {
        for body in [
            "",
            "text",
            "<a>",
            "</a>",
            "<a></b>",
            "<a/><b/>",
            "<a/>text",
            "<!DOCTYPE a><a/>",
            "<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>",
            "<a>&x;</a>",
            "<a>&#0;</a>",
            "<a>&</a>",
            "<a b=\"&x;\"/>",
            "<a b=\"<\"/>",
            "<a b=c/>",
            "<a b=\"1\" b=\"2\"/>",
            "<a>]]></a>",
            "<a>\u{1}</a>",
            "\u{feff}\u{feff}<a/>",
            "<p:a/>",
            "<a p:b=\"\"/>",
            "<p:a xmlns:p=\"\"/>",
            "<a\"b/>",
            "<a:b:c xmlns:a=\"x\"/>",
            "<?pi?><a/>",
            "<?xml version=\"1.0\" encoding=\"utf-16\"?><a/>",
        ] {
            assert!(refused(body), "{body}");
        }
        assert!(Document::parse(b"\xff\xfe<\0a\0/\0>\0").is_err());
    }

    #[test]
    fn names_resolve_to_their_namespaces() {
        let body = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- c --><D:a xmlns:D=\"DAV:\"><b xmlns=\"x\"/><b>a &lt;&#65;<![CDATA[&]]></b></D:a>\n";
        let document = Document::parse(body.as_bytes()).unwrap();
        let root = document.root().unwrap();
        assert!(root.is_dav("a"));
        let names: Vec<_> = root.children().map(|n| (n.namespace(), n.name())).collect();
        assert_eq!(names, [("x", "b"), ("", "b")]);
        assert_eq!(root.children().nth(1).unwrap().text(), "a <A&");
    }

    #[test]
    fn an_element_taken_out_keeps_the_namespaces_and_the_language_it_stood_in() {
        let body = r#"<D:set xmlns:D="DAV:" xmlns:q='say "x"' xml:lang="nl"><q:p xmlns="y"><z a="1"/> t &amp; u</q:p><D:e/></D:set>"#;
        let document = Document::parse(body.as_bytes()).unwrap();
        let mut children = document.root().unwrap().children();
        assert_eq!(
            children.next().unwrap().xml(),
            r#"<q:p xmlns="y" xmlns:D="DAV:" xmlns:q="say &quot;x&quot;" xml:lang="nl"><z a="1"/> t &amp; u</q:p>"#
        );
        assert!(children.next().unwrap().xml().ends_with(r#"xml:lang="nl"/>"#));
    }

    #[test]
    fn text_is_escaped_and_always_xml() {
        let mut out = String::new();
        push_text(&mut out, "a<b>&\u{ffff}");
        assert_eq!(out, "a&lt;b&gt;&amp;?");
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
            drop(Document::parse(&body).map(|d| d.root().map(Node::xml)));
        }

        #[test]
        fn what_is_taken_out_reads_again(body in "(<[a-c:]{1,3}( xmlns(:[ab])?=\"[x-z]?\")?/?>|</[a-c]>|[a-c&;]|<!--|-->|\\]\\]>){1,12}") {
            if let Ok(document) = Document::parse(body.as_bytes()) {
                for node in document.nodes() {
                    prop_assert!(!refused(&node.xml()), "{} in {}", node.xml(), body);
                }
            }
        }
    }
}
