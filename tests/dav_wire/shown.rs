//! What is shown of a file or folder beforehand, by `Allow`, `supportedlock` and the letters of `oc:permissions`, is
//! what its viewer may do: every verb is tried on all that everybody sees.

use crate::OWN;
use crate::common::{Backing, Gateway, PASSWORD};
use crate::http::{METHODS, Person};
use crate::invisible::world;
use crate::locks::EXCLUSIVE;
use crate::statements::{everything, folders};
use loondossier::dossier::Scope;
use std::collections::BTreeSet;

const SHOWN: &str = r#"<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns"><prop><o:permissions/><supportedlock/></prop></propfind>"#;
const TIME: &str = r#"<propertyupdate xmlns="DAV:"><set><prop><getlastmodified>Mon, 23 Nov 2026 00:00:00 GMT</getlastmodified></prop></set></propertyupdate>"#;

/// Where an employer sees what its employee shares, and forwards it from.
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";

/// What is said of something.
#[derive(Debug)]
struct Shown {
    allow: BTreeSet<String>,
    letters: String,
    lockable: bool,
}

fn set(list: &str) -> BTreeSet<String> {
    list.split(", ").map(str::to_owned).collect()
}

/// What OPTIONS says is allowed.
async fn allowed(who: &Person, path: &str) -> BTreeSet<String> {
    let told = who.send("OPTIONS", path, &[], "").await;
    assert_eq!(told.status, 200, "{path}");
    assert_eq!((told.header("dav"), told.header("ms-author-via")), (Some("1,2"), Some("DAV")));
    let spoken = told.header("public").unwrap();
    assert_eq!(set(spoken), METHODS[..12].iter().map(|m| (*m).to_owned()).collect(), "{path}");
    set(told.header("allow").unwrap())
}

/// `None` where nothing is any more.
async fn shown(who: &Person, path: &str) -> Option<Shown> {
    let told = who.send("PROPFIND", path, &[("Depth", "0")], SHOWN).await;
    if told.status == 404 {
        return None;
    }
    let allow = allowed(who, path).await;
    let letters = told.element("O:permissions").unwrap().to_owned();
    // Who reads strictly trips over one with nothing in it.
    let lockable = told.element("D:supportedlock").is_some_and(|entries| !entries.is_empty());
    let missing = told.body.contains("<D:supportedlock/>") && told.body.contains("404 Not Found");
    assert_ne!(lockable, missing, "{path}: {}", told.body);
    Some(Shown { allow, letters, lockable })
}

/// All that somebody sees, folders with a slash behind them, from the bottom up.
async fn all(who: &Person) -> Vec<String> {
    let mut all = Vec::new();
    for folder in folders(who).await {
        let listing = who.find(&folder, "1").await;
        assert!(!listing.body.contains("<D:supportedlock/>"), "{folder}: {}", listing.body);
        // Each folder but the root was in the list of the one above.
        all.extend(listing.links().into_iter().skip(usize::from(folder != "/")));
    }
    let decoded = all
        .iter()
        .map(|link| percent_encoding::percent_decode_str(link).decode_utf8().unwrap().into_owned());
    let mut seen = BTreeSet::new();
    let mut all: Vec<_> = decoded.filter(|path| seen.insert(path.clone())).collect();
    all.reverse();
    all
}

/// Somebody who tries.
struct Trier {
    who: Person,
    own: &'static str,
    /// Where else things may be moved to, each a folder.
    others: &'static [&'static str],
    tried: usize,
}

impl Trier {
    fn new(gateway: &Gateway, login: &str) -> Self {
        let (own, others) = match login {
            "jansen" => (OWN, &["/Goedgekeurd", SEEN, "/Gedeeld met kantoor"] as &[_]),
            "bos" => ("/My files", &["/Shared with office"] as &[_]),
            _ => (OWN, &["/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever"] as &[_]),
        };
        Self { who: Person::new(gateway, login), own, others, tried: 0 }
    }

    /// A folder and a name in it.
    fn split(path: &str) -> (&str, &str) {
        path.trim_end_matches('/').rsplit_once('/').unwrap()
    }

    async fn moves(&self, from: &str, to: &str) -> bool {
        let to = self.who.url(to);
        let headers = [("Destination", to.as_str()), ("Overwrite", "F")];
        let status = self.who.ask("MOVE", from, &headers).await;
        assert!(status == 201 || (400..500).contains(&status), "{from}: {status}");
        status == 201
    }

    /// What changes nothing that others of these need, on one thing: the methods that did something.
    async fn does(&mut self, path: &str) -> BTreeSet<String> {
        self.tried += 1;
        let who = &self.who;
        let mut done = set("OPTIONS, HEAD, PROPFIND");
        let mut took = |method: &str, status: u16, good: &[u16]| {
            assert!(good.contains(&status) || (400..500).contains(&status), "{method} {path}");
            if good.contains(&status) {
                done.insert(method.to_owned());
            }
        };
        took("HEAD", who.ask("HEAD", path, &[]).await, &[200]);
        took("GET", who.ask("GET", path, &[]).await, &[200]);
        let on_it = path.trim_end_matches('/');
        took("MKCOL", who.ask("MKCOL", path, &[]).await, &[201]);
        // What is refused for its content could be put there.
        took("PUT", who.send("PUT", on_it, &[], "%PDF").await.status, &[201, 204, 422]);
        took("PROPPATCH", who.send("PROPPATCH", path, &[], TIME).await.status, &[207]);
        let locked = who.send("LOCK", path, &[("Depth", "0")], EXCLUSIVE).await;
        took("LOCK", locked.status, &[200]);
        if let Some(token) = locked.header("lock-token") {
            took("UNLOCK", who.ask("UNLOCK", path, &[("Lock-Token", token)]).await, &[204]);
        }
        let copy = format!("{}/kopie {}", self.own, self.tried);
        let to = who.url(&copy);
        let copied = who.ask("COPY", path, &[("Destination", &to), ("Depth", "0")]).await;
        took("COPY", copied, &[201]);
        done
    }

    /// Makes a file and a folder in a folder, where that can be.
    async fn makes(&self, folder: &str) -> (bool, bool) {
        let mut file = false;
        // The reason of a decision is all that its employer puts in a set.
        for name in ["nieuw.txt", "reden.txt"] {
            let status = self.who.send("PUT", &format!("{folder}{name}"), &[], "x").await.status;
            file |= [201, 204, 422].contains(&status);
        }
        (file, self.who.ask("MKCOL", &format!("{folder}nieuwe map"), &[]).await == 201)
    }

    /// Gives it another name and its own again.
    async fn renames(&self, path: &str) -> bool {
        let (folder, name) = Self::split(path);
        let other = format!("{folder}/anders {name}");
        let done = self.moves(path, &other).await;
        assert!(!done || self.moves(&other, path).await, "{path} back");
        done
    }

    /// Moves it to where that can be, and back where that can be.
    async fn leaves(&self, path: &str) -> bool {
        let (_, name) = Self::split(path);
        let folders = self.others.iter().chain([&self.own]);
        for folder in folders.filter(|folder| Self::split(path).0 != **folder) {
            // A decision keeps the name, which may be taken elsewhere.
            for to in [format!("{folder}/{name}"), format!("{folder}/elders {name}")] {
                if self.moves(path, &to).await {
                    self.moves(&to, path).await;
                    return true;
                }
            }
        }
        false
    }
}

/// Tries all on all that somebody sees, what takes it away last.
async fn is_as_shown(login: &str) -> usize {
    let gateway = everything(Backing::Embedded).await;
    // No lock is held any more, and what was delivered is listed still.
    gateway.clock.advance(601_000);
    let mut trier = Trier::new(&gateway, login);
    let all = all(&trier.who).await;
    for path in &all {
        let Some(Shown { allow, letters, lockable }) = shown(&trier.who, path).await else {
            panic!("{login} {path} is gone")
        };
        let done = trier.does(path).await;
        let says = format!("{login} {path} {letters}: {done:?} done, {allow:?} allowed");
        let not_these = set("MOVE, DELETE");
        assert_eq!(done, allow.difference(&not_these).cloned().collect(), "{says}");
        assert_eq!(
            (lockable, lockable),
            (done.contains("LOCK"), done.contains("UNLOCK")),
            "{says}"
        );
        let has = |letter| letters.contains(letter);
        let readable = done.contains("GET") || path.ends_with('/');
        assert_eq!((has('G'), has('W')), (readable, done.contains("PUT")), "{says}");
        assert_eq!(allow.contains("DELETE"), has('D'), "{says}");
        assert_eq!(allow.contains("MOVE"), has('N') || has('V'), "{says}");
        if path.ends_with('/') {
            assert_eq!(trier.makes(path).await, (has('C'), has('K')), "{says}");
        } else {
            assert!(!has('C') && !has('K'), "{says}");
        }
    }
    for path in &all {
        // With the last file in it a folder of the tree may have gone.
        let Some(Shown { letters, .. }) = shown(&trier.who, path).await else { continue };
        let says = format!("{login} {path} {letters}");
        if path != "/" {
            assert_eq!(trier.renames(path).await, letters.contains('N'), "{says}");
            assert_eq!(trier.leaves(path).await, letters.contains('V'), "{says}");
        }
        // Not all that left could come back.
        let Some(Shown { letters, .. }) = shown(&trier.who, path).await else { continue };
        let deleted = trier.who.ask("DELETE", path, &[]).await;
        assert_eq!(deleted == 204, letters.contains('D'), "{login} {path} {letters}: {deleted}");
    }
    trier.tried
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_may_be_done_for_the_office() {
    assert!(is_as_shown("petra").await > 50);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_may_be_done_for_the_employers() {
    assert!(is_as_shown("jansen").await > 50);
    assert!(is_as_shown("bos").await > 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_shown_is_what_may_be_done_for_the_employees() {
    assert!(is_as_shown("devries").await > 30);
    assert!(is_as_shown("yilmaz").await > 10);
}

#[tokio::test]
async fn a_credential_that_only_reads_is_allowed_to_change_and_to_copy_nothing() {
    let gateway = world().await;
    let secret = gateway.app_password("devries", Scope::READ).await;
    let reader = Person::with(&gateway, "devries", &secret);
    for path in all(&reader).await {
        let read = if path.ends_with('/') { "" } else { ", GET" };
        let reads = set(&format!("OPTIONS, HEAD, PROPFIND{read}"));
        assert_eq!(allowed(&reader, &path).await, reads, "{path}");
    }
}

#[tokio::test]
async fn what_is_refused_with_405_is_told_with_what_is_allowed() {
    let gateway = world().await;
    let [jansen, devries] = ["jansen", "devries"].map(|login| Person::new(&gateway, login));
    for (who, method, path) in [
        (&devries, "GET", OWN.to_owned()),
        (&devries, "MKCOL", format!("{OWN}/geheim")),
        (&devries, "PUT", format!("{OWN}/geheim/")),
        (&devries, "POST", format!("{OWN}/geheim/a.txt")),
        (&jansen, "GET", SEEN.to_owned()),
        (&jansen, "MKCOL", format!("{SEEN}/van devries.txt")),
        (&jansen, "PATCH", format!("{SEEN}/van devries.txt")),
    ] {
        let told = who.send(method, &path, &[], "").await;
        assert_eq!(told.status, 405, "{method} {path}");
        let allow = set(told.header("allow").unwrap());
        assert_eq!(allow, allowed(who, &path).await, "{method} {path}");
        assert!(!allow.contains(method), "{method} {path}: {allow:?}");
    }
    // Where nothing is for the viewer, there is nothing to say, and what was refused is not said.
    for path in ["/bestaat/niet/", "/Werknemers/0042 A. de Vries/Mijn bestanden/"] {
        let mut spoken = allowed(&jansen, path).await;
        assert!(spoken.remove("PUT"), "{path}");
        let told = jansen.send("PUT", path, &[], "").await;
        assert_eq!((told.status, set(told.header("allow").unwrap())), (405, spoken), "{path}");
    }
}

#[tokio::test]
async fn who_asks_under_a_name_is_who_it_says_and_nobody_is_told_what_is_there() {
    let gateway = world().await;
    let wrong = Person::with(&gateway, "devries", "een verkeerd wachtwoord");
    assert_eq!(wrong.ask("OPTIONS", OWN, &[]).await, 401);
    let devries = Person::with(&gateway, "devries", PASSWORD);
    let foreign = "/Werkgevers/Garage Bos";
    for path in [foreign, "/bestaat/niet"] {
        assert_eq!(allowed(&devries, path).await.len(), 12, "{path}");
    }
    let nobody = format!("HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gateway.dav);
    let mut told = Vec::new();
    for path in ["/", "/Mijn%20bestanden", "/Logboek", "/bestaat/niet"] {
        told.push(devries.send_raw(format!("OPTIONS {path} {nobody}").as_bytes()).await.whole());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
}
