//! Changes that must be done whole, or not at all.

use crate::OWN;
use crate::common::Gateway;
use crate::http::Person;
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::{Algorithm, Checksum, Create};
use sha2::{Digest, Sha256};

/// `/Mijn bestanden` with `a/b/c.txt` and `d.txt`.
async fn devries() -> (Gateway, Person) {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    for folder in ["a", "a/b", "e"] {
        devries.make(&own(folder)).await;
    }
    devries.put(&own("a/b/c.txt"), "c").await;
    devries.put(&own("d.txt"), "d").await;
    (gateway, devries)
}

fn own(path: &str) -> String {
    format!("{OWN}/{path}")
}

#[tokio::test]
async fn nothing_goes_onto_its_ancestor_itself_or_the_root_nor_into_itself() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    for (from, to) in [
        ("a/b/c.txt", own("a")),
        ("a/b/c.txt", own("a/b")),
        ("a/b/c.txt", own("A/B")),
        ("a/b", own("a")),
        ("a/b", OWN.to_owned()),
        ("a", own("a")),
        ("a", own("a/")),
        ("a", own("a/z")),
        ("a", own("A/z")),
        ("a", own("a/b/z")),
        ("a", own("a/b/c.txt")),
        ("d.txt", own("d.txt")),
        ("d.txt", OWN.to_owned()),
        ("d.txt", "/".to_owned()),
        ("a", "/".to_owned()),
        ("d.txt", "/Werkgevers".to_owned()),
        ("d.txt", "/d.txt".to_owned()),
    ] {
        for method in ["MOVE", "COPY"] {
            for overwrite in ["T", "F"] {
                let destination = devries.url(&to);
                let headers = [("Destination", destination.as_str()), ("Overwrite", overwrite)];
                let status = devries.ask(method, &own(from), &headers).await;
                assert_eq!(status, 403, "{method} {from} to {to}, overwrite {overwrite}");
            }
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
}

#[tokio::test]
async fn a_deletion_with_a_depth_is_of_a_file_alone() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    for depth in ["0", "1"] {
        let depth = [("Depth", depth)];
        assert_eq!(devries.ask("DELETE", &own("a"), &depth).await, 405);
        assert_eq!(devries.tree(OWN).await, before);
    }
    assert_eq!(devries.ask("DELETE", &own("d.txt"), &[("Depth", "0")]).await, 204);
    assert_eq!(devries.ask("DELETE", &own("a"), &[("Depth", "infinity")]).await, 204);
    assert_eq!(devries.tree(OWN).await.len(), 1, "what is left is e");
}

#[tokio::test]
async fn the_folders_of_the_tree_itself_stay() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree("/").await;
    let to = devries.url(&own("weg"));
    for path in ["/", OWN, "/Werkgevers", "/Werkgevers/Bakkerij Jansen BV", "/Logboek"] {
        for (method, headers) in
            [("DELETE", &[] as &[_]), ("MOVE", &[("Destination", to.as_str())])]
        {
            let status = devries.ask(method, path, headers).await;
            assert_eq!(status, 403, "{method} {path}");
        }
    }
    let shown = |tree: Vec<(String, String)>| -> Vec<_> {
        tree.into_iter().filter(|(path, _)| !path.starts_with("/Logboek/")).collect()
    };
    assert_eq!(shown(devries.tree("/").await), shown(before));
}

#[tokio::test]
async fn another_host_is_not_reached() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let own_host_otherwise = format!("https://{}/Mijn%20bestanden/x", devries.host);
    for method in ["MOVE", "COPY"] {
        for host in ["elders.example", "127.0.0.1:1", "localhost"] {
            let to = format!("http://{host}/Mijn%20bestanden/x");
            let status = devries.ask(method, &own("d.txt"), &[("Destination", &to)]).await;
            assert_eq!(status, 502, "{method} {to}");
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
    // Behind a proxy the scheme is another, and some clients send the path alone.
    for (method, to) in [("COPY", own_host_otherwise.as_str()), ("MOVE", "/Mijn%20bestanden/y")] {
        assert_eq!(devries.ask(method, &own("d.txt"), &[("Destination", to)]).await, 201);
    }
}

#[tokio::test]
async fn an_upload_that_is_cut_leaves_what_was_there_and_no_new_name() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let half = "x".repeat(300_000);
    let chunk = format!("{:x}\r\n{half}\r\n", half.len());
    for path in ["d.txt", "new.txt"] {
        for (how, head, body) in [
            ("cut", ("Content-Length", "600000"), half.as_str()),
            ("cut before it began", ("Content-Length", "600000"), ""),
            ("cut between chunks", ("Transfer-Encoding", "chunked"), chunk.as_str()),
            ("cut in a chunk", ("Transfer-Encoding", "chunked"), &chunk[..100_000]),
            ("with a broken chunk", ("Transfer-Encoding", "chunked"), "zz\r\nabc\r\n0\r\n\r\n"),
        ] {
            let request = format!("{}{body}", devries.head("PUT", &own(path), &[head]));
            let answer = devries.send_cut(request.as_bytes()).await;
            assert!(answer.is_none_or(|status| status >= 400), "{path} {how}: {answer:?}");
            assert_eq!(devries.tree(OWN).await, before, "{path} {how}");
        }
    }
}

#[tokio::test]
async fn an_upload_that_is_not_what_it_said_changes_nothing() {
    let (_gateway, devries) = devries().await;
    let before = devries.tree(OWN).await;
    let chunks = "3\r\nabc\r\n0\r\n\r\n";
    for path in ["d.txt", "new.txt"] {
        for expected in ["2", "4", "1000", "x", "-1"] {
            let headers =
                [("Transfer-Encoding", "chunked"), ("X-Expected-Entity-Length", expected)];
            let request = format!("{}{chunks}", devries.head("PUT", &own(path), &headers));
            let status = devries.send_raw(request.as_bytes()).await.status;
            assert_eq!(status, 400, "{path}: in chunks, not {expected}");
        }
        for headers in [
            ("X-Expected-Entity-Length", "4"),
            ("OC-Checksum", "SHA1:da39a3ee5e6b4b0d3255bfef95601890afd80709"),
            ("OC-Checksum", "MD5:d41d8cd98f00b204e9800998ecf8427e"),
            ("OC-Checksum", "SHA1:zz"),
        ] {
            let status = devries.send("PUT", &own(path), &[headers], "abc").await.status;
            assert_eq!(status, 400, "{path}: {headers:?}");
        }
    }
    assert_eq!(devries.tree(OWN).await, before);
    let headers = [("Transfer-Encoding", "chunked"), ("X-Expected-Entity-Length", "3")];
    let request = format!("{}{chunks}", devries.head("PUT", &own("d.txt"), &headers));
    assert_eq!(devries.send_raw(request.as_bytes()).await.status, 204);
    assert_eq!(devries.get(&own("d.txt")).await.as_deref(), Some("abc"));
}

#[tokio::test]
async fn an_announced_digest_that_is_not_of_what_is_stored_makes_no_file() {
    let gateway = Gateway::start().await;
    let petra = gateway.session("petra").await;
    let payslip = crate::common::pdf("een loonstrook");
    let (first, second) = payslip.split_at(payslip.len() / 2);
    for path in ["/Mijn bestanden/a.pdf", "/Aanleveren/123456782L01_0042_loonstrook_2026-11.pdf"] {
        let path = DossierPath::parse(path).unwrap();
        // It is that of the pieces as they come, and they come in another order than they lie.
        let sent = [second, first].concat();
        let digest = Sha256::digest(&sent).to_vec();
        let checksum = Some(Checksum { algorithm: Algorithm::Sha256, digest });
        let create = Create { make: true, checksum, ..Create::default() };
        let mut upload = gateway.vfs.create(&petra, &path, create).await.unwrap();
        upload.write_at(first.len() as u64, second.to_vec().into()).await.unwrap();
        upload.write_at(0, first.to_vec().into()).await.unwrap();
        assert_eq!(upload.commit().await.map(drop), Err(Error::Checksum), "{path}");
        assert_eq!(gateway.vfs.stat(&petra, &path).await.map(drop), Err(Error::NotFound));
    }
    let employee = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert_eq!(crate::common::ssh::content(&gateway, "devries", employee).await, None);
}

#[tokio::test]
async fn an_update_that_would_lose_another_is_refused() {
    let (_gateway, devries) = devries().await;
    let file = own("d.txt");
    let read = devries.send("GET", &file, &[], "").await;
    let old = read.header("etag").unwrap().to_owned();
    let mine = devries.send("PUT", &file, &[("If-Match", &old)], "mine").await;
    assert_eq!(mine.status, 204);
    let new = mine.header("etag").unwrap().to_owned();
    assert_ne!(new, old);
    let (to, token) = (devries.url(&own("e/x")), format!("([{old}])"));
    for condition in [
        ("If-Match", old.as_str()),
        ("If", &token),
        ("If-None-Match", "*"),
        ("If-None-Match", &new),
    ] {
        for (method, more) in
            [("PUT", None), ("DELETE", None), ("MOVE", Some(("Destination", to.as_str())))]
        {
            let headers: Vec<_> = [condition].into_iter().chain(more).collect();
            let status = devries.send(method, &file, &headers, "").await.status;
            assert_eq!(status, 412, "{method} {condition:?}");
        }
    }
    let nothing = devries.send("PUT", &own("new.txt"), &[("If-Match", "*")], "x").await;
    assert_eq!(nothing.status, 412);
    assert_eq!(devries.get(&own("new.txt")).await, None);
    assert_eq!(devries.get(&file).await.as_deref(), Some("mine"));
    let weak = devries.send("PUT", &file, &[("If-Match", &format!("W/{new}"))], "x").await;
    assert_eq!(weak.status, 412, "a weak tag is no proof");
}

#[tokio::test]
async fn a_file_and_a_folder_replace_each_other_whole_where_that_is_allowed() {
    let (_gateway, devries) = devries().await;
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    devries.make(&format!("{shared}/map")).await;
    devries.put(&format!("{shared}/brief"), "gedeeld").await;
    let before = (devries.tree(OWN).await, devries.tree(shared).await);
    for (from, to) in [(own("d.txt"), "map"), (own("a"), "brief")] {
        let to = devries.url(&format!("{shared}/{to}"));
        for method in ["MOVE", "COPY"] {
            let met = devries.ask(method, &from, &[("Destination", &to)]).await;
            assert_eq!(met, 409, "{method} {from} to {to}");
            let headers = [("Destination", to.as_str()), ("Overwrite", "F")];
            let taken = devries.ask(method, &from, &headers).await;
            assert_eq!(taken, 412, "{method} {from} to {to}");
        }
    }
    assert_eq!((devries.tree(OWN).await, devries.tree(shared).await), before);

    let to = |path: &str| devries.url(&own(path));
    assert_eq!(devries.ask("COPY", &own("a"), &[("Destination", &to("d.txt"))]).await, 204);
    assert_eq!(devries.get(&own("d.txt/b/c.txt")).await.as_deref(), Some("c"));
    assert_eq!(devries.ask("MOVE", &own("a/b/c.txt"), &[("Destination", &to("e"))]).await, 204);
    assert_eq!(devries.get(&own("e")).await.as_deref(), Some("c"));
    assert_eq!(devries.get(&own("a/b/c.txt")).await, None);
}

#[tokio::test]
async fn a_time_that_is_given_with_a_file_is_kept_and_said_to_be() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    let file = format!("{OWN}/a.txt");
    let answer = jansen.send("PUT", &file, &[("X-OC-Mtime", "1294228800")], "a").await;
    assert_eq!((answer.status, answer.header("x-oc-mtime")), (201, Some("accepted")));
    let shown = jansen.find(&file, "0").await;
    assert_eq!(shown.element("D:getlastmodified"), Some("Wed, 05 Jan 2011 12:00:00 GMT"));
}
