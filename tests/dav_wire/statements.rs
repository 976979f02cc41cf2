//! How much the catalog is asked for a listing.

use crate::OWN;
use crate::common::{Backing, Gateway, pdf};
use crate::http::Person;
use crate::invisible::{OFFICE, world_on};
use crate::locks::EXCLUSIVE;
use crate::revoked::{ENDED, ENGAGED, apply};

/// Signing in is one statement, for every request.
const SIGN_IN: u64 = 1;

/// No folder takes more, whatever is in it and hangs on it. A folder of more than 10,000 entries takes one more for
/// each further 10,000, and one for what is noted on these.
const MOST: u64 = 4;

/// As file managers ask; with the room there is, as davfs2 and Finder ask too, and what was noted; and for all there is.
const USUAL: &str = r#"<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/>
    <getetag/><lockdiscovery/></prop></propfind>"#;
const ROOM: &str = r#"<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/>
    <quota-used-bytes/><quota-available-bytes/><lockdiscovery/><x xmlns="urn:y"/></prop></propfind>"#;
const ALL: &str = "";

/// Notes something on a file or folder.
async fn note(who: &Person, path: &str) {
    let body = r#"<propertyupdate xmlns="DAV:"><set><prop><x xmlns="urn:y">1</x></prop></set></propertyupdate>"#;
    assert_eq!(who.send("PROPPATCH", path, &[], body).await.status, 207, "{path}");
}

/// Locks and notes on all that is on the way to a file, from a folder down.
async fn burden(who: &Person, folder: &str, below: &str) {
    let mut path = folder.to_owned();
    for name in below.split('/') {
        path = format!("{path}/{name}");
        note(who, &path).await;
        // Several share the one lock, so that each folder on the way has its own.
        let lock = EXCLUSIVE.replace("exclusive", "shared");
        let answer = who.send("LOCK", &path, &[("Depth", "0")], &lock).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
    }
}

/// A world in which folders have all at once that makes them ask: locks, notes, what waits and what was delivered, what
/// was refused, what was forwarded, in part and whole, sets, earlier days and folders far down.
pub(crate) async fn everything(backing: Backing) -> Gateway {
    let gateway = world_on(backing).await;
    let [petra, jansen, devries] =
        ["petra", "jansen", "devries"].map(|login| Person::new(&gateway, login));
    let deep = "1/2/3/4/5/6/7/8/9/10/11/12/13/14/15/16/17/18";
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    let own = [(&petra, OWN), (&jansen, OWN), (&devries, shared)];
    for (who, folder) in own {
        make_all(who, folder, deep).await;
        who.put(&format!("{folder}/{deep}/a.txt"), "a").await;
    }
    // So there is an earlier day.
    gateway.clock.advance(24 * 60 * 60_000);
    for (who, folder) in own {
        burden(who, folder, &format!("{deep}/a.txt")).await;
    }
    for folder in ["deels", "deels/binnen", "heel"] {
        devries.make(&format!("{shared}/{folder}")).await;
        devries.put(&format!("{shared}/{folder}/a.txt"), "a").await;
    }
    let seen = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
    for folder in ["deels", "heel"] {
        let to = jansen.url(&format!("/Gedeeld met kantoor/{folder}"));
        let from = format!("{seen}/{folder}");
        assert_eq!(jansen.ask("MOVE", &from, &[("Destination", &to)]).await, 201, "{folder}");
    }
    devries.put(&format!("{shared}/deels/binnen/later.txt"), "later").await;
    burden(&devries, shared, "deels/binnen/later.txt").await;
    // It waits, with and without its folder, and was delivered, under a number and an employee.
    let pdf = String::from_utf8(pdf("y")).unwrap();
    let below = format!("{OFFICE}/Werknemers/0042 A. de Vries");
    petra.make("/Aanleveren/partij").await;
    for path in [
        "/Aanleveren/partij/een.pdf",
        "/Aanleveren/123456782L01/0042/loonstrook_2026-09.pdf",
        "/Aanleveren/123456782L01/0042/loonstrook_2026-08.pdf.part",
        &format!("{below}/Loonstrook 2026-07.pdf.part"),
        &format!("{OFFICE}/Overzichten/Journaalposten/2026/b.pdf.part"),
    ] {
        petra.put(path, &pdf).await;
    }
    burden(&petra, "/Aanleveren", "partij/een.pdf").await;
    jansen.put("/Werknemers/0042 A. de Vries/Loonstrook 2026-06.pdf.part", &pdf).await;
    burden(&petra, &format!("{OFFICE}/Overzichten/Journaalposten/2026"), "Journaal 2026-11.pdf")
        .await;
    let refused = petra.send("PUT", "/Aanleveren/onbegrepen.pdf", &[], &pdf).await;
    assert_eq!(refused.status, 422);
    petra.make(&format!("{OFFICE}/Ter controle/set")).await;
    petra.make(&format!("{OFFICE}/Ter controle/set/map")).await;
    petra.put(&format!("{OFFICE}/Ter controle/set/map/a.pdf"), &pdf).await;
    burden(&petra, &format!("{OFFICE}/Ter controle"), "set/map/a.pdf").await;
    gateway.clock.advance(3 * 60_000);
    gateway
}

async fn make_all(who: &Person, folder: &str, below: &str) {
    let mut path = folder.to_owned();
    for name in below.split('/') {
        path = format!("{path}/{name}");
        who.make(&path).await;
    }
}

/// No folder of these takes more statements, by itself or with what is in it.
async fn each_takes_few(gateway: &Gateway, logins: &[&str]) {
    gateway.rests().await;
    for login in logins {
        let who = Person::new(gateway, login);
        for folder in folders(&who).await {
            for (name, body) in [("usual", USUAL), ("all", ALL), ("room", ROOM)] {
                for depth in ["1", "0"] {
                    let took = statements(gateway, &who, &folder, depth, body).await;
                    let what = format!("{login} {folder} {name} {depth}");
                    assert!(took <= MOST, "{what} takes {took} statements");
                }
            }
        }
    }
}

/// How many statements one listing takes beside signing in.
async fn statements(gateway: &Gateway, who: &Person, path: &str, depth: &str, body: &str) -> u64 {
    let before = gateway.db.asked();
    let answer = who.send("PROPFIND", path, &[("Depth", depth)], body).await;
    assert_eq!(answer.status, 207, "{path}");
    gateway.db.asked() - before - SIGN_IN
}

/// The folders that somebody sees, from the root down.
pub(crate) async fn folders(who: &Person) -> Vec<String> {
    let mut all = vec!["/".to_owned()];
    let mut at = 0;
    while let Some(folder) = all.get(at).cloned() {
        at += 1;
        let answer = who.send("PROPFIND", &folder, &[("Depth", "1")], USUAL).await;
        let hrefs = answer.body.split("<D:href>").skip(1).filter_map(|r| r.split('<').next());
        let found = hrefs.map(|href| {
            percent_encoding::percent_decode_str(href).decode_utf8().unwrap().into_owned()
        });
        let new: Vec<_> = found.filter(|href| href.ends_with('/') && !all.contains(href)).collect();
        all.extend(new);
    }
    all
}

async fn a_listing_takes_few(backing: Backing) {
    let gateway = everything(backing).await;
    let days = Person::new(&gateway, "jansen").tree("/Eerdere dagen").await;
    assert!(days.iter().any(|(path, _)| path.ends_with("/17/18/")), "{days:?}");
    each_takes_few(&gateway, &["petra", "jansen", "bos", "devries", "yilmaz"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_takes_four_statements_at_most_whatever_the_folder() {
    a_listing_takes_few(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_takes_four_statements_at_most_on_the_shared_stores() {
    a_listing_takes_few(Backing::Shared).await;
}

async fn without_an_office_it_takes_few(backing: Backing) {
    let gateway = everything(backing).await;
    // No lock is held any more.
    gateway.clock.advance(3_600_000);
    let jansen = Person::new(&gateway, "jansen");
    let to = jansen.url("/Afgekeurd/set");
    assert_eq!(jansen.ask("MOVE", "/Ter controle/set", &[("Destination", &to)]).await, 201);
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    assert!(jansen.tree("/").await.iter().any(|(path, _)| path.starts_with("/Afgekeurd/set/map/")));
    each_takes_few(&gateway, &["jansen"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_does_for_an_employer_for_whom_no_office_works_any_more() {
    without_an_office_it_takes_few(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn so_it_does_for_such_an_employer_on_the_shared_stores() {
    without_an_office_it_takes_few(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_folder_takes_no_more_of_them_than_a_small_one() {
    for (backing, large) in [(Backing::Embedded, 200), (Backing::Shared, 50)] {
        let gateway = Gateway::start_on(backing).await;
        gateway.rests().await;
        let jansen = Person::new(&gateway, "jansen");
        let mut took = Vec::new();
        for (folder, number) in [("klein", 1), ("groot", large)] {
            let folder = format!("/Mijn bestanden/{folder}");
            jansen.make(&folder).await;
            for n in 0..number {
                jansen.put(&format!("{folder}/{n}.txt"), "x").await;
            }
            took.push(statements(&gateway, &jansen, &folder, "1", ALL).await);
        }
        assert_eq!(took[0], took[1], "{backing:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_takes_few_statements_and_its_transaction_fewer() {
    // A transaction of PostgreSQL's is begun and ended by a statement each; SQLite does that for many at once.
    for (backing, words) in [(Backing::Embedded, 0), (Backing::Shared, 2)] {
        let gateway = Gateway::start_on(backing).await;
        gateway.rests().await;
        let jansen = Person::new(&gateway, "jansen");
        let (mut writing, mut all) = (u64::MAX, u64::MAX);
        for n in 0..4 {
            let before = (gateway.db.asked_to_write(), gateway.db.asked());
            jansen.put(&format!("/Mijn bestanden/{n}.txt"), &format!("{n}")).await;
            writing = writing.min(gateway.db.asked_to_write() - before.0);
            all = all.min(gateway.db.asked() - before.1);
        }
        let all = all - SIGN_IN;
        assert!(writing <= 8 + words && all <= 11 + words, "{backing:?}: {writing} of {all}");
    }
}
