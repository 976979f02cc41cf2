//! Who may deliver for whom, and of which months, when an employee starts or leaves, or the office changes
//! (PRODUCT.md section 5).

use crate::common::{PASSWORD, pdf};
use crate::world::{BY_NAME, DAY, DROP, NAME, OF_DEVRIES, World, at, receipts, refused, text};
use loondossier::dossier::Refusal;

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
