//! What is invisible is absent: it changes no listing, and every request on it is answered as one
//! on a path that does not exist.

use crate::story::{ACTS, LOGINS, Story, path};
use loondossier::dossier::{DossierPath, Error, Language, kind};
use loondossier::vfs::{Also, Attributes, Conditions, Create, Entry, Remove, Space};
use std::collections::BTreeSet;

/// All that an account is shown, to the last date, and the room that it has.
async fn view(story: &Story, login: &str) -> (Vec<(String, Entry)>, Space) {
    let root = DossierPath::default();
    let space = story.gateway.vfs.space(story.session(login), &root).await.unwrap();
    (story.all(login).await, space)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_does_changes_the_view_of_those_it_is_for_and_of_nobody_else() {
    let story = Story::begin().await;
    for act in ACTS {
        story.gateway.clock.advance(60_000);
        let mut before = Vec::new();
        for login in LOGINS {
            before.push(view(&story, login).await);
        }
        story.does(act).await;
        for (login, before) in LOGINS.into_iter().zip(before) {
            let after = view(&story, login).await;
            if act.seen_by.contains(&login) {
                assert_ne!(after, before, "{login} sees {act:?}");
            } else {
                assert_eq!(after, before, "{login} sees nothing of {act:?}");
            }
        }
    }
}

/// Every path that anybody sees, and those that a rule could have made of them.
async fn everywhere(story: &Story) -> BTreeSet<String> {
    let mut paths = BTreeSet::new();
    for login in LOGINS {
        paths.extend(story.all(login).await.into_iter().map(|(path, _)| path));
    }
    let office = |employer: &str, path: &str| format!("/Werkgevers/{employer}{path}");
    for (from, to) in [("/Employees", "/Werknemers"), ("/Overviews", "/Overzichten")] {
        let nl: Vec<_> =
            paths.iter().filter_map(|p| Some(to.to_owned() + p.strip_prefix(from)?)).collect();
        paths.extend(nl);
    }
    for employer in ["Bakkerij Jansen BV", "Garage Bos", "Nergens BV"] {
        let own: Vec<_> = paths.iter().filter(|p| !p.starts_with("/Werkgevers")).collect();
        let deeper: Vec<_> = own.into_iter().map(|p| office(employer, p)).collect();
        paths.extend(deeper);
    }
    paths
}

/// The same path but for its last name, which nobody gave to anything. That of a kind of overview is
/// another kind's: the tree itself has those names, whatever lies there.
fn twin(text: &str) -> String {
    let (folder, name) = text.rsplit_once('/').unwrap();
    for language in Language::ALL {
        if kind::by_folder(name, language).is_some() {
            let unused = kind::by_code("verlof").unwrap();
            return format!("{folder}/{}", unused.folder(language));
        }
    }
    match name.rsplit_once('.') {
        Some((stem, extension)) if !stem.is_empty() => format!("{folder}/{stem} zz.{extension}"),
        _ => format!("{folder}/{name} zz"),
    }
}

/// Looks at, opens and changes what should not be there: each is told that it is not.
async fn is_absent(story: &Story, login: &str, text: &str) {
    let (vfs, session, free) = (&story.gateway.vfs, story.session(login), Conditions::default());
    let (at, away) = (path(text), path("/Mijn bestanden/weg"));
    let attributes = Attributes { modified: Some(1), ..Attributes::default() };
    let mut told = vec![
        ("stat", vfs.stat(session, &at).await.err()),
        ("list", vfs.list(session, &at, Also::default()).await.err()),
        ("open", vfs.open(session, &at).await.err()),
        ("space", vfs.space(session, &at).await.err()),
        ("set", vfs.set_attributes(session, &at, attributes, &free).await.err()),
        ("patch", vfs.patch(session, &at, attributes, Vec::new(), &free).await.err()),
        ("create without make", vfs.create(session, &at, Create::default()).await.err()),
        ("copy", vfs.copy(session, &at, &away, true, false, &free).await.err()),
    ];
    for overwrite in [false, true] {
        let moved = vfs.relocate(session, &at, &away, overwrite, &free).await;
        told.push(("relocate", moved.err()));
    }
    for what in [Remove::Anything, Remove::File, Remove::EmptyFolder] {
        told.push(("remove", vfs.remove(session, &at, what, &free).await.err()));
    }
    for (verb, error) in told {
        assert_eq!(error, Some(Error::NotFound), "{login}: {verb} {text}");
    }
}

/// What is answered to whoever would put something there, or move its `own` file. Nothing stays.
async fn tried(story: &Story, login: &str, own: &str, text: &str) -> Vec<Result<(), Error>> {
    let (vfs, session, free) = (&story.gateway.vfs, story.session(login), Conditions::default());
    let (at, own) = (path(text), path(own));
    let create = Create { make: true, ..Create::default() };
    let mut told = vec![vfs.create(session, &at, create).await.map(drop)];
    told.push(vfs.make_folder(session, &at, &free).await.map(drop));
    if told.last() == Some(&Ok(())) {
        vfs.remove(session, &at, Remove::EmptyFolder, &free).await.unwrap();
    }
    for overwrite in [false, true] {
        let moved = vfs.relocate(session, &own, &at, overwrite, &free).await;
        if moved.is_ok() {
            vfs.relocate(session, &at, &own, false, &free).await.unwrap();
        }
        told.push(moved.map(drop));
        let copied = vfs.copy(session, &own, &at, overwrite, false, &free).await;
        if copied.is_ok() {
            vfs.remove(session, &at, Remove::File, &free).await.unwrap();
        }
        told.push(copied.map(drop));
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_invisible_is_answered_as_what_does_not_exist() {
    let story = Story::told().await;
    story.next_day().await;
    let paths = everywhere(&story).await;
    let mut absent = 0;
    for login in LOGINS {
        let mine = if login == "bos" { "/My files" } else { "/Mijn bestanden" };
        let own = format!("{mine}/proef.txt");
        story.put(login, &own, b"own").await.unwrap();
        for text in &paths {
            let seen = story.gateway.vfs.stat(story.session(login), &path(text)).await;
            if seen.is_ok() {
                continue;
            }
            absent += 1;
            is_absent(&story, login, text).await;
            let other = twin(text);
            let told = tried(&story, login, &own, text).await;
            assert_eq!(
                told,
                tried(&story, login, &own, &other).await,
                "{login}: {text} and {other}"
            );
        }
    }
    assert!(absent > 500, "{absent} paths are enough to mean something");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_folder_lists_is_there_with_the_same_rights() {
    let story = Story::told().await;
    story.next_day().await;
    for login in LOGINS {
        for (text, listed) in story.all(login).await {
            let stat = story.gateway.vfs.stat(story.session(login), &path(&text)).await;
            let seen = stat.map(|e| (e.name, e.folder, e.size, e.rights, e.origin));
            let listed = (listed.name, listed.folder, listed.size, listed.rights, listed.origin);
            assert_eq!(seen, Ok(listed), "{login}: {text}");
        }
    }
}
