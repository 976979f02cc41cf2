//! Attacks on the wall between two parties: by the way a path is written, by time, by a race.

use crate::OWN;
use crate::common::{Gateway, takes_the_same_time};
use crate::http::Person;
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
            let answer = jansen.send(method, path, &[("Depth", "0")], "").await;
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
async fn time_does_not_tell_what_is_there() {
    let (_gateway, devries, jansen) = world().await;
    devries.make(&format!("{OWN}/map")).await;
    devries.put(&format!("{OWN}/map/groot.txt"), &"x".repeat(300_000)).await;
    for (method, there, not) in [
        ("GET", "/Mijn bestanden/map/groot.txt", "/Mijn bestanden/nix/groot.txt"),
        ("PROPFIND", "/Werkgevers/Garage Bos/Overzichten", "/Werkgevers/Garage Nix/Overzichten"),
        (
            "PUT",
            "/Werknemers/7 S. Yilmaz/Gedeeld met werknemer/a",
            "/Werknemers/9 X/Gedeeld met werknemer/a",
        ),
        ("DELETE", "/Werknemers/7 S. Yilmaz", "/Werknemers/9 X. Yilmaz"),
    ] {
        takes_the_same_time(async |foreign| {
            let path = if foreign { there } else { not };
            jansen.send(method, path, &[("Depth", "0")], "").await;
        })
        .await;
    }
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
