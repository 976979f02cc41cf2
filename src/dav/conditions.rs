//! What must hold for a request to be done: `If`, `If-Match`, `If-None-Match` and
//! `If-Unmodified-Since`, against what is there.

use super::front::Call;
use super::guard::Destination;
use super::if_header::{List, State};
use super::status::Failure;
use super::{path, props};
use crate::dossier::{DossierPath, Error};
use crate::vfs::{Conditions, Entry, Expect};
use http::header::IF_UNMODIFIED_SINCE;

/// The resources that one `If` may ask about.
const MAX_RESOURCES: usize = 16;

/// Checks what can be checked before, and gives what the door must check again in the transaction
/// that makes the change. Entity tags are those of the resource that the request names.
///
/// # Errors
/// [`Error::Precondition`].
pub(super) async fn check(call: &Call) -> Result<Conditions, Failure> {
    let mut conditions = Conditions::default();
    let lists = &call.asked.lists;
    if !lists.is_empty() {
        let held = held(call, lists).await?.ok_or(Error::Precondition)?;
        conditions.tokens = tokens(lists);
        conditions.expect = expected(held);
    }
    if call.reads() {
        return Ok(conditions);
    }
    let (matches, none) = (&call.asked.if_match, &call.asked.if_none_match);
    let unmodified = call.headers.get(IF_UNMODIFIED_SINCE).filter(|_| matches.is_none());
    if none.is_some() || unmodified.is_some() {
        let entry = look(call, &call.path).await?;
        let etag = entry.as_ref().and_then(Entry::etag);
        if entry.is_some() && none.as_ref().is_some_and(|tags| tags.matches(etag.as_deref())) {
            return Err(Error::Precondition.into());
        }
        let since = unmodified.and_then(|v| httpdate::parse_http_date(v.to_str().ok()?).ok());
        let changed = entry.zip(since).is_some_and(|(e, s)| props::second(e.modified) > s);
        if changed {
            return Err(Error::Precondition.into());
        }
    }
    match (matches, none) {
        (Some(tags), _) => {
            conditions.expect = tags.strong().map_or(Expect::Present, Expect::Etag);
        }
        (None, Some(super::guard::Tags::Any)) => conditions.expect = Expect::Absent,
        (None, _) => {}
    }
    Ok(conditions)
}

/// The lock tokens that a client submits, in whichever list.
pub(super) fn tokens(lists: &[List]) -> Vec<String> {
    let conditions = lists.iter().flat_map(|l| &l.conditions);
    let mut tokens: Vec<String> = Vec::new();
    for condition in conditions {
        if let State::Token(token) = &condition.state
            && !tokens.contains(token)
        {
            tokens.push(token.clone());
        }
    }
    tokens
}

/// The tags that the list that held says of the request's own resource: they must still hold when
/// the change is made.
fn expected(held: &List) -> Expect {
    let tags = held.conditions.iter().filter_map(|c| match &c.state {
        State::Etag(tag) if !c.not => Some(tag.opaque.clone()),
        _ => None,
    });
    let tags: Vec<String> = tags.collect();
    if held.resource.is_some() || tags.is_empty() { Expect::Anything } else { Expect::Etag(tags) }
}

/// The first list of which every condition is true.
async fn held<'l>(call: &Call, lists: &'l [List]) -> Result<Option<&'l List>, Failure> {
    let mut known: Vec<(Option<&str>, Option<Entry>)> = Vec::new();
    for list in lists {
        let resource = list.resource.as_deref();
        if !known.iter().any(|(r, _)| *r == resource) {
            if known.len() == MAX_RESOURCES {
                return Err(Failure::Malformed("if"));
            }
            let entry = match resource {
                None => look(call, &call.path).await?,
                Some(uri) => match place(call, uri) {
                    Some(path) => look(call, &path).await?,
                    None => None,
                },
            };
            known.push((resource, entry));
        }
        let entry = known.iter().find(|(r, _)| *r == resource).and_then(|(_, e)| e.as_ref());
        if list.conditions.iter().all(|c| c.not != is_in(&c.state, entry)) {
            return Ok(Some(list));
        }
    }
    Ok(None)
}

/// The path that a list is about; `None` when it is not on this server.
fn place(call: &Call, uri: &str) -> Option<DossierPath> {
    let destination = Destination::parse(uri).filter(|d| call.is_here(d))?;
    path::parse(&destination.path).ok()
}

/// Whether a resource is in a state. One that is not there, or not for this viewer, is in none
/// (RFC 4918 section 10.4.5).
fn is_in(state: &State, entry: Option<&Entry>) -> bool {
    let Some(entry) = entry else {
        return false;
    };
    match state {
        State::Token(token) => entry.locks.iter().any(|l| l.token.as_ref() == Some(token)),
        State::Etag(tag) => !tag.weak && entry.etag().as_ref() == Some(&tag.opaque),
    }
}

/// What is at a path, if anything is for this viewer.
async fn look(call: &Call, path: &DossierPath) -> Result<Option<Entry>, Failure> {
    match call.site.vfs.stat(&call.session, path).await {
        Ok(entry) => Ok(Some(entry)),
        Err(error @ (Error::SessionEnded | Error::Unavailable)) => Err(error.into()),
        Err(_) => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dav::if_header::parse;
    use crate::vfs::Lock;

    fn locked() -> Entry {
        let lock = |token: Option<&str>| Lock {
            token: token.map(str::to_owned),
            exclusive: false,
            deep: false,
            owner: String::new(),
            timeout: 600,
            own: true,
        };
        Entry {
            public_id: Some("ab".into()),
            version: 3,
            locks: vec![lock(Some("urn:uuid:1")), lock(None)],
            ..Entry::default()
        }
    }

    fn holds(text: &str, entry: Option<&Entry>) -> bool {
        let lists = parse(text).unwrap();
        lists.iter().any(|l| l.conditions.iter().all(|c| c.not != is_in(&c.state, entry)))
    }

    #[test]
    fn a_list_holds_when_every_condition_in_it_does() {
        let entry = locked();
        for (text, expected) in [
            ("(<urn:uuid:1>)", true),
            ("(<urn:uuid:2>)", false),
            ("(<urn:uuid:1> [\"ab-3\"])", true),
            ("(<urn:uuid:1> [\"ab-2\"])", false),
            ("([\"ab-2\"]) (<urn:uuid:1>)", true),
            ("([W/\"ab-3\"])", false),
            ("(Not <DAV:no-lock>)", true),
            ("(<DAV:no-lock>)", false),
            ("(Not <urn:uuid:1>)", false),
            ("(Not <urn:uuid:2> [\"ab-3\"])", true),
        ] {
            assert_eq!(holds(text, Some(&entry)), expected, "{text}");
        }
    }

    #[test]
    fn what_is_not_there_is_in_no_state() {
        assert!(!holds("(<urn:uuid:1>)", None));
        assert!(!holds("([\"ab-3\"])", None));
        assert!(holds("(Not <urn:uuid:1>)", None));
    }

    #[test]
    fn every_token_is_submitted_once() {
        let lists = parse("(<a:1> [\"x\"]) (Not <a:2>) (<a:1>)").unwrap();
        assert_eq!(tokens(&lists), ["a:1", "a:2"]);
    }

    #[test]
    fn tags_of_the_own_resource_are_checked_again() {
        let expect = |text: &str| expected(&parse(text).unwrap()[0]);
        assert_eq!(expect("([\"x\"] <a:1>)"), Expect::Etag(vec!["x".into()]));
        assert_eq!(expect("(<a:1>)"), Expect::Anything);
        assert_eq!(expect("(Not [\"x\"])"), Expect::Anything);
        assert_eq!(expect("</other> ([\"x\"])"), Expect::Anything);
    }
}
