//! What is held back for who did not agree to get it digitally, or agrees or no more agrees meanwhile
//! (PRODUCT.md sections 5 and 6).

use crate::client::Told;
use crate::common::pdf;
use crate::holding::{
    LOG, PAYSLIP, UNTIL_NINE, after, agreed, delivers, nobody_sees_it, receipts, state, text, told,
};
use crate::world::{BY_NAME, DROP, NAME, OF_DEVRIES, WITH_JANSEN, World, at};

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
