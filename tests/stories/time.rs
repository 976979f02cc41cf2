//! Over time: engagements and employments that end, while everybody stays connected.

use crate::client::{Client, Told};
use crate::common::{eventually, pdf};
use crate::world::{
    BY_DEVRIES, BY_EMPLOYER, BY_JANSEN, BY_OFFICE, DAY, FOR_DEVRIES, HOUR, MINE, PLACED,
    TO_DEVRIES, TO_EMPLOYER, TO_JANSEN, TO_OFFICE, World, at,
};

const ENGAGED: &str = "\"kantoor-visser\", from = 2026-01-01, release";
const EARLIER: &str = "/Mijn bestanden/Eerder gedeeld met Administratiekantoor Visser";
const OF_OFFICE: &str = "/Mijn bestanden/Eerder gedeeld met Bakkerij Jansen BV";

/// Somebody has shared something with everybody, and something is forwarded.
async fn all_is_shared(world: &World) -> [Client; 3] {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"of the employee").await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/b.txt"), b"in a folder").await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    jansen.moves(&at(BY_DEVRIES, "map"), &at(TO_OFFICE, "map")).await;
    jansen.puts(&at(TO_OFFICE, "c.txt"), b"of the employer").await;
    jansen.puts(&at(TO_DEVRIES, "d.txt"), b"for the employee").await;
    petra.puts(&at(TO_EMPLOYER, "e.txt"), b"of the office").await;
    petra.puts(&at(PLACED, "f.pdf"), &pdf("an overview")).await;
    petra.puts(&at(FOR_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf("a payslip")).await;
    [devries, jansen, petra]
}

/// What holds when the office has nothing to do with the employer any more.
async fn all_went_back([devries, jansen, petra]: &[Client; 3]) {
    petra.sees("/Werkgevers", &["Garage Bos"]).await;
    petra.has_no(&at(BY_JANSEN, "c.txt")).await;
    petra.has_no(&at(PLACED, "f.pdf")).await;
    petra.has_no(FOR_DEVRIES).await;
    petra.reads(&at(OF_OFFICE, "e.txt"), b"of the office").await;
    jansen.has_no(BY_OFFICE).await;
    jansen.has_no(TO_OFFICE).await;
    jansen.sees(EARLIER, &["c.txt"]).await;
    jansen.reads(&at(EARLIER, "c.txt"), b"of the employer").await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"of the employee").await;
    jansen.reads(&at(BY_DEVRIES, "map/b.txt"), b"in a folder").await;
    jansen.reads("/Overzichten/Journaalposten/2026/f.pdf", &pdf("an overview")).await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"of the employee").await;
    devries.reads(&at(BY_EMPLOYER, "d.txt"), b"for the employee").await;
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    devries.reads(payslip, &pdf("a payslip")).await;
}

pub(crate) async fn an_employer_that_leaves_its_office_keeps_what_is_its_own(world: World) {
    let all = all_is_shared(&world).await;
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";
    world.roster(&[("roster.toml", ENGAGED, ended)]).await;
    all_went_back(&all).await;
    let [devries, jansen, _] = &all;
    let log = |client| async move { Client::get(client, "/Logboek/2026-11.csv").await.unwrap() };
    let text = String::from_utf8(log(devries).await).unwrap();
    assert!(text.contains("vanzelf;doordelen gestopt;a.txt;Administratiekantoor Visser"), "{text}");
    let text = String::from_utf8(log(jansen).await).unwrap();
    assert!(text.contains("vanzelf;teruggegaan;Eerder gedeeld met Administratiekantoor Visser;"));
}

pub(crate) async fn an_engagement_ends_on_its_last_day_by_itself(world: World) {
    let until = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-24, release";
    world.roster(&[("roster.toml", ENGAGED, until)]).await;
    let all = all_is_shared(&world).await;
    world.gateway.clock.advance(DAY);
    eventually("what was shared is back", || async { all[1].list(EARLIER).await.is_ok() }).await;
    all_went_back(&all).await;
    let past = "/Eerdere dagen/2026-11-24";
    all[1].reads(&at(past, "Gedeeld met kantoor/c.txt"), b"of the employer").await;
    all[1].has_no(&at(past, "Gedeeld met kantoor/a.txt")).await;
}

/// Bakkerij Jansen goes to another office, which has somebody to sign in.
async fn goes_to_another_office(world: &World, from: &str) -> Client {
    let next = format!("\"loon-bv\", from = {from}, release");
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    let employer = "[[employer]]\nid = \"bakkerij-jansen\"";
    world.roster(&[("roster.toml", ENGAGED, &next), ("roster.toml", employer, office)]).await;
    world.gateway.admin.set_password("els", crate::common::PASSWORD).await.unwrap();
    world.client("els").await
}

pub(crate) async fn another_office_sees_only_what_it_places_itself(world: World) {
    let [_, jansen, petra] = all_is_shared(&world).await;
    let els = goes_to_another_office(&world, "2026-11-24").await;
    petra.sees("/Werkgevers", &["Garage Bos"]).await;
    els.sees(BY_JANSEN, &[]).await;
    els.has_no(&at(PLACED, "f.pdf")).await;
    els.puts(&at(PLACED, "f.pdf"), &pdf("of the next office")).await;
    els.reads(&at(PLACED, "f.pdf"), &pdf("of the next office")).await;
    let overviews = "/Overzichten/Journaalposten/2026";
    jansen.sees(overviews, &["f (2).pdf", "f.pdf"]).await;
    jansen.reads(&at(overviews, "f.pdf"), &pdf("an overview")).await;
    jansen.puts(&at(TO_OFFICE, "g.txt"), b"for the next").await;
    els.sees(BY_JANSEN, &["g.txt"]).await;
    petra.has_no(&at(BY_JANSEN, "g.txt")).await;
}

/// Jansen and the office share something with each other, and take it back on the day after.
async fn something_was_shared(world: &World) -> [Client; 2] {
    let [jansen, petra] = world.clients(["jansen", "petra"]).await;
    jansen.puts(&at(TO_OFFICE, "uren.csv"), b"of the employer").await;
    petra.puts(&at(TO_EMPLOYER, "planning.txt"), b"of the office").await;
    world.gateway.clock.advance(DAY);
    jansen.deletes(&at(TO_OFFICE, "uren.csv")).await;
    petra.deletes(&at(TO_EMPLOYER, "planning.txt")).await;
    world.gateway.clock.advance(DAY);
    [jansen, petra]
}

/// Each of the two finds in the days before what it owned then, and nothing of the other's.
async fn the_days_before_are_as_they_were([jansen, petra]: &[Client; 2]) {
    let past = |path: &str| at("/Eerdere dagen/2026-11-24", &path[1..]);
    jansen.reads(&past(&at(TO_OFFICE, "uren.csv")), b"of the employer").await;
    petra.reads(&past(&at(TO_EMPLOYER, "planning.txt")), b"of the office").await;
    jansen.has_no(&past(BY_OFFICE)).await;
    petra.has_no(&past(BY_JANSEN)).await;
    petra.sees("/Werkgevers", &["Garage Bos"]).await;
}

pub(crate) async fn an_office_that_is_dated_back_leaves_the_days_before_as_they_were(world: World) {
    let both = something_was_shared(&world).await;
    both[0].puts(&at(TO_OFFICE, "later.txt"), b"today").await;
    world.gateway.clock.advance(HOUR);
    let els = goes_to_another_office(&world, "2026-11-15").await;
    the_days_before_are_as_they_were(&both).await;
    let [jansen, petra] = &both;
    jansen.reads(&at(EARLIER, "later.txt"), b"today").await;
    jansen.reads("/Eerdere dagen/2026-11-26 1230/Gedeeld met kantoor/later.txt", b"today").await;
    els.sees(BY_JANSEN, &[]).await;
    els.sees("/Eerdere dagen", &[]).await;
    els.has_no("/Eerdere dagen/2026-11-24/Werkgevers/Bakkerij Jansen BV").await;
    els.puts(&at(TO_EMPLOYER, "of the next.txt"), b"of the next").await;
    jansen.reads(&at(BY_OFFICE, "of the next.txt"), b"of the next").await;
    petra.has_no(BY_JANSEN).await;
}

pub(crate) async fn an_end_that_is_dated_back_leaves_the_days_before_as_they_were(world: World) {
    let both = something_was_shared(&world).await;
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-15, release";
    world.roster(&[("roster.toml", ENGAGED, ended)]).await;
    the_days_before_are_as_they_were(&both).await;
    both[0].has_no(TO_OFFICE).await;
}

pub(crate) async fn an_engagement_that_is_put_off_ends_and_another_begins(world: World) {
    let all = all_is_shared(&world).await;
    let put_off = "\"kantoor-visser\", from = 2026-12-05, release";
    world.roster(&[("roster.toml", ENGAGED, put_off)]).await;
    all_went_back(&all).await;
    world.gateway.clock.advance(11 * DAY);
    let [_, jansen, petra] = &all;
    jansen.sees(TO_OFFICE, &[]).await;
    petra.sees(BY_JANSEN, &[]).await;
    petra.reads(&at(PLACED, "f.pdf"), &pdf("an overview")).await;
}

pub(crate) async fn who_left_reads_what_it_was_sent_and_takes_back_what_it_shared(world: World) {
    let [devries, jansen, _] = all_is_shared(&world).await;
    let left = "devries;nl;2019-03-01;2026-11-23;";
    world.roster(&[("jansen.csv", "devries;nl;2019-03-01;;", left)]).await;
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    devries.reads(payslip, &pdf("a payslip")).await;
    devries.may_not_put(&at(TO_JANSEN, "nieuw.txt")).await;
    devries.may_not_put(&at(TO_JANSEN, "a.txt")).await;
    devries.may_not_make(&at(TO_JANSEN, "nieuw")).await;
    let (shared, mine) = (at(TO_JANSEN, "a.txt"), at(MINE, "a.txt"));
    assert_eq!(devries.rename(&shared, &at(TO_JANSEN, "b.txt"), false).await, Told::Denied);
    jansen.reads(&at(TO_OFFICE, "a.txt"), b"of the employee").await;
    devries.moves(&shared, &mine).await;
    jansen.has_no(&at(TO_OFFICE, "a.txt")).await;
    devries.may_not_move(&mine, &shared).await;
    jansen.sees("/Werknemers/0042 A. de Vries/Loonstroken/2026", &["Loonstrook 2026-11.pdf"]).await;
}

pub(crate) async fn payslips_become_visible_to_the_office_and_hidden_again(world: World) {
    let [_, _, petra] = all_is_shared(&world).await;
    let payslip = at(FOR_DEVRIES, "Loonstroken/2026/Loonstrook 2026-11.pdf");
    petra.has_no(&payslip).await;
    let terms = [("roster.toml", "payslips = \"hidden\"", "payslips = \"visible\"")];
    world.roster(&terms).await;
    petra.reads(&payslip, &pdf("a payslip")).await;
    world.roster(&[]).await;
    petra.has_no(&payslip).await;
}

pub(crate) async fn what_is_taken_back_is_read_no_further(world: World) {
    let [devries, jansen] = world.clients(["devries", "jansen"]).await;
    let (shared, seen) = (at(TO_JANSEN, "a.txt"), at(BY_DEVRIES, "a.txt"));
    devries.puts(&shared, b"for a while").await;
    let session = world.gateway.session("jansen").await;
    let path = loondossier::dossier::DossierPath::parse(&seen).unwrap();
    let open = world.gateway.vfs.open(&session, &path).await.unwrap();
    assert_eq!(&open.read_at(0, 3).await.unwrap()[..], b"for");
    world.gateway.clock.advance(5_000);
    assert_eq!(&open.read_at(3, 3).await.unwrap()[..], b" a ");
    devries.moves(&shared, &at(MINE, "a.txt")).await;
    world.gateway.clock.advance(5_000);
    let told = open.read_at(6, 3).await.unwrap_err();
    assert_eq!(told, loondossier::dossier::Error::NotFound);
    jansen.has_no(&seen).await;
}

/// Too many leavers, a wage tax number that fails its check, a column that nobody should hand over, one
/// login for two persons: whoever is connected goes on as before.
pub(crate) async fn a_roster_that_is_refused_changes_nothing_for_anybody(world: World) {
    let all = all_is_shared(&world).await;
    let row = "0043;S. Yilmaz;s.yilmaz@example.nl;yilmaz;nl;2020-01-01;;2020-01-01;yilmaz\n";
    for (file, old, new) in [
        ("jansen.csv", row, ""),
        ("roster.toml", "123456782L01", "123456789L01"),
        ("jansen.csv", "personeelsnummer;naam", "personeelsnummer;bsn"),
        ("jansen.csv", "0044;B. Zonder;;;", "0044;B. Zonder;b@example.nl;devries;"),
        ("bos.csv", "2024-05-01;yilmaz", "2024-05-01;"),
    ] {
        assert!(!world.roster_applies(&[(file, old, new)]).await, "{new} in {file}");
    }
    let [devries, jansen, petra] = &all;
    devries.sees(TO_JANSEN, &["a.txt", "map"]).await;
    jansen.reads(&at(TO_OFFICE, "c.txt"), b"of the employer").await;
    petra.sees("/Werkgevers", &["Bakkerij Jansen BV", "Garage Bos"]).await;
    petra.reads(&at(BY_JANSEN, "a.txt"), b"of the employee").await;
    jansen.sees("/Werknemers", &["0042 A. de Vries", "0043 S. Yilmaz", "0044 B. Zonder"]).await;
}
