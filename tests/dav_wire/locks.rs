//! Locks that lock, end by the clock, and tell their tokens to nobody else.

use crate::OWN;
use crate::common::server::Server;
use crate::common::{Backing, Gateway, PASSWORD, cast, eventually};
use crate::http::{Answer, Person};
use loondossier::dossier::Scope;

pub(crate) const EXCLUSIVE: &str = r#"<?xml version="1.0"?><D:lockinfo xmlns:D="DAV:"><D:lockscope><D:exclusive/></D:lockscope><D:locktype><D:write/></D:locktype><D:owner>Kamer 12</D:owner></D:lockinfo>"#;

/// K. Jansen and a colleague, who share one tree.
pub(crate) async fn colleagues() -> (Gateway, Person, Person) {
    colleagues_on(Backing::Embedded).await
}

/// The same on either pair of stores.
pub(crate) async fn colleagues_on(backing: Backing) -> (Gateway, Person, Person) {
    let gateway = Gateway::start_on(backing).await;
    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    *roster = roster.replace(
        r#"email = "k@bakkerij.example" }"#,
        r#"email = "k@bakkerij.example" }, { login = "keller", name = "B. Keller", email = "b@bakkerij.example" }"#,
    );
    gateway.apply(&files).await;
    gateway.admin.set_password("keller", PASSWORD).await.unwrap();
    let people = ["jansen", "keller"].map(|login| Person::new(&gateway, login));
    let [jansen, keller] = people;
    (gateway, jansen, keller)
}

pub(crate) async fn lock(person: &Person, path: &str, headers: &[(&str, &str)]) -> Answer {
    person.send("LOCK", path, headers, EXCLUSIVE).await
}

pub(crate) fn token(locked: &Answer) -> String {
    assert!([200, 201].contains(&locked.status), "{}", locked.whole());
    locked.header("lock-token").unwrap().to_owned()
}

#[tokio::test]
async fn a_lock_holds_against_everybody_else_until_it_ends_by_the_clock() {
    let (gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    let locked = lock(&jansen, &file, &[("Timeout", "Second-60")]).await;
    let token = token(&locked);
    assert_eq!(locked.element("D:timeout"), Some("Second-60"));
    gateway.clock.advance(59_000);
    let to = keller.url(&format!("{OWN}/b.txt"));
    for (method, headers) in [
        ("PUT", &[] as &[_]),
        ("DELETE", &[]),
        ("PROPPATCH", &[]),
        ("MOVE", &[("Destination", to.as_str())]),
        ("LOCK", &[]),
    ] {
        let body = match method {
            "LOCK" => EXCLUSIVE,
            "PROPPATCH" => {
                r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="x">1</a></D:prop></D:set></D:propertyupdate>"#
            }
            _ => "",
        };
        for person in [&keller, &jansen] {
            let status = person.send(method, &file, headers, body).await.status;
            assert_eq!(status, 423, "{method} without the token");
        }
    }
    let submitted = format!("({token})");
    let stolen = keller.send("PUT", &file, &[("If", &submitted)], "stolen").await;
    assert!([412, 423].contains(&stolen.status), "a token is its account's: {}", stolen.status);
    assert_eq!(jansen.get(&file).await.as_deref(), Some("a"));
    let mine = jansen.send("PUT", &file, &[("If", &submitted)], "mine").await;
    assert_eq!(mine.status, 204);

    gateway.clock.advance(1_001);
    assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 409);
    assert_eq!(keller.send("PUT", &file, &[], "keller").await.status, 204);
}

#[tokio::test]
async fn a_lock_lasts_no_longer_than_an_hour_and_is_given_its_time_again() {
    let (gateway, jansen, keller) = colleagues().await;
    for (i, (asked, given)) in [
        ("Infinite, Second-4100000000", "Second-3600"),
        ("Second-4100000000", "Second-3600"),
        ("Second-5", "Second-5"),
        ("", "Second-600"),
    ]
    .into_iter()
    .enumerate()
    {
        let headers = [("Timeout", asked)];
        let headers: &[_] = if asked.is_empty() { &[] } else { &headers };
        let locked = lock(&jansen, &format!("{OWN}/{i}.txt"), headers).await;
        assert_eq!((locked.status, locked.element("D:timeout")), (201, Some(given)), "{asked}");
    }
    let file = format!("{OWN}/a.txt");
    let token = token(&lock(&jansen, &file, &[]).await);
    let submitted = format!("({token})");
    for _ in 0..3 {
        gateway.clock.advance(599_000);
        let again = jansen.send("LOCK", &file, &[("If", &submitted)], "").await;
        assert_eq!(again.status, 200, "{}", again.whole());
    }
    assert_eq!(keller.send("LOCK", &file, &[("If", &submitted)], "").await.status, 412);
    assert_eq!(keller.ask("PUT", &file, &[]).await, 423);
    assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 204);
    assert_eq!(keller.ask("PUT", &file, &[]).await, 204);
}

#[tokio::test]
async fn a_token_is_shown_to_its_own_account_alone() {
    let (_gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    let token = token(&lock(&jansen, &file, &[]).await);
    let bare = token.trim_matches(['<', '>']).to_owned();
    let body = r#"<D:propfind xmlns:D="DAV:"><D:prop><D:lockdiscovery/></D:prop></D:propfind>"#;
    for (person, shown) in [(&jansen, true), (&keller, false)] {
        for (path, depth) in [(file.as_str(), "0"), (OWN, "1")] {
            let found = person.send("PROPFIND", path, &[("Depth", depth)], body).await;
            assert!(found.body.contains("<D:activelock>"), "that it is locked is shown");
            assert_eq!(found.body.contains(&bare), shown, "{path}: {}", found.body);
        }
        let refused = lock(person, &file, &[]).await;
        assert_eq!(refused.status, 423);
        assert!(shown || !refused.body.contains(&bare), "{}", refused.body);
    }
    let unlocked = keller.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await;
    assert!([403, 409].contains(&unlocked), "{unlocked}");
    assert_eq!(keller.ask("DELETE", &file, &[]).await, 423);
}

#[tokio::test]
async fn a_lock_on_a_free_name_makes_an_empty_file_that_is_locked() {
    let (_gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/new.docx");
    let locked = lock(&jansen, &file, &[]).await;
    assert_eq!(locked.status, 201);
    assert_eq!(jansen.get(&file).await.as_deref(), Some(""));
    assert!(keller.find(OWN, "1").await.body.contains("new.docx"));
    assert_eq!(keller.ask("PUT", &file, &[]).await, 423);
    let submitted = format!("({})", token(&locked));
    assert_eq!(jansen.send("PUT", &file, &[("If", &submitted)], "x").await.status, 204);
    assert_eq!(lock(&jansen, &format!("{OWN}/geen/map.txt"), &[]).await.status, 409);
}

#[tokio::test]
async fn a_folders_lock_holds_for_all_that_is_in_it() {
    let (_gateway, jansen, keller) = colleagues().await;
    let folder = format!("{OWN}/map");
    jansen.make(&folder).await;
    jansen.put(&format!("{folder}/a.txt"), "a").await;
    let token = token(&lock(&jansen, &folder, &[("Depth", "infinity")]).await);
    for path in ["a.txt", "new.txt"] {
        assert_eq!(keller.ask("PUT", &format!("{folder}/{path}"), &[]).await, 423, "{path}");
    }
    assert_eq!(keller.ask("MKCOL", &format!("{folder}/x"), &[]).await, 423);
    assert_eq!(keller.ask("DELETE", &folder, &[]).await, 423);
    let to = keller.url(&format!("{folder}/b.txt"));
    keller.put(&format!("{OWN}/b.txt"), "b").await;
    let into = keller.ask("MOVE", &format!("{OWN}/b.txt"), &[("Destination", &to)]).await;
    assert_eq!(into, 423);
    assert_eq!(lock(&keller, &format!("{folder}/a.txt"), &[]).await.status, 423);
    let submitted = format!("</Mijn%20bestanden/map> ({token})");
    let path = format!("{folder}/new.txt");
    assert_eq!(jansen.send("PUT", &path, &[("If", &submitted)], "x").await.status, 201);
    let within = format!("{folder}/y.txt");
    assert_eq!(lock(&jansen, &within, &[("If", &submitted)]).await.status, 423);
    assert_eq!(jansen.get(&within).await, None, "what cannot be locked is not made");
}

#[tokio::test]
async fn a_lock_on_a_folder_alone_holds_its_names_and_not_what_is_in_it() {
    let (_gateway, jansen, keller) = colleagues().await;
    let folder = format!("{OWN}/map");
    let (file, new) = (format!("{folder}/a.txt"), format!("{folder}/new.txt"));
    jansen.make(&folder).await;
    jansen.put(&file, "a").await;
    let token = token(&lock(&jansen, &folder, &[("Depth", "0")]).await);
    assert_eq!(keller.ask("PUT", &new, &[]).await, 423);
    assert_eq!(lock(&keller, &new, &[]).await.status, 423);
    assert_eq!(keller.ask("DELETE", &file, &[]).await, 423);
    assert_eq!(keller.ask("DELETE", &folder, &[]).await, 423);
    keller.put(&file, "of keller").await;
    assert!(!keller.find(&file, "0").await.body.contains("activelock"));
    // What is in it is not in the lock's reach: it is neither ended nor prolonged from there.
    let submitted = format!("</Mijn%20bestanden/map> ({token})");
    assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 409);
    assert_eq!(jansen.ask("LOCK", &file, &[("If", &submitted)]).await, 412);
    assert_eq!(jansen.ask("LOCK", &folder, &[("If", &submitted)]).await, 200);
    assert_eq!(jansen.send("PUT", &new, &[("If", &submitted)], "x").await.status, 201);
    assert_eq!(jansen.ask("UNLOCK", &folder, &[("Lock-Token", &token)]).await, 204);
    assert_eq!(keller.ask("DELETE", &folder, &[]).await, 204);
}

/// The mandatory lockroot (RFC 4918 section 14.12) of each lock that an answer tells of, in order.
fn roots(answer: &Answer) -> Vec<String> {
    let locks = answer.body.split("<D:activelock>").skip(1);
    let root = |lock: &str| {
        let lock = lock.split("</D:activelock>").next().unwrap();
        let root = lock.split("<D:lockroot><D:href>").nth(1).expect("a lock has a root");
        root.split('<').next().unwrap().to_owned()
    };
    locks.map(root).collect()
}

#[tokio::test]
async fn a_lock_says_what_was_locked_wherever_it_is_seen() {
    let (_gateway, jansen, keller) = colleagues().await;
    let (map, root) = (format!("{OWN}/map 1"), "/Mijn%20bestanden/map%201/");
    let file = format!("{map}/onder/a.txt");
    jansen.make(&map).await;
    jansen.make(&format!("{map}/onder")).await;
    jansen.put(&file, "a").await;
    let locked = lock(&jansen, &map, &[("Depth", "infinity")]).await;
    assert_eq!(roots(&locked), [root]);
    let held = format!("({})", token(&locked));
    for folder in [map.clone(), format!("{map}/")] {
        let again = jansen.send("LOCK", &folder, &[("If", &held)], "").await;
        assert_eq!((again.status, roots(&again)), (200, vec![root.to_owned()]), "{folder}");
    }
    for person in [&jansen, &keller] {
        assert_eq!(roots(&person.find(&map, "0").await), [root]);
        assert_eq!(roots(&person.find(&map, "1").await), [root, root]);
        assert_eq!(roots(&person.find(&format!("{map}/onder"), "1").await), [root, root]);
        assert_eq!(roots(&person.find(&file, "0").await), [root]);
    }
    let submitted = format!("({})", token(&locked));
    let again = jansen.send("LOCK", &file, &[("If", &submitted)], "").await;
    assert_eq!((again.status, roots(&again)), (200, vec![root.to_owned()]));

    let other = format!("{OWN}/b.txt");
    let locked = lock(&jansen, &other, &[("Depth", "0")]).await;
    let own = "/Mijn%20bestanden/b.txt";
    assert_eq!(roots(&locked), [own]);
    assert_eq!(roots(&keller.find(OWN, "1").await), [own, root]);
}

/// The links of a listing that are told to be locked.
fn locked(answer: &Answer) -> Vec<String> {
    let parts = answer.body.split("<D:response><D:href>").skip(1);
    let locked = parts.filter(|part| part.contains("<D:activelock>"));
    locked.map(|part| part.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_lock_on_a_folder_alone_is_told_of_that_and_of_nothing_in_it() {
    const NAMED: &str = r#"<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>"#;
    let (_gateway, jansen, keller) = colleagues().await;
    let (map, root) = (format!("{OWN}/map"), "/Mijn%20bestanden/map/");
    for folder in ["", "/onder", "/onder/diep"] {
        jansen.make(&format!("{map}{folder}")).await;
    }
    for file in ["a.txt", "b.txt", "onder/c.txt"] {
        jansen.put(&format!("{map}/{file}"), "x").await;
    }
    token(&lock(&jansen, &map, &[("Depth", "0")]).await);
    for (person, body) in [(&jansen, ""), (&jansen, NAMED), (&keller, ""), (&keller, NAMED)] {
        let told = async |path: &str, depth: &str| {
            locked(&person.send("PROPFIND", path, &[("Depth", depth)], body).await)
        };
        for (path, depth) in [(OWN, "1"), (&map, "0"), (&map, "1")] {
            assert_eq!(told(path, depth).await, [root], "{path} {depth}");
        }
        for path in ["a.txt", "onder", "onder/c.txt", "onder/diep"] {
            for depth in ["0", "1"] {
                assert!(told(&format!("{map}/{path}"), depth).await.is_empty(), "{path} {depth}");
            }
        }
    }
    // What is in it has locks of its own, and tells of these alone.
    let (file, link) = (format!("{map}/a.txt"), "/Mijn%20bestanden/map/a.txt");
    assert_eq!(roots(&lock(&keller, &file, &[]).await), [link]);
    assert_eq!(roots(&jansen.find(&file, "0").await), [link]);
    assert_eq!(roots(&jansen.find(&map, "1").await), [root, link]);
    assert_eq!(locked(&jansen.find(&map, "1").await), [root, link]);
}

#[tokio::test]
async fn a_lock_outlives_the_process() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    server.start().await;
    let jansen = Person::at(server.dav, "jansen", PASSWORD);
    let file = format!("{OWN}/a.txt");
    let token = token(&lock(&jansen, &file, &[]).await);
    server.kill();
    server.start().await;
    assert_eq!(jansen.ask("PUT", &file, &[]).await, 423, "it is locked still");
    assert_eq!(lock(&jansen, &file, &[]).await.status, 423);
    let submitted = format!("({token})");
    assert_eq!(jansen.send("PUT", &file, &[("If", &submitted)], "mine").await.status, 204);
    assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 204);
    assert_eq!(jansen.ask("PUT", &file, &[]).await, 204);
}

/// Word 2016 names its lock where only UNLOCK should.
#[tokio::test]
async fn a_token_that_a_put_names_by_lock_token_alone_is_submitted() {
    let (gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/brief.docx");
    let token = token(&lock(&jansen, &file, &[]).await);
    let named = [("Lock-Token", token.as_str())];
    assert_eq!(jansen.send("PUT", &file, &named, "brief").await.status, 204);
    assert!([412, 423].contains(&keller.send("PUT", &file, &named, "stolen").await.status));
    assert!([412, 423].contains(&keller.ask("DELETE", &file, &named).await));
    assert_eq!(jansen.get(&file).await.as_deref(), Some("brief"));
    gateway.clock.advance(601_000);
    assert_eq!(keller.ask("PUT", &file, &[]).await, 204);
    assert_eq!(jansen.send("PUT", &file, &named, "late").await.status, 412, "it locks no more");
    assert_eq!(jansen.get(&file).await.as_deref(), Some(""));
}

#[tokio::test]
async fn an_account_holds_a_hundred_locks_and_its_owner_a_kilobyte() {
    let (_gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    let shared = EXCLUSIVE.replace("exclusive", "shared");
    for i in 0..100 {
        let locked = jansen.send("LOCK", &file, &[], &shared).await;
        assert_eq!(locked.status, 200, "lock {i}");
    }
    assert_eq!(jansen.send("LOCK", &file, &[], &shared).await.status, 507);
    let free = format!("{OWN}/vrij.txt");
    assert_eq!(lock(&jansen, &free, &[]).await.status, 507);
    assert_eq!(jansen.get(&free).await, None, "what cannot be locked is not made");
    assert_eq!(keller.send("LOCK", &file, &[], &shared).await.status, 200);
    let long = shared.replace("Kamer 12", &"x".repeat(1_025));
    assert_eq!(keller.send("LOCK", &file, &[], &long).await.status, 400);
}

#[tokio::test]
async fn a_lock_ends_with_the_engagement_in_which_it_was_taken() {
    let gateway = Gateway::start().await;
    let people = ["petra", "jansen"].map(|login| Person::new(&gateway, login));
    let [petra, jansen] = &people;
    let placed = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026/a.pdf";
    petra.put(placed, "%PDF-1.4\n%%EOF\n").await;
    token(&lock(petra, placed, &[("Timeout", "Second-3600")]).await);
    let seen = "/Overzichten/Journaalposten/2026/a.pdf";
    assert!(jansen.find(seen, "0").await.body.contains("activelock"));

    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    assert!(roster.contains(engaged));
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";
    *roster = roster.replace(engaged, ended);
    gateway.apply(&files).await;
    eventually("nothing is locked any more", async || {
        !jansen.find(seen, "0").await.body.contains("activelock")
    })
    .await;
}

#[tokio::test]
async fn a_credential_that_only_reads_sees_no_token_and_ends_or_prolongs_no_lock() {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    let password = gateway.app_password("devries", Scope::READ).await;
    let reader = Person::with(&gateway, "devries", &password);
    let file = format!("{OWN}/a.txt");
    devries.put(&file, "a").await;
    let token = token(&lock(&devries, &file, &[("Timeout", "Second-600")]).await);
    let bare = token.trim_matches(['<', '>']);
    for (path, depth) in [(file.as_str(), "0"), (OWN, "1")] {
        let found = reader.find(path, depth).await;
        assert!(found.body.contains("<D:activelock>"), "{}", found.body);
        assert!(!found.body.contains(bare) && !found.body.contains("Kamer 12"), "{}", found.body);
        assert!(devries.find(path, depth).await.body.contains(bare));
    }
    let shown = format!("({token})");
    assert_eq!(reader.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 403);
    assert_eq!(reader.ask("LOCK", &file, &[("If", &shown)]).await, 412, "it is in no such state");
    let not = format!("(Not <DAV:no-lock> {token}) (Not <DAV:no-lock>)");
    assert_eq!(reader.ask("LOCK", &file, &[("If", &not)]).await, 403);
    assert_eq!(devries.ask("PUT", &file, &[]).await, 423, "it is locked still");
    assert_eq!(devries.ask("LOCK", &file, &[("If", &shown)]).await, 200);
    assert_eq!(devries.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 204);
}
