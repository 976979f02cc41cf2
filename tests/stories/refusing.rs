//! What is refused at `/Aanleveren`: the code of each fault, where it is kept with the reason, and how
//! renaming mends it (PRODUCT.md section 5).

use crate::client::Client;
use crate::common::{PASSWORD, pdf};
use crate::world::{
    BY_NAME, DROP, FOR_DEVRIES, MINE, NAME, OF_DEVRIES, REFUSED, World, at, receipts, refused, text,
};
use loondossier::dossier::{Language, Refusal};

/// A colleague of Petra's, signed in.
pub(crate) async fn colleague(world: &World) -> Client {
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

pub(crate) async fn a_receipt_of_what_is_refused_names_its_folders(world: World) {
    let petra = world.client("petra").await;
    let path = at(DROP, "123456782L01/9999/loonstrook_2026-11.pdf");
    assert_eq!(petra.put(&path, &pdf("x")).await, refused(Refusal::Employee));
    let receipts = receipts(&petra).await;
    assert!(receipts.contains(";123456782L01/9999/loonstrook_2026-11.pdf;"), "{receipts}");
}
