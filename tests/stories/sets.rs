//! Sets that an office hands over to its employer: when they are seen, what the office does with them
//! meanwhile, and what becomes of them when the office changes (PRODUCT.md section 6).

use crate::client::{Client, Told};
use crate::common::{eventually, pdf};
use crate::world::{BY_NAME, DAY, MINE, World, at};
use loondossier::dossier::DossierPath;
use loondossier::vfs::Create;

pub(crate) const REVIEW: &str = "/Ter controle";
pub(crate) const APPROVED: &str = "/Goedgekeurd";
pub(crate) const REJECTED: &str = "/Afgekeurd";
const PETRAS: &str = "/Werkgevers/Bakkerij Jansen BV";
pub(crate) const SET: &str = "Loon 2026-11";
/// A little more than two minutes.
pub(crate) const QUIET: i64 = 2 * 60_000 + 1;

/// Where Petra has it.
pub(crate) fn hers(state: &str) -> String {
    format!("{PETRAS}{state}")
}

pub(crate) fn set(folder: &str) -> String {
    at(folder, SET)
}

/// Petra hands a set over whole: these files, and a series overview.
pub(crate) async fn hands_over(petra: &Client, name: &str, files: &[&str]) {
    let own = at(MINE, name);
    petra.makes(&own).await;
    for file in files {
        petra.puts(&at(&own, file), &pdf(file)).await;
    }
    petra.moves(&own, &at(&hers(REVIEW), name)).await;
}

pub(crate) async fn log(client: &Client) -> String {
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
