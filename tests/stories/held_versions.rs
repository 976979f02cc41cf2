//! New versions of what is held back or already seen, by a delivery, by hand, or after it was taken back:
//! which of them is seen when the moment comes (PRODUCT.md sections 5 and 6).

use crate::client::Told;
use crate::common::{pdf, versions_in_order};
use crate::holding::{
    JOURNAL, JOURNALS, LOG, PAYSLIP, UNTIL_NINE, after, agreed, delivers, nobody_sees_it, receipts,
    state, text, told,
};
use crate::world::{BY_NAME, DAY, DROP, NAME, OF_DEVRIES, PLACED, WITH_JANSEN, World, at};
use loondossier::dossier::DossierPath;

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
