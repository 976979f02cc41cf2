//! What a party may not see is answered, byte for byte, like what is not there.

use crate::OWN;
use crate::common::{Backing, Gateway, cast, hidden, pdf};
use crate::http::Person;
use crate::locks::EXCLUSIVE;

pub(crate) const OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";
const BOS: &str = "/Werkgevers/Garage Bos";

/// Everybody has something that some other may not see.
pub(crate) async fn world() -> Gateway {
    world_on(Backing::Embedded).await
}

/// The same on either pair of stores.
pub(crate) async fn world_on(backing: Backing) -> Gateway {
    let gateway = Gateway::start_on(backing).await;
    let person = |login| Person::new(&gateway, login);
    let [petra, jansen, bos, devries, yilmaz] =
        ["petra", "jansen", "bos", "devries", "yilmaz"].map(person);
    let pdf = String::from_utf8(pdf("x")).unwrap();
    for path in [
        format!("{OFFICE}/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf"),
        format!("{OFFICE}/Werknemers/0043 S. Yilmaz/Loonstrook 2026-10.pdf"),
        format!("{OFFICE}/Werknemers/0043 S. Yilmaz/Jaaropgave 2025.pdf"),
        format!("{OFFICE}/Overzichten/Journaalposten/2026/Journaal 2026-11.pdf"),
        format!("{BOS}/Werknemers/7 S. Yilmaz/Loonstrook 2026-09.pdf"),
        format!("{BOS}/Gedeeld met werkgever/voor bos.txt"),
    ] {
        petra.put(&path, &pdf).await;
    }
    jansen.put("/Werknemers/0042 A. de Vries/Gedeeld met werknemer/voor devries.txt", "x").await;
    jansen.put("/Gedeeld met kantoor/van jansen.txt", "x").await;
    devries.put("/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/van devries.txt", "x").await;
    for owner in [&petra, &jansen, &devries, &yilmaz] {
        owner.make(&format!("{OWN}/geheim")).await;
        owner.put(&format!("{OWN}/geheim/a.txt"), "geheim").await;
    }
    bos.put("/My files/geheim.txt", "geheim").await;
    gateway
}

/// Who asks, for what is there but not for them, and for what is not there at all.
static PAIRS: [(&str, &str, &str); 26] = [
    ("devries", "/Werkgevers/Garage Bos", "/Werkgevers/Garage Nix"),
    ("devries", "/Werkgevers/Garage Bos/Payslips/2026", "/Werkgevers/Garage Nix/Payslips/2026"),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-01.pdf",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgavem",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2024",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2024/Jaaropgave 2024.pdf",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten",
        "/Werkgevers/Bakkerij Jansen BV/Overzichtem/Journaalposten",
    ),
    ("devries", "/Werknemers/0043 S. Yilmaz", "/Werknemert/0043 S. Yilmaz"),
    ("devries", "/Back-ups", "/Back-upt"),
    (
        "yilmaz",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/voor devries.txt",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/voor niemand.txt",
    ),
    (
        "yilmaz",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-12.pdf",
    ),
    (
        "yilmaz",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/geheim/a.txt",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/geheem/a.txt",
    ),
    (
        "jansen",
        "/Werknemers/0042 A. de Vries/Mijn bestanden/geheim/a.txt",
        "/Werknemers/0042 A. de Vries/Mijn bestandem/geheim/a.txt",
    ),
    (
        "jansen",
        "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/geheim/a.txt",
        "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/geheem/a.txt",
    ),
    ("jansen", "/Werknemers/7 S. Yilmaz", "/Werknemers/8 S. Yilmaz"),
    ("jansen", "/Werkgevers/Garage Bos", "/Werkgevers/Garage Nix"),
    ("jansen", "/Gedeeld door kantoor/voor bos.txt", "/Gedeeld door kantoor/voor nix.txt"),
    ("bos", "/Employees/0042 A. de Vries", "/Employees/0049 A. de Vries"),
    ("bos", "/Employees/0043 S. Yilmaz/Payslips/2026", "/Employees/0049 S. Yilmaz/Payslips/2026"),
    ("bos", "/Overviews/Journal entries", "/Overviews/Journal entriet"),
    (
        "bos",
        "/Overviews/Journal entries/2026/Journaal 2026-11.pdf",
        "/Overviews/Journal entries/2025/Journaal 2026-11.pdf",
    ),
    (
        "petra",
        "/Werkgevers/Bakkerij Jansen BV/Mijn bestanden/geheim/a.txt",
        "/Werkgevers/Bakkerij Jansen BV/Mijn bestandem/geheim/a.txt",
    ),
    (
        "petra",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Gedeeld met werkgever/van devries.txt",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Gedeeld met werkgevet/van devries.txt",
    ),
    (
        "petra",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/van devries.txt",
        "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/van niemand.txt",
    ),
    (
        "petra",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-11.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstrokem/2026/Loonstrook 2026-11.pdf",
    ),
    (
        "petra",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstroken/2026",
        "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries/Loonstrokem/2026",
    ),
];

/// Every request there is, with the path as what it names and, for two of them, as where it leads.
async fn answers(person: &Person, path: &str, ready: &str) -> Vec<(String, String)> {
    let (url, to) = (person.url(path), person.url(&format!("{OWN}/kopie")));
    let tagged = format!("<{url}> (Not <urn:x:y>)");
    let tagged_known = format!("<{url}> (<urn:x:y>)");
    let props = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><a xmlns="x">1</a></D:prop></D:set></D:propertyupdate>"#;
    let find = r#"<D:propfind xmlns:D="DAV:"><D:allprop/></D:propfind>"#;
    let requests = [
        ("OPTIONS", path, vec![], ""),
        ("GET", path, vec![], ""),
        ("GET", path, vec![("If-None-Match", "*")], ""),
        ("GET", path, vec![("If-Match", "*")], ""),
        ("GET", path, vec![("Range", "bytes=0-0")], ""),
        ("HEAD", path, vec![], ""),
        ("POST", path, vec![], "x"),
        ("PATCH", path, vec![], "x"),
        ("PUT", path, vec![], "x"),
        ("PUT", path, vec![("If-None-Match", "*")], "x"),
        ("PUT", path, vec![("If-Match", "*")], "x"),
        ("DELETE", path, vec![], ""),
        ("DELETE", path, vec![("If-Match", "*")], ""),
        ("MKCOL", path, vec![], ""),
        ("PROPFIND", path, vec![("Depth", "0")], find),
        ("PROPFIND", path, vec![("Depth", "1")], ""),
        ("PROPFIND", path, vec![], ""),
        ("PROPPATCH", path, vec![], props),
        ("LOCK", path, vec![], EXCLUSIVE),
        ("LOCK", path, vec![("If", "(<urn:x:y>)")], ""),
        ("UNLOCK", path, vec![("Lock-Token", "<urn:x:y>")], ""),
        ("COPY", path, vec![("Destination", &to)], ""),
        ("MOVE", path, vec![("Destination", &to)], ""),
        ("COPY", ready, vec![("Destination", &url), ("Overwrite", "F")], ""),
        ("MOVE", ready, vec![("Destination", &url)], ""),
        ("PROPFIND", ready, vec![("Depth", "0"), ("If", &tagged_known)], ""),
    ];
    let mut answers = Vec::new();
    for (method, path, headers, body) in requests {
        let answer = person.send(method, path, &headers, body).await;
        assert!(answer.status < 500, "{method} {path}: {}", answer.status);
        answers.push((format!("{method} {headers:?}").replace(path, "..."), answer.whole()));
    }
    let held = person.send("PROPFIND", ready, &[("Depth", "0"), ("If", &tagged)], "").await;
    answers.push(("PROPFIND of another if not".into(), held.whole()));
    answers
}

/// Asks for both, and finds no difference.
async fn same(gateway: &Gateway, login: &str, there: &str, not: &str) {
    let person = Person::new(gateway, login);
    let own = if login == "bos" { "/My files" } else { OWN };
    let ready = format!("{own}/klaar.txt");
    let mut told = Vec::new();
    for path in [there, not] {
        person.put(&ready, "klaar").await;
        told.push(answers(&person, path, &ready).await);
        person.ask("DELETE", &ready, &[]).await;
    }
    let not_told = told.pop().unwrap();
    let there_told = told.pop().unwrap();
    for ((what, a), (_, b)) in there_told.into_iter().zip(not_told) {
        assert!(what != "GET []" || a.starts_with("HTTP/1.1 404 "), "{login} {there}: {a}");
        assert_eq!(without_ids(&a), without_ids(&b), "{login}: {what}\n{there}\n{not}");
    }
}

#[tokio::test]
async fn what_is_not_for_them_is_answered_like_what_is_not_there() {
    let gateway = world().await;
    let before = owned(&gateway).await;
    for (login, there, not) in PAIRS {
        same(&gateway, login, there, not).await;
    }
    assert_eq!(owned(&gateway).await, before, "nothing of anybody was touched");
}

/// What lies in the trees of those who own it.
async fn owned(gateway: &Gateway) -> Vec<Vec<(String, String)>> {
    let mut owned = Vec::new();
    for (login, folders) in [
        ("devries", ["/Werkgevers", OWN]),
        ("yilmaz", ["/Werkgevers", OWN]),
        ("jansen", ["/Werknemers", OWN]),
        ("bos", ["/Employees", "/My files"]),
        ("petra", ["/Werkgevers/Garage Bos/Gedeeld met werkgever", OWN]),
    ] {
        for folder in folders {
            owned.push(Person::new(gateway, login).tree(folder).await);
        }
    }
    owned
}

#[tokio::test]
async fn an_office_whose_engagement_has_ended_is_answered_as_if_there_never_was_one() {
    let gateway = world().await;
    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    let line = roster.lines().find(|l| l.starts_with("office =")).unwrap().to_owned();
    *roster = roster.replacen(&format!("{line}\n"), "", 1);
    gateway.clock.advance(60_000);
    gateway.apply(&files).await;
    for path in [
        "",
        "/Gedeeld door werkgever",
        "/Gedeeld door werkgever/van jansen.txt",
        "/Overzichten/Journaalposten/2026/Journaal 2026-11.pdf",
        "/Werknemers/0042 A. de Vries",
        "/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf",
    ] {
        let there = format!("{OFFICE}{path}");
        same(&gateway, "petra", &there, &there.replace("Bakkerij", "Bakkerei")).await;
    }
}

/// Without what differs between any two files: the random part of an entity tag or an id.
pub(crate) fn without_ids(text: &str) -> String {
    let is_id = |word: &str| word.len() == 32 && word.bytes().all(|b| b.is_ascii_hexdigit());
    let mut out = String::new();
    for piece in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        out.push_str(if is_id(word) { "id" } else { piece });
    }
    out
}

#[tokio::test]
async fn a_listing_is_the_same_whatever_lies_there_that_is_not_to_be_seen() {
    let body = r#"<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:quota-used-bytes/><D:quota-available-bytes/><D:lockdiscovery/></D:include></D:propfind>"#;
    for (login, folders) in hidden::VIEWERS {
        let gateway = Gateway::start().await;
        hidden::something_for_all(&gateway).await;
        let viewer = Person::new(&gateway, login);
        let seen = async || {
            let mut seen = Vec::new();
            for (path, depth) in folders.iter().flat_map(|path| [(*path, "0"), (*path, "1")]) {
                let answer = viewer.send("PROPFIND", path, &[("Depth", depth)], body).await;
                assert_eq!(answer.status, 207, "{login}: {path}");
                seen.push((path, answer.whole()));
            }
            seen
        };
        let before = seen().await;
        gateway.clock.advance(90_000);
        hidden::nothing_for(&gateway, login).await;
        let other = Person::new(&gateway, if login == "jansen" { "devries" } else { "jansen" });
        other.send("LOCK", &format!("{OWN}/a.pdf"), &[], EXCLUSIVE).await;
        for ((path, now), (_, was)) in seen().await.into_iter().zip(before) {
            assert_eq!(now, was, "{login}: {path}");
        }
    }
}

/// Who asks for what is held back, and for what is not there at all.
static HELD: [(&str, &str, &str); 8] = [
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2024/Jaaropgave 2024.pdf",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf",
        "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-01.pdf",
    ),
    (
        "devries",
        "/Werkgevers/Bakkerij Jansen BV/Overige overzichten/2026",
        "/Werkgevers/Bakkerij Jansen BV/Overige overzichten/2025",
    ),
    (
        "jansen",
        "/Werknemers/0042 A. de Vries/Jaaropgaven/2025",
        "/Werknemers/0042 A. de Vries/Jaaropgaven/2024",
    ),
    (
        "jansen",
        "/Werknemers/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-10.pdf",
        "/Werknemers/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-01.pdf",
    ),
    (
        "jansen",
        "/Werknemers/0044 B. Zonder/Op papier/2026/Loonstrook 2026-11.pdf",
        "/Werknemers/0044 B. Zonder/Op papier/2025/Loonstrook 2025-11.pdf",
    ),
    (
        "jansen",
        "/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf",
        "/Overzichten/Journaalposten/2026/Journaalpost 2026-01.pdf",
    ),
    ("jansen", "/Overzichten/SEPA-bestanden/2024", "/Overzichten/SEPA-bestanden/2023"),
];

#[tokio::test]
async fn what_is_held_back_changes_nothing_in_a_tree_and_is_answered_like_what_is_not_there() {
    let body = r#"<D:propfind xmlns:D="DAV:"><D:allprop/><D:include><D:quota-used-bytes/><D:quota-available-bytes/><D:lockdiscovery/></D:include></D:propfind>"#;
    let gateway = Gateway::start().await;
    hidden::something_for_all(&gateway).await;
    let seen = async || {
        let mut seen = Vec::new();
        for (login, folder) in [("devries", "/"), ("jansen", "/")] {
            let viewer = Person::new(&gateway, login);
            let tree = viewer.tree(folder).await;
            for (path, _) in tree.iter().filter(|(path, _)| path.ends_with('/')) {
                let answer = viewer.send("PROPFIND", path, &[("Depth", "1")], body).await;
                assert_eq!(answer.status, 207, "{login}: {path}");
                seen.push((login, path.clone(), answer.whole()));
            }
            seen.extend(tree.into_iter().map(|(path, content)| (login, path, content)));
        }
        seen
    };
    // Who looks the first time is noted in a log.
    seen().await;
    let before = seen().await;
    hidden::held_back(&gateway).await;
    for (now, was) in seen().await.into_iter().zip(&before) {
        assert_eq!(now, *was);
    }
    assert_eq!(seen().await.len(), before.len());
    for (login, there, not) in HELD {
        same(&gateway, login, there, not).await;
    }
    gateway.clock.advance(21 * 3_600_000);
    gateway.vfs.publish_what_is_due().await.unwrap();
    for (login, there, _) in HELD {
        let answer =
            Person::new(&gateway, login).send("PROPFIND", there, &[("Depth", "0")], "").await;
        assert_eq!(answer.status, 207, "{login}: {there}");
    }
}
