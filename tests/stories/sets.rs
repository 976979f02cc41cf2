//! Sets and the green light (PRODUCT.md section 6).

use crate::client::{Client, Told};
use crate::common::{eventually, pdf};
use crate::world::{BY_NAME, DAY, MINE, OF_DEVRIES, World, at, receipts};
use futures_util::future::join_all;
use loondossier::dossier::{DossierPath, Error};
use loondossier::vfs::Create;

const REVIEW: &str = "/Ter controle";
const APPROVED: &str = "/Goedgekeurd";
const REJECTED: &str = "/Afgekeurd";
const PETRAS: &str = "/Werkgevers/Bakkerij Jansen BV";
const SET: &str = "Loon 2026-11";
/// A little more than two minutes.
const QUIET: i64 = 2 * 60_000 + 1;
const ON_APPROVAL: (&str, &str, &str) =
    ("roster.toml", "release = \"manual\"", "release = \"on-approval\"");

/// Where Petra has it.
fn hers(state: &str) -> String {
    format!("{PETRAS}{state}")
}

fn set(folder: &str) -> String {
    at(folder, SET)
}

/// Petra hands a set over whole: these files, and a series overview.
async fn hands_over(petra: &Client, name: &str, files: &[&str]) {
    let own = at(MINE, name);
    petra.makes(&own).await;
    for file in files {
        petra.puts(&at(&own, file), &pdf(file)).await;
    }
    petra.moves(&own, &at(&hers(REVIEW), name)).await;
}

async fn log(client: &Client) -> String {
    String::from_utf8(client.get("/Logboek/2026-11.csv").await.unwrap()).unwrap()
}

pub(crate) async fn a_set_is_seen_when_it_has_been_quiet_for_two_minutes(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let here = set(&hers(REVIEW));
    petra.makes(&here).await;
    petra.puts(&at(&here, "serie.pdf"), &pdf("series")).await;
    petra.sees(&here, &["serie.pdf"]).await;
    jansen.sees(REVIEW, &[]).await;
    jansen.has_no(&set(REVIEW)).await;
    jansen.has_no(&at(&set(REVIEW), "serie.pdf")).await;
    assert!(!log(&jansen).await.contains(SET));
    world.gateway.clock.advance(QUIET);
    jansen.sees(REVIEW, &[SET]).await;
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("series")).await;
    eventually("the employer is told", || async {
        log(&jansen)
            .await
            .contains(&format!("P. de Boer (Administratiekantoor Visser);ter controle;{SET};"))
    })
    .await;
    for change in 0..4 {
        match change {
            0 => petra.puts(&at(&here, "nog een.pdf"), &pdf("more")).await,
            1 => petra.moves(&at(&here, "nog een.pdf"), &at(&here, "ander.pdf")).await,
            2 => petra.deletes(&at(&here, "ander.pdf")).await,
            _ => petra.makes(&at(&here, "map")).await,
        }
        jansen.has_no(&set(REVIEW)).await;
        world.gateway.clock.advance(QUIET);
        jansen.sees(REVIEW, &[SET]).await;
    }
    assert!(
        !devries.tree("/").await.iter().any(|path| path.contains(SET) || path.contains("serie"))
    );
}

pub(crate) async fn a_set_that_came_whole_is_seen_at_once(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf", BY_NAME]).await;
    petra.sees(MINE, &[]).await;
    petra.reads(&at(&set(&hers(REVIEW)), BY_NAME), &pdf(BY_NAME)).await;
    jansen.sees(&set(REVIEW), &[BY_NAME, "serie.pdf"]).await;
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("serie.pdf")).await;
    petra.makes(&at(MINE, "kopie")).await;
    petra.puts(&at(MINE, "kopie/a.pdf"), &pdf("a")).await;
    petra.copies(&at(MINE, "kopie"), &at(&hers(REVIEW), "kopie")).await;
    petra.sees(MINE, &["kopie"]).await;
    // By SFTP its files come one by one.
    world.gateway.clock.advance(QUIET);
    jansen.reads(&at(REVIEW, "kopie/a.pdf"), &pdf("a")).await;
    // A file that is moved into a set is a change like any other.
    petra.moves(&at(MINE, "kopie/a.pdf"), &at(&hers(REVIEW), "kopie/b.pdf")).await;
    petra.has_no(&at(MINE, "kopie/a.pdf")).await;
    jansen.has_no(&at(REVIEW, "kopie")).await;
    petra.sees(&at(&hers(REVIEW), "kopie"), &["a.pdf", "b.pdf"]).await;
}

pub(crate) async fn a_set_that_takes_the_place_of_another_is_not_seen_at_once(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("serie.pdf")).await;
    petra.makes(&at(MINE, "ander")).await;
    petra.puts(&at(MINE, "ander/serie.pdf"), &pdf("another")).await;
    let moved = petra.rename(&at(MINE, "ander"), &set(&hers(REVIEW)), true).await;
    assert_eq!(moved, Told::Done);
    // What it decides on is not what it read.
    jansen.has_no(&set(REVIEW)).await;
    world.gateway.clock.advance(QUIET);
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("another")).await;
    // Nor is it when the one goes before the other comes.
    petra.makes(&at(MINE, "derde")).await;
    petra.puts(&at(MINE, "derde/serie.pdf"), &pdf("third")).await;
    petra.deletes(&set(&hers(REVIEW))).await;
    petra.moves(&at(MINE, "derde"), &set(&hers(REVIEW))).await;
    jansen.has_no(&set(REVIEW)).await;
    world.gateway.clock.advance(QUIET);
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("third")).await;
}

pub(crate) async fn an_employer_decides_by_moving_a_set_and_the_decision_is_final(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    for (state, other, name, word) in [
        (APPROVED, REJECTED, SET, ";goedgekeurd;"),
        (REJECTED, APPROVED, "Loon 2026-10", ";afgekeurd;"),
    ] {
        hands_over(&petra, name, &["serie.pdf"]).await;
        let (waits, decided) = (at(REVIEW, name), at(state, name));
        // Only a whole set, under the name it has.
        jansen.may_not_move(&at(&waits, "serie.pdf"), &at(state, "serie.pdf")).await;
        jansen.may_not_move(&waits, &at(state, "anders")).await;
        jansen.may_not_move(&waits, &at(MINE, name)).await;
        jansen.may_not_move(&waits, &at(REVIEW, "anders")).await;
        petra.may_not_move(&at(&hers(REVIEW), name), &at(&hers(state), name)).await;
        jansen.moves(&waits, &decided).await;
        jansen.has_no(&waits).await;
        jansen.reads(&at(&decided, "serie.pdf"), &pdf("serie.pdf")).await;
        petra.has_no(&at(&hers(REVIEW), name)).await;
        petra.reads(&at(&at(&hers(state), name), "serie.pdf"), &pdf("serie.pdf")).await;
        for client in [&petra, &jansen] {
            let log = log(client).await;
            let line = log.lines().find(|line| line.contains(word)).unwrap();
            let hash = line.split(';').nth(4).unwrap();
            assert!(line.contains("K. Jansen") && hash.len() == 64, "{line}");
        }
        jansen.may_not_move(&decided, &waits).await;
        jansen.may_not_move(&decided, &at(other, name)).await;
        jansen.may_not_delete(&decided).await;
        let hers = at(&hers(state), name);
        petra.may_not_put(&at(&hers, "serie.pdf")).await;
        petra.may_not_put(&at(&hers, "nieuw.pdf")).await;
        petra.may_not_make(&at(&hers, "nieuw")).await;
        petra.may_not_delete(&at(&hers, "serie.pdf")).await;
        petra.may_not_delete(&hers).await;
    }
}

pub(crate) async fn an_employer_says_why_before_or_after(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    let (waits, reason) = (set(REVIEW), at(&set(REVIEW), "reden.txt"));
    for name in ["reden.txt", "Reden.TXT", "re\u{200d}den.txt"] {
        petra.may_not_put(&at(&set(&hers(REVIEW)), name)).await;
    }
    // Nor by another way.
    petra.makes(&at(MINE, "met")).await;
    petra.puts(&at(MINE, "met/reden.txt"), b"van het kantoor").await;
    petra.may_not_move(&at(MINE, "met"), &at(&hers(REVIEW), "met")).await;
    petra.may_not_move(&at(MINE, "met/reden.txt"), &at(&set(&hers(REVIEW)), "reden.txt")).await;
    petra.moves(&at(MINE, "met"), &at(&set(&hers(REVIEW)), "met")).await;
    petra.may_not_move(&at(&set(&hers(REVIEW)), "met"), &at(&hers(REVIEW), "met")).await;
    petra.may_not_make(&at(&set(&hers(REVIEW)), "reden.txt")).await;
    petra.deletes(&at(&set(&hers(REVIEW)), "met")).await;
    world.gateway.clock.advance(QUIET);
    jansen.puts(&reason, b"uren kloppen niet").await;
    jansen.puts(&reason, b"uren van 0042 kloppen niet").await;
    // That hides nothing.
    jansen.sees(&waits, &["reden.txt", "serie.pdf"]).await;
    petra.reads(&at(&set(&hers(REVIEW)), "reden.txt"), b"uren van 0042 kloppen niet").await;
    petra.may_not_delete(&at(&set(&hers(REVIEW)), "reden.txt")).await;
    assert!(log(&petra).await.contains(";vervangen;reden.txt;"));
    assert!(
        log(&jansen).await.contains("P. de Boer (Administratiekantoor Visser);geopend;reden.txt;")
    );
    for other in ["reden.pdf", "serie.pdf"] {
        jansen.may_not_put(&at(&waits, other)).await;
    }
    jansen.may_not_put(&at(REVIEW, "reden.txt")).await;
    jansen.may_not_make(&at(REVIEW, "map")).await;
    jansen.may_not_make(&at(&waits, "map")).await;
    jansen.may_not_delete(&waits).await;
    jansen.moves(&waits, &set(REJECTED)).await;
    jansen.puts(&at(&set(REJECTED), "reden.txt"), b"en die van 0043").await;
    petra.reads(&at(&set(&hers(REJECTED)), "reden.txt"), b"en die van 0043").await;
    jansen.may_not_put(&at(&set(REJECTED), "nog iets.txt")).await;
}

pub(crate) async fn a_set_never_meets_a_taken_name(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    for (n, state) in [(1, APPROVED), (2, APPROVED), (3, REJECTED)] {
        hands_over(&petra, SET, &["serie.pdf"]).await;
        petra.sees(&hers(REVIEW), &[SET]).await;
        let name = if n == 1 { SET.to_owned() } else { format!("{SET} ({n})") };
        jansen.sees(REVIEW, &[&name]).await;
        jansen.moves(&at(REVIEW, &name), &at(state, &name)).await;
    }
    jansen.sees(APPROVED, &[SET, "Loon 2026-11 (2)"]).await;
    jansen.sees(REJECTED, &["Loon 2026-11 (3)"]).await;
    petra.sees(&hers(APPROVED), &[SET, "Loon 2026-11 (2)"]).await;
    petra.sees(&hers(REJECTED), &[SET]).await;
}

pub(crate) async fn what_is_approved_is_delivered_where_that_was_agreed(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let journal = "123456782L01_journaal_2026-11.pdf";
    hands_over(&petra, SET, &["toelichting.pdf", BY_NAME, journal]).await;
    jansen.puts(&at(&set(REVIEW), "reden.txt"), b"akkoord").await;
    devries.has_no(OF_DEVRIES).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf(BY_NAME)).await;
    let filed = "/Overzichten/Journaalposten/2026/Journaalpost 2026-11.pdf";
    jansen.reads(filed, &pdf(journal)).await;
    let receipts = receipts(&petra).await;
    for (file, state) in
        [(BY_NAME, "aangenomen"), (journal, "aangenomen"), ("toelichting.pdf", "geen aanlevering")]
    {
        let line = receipts.lines().find(|l| l.contains(&format!(";{SET}/{file};"))).unwrap();
        assert_eq!(line.split(';').nth(5), Some(state), "{line}");
    }
    assert!(!receipts.contains("reden.txt"));
    petra.sees("/Aanleveren", &["Afgewezen", "Ontvangst"]).await;
    assert!(log(&devries).await.contains("P. de Boer (Administratiekantoor Visser);aangeleverd;"));
    // Delivered again it is a new version.
    petra.puts(&at("/Aanleveren", BY_NAME), &pdf("corrected")).await;
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-11.pdf"]).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf("corrected")).await;
    petra.deletes(&at("/Aanleveren", BY_NAME)).await;
    // What was rejected is delivered to nobody.
    hands_over(&petra, "Loon 2026-10", &["123456782L01_0042_loonstrook_2026-10.pdf"]).await;
    jansen.moves(&at(REVIEW, "Loon 2026-10"), &at(REJECTED, "Loon 2026-10")).await;
    devries.sees(OF_DEVRIES, &["Loonstrook 2026-11.pdf"]).await;
}

pub(crate) async fn of_an_approved_set_all_is_delivered_or_nothing(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    let unknown = "123456782L01_9999_loonstrook_2026-11.pdf";
    let of_bos = "111222333L01_7_loonstrook_2026-11.pdf";
    hands_over(&petra, SET, &["toelichting.pdf", BY_NAME, unknown, of_bos]).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    // The decision stands.
    jansen.sees(APPROVED, &[SET]).await;
    devries.has_no(OF_DEVRIES).await;
    let receipts = receipts(&petra).await;
    let state = |file: &str| {
        let line = receipts.lines().find(|l| l.contains(&format!(";{SET}/{file};")));
        line.and_then(|line| line.split(';').nth(5)).map(str::to_owned)
    };
    assert_eq!(state(unknown).as_deref(), Some("afgewezen E05"), "{receipts}");
    assert!(state(of_bos).is_some_and(|state| state == "afgewezen E06"), "{receipts}");
    assert_eq!(state("toelichting.pdf").as_deref(), Some("geen aanlevering"));
    assert_eq!(state(BY_NAME).as_deref(), Some("niet aangeleverd"));
    assert!(log(&petra).await.contains(&format!("vanzelf;set niet aangeleverd;{SET};E0")));
    petra.sees("/Aanleveren/Afgewezen", &[]).await;
}

pub(crate) async fn without_that_agreement_nothing_in_a_set_is_delivered(world: World) {
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    hands_over(&petra, SET, &[BY_NAME]).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    world.gateway.vfs.release_sets().await;
    devries.has_no(OF_DEVRIES).await;
    assert!(!devries.tree("/").await.iter().any(|path| path.contains("Loonstrook")));
    petra.puts(&at("/Aanleveren", BY_NAME), &pdf("delivered")).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf("delivered")).await;
}

pub(crate) async fn a_decision_is_on_what_was_shown(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    let vfs = &world.gateway.vfs;
    let (employer, office) =
        (world.gateway.session("jansen").await, world.gateway.session("petra").await);
    let shown = vfs.sets(&employer).await.unwrap().remove(0);
    assert_eq!((shown.name.as_str(), shown.state, shown.files), (SET, "review", 1));
    assert_eq!(vfs.sets(&office).await.unwrap()[0].hash, shown.hash);
    // The reason is no part of it.
    jansen.puts(&at(&set(REVIEW), "reden.txt"), b"in orde").await;
    assert_eq!(vfs.sets(&employer).await.unwrap()[0].hash, shown.hash);
    petra.puts(&at(&set(&hers(REVIEW)), "serie.pdf"), &pdf("another")).await;
    // While it changes there is nothing to decide on.
    assert!(vfs.sets(&employer).await.unwrap().is_empty());
    assert!(vfs.decide(&employer, SET, true, Some(&shown.hash), None).await.is_err());
    assert_eq!(jansen.rename(&set(REVIEW), &set(APPROVED), false).await, Told::Absent);
    world.gateway.clock.advance(QUIET);
    let now = vfs.sets(&employer).await.unwrap().remove(0);
    assert_ne!(now.hash, shown.hash);
    let told = vfs.decide(&employer, SET, true, Some(&shown.hash), Some("fout")).await;
    assert_eq!(told, Err(loondossier::dossier::Error::Precondition));
    jansen.reads(&at(&set(REVIEW), "reden.txt"), b"in orde").await;
    jansen.sees(REVIEW, &[SET]).await;
    // Of two who decide at once one does, and the other is told that there is nothing to decide on any more.
    let (yes, no) = tokio::join!(
        vfs.decide(&employer, SET, true, Some(&now.hash), None),
        vfs.decide(&employer, SET, false, Some(&now.hash), Some("toch niet")),
    );
    let told = if yes.is_ok() { no.as_ref().err() } else { yes.as_ref().err() };
    assert!(yes.is_ok() != no.is_ok(), "{yes:?} {no:?}");
    assert_eq!(told, Some(&loondossier::dossier::Error::NotFound));
    let decided = vfs.sets(&office).await.unwrap().remove(0);
    assert_eq!(decided.state, if yes.is_ok() { "approved" } else { "rejected" });
    assert_eq!((decided.hash, decided.by.as_deref()), (now.hash, Some("K. Jansen")));

    // So it is when both move it, each from a client of its own.
    let other = world.client("jansen").await;
    for round in 0..5 {
        let name = format!("ronde {round}");
        hands_over(&petra, &name, &["serie.pdf"]).await;
        let [from, good, bad] = [REVIEW, APPROVED, REJECTED].map(|folder| at(folder, &name));
        let told =
            tokio::join!(jansen.rename(&from, &good, false), other.rename(&from, &bad, false));
        let (won, lost) = match told {
            (Told::Done, Told::Absent) => (good, bad),
            (Told::Absent, Told::Done) => (bad, good),
            neither => panic!("{neither:?}"),
        };
        jansen.reads(&at(&won, "serie.pdf"), &pdf("serie.pdf")).await;
        jansen.has_no(&lost).await;
        jansen.has_no(&from).await;
    }
}

pub(crate) async fn what_is_under_review_when_the_office_goes_is_rejected(world: World) {
    let until = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-24, release";
    let from = "\"kantoor-visser\", from = 2026-01-01, release";
    world.roster(&[("roster.toml", from, until)]).await;
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    hands_over(&petra, "met reden", &["serie.pdf"]).await;
    jansen.puts(&at(REVIEW, "met reden/reden.txt"), b"nog aan het kijken").await;
    world.gateway.clock.advance(DAY);
    eventually("the sets are closed", || async {
        jansen.get(&at(&set(REJECTED), "reden.txt")).await.is_ok()
    })
    .await;
    jansen.has_no(REVIEW).await;
    jansen.has_no(APPROVED).await;
    jansen.sees(REJECTED, &[SET, "met reden"]).await;
    jansen.reads(&at(&set(REJECTED), "reden.txt"), "opdracht beëindigd\n".as_bytes()).await;
    jansen.reads(&at(REJECTED, "met reden/reden.txt"), b"nog aan het kijken").await;
    jansen.reads(&at(&set(REJECTED), "serie.pdf"), &pdf("serie.pdf")).await;
    petra.has_no(PETRAS).await;
    let log = log(&jansen).await;
    assert!(log.contains(&format!("vanzelf;afgekeurd;{SET};opdracht beëindigd;")), "{log}");
}

pub(crate) async fn an_office_takes_back_what_it_placed(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf", "te veel.pdf"]).await;
    petra.deletes(&at(&set(&hers(REVIEW)), "te veel.pdf")).await;
    world.gateway.clock.advance(QUIET);
    jansen.sees(&set(REVIEW), &["serie.pdf"]).await;
    petra.moves(&set(&hers(REVIEW)), &at(&hers(REVIEW), "Loon november")).await;
    jansen.sees(REVIEW, &[]).await;
    world.gateway.clock.advance(QUIET);
    jansen.sees(REVIEW, &["Loon november"]).await;
    eventually("the employer is told", || async {
        log(&jansen).await.contains(";ter controle;Loon november;")
    })
    .await;
    // What it is called while nobody sees it, nobody is told.
    petra.moves(&at(&hers(REVIEW), "Loon november"), &at(&hers(REVIEW), "toch niet")).await;
    petra.deletes(&at(&hers(REVIEW), "toch niet")).await;
    jansen.has_no(&at(REVIEW, "Loon november")).await;
    petra.sees(&hers(REVIEW), &[]).await;
    assert!(log(&petra).await.contains(";ingetrokken;toch niet;"));
    assert!(log(&jansen).await.contains(";ingetrokken;Loon november;"));
    assert!(!log(&jansen).await.contains("toch niet"));
    // A file is no set.
    petra.may_not_put(&at(&hers(REVIEW), "serie.pdf")).await;
    petra.puts(&at(MINE, "serie.pdf"), &pdf("x")).await;
    petra.may_not_move(&at(MINE, "serie.pdf"), &at(&hers(REVIEW), "serie.pdf")).await;
    petra.may_not_copy(&at(MINE, "serie.pdf"), &at(&hers(REVIEW), "serie.pdf")).await;
}

pub(crate) async fn what_a_system_leaves_behind_is_no_part_of_a_set(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    petra.puts(&at(&set(&hers(REVIEW)), "._serie.pdf"), b"fork").await;
    jansen.sees(&set(REVIEW), &["serie.pdf"]).await;
    jansen.has_no(&at(&set(REVIEW), "._serie.pdf")).await;
    petra.reads(&at(&set(&hers(REVIEW)), "._serie.pdf"), b"fork").await;
    petra.deletes(&at(&set(&hers(REVIEW)), "._serie.pdf")).await;
    jansen.sees(&set(REVIEW), &["serie.pdf"]).await;
}

pub(crate) async fn the_next_office_sees_nothing_of_the_sets_of_the_one_before(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    let next = "\"loon-bv\", from = 2026-11-24, release";
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    let employer = "[[employer]]\nid = \"bakkerij-jansen\"";
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    world.roster(&[("roster.toml", engaged, next), ("roster.toml", employer, office)]).await;
    world.gateway.admin.set_password("els", crate::common::PASSWORD).await.unwrap();
    let els = world.client("els").await;
    els.sees(&hers(APPROVED), &[]).await;
    els.has_no(&set(&hers(APPROVED))).await;
    // Nor of what the employer does with them.
    jansen.reads(&at(&set(APPROVED), "serie.pdf"), &pdf("serie.pdf")).await;
    jansen.copies(&at(&set(APPROVED), "serie.pdf"), &at(MINE, "serie.pdf")).await;
    jansen.puts(&at(&set(APPROVED), "reden.txt"), b"van de vorige").await;
    for client in [&els, &petra] {
        let log = client.get("/Logboek/2026-11.csv").await.unwrap_or_default();
        let log = String::from_utf8(log).unwrap();
        assert!(!log.contains("geopend;serie.pdf") && !log.contains("reden.txt"), "{log}");
    }
    // A name that it does not see is free to it.
    els.makes(&set(&hers(REVIEW))).await;
    els.puts(&at(&set(&hers(REVIEW)), "serie.pdf"), &pdf("of the next")).await;
    els.sees(&hers(REVIEW), &[SET]).await;
    world.gateway.clock.advance(QUIET);
    jansen.sees(REVIEW, &["Loon 2026-11 (2)"]).await;
    jansen.moves(&at(REVIEW, "Loon 2026-11 (2)"), &at(APPROVED, "Loon 2026-11 (2)")).await;
    els.sees(&hers(APPROVED), &[SET]).await;
    els.reads(&at(&set(&hers(APPROVED)), "serie.pdf"), &pdf("of the next")).await;
    jansen.sees(APPROVED, &[SET, "Loon 2026-11 (2)"]).await;
}

pub(crate) async fn sets_close_when_the_office_changes_from_today_on(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    hands_over(&petra, SET, &["serie.pdf"]).await;
    petra.makes(&at(&hers(REVIEW), "half")).await;
    petra.puts(&at(&hers(REVIEW), "half/concept.pdf"), &pdf("concept")).await;
    let next = "\"loon-bv\", from = 2026-11-24, release";
    let office =
        "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\n[[employer]]\nid = \"bakkerij-jansen\"";
    let employer = "[[employer]]\nid = \"bakkerij-jansen\"";
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    world.roster(&[("roster.toml", engaged, next), ("roster.toml", employer, office)]).await;
    eventually("the set is closed", || async {
        jansen.list(REJECTED).await == Ok(vec![SET.into()])
    })
    .await;
    // What was not quiet yet is seen no sooner than it would have been.
    assert!(!log(&jansen).await.contains("half"));
    assert!(!jansen.tree("/").await.iter().any(|path| path.contains("half")));
    world.gateway.clock.advance(QUIET);
    eventually("the other is closed", || async {
        jansen.list(REJECTED).await == Ok(vec![SET.into(), "half".into()])
    })
    .await;
    jansen.sees(REVIEW, &[]).await;
    jansen.reads(&at(REJECTED, "half/concept.pdf"), &pdf("concept")).await;
}

pub(crate) async fn a_set_is_not_seen_while_something_is_put_into_it(world: World) {
    let petra = world.client("petra").await;
    let here = set(&hers(REVIEW));
    petra.makes(&here).await;
    let vfs = &world.gateway.vfs;
    let (office, employer) =
        (world.gateway.session("petra").await, world.gateway.session("jansen").await);
    let path = DossierPath::parse(&at(&here, "serie.pdf")).unwrap();
    let create = Create { make: true, ..Create::default() };
    let mut upload = vfs.create(&office, &path, create).await.unwrap();
    for n in 0..4 {
        upload.write_at(n, "x".into()).await.unwrap();
        assert!(vfs.sets(&employer).await.unwrap().is_empty(), "after {n} minutes and a half");
        world.gateway.clock.advance(QUIET / 4 * 3);
    }
    upload.commit().await.unwrap();
    assert!(vfs.sets(&employer).await.unwrap().is_empty());
    world.gateway.clock.advance(QUIET);
    assert_eq!(vfs.sets(&employer).await.unwrap().len(), 1);
}

/// Its client stood still for so long that the set was taken for quiet.
pub(crate) async fn what_comes_into_a_set_that_was_decided_on_meanwhile_goes_nowhere(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen, devries] = world.clients(["petra", "jansen", "devries"]).await;
    hands_over(&petra, SET, &["serie.pdf", BY_NAME]).await;
    let vfs = &world.gateway.vfs;
    let office = world.gateway.session("petra").await;
    let mut uploads = Vec::new();
    for name in [BY_NAME, "123456782L01_0043_loonstrook_2026-11.pdf"] {
        let path = DossierPath::parse(&at(&set(&hers(REVIEW)), name)).unwrap();
        let create = Create { make: true, ..Create::default() };
        let mut upload = vfs.create(&office, &path, create).await.unwrap();
        upload.write_at(0, pdf("of another").into()).await.unwrap();
        uploads.push(upload);
    }
    jansen.sees(REVIEW, &[]).await;
    world.gateway.clock.advance(QUIET);
    jansen.moves(&set(REVIEW), &set(APPROVED)).await;
    for upload in uploads {
        assert_eq!(upload.commit().await.map(drop), Err(Error::NoParent));
    }
    jansen.sees(&set(APPROVED), &[BY_NAME, "serie.pdf"]).await;
    petra.reads(&at(&set(&hers(APPROVED)), BY_NAME), &pdf(BY_NAME)).await;
    petra.sees(&hers(REVIEW), &[]).await;
    devries.reads(&at(OF_DEVRIES, "Loonstrook 2026-11.pdf"), &pdf(BY_NAME)).await;
    world.client("yilmaz").await.has_no(OF_DEVRIES).await;
}

pub(crate) async fn what_is_handed_over_is_shared_no_more(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
    petra.makes(&at(shared, SET)).await;
    petra.puts(&at(shared, "Loon 2026-11/serie.pdf"), &pdf("serie")).await;
    petra.moves(&at(shared, SET), &set(&hers(REVIEW))).await;
    jansen.sees("/Gedeeld door kantoor", &[]).await;
    jansen.reads(&at(&set(REVIEW), "serie.pdf"), &pdf("serie")).await;
    assert!(log(&jansen).await.contains(&format!(";delen gestopt;{SET};")));
    assert!(log(&petra).await.contains("Werkgevers/Bakkerij Jansen BV/Ter controle/Loon 2026-11"));
    // A set that becomes a folder of another is gone.
    eventually("the employer is told", || async { log(&jansen).await.contains(";ter controle;") })
        .await;
    hands_over(&petra, "ander", &["a.pdf"]).await;
    petra.moves(&set(&hers(REVIEW)), &at(&hers(REVIEW), "ander/oud")).await;
    assert!(log(&jansen).await.contains(&format!(";ingetrokken;{SET};")));
    // As is one that another takes the place of.
    hands_over(&petra, "derde", &["a.pdf"]).await;
    petra.makes(&at(MINE, "derde")).await;
    petra.puts(&at(MINE, "derde/b.pdf"), &pdf("b")).await;
    let over = petra.rename(&at(MINE, "derde"), &at(&hers(REVIEW), "derde"), true).await;
    assert_eq!(over, Told::Done);
    world.gateway.clock.advance(QUIET);
    jansen.sees(&at(REVIEW, "derde"), &["b.pdf"]).await;
    for client in [&jansen, &petra] {
        assert!(log(client).await.contains(";ingetrokken;derde;"));
    }
}

pub(crate) async fn many_sets_are_approved_at_once_and_each_is_delivered(world: World) {
    world.roster(&[ON_APPROVAL]).await;
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let names: Vec<String> = (1..=9).map(|month| format!("Journaal 2026-0{month}")).collect();
    for (month, name) in (1..).zip(&names) {
        let journal = format!("123456782L01_journaal_2026-0{month}.pdf");
        hands_over(&petra, name, &[&journal]).await;
    }
    let (vfs, employer) = (&world.gateway.vfs, world.gateway.session("jansen").await);
    join_all(
        names.iter().map(async |name| vfs.decide(&employer, name, true, None, None).await.unwrap()),
    )
    .await;
    let sets = vfs.sets(&employer).await.unwrap();
    assert!(sets.len() == 9 && sets.iter().all(|set| set.released), "{sets:?}");
    let journals = jansen.list("/Overzichten/Journaalposten/2026").await.unwrap();
    assert_eq!(journals.len(), 9, "{journals:?}");
}
