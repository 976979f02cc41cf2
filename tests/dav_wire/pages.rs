//! A folder of more entries than are fetched at once.

use crate::common::Gateway;
use crate::common::ssh::User;
use crate::http::{Answer, Person};
use loondossier::dossier::Scope;
use sqlx::Connection;

const OWN: &str = "/Mijn bestanden/";
/// One page is 10,000.
const ENTRIES: usize = 12_000;

fn name(number: usize) -> String {
    format!("map {number:05}")
}

/// Changes the catalog beside the server.
async fn beside(gateway: &Gateway, sql: &str) {
    let url = format!("sqlite://{}", gateway.folder.path().join("dossier.sqlite").display());
    let mut conn = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let sql = sqlx::AssertSqlSafe(sql.to_owned());
    assert!(sqlx::query(sql).execute(&mut conn).await.unwrap().rows_affected() > 0);
}

/// The bakery's own files are so many folders.
pub(crate) async fn many() -> (Gateway, Person) {
    let gateway = Gateway::start().await;
    let all = format!(
        "with recursive n (n) as (select 1 union all select n + 1 from n where n < {ENTRIES}) "
    );
    let bakery = "party p where p.key = 'bakkerij-jansen'";
    beside(
        &gateway,
        &format!(
            "{all} insert into node (public_id, folder, placer, mtime, created) \
         select printf('%032x', n), 1, p.id, 1795000000000, 1795000000000 from n, {bakery}"
        ),
    )
    .await;
    beside(&gateway, &format!(
        "{all} insert into placement (node, parent, name, name_key, from_ms, until_ms) \
         select d.id, p.own_root, printf('map %05d', n), printf('map %05d', n), 1795000000000, 9223372036854775807 \
         from n join node d on d.public_id = printf('%032x', n), {bakery}"
    ))
    .await;
    let jansen = Person::new(&gateway, "jansen");
    (gateway, jansen)
}

/// The row of an entry cannot be read from now on.
async fn breaks(gateway: &Gateway, number: usize) {
    beside(
        gateway,
        &format!("update node set mtime = 'x' where public_id = printf('%032x', {number})"),
    )
    .await;
}

/// It can again.
async fn mends(gateway: &Gateway) {
    beside(gateway, "update node set mtime = 1795000000000 where mtime = 'x'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_noted_on_an_entry_is_told_on_whatever_page_it_is() {
    let (_gateway, jansen) = many().await;
    let note = |text: &str| {
        format!(
            r#"<propertyupdate xmlns="DAV:"><set><prop><n xmlns="urn:x">{text}</n></prop></set></propertyupdate>"#
        )
    };
    let noted = [1, 10_000, 10_001, ENTRIES];
    for number in noted {
        let path = format!("{OWN}{}", name(number));
        let body = note(&number.to_string());
        assert_eq!(jansen.send("PROPPATCH", &path, &[], &body).await.status, 207);
    }
    let listing = jansen.find(OWN, "1").await;
    assert_eq!(listing.links().len(), 1 + ENTRIES);
    let told: Vec<_> = listing.body.split("<D:response>").filter(|e| e.contains("urn:x")).collect();
    assert_eq!(told.len(), noted.len());
    for (entry, number) in told.into_iter().zip(noted) {
        let named = crate::http::uri(&name(number));
        assert!(entry.contains(&named) && entry.contains(&format!(">{number}</n>")), "{entry}");
    }
    // Of a folder its own too.
    let inner = format!("{OWN}{}", name(ENTRIES));
    let own = jansen.find(&inner, "1").await;
    assert!(own.body.contains(&format!(">{ENTRIES}</n>")), "{}", own.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_listed_again_is_not_asked_for_again_until_somebody_changes_something() {
    let (gateway, jansen) = many().await;
    let listed = async || {
        let asked = gateway.db.asked();
        let links = jansen.find(OWN, "1").await.links();
        (links, gateway.db.asked() - asked)
    };
    jansen.find("/", "0").await;
    gateway.rests().await;
    let (first, asked) = listed().await;
    assert_eq!(first.len(), 1 + ENTRIES);
    // A statement less, for the first page, by the connection that remembers: another may have it for a moment.
    let mut less = asked;
    for _ in 0..20 {
        let (again, took) = listed().await;
        assert!(again == first);
        less = less.min(took);
    }
    assert_eq!(asked - less, 1);

    let has = async |name: &str| {
        let link = format!("{}{}/", crate::http::uri(OWN), crate::http::uri(name));
        let links = listed().await.0;
        (links.contains(&link), links.len())
    };
    let old = name(7);
    assert_eq!(has(&old).await, (true, 1 + ENTRIES));
    // By another process.
    beside(
        &gateway,
        "update placement set name = 'nieuw', name_key = 'nieuw' where name = 'map 00007'",
    )
    .await;
    assert_eq!(has(&old).await, (false, 1 + ENTRIES));
    assert_eq!(has("nieuw").await, (true, 1 + ENTRIES));
    // By this one.
    assert_eq!(jansen.send("DELETE", &format!("{OWN}nieuw"), &[], "").await.status, 204);
    assert_eq!(has("nieuw").await, (false, ENTRIES));
    assert_eq!(jansen.send("MKCOL", &format!("{OWN}map"), &[], "").await.status, 201);
    assert_eq!(has("map").await, (true, 1 + ENTRIES));
    // What somebody else is shown does not come from there.
    let devries = Person::new(&gateway, "devries");
    assert_eq!(devries.find(OWN, "1").await.links().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_much_is_noted_on_what_is_in_a_folder_it_is_fetched_a_piece_at_a_time() {
    let (gateway, jansen) = many().await;
    // A piece is of 1,000 notes at most, and would end between two notes of one entry.
    beside(
        &gateway,
        "with recursive m (m) as (select 1 union all select m + 1 from m where m < 3) \
         insert into property (node, party, name, value) \
         select n.id, n.placer, '{urn:x}n' || m, '<n' || m || ' xmlns=\"urn:x\">' || n.public_id || '</n' || m || '>' \
         from node n, m where n.public_id between printf('%032x', 1) and printf('%032x', 1500)",
    )
    .await;
    gateway.rests().await;
    let before = gateway.db.asked();
    let listing = jansen.find(OWN, "1").await;
    // Signing in, finding the folder, two pages, five pieces of the first and one of the second.
    assert_eq!(gateway.db.asked() - before, 10);
    assert_eq!(listing.links().len(), 1 + ENTRIES);
    let entries: Vec<_> = listing.body.split("<D:response>").skip(2).collect();
    for (number, entry) in (1..).zip(entries) {
        for note in 1..=3 {
            let there =
                entry.contains(&format!("<n{note} xmlns=\"urn:x\">{number:032x}</n{note}>"));
            assert_eq!(there, number <= 1_500, "{number} {note}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_that_cannot_be_read_to_its_end_is_an_error_and_never_a_short_one() {
    let (gateway, jansen) = many().await;
    breaks(&gateway, 11_000).await;
    let ask = jansen.head("PROPFIND", OWN, &[("Depth", "1"), ("Content-Length", "0")]);
    let told = String::from_utf8(jansen.exchange(ask.as_bytes(), false).await).unwrap();
    assert!(told.starts_with("HTTP/1.1 207 "), "the first page is there");
    assert!(told.contains(&crate::http::uri(&name(9_000))));
    assert!(!told.contains("</D:multistatus>") && !told.ends_with("0\r\n\r\n"), "it breaks off");

    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    let url = format!("http://{}{}", gateway.dav, crate::http::uri(OWN));
    let login = format!("jansen:{}", crate::common::PASSWORD);
    // As its manual has it: a partial file by HTTP/1.1, an error in the stream by HTTP/2.
    for (version, code) in [("--http1.1", "(18)"), ("--http2-prior-knowledge", "(92)")] {
        let fixed = ["-sS", "-u", &login, "-X", "PROPFIND", "-H", "Depth: 1", "-o", "told"];
        let said = user.run("curl", &[&fixed[..], &[version, &url]].concat()).badly();
        assert!(said.contains(code), "{version}: {said}");
    }

    breaks(&gateway, 5).await;
    let Answer { status, .. } = jansen.find(OWN, "1").await;
    assert_eq!(status, 503, "nothing was told yet");
    mends(&gateway).await;
    assert_eq!(jansen.find(OWN, "1").await.links().len(), 1 + ENTRIES);
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_sync_deletes_nothing_for_a_listing_that_broke_off() {
    let (gateway, _) = many().await;
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    user.rclone_over_webdav(&gateway, "owncloud");
    let kept = ["lokaal/Mijn bestanden/a.txt", "lokaal/Mijn bestanden/map 11500/b.txt"];
    for path in kept {
        user.file(path, b"here");
    }
    let sync = || {
        let words = ["sync", "gateway:", "lokaal", "--include", "/Mijn bestanden/*.txt"];
        user.run(
            "rclone",
            &[&words[..], &["--max-depth", "2", "--retries", "1", "--low-level-retries", "1"]]
                .concat(),
        )
    };
    for number in [11_000, 5] {
        breaks(&gateway, number).await;
        let said = sync().badly();
        assert!(said.contains("not deleting files as there were IO errors"), "{said}");
        for path in kept {
            assert_eq!(user.read(path), b"here", "{path}");
        }
    }
    mends(&gateway).await;
    sync().well();
    assert!(!user.folder.path().join(kept[0]).exists(), "else it would");
}
