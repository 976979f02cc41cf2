//! What Windows notes on a file beside its content.

use crate::OWN;
use crate::common::Gateway;
use crate::http::{Answer, Person};

const AGENT: (&str, &str) = ("User-Agent", "Microsoft-WebDAV-MiniRedir/10.0.26100");
const CREATED: &str = "Mon, 03 Jan 2011 10:00:00 GMT";
const ACCESSED: &str = "Tue, 04 Jan 2011 11:00:00 GMT";
const MODIFIED: &str = "Wed, 05 Jan 2011 12:00:00 GMT";

/// A PROPPATCH as Explorer sends it after a copy.
async fn note(who: &Person, path: &str, properties: &[(&str, &str)]) -> Answer {
    let set: Vec<_> =
        properties.iter().map(|(name, value)| format!("<Z:{name}>{value}</Z:{name}>")).collect();
    let set = set.concat();
    let body = format!(
        r#"<?xml version="1.0" encoding="utf-8" ?><D:propertyupdate xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:set><D:prop>{set}</D:prop></D:set></D:propertyupdate>"#
    );
    who.send("PROPPATCH", path, &[AGENT], &body).await
}

/// What is shown of the entry with this name in a listing: created, accessed, modified, bits.
async fn shown(who: &Person, folder: &str, name: &str) -> [String; 4] {
    let body = r#"<D:propfind xmlns:D="DAV:" xmlns:Z="urn:schemas-microsoft-com:"><D:prop><Z:Win32CreationTime/>
        <Z:Win32LastAccessTime/><Z:Win32LastModifiedTime/><Z:Win32FileAttributes/></D:prop></D:propfind>"#;
    let listing = who.send("PROPFIND", folder, &[("Depth", "1"), AGENT], body).await;
    assert_eq!(listing.status, 207, "{folder}");
    let mut entries = listing.body.split("<D:response>");
    let entry = entries.find(|e| e.contains(&format!("/{name}<"))).unwrap_or_default().to_owned();
    let entry = Answer { body: entry, ..listing };
    ["CreationTime", "LastAccessTime", "LastModifiedTime", "FileAttributes"]
        .map(|of| entry.element(&format!("Z:Win32{of}")).unwrap_or_default().to_owned())
}

#[tokio::test]
async fn the_times_and_attributes_that_windows_sets_are_shown_to_it_again() {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    let (file, folder) = (format!("{OWN}/a.txt"), format!("{OWN}/map"));
    devries.put(&file, "one").await;
    devries.make(&folder).await;
    let [made, _, _, bits] = shown(&devries, OWN, "a.txt").await;
    assert_eq!(bits, "00000020");
    let all = [
        ("Win32CreationTime", CREATED),
        ("Win32LastAccessTime", ACCESSED),
        ("Win32LastModifiedTime", MODIFIED),
        ("Win32FileAttributes", "00000022"),
    ];
    for path in [&file, &folder] {
        let answer = note(&devries, path, &all).await;
        assert_eq!(answer.status, 207, "{path}");
        assert!(answer.body.contains("200 OK") && !answer.body.contains("409"), "{}", answer.body);
    }
    let noted = [CREATED, ACCESSED, MODIFIED, "00000022"];
    assert_eq!(shown(&devries, OWN, "a.txt").await, noted);
    assert_eq!(shown(&devries, OWN, "map/").await, [CREATED, ACCESSED, MODIFIED, "00000032"]);
    // As Explorer asks, with nothing said of what: the server's own creation date is another.
    let usual = devries.send("PROPFIND", &file, &[("Depth", "0"), AGENT], "").await;
    assert_eq!(usual.element("Z:Win32CreationTime"), Some(CREATED));
    let others = devries.find(&file, "0").await;
    assert!(others.element("D:creationdate").unwrap().starts_with("2026-"), "{}", others.body);
    assert_ne!(made, CREATED);
    // With this it says that it knows of none.
    let none = "Mon, 01 Jan 1601 00:00:00 GMT";
    note(&devries, &folder, &[("Win32CreationTime", none), ("Win32LastAccessTime", none)]).await;
    assert_eq!(shown(&devries, OWN, "map/").await, [none, none, MODIFIED, "00000032"]);
    // One of them alone changes no other.
    note(&devries, &file, &[("Win32FileAttributes", "00000000")]).await;
    assert_eq!(shown(&devries, OWN, "a.txt").await, [CREATED, ACCESSED, MODIFIED, "00000080"]);
}

#[tokio::test]
async fn what_windows_noted_stays_when_a_file_is_put_again_moved_and_handed_over() {
    let gateway = Gateway::start().await;
    let petra = Person::new(&gateway, "petra");
    let all = [("Win32CreationTime", CREATED), ("Win32FileAttributes", "00000006")];
    petra.put(&format!("{OWN}/a.txt"), "one").await;
    note(&petra, &format!("{OWN}/a.txt"), &all).await;
    petra.put(&format!("{OWN}/a.txt"), "two").await;
    petra.make(&format!("{OWN}/map")).await;
    let (map, review) = (format!("{OWN}/map"), "/Werkgevers/Bakkerij Jansen BV/Ter controle/map");
    let still = [CREATED, "00000006"].map(str::to_owned);
    for (from, to, folder) in [
        (format!("{OWN}/a.txt"), format!("{OWN}/b.txt"), OWN),
        (format!("{OWN}/b.txt"), format!("{map}/b.txt"), &map),
        (map.clone(), review.to_owned(), review),
    ] {
        let answer = petra.send("MOVE", &from, &[("Destination", &petra.url(&to))], "").await;
        assert_eq!(answer.status, 201, "{to}: {}", answer.body);
        let [created, _, _, bits] = shown(&petra, folder, "b.txt").await;
        assert_eq!([created, bits], still, "{folder}");
    }
    // Whoever is to approve it must see it.
    let jansen = Person::new(&gateway, "jansen");
    let [created, _, _, bits] = shown(&jansen, "/Ter controle/map", "b.txt").await;
    assert_eq!((created.as_str(), bits.as_str()), (CREATED, "00000021"));
}

#[tokio::test]
async fn no_attribute_is_a_right_and_what_cannot_be_read_is_not_taken() {
    let gateway = Gateway::start().await;
    let devries = Person::new(&gateway, "devries");
    let file = format!("{OWN}/a.txt");
    devries.put(&file, "one").await;
    note(&devries, &file, &[("Win32FileAttributes", "00000021")]).await;
    assert_eq!(shown(&devries, OWN, "a.txt").await[3], "00000020", "it may be written");
    devries.put(&file, "two").await;
    let before = shown(&devries, OWN, "a.txt").await;
    for (name, value) in [
        ("Win32CreationTime", "yesterday"),
        ("Win32LastAccessTime", ""),
        ("Win32FileAttributes", "hidden"),
    ] {
        let both = [(name, value), ("Win32LastModifiedTime", MODIFIED)];
        let answer = note(&devries, &file, &both).await;
        assert!(answer.body.contains("409 Conflict"), "{name}: {}", answer.body);
        assert_eq!(shown(&devries, OWN, "a.txt").await, before, "{name}: all or nothing");
    }
    // A time that nobody set is of 1601 on Windows, and no reason to give up a copy.
    let unset = "Mon, 01 Jan 1601 00:00:00 GMT";
    let answer = note(&devries, &file, &[("Win32LastAccessTime", unset)]).await;
    assert!(answer.body.contains("200 OK"), "{}", answer.body);
}

#[tokio::test]
async fn a_set_is_hidden_from_nobody_who_is_to_decide_on_it() {
    let gateway = Gateway::start().await;
    let [petra, jansen] = ["petra", "jansen"].map(|login| Person::new(&gateway, login));
    let sets = "/Werkgevers/Bakkerij Jansen BV/Ter controle";
    petra.make(&format!("{sets}/set")).await;
    petra.put(&format!("{sets}/set/a.pdf"), "x").await;
    for path in ["set", "set/a.pdf"] {
        note(&petra, &format!("{sets}/{path}"), &[("Win32FileAttributes", "00000022")]).await;
    }
    assert_eq!(shown(&petra, sets, "set/").await[3], "00000032");
    assert_eq!(shown(&petra, &format!("{sets}/set"), "a.pdf").await[3], "00000022");
    gateway.clock.advance(3 * 60_000);
    // It may put its reason into the folder, and only read the file.
    assert_eq!(shown(&jansen, "/Ter controle", "set/").await[3], "00000010");
    assert_eq!(shown(&jansen, "/Ter controle/set", "a.pdf").await[3], "00000021");
}

#[tokio::test]
async fn it_signs_in_with_the_domain_of_its_machine_before_the_login() {
    let gateway = Gateway::start().await;
    for (login, status) in [("KANTOOR\\devries", 207), ("a\\b\\devries", 207), ("devries\\x", 401)]
    {
        let who = Person::new(&gateway, login);
        assert_eq!(who.find("/", "1").await.status, status, "{login}");
    }
}

#[tokio::test]
async fn a_folder_of_two_thousand_entries_is_one_that_it_can_open() {
    let (_gateway, jansen) = crate::pages::many().await;
    let listing = jansen.send("PROPFIND", OWN, &[("Depth", "1"), AGENT], "").await;
    let each = listing.body.len() / listing.links().len();
    assert!(each * 2_000 < 1_000_000 && each <= 440, "{each} bytes for each");
}
