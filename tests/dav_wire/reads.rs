//! What is told of what is there.

use crate::OWN;
use crate::common::{Gateway, pdf};
use crate::http::Person;
use crate::locks::EXCLUSIVE;

const CONTENT: &str = "0123456789";
const PATCH: &str = r#"<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">1</x></prop></set></propertyupdate>"#;

async fn devries() -> (Gateway, Person, String) {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    let file = format!("{OWN}/a.txt");
    devries.put(&file, CONTENT).await;
    (gateway, devries, file)
}

#[tokio::test]
async fn what_gives_no_byte_of_a_file_is_not_told_as_an_opening() {
    let gateway = Gateway::start().await;
    let (petra, jansen) = (Person::new(&gateway, "petra"), Person::new(&gateway, "jansen"));
    let file = "/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf".to_owned();
    let content = String::from_utf8(pdf("journaal")).unwrap();
    petra.put(&format!("/Werkgevers/Bakkerij Jansen BV{file}"), &content).await;
    let tag = jansen.send("HEAD", &file, &[], "").await.header("etag").unwrap().to_owned();
    let openings = async || {
        let log = jansen.get("/Logboek/2026-11.csv").await.unwrap();
        log.lines().filter(|line| line.contains("geopend")).count()
    };
    let slash = format!("{file}/");
    for (path, header, status) in [
        (&file, ("If-Match", "\"x\""), 412),
        (&file, ("If-None-Match", tag.as_str()), 304),
        (&file, ("If-Modified-Since", "Fri, 01 Jan 2027 00:00:00 GMT"), 304),
        (&file, ("If-Unmodified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"), 412),
        (&file, ("Range", "bytes=1000-"), 416),
        (&slash, ("Accept", "*/*"), 404),
    ] {
        let answer = jansen.send("GET", path, &[header], "").await;
        assert_eq!(answer.status, status, "{path} {header:?}");
        assert_eq!(openings().await, 0, "{path} {header:?}");
    }
    let part = jansen.send("GET", &file, &[("Range", "bytes=1-3"), ("If-Match", &tag)], "").await;
    assert_eq!((part.status, part.body.as_str()), (206, "PDF"));
    assert_eq!(openings().await, 1);
}

#[tokio::test]
async fn a_listing_without_a_bound_is_refused_as_the_rfc_has_it() {
    let (_gateway, devries, file) = devries().await;
    for path in ["/", OWN] {
        for headers in [
            &[("Depth", "infinity")] as &[_],
            &[("Depth", "infinity"), ("X-Litmus", "props: 1")],
            &[("X-Litmus", "props: 1")],
            &[],
        ] {
            let answer = devries.send("PROPFIND", path, headers, "").await;
            assert_eq!(answer.status, 403, "{path} {headers:?}");
            assert!(answer.body.contains("<D:propfind-finite-depth/>"), "{}", answer.body);
        }
    }
    let answer = devries.send("PROPFIND", &file, &[], "").await;
    assert_eq!(answer.links(), ["/Mijn%20bestanden/a.txt"], "a file has no depth");
}

#[tokio::test]
async fn an_entity_tag_is_strong_quoted_and_the_same_everywhere() {
    let (_gateway, devries, file) = devries().await;
    let put = devries.send("PUT", &file, &[], CONTENT).await;
    let tag = put.header("etag").unwrap();
    assert!(tag.starts_with('"') && tag.ends_with('"') && tag.len() > 34, "{tag}");
    for method in ["GET", "HEAD"] {
        assert_eq!(devries.send(method, &file, &[], "").await.header("etag"), Some(tag));
    }
    for (path, depth) in [(file.as_str(), "0"), (OWN, "1")] {
        let found = devries.find(path, depth).await;
        let own = found.body.rsplit("<D:getetag>").next().unwrap();
        let own = own.split("</D:getetag>").next().unwrap().replace("&quot;", "\"");
        assert_eq!(own, tag, "{path}");
    }
    for seen in [tag.to_owned(), format!("W/{tag}"), format!("\"x\", {tag}"), "*".into()] {
        let answer = devries.send("GET", &file, &[("If-None-Match", &seen)], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (304, ""), "{seen}");
        assert_eq!(answer.header("etag"), Some(tag));
    }
}

#[tokio::test]
async fn a_property_that_is_not_there_is_said_not_to_be() {
    let (_gateway, devries, file) = devries().await;
    let body = r#"<D:propfind xmlns:D="DAV:" xmlns:x="urn:x"><D:prop><D:getcontentlength/><x:kleur/></D:prop></D:propfind>"#;
    let answer = devries.send("PROPFIND", &file, &[("Depth", "0")], body).await;
    let [found, missing] = ["200 OK", "404 Not Found"].map(|status| {
        let mut parts = answer.body.split("<D:propstat>").skip(1);
        parts.find(|part| part.contains(status)).unwrap_or_default().to_owned()
    });
    assert!(found.contains("<D:getcontentlength>10<"), "{}", answer.body);
    assert!(missing.contains("kleur") && missing.contains("urn:x"), "{}", answer.body);
    assert!(!missing.contains("getcontentlength"), "{}", answer.body);
}

#[tokio::test]
async fn a_name_in_a_log_is_no_formula_wherever_a_program_splits_the_line() {
    let gateway = Gateway::start().await;
    let [devries, jansen] = ["devries", "jansen"].map(|login| Person::new(&gateway, login));
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    for name in ["=1+1.txt", "a,=1+1.txt", "a; @SUM(1).txt", "-2,+3.txt", "b,\u{ff1d}1.txt"] {
        devries.put(&format!("{shared}/{name}"), CONTENT).await;
    }
    for name in ["x,\"=1+1", "x;\"\" +1", "-"] {
        jansen.put(&format!("/Back-ups/{name}"), CONTENT).await;
    }
    let log = jansen.send("GET", "/Logboek/2026-11.csv", &[], "").await.body;
    let lines: Vec<_> = log.lines().skip(1).collect();
    assert_eq!(lines.iter().filter(|line| line.contains(";geplaatst;")).count(), 8, "{log}");
    for piece in lines.iter().flat_map(|line| line.split([';', ',', '\t'])) {
        let shown = piece.trim_start_matches(['"', ' ']);
        let formula = ['=', '+', '-', '@', '\u{ff1d}'].iter().any(|mark| shown.starts_with(*mark));
        assert!(!formula, "{piece:?} in {log}");
    }
    assert!(log.contains(";geplaatst;\"a,'=1+1.txt\";"), "{log}");
}

#[tokio::test]
async fn more_than_one_range_gets_the_file_once() {
    let (_gateway, devries, file) = devries().await;
    let many = format!("bytes={}", ["0-"; 500].join(","));
    let nine = format!("bytes={}", ["0-0"; 9].join(","));
    for range in
        [&many, &nine, "bytes=0-1,4-5", "bytes=0-5,5-6", "bytes=9-0", "bytes=x", "lines=0-1"]
    {
        let answer = devries.send("GET", &file, &[("Range", range)], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, CONTENT), "{range}");
    }
    for (range, part) in [("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89")] {
        let answer = devries.send("GET", &file, &[("Range", range)], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (206, part), "{range}");
    }
    let past = devries.send("GET", &file, &[("Range", "bytes=10-")], "").await;
    assert_eq!(past.status, 416);
    assert_eq!(past.header("content-range"), Some("bytes */10"));
    let changed = [("Range", "bytes=2-4"), ("If-Range", "\"another\"")];
    assert_eq!(devries.send("GET", &file, &changed, "").await.body, CONTENT);
}

#[tokio::test]
async fn a_folder_is_answered_at_once_with_and_without_its_slash() {
    let (_gateway, devries, _) = devries().await;
    for path in ["/", OWN, "/Mijn bestanden/", "/Werkgevers"] {
        let answer = devries.send("HEAD", path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (200, ""), "{path}");
        assert_eq!(answer.header("content-type"), Some("httpd/unix-directory"));
        // What lists by GET, as lftp does, must not take it for an empty folder.
        let answer = devries.send("GET", path, &[], "").await;
        assert_eq!((answer.status, answer.body.as_str()), (405, "Dit is een map."), "{path}");
        assert_eq!(devries.find(path, "0").await.status, 207, "{path}");
    }
}

#[tokio::test]
async fn a_slash_behind_the_name_of_a_file_is_a_folder_that_is_not_there() {
    let (_gateway, devries, file) = devries().await;
    let (slash, to) = (format!("{file}/"), devries.url(&format!("{OWN}/b.txt")));
    for (method, body) in [
        ("GET", ""),
        ("PROPFIND", ""),
        ("PROPPATCH", PATCH),
        ("LOCK", EXCLUSIVE),
        ("COPY", ""),
        ("MOVE", ""),
        ("DELETE", ""),
    ] {
        for depth in ["0", "1"].into_iter().take(if method == "PROPFIND" { 2 } else { 1 }) {
            let headers = [("Depth", depth), ("Destination", to.as_str())];
            let answer = devries.send(method, &slash, &headers, body).await;
            assert_eq!(answer.status, 404, "{method} {depth}: {}", answer.body);
        }
    }
    let new = format!("{OWN}/nieuw.txt/");
    assert_eq!(devries.send("LOCK", &new, &[], EXCLUSIVE).await.status, 404);
    assert_eq!(devries.get(&file).await.as_deref(), Some(CONTENT));
    assert_eq!(devries.find(OWN, "1").await.links().len(), 2, "nothing was made");
    let found = devries.find(&file, "0").await;
    assert!(!found.body.contains("urn:x") && found.body.contains("<D:lockdiscovery/>"));
}

#[tokio::test]
async fn a_folder_that_is_asked_for_without_its_slash_is_told_with_it() {
    let (_gateway, devries, file) = devries().await;
    devries.make(&format!("{OWN}/map é")).await;
    let folder = crate::http::uri(&format!("{OWN}/map é/"));
    for depth in ["0", "1"] {
        let plain = devries.find(&format!("{OWN}/map é"), depth).await;
        assert_eq!(plain.header("content-location"), Some(folder.as_str()));
        let slash = devries.find(&format!("{OWN}/map é/"), depth).await;
        assert_eq!(slash.header("content-location"), None);
        for answer in [plain, slash] {
            assert_eq!(answer.links(), [folder.as_str()]);
        }
        assert_eq!(devries.find(&file, depth).await.header("content-location"), None);
    }
}

#[tokio::test]
async fn windows_gets_a_short_answer_for_every_entry() {
    let (_gateway, devries, _) = devries().await;
    for i in 10..40 {
        devries.put(&format!("{OWN}/Loonstrook 20{i}-11 van de maand.pdf"), CONTENT).await;
    }
    // What other programs set is as long as they like.
    let note = "n".repeat(2_000);
    let update = format!(
        r#"<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:x">{note}</x></prop></set></propertyupdate>"#
    );
    for path in [OWN.to_owned(), format!("{OWN}/Loonstrook 2010-11 van de maand.pdf")] {
        devries.send("PROPPATCH", &path, &[], &update).await;
    }
    let file = format!("{OWN}/Loonstrook 2010-11 van de maand.pdf");
    let all = devries.send("PROPFIND", &file, &[("Depth", "0")], "").await;
    assert!(all.body.contains(&note), "{}", all.body);
    let headers = [("Depth", "1"), ("User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.19045")];
    let answer = devries.send("PROPFIND", OWN, &headers, "").await;
    let entries = answer.links().len();
    assert_eq!(entries, 32);
    let each = answer.body.len() / entries;
    assert!(each <= 440, "{each} bytes each");
    assert!(!answer.body.contains(&note));
}

#[tokio::test]
async fn anybody_may_ask_what_is_spoken_here_and_nothing_else() {
    let gateway = Gateway::start().await;
    let nobody = format!("HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", gateway.dav);
    let devries = Person::new(&gateway, "devries");
    for path in ["/", "/Mijn%20bestanden", "/bestaat/niet"] {
        let options = devries.send_raw(format!("OPTIONS {path} {nobody}").as_bytes()).await;
        assert_eq!((options.status, options.header("dav")), (200, Some("1,2")));
        assert_eq!(options.header("ms-author-via"), Some("DAV"));
        for method in ["GET", "HEAD", "PROPFIND", "PUT", "DELETE", "PATCH"] {
            let answer = devries.send_raw(format!("{method} {path} {nobody}").as_bytes()).await;
            assert_eq!(answer.status, 401, "{method} {path}");
            assert!(answer.header("www-authenticate").unwrap().starts_with("Basic "));
        }
    }
}
