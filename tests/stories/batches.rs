//! Batches that nobody took in when they became whole (PRODUCT.md section 5).

use crate::client::Client;
use crate::common::pdf;
use crate::world::{DAY, HOUR, MINUTE, NAME, OF_DEVRIES, REFUSED, World, at, text};
use loondossier::dossier::DossierPath;
use loondossier::vfs::{Conditions, LockRequest};

const FOLDER: &str = "/Aanleveren/november";
const MANIFEST: &str = "bestand;lhn;nummer;soort;periode;sha256\n\
    a.pdf;123456782L01;0042;loonstrook;2026-11;\n";

/// Somebody locks something for as many seconds, as an office program does when it opens it. Gives the token.
async fn locks(world: &World, login: &str, path: &str, seconds: u32) -> String {
    let session = world.gateway.session(login).await;
    let (exclusive, owner, timeout) = (true, String::new(), Some(seconds));
    let request = LockRequest { exclusive, deep: false, owner, timeout };
    let path = DossierPath::parse(path).unwrap();
    let free = Conditions::default();
    let (lock, _) = world.gateway.vfs.lock(&session, &path, request, &free).await.unwrap();
    lock.token.unwrap()
}

async fn unlocks(world: &World, login: &str, path: &str, token: &str) {
    let session = world.gateway.session(login).await;
    let path = DossierPath::parse(path).unwrap();
    let free = Conditions::default();
    world.gateway.vfs.unlock(&session, &path, token, &free).await.unwrap();
}

/// Becomes whole while a file in it is locked for an hour: it waits. Gives the token.
async fn comes_whole_but_locked(world: &World, petra: &Client) -> String {
    petra.makes(FOLDER).await;
    petra.puts(&at(FOLDER, "a.pdf"), &pdf("a")).await;
    let token = locks(world, "petra", &at(FOLDER, "a.pdf"), 3_600).await;
    petra.puts(&at(FOLDER, "x.manifest.csv"), MANIFEST.as_bytes()).await;
    petra.reads(&at(FOLDER, "a.pdf"), &pdf("a")).await;
    token
}

/// Time goes on, and what waits is looked at.
async fn after(world: &World, ms: i64) {
    world.gateway.clock.advance(ms);
    world.gateway.vfs.refuse_what_waits_too_long().await.unwrap();
}

pub(crate) async fn a_batch_is_taken_in_when_what_is_in_it_is_unlocked(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    let token = comes_whole_but_locked(&world, &petra).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    unlocks(&world, "petra", &at(FOLDER, "a.pdf"), &token).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    petra.sees(FOLDER, &["a.pdf", "x.manifest.csv"]).await;
    // One that is wrong is refused, and unlocking succeeds all the same.
    let wrong = MANIFEST.replace("0042", "0099");
    petra.puts(&at(FOLDER, "a.pdf"), &pdf("b")).await;
    let token = locks(&world, "petra", &at(FOLDER, "a.pdf"), 60).await;
    petra.puts(&at(FOLDER, "x.manifest.csv"), wrong.as_bytes()).await;
    let folders = locks(&world, "petra", FOLDER, 3_600).await;
    world.gateway.clock.advance(2 * MINUTE);
    unlocks(&world, "petra", FOLDER, &folders).await;
    assert!(text(&petra, &at(REFUSED, "a.pdf.reden.txt")).await.starts_with("E05"));
    drop(token);
}

/// A client that has a lock on each file ends them one by one.
pub(crate) async fn a_batch_is_written_only_when_nothing_of_it_is_locked(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    world.gateway.rests().await;
    petra.makes(FOLDER).await;
    petra.puts(&at(FOLDER, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(FOLDER, "b.pdf"), &pdf("b")).await;
    let [a, b] = ["a.pdf", "b.pdf"].map(|name| at(FOLDER, name));
    let costs = async |token: &str| {
        let before = world.gateway.db.asked_to_write();
        unlocks(&world, "petra", &a, token).await;
        world.gateway.db.asked_to_write() - before
    };
    let alone = costs(&locks(&world, "petra", &a, 3_600).await).await;
    let [of_a, of_b] =
        [locks(&world, "petra", &a, 3_600).await, locks(&world, "petra", &b, 3_600).await];
    let both = format!("{MANIFEST}b.pdf;123456782L01;0043;loonstrook;2026-11;\n");
    petra.puts(&at(FOLDER, "x.manifest.csv"), both.as_bytes()).await;
    assert_eq!(costs(&of_a).await, alone, "the lock ends, and nothing else is tried");
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    unlocks(&world, "petra", &b, &of_b).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
}

pub(crate) async fn a_batch_that_was_locked_is_taken_in_when_the_lock_is_over(world: World) {
    let [petra, devries, jansen] = world.clients(["petra", "devries", "jansen"]).await;
    comes_whole_but_locked(&world, &petra).await;
    after(&world, 10 * MINUTE).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    after(&world, HOUR).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    let receipts = text(&petra, "/Aanleveren/Ontvangst/2026-11-24.csv").await;
    assert!(receipts.contains(";november/a.pdf;"), "{receipts}");
    let log = text(&jansen, "/Logboek/2026-11.csv").await;
    let by = "P. de Boer (Administratiekantoor Visser);aangeleverd;Loonstrook 2026-11.pdf";
    assert!(log.contains(by), "{log}");
    let own = text(&petra, "/Logboek/2026-11.csv").await;
    let line = own.lines().find(|line| line.contains(";aangeleverd;")).unwrap();
    assert!(!["webdav", "sftp", "cli"].iter().any(|client| line.contains(client)), "{line}");
}

/// As where the node was down all that time.
pub(crate) async fn a_batch_that_is_whole_has_not_waited_too_long(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    world.gateway.rests().await;
    comes_whole_but_locked(&world, &petra).await;
    petra.puts(&at(FOLDER, "b.pdf"), &pdf("of no manifest")).await;
    after(&world, DAY + HOUR).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    petra.sees(REFUSED, &["b.pdf", "b.pdf.reden.txt"]).await;
}

pub(crate) async fn a_batch_of_who_is_suspended_is_not_taken_in(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    comes_whole_but_locked(&world, &petra).await;
    world.gateway.admin.suspend("petra").await.unwrap();
    after(&world, 2 * HOUR).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    world.gateway.admin.resume("petra").await.unwrap();
    after(&world, 0).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
}

pub(crate) async fn a_batch_of_an_office_that_went_meanwhile_is_refused(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    comes_whole_but_locked(&world, &petra).await;
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";
    world.roster(&[("roster.toml", engaged, ended)]).await;
    after(&world, 2 * HOUR).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    assert!(text(&petra, &at(REFUSED, "a.pdf.reden.txt")).await.starts_with("E13"));
    petra.sees(FOLDER, &[]).await;
}

/// A look at what is as it was costs no more than one where nothing waits in a batch.
pub(crate) async fn a_batch_that_is_not_whole_is_looked_at_once(world: World) {
    let petra = world.client("petra").await;
    world.gateway.rests().await;
    let costs = async |ms: i64| {
        let before = world.gateway.db.asked();
        after(&world, ms).await;
        world.gateway.db.asked() - before
    };
    petra.puts("/Aanleveren/half.part", b"%PDF").await;
    let least = costs(MINUTE).await;
    petra.makes(FOLDER).await;
    petra.puts(&at(FOLDER, "x.manifest.csv"), MANIFEST.as_bytes()).await;
    assert_eq!(costs(MINUTE).await, least, "who hands it in may not be done");
    assert!(costs(2 * MINUTE).await > least);
    assert_eq!(costs(MINUTE).await, least);
    petra.puts(&at(FOLDER, "b.pdf"), &pdf("another")).await;
    assert_eq!(costs(MINUTE).await, least);
    assert!(costs(2 * MINUTE).await > least);
    assert_eq!(costs(MINUTE).await, least);
}

pub(crate) async fn what_is_still_coming_or_of_a_system_is_no_manifest(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.makes(FOLDER).await;
    petra.puts(&at(FOLDER, "a.pdf"), &pdf("a")).await;
    petra.puts(&at(FOLDER, "._x.manifest.csv"), b"\0\x05\x16\x07of Finder").await;
    petra.puts(&at(FOLDER, ".x.manifest.csv"), MANIFEST.as_bytes()).await;
    devries.has_no(&at(OF_DEVRIES, NAME)).await;
    petra.moves(&at(FOLDER, ".x.manifest.csv"), &at(FOLDER, "x.manifest.csv")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
}

pub(crate) async fn what_broke_off_in_a_batch_is_whole_when_its_client_renames_it(world: World) {
    let [petra, devries] = world.clients(["petra", "devries"]).await;
    petra.makes(FOLDER).await;
    world.breaks_off("petra", &at(FOLDER, "a.pdf.part"), &pdf("a")).await;
    petra.moves(&at(FOLDER, "a.pdf.part"), &at(FOLDER, "a.pdf")).await;
    petra.puts(&at(FOLDER, "x.manifest.csv"), MANIFEST.as_bytes()).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    // Under its final name it waits until its client goes on with it, or says so.
    world.breaks_off("petra", &at(FOLDER, "a.pdf"), &pdf("newer")).await;
    let manifest = at(FOLDER, "y.manifest.csv");
    petra.puts(&manifest, MANIFEST.as_bytes()).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("a")).await;
    petra.moves(&at(FOLDER, "a.pdf"), &at(FOLDER, "b.pdf")).await;
    petra.moves(&at(FOLDER, "b.pdf"), &at(FOLDER, "a.pdf")).await;
    devries.reads(&at(OF_DEVRIES, NAME), &pdf("newer")).await;
}
