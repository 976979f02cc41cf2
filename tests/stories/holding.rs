//! What is delivered and held back until a moment: which moment that is, and who sees what before and after
//! it (PRODUCT.md sections 5 and 6). The stories begin at noon of 24 November 2026.

use crate::client::{Client, Told};
use crate::common::pdf;
use crate::world::{
    BY_NAME, DAY, DROP, FOR_DEVRIES, HOUR, NAME, OF_DEVRIES, WITH_JANSEN, World, at,
};
use loondossier::dossier::{Language, Refusal};

pub(crate) const JOURNAL: &str = "123456782L01_journaal_2026-11.pdf";
pub(crate) const JOURNALS: &str = "/Overzichten/Journaalposten/2026";
pub(crate) const LOG: &str = "/Logboek/2026-11.csv";
/// From noon of the 24th until nine o'clock of the 25th.
pub(crate) const UNTIL_NINE: i64 = 21 * HOUR;
/// Longer than a few requests take by the clock of the stories.
const SECOND: i64 = 1_000;

/// The office's deliveries for Bakkerij Jansen are held back until this moment of their month.
pub(crate) async fn agreed(world: &World, moment: &str) {
    let terms = format!("publish_at = \"{moment}\", release = \"manual\"");
    world.roster(&[("roster.toml", "release = \"manual\"", &terms)]).await;
}

/// Time goes on, and what is due is published.
pub(crate) async fn after(world: &World, ms: i64) {
    world.gateway.clock.advance(ms);
    world.gateway.vfs.publish_what_is_due().await.unwrap();
}

/// Hands a file in with a manifest that says from when it is seen.
pub(crate) async fn delivers(client: &Client, line: &str, moment: &str, content: &[u8]) -> Told {
    let folder = at(DROP, "batch");
    let _ = client.make_folder(&folder).await;
    assert_eq!(client.put(&at(&folder, "a.pdf"), content).await, Told::Done);
    let header = "bestand;lhn;nummer;soort;periode;sha256;publiceren_op";
    let manifest = format!("{header}\na.pdf;{line};;{moment}\n");
    client.put(&at(&folder, "x.manifest.csv"), manifest.as_bytes()).await
}

pub(crate) const PAYSLIP: &str = "123456782L01;0042;loonstrook;2026-11";

pub(crate) async fn text(client: &Client, path: &str) -> String {
    client.get(path).await.map_or_else(|_| String::new(), |text| String::from_utf8(text).unwrap())
}

/// State and node of each receipt of a day.
pub(crate) async fn receipts(client: &Client, day: &str) -> Vec<[String; 2]> {
    let text = text(client, &format!("/Aanleveren/Ontvangst/{day}.csv")).await;
    let cells = |line: &str| line.split(';').skip(5).map(str::to_owned).collect::<Vec<_>>();
    text.lines().skip(1).map(|line| cells(line).try_into().unwrap()).collect()
}

/// The state of the last receipt of the first day.
pub(crate) async fn state(client: &Client) -> String {
    receipts(client, "2026-11-24").await.pop().unwrap()[0].clone()
}

/// What a log says of deliveries: what, which file, and what more.
pub(crate) async fn told(client: &Client) -> Vec<String> {
    let log = text(client, LOG).await;
    let line = |line: &str| line.split(';').skip(2).take(2).collect::<Vec<_>>().join(" ");
    log.lines().filter(|line| line.contains("aangeleverd;")).map(line).collect()
}

/// Neither receiver has anything of it.
pub(crate) async fn nobody_sees_it(receivers: [&Client; 2]) {
    let [jansen, devries] = receivers;
    devries
        .sees(
            "/Werkgevers/Bakkerij Jansen BV",
            &["Gedeeld door werkgever", "Gedeeld met werkgever"],
        )
        .await;
    jansen
        .sees("/Werknemers/0042 A. de Vries", &["Gedeeld door werknemer", "Gedeeld met werknemer"])
        .await;
    jansen.sees("/Overzichten", &[]).await;
    for receiver in receivers {
        // Nothing but that its password was set.
        assert_eq!(text(receiver, LOG).await.lines().count(), 2, "{receiver} was told nothing");
    }
}

pub(crate) async fn a_manifest_holds_back_until_the_moment_that_it_names(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    assert_eq!(delivers(&petra, PAYSLIP, "2026-11-25 09:00", &pdf("a")).await, Told::Done);
    nobody_sees_it([&jansen, &devries]).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    jansen.has_no(&at(WITH_JANSEN, NAME)).await;
    // Whoever delivered it knows.
    petra.sees(&at(DROP, "batch"), &["a.pdf", "x.manifest.csv"]).await;
    assert_eq!(state(&petra).await, "zichtbaar op 2026-11-25 09:00");
    let log = text(&petra, LOG).await;
    let line =
        ";aangeleverd;Loonstrook 2026-11.pdf;\"0042 A. de Vries; zichtbaar op 2026-11-25 09:00\";";
    assert!(log.contains(line), "{log}");
    after(&world, UNTIL_NINE - SECOND).await;
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, SECOND).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    jansen.reads(&at(WITH_JANSEN, NAME), &pdf("a")).await;
    for receiver in [&jansen, &devries] {
        let log = text(receiver, LOG).await;
        let line = log.lines().find(|line| line.contains(";aangeleverd;")).unwrap();
        let by =
            "2026-11-25 09:00:00;P. de Boer (Administratiekantoor Visser);aangeleverd;Loonstrook";
        assert!(line.starts_with(by) && !line.contains("zichtbaar"), "{line}");
    }
    assert_eq!(told(&petra).await.len(), 1);
}

pub(crate) async fn a_moment_that_has_passed_is_at_once_and_what_is_none_is_refused(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    for moment in ["2026-11-25", "25-11-2026 09:00", "25 09:00", "morgen"] {
        let told = delivers(&petra, PAYSLIP, moment, &pdf("a")).await;
        let sentence = Refusal::Line(2).sentence(Language::Nl);
        assert_eq!(told, Told::Refused(format!("E15: {sentence}")), "{moment}");
    }
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    // What the manifest says goes before what was agreed.
    agreed(&world, "25 09:00").await;
    assert_eq!(delivers(&petra, PAYSLIP, "2026-11-24T11:59", &pdf("a")).await, Told::Done);
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    assert_eq!(state(&petra).await, "aangenomen");
}

pub(crate) async fn an_engagement_holds_back_what_comes_before_its_moment_in_a_month(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, BY_NAME), &pdf("a")).await;
    petra.puts(&at(DROP, JOURNAL), &pdf("journal")).await;
    petra.sees(DROP, &[BY_NAME, JOURNAL, "Afgewezen", "Ontvangst"]).await;
    nobody_sees_it([&jansen, &devries]).await;
    // What an employer delivers itself is no part of what it agreed with its office.
    jansen.puts("/Werknemers/0042 A. de Vries/Jaaropgave 2025.pdf", &pdf("own")).await;
    devries
        .reads("/Werkgevers/Bakkerij Jansen BV/Jaaropgaven/2025/Jaaropgave 2025.pdf", &pdf("own"))
        .await;
    // What is put by hand under a name of choice is no delivery by its name.
    let shelf = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
    petra.puts(&at(shelf, "Journaalpost 2026-11.pdf"), &pdf("by hand")).await;
    jansen.sees(JOURNALS, &["Journaalpost 2026-11.pdf"]).await;
    after(&world, UNTIL_NINE).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    // It has a name that is free by then.
    jansen.reads(&at(JOURNALS, "Journaalpost 2026-11.pdf"), &pdf("by hand")).await;
    jansen.reads(&at(JOURNALS, "Journaalpost 2026-11 (2).pdf"), &pdf("journal")).await;
    // Later in the month it is at once.
    petra.puts(&at(DROP, "123456782L01_0042_loonstrook_2026-10.pdf"), &pdf("b")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-10.pdf"), &pdf("b")).await;
}

pub(crate) async fn the_31st_is_the_last_day_of_a_shorter_month(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    agreed(&world, "31 09:00").await;
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("a")).await;
    petra.sees(FOR_DEVRIES, &[NAME]).await;
    assert_eq!(state(&petra).await, "zichtbaar op 2026-11-30 09:00");
    after(&world, 5 * DAY + UNTIL_NINE - SECOND).await;
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, SECOND).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
}

pub(crate) async fn what_is_held_is_taken_back_and_nobody_ever_knows(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, BY_NAME), &pdf("by id")).await;
    let [_, node] = receipts(&petra, "2026-11-24").await.remove(0);
    let withdrawn = world.gateway.vfs.withdraw(&node, "verkeerd").await.unwrap();
    assert!(!withdrawn.opened && withdrawn.name == NAME, "{withdrawn:?}");
    assert!(world.gateway.vfs.withdraw(&node, "again").await.is_err());
    petra.puts(&at(FOR_DEVRIES, NAME), &pdf("by deleting")).await;
    petra.deletes(&at(FOR_DEVRIES, NAME)).await;
    petra.sees(FOR_DEVRIES, &[]).await;
    let log = text(&petra, LOG).await;
    assert_eq!(log.matches(";ingetrokken;Loonstrook 2026-11.pdf;").count(), 2, "{log}");
    after(&world, UNTIL_NINE).await;
    nobody_sees_it([&jansen, &devries]).await;
}

pub(crate) async fn an_office_that_sees_payslips_sees_them_no_sooner_than_others(world: World) {
    let [petra, yilmaz] = world.clients(["petra", "yilmaz"]).await;
    let line = "111222333L01;7;loonstrook;2026-11";
    assert_eq!(delivers(&petra, line, "2026-11-25T09:00:00", &pdf("a")).await, Told::Done);
    petra.sees("/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz", &[]).await;
    petra.has_no("/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstroken").await;
    yilmaz.has_no("/Werkgevers/Garage Bos/Loonstroken").await;
    after(&world, UNTIL_NINE).await;
    let folder = "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstroken/2026";
    petra.reads(&at(folder, NAME), &pdf("a")).await;
    yilmaz.reads(&at("/Werkgevers/Garage Bos/Loonstroken/2026", NAME), &pdf("a")).await;
}

pub(crate) async fn what_was_delivered_is_published_though_its_office_has_gone(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, BY_NAME), &pdf("a")).await;
    let ended = "from = 2026-01-01, until = 2026-11-24, release";
    world.roster(&[("roster.toml", "from = 2026-01-01, release", ended)]).await;
    after(&world, UNTIL_NINE).await;
    petra.sees("/Werkgevers", &["Garage Bos"]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    let by = "P. de Boer (Administratiekantoor Visser);aangeleverd;Loonstrook 2026-11.pdf";
    assert!(text(&jansen, LOG).await.contains(by));
}

pub(crate) async fn two_nodes_publish_a_document_once(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    agreed(&world, "25 09:00").await;
    let months = ["2026-08", "2026-09", "2026-10", "2026-11"];
    for month in months {
        petra.puts(&at(DROP, &BY_NAME.replace("2026-11", month)), &pdf(month)).await;
    }
    world.gateway.clock.advance(UNTIL_NINE);
    let vfs = &world.gateway.vfs;
    let (one, other) = tokio::join!(vfs.publish_what_is_due(), vfs.publish_what_is_due());
    assert_eq!((one, other), (Ok(()), Ok(())));
    let names = months.map(|month| format!("Loonstrook {month}.pdf"));
    devries.sees(OF_DEVRIES, &names.each_ref().map(String::as_str)).await;
    assert_eq!(told(&devries).await.len(), 4);
}

pub(crate) async fn a_moment_comes_when_the_systems_clock_says_so(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let clock = &world.gateway.clock;
    assert_eq!(delivers(&petra, PAYSLIP, "2026-11-25 09:00", &pdf("a")).await, Told::Done);
    // Something was written by a clock that was two days ahead.
    clock.not_before(clock.set_to() + 2 * DAY);
    after(&world, 0).await;
    nobody_sees_it([&jansen, &devries]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("a")).await;
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, UNTIL_NINE).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
}
