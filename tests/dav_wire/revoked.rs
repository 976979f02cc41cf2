//! What one knew of a document that is in sight no more: its path, its tag, its lock, its credentials.

use crate::OWN;
use crate::common::{Gateway, PASSWORD, cast, pdf};
use crate::http::{Answer, Person};
use crate::locks::EXCLUSIVE;
use loondossier::dossier::Scope;

const OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";
const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
pub(crate) const ENGAGED: &str = "\"kantoor-visser\", from = 2026-01-01, release";
pub(crate) const ENDED: &str = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";

/// The cast with something in its roster changed.
pub(crate) async fn apply(gateway: &Gateway, changes: &[(&str, &str)]) {
    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    for (old, new) in changes {
        assert!(roster.contains(old), "{old}");
        *roster = roster.replacen(old, new, 1);
    }
    gateway.clock.advance(60_000);
    gateway.apply(&files).await;
}

/// An answer without the one path that was asked for.
fn of(answer: &Answer, path: &str) -> String {
    answer.whole().replace(&crate::http::uri(path), "...")
}

#[tokio::test]
async fn what_one_knows_of_an_unshared_document_gets_no_other_answer() {
    let gateway = Gateway::start().await;
    let (devries, jansen) = (Person::new(&gateway, "devries"), Person::new(&gateway, "jansen"));
    devries.put(&format!("{SHARED}/a.txt"), "shared for a while").await;
    let (there, not) = (format!("{SEEN}/a.txt"), format!("{SEEN}/b.txt"));
    let answer = jansen.send("GET", &there, &[], "").await;
    let etag = answer.header("etag").unwrap().to_owned();
    let modified = answer.header("last-modified").unwrap().to_owned();
    let locked = devries.send("LOCK", &format!("{SHARED}/a.txt"), &[], EXCLUSIVE).await;
    let token = locked.header("lock-token").unwrap().trim_matches(['<', '>']).to_owned();
    assert!(jansen.find(&there, "0").await.body.contains("activelock"));
    let to = devries.url(&format!("{OWN}/a.txt"));
    let submitted = format!("(<{token}>)");
    let headers = [("Destination", to.as_str()), ("If", &submitted)];
    assert_eq!(devries.ask("MOVE", &format!("{SHARED}/a.txt"), &headers).await, 201);

    let own = jansen.url(&format!("{OWN}/kopie.txt"));
    let (named, held) = (format!("([{etag}])"), format!("(<{token}> [{etag}])"));
    let bare = format!("<{token}>");
    for (method, headers) in [
        ("GET", vec![("If-None-Match", etag.as_str())]),
        ("GET", vec![("If-Match", &etag)]),
        ("GET", vec![("If-Modified-Since", &modified)]),
        ("GET", vec![("If-Unmodified-Since", &modified)]),
        ("GET", vec![("Range", "bytes=7-")]),
        ("GET", vec![("Range", "bytes=7-"), ("If-Range", &etag)]),
        ("HEAD", vec![("If-None-Match", &etag)]),
        ("HEAD", vec![("Range", "bytes=7-"), ("If-Range", &etag)]),
        ("PROPFIND", vec![("Depth", "0"), ("If", &named)]),
        ("PROPFIND", vec![("Depth", "0"), ("If", &held)]),
        ("COPY", vec![("Destination", &own)]),
        ("COPY", vec![("Destination", &own), ("If-Match", &etag)]),
        ("MOVE", vec![("Destination", &own), ("If", &named)]),
        ("DELETE", vec![("If-Match", &etag)]),
        ("PUT", vec![("If-Match", &etag)]),
        ("PUT", vec![("If", &held)]),
        ("LOCK", vec![("If", &submitted)]),
        ("UNLOCK", vec![("Lock-Token", &bare)]),
    ] {
        let told = jansen.send(method, &there, &headers, "").await;
        let missing = jansen.send(method, &not, &headers, "").await;
        let what = format!("{method} {headers:?}");
        assert!([403, 404, 409, 412].contains(&told.status), "{what}: {}", told.head);
        assert!(!["GET", "HEAD", "COPY"].contains(&method) || told.status == 404, "{what}");
        assert_eq!(of(&told, &there), of(&missing, &not), "{what}");
    }
    assert_eq!(devries.get(&format!("{OWN}/a.txt")).await.unwrap(), "shared for a while");
    assert_eq!(jansen.get(&format!("{OWN}/kopie.txt")).await, None);
}

#[tokio::test]
async fn a_lock_that_an_office_holds_is_no_longer_known_once_its_engagement_has_ended() {
    let gateway = Gateway::start().await;
    let petra = Person::new(&gateway, "petra");
    let folder = format!("{OFFICE}/Overzichten/Journaalposten/2026");
    let placed = String::from_utf8(pdf("x")).unwrap();
    petra.put(&format!("{folder}/a.pdf"), &placed).await;
    let locked = petra.send("LOCK", &format!("{folder}/a.pdf"), &[], EXCLUSIVE).await;
    let token = locked.header("lock-token").unwrap().to_owned();
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    let submitted = format!("({token})");
    for (method, headers, body) in [
        ("LOCK", vec![("If", submitted.as_str())], ""),
        ("LOCK", vec![], EXCLUSIVE),
        ("UNLOCK", vec![("Lock-Token", &token)], ""),
        ("PUT", vec![("If", &submitted)], &placed),
        ("DELETE", vec![("If", &submitted)], ""),
        ("PROPFIND", vec![("Depth", "0"), ("If", &submitted)], ""),
    ] {
        let (there, not) = (format!("{folder}/a.pdf"), format!("{folder}/b.pdf"));
        let told = petra.send(method, &there, &headers, body).await;
        let missing = petra.send(method, &not, &headers, body).await;
        assert!(told.status >= 400, "{method} {headers:?}: {}", told.head);
        assert_eq!(of(&told, &there), of(&missing, &not), "{method} {headers:?}");
    }
}

#[tokio::test]
async fn what_an_office_delivered_is_a_line_in_a_list_once_its_engagement_has_ended() {
    let gateway = Gateway::start().await;
    let petra = Person::new(&gateway, "petra");
    let content = String::from_utf8(pdf("x")).unwrap();
    let paths =
        ["10", "11"].map(|n| format!("/Aanleveren/123456782L01_0042_loonstrook_2026-{n}.pdf"));
    let mut tokens = Vec::new();
    for path in &paths {
        petra.put(path, &content).await;
        let locked = petra.send("LOCK", path, &[], EXCLUSIVE).await;
        tokens.push(locked.header("lock-token").unwrap().to_owned());
    }
    let receipts = petra.get("/Aanleveren/Ontvangst/2026-11-24.csv").await.unwrap();
    let receipt = receipts.lines().find(|line| line.contains("loonstrook_2026-11")).unwrap();
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    gateway.vfs.withdraw(receipt.rsplit(';').next().unwrap(), "verkeerd").await.unwrap();
    let known = r#"<propfind xmlns="DAV:"><prop><lockdiscovery/></prop></propfind>"#;
    for (method, token, body) in [
        ("PROPFIND", None, known),
        ("LOCK", Some("If"), ""),
        ("PUT", Some("If"), &content),
        ("UNLOCK", Some("Lock-Token"), ""),
        ("DELETE", Some("If"), ""),
    ] {
        let mut told = Vec::new();
        for (path, held) in paths.iter().zip(&tokens) {
            let held = if token == Some("If") { format!("({held})") } else { held.clone() };
            let headers: Vec<_> = token.iter().map(|name| (*name, held.as_str())).collect();
            told.push(of(&petra.send(method, path, &headers, body).await, path));
        }
        assert_eq!(told[0], told[1], "{method}");
    }
    for path in &paths {
        assert_eq!(petra.send("LOCK", path, &[], EXCLUSIVE).await.status, 201, "{path}");
    }
}

#[tokio::test]
async fn an_upload_that_runs_while_the_office_changes_goes_to_neither() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    let petra = Person::new(&gateway, "petra");
    let placed = String::from_utf8(pdf(&"x".repeat(1_000))).unwrap();
    let overview = format!("{OFFICE}/Overzichten/Journaalposten/2026/a.pdf");
    let mut uploads = Vec::new();
    for (person, path) in [(&jansen, "/Gedeeld met kantoor/voor visser.pdf"), (&petra, &overview)] {
        uploads.push((person.begin_put(path, &[], placed.len()).await, path));
    }
    jansen.put("/Gedeeld met kantoor/eerder.pdf", "x").await;
    petra.put(&format!("{OFFICE}/Overzichten/Journaalposten/2026/eerder.pdf"), &placed).await;
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    let next = "\"loon-bv\", from = 2026-11-24, release";
    let changes = [("[[employer]]\nid = \"bakkerij-jansen\"", office), (ENGAGED, next)];
    apply(&gateway, &changes).await;
    gateway.admin.set_password("els", PASSWORD).await.unwrap();
    for (upload, path) in uploads {
        let answer = upload.finish(placed.as_bytes()).await;
        assert!([404, 409].contains(&answer.status), "{path}: {}", answer.head);
    }
    let els = Person::new(&gateway, "els");
    assert_eq!(els.tree(OFFICE).await.iter().filter(|(path, _)| !path.ends_with('/')).count(), 0);
    let everything = jansen.tree("/").await;
    let names = everything.iter().map(|(path, _)| path.as_str()).collect::<Vec<_>>().join("\n");
    assert!(!names.contains("voor%20visser.pdf") && !names.contains("/a.pdf"), "{names}");
    assert!(names.contains("eerder.pdf"), "{names}");
}

#[tokio::test]
async fn an_app_password_goes_no_further_than_its_account() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    jansen.put("/Gedeeld met kantoor/a.txt", "for the office").await;
    let secret = gateway.app_password("petra", Scope::FULL).await;
    let device = Person::with(&gateway, "petra", &secret);
    let seen = format!("{OFFICE}/Gedeeld door werkgever/a.txt");
    assert_eq!(device.get(&seen).await.unwrap(), "for the office");
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    // The office is there as before, the employer is not.
    for method in ["GET", "PROPFIND", "DELETE", "PUT"] {
        let headers: &[_] = if method == "PROPFIND" { &[("Depth", "0")] } else { &[] };
        let told = device.send(method, &seen, headers, "").await;
        let not = seen.replace("Bakkerij", "Bakkerei");
        let missing = device.send(method, &not, headers, "").await;
        assert!([404, 409].contains(&told.status), "{method}: {}", told.head);
        assert_eq!(of(&told, &seen), of(&missing, &not), "{method}");
    }
    assert_eq!(device.find("/Werkgevers", "1").await.links().len(), 2, "and Garage Bos");
    gateway.admin.suspend("petra").await.unwrap();
    for who in [&device, &Person::new(&gateway, "petra")] {
        for path in ["/", "/Werkgevers", &seen] {
            assert_eq!(who.ask("PROPFIND", path, &[("Depth", "0")]).await, 401, "{path}");
        }
    }
}

#[tokio::test]
async fn nothing_is_derived_from_what_is_in_sight_no_more() {
    let quota = loondossier::vfs::Quota { default: Some(1 << 20), history: None };
    let gateway = Gateway::start_with(crate::common::Backing::Embedded, quota).await;
    let (devries, jansen) = (Person::new(&gateway, "devries"), Person::new(&gateway, "jansen"));
    let (shared, seen) = (format!("{SHARED}/a.txt"), format!("{SEEN}/a.txt"));
    let space = r#"<D:propfind xmlns:D="DAV:"><D:prop><D:quota-used-bytes/><D:quota-available-bytes/></D:prop></D:propfind>"#;
    let told =
        async |path: &str| jansen.send("PROPFIND", path, &[("Depth", "0")], space).await.body;
    jansen.put(&format!("{OWN}/eigen.txt"), "12345").await;
    let (before, folder_before) = (told(OWN).await, told(SEEN).await);
    assert!(before.contains(">5<"), "its own is told: {before}");
    let note = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><n xmlns="urn:x">private</n></D:prop></D:set></D:propertyupdate>"#;
    devries.put(&shared, &"x".repeat(10_000)).await;
    assert_eq!(devries.send("PROPPATCH", &shared, &[], note).await.status, 207);
    assert_eq!((told(OWN).await, told(SEEN).await), (before.clone(), folder_before.clone()));
    // A copy has what the copier noted, and nothing of the owner's.
    let to = jansen.url(&format!("{OWN}/kopie.txt"));
    assert_eq!(jansen.ask("COPY", &seen, &[("Destination", &to)]).await, 201);
    assert!(!jansen.find(&format!("{OWN}/kopie.txt"), "0").await.body.contains("private"));
    assert_eq!(jansen.ask("DELETE", &format!("{OWN}/kopie.txt"), &[]).await, 204);
    let back = devries.url(&format!("{OWN}/a.txt"));
    assert_eq!(devries.ask("MOVE", &shared, &[("Destination", &back)]).await, 201);
    assert_eq!((told(OWN).await, told(SEEN).await), (before, folder_before));
    for method in ["PROPFIND", "PROPPATCH"] {
        let body = if method == "PROPPATCH" { note } else { space };
        let answer = jansen.send(method, &seen, &[("Depth", "0")], body).await;
        assert_eq!(answer.status, 404, "{method}: {}", answer.head);
    }
    assert!(devries.find(&format!("{OWN}/a.txt"), "0").await.body.contains("private"));
}

/// RFC 4918 section 9.8.3: `Depth: 0` asks for a folder without what is in it.
#[tokio::test]
async fn a_folder_is_forwarded_with_what_is_in_it_or_not_at_all() {
    let gateway = Gateway::start().await;
    let [devries, jansen] = ["devries", "jansen"].map(|login| Person::new(&gateway, login));
    let shared = format!("{SHARED}/zaak");
    assert_eq!(devries.ask("MKCOL", &shared, &[]).await, 201);
    devries.put(&format!("{shared}/a.txt"), "x").await;
    let to = jansen.url("/Gedeeld%20met%20kantoor/zaak");
    let forward = async |depth| {
        let headers = [("Destination", to.as_str()), ("Depth", depth)];
        jansen.ask("COPY", &format!("{SEEN}/zaak"), &headers).await
    };
    assert_eq!(forward("0").await, 403);
    assert_eq!(jansen.find("/Gedeeld%20met%20kantoor/zaak", "0").await.status, 404);
    assert_eq!(forward("infinity").await, 201);
}

#[tokio::test]
async fn what_an_office_noted_on_an_overview_is_for_no_other_office() {
    let gateway = Gateway::start().await;
    let petra = Person::new(&gateway, "petra");
    let path = format!("{OFFICE}/Overzichten/Journaalposten/2026/a.pdf");
    let placed = String::from_utf8(pdf("x")).unwrap();
    petra.put(&path, &placed).await;
    let note = r#"<D:propertyupdate xmlns:D="DAV:"><D:set><D:prop><n xmlns="urn:x">private</n></D:prop></D:set></D:propertyupdate>"#;
    assert_eq!(petra.send("PROPPATCH", &path, &[], note).await.status, 207);
    assert!(petra.find(&path, "0").await.body.contains("private"));
    let jansen = Person::new(&gateway, "jansen");
    let received = "/Overzichten/Journaalposten/2026/a.pdf";
    assert!(!jansen.find(received, "0").await.body.contains("private"));
    let to = jansen.url(&format!("{OWN}/a.pdf"));
    assert_eq!(jansen.ask("COPY", received, &[("Destination", &to)]).await, 201);
    assert!(!jansen.find(&format!("{OWN}/a.pdf"), "0").await.body.contains("private"));
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    assert_eq!(petra.send("PROPPATCH", &path, &[], note).await.status, 404);
    assert_eq!(petra.find(&path, "0").await.status, 404);
}
