//! Where one request ends and the next begins, methods that nobody speaks here, and what is asked by who
//! has not signed in.

use crate::OWN;
use crate::common::Gateway;
use crate::http::{METHODS, Person};

async fn devries() -> (Gateway, Person) {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    devries.put(&format!("{OWN}/a.txt"), "a").await;
    (gateway, devries)
}

/// The statuses of all that comes back for these bytes, and its text.
async fn answers(person: &Person, bytes: &[u8]) -> (Vec<u16>, String) {
    let text = String::from_utf8_lossy(&person.exchange(bytes, false).await).into_owned();
    let lines = text.split("\r\n").filter(|line| line.starts_with("HTTP/1."));
    let statuses = lines.map(|line| line.split(' ').nth(1).unwrap().parse().unwrap()).collect();
    (statuses, text)
}

#[tokio::test]
async fn no_request_hides_in_another() {
    let (_gateway, devries) = devries().await;
    let hidden = devries.head("DELETE", &format!("{OWN}/a.txt"), &[]);
    let chunked = format!("0\r\n\r\n{hidden}");
    for (what, header, body, refused) in [
        ("two lengths", "Content-Length: 0\r\nContent-Length: 9", &hidden, true),
        ("a length that is none", "Content-Length: +0", &hidden, true),
        ("an encoding that is no end", "Transfer-Encoding: identity", &chunked, true),
        ("an encoding after the last", "Transfer-Encoding: chunked, x", &chunked, true),
        (
            "both a length and chunks",
            "Content-Length: 4\r\nTransfer-Encoding: chunked",
            &chunked,
            false,
        ),
        ("a folded line", "Content-Length: 0\r\nX: a\r\n b", &hidden, true),
        ("a blank before the colon", "Content-Length : 0", &hidden, true),
        ("a name with a blank", "Content Length: 0", &hidden, true),
        ("a return alone", "X: a\rContent-Length: 0", &hidden, true),
    ] {
        let head = devries.head("PUT", &format!("{OWN}/b.txt"), &[]);
        let head = head.replace("Connection: close\r\n", &format!("{header}\r\n"));
        let (statuses, text) = answers(&devries, format!("{head}{body}").as_bytes()).await;
        assert_eq!(statuses.len(), 1, "{what}: {text}");
        assert!(!refused || statuses == [400], "{what}: {text}");
        assert_eq!(devries.get(&format!("{OWN}/a.txt")).await.as_deref(), Some("a"), "{what}");
    }
}

#[tokio::test]
async fn a_request_is_for_one_host() {
    let (_gateway, devries) = devries().await;
    let head = devries.head("GET", &format!("{OWN}/a.txt"), &[]);
    let host = format!("Host: {}\r\n", devries.host);
    for (headers, status) in [
        (host.clone(), 200),
        (host.repeat(2), 400),
        (format!("{host}Host: elders.example\r\n"), 400),
        (String::new(), 400),
    ] {
        let (statuses, text) = answers(&devries, head.replace(&host, &headers).as_bytes()).await;
        assert_eq!(statuses, [status], "{headers}: {text}");
    }
    let old = head.replace(&host, "").replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(answers(&devries, old.as_bytes()).await.0, [200], "HTTP/1.0 has none");
    // Of a target that has a host, that is the host (RFC 9112 section 3.2.2).
    let to = [("Destination", "http://elders.example/Mijn%20bestanden/b.txt")];
    let whole = devries.head("COPY", &format!("{OWN}/a.txt"), &to);
    let named = whole.replacen("COPY /", "COPY http://elders.example/", 1);
    assert_eq!(answers(&devries, whole.as_bytes()).await.0, [502]);
    assert_eq!(answers(&devries, named.as_bytes()).await.0, [201]);
}

#[tokio::test]
async fn a_method_that_is_not_spoken_here_is_refused_without_an_echo() {
    let (_gateway, devries) = devries().await;
    let path = format!("{OWN}/a.txt");
    for method in ["TRACE", "REPORT", "SEARCH", "ACL", "BIND", "VERSION-CONTROL", "get", "Put"] {
        let answer = devries.send(method, &path, &[("X-Echo", "echo")], "").await;
        assert_eq!(answer.status, 405, "{method}");
        assert!(!answer.whole().contains("echo"), "{method}: {}", answer.whole());
    }
    let connect = devries.head("CONNECT", "evil.example:25", &[]);
    let (statuses, _) = answers(&devries, connect.as_bytes()).await;
    assert!([[400], [405]].map(Vec::from).contains(&statuses), "{statuses:?}");
    let long = devries.head(&"X".repeat(70_000), &path, &[]);
    assert!(answers(&devries, long.as_bytes()).await.0.iter().all(|status| *status < 500));
    assert_eq!(devries.get(&path).await.as_deref(), Some("a"));
}

#[tokio::test]
async fn what_is_expected_and_unknown_is_not_done() {
    let (_gateway, devries) = devries().await;
    let path = format!("{OWN}/b.txt");
    let answer = devries.send("PUT", &path, &[("Expect", "200-ok")], "b").await;
    assert_eq!(answer.status, 417);
    assert_eq!(devries.send("PUT", &path, &[("Content-Encoding", "gzip")], "b").await.status, 415);
    assert_eq!(devries.get(&path).await, None);
    let lock = crate::locks::EXCLUSIVE;
    let answer = devries.send("LOCK", &path, &[("Timeout", "straks")], lock).await;
    assert_eq!(answer.status, 400);
    let kind = [("Content-Type", "image/gif; charset=x"), ("Expect", "100-Continue")];
    assert_eq!(
        answers(&devries, devries.head("GET", &format!("{OWN}/a.txt"), &kind).as_bytes())
            .await
            .0
            .last(),
        Some(&200)
    );
}

#[tokio::test]
async fn who_has_not_signed_in_is_told_so_before_anything_is_read() {
    let (gateway, devries) = devries().await;
    let host = gateway.dav;
    // Anybody may ask what is spoken here.
    for method in METHODS.into_iter().filter(|method| *method != "OPTIONS") {
        for path in ["/", "/Mijn%20bestanden/a.txt", "/-/", "/healthz", "/%ff"] {
            let head = format!(
                "{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 1000000000\r\n\
                 Depth: x\r\nIf: (\r\nExpect: 100-continue\r\n\r\n"
            );
            let (statuses, text) = answers(&devries, head.as_bytes()).await;
            assert_eq!(statuses, [401], "{method} {path}: {text}");
            assert!(!text.contains(env!("CARGO_PKG_VERSION")), "{text}");
        }
    }
}

#[tokio::test]
async fn what_was_uploaded_cannot_run_in_a_browser() {
    let (_gateway, devries) = devries().await;
    for name in ["a.html", "a.svg", "a.xhtml", "a.xml", "a.js", "a.pdf"] {
        let path = format!("{OWN}/{name}");
        devries.put(&path, "<script>alert(1)</script>").await;
        let tag = devries.send("HEAD", &path, &[], "").await.header("etag").unwrap().to_owned();
        for (header, status) in [
            (("Accept", "*/*"), 200),
            (("Range", "bytes=0-3"), 206),
            (("If-None-Match", tag.as_str()), 304),
        ] {
            let answer = devries.send("GET", &path, &[header], "").await;
            assert_eq!(answer.status, status, "{name}");
            let policy = answer.header("content-security-policy");
            assert_eq!(policy, Some("sandbox; default-src 'none'"), "{name} {status}");
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{name} {status}");
            let way = if name == "a.pdf" { "inline;" } else { "attachment;" };
            let disposition = answer.header("content-disposition").unwrap();
            assert!(disposition.starts_with(way), "{name} {status}: {disposition}");
        }
    }
}

#[tokio::test]
async fn the_root_is_neither_locked_nor_made() {
    let (_gateway, devries) = devries().await;
    let lock = crate::locks::EXCLUSIVE;
    for depth in ["0", "infinity"] {
        let answer = devries.send("LOCK", "/", &[("Depth", depth)], lock).await;
        assert_eq!(answer.status, 403, "{depth}: {}", answer.whole());
    }
    assert_eq!(devries.ask("MKCOL", "/", &[]).await, 405);
    devries.put(&format!("{OWN}/b.txt"), "b").await;
}
