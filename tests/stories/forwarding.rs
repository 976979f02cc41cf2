//! The employer forwards to its office what an employee shared with it.

use crate::client::{Client, Told};
use crate::world::{BY_DEVRIES, BY_JANSEN, DAY, MINE, TO_DEVRIES, TO_JANSEN, TO_OFFICE, World, at};
use loondossier::dossier::DossierPath;

/// The employee, its employer, and the office, with `a.txt` shared by the employee.
async fn a_file_is_shared(world: &World) -> [Client; 3] {
    let [devries, jansen, petra] = world.clients(["devries", "jansen", "petra"]).await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a").await;
    [devries, jansen, petra]
}

pub(crate) async fn an_employer_forwards_by_moving(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "van de Vries.txt")).await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
    jansen.reads(&at(TO_OFFICE, "van de Vries.txt"), b"a").await;
    petra.reads(&at(BY_JANSEN, "van de Vries.txt"), b"a").await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"a").await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"a later version").await;
    petra.reads(&at(BY_JANSEN, "van de Vries.txt"), b"a later version").await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
    let path = DossierPath::parse(&at(BY_JANSEN, "van de Vries.txt")).unwrap();
    let session = world.gateway.session("petra").await;
    let entry = world.gateway.vfs.stat(&session, &path).await.unwrap();
    assert!(entry.origin.unwrap().contains("A. de Vries"));
    let log = String::from_utf8(devries.get("/Logboek/2026-11.csv").await.unwrap()).unwrap();
    assert!(log.contains("doorgedeeld"), "{log}");
    petra.may_not_delete(&at(BY_JANSEN, "van de Vries.txt")).await;
    petra.may_not_put(&at(BY_JANSEN, "van de Vries.txt")).await;
    petra.copies(&at(BY_JANSEN, "van de Vries.txt"), &at(MINE, "kopie.txt")).await;
    petra.reads(&at(MINE, "kopie.txt"), b"a later version").await;
}

pub(crate) async fn an_employer_forwards_by_copying(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    petra.reads(&at(BY_JANSEN, "a.txt"), b"a").await;
    devries.puts(&at(TO_JANSEN, "a.txt"), b"newer").await;
    petra.reads(&at(BY_JANSEN, "a.txt"), b"newer").await;
    jansen.deletes(&at(TO_OFFICE, "a.txt")).await;
    petra.has_no(&at(BY_JANSEN, "a.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"newer").await;
}

pub(crate) async fn a_forwarded_folder_holds_what_was_in_it_then(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/b.txt"), b"b").await;
    jansen.moves(&at(BY_DEVRIES, "map"), &at(TO_OFFICE, "map")).await;
    petra.sees(&at(BY_JANSEN, "map"), &["b.txt"]).await;
    petra.reads(&at(BY_JANSEN, "map/b.txt"), b"b").await;
    jansen.has_no(&at(BY_DEVRIES, "map")).await;
    jansen.sees(BY_DEVRIES, &["a.txt"]).await;
    devries.puts(&at(TO_JANSEN, "map/later.txt"), b"later").await;
    devries.puts(&at(TO_JANSEN, "map/b.txt"), b"newer").await;
    petra.sees(&at(BY_JANSEN, "map"), &["b.txt"]).await;
    petra.reads(&at(BY_JANSEN, "map/b.txt"), b"newer").await;
    jansen.sees(&at(BY_DEVRIES, "map"), &["later.txt"]).await;
    jansen.sees(&at(TO_OFFICE, "map"), &["b.txt"]).await;
    jansen.deletes(&at(TO_OFFICE, "map")).await;
    petra.has_no(&at(BY_JANSEN, "map")).await;
    jansen.sees(&at(BY_DEVRIES, "map"), &["b.txt", "later.txt"]).await;
    devries.sees(&at(TO_JANSEN, "map"), &["b.txt", "later.txt"]).await;
}

/// What its employer is spared does not count, and cannot be made of what is forwarded.
pub(crate) async fn what_a_system_leaves_behind_does_not_keep_a_forwarded_folder(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    devries.makes(&at(TO_JANSEN, "fin")).await;
    devries.puts(&at(TO_JANSEN, "fin/a.txt"), b"a").await;
    devries.puts(&at(TO_JANSEN, "fin/.DS_Store"), b"of a system").await;
    jansen.moves(&at(BY_DEVRIES, "fin"), &at(TO_OFFICE, "fin")).await;
    jansen.sees(BY_DEVRIES, &["a.txt"]).await;
    jansen.has_no(&at(BY_DEVRIES, "fin")).await;
    petra.sees(&at(BY_JANSEN, "fin"), &["a.txt"]).await;
    devries.deletes(&at(TO_JANSEN, "fin/a.txt")).await;
    jansen.sees(&at(BY_DEVRIES, "fin"), &[]).await;
    jansen.may_not_move(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "._a.txt")).await;
    jansen.may_not_copy(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "._a.txt")).await;
    // Under such a name it is shared no more, so that it is forwarded no more.
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "b.txt")).await;
    petra.reads(&at(BY_JANSEN, "b.txt"), b"a").await;
    devries.moves(&at(TO_JANSEN, "a.txt"), &at(TO_JANSEN, "._a.txt")).await;
    jansen.has_no(&at(BY_DEVRIES, "a.txt")).await;
    jansen.has_no(&at(TO_OFFICE, "b.txt")).await;
    petra.has_no(&at(BY_JANSEN, "b.txt")).await;
}

/// The employer's file manager left something in the folder that its office sees.
pub(crate) async fn a_folder_made_for_a_forward_goes_with_what_a_system_left_behind(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    for folder in ["ontslag", "ontslag/ziek"] {
        devries.makes(&at(TO_JANSEN, folder)).await;
        devries.puts(&at(TO_JANSEN, &at(folder, "b.txt")), b"b").await;
    }
    jansen.moves(&at(BY_DEVRIES, "ontslag"), &at(TO_OFFICE, "ontslag")).await;
    for name in [".DS_Store", "Thumbs.db", "ziek/._b.txt", "ziek/desktop.ini"] {
        jansen.puts(&at(TO_OFFICE, &at("ontslag", name)), b"of a system").await;
    }
    devries.moves(&at(TO_JANSEN, "ontslag"), &at(MINE, "ontslag")).await;
    petra.sees(BY_JANSEN, &[]).await;
    petra.has_no(&at(BY_JANSEN, "ontslag")).await;
    jansen.sees(TO_OFFICE, &[]).await;
    // A document of the employer's own keeps it, until the engagement ends.
    devries.moves(&at(MINE, "ontslag"), &at(TO_JANSEN, "ontslag")).await;
    jansen.moves(&at(BY_DEVRIES, "ontslag"), &at(TO_OFFICE, "map")).await;
    jansen.puts(&at(TO_OFFICE, "map/eigen.txt"), b"own").await;
    jansen.puts(&at(TO_OFFICE, "map/ziek/.DS_Store"), b"of a system").await;
    jansen.copies(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    world.gateway.clock.advance(60_000);
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";
    world.roster(&[("roster.toml", engaged, ended)]).await;
    let back = at(MINE, "Eerder gedeeld met Administratiekantoor Visser");
    let all = jansen.tree(&back).await;
    assert_eq!(all, [at(&back, "map/"), at(&back, "map/eigen.txt")]);
}

pub(crate) async fn forwarding_ends_by_moving_back(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "b.txt")).await;
    jansen.moves(&at(TO_OFFICE, "b.txt"), &at(BY_DEVRIES, "a.txt")).await;
    petra.has_no(&at(BY_JANSEN, "b.txt")).await;
    jansen.sees(TO_OFFICE, &[]).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"a").await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "c.txt")).await;
    petra.sees(BY_JANSEN, &["c.txt"]).await;
}

pub(crate) async fn forwarding_ends_by_deleting(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "b.txt")).await;
    jansen.deletes(&at(TO_OFFICE, "b.txt")).await;
    petra.has_no(&at(BY_JANSEN, "b.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"a").await;
}

pub(crate) async fn what_is_shared_no_more_is_forwarded_no_more(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    devries.puts(&at(TO_JANSEN, "b.txt"), b"b").await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &at(TO_OFFICE, "a.txt")).await;
    jansen.copies(&at(BY_DEVRIES, "b.txt"), &at(TO_OFFICE, "b.txt")).await;
    petra.sees(BY_JANSEN, &["a.txt", "b.txt"]).await;
    devries.moves(&at(TO_JANSEN, "a.txt"), &at(MINE, "a.txt")).await;
    devries.deletes(&at(TO_JANSEN, "b.txt")).await;
    for name in ["a.txt", "b.txt"] {
        petra.has_no(&at(BY_JANSEN, name)).await;
        jansen.has_no(&at(TO_OFFICE, name)).await;
        jansen.has_no(&at(BY_DEVRIES, name)).await;
    }
    devries.moves(&at(MINE, "a.txt"), &at(TO_JANSEN, "a.txt")).await;
    jansen.reads(&at(BY_DEVRIES, "a.txt"), b"a").await;
    petra.has_no(&at(BY_JANSEN, "a.txt")).await;
    world.gateway.clock.advance(DAY);
    jansen.has_no("/Eerdere dagen/2026-11-24/Gedeeld met kantoor/a.txt").await;
}

pub(crate) async fn a_forwarded_folder_goes_when_it_is_shared_no_more(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    devries.makes(&at(TO_JANSEN, "map")).await;
    devries.puts(&at(TO_JANSEN, "map/c.txt"), b"c").await;
    jansen.moves(&at(BY_DEVRIES, "map"), &at(TO_OFFICE, "map")).await;
    petra.reads(&at(BY_JANSEN, "map/c.txt"), b"c").await;
    devries.moves(&at(TO_JANSEN, "map"), &at(MINE, "map")).await;
    petra.has_no(&at(BY_JANSEN, "map/c.txt")).await;
    jansen.has_no(&at(TO_OFFICE, "map/c.txt")).await;
    petra.has_no(&at(BY_JANSEN, "map")).await;
    jansen.has_no(&at(TO_OFFICE, "map")).await;
}

/// An earlier day holds what its party itself owns.
pub(crate) async fn a_folder_made_for_a_forward_is_on_no_earlier_day(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    for folder in ["ontslag", "ontslag/ziek", "gemengd", "gemengd/ziek"] {
        devries.makes(&at(TO_JANSEN, folder)).await;
        devries.puts(&at(TO_JANSEN, &at(folder, "b.txt")), b"b").await;
    }
    jansen.makes(&at(TO_OFFICE, "leeg")).await;
    for folder in ["ontslag", "gemengd"] {
        jansen.moves(&at(BY_DEVRIES, folder), &at(TO_OFFICE, folder)).await;
    }
    jansen.puts(&at(TO_OFFICE, "ontslag/ziek/.DS_Store"), b"of a system").await;
    jansen.puts(&at(TO_OFFICE, "gemengd/eigen.txt"), b"own").await;
    petra.sees(BY_JANSEN, &["gemengd", "leeg", "ontslag"]).await;
    world.gateway.clock.advance(DAY);
    let then = format!("/Eerdere dagen/2026-11-24{TO_OFFICE}");
    jansen.sees(&then, &["gemengd", "leeg"]).await;
    jansen.sees(&at(&then, "gemengd"), &["eigen.txt"]).await;
    for folder in ["ontslag", "ontslag/ziek", "gemengd/ziek"] {
        jansen.has_no(&at(&then, folder)).await;
    }
    jansen.sees(TO_OFFICE, &["gemengd", "leeg", "ontslag"]).await;
    // What is restored is no more than what is there to see.
    jansen.copies(&at(&then, "gemengd"), &at(MINE, "terug")).await;
    jansen.sees(&at(MINE, "terug"), &["eigen.txt"]).await;
}

pub(crate) async fn what_was_forwarded_is_neither_written_nor_moved_elsewhere(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    let forwarded = at(TO_OFFICE, "a.txt");
    jansen.may_not_move(&at(BY_DEVRIES, "a.txt"), &at(MINE, "a.txt")).await;
    jansen.may_not_move(&at(BY_DEVRIES, "a.txt"), &at(TO_DEVRIES, "a.txt")).await;
    jansen.may_not_move(&at(BY_DEVRIES, "a.txt"), "/Back-ups/a.txt").await;
    jansen.moves(&at(BY_DEVRIES, "a.txt"), &forwarded).await;
    jansen.may_not_put(&forwarded).await;
    jansen.may_not_move(&forwarded, &at(MINE, "a.txt")).await;
    jansen.may_not_move(&forwarded, &at(TO_DEVRIES, "a.txt")).await;
    jansen.may_not_move(&forwarded, "/Back-ups/a.txt").await;
    let yilmaz = "/Werknemers/0043 S. Yilmaz/Gedeeld door werknemer";
    jansen.may_not_move(&forwarded, &at(yilmaz, "a.txt")).await;
    petra.reads(&at(BY_JANSEN, "a.txt"), b"a").await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"a").await;
}

pub(crate) async fn a_forward_never_replaces(world: World) {
    let [devries, jansen, petra] = a_file_is_shared(&world).await;
    jansen.puts(&at(TO_OFFICE, "a.txt"), b"the employer's").await;
    let (from, to) = (at(BY_DEVRIES, "a.txt"), at(TO_OFFICE, "a.txt"));
    for overwrite in [false, true] {
        assert_eq!(jansen.rename(&from, &to, overwrite).await, Told::Taken);
    }
    assert_eq!(jansen.copy(&from, &to).await, Told::Taken);
    petra.reads(&at(BY_JANSEN, "a.txt"), b"the employer's").await;
    jansen.reads(&from, b"a").await;
    devries.reads(&at(TO_JANSEN, "a.txt"), b"a").await;
}

pub(crate) async fn an_own_folder_is_nothing_to_give_back(world: World) {
    let jansen = world.client("jansen").await;
    jansen.makes(&at(TO_OFFICE, "leeg")).await;
    jansen.may_not_move(&at(TO_OFFICE, "leeg"), &at(BY_DEVRIES, "leeg")).await;
    jansen.sees(TO_OFFICE, &["leeg"]).await;
}
