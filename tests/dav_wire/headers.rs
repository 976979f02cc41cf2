//! Headers and names that are not what they should be: 400, and nothing is changed.

use crate::OWN;
use crate::common::Gateway;
use crate::http::Person;

/// Every method that changes something.
const CHANGES: [&str; 7] = ["PUT", "DELETE", "MKCOL", "MOVE", "COPY", "PROPPATCH", "LOCK"];

async fn devries() -> (Gateway, Person) {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    devries.put(&format!("{OWN}/a.txt"), "a").await;
    devries.put(&format!("{OWN}/b.txt"), "b").await;
    (gateway, devries)
}

#[tokio::test]
async fn a_malformed_condition_never_counts_as_absent() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let to = devries.url(&format!("{OWN}/b.txt"));
    for (name, values) in [
        ("If", &["<", "(<", "([", "()", "(<opaquelocktoken:abc", "(<a:b>", "(\"x\")", "x"] as &[_]),
        ("If-Match", &["\"", "x", "\"a\" \"b\"", "W/"]),
        ("If-None-Match", &["\"", "x", "W/\""]),
    ] {
        for value in values {
            for method in CHANGES.into_iter().chain(["GET", "HEAD", "PROPFIND"]) {
                let headers = [(name, *value), ("Destination", to.as_str()), ("Depth", "0")];
                let headers =
                    if ["DELETE", "MOVE"].contains(&method) { &headers[..2] } else { &headers };
                let status = devries.ask(method, &format!("{OWN}/a.txt"), headers).await;
                assert_eq!(status, 400, "{method} {name}: {value}");
            }
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
}

#[tokio::test]
async fn nothing_is_changed_at_an_address_with_a_query() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let to = devries.url(&format!("{OWN}/c.txt"));
    for method in CHANGES {
        // The end of a name that was not escaped.
        for path in [format!("{OWN}/a.txt?b"), format!("{OWN}/a.txt?"), format!("{OWN}/c?x=1")] {
            let answer = devries.send(method, &path, &[("Destination", &to)], "").await;
            assert_eq!(answer.status, 400, "{method} {path}");
            assert_eq!(
                answer.body,
                "Dit adres heeft een vraagteken. Hoort dat bij de naam, schrijf dan %3F."
            );
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
    // Who only reads is answered: some add one to pass a cache by.
    for (method, status) in [("GET", 200), ("HEAD", 200), ("PROPFIND", 207)] {
        let asked = devries.ask(method, &format!("{OWN}/a.txt?_=1"), &[("Depth", "0")]).await;
        assert_eq!(asked, status, "{method}");
    }
}

#[tokio::test]
async fn a_malformed_destination_overwrite_or_depth_moves_nothing() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let (file, good) = (format!("{OWN}/a.txt"), devries.url(&format!("{OWN}/b.txt")));
    let host = devries.host;
    let own = format!("http://{host}/Mijn%20bestanden");
    for method in ["MOVE", "COPY"] {
        let mut cases = vec![vec![]];
        for value in ["", "x", "b.txt", "//b", "ftp://h/b", "http://", "http:///b", "http://u@/b"] {
            cases.push(vec![("Destination", value.to_owned())]);
        }
        for path in ["a%00", "a%2fb", "%2e%2e/b", "../b", "./b", "%ff", "a?b", "a%0d%0ab", "a\\b"] {
            cases.push(vec![("Destination", format!("{own}/{path}"))]);
        }
        for value in ["t", "f", "X", "", "true", "T, F"] {
            cases.push(vec![("Destination", good.clone()), ("Overwrite", value.to_owned())]);
        }
        for value in ["2", "-1", "1", "infinit"] {
            cases.push(vec![("Destination", good.clone()), ("Depth", value.to_owned())]);
        }
        cases.push(vec![("Destination", good.clone()), ("Destination", good.clone())]);
        for case in cases {
            let headers: Vec<_> = case.iter().map(|(n, v)| (*n, v.as_str())).collect();
            assert_eq!(devries.ask(method, &file, &headers).await, 400, "{method} {case:?}");
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
}

#[tokio::test]
async fn names_that_windows_cannot_have_are_refused_with_a_reason() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let long = "x".repeat(256);
    for name in [
        "a:b",
        "a*b",
        "a%3Fb",
        "a%22b",
        "a<b",
        "a>b",
        "a|b",
        "a%5Cb",
        "a%01b",
        "a%00b",
        "a%7Fb",
        "a.",
        "a ",
        "CON",
        "nul.txt",
        "com1",
        "%FF",
        "%C0%AE",
        "%E2%80%AE.txt",
        "a%2Fb",
        &long,
    ] {
        let path = format!("{OWN}/{name}");
        for method in ["PUT", "MKCOL", "LOCK"] {
            let answer =
                devries.send(method, &path, &[], LOCK_BODY[usize::from(method == "LOCK")]).await;
            assert_eq!(answer.status, 400, "{method} {name}");
            assert!(answer.body.len() > 10, "{method} {name} says why: {}", answer.body);
        }
        let to = devries.url(&path);
        for method in ["MOVE", "COPY"] {
            let status =
                devries.ask(method, &format!("{OWN}/a.txt"), &[("Destination", &to)]).await;
            assert_eq!(status, 400, "{method} to {name}");
        }
    }
    let deep = format!("{OWN}/{}x", "abcdefgh/".repeat(500));
    assert_eq!(devries.ask("PUT", &deep, &[]).await, 400);
    assert_eq!(devries.tree(OWN).await, before);
}

const LOCK_BODY: [&str; 2] = ["", crate::locks::EXCLUSIVE];

#[tokio::test]
async fn dots_go_nowhere() {
    let (_gateway, devries) = devries().await;
    for path in [
        "/Mijn%20bestanden/../x",
        "/%2e%2e/x",
        "/Mijn%20bestanden/%2E%2E/%2e%2e/etc/passwd",
        "/./x",
    ] {
        for method in ["GET", "HEAD", "PUT", "DELETE", "MKCOL", "PROPFIND"] {
            assert_eq!(devries.ask(method, path, &[]).await, 400, "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_part_of_a_file_is_not_written() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    for path in ["a.txt", "new.txt"] {
        let path = format!("{OWN}/{path}");
        let range = [("Content-Range", "bytes 0-0/1")];
        assert_eq!(devries.send("PUT", &path, &range, "x").await.status, 400);
        let patch = devries.send("PATCH", &path, &[("X-Update-Range", "append")], "x").await;
        assert_eq!(patch.status, 405);
        assert!(patch.header("allow").unwrap().contains("PROPPATCH"), "{}", patch.head);
        assert_eq!(devries.send("POST", &path, &[], "x").await.status, 405);
    }
    assert_eq!(devries.tree(OWN).await, before);
}
