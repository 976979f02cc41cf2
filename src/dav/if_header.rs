//! The grammar of the `If` header (RFC 4918 section 10.4.2). What it is compared with is the door's to know.

use super::guard::Tag;
use crate::vfs::{Claim, State};

/// Every list may cost a look at another resource.
const MAX_LISTS: usize = 64;

/// A list: it holds when every claim in it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct List {
    /// The resource it is about, as the client wrote it; `None` is that of the request.
    pub(super) resource: Option<String>,
    /// At least one.
    pub(super) claims: Vec<Claim>,
}

/// Reads the header. `None` when it does not follow the grammar: then the request must fail, since
/// a guard against lost updates may not vanish.
pub(super) fn parse(text: &str) -> Option<Vec<List>> {
    let mut lists: Vec<List> = Vec::new();
    let mut resource = None;
    let mut rest = text.trim();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix('<') {
            let untagged = lists.last().is_some_and(|l| l.resource.is_none());
            let (tag, after) = after.split_once('>')?;
            // After a resource comes its list, and lists with and without do not mix.
            if untagged || !is_uri(tag) || !after.trim_start().starts_with('(') {
                return None;
            }
            resource = Some(tag.to_owned());
            rest = after.trim_start();
        }
        let (claims, after) = list(rest.strip_prefix('(')?)?;
        lists.push(List { resource: resource.clone(), claims });
        rest = after.trim_start();
        if lists.len() > MAX_LISTS {
            return None;
        }
    }
    if lists.is_empty() { None } else { Some(lists) }
}

/// The claims up to the closing bracket, and what comes after it.
fn list(mut rest: &str) -> Option<(Vec<Claim>, &str)> {
    let mut claims = Vec::new();
    loop {
        rest = rest.trim_start();
        if let Some(after) = rest.strip_prefix(')') {
            return if claims.is_empty() { None } else { Some((claims, after)) };
        }
        let negated = rest.split_at_checked(3).filter(|(word, _)| word.eq_ignore_ascii_case("not"));
        if let Some((_, after)) = negated {
            rest = after.trim_start();
        }
        let (state, after) = if let Some(after) = rest.strip_prefix('<') {
            let (uri, after) = after.split_once('>')?;
            let absolute = uri.split_once(':').is_some_and(|(scheme, _)| !scheme.is_empty());
            (State::Token(Some(uri).filter(|u| absolute && is_uri(u))?.to_owned()), after)
        } else {
            let (tag, after) = Tag::parse(rest.strip_prefix('[')?.trim_start())?;
            let strong = Some(tag.opaque).filter(|_| !tag.weak);
            (State::Tag(strong), after.trim_start().strip_prefix(']')?)
        };
        claims.push(Claim { not: negated.is_some(), state });
        rest = after;
    }
}

fn is_uri(text: &str) -> bool {
    !text.is_empty() && !text.contains(|c: char| c.is_whitespace() || c.is_control() || c == '<')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn token(not: bool, uri: &str) -> Claim {
        Claim { not, state: State::Token(uri.into()) }
    }

    fn tag(not: bool, tag: Option<&str>) -> Claim {
        Claim { not, state: State::Tag(tag.map(str::to_owned)) }
    }

    #[test]
    fn the_example_of_the_rfc_reads() {
        let lists =
            parse(r#"(<urn:uuid:181d4fae> ["I am an ETag"]) (["I am another ETag"])"#).unwrap();
        let claims = [
            vec![token(false, "urn:uuid:181d4fae"), tag(false, Some("I am an ETag"))],
            vec![tag(false, Some("I am another ETag"))],
        ];
        assert_eq!(lists, claims.map(|claims| List { resource: None, claims }));
    }

    #[test]
    fn a_resource_goes_for_every_list_after_it() {
        let lists = parse("</a> (<x:1>)(Not <DAV:no-lock>) <http://h/b%20c> ([W/\"e\"])").unwrap();
        let resources: Vec<_> = lists.iter().map(|l| l.resource.as_deref()).collect();
        assert_eq!(resources, [Some("/a"), Some("/a"), Some("http://h/b%20c")]);
        assert_eq!(lists[1].claims, [token(true, "DAV:no-lock")]);
        assert_eq!(lists[2].claims, [tag(false, None)], "a weak tag is never the same");
    }

    #[test]
    fn what_does_not_follow_the_grammar_is_refused() {
        for text in [
            "",
            "<",
            "(",
            "()",
            "(<",
            "([",
            "(<a>",
            "(<a>)",
            "(<a:>",
            "(\"",
            "([\"",
            "([\"e\"",
            "([e])",
            "(<a:b>) x",
            "(Not)",
            "<a:b>",
            "<a:b> <a:c> (<x:y>)",
            "(<a:b>) </c> (<a:b>)",
            "(<opaquelocktoken:abc",
            "(<a b:c>)",
            "((<a:b>))",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
        assert_eq!(parse(&"(<a:b>)".repeat(65)), None);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,60}") {
            parse(&text);
        }

        #[test]
        fn nearly_right_text_does_not_either(text in "([()<>\\[\\]\"]|Not|W/|a:b| |é){0,20}") {
            parse(&text);
        }
    }
}
