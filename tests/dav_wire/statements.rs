//! How much the catalog is asked for a listing.

use crate::common::Gateway;
use crate::http::Person;
use crate::invisible::world;

/// Signing in is one statement, for every request.
const SIGN_IN: u64 = 1;

/// As file managers ask; with the room there is, as davfs2 and Finder ask too; and for all there is.
const USUAL: &str = r#"<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/>
    <getetag/><lockdiscovery/></prop></propfind>"#;
const ROOM: &str = r#"<propfind xmlns="DAV:"><prop><resourcetype/><getcontentlength/><getlastmodified/>
    <quota-used-bytes/><quota-available-bytes/></prop></propfind>"#;
const ALL: &str = "";

/// How many statements one listing took. What else goes on asks now and then, so the least of a few counts.
async fn statements(gateway: &Gateway, who: &Person, path: &str, body: &str) -> u64 {
    let mut least = u64::MAX;
    for _ in 0..3 {
        let before = gateway.db.asked();
        let answer = who.send("PROPFIND", path, &[("Depth", "1")], body).await;
        assert_eq!(answer.status, 207, "{path}");
        least = least.min(gateway.db.asked() - before);
    }
    least - SIGN_IN
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

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_takes_a_handful_of_statements_however_much_is_in_the_folder() {
    let gateway = world().await;
    for login in ["petra", "jansen", "bos", "devries", "yilmaz"] {
        let who = Person::new(&gateway, login);
        for folder in folders(&who).await {
            // An employee's folder shows two kinds of shelves, what waits and what was delivered.
            let employee =
                folder.contains(" A. ") || folder.contains(" S. ") || folder.contains(" B. ");
            let most = if employee && folder.matches('/').count() <= 5 { 5 } else { 4 };
            for (name, body, more) in [("usual", USUAL, 0), ("all", ALL, 0), ("room", ROOM, 1)] {
                let took = statements(&gateway, &who, &folder, body).await;
                assert!(took <= most + more, "{login} {folder} {name} takes {took} statements");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_folder_takes_no_more_of_them_than_a_small_one() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    let mut took = Vec::new();
    for (folder, number) in [("klein", 1), ("groot", 200)] {
        let folder = format!("/Mijn bestanden/{folder}");
        jansen.make(&folder).await;
        for n in 0..number {
            jansen.put(&format!("{folder}/{n}.txt"), "x").await;
        }
        took.push(statements(&gateway, &jansen, &folder, ALL).await);
    }
    assert_eq!(took[0], took[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_file_takes_few_statements_and_its_transaction_fewer() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    let (mut writing, mut all) = (u64::MAX, u64::MAX);
    for n in 0..4 {
        let before = (gateway.db.asked_to_write(), gateway.db.asked());
        jansen.put(&format!("/Mijn bestanden/{n}.txt"), &format!("{n}")).await;
        writing = writing.min(gateway.db.asked_to_write() - before.0);
        all = all.min(gateway.db.asked() - before.1);
    }
    let all = all - SIGN_IN;
    assert!(writing <= 8 && all <= 11, "{writing} of {all}");
}
