//! Two who work on one file: locks, which WebDAV takes and every protocol obeys, and writing at once.

use crate::client::{Client, Told};
use crate::common::{PASSWORD, eventually, pdf};
use crate::world::{
    BY_DEVRIES, BY_JANSEN, DAY, HOUR, MINE, PLACED, TO_JANSEN, TO_OFFICE, World, at,
};
use loondossier::dossier::DossierPath;
use loondossier::vfs::{Conditions, LockRequest};

/// K. Jansen's colleague.
pub(crate) async fn colleague(world: &World) -> Client {
    let staff = "email = \"k@bakkerij.example\" }";
    let both = format!(
        "{staff}, {{ login = \"keller\", name = \"B. Keller\", email = \"b@bakkerij.example\" }}"
    );
    world.roster(&[("roster.toml", staff, &both)]).await;
    world.gateway.admin.set_password("keller", PASSWORD).await.unwrap();
    world.client("keller").await
}

/// K. Jansen locks something for an hour.
async fn jansen_locks(world: &World, path: &str) {
    locks(world, "jansen", path).await;
}

/// Somebody locks something for an hour, as an office program does when it opens it.
async fn locks(world: &World, login: &str, path: &str) {
    let session = world.gateway.session(login).await;
    let request =
        LockRequest { exclusive: true, deep: true, owner: String::new(), timeout: Some(3_600) };
    let path = DossierPath::parse(path).unwrap();
    let free = Conditions::default();
    world.gateway.vfs.lock(&session, &path, request, &free).await.unwrap();
}

pub(crate) async fn what_an_employer_does_not_see_in_a_set_keeps_it_from_no_decision(world: World) {
    let [petra, jansen] = world.clients(["petra", "jansen"]).await;
    let hers = "/Werkgevers/Bakkerij Jansen BV/Ter controle";
    for (name, locked, told) in
        [("een", ".DS_Store", Told::Done), ("twee", "serie.pdf", Told::Locked)]
    {
        let set = at(hers, name);
        petra.makes(&set).await;
        petra.puts(&at(&set, "serie.pdf"), &pdf("serie")).await;
        petra.puts(&at(&set, ".DS_Store"), b"of Finder").await;
        locks(&world, "petra", &at(&set, locked)).await;
        world.gateway.clock.advance(2 * 60_000);
        let [from, to] = ["/Ter controle", "/Goedgekeurd"].map(|state| at(state, name));
        assert_eq!(jansen.rename(&from, &to, false).await, told);
    }
}

pub(crate) async fn what_a_colleague_locked_stays_where_and_as_it_is(world: World) {
    let keller = colleague(&world).await;
    let (file, other) = (at(MINE, "a.txt"), at(MINE, "b.txt"));
    keller.puts(&file, b"of both").await;
    keller.puts(&other, b"another").await;
    locks(&world, "jansen", &file).await;
    assert_eq!(keller.put(&file, b"mine").await, Told::Locked);
    assert_eq!(keller.delete(&file).await, Told::Locked);
    for to in [at(MINE, "c.txt"), at("/Back-ups", "a.txt"), at(TO_OFFICE, "a.txt")] {
        assert_eq!(keller.rename(&file, &to, false).await, Told::Locked, "{to}");
    }
    assert_eq!(keller.rename(&other, &file, true).await, Told::Locked);
    keller.reads(&file, b"of both").await;
    keller.copies(&file, &at(MINE, "kopie.txt")).await;
    world
        .client("petra")
        .await
        .has_no("/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/a.txt")
        .await;
    world.gateway.clock.advance(2 * HOUR);
    keller.puts(&file, b"mine").await;
    keller.moves(&file, &at(TO_OFFICE, "a.txt")).await;
}

pub(crate) async fn a_locked_folder_takes_and_gives_nothing(world: World) {
    let keller = colleague(&world).await;
    let map = at(MINE, "map");
    keller.makes(&map).await;
    keller.puts(&at(&map, "a.txt"), b"inside").await;
    keller.puts(&at(MINE, "b.txt"), b"outside").await;
    locks(&world, "jansen", &map).await;
    assert_eq!(keller.put(&at(&map, "nieuw.txt"), b"x").await, Told::Locked);
    assert_eq!(keller.make_folder(&at(&map, "nieuw")).await, Told::Locked);
    assert_eq!(keller.rename(&at(MINE, "b.txt"), &at(&map, "b.txt"), false).await, Told::Locked);
    assert_eq!(keller.copy(&at(MINE, "b.txt"), &at(&map, "b.txt")).await, Told::Locked);
    assert_eq!(keller.rename(&at(&map, "a.txt"), &at(MINE, "a.txt"), false).await, Told::Locked);
    assert_eq!(keller.rename(&map, &at(TO_OFFICE, "map"), false).await, Told::Locked);
    assert_eq!(keller.delete(&map).await, Told::Locked);
    keller.sees(&map, &["a.txt"]).await;
    keller.sees(MINE, &["b.txt", "map"]).await;
}

/// A lock is on the document, where its owner has it; a forward is the employer's to end.
pub(crate) async fn what_an_employee_locked_is_still_forwarded_no_more(world: World) {
    let keller = colleague(&world).await;
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    let (shared, link) = (at(TO_JANSEN, "a.txt"), at(TO_OFFICE, "map/a.txt"));
    devries.puts(&shared, b"a").await;
    jansen.makes(&at(TO_OFFICE, "map")).await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &link).await;
    locks(&world, "devries", &shared).await;
    jansen.moves(&link, &at(BY_DEVRIES, "a.txt")).await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &link).await;
    petra.reads(&at(BY_JANSEN, "map/a.txt"), b"a").await;
    locks(&world, "jansen", &at(TO_OFFICE, "map")).await;
    assert_eq!(keller.delete(&link).await, Told::Locked);
    assert_eq!(keller.rename(&link, &at(BY_DEVRIES, "a.txt"), false).await, Told::Locked);
    world.gateway.clock.advance(2 * HOUR);
    locks(&world, "devries", &shared).await;
    keller.deletes(&link).await;
    petra.has_no(&at(BY_JANSEN, "map/a.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
}

pub(crate) async fn a_lock_of_a_suspended_account_is_in_nobodys_way(world: World) {
    let keller = colleague(&world).await;
    let (file, map) = (at(MINE, "a.txt"), at(MINE, "map"));
    keller.puts(&file, b"of both").await;
    keller.makes(&map).await;
    keller.puts(&at(&map, "b.txt"), b"inside").await;
    jansen_locks(&world, &file).await;
    jansen_locks(&world, &map).await;
    assert_eq!(keller.put(&file, b"mine").await, Told::Locked);
    assert_eq!(keller.delete(&map).await, Told::Locked);
    world.gateway.admin.suspend("jansen").await.unwrap();
    keller.puts(&file, b"mine").await;
    keller.puts(&at(&map, "c.txt"), b"new").await;
    keller.moves(&file, &at(TO_OFFICE, "a.txt")).await;
    keller.deletes(&map).await;
    locks(&world, "keller", &at(TO_OFFICE, "a.txt")).await;
}

/// A lock on the employer's folder with a forwarded document in it is not the employee's affair.
pub(crate) async fn a_lock_around_a_forwarded_document_does_not_hold_its_owner(world: World) {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    devries.puts(&at(TO_JANSEN, "b.txt"), b"b").await;
    jansen.makes(&at(TO_OFFICE, "map")).await;
    for name in ["a.txt", "b.txt"] {
        jansen.moves(&at(BY_DEVRIES, name), &at(TO_OFFICE, &format!("map/{name}"))).await;
    }
    jansen_locks(&world, &at(TO_OFFICE, "map")).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"newer").await;
    petra.reads(&at(BY_JANSEN, "map/a.txt"), b"newer").await;
    devries.moves(&at(TO_JANSEN, "a.txt"), &at(MINE, "a.txt")).await;
    devries.deletes(&at(TO_JANSEN, "b.txt")).await;
    petra.sees(&at(BY_JANSEN, "map"), &[]).await;
}

const ENGAGED: &str = "\"kantoor-visser\", from = 2026-01-01, release";
const ENDED: &str = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";

/// Nobody has a lock on what K. Jansen sees there, from now on or soon.
async fn is_locked_no_more(world: &World, path: &str) {
    eventually("it is locked no more", async || {
        let session = world.gateway.session("jansen").await;
        let found = world.gateway.vfs.stat(&session, &DossierPath::parse(path).unwrap()).await;
        found.is_ok_and(|entry| entry.locks.is_empty())
    })
    .await;
}

pub(crate) async fn a_lock_on_what_is_on_paper_ends_with_the_engagement(world: World) {
    let last = ENDED.replace("11-23", "11-24");
    world.roster(&[("roster.toml", ENGAGED, &last)]).await;
    // It is its last half hour, of a day that ends at 23:00 UTC.
    let midnight = DAY - (world.gateway.clock.now() + HOUR).rem_euclid(DAY);
    world.gateway.clock.advance(midnight - HOUR / 2);
    let petra = world.client("petra").await;
    let name = "Loonstrook 2026-11.pdf";
    let listed = at("/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder", name);
    petra.puts(&listed, &pdf("paper")).await;
    locks(&world, "petra", &listed).await;
    world.gateway.clock.advance(HOUR / 2);
    is_locked_no_more(&world, &at("/Werknemers/0044 B. Zonder/Op papier/2026", name)).await;
}

pub(crate) async fn a_lock_in_a_set_ends_with_the_engagement(world: World) {
    let petra = world.client("petra").await;
    let set = "/Werkgevers/Bakkerij Jansen BV/Ter controle/een";
    petra.makes(set).await;
    petra.puts(&at(set, "serie.pdf"), &pdf("serie")).await;
    world.gateway.clock.advance(2 * 60_000);
    locks(&world, "petra", &at(set, "serie.pdf")).await;
    world.roster(&[("roster.toml", ENGAGED, ENDED)]).await;
    is_locked_no_more(&world, "/Afgekeurd/een/serie.pdf").await;
}

/// The office locks what it placed; then it has nothing to do with the employer any more.
pub(crate) async fn a_lock_of_who_sees_a_document_no_more_is_in_nobodys_way(world: World) {
    let petra = world.client("petra").await;
    let placed = at(PLACED, "a.pdf");
    petra.puts(&placed, &pdf("first")).await;
    locks(&world, "petra", &placed).await;
    world.roster(&[("roster.toml", ENGAGED, ENDED)]).await;
    petra.has_no(&placed).await;
    is_locked_no_more(&world, "/Overzichten/Journaalposten/2026/a.pdf").await;
    // The same office again, and another of its people.
    world.gateway.clock.advance(HOUR / 6);
    let staff = "email = \"petra@visser.example\" }";
    let both = format!(
        "{staff}, {{ login = \"pim\", name = \"P. Visser\", email = \"pim@visser.example\" }}"
    );
    let again = "\"kantoor-visser\", from = 2026-11-24, release";
    world.roster(&[("roster.toml", ENGAGED, again), ("roster.toml", staff, &both)]).await;
    world.gateway.admin.set_password("pim", PASSWORD).await.unwrap();
    let pim = world.client("pim").await;
    pim.puts(&placed, &pdf("second")).await;
    pim.deletes(&placed).await;
}

pub(crate) async fn two_who_write_one_file_both_succeed_and_nothing_is_half_of_each(world: World) {
    let keller = colleague(&world).await;
    let jansen = world.client("jansen").await;
    let file = at(MINE, "a.txt");
    let (one, other) = (vec![b'1'; 300_000], vec![b'2'; 200_000]);
    for round in 0..5 {
        let told = tokio::join!(jansen.put(&file, &one), keller.put(&file, &other));
        assert_eq!(told, (Told::Done, Told::Done));
        let now = jansen.get(&file).await.unwrap();
        assert!(now == one || now == other, "{} bytes, of which some are the other's", now.len());
        let session = world.gateway.session("jansen").await;
        let path = DossierPath::parse(&file).unwrap();
        let entry = world.gateway.vfs.stat(&session, &path).await.unwrap();
        assert_eq!(entry.version, 2 * (round + 1), "the earlier one is in the history");
    }
}
