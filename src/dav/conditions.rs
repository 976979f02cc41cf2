//! What the headers `If`, `If-Match`, `If-None-Match` and `If-Unmodified-Since` ask for, as the door knows it.
//! Judges nothing: the door does, where the change is made.

use super::front::Call;
use super::guard::{self, Destination};
use super::if_header;
use super::path;
use super::status::Failure;
use crate::dossier::DossierPath;
use crate::vfs::{Claim, Conditions, List, State, Tags};
use http::header::IF_UNMODIFIED_SINCE;
use http::{HeaderMap, Method};
use std::collections::HashSet;
use std::time::UNIX_EPOCH;

/// The resources that one `If` may ask about.
const MAX_RESOURCES: usize = 16;

/// What a request asks for. What only reads is left its own conditions: GET judges them by itself.
///
/// # Errors
/// [`Failure::Malformed`] for an `If` about too many resources.
pub(super) fn read(call: &Call) -> Result<Conditions, Failure> {
    let asked = &call.asked;
    let lists = lists(&asked.lists, &call.path, |destination| call.is_here(destination))?;
    let conditions = Conditions { tokens: tokens(&lists), lists, ..Conditions::default() };
    if call.reads() {
        return Ok(conditions);
    }
    let conditions = Conditions {
        matches: asked.if_match.as_ref().map(strong),
        none_match: asked.if_none_match.as_ref().map(weak),
        unmodified: unmodified(&call.headers).filter(|_| asked.if_match.is_none()),
        ..conditions
    };
    let named = asked.lock_token.as_ref().filter(|_| call.method == Method::PUT);
    Ok(match named {
        Some(token) if conditions.lists.is_empty() => named_by_word(conditions, &call.path, token),
        _ => conditions,
    })
}

/// Word 2016 names the lock that it holds in `Lock-Token` when it puts a file, without an `If`
/// (<https://github.com/sabre-io/dav/issues/980>): it means what that would say.
fn named_by_word(asked: Conditions, path: &DossierPath, token: &str) -> Conditions {
    let claims = vec![Claim { not: false, state: State::Token(token.to_owned()) }];
    let lists = vec![List { resource: Some(path.clone()), claims }];
    Conditions { tokens: vec![token.to_owned()], lists, ..asked }
}

/// The lists of an `If`, each with the path that it is about: `own` where it does not say.
fn lists(
    lists: &[if_header::List],
    own: &DossierPath,
    is_here: impl Fn(&Destination) -> bool,
) -> Result<Vec<List>, Failure> {
    let place = |uri: &str| {
        let destination = Destination::parse(uri).filter(&is_here)?;
        path::parse(&destination.path).ok()
    };
    let list = |list: &if_header::List| List {
        resource: list.resource.as_deref().map_or_else(|| Some(own.clone()), place),
        claims: list.claims.clone(),
    };
    let lists: Vec<_> = lists.iter().map(list).collect();
    let resources: HashSet<_> = lists.iter().map(|list| &list.resource).collect();
    if resources.len() > MAX_RESOURCES { Err(Failure::Malformed("if")) } else { Ok(lists) }
}

/// The lock tokens that a client submits, in whichever list.
fn tokens(lists: &[List]) -> Vec<String> {
    let mut tokens: Vec<String> = Vec::new();
    for claim in lists.iter().flat_map(|list| &list.claims) {
        if let State::Token(token) = &claim.state
            && !tokens.contains(token)
        {
            tokens.push(token.clone());
        }
    }
    tokens
}

/// The tags that `If-Match` compares: weak ones never match.
fn strong(tags: &guard::Tags) -> Tags {
    tags.strong().map_or(Tags::Any, Tags::These)
}

/// The tags that `If-None-Match` compares: a proxy that packs a file also weakens its tag.
fn weak(tags: &guard::Tags) -> Tags {
    match tags {
        guard::Tags::Any => Tags::Any,
        guard::Tags::These(tags) => {
            Tags::These(tags.iter().map(|tag| tag.opaque.clone()).collect())
        }
    }
}

/// The second of `If-Unmodified-Since`. One that is no date is to be ignored (RFC 9110 section 13.1.4).
fn unmodified(headers: &HeaderMap) -> Option<i64> {
    let text = headers.get(IF_UNMODIFIED_SINCE)?.to_str().ok()?;
    let since = httpdate::parse_http_date(text).ok()?.duration_since(UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::if_header::parse;

    fn read(text: &str) -> Result<Vec<List>, Failure> {
        let own = DossierPath::parse("/own").unwrap();
        lists(&parse(text).unwrap(), &own, |destination| {
            destination.authority.as_deref().is_none_or(|host| host == "here")
        })
    }

    #[test]
    fn every_list_says_what_it_is_about() {
        let resources = |text: &str| -> Vec<_> {
            let path = |list: List| list.resource.map(|path| path.parts().join("/"));
            read(text).unwrap().into_iter().map(path).collect()
        };
        let some = |path: &str| Some(path.to_owned());
        assert_eq!(resources("(<a:1>) ([\"x\"])"), [some("own"), some("own")]);
        assert_eq!(resources("</a%20b> (<a:1>)"), [some("a b")]);
        assert_eq!(
            resources("<http://here/a> (<a:1>) <http://there/a> (<a:1>) </a/..> (<a:1>)"),
            [some("a"), None, None]
        );
    }

    #[test]
    fn an_if_asks_about_so_many_resources_and_no_more() {
        let about = |count: usize| -> String {
            let all: Vec<_> = (0..count).map(|n| format!("</{n}> (<a:1>) (<a:2>)")).collect();
            all.concat()
        };
        assert!(read(&about(16)).is_ok());
        assert_eq!(read(&about(17)), Err(Failure::Malformed("if")));
    }

    #[test]
    fn every_token_is_submitted_once() {
        let lists = read("(<a:1> [\"x\"]) (Not <a:2>) (<a:1>)").unwrap();
        assert_eq!(tokens(&lists), ["a:1", "a:2"]);
    }

    #[test]
    fn a_date_is_read_and_anything_else_ignored() {
        let since = |text: &'static str| {
            let value = http::HeaderValue::from_static(text);
            unmodified(&HeaderMap::from_iter([(IF_UNMODIFIED_SINCE, value)]))
        };
        assert_eq!(since("Mon, 23 Nov 2026 00:00:00 GMT"), Some(1_795_392_000));
        assert_eq!(since("soon"), None);
    }
}
