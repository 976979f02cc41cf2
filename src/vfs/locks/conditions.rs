//! What a client makes its change depend on (RFC 9110 section 13, RFC 4918 section 10.4), judged here alone, in
//! the transaction that makes the change: by what its own viewer would be shown. Knows no header.

use super::claim::{Claim, State};
use crate::catalog::Conn;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::asked::Asked;
use crate::vfs::{Entry, look};
use std::collections::HashMap;

/// What must hold for a change to be made: all of it. By default nothing must.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conditions {
    /// Nothing may have the name that is written (SFTP EXCL).
    pub absent: bool,
    /// Lock tokens that the client submitted.
    pub tokens: Vec<String>,
    /// What the request names has one of these tags (`If-Match`).
    pub matches: Option<Tags>,
    /// What the request names has none of these tags (`If-None-Match`).
    pub none_match: Option<Tags>,
    /// What the request names has not changed after this second of Unix time (`If-Unmodified-Since`).
    pub unmodified: Option<i64>,
    /// When there are any, one of these holds (`If`).
    pub lists: Vec<List>,
}

/// Entity tags, without quotes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tags {
    /// Whatever is there (`*`).
    Any,
    /// These.
    These(Vec<String>),
}

/// A list of what is said of one resource: it holds when all of it is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// The resource; `None` is none of this server's.
    pub resource: Option<DossierPath>,
    /// What is said of it.
    pub claims: Vec<Claim>,
}

impl Conditions {
    /// Whether anything must hold. Tokens are shown, and need not be of use.
    pub(in crate::vfs) fn are_any(&self) -> bool {
        self.absent || self.are_of_one() || !self.lists.is_empty()
    }

    /// Whether anything is said of what the request names, and of nothing else.
    const fn are_of_one(&self) -> bool {
        self.matches.is_some() || self.none_match.is_some() || self.unmodified.is_some()
    }

    /// Whether what is said of what the request names is so. A folder is there and has no tag.
    fn fit(&self, found: Option<&Entry>) -> bool {
        let is_one = |tags: &Tags| match (tags, found) {
            (_, None) => false,
            (Tags::Any, Some(_)) => true,
            (Tags::These(tags), Some(entry)) => entry.etag().is_some_and(|tag| tags.contains(&tag)),
        };
        let newer = |second| found.is_some_and(|entry| entry.modified.div_euclid(1_000) > second);
        self.matches.as_ref().is_none_or(is_one)
            && !self.none_match.as_ref().is_some_and(is_one)
            && !self.unmodified.is_some_and(newer)
    }
}

impl List {
    /// Whether it holds of what is there. What is not, or not for this viewer, is in no state (RFC 4918
    /// section 10.4.4).
    fn holds(&self, found: Option<&Entry>) -> bool {
        let is_in = |state: &State| match (state, found) {
            (_, None) | (State::Tag(None), _) => false,
            (State::Token(token), Some(entry)) => {
                entry.locks.iter().any(|lock| lock.token.as_ref() == Some(token))
            }
            (State::Tag(tag), Some(entry)) => entry.etag() == *tag,
        };
        self.claims.iter().all(|claim| claim.not != is_in(&claim.state))
    }
}

impl Asked {
    /// Whether the conditions hold now.
    ///
    /// # Errors
    /// [`Error::Precondition`]; [`Error::Exists`] where nothing was to be there; [`Error::Unavailable`].
    pub(in crate::vfs) async fn check_conditions(&self, conn: &mut Conn) -> Result<()> {
        let conditions = &self.conditions;
        if conditions.absent && self.look(conn, &self.path).await?.is_some() {
            return Err(Error::Exists);
        }
        if conditions.are_of_one() {
            let found = self.look(conn, self.about.as_ref().unwrap_or(&self.path)).await?;
            if !conditions.fit(found.as_ref()) {
                return Err(Error::Precondition);
            }
        }
        let mut known = HashMap::new();
        for path in conditions.lists.iter().filter_map(|list| list.resource.as_ref()) {
            if !known.contains_key(path) {
                known.insert(path, self.look(conn, path).await?);
            }
        }
        let holds = |list: &List| {
            let found = list.resource.as_ref().and_then(|path| known.get(path));
            list.holds(found.and_then(Option::as_ref))
        };
        let lists = &conditions.lists;
        if lists.is_empty() || lists.iter().any(holds) { Ok(()) } else { Err(Error::Precondition) }
    }

    /// What is at a path, if anything is for this viewer.
    async fn look(&self, conn: &mut Conn, path: &DossierPath) -> Result<Option<Entry>> {
        match look::stat(&self.door, conn, &self.session, path).await {
            Ok(entry) => Ok(Some(entry)),
            Err(error @ (Error::SessionEnded | Error::Unavailable)) => Err(error),
            Err(_) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vfs::Lock;

    const TAG: &str = "ab-3";

    fn file() -> Entry {
        let lock = |token: Option<&str>| Lock {
            token: token.map(str::to_owned),
            exclusive: false,
            deep: false,
            owner: String::new(),
            timeout: 600,
            above: 0,
        };
        Entry {
            public_id: Some("ab".into()),
            version: 3,
            modified: 5_999,
            locks: vec![lock(Some("urn:uuid:1")), lock(None)],
            ..Entry::default()
        }
    }

    fn token(token: &str) -> State {
        State::Token(token.to_owned())
    }

    fn tag(tag: &str) -> State {
        State::Tag(Some(tag.to_owned()))
    }

    fn list<const N: usize>(claims: [(bool, State); N]) -> List {
        let claims = claims.into_iter().map(|(not, state)| Claim { not, state }).collect();
        List { resource: None, claims }
    }

    #[test]
    fn a_list_holds_when_all_that_it_says_is_so() {
        for (claims, expected) in [
            (vec![(false, token("urn:uuid:1"))], true),
            (vec![(false, token("urn:uuid:2"))], false),
            (vec![(false, token("urn:uuid:1")), (false, tag(TAG))], true),
            (vec![(false, token("urn:uuid:1")), (false, tag("ab-2"))], false),
            (vec![(false, State::Tag(None))], false),
            (vec![(true, State::Tag(None))], true),
            (vec![(true, token("DAV:no-lock"))], true),
            (vec![(false, token("DAV:no-lock"))], false),
            (vec![(true, token("urn:uuid:1"))], false),
            (vec![(true, token("urn:uuid:2")), (false, tag(TAG))], true),
        ] {
            let claims = claims.into_iter().map(|(not, state)| Claim { not, state }).collect();
            let list = List { resource: None, claims };
            assert_eq!(list.holds(Some(&file())), expected, "{list:?}");
        }
    }

    #[test]
    fn what_is_not_there_is_in_no_state() {
        assert!(!list([(false, token("urn:uuid:1"))]).holds(None));
        assert!(!list([(false, tag(TAG))]).holds(None));
        assert!(list([(true, token("urn:uuid:1"))]).holds(None));
        // A folder is there, and has no tag.
        let folder = Entry { folder: true, ..file() };
        assert!(!list([(false, tag(TAG))]).holds(Some(&folder)));
        assert!(!list([(false, State::Tag(None))]).holds(Some(&folder)));
    }

    #[test]
    fn what_is_said_of_the_request_s_own_fits_or_not() {
        let these = |tags: &[&str]| Some(Tags::These(tags.iter().map(|&t| t.to_owned()).collect()));
        let file = file();
        let folder = Entry { folder: true, ..file.clone() };
        for (matches, none_match, unmodified, [none, is_file, is_folder]) in [
            (None, None, None, [true; 3]),
            (Some(Tags::Any), None, None, [false, true, true]),
            (these(&["x", TAG]), None, None, [false, true, false]),
            (these(&["x"]), None, None, [false; 3]),
            (these(&[]), None, None, [false; 3]),
            (None, Some(Tags::Any), None, [true, false, false]),
            (None, these(&["x", TAG]), None, [true, false, true]),
            (None, these(&["x"]), None, [true; 3]),
            (None, None, Some(5), [true; 3]),
            (None, None, Some(4), [true, false, false]),
            (these(&[TAG]), these(&[TAG]), None, [false; 3]),
        ] {
            let asked = Conditions { matches, none_match, unmodified, ..Conditions::default() };
            assert_eq!(asked.fit(None), none, "{asked:?}");
            assert_eq!(asked.fit(Some(&file)), is_file, "{asked:?}");
            assert_eq!(asked.fit(Some(&folder)), is_folder, "{asked:?}");
        }
    }
}
