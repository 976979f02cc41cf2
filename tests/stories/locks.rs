//! Two who work on one file: locks, which WebDAV takes and every protocol obeys, and writing at once.

use crate::client::{Client, Told};
use crate::common::PASSWORD;
use crate::world::{BY_DEVRIES, BY_JANSEN, HOUR, MINE, TO_JANSEN, TO_OFFICE, World, at};
use loondossier::dossier::DossierPath;
use loondossier::vfs::{Conditions, LockRequest};

/// K. Jansen's colleague.
async fn colleague(world: &World) -> Client {
    let staff = "email = \"k@bakkerij.example\" }";
    let both = format!(
        "{staff}, {{ login = \"keller\", name = \"B. Keller\", email = \"b@bakkerij.example\" }}"
    );
    world.roster(&[("roster.toml", staff, &both)]).await;
    world.gateway.admin.set_password("keller", PASSWORD).await.unwrap();
    world.client("keller").await
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
