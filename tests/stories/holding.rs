//! What is delivered and held back until a moment (PRODUCT.md sections 5 and 6). The stories begin at noon of
//! 24 November 2026.

use crate::client::{Client, Told};
use crate::common::{pdf, versions_in_order};
use crate::world::{
    BY_NAME, DAY, DROP, FOR_DEVRIES, HOUR, NAME, OF_DEVRIES, PLACED, WITH_JANSEN, World, at,
};
use loondossier::dossier::{DossierPath, Language, Refusal};

const JOURNAL: &str = "123456782L01_journaal_2026-11.pdf";
const JOURNALS: &str = "/Overzichten/Journaalposten/2026";
const LOG: &str = "/Logboek/2026-11.csv";
/// From noon of the 24th until nine o'clock of the 25th.
const UNTIL_NINE: i64 = 21 * HOUR;
/// Longer than a few requests take by the clock of the stories.
const SECOND: i64 = 1_000;

/// The office's deliveries for Bakkerij Jansen are held back until this moment of their month.
async fn agreed(world: &World, moment: &str) {
    let terms = format!("publish_at = \"{moment}\", release = \"manual\"");
    world.roster(&[("roster.toml", "release = \"manual\"", &terms)]).await;
}

/// Time goes on, and what is due is published.
async fn after(world: &World, ms: i64) {
    world.gateway.clock.advance(ms);
    world.gateway.vfs.publish_what_is_due().await.unwrap();
}

/// Hands a file in with a manifest that says from when it is seen.
async fn delivers(client: &Client, line: &str, moment: &str, content: &[u8]) -> Told {
    let folder = at(DROP, "batch");
    let _ = client.make_folder(&folder).await;
    assert_eq!(client.put(&at(&folder, "a.pdf"), content).await, Told::Done);
    let header = "bestand;lhn;nummer;soort;periode;sha256;publiceren_op";
    let manifest = format!("{header}\na.pdf;{line};;{moment}\n");
    client.put(&at(&folder, "x.manifest.csv"), manifest.as_bytes()).await
}

const PAYSLIP: &str = "123456782L01;0042;loonstrook;2026-11";

async fn text(client: &Client, path: &str) -> String {
    client.get(path).await.map_or_else(|_| String::new(), |text| String::from_utf8(text).unwrap())
}

/// State and node of each receipt of a day.
async fn receipts(client: &Client, day: &str) -> Vec<[String; 2]> {
    let text = text(client, &format!("/Aanleveren/Ontvangst/{day}.csv")).await;
    let cells = |line: &str| line.split(';').skip(5).map(str::to_owned).collect::<Vec<_>>();
    text.lines().skip(1).map(|line| cells(line).try_into().unwrap()).collect()
}

/// The state of the last receipt of the first day.
async fn state(client: &Client) -> String {
    receipts(client, "2026-11-24").await.pop().unwrap()[0].clone()
}

/// What a log says of deliveries: what, which file, and what more.
async fn told(client: &Client) -> Vec<String> {
    let log = text(client, LOG).await;
    let line = |line: &str| line.split(';').skip(2).take(2).collect::<Vec<_>>().join(" ");
    log.lines().filter(|line| line.contains("aangeleverd;")).map(line).collect()
}

/// Neither receiver has anything of it.
async fn nobody_sees_it(receivers: [&Client; 2]) {
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

pub(crate) async fn what_is_held_and_put_again_is_one_document(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    agreed(&world, "25 09:00").await;
    for content in ["a", "a", "b"] {
        petra.puts(&at(DROP, BY_NAME), &pdf(content)).await;
    }
    let all = receipts(&petra, "2026-11-24").await;
    let states: Vec<_> = all.iter().map(|[state, _]| state.as_str()).collect();
    let held = "zichtbaar op 2026-11-25 09:00";
    assert_eq!(states, [held; 3]);
    assert!(all.iter().all(|[_, node]| *node == all[0][1] && node.len() == 32), "{all:?}");
    // A manifest may put it off, also with nothing new in it.
    assert_eq!(delivers(&petra, PAYSLIP, "2026-11-26 09:00", &pdf("b")).await, Told::Done);
    assert_eq!(state(&petra).await, "zichtbaar op 2026-11-26 09:00");
    after(&world, UNTIL_NINE).await;
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, DAY).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("b")).await;
    assert_eq!(told(&devries).await, ["aangeleverd Loonstrook 2026-11.pdf"]);
    let own = told(&petra).await;
    assert_eq!(own.len(), 3, "{own:?}");
}

pub(crate) async fn what_is_held_is_seen_at_once_when_its_manifest_says_so_now(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    for content in ["a", "b"] {
        let day = if content == "a" { 25 } else { 24 };
        let moment = format!("2026-11-{day} 09:00");
        assert_eq!(delivers(&petra, PAYSLIP, &moment, &pdf(content)).await, Told::Done);
    }
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("b")).await;
    assert_eq!(state(&petra).await, "aangenomen");
    assert_eq!(told(&devries).await, ["aangeleverd Loonstrook 2026-11.pdf"]);
    after(&world, UNTIL_NINE).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("b")).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
}

pub(crate) async fn until_a_new_version_is_due_the_old_one_is_seen(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let path = at(DROP, BY_NAME);
    petra.puts(&path, &pdf("old")).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&path, &pdf("new")).await;
    petra.puts(&path, &pdf("newest")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("old")).await;
    jansen.sees(WITH_JANSEN, &[NAME]).await;
    assert_eq!(told(&devries).await, ["aangeleverd Loonstrook 2026-11.pdf"]);
    after(&world, UNTIL_NINE).await;
    devries.sees(OF_DEVRIES, &[NAME]).await;
    jansen.reads(&at(WITH_JANSEN, NAME), &pdf("newest")).await;
    let both =
        ["aangeleverd Loonstrook 2026-11.pdf", "nieuwe versie aangeleverd Loonstrook 2026-11.pdf"];
    assert_eq!(told(&devries).await, both);
    // From now on it is one with what it became: put again, and taken back by either receipt.
    petra.puts(&path, &pdf("newest")).await;
    let [state, node] = receipts(&petra, "2026-11-25").await.pop().unwrap();
    let before = receipts(&petra, "2026-11-24").await;
    assert_eq!((state.as_str(), &node), ("ongewijzigd", &before[0][1]));
    let withdrawn = world.gateway.vfs.withdraw(&before[2][1], "verkeerd").await.unwrap();
    assert!(withdrawn.opened && withdrawn.name == NAME, "{withdrawn:?}");
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    assert!(world.gateway.vfs.withdraw(&node, "again").await.is_err());
}

pub(crate) async fn what_was_put_by_hand_since_is_not_replaced_by_what_was_held(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let months = [10, 11].map(|month| {
        (
            format!("123456782L01_journaal_2026-{month}.pdf"),
            format!("Journaalpost 2026-{month}.pdf"),
        )
    });
    for (delivered, _) in &months {
        petra.puts(&at(DROP, delivered), &pdf("old")).await;
    }
    agreed(&world, "25 09:00").await;
    for (delivered, name) in &months {
        petra.puts(&at(DROP, delivered), &pdf("held")).await;
        petra.puts(&at(PLACED, name), &pdf("by hand")).await;
        let log = text(&petra, LOG).await;
        assert!(log.contains(&format!(";ingetrokken;{name};er is een nieuwere versie;")), "{log}");
    }
    // Delivered after that, it is the newest again.
    petra.puts(&at(DROP, &months[1].0), &pdf("held")).await;
    for (_, name) in &months {
        jansen.reads(&at(JOURNALS, name), &pdf("by hand")).await;
    }
    after(&world, UNTIL_NINE).await;
    jansen.reads(&at(JOURNALS, &months[0].1), &pdf("by hand")).await;
    jansen.reads(&at(JOURNALS, &months[1].1), &pdf("held")).await;
    // The receipt of what was held leads to what is seen in its place.
    let [_, node] = receipts(&petra, "2026-11-24").await.remove(2);
    world.gateway.vfs.withdraw(&node, "verkeerd").await.unwrap();
    jansen.sees(JOURNALS, &[&months[1].1]).await;
}

pub(crate) async fn a_new_version_of_what_was_taken_back_meanwhile_is_a_new_document(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("old")).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, BY_NAME), &pdf("new")).await;
    let [_, old] = receipts(&petra, "2026-11-24").await.remove(0);
    world.gateway.vfs.withdraw(&old, "verkeerd").await.unwrap();
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    after(&world, UNTIL_NINE).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("new")).await;
    assert_eq!(told(&devries).await.last().unwrap(), "aangeleverd Loonstrook 2026-11.pdf");
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

pub(crate) async fn what_is_on_paper_is_held_back_too(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, "123456782L01_0044_loonstrook_2026-11.pdf"), &pdf("paper")).await;
    assert_eq!(state(&petra).await, "op papier zichtbaar op 2026-11-25 09:00");
    let folder = "/Werknemers/0044 B. Zonder";
    jansen.sees(folder, &["Gedeeld door werknemer", "Gedeeld met werknemer"]).await;
    jansen.has_no(&at(folder, "Op papier")).await;
    after(&world, UNTIL_NINE).await;
    jansen.reads(&at(folder, "Op papier/2026/Loonstrook 2026-11.pdf"), &pdf("paper")).await;
    assert_eq!(told(&jansen).await, ["aangeleverd Loonstrook 2026-11.pdf"]);
}

const NO_CONSENT: (&str, &str, &str) = ("jansen.csv", "2019-03-01;;2019-02-20;", "2019-03-01;;;");
const ON_PAPER: &str = "/Werknemers/0042 A. de Vries/Op papier/2026";

/// Of a month of this year: what a manifest calls it, under which name it is delivered, and under which it is seen.
fn of_month(month: &str) -> [String; 3] {
    [PAYSLIP, BY_NAME, NAME].map(|text| text.replace("2026-11", &format!("2026-{month}")))
}

/// Nothing of it is seen by anybody before the moment, whoever corrects it meanwhile.
pub(crate) async fn what_is_held_goes_on_paper_when_consent_goes_meanwhile(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let [alone, seen, once] = ["08", "09", "10"].map(of_month);
    let moment = "2026-11-25 09:00";
    // On paper before there was any consent.
    world.roster(&[NO_CONSENT]).await;
    petra.puts(&at(DROP, &once[1]), &pdf("on paper")).await;
    world.roster(&[]).await;
    petra.puts(&at(DROP, &seen[1]), &pdf("seen")).await;
    for line in [PAYSLIP, &alone[0], &seen[0], &once[0]] {
        assert_eq!(delivers(&petra, line, moment, &pdf("held")).await, Told::Done);
    }
    world.roster(&[NO_CONSENT]).await;
    petra.puts(&at(DROP, BY_NAME), &pdf("right")).await;
    assert_eq!(state(&petra).await, "op papier zichtbaar op 2026-11-25 09:00");
    jansen.sees(ON_PAPER, &[&once[2]]).await;
    jansen.reads(&at(ON_PAPER, &once[2]), &pdf("on paper")).await;
    after(&world, UNTIL_NINE).await;
    devries.sees(OF_DEVRIES, &[&seen[2]]).await;
    devries.reads(&at(OF_DEVRIES, &seen[2]), &pdf("seen")).await;
    assert_eq!(told(&devries).await, [format!("aangeleverd {}", seen[2])]);
    jansen.sees(ON_PAPER, &[&alone[2], &seen[2], &once[2], NAME]).await;
    for name in [&alone[2], &seen[2], &once[2]] {
        jansen.reads(&at(ON_PAPER, name), &pdf("held")).await;
    }
    jansen.reads(&at(ON_PAPER, NAME), &pdf("right")).await;
    let log = text(&petra, LOG).await;
    for (deed, name) in [("aangeleverd", &alone[2]), ("nieuwe versie aangeleverd", &once[2])] {
        let line = format!(";{deed};{name};\"0042 A. de Vries; op papier\";");
        assert!(log.contains(&line), "{log}");
    }
    // It is one document, whichever receipt takes it back.
    let all = receipts(&petra, "2026-11-24").await;
    let of = |state: &str| all.iter().filter(|cells| cells[0] == state).collect::<Vec<_>>();
    let right = &of("op papier zichtbaar op 2026-11-25 09:00")[0][1];
    let held = of("zichtbaar op 2026-11-25 09:00");
    assert!(held[0][1] == *right && held[3][1] != of("op papier")[0][1], "{all:?}");
    world.gateway.vfs.withdraw(&held[3][1], "verkeerd").await.unwrap();
    world.gateway.vfs.withdraw(right, "verkeerd").await.unwrap();
    jansen.sees(ON_PAPER, &[&alone[2], &seen[2]]).await;
    // And put again it is the same.
    petra.puts(&at(DROP, &alone[1]), &pdf("held")).await;
    assert_eq!(receipts(&petra, "2026-11-25").await.pop().unwrap()[0], "ongewijzigd");
    assert_eq!(world.gateway.vfs.verify(true, |_| {}, |_| {}).await.unwrap().faults, 0);
}

pub(crate) async fn what_is_held_on_paper_is_corrected_by_what_goes_to_the_employee(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let [alone, again] = ["09", "10"].map(of_month);
    world.roster(&[NO_CONSENT]).await;
    for line in [PAYSLIP, &alone[0], &again[0]] {
        assert_eq!(delivers(&petra, line, "2026-11-25 09:00", &pdf("held")).await, Told::Done);
    }
    world.roster(&[]).await;
    for (name, content) in [(BY_NAME, "right"), (&again[1], "held")] {
        petra.puts(&at(DROP, name), &pdf(content)).await;
        assert_eq!(state(&petra).await, "zichtbaar op 2026-11-25 09:00");
    }
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, UNTIL_NINE).await;
    devries.sees(OF_DEVRIES, &[&again[2], NAME]).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("right")).await;
    devries.reads(&at(OF_DEVRIES, &again[2]), &pdf("held")).await;
    // What nobody corrected is on paper, as it was to be.
    jansen.sees(ON_PAPER, &[&alone[2]]).await;
    jansen.sees(WITH_JANSEN, &[&again[2], NAME]).await;
    // It never was with the employer, and stays when that goes.
    let ended = |from: &'static str, until: &'static str| ("jansen.csv", from, until);
    world
        .roster(&[
            ended("2019-03-01;;", "2019-03-01;2026-11-24;"),
            ended("2020-01-01;;", "2020-01-01;2026-11-24;"),
            ended("2021-01-01;;", "2021-01-01;2026-11-24;"),
            ("roster.toml", "2026-01-01, release", "2026-01-01, until = 2026-11-24, release"),
        ])
        .await;
    world.gateway.vfs.erase("bakkerij-jansen").await.unwrap();
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("right")).await;
}

/// Whether consent is there again by then or not: what was delivered last is the newest.
pub(crate) async fn what_was_replaced_since_is_not_followed_by_what_was_held_for_paper(
    world: World,
) {
    let [jansen, devries] = world.clients(["jansen", "devries"]).await;
    let months = ["07", "08", "09", "10"].map(of_month);
    for [_, delivered, _] in &months {
        jansen.puts(&at(DROP, delivered), &pdf("seen")).await;
    }
    world.roster(&[NO_CONSENT]).await;
    for [line, ..] in &months {
        assert_eq!(delivers(&jansen, line, "2026-11-25 09:00", &pdf("held")).await, Told::Done);
    }
    let [without, with, again, at_once] = months;
    jansen.puts(&at(WITH_JANSEN, &without[2]), &pdf("newest")).await;
    world.roster(&[]).await;
    jansen.puts(&at(WITH_JANSEN, &with[2]), &pdf("newest")).await;
    for name in [&without[2], &with[2]] {
        let log = text(&jansen, LOG).await;
        assert!(log.contains(&format!(";ingetrokken;{name};er is een nieuwere versie;")), "{log}");
    }
    jansen.puts(&at(DROP, &again[1]), &pdf("newest")).await;
    let moment = "2026-11-24 09:00";
    assert_eq!(delivers(&jansen, &at_once[0], moment, &pdf("newest")).await, Told::Done);
    after(&world, UNTIL_NINE).await;
    jansen.has_no(ON_PAPER).await;
    for [_, _, name] in [&without, &with, &again, &at_once] {
        devries.reads(&at(OF_DEVRIES, name), &pdf("newest")).await;
    }
    // The receipt of what was held leads to what is seen in its place.
    let all = receipts(&jansen, "2026-11-24").await;
    let held = all.iter().find(|cells| cells[0] == "op papier zichtbaar op 2026-11-25 09:00");
    world.gateway.vfs.withdraw(&held.unwrap()[1], "verkeerd").await.unwrap();
    devries.has_no(&at(OF_DEVRIES, &without[2])).await;
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

pub(crate) async fn what_is_held_counts_for_whoever_delivered_it_and_once(world: World) {
    let petra = world.client("petra").await;
    let session = world.gateway.session("petra").await;
    let used = async || {
        world.gateway.vfs.space(&session, &DossierPath::parse("/").unwrap()).await.unwrap().used
    };
    let size = |text: &str| pdf(text).len() as u64;
    petra.puts(&at(DROP, BY_NAME), &pdf("old")).await;
    agreed(&world, "25 09:00").await;
    // Of a version that is seen and one that is held both count.
    for text in ["longer", "the longest"] {
        petra.puts(&at(DROP, BY_NAME), &pdf(text)).await;
        assert_eq!(used().await, size("old") + size(text));
    }
    petra.puts(&at(DROP, JOURNAL), &pdf("journal")).await;
    let [_, journal] = receipts(&petra, "2026-11-24").await.pop().unwrap();
    world.gateway.vfs.withdraw(&journal, "verkeerd").await.unwrap();
    assert_eq!(used().await, size("old") + size("the longest"));
    after(&world, UNTIL_NINE).await;
    assert_eq!(used().await, size("the longest"));
    assert_eq!(versions_in_order(&world.gateway.db).await, 4);
    let mut findings = Vec::new();
    world.gateway.vfs.verify(true, |found| findings.push(found), |_| {}).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
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

pub(crate) async fn what_is_held_is_corrected_and_stays_held(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    assert_eq!(delivers(&petra, PAYSLIP, "2026-12-24 09:00", &pdf("wrong")).await, Told::Done);
    // Only a manifest brings the moment forward.
    petra.puts(&at(DROP, BY_NAME), &pdf("right")).await;
    assert_eq!(state(&petra).await, "zichtbaar op 2026-12-24 09:00");
    agreed(&world, "25 09:00").await;
    petra.puts(&at(DROP, BY_NAME), &pdf("better")).await;
    assert_eq!(state(&petra).await, "zichtbaar op 2026-12-24 09:00");
    after(&world, UNTIL_NINE).await;
    nobody_sees_it([&jansen, &devries]).await;
    after(&world, 29 * DAY).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("better")).await;
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
