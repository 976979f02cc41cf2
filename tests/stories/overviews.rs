//! Overviews that an office places with an employer.

use crate::client::{Client, Told};
use crate::common::pdf;
use crate::world::{FOR_DEVRIES, MINE, PLACED, World, at};
use loondossier::dossier::{Error, Language, Refusal};

const RECEIVED: &str = "/Overzichten/Journaalposten/2026";

pub(crate) async fn an_office_places_an_overview_for_an_employer(world: World) {
    let [petra, jansen, bos] = world.clients(["petra", "jansen", "bos"]).await;
    let [devries, yilmaz] = world.clients(["devries", "yilmaz"]).await;
    let (name, content) = ("Journaalpost 2026-11.pdf", pdf("journal"));
    petra.puts(&at(PLACED, name), &content).await;
    petra.reads(&at(PLACED, name), &content).await;
    jansen.sees("/Overzichten", &["Journaalposten"]).await;
    jansen.sees("/Overzichten/Journaalposten", &["2026"]).await;
    jansen.reads(&at(RECEIVED, name), &content).await;
    petra.has_no(&at("/Werkgevers/Garage Bos/Overzichten/Journaalposten/2026", name)).await;
    bos.sees("/Overviews", &[]).await;
    bos.has_no("/Overviews/Journal entries").await;
    bos.has_no("/Overviews/Journal entries/2026/Journal entry 2026-11.pdf").await;
    for employee in [devries, yilmaz] {
        employee.has_no("/Werkgevers/Bakkerij Jansen BV/Journaalposten").await;
        employee.has_no("/Overzichten").await;
    }
}

pub(crate) async fn each_sees_an_overview_in_its_own_language(world: World) {
    let [petra, bos] = world.clients(["petra", "bos"]).await;
    let placed = "/Werkgevers/Garage Bos/Overzichten/Journaalposten/2026";
    petra.puts(&at(placed, "Journaalpost 2026-11.pdf"), &pdf("journal")).await;
    petra.puts(&at(placed, "Toelichting.pdf"), &pdf("notes")).await;
    petra.sees(placed, &["Journaalpost 2026-11.pdf", "Toelichting.pdf"]).await;
    let received = "/Overviews/Journal entries/2026";
    bos.sees(received, &["Journal entry 2026-11.pdf", "Toelichting.pdf"]).await;
    bos.reads(&at(received, "Journal entry 2026-11.pdf"), &pdf("journal")).await;
    bos.reads(&at(received, "Toelichting.pdf"), &pdf("notes")).await;
}

pub(crate) async fn an_office_replaces_and_withdraws_what_it_placed(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let name = "Journaalpost 2026-11.pdf";
    petra.puts(&at(PLACED, name), &pdf("first")).await;
    petra.puts(&at(PLACED, name), &pdf("second")).await;
    jansen.sees(RECEIVED, &[name]).await;
    jansen.reads(&at(RECEIVED, name), &pdf("second")).await;
    let log = String::from_utf8(jansen.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    assert!(log.contains(";aangeleverd;") && log.contains(";nieuwe versie aangeleverd;"), "{log}");
    petra.deletes(&at(PLACED, name)).await;
    petra.sees(PLACED, &[]).await;
    jansen.has_no(&at(RECEIVED, name)).await;
    jansen.sees("/Overzichten", &[]).await;
    let log = String::from_utf8(jansen.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    assert!(log.contains(";ingetrokken;"), "{log}");
}

pub(crate) async fn an_empty_file_hides_an_overview_and_goes_with_it(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let name = "Journaalpost 2026-11.pdf";
    // A name with the word of the other language is the same name.
    for over in [name, "Journal entry 2026-11.pdf"] {
        petra.puts(&at(PLACED, "ander.pdf"), &pdf("another")).await;
        petra.puts(&at(PLACED, name), &pdf("first")).await;
        petra.puts(&at(PLACED, over), b"").await;
        petra.sees(PLACED, &[over, "ander.pdf"]).await;
        petra.reads(&at(PLACED, over), b"").await;
        jansen.reads(&at(RECEIVED, name), &pdf("first")).await;
        petra.puts(&at(PLACED, over), &pdf("second")).await;
        petra.sees(PLACED, &[name, "ander.pdf"]).await;
        jansen.reads(&at(RECEIVED, name), &pdf("second")).await;
        petra.puts(&at(PLACED, over), b"").await;
        petra.deletes(&at(PLACED, over)).await;
        petra.has_no(&at(PLACED, over)).await;
        petra.sees(PLACED, &["ander.pdf"]).await;
        jansen.has_no(&at(RECEIVED, name)).await;
        let log = String::from_utf8(jansen.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
        assert!(log.lines().last().unwrap().contains(";ingetrokken;"), "{log}");
    }
}

pub(crate) async fn what_a_system_leaves_behind_makes_no_year_and_no_kind(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let years = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Verlofstanden";
    for name in ["._x.pdf", ".DS_Store", "THUMBS.DB"] {
        petra.puts(&at(years, &format!("2025/{name}")), b"of a system").await;
    }
    petra.sees(&at(years, "2025"), &[".DS_Store", "._x.pdf", "THUMBS.DB"]).await;
    petra.sees(years, &["2026"]).await;
    jansen.sees("/Overzichten", &[]).await;
    jansen.has_no("/Overzichten/Verlofstanden").await;
    jansen.has_no("/Overzichten/Verlofstanden/2025").await;
    petra.puts(&at(years, "2025/x.pdf"), &pdf("x")).await;
    jansen.sees("/Overzichten/Verlofstanden/2025", &["x.pdf"]).await;
}

pub(crate) async fn a_withdrawal_says_whether_anybody_has_what_was_withdrawn(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    for name in ["ongezien.pdf", "geopend.pdf", "gekopieerd.pdf", "stil gekopieerd.pdf"] {
        petra.puts(&at(PLACED, name), &pdf(name)).await;
    }
    // Under a name that no log tells of.
    jansen.copies(&at(RECEIVED, "stil gekopieerd.pdf"), &at(MINE, "._a.pdf")).await;
    jansen.reads(&at(RECEIVED, "geopend.pdf"), &pdf("geopend.pdf")).await;
    jansen.copies(&at(RECEIVED, "gekopieerd.pdf"), &at(MINE, "kopie.pdf")).await;
    for (name, said) in [
        ("ongezien.pdf", "was niet geopend"),
        ("geopend.pdf", "was geopend"),
        ("gekopieerd.pdf", "was geopend"),
        ("stil gekopieerd.pdf", "was geopend"),
    ] {
        petra.deletes(&at(PLACED, name)).await;
        let log = String::from_utf8(petra.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
        let line = log.lines().last().unwrap();
        assert!(line.contains(name) && line.contains(said), "{line}");
    }
}

pub(crate) async fn an_overview_is_not_changed_by_who_receives_it(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let name = "Journaalpost 2026-11.pdf";
    petra.puts(&at(PLACED, name), &pdf("journal")).await;
    let received = at(RECEIVED, name);
    jansen.may_not_delete(&received).await;
    jansen.may_not_put(&received).await;
    jansen.may_not_put(&at(RECEIVED, "Eigen.pdf")).await;
    jansen.may_not_move(&received, &at(MINE, name)).await;
    jansen.may_not_move(&received, &at(RECEIVED, "Anders.pdf")).await;
    jansen.may_not_delete(RECEIVED).await;
    jansen.may_not_make(&at(RECEIVED, "map")).await;
    jansen.copies(&received, &at(MINE, name)).await;
    jansen.reads(&at(MINE, name), &pdf("journal")).await;
    jansen.reads(&received, &pdf("journal")).await;
}

pub(crate) async fn an_overview_is_a_whole_pdf_or_xml(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    for (name, content, why) in [
        ("Journaalpost 2026-11.pdf", &b"MZ no pdf"[..], Refusal::Type),
        ("Journaalpost 2026-11.pdf", b"%PDF-1.4 cut short", Refusal::Empty),
        ("Journaalpost 2026-11.xml", b"no xml", Refusal::Type),
        ("Journaalpost 2026-11 123456782.pdf", b"%PDF-1.4\n%%EOF", Refusal::Bsn),
    ] {
        let sentence = Error::Refused(why).sentence(Language::Nl);
        assert_eq!(petra.put(&at(PLACED, name), content).await, Told::Refused(sentence), "{name}");
        petra.has_no(&at(PLACED, name)).await;
    }
    jansen.sees("/Overzichten", &[]).await;
    let xml = b"<?xml version=\"1.0\"?><a/>";
    petra.puts(&at(PLACED, "Journaalpost 2026-11.xml"), xml).await;
    jansen.reads(&at(RECEIVED, "Journaalpost 2026-11.xml"), xml).await;
}

pub(crate) async fn who_withdraws_is_told_whether_it_had_been_opened(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let payslip = "Loonstrook 2026-11.pdf";
    for name in ["gezien.pdf", "ongezien.pdf"] {
        petra.puts(&at(PLACED, name), &pdf(name)).await;
    }
    petra.puts(&at(FOR_DEVRIES, payslip), &pdf("opened")).await;
    jansen.reads(&at(RECEIVED, "gezien.pdf"), &pdf("gezien.pdf")).await;
    jansen.sees(RECEIVED, &["gezien.pdf", "ongezien.pdf"]).await;
    // Its placer's own look does not count.
    petra.reads(&at(PLACED, "ongezien.pdf"), &pdf("ongezien.pdf")).await;
    let year = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026";
    devries.reads(&at(year, payslip), &pdf("opened")).await;
    petra.deletes(&at(PLACED, "gezien.pdf")).await;
    petra.deletes(&at(PLACED, "ongezien.pdf")).await;
    petra.deletes(&at(FOR_DEVRIES, payslip)).await;
    let log = async |client: &Client| {
        String::from_utf8(client.get("/Logboek/2026-11.csv").await.unwrap()).unwrap()
    };
    let own = log(&petra).await;
    for line in [
        ";ingetrokken;gezien.pdf;was geopend;",
        ";ingetrokken;ongezien.pdf;was niet geopend;",
        ";ingetrokken;Loonstrook 2026-11.pdf;was geopend;",
    ] {
        assert!(own.contains(line), "{line} in {own}");
    }
    for receiver in [&jansen, &devries] {
        let told = log(receiver).await;
        assert!(told.contains(";ingetrokken;"), "{told}");
        assert!(!told.contains("was geopend") && !told.contains("was niet geopend"), "{told}");
    }
}
