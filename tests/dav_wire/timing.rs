//! Time does not tell what is there: what is foreign, or hidden, takes as long as what is missing.

use crate::OWN;
use crate::common::{Gateway, hidden, pdf, takes_the_same_time};
use crate::http::Person;

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
const BOS: &str = "/Werkgevers/Garage Bos";
const MANY: usize = 1_000;

/// Asks for one and the other in turn: each is answered like this, as fast.
async fn same(person: &Person, method: &str, status: u16, there: &str, not: &str) {
    let headers: &[_] = if method == "PROPFIND" { &[("Depth", "1")] } else { &[] };
    takes_the_same_time(async |foreign| {
        let path = if foreign { there } else { not };
        let answer = person.send(method, path, headers, "").await;
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.head);
    })
    .await;
}

#[tokio::test]
async fn what_belongs_to_others_takes_as_long_as_what_is_missing() {
    let gateway = Gateway::start().await;
    let (devries, jansen) = (Person::new(&gateway, "devries"), Person::new(&gateway, "jansen"));
    devries.make(&format!("{OWN}/map")).await;
    devries.put(&format!("{OWN}/map/groot.txt"), &"x".repeat(300_000)).await;
    for (method, status, there, not) in [
        ("GET", 404, "/Mijn bestanden/map/groot.txt", "/Mijn bestanden/nix/groot.txt"),
        (
            "PROPFIND",
            404,
            "/Werkgevers/Garage Bos/Overzichten",
            "/Werkgevers/Garage Nix/Overzichten",
        ),
        (
            "PUT",
            409,
            "/Werknemers/7 S. Yilmaz/Gedeeld met werknemer/a",
            "/Werknemers/9 X/Gedeeld met werknemer/a",
        ),
        ("DELETE", 404, "/Werknemers/7 S. Yilmaz", "/Werknemers/9 X. Yilmaz"),
    ] {
        same(&jansen, method, status, there, not).await;
    }
}

#[tokio::test]
async fn what_is_hidden_among_what_one_sees_takes_as_long_as_what_is_missing() {
    let gateway = Gateway::start().await;
    let [petra, jansen, devries, bos] =
        ["petra", "jansen", "devries", "bos"].map(|login| Person::new(&gateway, login));
    let payslip = String::from_utf8(pdf("x")).unwrap();
    devries.put(&format!("{SHARED}/weg.txt"), "forwarded").await;
    devries.put(&format!("{SHARED}/hier.txt"), "shared").await;
    devries.put(&format!("{SHARED}/._hier.txt"), "of a system").await;
    let to = jansen.url("/Gedeeld met kantoor/weg.txt");
    assert_eq!(jansen.ask("MOVE", &format!("{SEEN}/weg.txt"), &[("Destination", &to)]).await, 201);
    bos.put("/Employees/7 S. Yilmaz/Payslip 2026-11.pdf", &payslip).await;
    petra.put(&format!("{BOS}/Werknemers/7 S. Yilmaz/Loonstrook 2026-10.pdf"), &payslip).await;
    let shelf = format!("{BOS}/Werknemers/7 S. Yilmaz/Loonstroken/2026");
    for (person, folder, hidden, missing) in [
        // A document that was forwarded by moving, and what a system left behind.
        (&jansen, SEEN, "weg.txt", "nix.txt"),
        (&jansen, SEEN, "._hier.txt", "._nix.txt"),
        // What another placed on the same shelf.
        (&petra, &shelf, "Loonstrook 2026-11.pdf", "Loonstrook 2026-12.pdf"),
    ] {
        for method in ["GET", "HEAD", "PROPFIND", "DELETE"] {
            let (there, not) = (format!("{folder}/{hidden}"), format!("{folder}/{missing}"));
            same(person, method, 404, &there, &not).await;
        }
    }
}

/// Listings of folders in which much, or nothing, is hidden.
#[tokio::test(flavor = "multi_thread")]
async fn a_listing_takes_as_long_whatever_is_hidden_in_it() {
    let gateway = Gateway::start().await;
    let jansen = Person::new(&gateway, "jansen");
    let devries = Person::new(&gateway, "devries");
    for folder in ["veel", "leeg"] {
        devries.make(&format!("{SHARED}/{folder}")).await;
    }
    for i in 0..MANY {
        hidden::put(&gateway, "devries", &format!("{SHARED}/veel/._{i}.pdf")).await;
    }
    let (many, none) = (format!("{SEEN}/veel"), format!("{SEEN}/leeg"));
    let told = jansen.find(&many, "1").await;
    assert_eq!(told.links().len(), 1, "none of it is listed");
    same(&jansen, "PROPFIND", 207, &many, &none).await;
}

/// The shelf of an employee, on which its employer placed much and the office nothing, or little.
#[tokio::test(flavor = "multi_thread")]
async fn a_shelf_takes_as_long_whatever_another_placed_on_it() {
    let gateway = Gateway::start().await;
    let petra = Person::new(&gateway, "petra");
    for i in 0..MANY {
        hidden::put(&gateway, "bos", &format!("/Employees/7 S. Yilmaz/Payslip 2026-11 {i}.pdf"))
            .await;
    }
    let employee = format!("{BOS}/Werknemers/7 S. Yilmaz");
    let (there, not) =
        (format!("{employee}/Loonstroken/2026"), format!("{employee}/Loonstroken/2025"));
    same(&petra, "PROPFIND", 404, &there, &not).await;
    let (kind, no_kind) = (format!("{employee}/Loonstroken"), format!("{employee}/Jaaropgaven"));
    same(&petra, "PROPFIND", 404, &kind, &no_kind).await;
    // With one of its own on each.
    for period in ["2026-10", "2025-10"] {
        hidden::put(&gateway, "petra", &format!("{employee}/Loonstrook {period}.pdf")).await;
    }
    same(&petra, "PROPFIND", 207, &there, &not).await;
    // One of the many against none of that name.
    let (hidden, missing) = (format!("{there}/Loonstrook 2026-11 7.pdf"), format!("{there}/7.pdf"));
    for method in ["GET", "PROPFIND", "DELETE"] {
        same(&petra, method, 404, &hidden, &missing).await;
    }
}
