//! What payroll software hands in at `/Aanleveren` (PRODUCT.md section 5).

use crate::client::{Client, Told};
use crate::common::{PASSWORD, pdf};
use crate::world::{
    BY_NAME, DAY, DROP, FOR_DEVRIES, HOUR, MINE, NAME, OF_DEVRIES, REFUSED, World, at, receipts,
    refused, text,
};
use loondossier::dossier::{Language, Refusal};

/// A colleague of Petra's, signed in.
async fn colleague(world: &World) -> Client {
    let both = r#"staff    = [ { login = "piet", name = "P. Bos", email = "p@visser.example" },"#;
    world
        .roster(&[(
            "roster.toml",
            "staff    = [ { login = \"petra\"",
            &format!("{both} {{ login = \"petra\""),
        )])
        .await;
    world.gateway.admin.set_password("piet", PASSWORD).await.unwrap();
    world.client("piet").await
}

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

pub(crate) async fn what_is_still_coming_waits_and_is_seen_by_its_account_alone(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let piet = colleague(&world).await;
    for folder in [DROP, "/Aanleveren/123456782L01/0042"] {
        let (part, whole) = (at(folder, "x.pdf.filepart"), at(folder, "loonstrook 2026-11.pdf"));
        petra.puts(&part, &pdf(folder)).await;
        petra.reads(&part, &pdf(folder)).await;
        piet.has_no(&part).await;
        if folder == DROP {
            assert_eq!(petra.rename(&part, &whole, false).await, refused(Refusal::Name));
        } else {
            petra.moves(&part, &whole).await;
            devries.reads(&at(OF_DEVRIES, NAME), &pdf(folder)).await;
        }
        petra.has_no(&part).await;
    }
    petra.sees(REFUSED, &["loonstrook 2026-11.pdf", "loonstrook 2026-11.pdf.reden.txt"]).await;
    // Some clients make an empty file first.
    let path = at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf");
    petra.puts(&path, b"").await;
    assert_eq!(petra.size(&path).await, Ok(0));
    piet.has_no(&path).await;
    devries.has_no(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf")).await;
    petra.puts(&path, &pdf("october")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf"), &pdf("october")).await;
}

pub(crate) async fn partial_names_and_empty_files_wait_where_overviews_are_placed(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let shelf = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
    for (folder, name) in [(shelf, "Journaal november.pdf"), (FOR_DEVRIES, NAME)] {
        petra.puts(&at(folder, name), b"").await;
        petra.sees(folder, &[name]).await;
        petra.puts(&at(folder, &format!("{name}.part")), b"half").await;
        petra.puts(&at(folder, name), &pdf(name)).await;
        petra.deletes(&at(folder, &format!("{name}.part"))).await;
    }
    jansen.sees("/Overzichten/Journaalposten/2026", &["Journaal november.pdf"]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf(NAME)).await;
    let none = petra.put(&at(shelf, "Brief.doc"), b"%PDF").await;
    assert_eq!(none, refused(Refusal::Type));
    petra.sees(REFUSED, &["Brief.doc", "Brief.doc.reden.txt"]).await;
}

pub(crate) async fn what_is_refused_is_kept_with_the_reason_and_taken_in_by_renaming(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let piet = colleague(&world).await;
    let bad = "123456782L01_0099_loonstrook_2026-11.pdf";
    assert_eq!(petra.put(&at(DROP, bad), &pdf("x")).await, refused(Refusal::Employee));
    petra.sees(DROP, &["Afgewezen", "Ontvangst"]).await;
    piet.reads(&at(REFUSED, bad), &pdf("x")).await;
    let reason = text(&piet, &at(REFUSED, &format!("{bad}.reden.txt"))).await;
    assert_eq!(reason, format!("E05: {}\r\n", Refusal::Employee.sentence(Language::Nl)));
    assert_eq!(petra.put(&at(DROP, bad), &pdf("y")).await, refused(Refusal::Employee));
    let again = format!("{} (2).pdf", bad.trim_end_matches(".pdf"));
    let texts = [format!("{bad} (2).reden.txt"), format!("{bad}.reden.txt")];
    petra.sees(REFUSED, &[&again, bad, &texts[0], &texts[1]]).await;
    // Renaming to another bad name changes nothing.
    let worse = at(REFUSED, "123456782L01_0098_loonstrook_2026-11.pdf");
    assert_eq!(petra.rename(&at(REFUSED, bad), &worse, false).await, refused(Refusal::Employee));
    petra.reads(&at(REFUSED, bad), &pdf("x")).await;
    petra.moves(&at(REFUSED, bad), &at(REFUSED, BY_NAME)).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("x")).await;
    petra.sees(REFUSED, &[&again, &texts[0]]).await;
    petra.deletes(&at(REFUSED, &texts[0])).await;
    petra.copies(&at(REFUSED, &again), &at(MINE, "y.pdf")).await;
    petra.deletes(&at(REFUSED, &again)).await;
    petra.sees(REFUSED, &[]).await;
    assert!(receipts(&petra).await.contains(";afgewezen E05;"));
    petra.may_not_put(&at(REFUSED, "x.pdf")).await;
}

pub(crate) async fn what_is_refused_again_and_again_is_kept_each_time(world: World) {
    let petra = world.client("petra").await;
    for n in 1..=50 {
        let told = petra.put(&at(DROP, "slecht.pdf"), &pdf(&n.to_string())).await;
        assert_eq!(told, refused(Refusal::Name), "{n}");
    }
    let kept = petra.list(REFUSED).await.unwrap();
    assert_eq!(kept.len(), 2 * 50);
    assert!(kept.contains(&"slecht (50).pdf".to_owned()), "{kept:?}");
    petra.reads(&at(REFUSED, "slecht (50).pdf"), &pdf("50")).await;
}

pub(crate) async fn each_fault_has_its_code(world: World) {
    let petra = world.client("petra").await;
    let good = pdf("x");
    for (path, content, refusal) in [
        ("loonstrook.pdf", &good[..], Refusal::Name),
        ("123456789L01_0042_loonstrook_2026-11.pdf", &good, Refusal::LhnCheck),
        ("111222333L09_0042_loonstrook_2026-11.pdf", &good, Refusal::Lhn),
        ("123456782L01_0042_journaal_2026-11.pdf", &good, Refusal::Ambiguous),
        ("123456782L01_0042_strookje_2026-11.pdf", &good, Refusal::Kind),
        ("123456782L01_0042_loonstrook_2026-13.pdf", &good, Refusal::Period),
        (BY_NAME, b"PK\x03\x04", Refusal::Type),
        (BY_NAME, b"%PDF-1.4 cut", Refusal::Empty),
        ("123456782L01_journaal_2026-11.xml", b"<a><b></a>", Refusal::Empty),
        ("123456782L01_0042_loonstrook_2026-11_111222333.pdf", &good, Refusal::Bsn),
        ("123456782L01_0042_loonstrook_2010-11.pdf", &good, Refusal::Employment),
        ("123456782L01_0042_loonstrook_2026-11_111222333L01.pdf", &good, Refusal::Ambiguous),
        ("123456782L01/0042/Loonstrook 202611.pdf", &good, Refusal::Period),
    ] {
        assert_eq!(petra.put(&at(DROP, path), content).await, refused(refusal), "{path}");
    }
    for (name, refusal) in [
        ("Loonstrook 2026-11 111222333L01.pdf", Refusal::Ambiguous),
        ("Loonstrook 202611.pdf", Refusal::Period),
    ] {
        assert_eq!(petra.put(&at(FOR_DEVRIES, name), &good).await, refused(refusal), "{name}");
    }
    petra.puts(&at(DROP, "123456782L01_journaal_2026-11.xml"), b"<a><b/></a>").await;
}

pub(crate) async fn an_office_that_went_delivers_no_more(world: World) {
    let petra = world.client("petra").await;
    let fixed = (
        "roster.toml",
        "office = { id = \"kantoor-visser\", from = 2026-01-01",
        "office = { id = \"kantoor-visser\", from = 2026-01-01, until = 2026-11-01",
    );
    world.roster(&[fixed]).await;
    assert_eq!(petra.put(&at(DROP, BY_NAME), &pdf("x")).await, refused(Refusal::Ended));
}

/// What was agreed from a later day and taken back before it came never held.
pub(crate) async fn an_office_that_never_began_is_told_what_any_other_is(world: World) {
    let petra = world.client("petra").await;
    let engaged = "office = { id = \"kantoor-visser\", from = 2026-01-01, release = \"manual\", \
        payslips = \"hidden\" }\n";
    let next = "office = { id = \"loon-bv\", from = 2026-12-01 }\n";
    let employer = "[[employer]]\nid = \"bakkerij-jansen\"";
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    let with_office = ("roster.toml", employer, office);
    world.roster(&[with_office, ("roster.toml", engaged, next)]).await;
    world.roster(&[with_office, ("roster.toml", engaged, "")]).await;
    world.gateway.admin.set_password("els", PASSWORD).await.unwrap();
    world.gateway.clock.advance(8 * DAY);
    let els = world.client("els").await;
    assert_eq!(els.put(&at(DROP, BY_NAME), &pdf("x")).await, refused(Refusal::Lhn));
    assert_eq!(petra.put(&at(DROP, BY_NAME), &pdf("x")).await, refused(Refusal::Ended));
}

pub(crate) async fn a_batch_waits_for_its_manifest_and_is_taken_in_whole(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let header = "bestand;lhn;nummer;soort;periode;sha256\n";
    let lines = "a.pdf;123456782L01;0042;loonstrook;2026-11;\nb.pdf;123456782L01;0043;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(folder, "x.manifest.csv"), format!("{header}{lines}").as_bytes()).await;
    petra.sees(folder, &["a.pdf", "x.manifest.csv"]).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("b")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    yilmaz.reads(&at(OF_DEVRIES, NAME), &pdf("b")).await;
    petra.sees(folder, &["a.pdf", "b.pdf", "x.manifest.csv"]).await;
    // Nothing is made over what is listed.
    for name in ["a.pdf", "x.manifest.csv"] {
        assert_ne!(petra.make_folder(&at(folder, name)).await, Told::Done, "{name}");
    }
    petra.sees(folder, &["a.pdf", "b.pdf", "x.manifest.csv"]).await;
    let size = format!("{header}{lines}").len() as u64;
    assert_eq!(petra.size(&at(folder, "x.manifest.csv")).await, Ok(size));
    assert_eq!(petra.set_time(&at(folder, "x.manifest.csv")).await, Told::Done);
    // One that is wrong, and none is taken in.
    let wrong = lines.replace("0043", "0099").replace("2026-11", "2026-10");
    petra.puts(&at(folder, "x.manifest.csv"), format!("{header}{wrong}").as_bytes()).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("b")).await;
    assert_eq!(petra.put(&at(folder, "a.pdf"), &pdf("a")).await, refused(Refusal::Employee));
    devries.has_no(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf")).await;
    let (a, b) = (at(REFUSED, "a.pdf.reden.txt"), at(REFUSED, "b.pdf.reden.txt"));
    let line = "E15: Regel 3 van het manifest klopt niet, of past niet bij het bestand.\r\n";
    for good in [&a, &at(REFUSED, "x.manifest.csv.reden.txt")] {
        assert_eq!(text(&petra, good).await, line, "{good}");
    }
    assert!(text(&petra, &b).await.starts_with("E05"));
    petra.reads(&at(REFUSED, "x.manifest.csv"), format!("{header}{wrong}").as_bytes()).await;
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

pub(crate) async fn what_broke_off_over_a_delivery_keeps_nobody_from_withdrawing_it(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("of another")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("of another")).await;
    petra.puts(&at(FOR_DEVRIES, NAME), b"").await;
    petra.deletes(&at(FOR_DEVRIES, NAME)).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.has_no(&at(FOR_DEVRIES, NAME)).await;
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

pub(crate) async fn what_waits_too_long_is_refused(world: World) {
    let petra = world.client("petra").await;
    petra.makes("/Aanleveren/batch").await;
    for (path, content) in [
        ("123456782L01_0042_loonstrook_2026-11.pdf", &b""[..]),
        ("half.part", b"%PDF"),
        ("._x", b"of a system"),
        ("batch/a.pdf", b"%PDF"),
    ] {
        petra.puts(&at(DROP, path), content).await;
    }
    let vfs = &world.gateway.vfs;
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(REFUSED, &[]).await;
    world.gateway.clock.advance(11 * 60_000);
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(REFUSED, &[BY_NAME, &format!("{BY_NAME}.reden.txt")]).await;
    world.gateway.clock.advance(24 * HOUR);
    vfs.refuse_what_waits_too_long().await.unwrap();
    petra.sees(DROP, &["Afgewezen", "Ontvangst", "batch"]).await;
    petra.sees("/Aanleveren/batch", &[]).await;
    for (name, code) in [("half.part", "E11"), ("a.pdf", "E15")] {
        petra.reads(&at(REFUSED, name), b"%PDF").await;
        let reason = text(&petra, &at(REFUSED, &format!("{name}.reden.txt"))).await;
        assert!(reason.starts_with(code), "{reason}");
    }
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

pub(crate) async fn one_file_of_a_batch_is_for_one_receiver(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("a")).await;
    let header = "bestand;lhn;nummer;soort;periode;sha256\n";
    for (lines, wrong) in [
        (
            "a.pdf;123456782L01;0042;loonstrook;2026-11;\nA.PDF;123456782L01;0043;loonstrook;2026-11;\n",
            3,
        ),
        ("x.manifest.csv;123456782L01;0042;loonstrook;2026-11;\n", 2),
        ("../a.pdf;123456782L01;0042;loonstrook;2026-11;\n", 2),
    ] {
        let manifest = format!("{header}{lines}");
        let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
        assert_eq!(told, refused(Refusal::Line(wrong)));
    }
    petra.sees(folder, &["a.pdf"]).await;
    // Another content than it says.
    let other = "0".repeat(64);
    let manifest = format!("{header}\na.pdf;123456782L01;0042;loonstrook;2026-11;{other}\n");
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Line(3)));
    petra.sees(folder, &[]).await;
    // What its name says is not overruled, as far as that can be read.
    let of_yilmaz = "123456782L01_0043_loonstrook.pdf";
    petra.puts(&at(folder, of_yilmaz), &pdf("b")).await;
    let manifest = format!("{header}{of_yilmaz};123456782L01;0042;loonstrook;2026-11;\n");
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    for receiver in [&devries, &yilmaz] {
        receiver.has_no(&at(OF_DEVRIES, NAME)).await;
    }
    // A manifest is for a batch.
    let elsewhere = petra.put(&at(DROP, "x.manifest.csv"), header.as_bytes()).await;
    assert_eq!(elsewhere, refused(Refusal::Manifest));
}

pub(crate) async fn a_manifest_whose_rows_have_shifted_hands_nothing_to_anybody(world: World) {
    let [petra, devries, yilmaz] = world.clients(["petra", "devries", "yilmaz"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    // The last row is right, and its file lies there before the others.
    let files = ["0043_loonstrook_2026-11.pdf", "0042-loonstrook-2026-11.pdf", "a.pdf"];
    let said = ["0042;loonstrook;2026-11", "0043;loonstrook;2026-11", "0042;jaaropgave;2025"];
    let rows = files.iter().zip(said).map(|(file, said)| format!("{file};123456782L01;{said};\n"));
    let manifest = format!("bestand;lhn;nummer;soort;periode;sha256\n{}", rows.collect::<String>());
    for file in files.iter().rev() {
        petra.puts(&at(folder, file), &pdf(file)).await;
    }
    let told = petra.put(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    petra.sees(folder, &[]).await;
    for (file, code) in files.iter().zip(["E06", "E06", "E15"]) {
        let reason = text(&petra, &at(REFUSED, &format!("{file}.reden.txt"))).await;
        assert!(reason.starts_with(code), "{file}: {reason}");
    }
    let annual = "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf";
    for receiver in [&devries, &yilmaz] {
        receiver.has_no(&at(OF_DEVRIES, NAME)).await;
        receiver.has_no(annual).await;
    }
    // Mended, they are taken in.
    let [one, two] = [";0042;loonstrook", ";0043;loonstrook"];
    let mended = manifest.replace(one, ";x;").replace(two, one).replace(";x;", two);
    for file in files {
        petra.puts(&at(folder, file), &pdf(file)).await;
    }
    petra.puts(&at(folder, "x.manifest.csv"), mended.as_bytes()).await;
    yilmaz.reads(&at(OF_DEVRIES, NAME), &pdf(files[0])).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf(files[1])).await;
    devries.reads(annual, &pdf("a.pdf")).await;
}

pub(crate) async fn two_files_of_a_batch_are_never_one_overview(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let manifest = "bestand;lhn;nummer;soort;periode;sha256\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\nb.pdf;123456782L01;42;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("of de Vries")).await;
    let told = petra.put(&at(folder, "b.pdf"), &pdf("of somebody else")).await;
    assert_eq!(told, refused(Refusal::Ambiguous));
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    for name in ["a.pdf", "b.pdf"] {
        let reason = text(&petra, &at(REFUSED, &format!("{name}.reden.txt"))).await;
        assert!(reason.starts_with("E06"), "{reason}");
    }
    // The same file twice is one.
    petra.puts(&at(folder, "x.manifest.csv"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf"), &pdf("of de Vries")).await;
    petra.puts(&at(folder, "b.pdf"), &pdf("of de Vries")).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("of de Vries")).await;
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

pub(crate) async fn a_batch_is_whole_by_a_rename_too(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let folder = "/Aanleveren/november";
    petra.makes(folder).await;
    let manifest = "bestand;lhn;nummer;soort;periode;sha256\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\n";
    petra.puts(&at(folder, "x.manifest.csv.part"), manifest.as_bytes()).await;
    petra.puts(&at(folder, "a.pdf.part"), &pdf("a")).await;
    petra.moves(&at(folder, "x.manifest.csv.part"), &at(folder, "x.manifest.csv")).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.moves(&at(folder, "a.pdf.part"), &at(folder, "a.pdf")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    assert_eq!(petra.size(&at(folder, "a.pdf")).await, Ok(pdf("a").len() as u64));
    assert_eq!(petra.set_time(&at(folder, "a.pdf")).await, Told::Done);
    petra.deletes(&at(folder, "a.pdf")).await;
    petra.has_no(&at(folder, "a.pdf")).await;
}

pub(crate) async fn a_number_that_two_employees_could_have_is_nobodys(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let two = ("jansen.csv", "0044;B. Zonder", "42;C. Bijna;;;;2021-01-01;;;\n0044;B. Zonder");
    world.roster(&[two]).await;
    // The folder says 0042, the name 42: each is an employee.
    let path = at(DROP, "123456782L01/0042/123456782L01_42_loonstrook_2026-11.pdf");
    assert_eq!(petra.put(&path, &pdf("x")).await, refused(Refusal::Ambiguous));
    let path = at(DROP, "123456782L01/00042/loonstrook 2026-11.pdf");
    assert_eq!(petra.put(&path, &pdf("x")).await, refused(Refusal::Ambiguous));
    petra.puts(&at(DROP, "123456782L01_42_loonstrook_2026-11.pdf"), &pdf("x")).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
}

pub(crate) async fn nothing_empty_goes_over_a_payslip(world: World) {
    let [petra, yilmaz] = world.clients(["petra", "yilmaz"]).await;
    let folder = "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz";
    petra.puts(&at(folder, NAME), &pdf("whole")).await;
    let path = at(folder, "Loonstroken/2026/Loonstrook 2026-11.pdf");
    assert_eq!(petra.put(&path, b"").await, refused(Refusal::Empty));
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("whole")).await;
    petra.puts(&path, &pdf("better")).await;
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("better")).await;
}

pub(crate) async fn what_is_copied_under_a_partial_name_waits_where_it_was_put(world: World) {
    let petra = world.client("petra").await;
    petra.puts(&at(MINE, "a.pdf"), &pdf("a")).await;
    let folder = at(DROP, "123456782L01/0042");
    petra.copies(&at(MINE, "a.pdf"), &at(&folder, "z.pdf.part")).await;
    petra.reads(&at(&folder, "z.pdf.part"), &pdf("a")).await;
    petra.sees(DROP, &["123456782L01", "Afgewezen", "Ontvangst"]).await;
}

pub(crate) async fn what_is_copied_over_what_waits_is_delivered(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(MINE, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(DROP, BY_NAME), b"").await;
    petra.copies_over(&at(MINE, "a.pdf"), &at(DROP, BY_NAME)).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    // A folder never takes the place of what waits in one.
    petra.makes(&at(MINE, "map")).await;
    petra.puts(&at(MINE, "map/b.pdf"), &pdf("b")).await;
    let folder = at(DROP, "123456782L01");
    petra.makes(&folder).await;
    petra.puts(&at(&folder, "c.pdf.part"), &pdf("c")).await;
    assert_ne!(petra.copy_over(&at(MINE, "map"), &folder).await, Told::Done);
    petra.sees(&folder, &["c.pdf.part"]).await;
}

pub(crate) async fn what_was_shared_and_is_delivered_is_shared_no_more(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    petra.puts(&at(shared, "strook.pdf"), &pdf("a")).await;
    petra.moves(&at(shared, "strook.pdf"), &at(DROP, BY_NAME)).await;
    jansen.sees("/Gedeeld door kantoor", &[]).await;
    assert!(text(&jansen, "/Logboek/2026-11.csv").await.contains(";delen gestopt;strook.pdf;"));
}

pub(crate) async fn a_receipt_of_what_is_refused_names_its_folders(world: World) {
    let petra = world.client("petra").await;
    let path = at(DROP, "123456782L01/9999/loonstrook_2026-11.pdf");
    assert_eq!(petra.put(&path, &pdf("x")).await, refused(Refusal::Employee));
    let receipts = receipts(&petra).await;
    assert!(receipts.contains(";123456782L01/9999/loonstrook_2026-11.pdf;"), "{receipts}");
}

pub(crate) async fn who_left_gets_the_payslips_of_its_time_and_no_later_ones(world: World) {
    let left = "devries;nl;2019-03-01;2026-09-30;";
    world.roster(&[("jansen.csv", "devries;nl;2019-03-01;;", left)]).await;
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    let of = |period: &str| at(DROP, &format!("123456782L01_0042_{period}.pdf"));
    // The last one comes after the last day, and the annual statement long after it.
    petra.puts(&of("loonstrook_2026-09"), &pdf("last")).await;
    petra.puts(&of("jaaropgave_2026"), &pdf("year")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-09.pdf"), &pdf("last")).await;
    let year = "/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2026/Jaaropgave 2026.pdf";
    devries.reads(year, &pdf("year")).await;
    jansen.sees("/Werknemers/0042 A. de Vries/Loonstroken/2026", &["Loonstrook 2026-09.pdf"]).await;
    let told = petra.put(&of("loonstrook_2026-10"), &pdf("after")).await;
    assert_eq!(told, refused(Refusal::Employment));
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-09.pdf"]).await;
}

pub(crate) async fn who_starts_later_gets_no_payslip_of_before(world: World) {
    let starts = "devries;nl;2026-12-15;;";
    world.roster(&[("jansen.csv", "devries;nl;2019-03-01;;", starts)]).await;
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let of = |period: &str| at(DROP, &format!("123456782L01_0042_loonstrook_{period}.pdf"));
    for before in ["2026-11", "2026-P12", "2025-12"] {
        assert_eq!(petra.put(&of(before), &pdf("before")).await, refused(Refusal::Employment));
    }
    petra.puts(&of("2026-12"), &pdf("first")).await;
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-12.pdf"]).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-12.pdf"), &pdf("first")).await;
}

pub(crate) async fn when_the_office_changes_in_mid_month_each_delivers_its_own(world: World) {
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("of the first")).await;
    let next = "\"loon-bv\", from = 2026-11-24, release";
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    let employer = "[[employer]]\nid = \"bakkerij-jansen\"";
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    world.roster(&[("roster.toml", engaged, next), ("roster.toml", employer, office)]).await;
    world.gateway.admin.set_password("els", PASSWORD).await.unwrap();
    let els = world.client("els").await;
    assert_eq!(petra.put(&at(DROP, BY_NAME), &pdf("too late")).await, refused(Refusal::Ended));
    // The same month of another office is another document, and what each sees of it is its own.
    els.puts(&at(DROP, BY_NAME), &pdf("of the next")).await;
    let both = ["Loonstrook 2026-11 (2).pdf", NAME];
    devries.sees(OF_DEVRIES, &both).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("of the first")).await;
    devries.reads(&at(OF_DEVRIES, both[0]), &pdf("of the next")).await;
    jansen.sees("/Werknemers/0042 A. de Vries/Loonstroken/2026", &both).await;
    assert!(!receipts(&els).await.contains("(2)"));
    petra.puts(&at(DROP, "111222333L01_journaal_2026-11.pdf"), &pdf("of another employer")).await;
    // Whoever has gone does not hear what became of it, nor whether it was opened.
    let before = receipts(&petra).await;
    let node = before.lines().nth(1).unwrap().rsplit(';').next().unwrap();
    world.gateway.vfs.withdraw(node, "verkeerd").await.unwrap();
    assert!(!text(&petra, "/Logboek/2026-11.csv").await.contains(";ingetrokken;"));
    assert!(text(&jansen, "/Logboek/2026-11.csv").await.contains(";ingetrokken;"));
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
