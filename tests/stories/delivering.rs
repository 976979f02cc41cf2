//! What payroll software hands in at `/Aanleveren`: whose it is by its name, its folder or where it is put,
//! and what becomes of it (PRODUCT.md section 5).

use crate::client::Told;
use crate::common::pdf;
use crate::world::{
    BY_NAME, DROP, FOR_DEVRIES, HOUR, MINE, NAME, OF_DEVRIES, World, at, receipts, refused, text,
};
use loondossier::dossier::Refusal;

pub(crate) async fn a_name_says_whose_a_delivery_is(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    petra.sees(DROP, &["Afgewezen", "Ontvangst"]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("payslip")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("payslip")).await;
    jansen.reads(&at("/Werknemers/0042 A. de Vries/Loonstroken/2026", NAME), &pdf("payslip")).await;
    petra.puts(&at(DROP, "123456782L01_journaal_2026-11_v2.pdf"), &pdf("journal")).await;
    let journal = "/Overzichten/Journaalposten/2026/Journaalpost 2026-11 v2.pdf";
    jansen.reads(journal, &pdf("journal")).await;
    petra.reads(&at("/Werkgevers/Bakkerij Jansen BV", journal), &pdf("journal")).await;
    devries.sees("/Werkgevers/Bakkerij Jansen BV/Loonstroken", &["2026"]).await;
    assert!(!receipts(&petra).await.contains("afgewezen"));
}

pub(crate) async fn a_folder_says_whose_a_delivery_is(world: World) {
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    petra.puts("/Aanleveren/123456782L01/0042/Loonstrook 2026-11.pdf", &pdf("a")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    petra.sees("/Aanleveren", &["123456782L01", "Afgewezen", "Ontvangst"]).await;
    petra.sees("/Aanleveren/123456782L01/0042", &[NAME]).await;
    // What is listed has its name for an hour, to a folder too.
    let folder = petra.make_folder("/Aanleveren/123456782L01/0042/Loonstrook 2026-11.pdf").await;
    assert_eq!(folder, Told::Taken);
    petra.makes("/Aanleveren/123456782L01").await;
    petra.puts("/Aanleveren/123456782L01/journaal-2026-10.pdf", &pdf("b")).await;
    jansen.reads("/Overzichten/Journaalposten/2026/Journaalpost 2026-10.pdf", &pdf("b")).await;
    // The same number without its zeros is the same employee.
    petra.puts("/Aanleveren/123456782L01/42/loonstrook_2026-10.pdf", &pdf("c")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf"), &pdf("c")).await;
    let other = "/Aanleveren/123456782L01/0043/123456782L01_0042_loonstrook_2026-09.pdf";
    assert_eq!(petra.put(other, &pdf("d")).await, refused(Refusal::Ambiguous));
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-10.pdf", NAME]).await;
}

pub(crate) async fn for_an_hour_a_delivery_is_listed_under_the_name_it_was_given(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let path = at(DROP, BY_NAME);
    petra.puts(&path, &pdf("payslip")).await;
    petra.sees(DROP, &[BY_NAME, "Afgewezen", "Ontvangst"]).await;
    assert_eq!(petra.size(&path).await, Ok(pdf("payslip").len() as u64));
    assert_eq!(petra.get(&path).await, Err(Told::Denied));
    assert_eq!(petra.set_time(&path).await, Told::Done);
    petra.may_not_move(&path, &at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf")).await;
    petra.deletes(&path).await;
    petra.has_no(&path).await;
    // Only the name is off the list.
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("payslip")).await;
    petra.puts(&path, &pdf("again")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("again")).await;
    world.gateway.clock.advance(HOUR + 1);
    petra.sees(DROP, &["Afgewezen", "Ontvangst"]).await;
    petra.has_no(&path).await;
}

pub(crate) async fn the_same_again_changes_nothing_and_anything_else_is_a_new_version(
    world: World,
) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("payslip")).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("payslip")).await;
    // The same overview by another way.
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("payslip")).await;
    petra.puts("/Aanleveren/123456782L01/0042/loonstrook 2026-11.pdf", &pdf("new")).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("new")).await;
    let receipts = receipts(&petra).await;
    let states: Vec<_> = receipts.lines().skip(1).map(|l| l.split(';').nth(5).unwrap()).collect();
    assert_eq!(states, ["aangenomen", "ongewijzigd", "ongewijzigd", "nieuwe versie"]);
    let nodes: Vec<_> = receipts.lines().skip(1).map(|l| l.split(';').nth(6).unwrap()).collect();
    assert!(nodes.iter().all(|node| *node == nodes[0] && node.len() == 32), "{nodes:?}");
}

pub(crate) async fn an_employer_delivers_for_itself_alone(world: World) {
    let [jansen, devries] = world.clients(["jansen", "devries"]).await;
    jansen.puts(&at(DROP, BY_NAME), &pdf("own")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("own")).await;
    jansen.puts(&at(DROP, "123456782L01_serie_2026-11.pdf"), &pdf("all")).await;
    jansen
        .reads("/Overzichten/Serie-overzichten/2026/Serie-overzicht 2026-11.pdf", &pdf("all"))
        .await;
    let other = at(DROP, "111222333L01_7_loonstrook_2026-11.pdf");
    assert_eq!(jansen.put(&other, &pdf("x")).await, refused(Refusal::Lhn));
}

pub(crate) async fn an_own_file_is_delivered_by_moving_or_copying_it(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(MINE, "a.pdf"), &pdf("a")).await;
    petra.copies(&at(MINE, "a.pdf"), &at(DROP, BY_NAME)).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    let bad = petra.rename(&at(MINE, "a.pdf"), &at(DROP, "a.pdf"), false).await;
    assert_eq!(bad, refused(Refusal::Name));
    petra.reads(&at(MINE, "a.pdf"), &pdf("a")).await;
    petra.moves(&at(MINE, "a.pdf"), &at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf")).await;
    petra.has_no(&at(MINE, "a.pdf")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf"), &pdf("a")).await;
}

pub(crate) async fn what_another_shared_or_delivered_is_not_copied_into_a_delivery(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let (by_devries, of_yilmaz) =
        ("/Werknemers/0042 A. de Vries/Gedeeld door werknemer", "/Werknemers/0043 S. Yilmaz");
    devries.puts("/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/ziek.pdf", &pdf("z")).await;
    jansen.copies(&at(by_devries, "ziek.pdf"), "/Gedeeld met kantoor/ziek.pdf").await;
    jansen.puts("/Gedeeld met kantoor/contract.pdf", &pdf("c")).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("a")).await;
    let payslip = "/Werknemers/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-11.pdf";
    for from in [at(by_devries, "ziek.pdf"), payslip.to_owned()] {
        jansen.may_not_copy(&from, &at(of_yilmaz, "Loonstrook 2026-11.pdf")).await;
    }
    let by_jansen = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";
    let shelf = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
    for name in ["ziek.pdf", "contract.pdf"] {
        let new = "123456782L01_0042_loonstrook_2026-09.pdf";
        petra.may_not_copy(&at(by_jansen, name), &at(DROP, new)).await;
        petra.may_not_copy(&at(by_jansen, name), &at(shelf, name)).await;
    }
    // What it placed itself it delivers again.
    petra.puts(&at(shelf, "j.pdf"), &pdf("j")).await;
    petra.copies(&at(shelf, "j.pdf"), &at(DROP, "123456782L01_journaal_2026-09.pdf")).await;
}

pub(crate) async fn two_administrations_of_one_employer_are_kept_apart(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let two = (
        "roster.toml",
        "administrations = [\"123456782L01\"]",
        "administrations = [\"123456782L01\", \"123456782L02\"]",
    );
    world.roster(&[two]).await;
    for (lhn, text) in [("L01", "one"), ("L02", "two"), ("L01", "one, new")] {
        petra.puts(&at(DROP, &format!("123456782{lhn}_journaal_2026-11.pdf")), &pdf(text)).await;
    }
    let shelf = "/Overzichten/Journaalposten/2026";
    jansen.sees(shelf, &["Journaalpost 2026-11 (2).pdf", "Journaalpost 2026-11.pdf"]).await;
    jansen.reads(&at(shelf, "Journaalpost 2026-11.pdf"), &pdf("one, new")).await;
    jansen.reads(&at(shelf, "Journaalpost 2026-11 (2).pdf"), &pdf("two")).await;
}

pub(crate) async fn what_was_misdelivered_is_taken_back_with_proof(world: World) {
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("for somebody else")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("for somebody else")).await;
    let receipts = receipts(&petra).await;
    let node = receipts.lines().nth(1).unwrap().rsplit(';').next().unwrap();
    let vfs = &world.gateway.vfs;
    let withdrawn = vfs.withdraw(node, "verkeerde\nmedewerker").await.unwrap();
    assert!(withdrawn.opened && withdrawn.name == NAME, "{withdrawn:?}");
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    jansen.has_no("/Werknemers/0042 A. de Vries/Loonstroken").await;
    for (client, detail) in [
        (&petra, "was geopend; verkeerde medewerker"),
        (&devries, "verkeerde medewerker"),
        (&jansen, "verkeerde medewerker"),
    ] {
        let log = text(client, "/Logboek/2026-11.csv").await;
        let line = log.lines().find(|line| line.contains(";ingetrokken;")).unwrap();
        assert!(line.contains("de beheerder") && line.contains(detail), "{line}");
    }
    assert!(vfs.withdraw(node, "again").await.is_err());
    // Delivered again it is a new document.
    petra.puts(&at(DROP, BY_NAME), &pdf("right")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("right")).await;
}

pub(crate) async fn what_is_on_paper_stays_there_whatever_is_agreed_later(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let path = at(DROP, "123456782L01_0044_loonstrook_2026-11.pdf");
    petra.puts(&path, &pdf("paper")).await;
    assert!(receipts(&petra).await.contains(";op papier;"));
    world.roster(&[("jansen.csv", "2021-01-01;;;\n", "2021-01-01;;2026-11-24;\n")]).await;
    petra.puts(&path, &pdf("digital")).await;
    let folder = "/Werknemers/0044 B. Zonder";
    jansen.reads(&at(folder, "Op papier/2026/Loonstrook 2026-11.pdf"), &pdf("paper")).await;
    jansen.reads(&at(folder, "Loonstroken/2026/Loonstrook 2026-11.pdf"), &pdf("digital")).await;

    // An employee does not see what was put on paper for it, before it agrees and after.
    world.roster(&[("jansen.csv", "2019-03-01;;2019-02-20;", "2019-03-01;;;")]).await;
    let path = at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf");
    petra.puts(&path, &pdf("paper")).await;
    let paper = "/Werknemers/0042 A. de Vries/Op papier/2026";
    jansen.sees(paper, &["Loonstrook 2026-10.pdf"]).await;
    let employer = "/Werkgevers/Bakkerij Jansen BV";
    let digital = at(employer, "Loonstroken/2026/Loonstrook 2026-10.pdf");
    devries.has_no(&digital).await;
    devries.has_no(&at(employer, "Op papier")).await;
    world.roster(&[]).await;
    devries.has_no(&digital).await;
    petra.puts(&path, &pdf("digital")).await;
    devries.reads(&digital, &pdf("digital")).await;
    devries.has_no(&at(employer, "Op papier")).await;
    jansen.reads(&at(paper, "Loonstrook 2026-10.pdf"), &pdf("paper")).await;
}

pub(crate) async fn a_long_name_is_cut_where_a_receiver_could_not_have_it(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    // In Dutch its first word is longer.
    let given = |end: &str| format!("payslip 2026-11 {}{end}.pdf", "x".repeat(235 - end.len()));
    for end in ["", "y"] {
        petra.puts(&at(FOR_DEVRIES, &given(end)), &pdf(end)).await;
        assert_eq!(petra.size(&at(FOR_DEVRIES, &given(end))).await, Ok(pdf(end).len() as u64));
    }
    let mut there = devries.list(OF_DEVRIES).await.unwrap();
    there.sort_by_key(|name| name.ends_with(" (2).pdf"));
    assert_eq!(there.len(), 2);
    for (name, end) in there.iter().zip(["", "y"]) {
        assert!(name.starts_with("Loonstrook 2026-11 xxx") && name.len() <= 255, "{name}");
        devries.reads(&at(OF_DEVRIES, name), &pdf(end)).await;
        devries.copies(&at(OF_DEVRIES, name), &at(MINE, name)).await;
    }
}

pub(crate) async fn what_was_shared_and_is_delivered_is_shared_no_more(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    petra.puts(&at(shared, "strook.pdf"), &pdf("a")).await;
    petra.moves(&at(shared, "strook.pdf"), &at(DROP, BY_NAME)).await;
    jansen.sees("/Gedeeld door kantoor", &[]).await;
    assert!(text(&jansen, "/Logboek/2026-11.csv").await.contains(";delen gestopt;strook.pdf;"));
}

pub(crate) async fn who_works_for_two_employers_gets_of_each_its_own(world: World) {
    let [petra, yilmaz, jansen, bos] = world.clients(["petra", "yilmaz", "jansen", "bos"]).await;
    petra.puts(&at(DROP, "123456782L01_0043_loonstrook_2026-11.pdf"), &pdf("of Jansen")).await;
    petra.puts(&at(DROP, "111222333L01_7_loonstrook_2026-11.pdf"), &pdf("of Bos")).await;
    for (employer, content) in [("Bakkerij Jansen BV", "of Jansen"), ("Garage Bos", "of Bos")] {
        let folder = format!("/Werkgevers/{employer}/Loonstroken/2026");
        yilmaz.sees(&folder, &[NAME]).await;
        yilmaz.reads(&at(&folder, NAME), &pdf(content)).await;
    }
    jansen.reads(&at("/Werknemers/0043 S. Yilmaz/Loonstroken/2026", NAME), &pdf("of Jansen")).await;
    bos.reads("/Employees/7 S. Yilmaz/Payslips/2026/Payslip 2026-11.pdf", &pdf("of Bos")).await;
    // A number of one employer is nobody's at the other.
    let other = petra.put(&at(DROP, "111222333L01_0043_loonstrook_2026-11.pdf"), &pdf("x")).await;
    assert_eq!(other, refused(Refusal::Employee));
    for (client, foreign) in [(&jansen, "Bos"), (&bos, "Jansen")] {
        let log = text(
            client,
            if foreign == "Bos" { "/Logboek/2026-11.csv" } else { "/Log/2026-11.csv" },
        );
        assert!(!log.await.contains(foreign));
    }
}
