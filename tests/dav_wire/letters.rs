//! What ownCloud's properties say: what may be done, which it is, whose it is, and how large.

use crate::OWN;
use crate::common::{Gateway, pdf};
use crate::http::{Answer, Person};
use crate::invisible::world;
use crate::statements::folders;
use std::collections::BTreeSet;

const LETTERS: &str = r#"<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns"><prop><o:permissions/></prop></propfind>"#;
const OWNERS: &str = r#"<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns"><prop><o:owner-display-name/><o:size/></prop></propfind>"#;

const IDS: &str = r#"<propfind xmlns="DAV:" xmlns:o="http://owncloud.org/ns"><prop><o:fileid/></prop></propfind>"#;

#[tokio::test(flavor = "multi_thread")]
async fn every_folder_of_every_tree_says_what_may_be_made_in_it() {
    let gateway = world().await;
    for login in ["petra", "jansen", "bos", "devries", "yilmaz"] {
        let who = Person::new(&gateway, login);
        let (mut seen, mut open) = (0, 0);
        for folder in folders(&who).await {
            let told = who.send("PROPFIND", &folder, &[("Depth", "1")], LETTERS).await;
            let letters = told.element("O:permissions").unwrap().to_owned();
            let file = who.ask("PUT", &format!("{folder}nieuw.txt"), &[]).await;
            let made = who.ask("MKCOL", &format!("{folder}nieuw"), &[]).await;
            // What is refused for its content, or for its name, could be put there.
            let can = |status| [201, 204, 422].contains(&status);
            let says = format!("{login} {folder} {letters}: PUT {file}, MKCOL {made}");
            assert_eq!(
                (letters.contains('C'), letters.contains('K')),
                (can(file), can(made)),
                "{says}"
            );
            // In the list of the folder above it is told alike.
            let trimmed = folder.trim_end_matches('/');
            if let Some((above, name)) = trimmed.rsplit_once('/') {
                let listing =
                    who.send("PROPFIND", &format!("{above}/"), &[("Depth", "1")], LETTERS).await;
                let end = format!("/{}/", crate::http::uri(name));
                let links = listing.links();
                let at = links.iter().position(|link| link.ends_with(&end)).expect(&says);
                let entry = listing.body.split("<D:response>").nth(at + 1).unwrap().to_owned();
                let entry = Answer { body: entry, ..listing };
                assert_eq!(entry.element("O:permissions").unwrap(), letters, "{says}");
            }
            seen += 1;
            open += usize::from(can(file));
        }
        assert!(seen > 5 && open > 0, "{login} sees {seen} folders, and {open} take files");
    }
}

/// The owner's name and the size of what is at a path, each as it is told.
async fn owner(who: &Person, path: &str) -> (Option<String>, Option<String>) {
    let found = who.send("PROPFIND", path, &[("Depth", "0")], OWNERS).await;
    assert_eq!(found.status, 207, "{path}");
    let told = |name| found.element(name).map(str::to_owned);
    let told = (told("O:owner-display-name"), told("O:size"));
    for (value, name) in [(&told.0, "<O:owner-display-name/>"), (&told.1, "<O:size/>")] {
        let missing = found.body.rsplit("<D:propstat>").next().unwrap();
        let said = missing.contains(name) && missing.contains("404 Not Found");
        assert_eq!(value.is_none(), said, "{path}: {}", found.body);
    }
    told
}

#[tokio::test]
async fn whose_a_document_is_says_the_name_that_its_viewer_knows_and_no_other() {
    let gateway = Gateway::start().await;
    let [petra, jansen, devries] =
        ["petra", "jansen", "devries"].map(|login| Person::new(&gateway, login));
    let office = "/Werkgevers/Bakkerij Jansen BV";
    let journal = String::from_utf8(pdf("journaal")).unwrap();
    petra.put(&format!("{office}/Gedeeld met werkgever/k.txt"), "k").await;
    petra.put(&format!("{office}/Overzichten/Journaalposten/2026/j.pdf"), &journal).await;
    jansen.put("/Werknemers/0042 A. de Vries/Gedeeld met werknemer/w.txt", "w").await;
    devries.put(&format!("{office}/Gedeeld met werkgever/v.txt"), "four").await;
    devries.make(&format!("{OWN}/map")).await;
    let from = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/v.txt";
    let employee = Some("A. de Vries".to_owned());
    let four = Some("4".to_owned());
    assert_eq!(owner(&jansen, from).await, (employee.clone(), four.clone()));
    let to = [("Destination", &*jansen.url("/Gedeeld met kantoor/v.txt"))];
    assert_eq!(jansen.ask("COPY", from, &to).await, 201);
    let one = Some("1".to_owned());
    let employer = Some("Bakkerij Jansen BV".to_owned());
    for (who, path, name, size) in [
        // What was forwarded stays the employee's.
        (&jansen, "/Gedeeld met kantoor/v.txt", &employee, &four),
        (&petra, &*format!("{office}/Gedeeld door werkgever/v.txt"), &employee, &four),
        (
            &petra,
            &format!("{office}/Overzichten/Journaalposten/2026/j.pdf"),
            &employer,
            &Some(journal.len().to_string()),
        ),
        (&devries, &format!("{office}/Gedeeld door werkgever/w.txt"), &employer, &one),
        (&devries, &format!("{office}/Gedeeld met werkgever/v.txt"), &employee, &four),
        // An employer's tree has no name for its office.
        (&jansen, "/Gedeeld door kantoor/k.txt", &None, &one),
        // How much is in a folder nobody counted, and a folder of the tree is nobody's.
        (&devries, &format!("{OWN}/map"), &employee, &None),
        (&devries, OWN, &None, &None),
    ] {
        let told = owner(who, path).await;
        assert_eq!(told, (name.clone(), size.clone()), "{path}");
    }
}

/// The id of what is at a path; `None` of a folder of the tree itself.
async fn id(who: &Person, path: &str) -> Option<String> {
    let found = who.send("PROPFIND", path, &[("Depth", "0")], IDS).await;
    assert_eq!(found.status, 207, "{path}");
    let id = found.element("O:fileid").map(str::to_owned);
    assert!(id.as_ref().is_none_or(|id| !id.is_empty()), "{path}");
    assert_eq!(id.is_none(), found.body.contains("404 Not Found"), "{path}: {}", found.body);
    id
}

#[tokio::test]
async fn a_document_keeps_its_id_whatever_becomes_of_it_and_whoever_asks() {
    let gateway = Gateway::start().await;
    let [petra, jansen, devries] =
        ["petra", "jansen", "devries"].map(|login| Person::new(&gateway, login));
    let moves = async |who: &Person, from: &str, to: &str| {
        let to = who.url(to);
        assert!(
            [201, 204].contains(&who.ask("MOVE", from, &[("Destination", &to)]).await),
            "{from}"
        );
    };
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    let (map, other) = (format!("{OWN}/map"), format!("{OWN}/andere map"));
    devries.make(&map).await;
    let file = format!("{map}/a.txt");
    let put = devries.send("PUT", &file, &[], "a").await;
    let document = put.header("oc-fileid").map(str::to_owned);
    let folder = id(&devries, &map).await;
    assert!(document.is_some() && folder.is_some() && document != folder);
    assert_eq!(id(&devries, &file).await, document);
    let again = devries.send("PUT", &file, &[], "written over").await;
    assert_eq!(again.header("oc-fileid").map(str::to_owned), document);
    moves(&devries, &file, &format!("{map}/b.txt")).await;
    assert_eq!(id(&devries, &format!("{map}/b.txt")).await, document, "renamed");
    moves(&devries, &map, &other).await;
    assert_eq!(id(&devries, &other).await, folder, "a folder renamed");
    assert_eq!(id(&devries, &format!("{other}/b.txt")).await, document, "in a folder renamed");
    devries.put(&format!("{OWN}/nieuw.tmp"), "moved over").await;
    moves(&devries, &format!("{OWN}/nieuw.tmp"), &format!("{other}/b.txt")).await;
    assert_eq!(id(&devries, &format!("{other}/b.txt")).await, document, "moved over");
    moves(&devries, &format!("{other}/b.txt"), &format!("{shared}/c.txt")).await;
    assert_eq!(id(&devries, &format!("{shared}/c.txt")).await, document, "shared");
    let seen = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/c.txt";
    assert_eq!(id(&jansen, seen).await, document, "by its employer");
    moves(&jansen, seen, "/Gedeeld met kantoor/d.txt").await;
    assert_eq!(id(&jansen, "/Gedeeld met kantoor/d.txt").await, document, "forwarded");
    let forwarded = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/d.txt";
    assert_eq!(id(&petra, forwarded).await, document, "by the office");
    let copy = devries.url(&format!("{OWN}/kopie.txt"));
    let copied = devries.ask("COPY", &format!("{shared}/c.txt"), &[("Destination", &copy)]).await;
    assert_eq!(copied, 201);
    assert_ne!(id(&devries, &format!("{OWN}/kopie.txt")).await, document, "a copy is another");
    moves(&devries, &format!("{shared}/c.txt"), &format!("{OWN}/e.txt")).await;
    assert_eq!(id(&devries, &format!("{OWN}/e.txt")).await, document, "taken back");
    devries.put(&format!("{shared}/c.txt"), "another").await;
    assert_ne!(id(&devries, &format!("{shared}/c.txt")).await, document, "under its old name");
    assert_eq!(devries.ask("DELETE", &format!("{OWN}/e.txt"), &[]).await, 204);
    gateway.clock.advance(61_000);
    devries.put(&format!("{OWN}/e.txt"), "anew").await;
    assert_ne!(id(&devries, &format!("{OWN}/e.txt")).await, document, "after it was deleted");
    assert_eq!(id(&devries, OWN).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_two_documents_of_a_tree_have_one_id() {
    let gateway = world().await;
    for login in ["petra", "jansen", "bos", "devries", "yilmaz"] {
        let who = Person::new(&gateway, login);
        let mut all = BTreeSet::new();
        for folder in folders(&who).await {
            let found = who.send("PROPFIND", &folder, &[("Depth", "1")], IDS).await;
            // The folder itself was in the list of the one above.
            let entries = found.body.split("<D:response>").skip(if folder == "/" { 1 } else { 2 });
            for entry in entries {
                let id = entry.split("<O:fileid>").nth(1).and_then(|rest| rest.split('<').next());
                assert!(id.is_none_or(|id| all.insert(id.to_owned())), "{login} {entry}");
            }
        }
        assert!(all.len() > 1, "{login}: {all:?}");
    }
}
