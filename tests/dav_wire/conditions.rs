//! Conditions hold when a change is made, not only when it is asked for.

use crate::OWN;
use crate::common::{Gateway, PASSWORD, cast, pdf};
use crate::http::{Answer, Person};
use crate::locks::{colleagues, lock, token};

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
const DELIVERED: &str = "/Aanleveren/123456782L01_0042_loonstrook_2026-11.pdf";

/// What Explorer sets after it has put a file there, but for the modified time.
const WINDOWS: &str = r#"<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32CreationTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32CreationTime><Z:Win32LastAccessTime>Tue, 24 Nov 2026 04:00:00 GMT</Z:Win32LastAccessTime><Z:Win32FileAttributes>00000020</Z:Win32FileAttributes></D:prop></D:set></D:propertyupdate>"#;
const TIME: &str = r#"<D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop><Z:Win32LastModifiedTime>Mon, 23 Nov 2026 00:00:00 GMT</Z:Win32LastModifiedTime></D:prop></D:set></D:propertyupdate>"#;

async fn tag(person: &Person, path: &str) -> String {
    person.send("HEAD", path, &[], "").await.header("etag").unwrap().to_owned()
}

/// Two of the office, who share what it delivers.
async fn office() -> (Gateway, Person, Person) {
    let gateway = Gateway::start().await;
    let mut files = cast();
    let (_, roster) = files.first_mut().unwrap();
    *roster = roster.replace(
        r#"email = "petra@visser.example" }"#,
        r#"email = "petra@visser.example" }, { login = "pim", name = "P. Visser", email = "pim@visser.example" }"#,
    );
    gateway.apply(&files).await;
    gateway.admin.set_password("pim", PASSWORD).await.unwrap();
    let [petra, pim] = ["petra", "pim"].map(|login| Person::new(&gateway, login));
    (gateway, petra, pim)
}

/// A PUT of five bytes, of which nothing has come when `meanwhile` is done.
async fn put_while(
    person: &Person,
    path: &str,
    condition: (&str, &str),
    meanwhile: impl AsyncFnOnce(),
) -> Answer {
    let begun = person.begin_put(path, &[condition], 5).await;
    meanwhile().await;
    begun.finish(b"mijne").await
}

#[tokio::test]
async fn a_lock_is_taken_where_the_condition_holds_and_nowhere_else() {
    let (_gateway, jansen, keller) = colleagues().await;
    let (file, free) = (format!("{OWN}/a.txt"), format!("{OWN}/vrij.txt"));
    jansen.put(&file, "a").await;
    let tag = tag(&jansen, &file).await;
    for condition in [("If-Match", "\"x\""), ("If-None-Match", "*"), ("If-None-Match", &tag)] {
        assert_eq!(lock(&jansen, &file, &[condition]).await.status, 412, "{condition:?}");
    }
    keller.put(&file, "of both").await;
    assert_eq!(lock(&jansen, &file, &[("If-Match", &tag)]).await.status, 412, "it has changed");
    for condition in [("If-Match", "*"), ("If", "([\"x\"])")] {
        assert_eq!(lock(&jansen, &free, &[condition]).await.status, 412, "{condition:?}");
    }
    assert_eq!(jansen.get(&free).await, None);
    assert_eq!(lock(&jansen, &free, &[("If-None-Match", "*")]).await.status, 201);
    assert_eq!(lock(&jansen, &file, &[("If-Match", "*")]).await.status, 200);
}

#[tokio::test]
async fn what_was_delivered_and_why_something_was_refused_go_by_conditions_too() {
    let (_gateway, petra, pim) = office().await;
    let content = String::from_utf8(pdf("payslip")).unwrap();
    petra.put(DELIVERED, &content).await;
    assert_eq!(petra.send("PUT", "/Aanleveren/x.pdf", &[], &content).await.status, 422);
    let reason = "/Aanleveren/Afgewezen/x.pdf.reden.txt";
    for path in [DELIVERED, reason] {
        for condition in [("If-Match", "\"x\""), ("If-None-Match", "*"), ("If", "([\"x\"])")] {
            assert_eq!(petra.ask("DELETE", path, &[condition]).await, 412, "{path} {condition:?}");
        }
    }
    for body in [TIME, WINDOWS] {
        let set = petra.send("PROPPATCH", DELIVERED, &[("If-Match", "\"x\"")], body).await;
        assert_eq!(set.status, 412);
    }
    let locked = token(&lock(&petra, DELIVERED, &[]).await);
    for body in [TIME, WINDOWS] {
        assert_eq!(pim.send("PROPPATCH", DELIVERED, &[], body).await.status, 423);
        let submitted = format!("({locked})");
        let set = petra.send("PROPPATCH", DELIVERED, &[("If", &submitted)], body).await;
        assert_eq!(set.status, 207);
    }
    assert_eq!(petra.ask("UNLOCK", DELIVERED, &[("Lock-Token", &locked)]).await, 204);
    for path in [DELIVERED, reason] {
        assert_eq!(petra.ask("DELETE", path, &[("If-Match", "*")]).await, 204, "{path}");
    }
}

#[tokio::test]
async fn the_times_of_windows_are_taken_only_where_it_may_write() {
    let (gateway, jansen, keller) = colleagues().await;
    let devries = Person::new(&gateway, "devries");
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    devries.put(&format!("{SHARED}/b.txt"), "b").await;
    let set = |person: &Person, path: &str, headers: Vec<(&'static str, String)>| {
        let (person, path) = (person.clone(), path.to_owned());
        async move {
            let headers: Vec<_> = headers.iter().map(|(n, v)| (*n, v.as_str())).collect();
            person.send("PROPPATCH", &path, &headers, WINDOWS).await
        }
    };
    let taken = set(&jansen, &file, vec![]).await;
    assert_eq!(taken.status, 207);
    assert_eq!(taken.body.matches("HTTP/1.1 200 OK").count(), 1, "{}", taken.body);
    assert_eq!(set(&jansen, &file, vec![("If-Match", "\"x\"".into())]).await.status, 412);
    assert_eq!(set(&jansen, &format!("{SEEN}/b.txt"), vec![]).await.status, 403);
    for path in ["/", OWN, "/Werknemers", "/Eerdere dagen"] {
        assert_eq!(set(&jansen, path, vec![]).await.status, 403, "{path}");
    }
    let token = token(&lock(&jansen, &file, &[]).await);
    for person in [&keller, &jansen] {
        assert_eq!(set(person, &file, vec![]).await.status, 423);
    }
    assert_eq!(set(&jansen, &file, vec![("If", format!("({token})"))]).await.status, 207);
}

#[tokio::test]
async fn of_the_properties_of_one_request_all_are_set_or_none() {
    let (_gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    let before = jansen.find(&file, "0").await.body;
    let many: Vec<_> = (0..65).map(|n| format!(r#"<p{n} xmlns="x">1</p{n}>"#)).collect();
    let more = TIME.replace("<D:prop>", &format!("<D:prop>{}", many.concat()));
    assert_eq!(jansen.send("PROPPATCH", &file, &[], &more).await.status, 507);
    assert_eq!(jansen.find(&file, "0").await.body, before);
    let one = r#"<p xmlns="x">1</p>"#;
    let wrong = TIME.replace("<D:prop>", &format!("<D:prop><D:getetag/>{one}"));
    let refused = jansen.send("PROPPATCH", &file, &[], &wrong).await;
    assert!(refused.body.contains("403 Forbidden"), "{}", refused.body);
    assert!(refused.body.contains("424 Failed Dependency"), "{}", refused.body);
    assert_eq!(jansen.find(&file, "0").await.body, before);
    // What could not be set anyway is not told to whom it is locked for.
    lock(&jansen, &file, &[]).await;
    assert_eq!(keller.send("PROPPATCH", &file, &[], &wrong).await.status, 423);
}

#[tokio::test]
async fn a_lock_that_is_taken_while_a_file_is_sent_holds() {
    let (_gateway, jansen, keller) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    for there in [false, true] {
        if there {
            jansen.put(&file, "a").await;
        }
        let begun = keller.begin_put(&file, &[], 5).await;
        let locked = lock(&jansen, &file, &[]).await;
        assert_eq!(begun.finish(b"mijne").await.status, 423);
        let token = token(&locked);
        assert_eq!(jansen.ask("UNLOCK", &file, &[("Lock-Token", &token)]).await, 204);
        assert_eq!(jansen.get(&file).await.as_deref(), Some(if there { "a" } else { "" }));
        assert_eq!(jansen.ask("DELETE", &file, &[]).await, 204);
    }
}

#[tokio::test]
async fn a_file_that_changed_while_another_was_sent_is_not_lost() {
    let (_gateway, jansen, keller) = colleagues().await;
    let (file, other) = (format!("{OWN}/a.txt"), format!("{OWN}/b.txt"));
    keller.put(&other, "b").await;
    let long_ago = "Mon, 23 Nov 2026 00:00:00 GMT";
    let dated = [("X-OC-Mtime", "1795392000")];
    for how in 0..6 {
        assert!(keller.send("PUT", &file, &dated, "a").await.status < 300);
        let (etag, others) = (tag(&jansen, &file).await, tag(&jansen, &other).await);
        let uri = |path: &str| jansen.url(path).replace(' ', "%20");
        let condition = match how {
            0 => ("If-Match", etag.clone()),
            1 => ("If", format!("([{etag}])")),
            2 => ("If", format!("<{}> ([{etag}])", uri(&file))),
            3 => ("If", format!("</Mijn%20bestanden/a.txt> (Not <a:b> [{etag}]) (<c:d>)")),
            4 => ("If-Unmodified-Since", long_ago.to_owned()),
            _ => ("If", format!("<{}> ([{others}])", uri(&other))),
        };
        let changed = if how == 5 { &other } else { &file };
        let told = put_while(&jansen, &file, (condition.0, &condition.1), async || {
            keller.put(changed, "van keller").await;
        })
        .await;
        assert_eq!(told.status, 412, "{condition:?}");
        assert_eq!(jansen.get(changed).await.as_deref(), Some("van keller"), "{condition:?}");
    }
    for name in ["If-Match", "If"] {
        jansen.put(&file, "a").await;
        let etag = tag(&jansen, &file).await;
        let condition = (name, if name == "If" { format!("([{etag}])") } else { etag });
        let told = put_while(&jansen, &file, (condition.0, &condition.1), async || {
            keller.ask("DELETE", &file, &[]).await;
        })
        .await;
        assert_eq!(told.status, 412, "{condition:?}");
        assert_eq!(jansen.get(&file).await, None);
    }
    let told = put_while(&jansen, &file, ("If-None-Match", "*"), async || {
        keller.put(&file, "van keller").await;
    })
    .await;
    assert_eq!(told.status, 412);
    assert_eq!(jansen.get(&file).await.as_deref(), Some("van keller"));
}

#[tokio::test]
async fn a_lock_that_ended_while_a_file_was_sent_lets_it_replace_nothing() {
    let (gateway, jansen, keller) = colleagues().await;
    for header in ["If", "Lock-Token"] {
        let file = format!("{OWN}/{header}.txt");
        let token = token(&lock(&jansen, &file, &[]).await);
        let submitted = if header == "If" { format!("({token})") } else { token.clone() };
        let told = put_while(&jansen, &file, (header, &submitted), async || {
            gateway.clock.advance(601_000);
            keller.put(&file, "van keller").await;
        })
        .await;
        assert_eq!(told.status, 412, "{header}");
        assert_eq!(jansen.get(&file).await.as_deref(), Some("van keller"), "{header}");
    }
}

#[tokio::test]
async fn what_was_delivered_while_the_same_was_sent_is_not_replaced_unasked() {
    let (gateway, petra, pim) = office().await;
    let content = String::from_utf8(pdf("payslip")).unwrap();
    let free = [("If-None-Match", "*")];
    let begun = petra.begin_put(DELIVERED, &free, content.len()).await;
    pim.put(DELIVERED, &String::from_utf8(pdf("of pim")).unwrap()).await;
    assert_eq!(begun.finish(content.as_bytes()).await.status, 412);
    let devries = Person::new(&gateway, "devries");
    let received = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert!(devries.get(received).await.unwrap().contains("of pim"));
    // Replacing what is listed is what whoever does not ask does.
    petra.put(DELIVERED, &content).await;
    assert!(devries.get(received).await.unwrap().contains("payslip"));
}

#[tokio::test]
async fn what_is_copied_to_where_it_is_delivered_goes_by_conditions_too() {
    let (_gateway, petra, _pim) = office().await;
    let content = String::from_utf8(pdf("payslip")).unwrap();
    let file = format!("{OWN}/loon.pdf");
    petra.put(&file, &content).await;
    let (tag, to) = (tag(&petra, &file).await, petra.url(DELIVERED));
    for method in ["COPY", "MOVE"] {
        let headers = [("Destination", to.as_str()), ("If-Match", "\"x\"")];
        assert_eq!(petra.ask(method, &file, &headers).await, 412, "{method}");
        let headers = [("Destination", to.as_str()), ("If", "([\"x\"])")];
        assert_eq!(petra.ask(method, &file, &headers).await, 412, "{method}");
    }
    assert_eq!(petra.ask("GET", DELIVERED, &[]).await, 404, "nothing was delivered");
    let headers = [("Destination", to.as_str()), ("If-Match", tag.as_str()), ("Overwrite", "F")];
    assert_eq!(petra.ask("COPY", &file, &headers).await, 201);
    assert_eq!(petra.ask("COPY", &file, &headers).await, 412, "the name is listed");
    assert_eq!(petra.ask("MOVE", &file, &headers).await, 412, "the name is listed");
    assert_eq!(petra.ask("MOVE", &file, &headers[..2]).await, 201);
}

/// What a client notes on a file is of today: no credential changes what is told of a day that has passed.
#[tokio::test]
async fn an_earlier_day_has_neither_a_property_of_a_client_nor_a_lock() {
    let (gateway, jansen, _) = colleagues().await;
    let file = format!("{OWN}/a.txt");
    jansen.put(&file, "a").await;
    gateway.clock.advance(24 * 60 * 60_000);
    let note = r#"<propertyupdate xmlns="DAV:"><set><prop><n xmlns="x">noted</n></prop></set></propertyupdate>"#;
    assert_eq!(jansen.send("PROPPATCH", &file, &[], note).await.status, 207);
    lock(&jansen, &file, &[]).await;
    let all = async |path: &str, depth| jansen.find(path, depth).await.body;
    let then = format!("/Eerdere dagen/2026-11-24{OWN}");
    for (folder, there) in [(OWN, true), (&*then, false)] {
        for (path, depth) in [(folder.to_owned(), "1"), (format!("{folder}/a.txt"), "0")] {
            let told = all(&path, depth).await;
            assert!(told.contains("a.txt"), "{path}: {told}");
            let has = |text| told.contains(text);
            assert_eq!((has("noted"), has("<D:activelock>")), (there, there), "{path}: {told}");
        }
    }
}
