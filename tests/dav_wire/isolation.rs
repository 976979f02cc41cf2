//! Attacks on the wall between two parties: by the way a path is written, by a condition, by a race.

use crate::OWN;
use crate::common::Gateway;
use crate::http::Person;
use crate::invisible::without_ids;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";

async fn world() -> (Gateway, Person, Person) {
    let gateway = Gateway::start().await;
    let (devries, jansen) = (Person::new(&gateway, "devries"), Person::new(&gateway, "jansen"));
    devries.put(&format!("{OWN}/geheim.txt"), "geheim").await;
    (gateway, devries, jansen)
}

#[tokio::test]
async fn no_way_to_write_a_path_leads_to_anothers_file() {
    let (_gateway, devries, jansen) = world().await;
    devries.put(&format!("{SHARED}/a.txt"), "shared").await;
    let seen = "/Werknemers/0042%20A.%20de%20Vries/Gedeeld%20door%20werknemer";
    for path in [
        "//Mijn%20bestanden/geheim.txt",
        "/Mijn%20bestanden//geheim.txt",
        "/Mijn%20bestanden/geheim.txt/",
        "/Mijn%20bestanden/geheim.txt?x",
        "/Mijn%20bestanden;x/geheim.txt",
        "/Mijn%20bestanden/%2e%2e/geheim.txt",
        "/Mijn%20bestanden/%252e%252e/geheim.txt",
        "/Mijn%20bestanden/%c0%ae%c0%ae/geheim.txt",
        "/Mijn%20bestanden/..%2fgeheim.txt",
        "/Mijn%20bestanden/..%5cgeheim.txt",
        "/Mijn%20bestande/geheim.txt",
        "/Mijn%20bestanden2/geheim.txt",
        &format!("{seen}/../Mijn%20bestanden/geheim.txt"),
        &format!("{seen}/..%2f..%2fMijn%20bestanden/geheim.txt"),
        &format!("{seen}2/a.txt"),
        &format!("{seen}%00/a.txt"),
        "/Werknemers/0042%20A.%20de%20Vrie/Gedeeld%20door%20werknemer/a.txt",
    ] {
        for method in ["GET", "HEAD", "PROPFIND", "DELETE", "LOCK"] {
            let headers: &[_] = if method == "PROPFIND" { &[("Depth", "0")] } else { &[] };
            let answer = jansen.send(method, path, headers, "").await;
            assert!(
                [400, 403, 404, 409].contains(&answer.status),
                "{method} {path}: {}",
                answer.head
            );
            assert!(!answer.body.contains("geheim") || answer.status == 400, "{method} {path}");
        }
    }
    assert_eq!(devries.get(&format!("{OWN}/geheim.txt")).await.unwrap(), "geheim");
    assert_eq!(jansen.get(&format!("{SEEN}/a.txt")).await.unwrap(), "shared");
}

#[tokio::test]
async fn what_one_notes_on_a_document_the_other_does_not_see() {
    let (_gateway, devries, jansen) = world().await;
    let (shared, seen) = (format!("{SHARED}/a.txt"), format!("{SEEN}/a.txt"));
    devries.put(&shared, "shared").await;
    let note = |text: &str| {
        format!(
            r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><n xmlns="urn:x">{text}</n></D:prop></D:set></D:propertyupdate>"#
        )
    };
    assert_eq!(devries.send("PROPPATCH", &shared, &[], &note("private")).await.status, 207);
    assert_eq!(jansen.send("PROPPATCH", &seen, &[], &note("other")).await.status, 403);
    assert!(devries.find(&shared, "0").await.body.contains("private"));
    assert!(!jansen.find(&seen, "0").await.body.contains("private"));
}

#[tokio::test]
async fn no_destination_leads_into_anothers_tree() {
    let (gateway, devries, jansen) = world().await;
    devries.put(&format!("{SHARED}/a.txt"), "shared").await;
    let yilmaz = Person::new(&gateway, "yilmaz");
    let before = [devries.tree("/").await, yilmaz.tree("/").await];
    let host = jansen.host;
    let seen = "Werknemers/0042%20A.%20de%20Vries/Gedeeld%20door%20werknemer";
    let own = format!("{OWN}/klaar.txt");
    jansen.put(&own, "klaar").await;
    let mine = jansen.tree(OWN).await;
    for (to, wanted) in [
        (format!("http://{host}/{seen}/%2e%2e/Mijn%20bestanden/x"), &[400, 404, 409][..]),
        (format!("http://{host}/{seen}/..%2f..%2fMijn%20bestanden/x"), &[400, 404, 409]),
        (format!("http://{host}/{seen}/%2E%2E/%2E%2E/0043%20S.%20Yilmaz/x"), &[400, 404, 409]),
        (format!("http://{host}/Mijn%20bestanden/%2e%2e/Werknemers/0043%20S.%20Yilmaz/x"), &[400]),
        (format!("http://{host}/Mijn%20bestanden/%252e%252e/x"), &[404, 409]),
        (format!("http://{host}/Mijn%20bestanden/%c0%ae%c0%ae/x"), &[400]),
        (format!("http://{host}/Mijn%20bestanden/..%5cgeheim.txt"), &[400]),
        (format!("http://{host}/Mijn%20bestanden/x%00.txt"), &[400]),
        (format!("http://{host}/Werknemers/7%20S.%20Yilmaz/Gedeeld%20met%20werknemer/x"), &[409]),
        (format!("http://{host}/Werknemers/9%20S.%20Yilmaz/Gedeeld%20met%20werknemer/x"), &[409]),
        ("/../Mijn%20bestanden/%2e%2e/x".to_owned(), &[400]),
        ("http://example.org/Mijn%20bestanden/x".to_owned(), &[502]),
        ("//example.org/Mijn%20bestanden/x".to_owned(), &[400, 502]),
        (format!("http://devries@{host}/Mijn%20bestanden/x"), &[400, 502]),
        (format!("http://{host}@example.org/Mijn%20bestanden/x"), &[400, 502]),
        (format!("file://{host}/Mijn%20bestanden/x"), &[400, 502]),
        ("Mijn%20bestanden/x".to_owned(), &[400, 502]),
        (String::new(), &[400, 502]),
    ] {
        for method in ["COPY", "MOVE"] {
            let told = jansen.send(method, &own, &[("Destination", &to)], "").await;
            assert!(wanted.contains(&told.status), "{method} to {to}: {}", told.head);
        }
    }
    assert_eq!(jansen.tree(OWN).await, mine);
    assert_eq!([devries.tree("/").await, yilmaz.tree("/").await], before);
}

/// Somebody knows the tag and the lock of what it may not see, and asks whether they hold.
#[tokio::test]
async fn a_condition_on_anothers_path_does_not_tell_whether_it_is_there() {
    let (_gateway, devries, jansen) = world().await;
    let secret = format!("{OWN}/geheim.txt");
    let etag = devries.send("HEAD", &secret, &[], "").await.header("etag").unwrap().to_owned();
    let locked = devries.send("LOCK", &secret, &[], crate::locks::EXCLUSIVE).await;
    let token = locked.header("lock-token").unwrap().to_owned();
    let ready = format!("{OWN}/klaar.txt");
    let foreign = "/Werknemers/0042 A. de Vries/Mijn bestanden/geheim.txt";
    let missing = "/Werknemers/0042 A. de Vries/Mijn bestandem/geheim.txt";
    for state in [
        format!("([{etag}])"),
        format!("(Not [{etag}])"),
        "([\"nix\"])".to_owned(),
        format!("({token})"),
        format!("({token} [{etag}])"),
        format!("(Not {token})"),
        format!("([{etag}]) (Not <urn:x:y>)"),
    ] {
        // Untagged, and on the path that is its own: devries' file has the same path in its own tree.
        for path in [foreign, &secret] {
            let other = if path == foreign { missing } else { "/Mijn bestanden/geheem.txt" };
            for (method, body) in [("PROPFIND", ""), ("PUT", "x"), ("DELETE", ""), ("LOCK", "")] {
                let mut told = Vec::new();
                for path in [path, other] {
                    jansen.put(&ready, "klaar").await;
                    let tagged = format!("<{}> {state}", jansen.url(path));
                    let depth = if method == "PROPFIND" { "0" } else { "infinity" };
                    let headers = [("Depth", depth), ("If", tagged.as_str())];
                    let own = jansen.send(method, &ready, &headers, body).await;
                    let at = jansen.send(method, path, &[("If", &state)], body).await;
                    told.push((
                        own.status,
                        own.body.len(),
                        without_ids(&at.whole()).replace(path, "..."),
                    ));
                    jansen.ask("DELETE", path, &[]).await;
                }
                assert_eq!(told.first(), told.last(), "{method} {state} of {path}");
            }
        }
    }
    assert_eq!(devries.get(&secret).await.unwrap(), "geheim");
}

/// Even while nothing is shared, odd while it may be.
#[derive(Default)]
struct Sharing {
    turn: AtomicU64,
    over: AtomicBool,
}

/// Reads as long as the sharing goes on; how often it got what it might.
async fn read(jansen: Person, sharing: Arc<Sharing>) -> u64 {
    let mut got = 0;
    while !sharing.over.load(Ordering::SeqCst) {
        let before = sharing.turn.load(Ordering::SeqCst);
        for method in ["GET", "PROPFIND"] {
            let found = jansen.ask(method, &format!("{SEEN}/a.txt"), &[("Depth", "0")]).await;
            let after = sharing.turn.load(Ordering::SeqCst);
            let hidden = before.is_multiple_of(2) && before == after;
            assert!(!hidden || found == 404, "{method} after the un-share was answered: {found}");
            got += u64::from(found < 300);
        }
    }
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_that_began_after_an_unshare_gets_anything() {
    let (_gateway, devries, jansen) = world().await;
    let sharing = Arc::new(Sharing::default());
    let readers: Vec<_> =
        (0..8).map(|_| tokio::spawn(read(jansen.clone(), Arc::clone(&sharing)))).collect();
    let (own, shared) = (format!("{OWN}/geheim.txt"), format!("{SHARED}/a.txt"));
    for _ in 0..150 {
        sharing.turn.fetch_add(1, Ordering::SeqCst);
        let to = devries.url(&shared);
        assert_eq!(devries.ask("MOVE", &own, &[("Destination", &to)]).await, 201);
        let back = devries.url(&own);
        assert_eq!(devries.ask("MOVE", &shared, &[("Destination", &back)]).await, 201);
        sharing.turn.fetch_add(1, Ordering::SeqCst);
    }
    sharing.over.store(true, Ordering::SeqCst);
    let mut got = 0;
    for reader in readers {
        got += reader.await.unwrap();
    }
    assert!(got > 0, "what was shared was seen at times");
}
