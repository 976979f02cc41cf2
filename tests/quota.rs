//! How much a party may keep: never a byte more, whoever writes at once.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

mod common;

use common::ssh::{names, noise};
use common::{Backing, Gateway, cast};
use loondossier::dossier::{DossierPath, Error, Refusal};
use loondossier::vfs::{Conditions, Create, LockRequest, Quota, Remove, Upload};
use rusqlite::Connection;
use std::pin::Pin;
use std::sync::Arc;

const MIB: u64 = 1 << 20;

async fn gateway(backing: Backing) -> Gateway {
    gateway_with(backing, Some(5 * MIB)).await
}

async fn gateway_with(backing: Backing, history: Option<u64>) -> Gateway {
    let quota = Quota { default: Some(10 * MIB), history };
    Gateway::start_with(backing, quota).await
}

/// Begins to put so many bytes; told before or not.
async fn begin(gateway: &Gateway, at: &str, size: u64, told: bool) -> Result<Upload, Error> {
    let (session, path) = (gateway.session("jansen").await, DossierPath::parse(at).unwrap());
    let create = Create { make: true, size: told.then_some(size), ..Create::default() };
    gateway.vfs.create(&session, &path, create).await
}

async fn finish(mut upload: Upload, seed: u64, size: u64) -> Result<(), Error> {
    let content = noise(usize::try_from(size).unwrap(), seed ^ size);
    for (at, piece) in (0..).step_by(262_144).zip(content.chunks(262_144)) {
        upload.write_at(at, piece.to_vec().into()).await?;
    }
    upload.commit().await.map(drop)
}

async fn put(gateway: &Gateway, at: &str, size: u64, told: bool) -> Result<(), Error> {
    let upload = begin(gateway, at, size, told).await?;
    finish(upload, at.len() as u64, size).await
}

/// What twenty get who ask at once, by their number.
async fn twenty<T: Send + 'static>(
    ask: impl Fn(u64) -> Pin<Box<dyn Future<Output = Result<T, Error>> + Send>>,
) -> Vec<(u64, T)> {
    let asked: Vec<_> = (0..20).map(|n| (n, tokio::spawn(ask(n)))).collect();
    let mut got = Vec::new();
    for (n, one) in asked {
        match one.await.unwrap() {
            Ok(one) => got.push((n, one)),
            Err(error) => assert_eq!(error, Error::NoSpace),
        }
    }
    got
}

async fn copy(gateway: &Gateway, from: &str, to: &str) -> Result<bool, Error> {
    let path = |text| DossierPath::parse(text).unwrap();
    let (session, free) = (gateway.session("jansen").await, Conditions::default());
    gateway.vfs.copy(&session, &path(from), &path(to), true, false, &free).await
}

async fn used(gateway: &Gateway) -> u64 {
    let session = gateway.session("jansen").await;
    gateway.vfs.space(&session, &DossierPath::parse("/Back-ups").unwrap()).await.unwrap().used
}

/// Room for five of one mebibyte.
async fn with_room_for_five(backing: Backing) -> Arc<Gateway> {
    let gateway = gateway(backing).await;
    put(&gateway, "/Back-ups/first", 5 * MIB, true).await.unwrap();
    Arc::new(gateway)
}

/// Without room a delivery is refused with a code of its own: what comes is not taken, and the reason is kept.
async fn a_delivery_is_told_that_there_is_no_room(backing: Backing) {
    let gateway = gateway(backing).await;
    put(&gateway, "/Back-ups/first", 9 * MIB, true).await.unwrap();
    let refused = Err(Error::Refused(Refusal::Quota));
    for told in [true, false] {
        for name in ["123456782L01_0042_loonstrook_2026-11.pdf", "x.pdf.part"] {
            let path = format!("/Aanleveren/{name}");
            assert_eq!(put(&gateway, &path, 2 * MIB, told).await, refused, "{name}");
        }
    }
    let kept = names(&gateway, "jansen", "/Aanleveren/Afgewezen").await;
    assert_eq!(kept.len(), 4, "{kept:?}");
    assert!(kept.iter().all(|name| name.ends_with(".reden.txt")), "{kept:?}");
    assert_eq!(used(&gateway).await, 9 * MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_told_of_no_room_in_a_folder_and_sqlite() {
    a_delivery_is_told_that_there_is_no_room(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_delivery_is_told_of_no_room_in_s3_and_postgresql() {
    a_delivery_is_told_that_there_is_no_room(Backing::Shared).await;
}

/// A batch for which there is no room goes on waiting: that is told once, and when there is room it is taken in.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_does_not_fit_is_told_of_once_and_waits_for_room() {
    let gateway = gateway(Backing::Embedded).await;
    gateway.rests().await;
    let (session, folder) = (gateway.session("jansen").await, "/Aanleveren/november");
    let path = |name: &str| DossierPath::parse(&format!("{folder}{name}")).unwrap();
    let free = Conditions::default();
    gateway.vfs.make_folder(&session, &path(""), &free).await.unwrap();
    let puts = async |name: &str, content: &[u8]| {
        common::ssh::put(&gateway, "jansen", &format!("{folder}/{name}"), content).await;
    };
    puts("a.pdf", &common::pdf("a")).await;
    let (exclusive, owner, timeout) = (true, String::new(), Some(60));
    let request = LockRequest { exclusive, deep: false, owner, timeout };
    gateway.vfs.lock(&session, &path("/a.pdf"), request, &free).await.unwrap();
    let manifest = "bestand;lhn;nummer;soort;periode;sha256\n\
        a.pdf;123456782L01;0042;loonstrook;2026-11;\n";
    puts("x.manifest.csv", manifest.as_bytes()).await;
    let quota = |bytes: Option<i64>| {
        let catalog = Connection::open(gateway.folder.path().join("dossier.sqlite")).unwrap();
        catalog.busy_timeout(std::time::Duration::from_secs(30)).unwrap();
        catalog.execute("update party set quota = $1", [bytes]).unwrap();
    };
    quota(Some(1));
    for _ in 0..5 {
        gateway.clock.advance(65 * 60_000);
        gateway.vfs.refuse_what_waits_too_long().await.unwrap();
        assert_eq!(names(&gateway, "jansen", folder).await, ["a.pdf", "x.manifest.csv"]);
        let told = names(&gateway, "jansen", "/Aanleveren/Afgewezen").await;
        assert_eq!(told, ["a.pdf.reden.txt"]);
    }
    quota(None);
    gateway.clock.advance(65 * 60_000);
    gateway.vfs.refuse_what_waits_too_long().await.unwrap();
    let shelf = "/Werknemers/0042 A. de Vries/Loonstroken/2026";
    assert_eq!(names(&gateway, "jansen", shelf).await, ["Loonstrook 2026-11.pdf"]);
}

/// Who tells its size knows before a byte is sent: five of twenty get it.
async fn as_many_get_it_as_fit(backing: Backing) {
    let gateway = with_room_for_five(backing).await;
    let begun = twenty(|n| {
        let gateway = Arc::clone(&gateway);
        Box::pin(async move { begin(&gateway, &format!("/Back-ups/{n}"), MIB, true).await })
    });
    let begun = begun.await;
    assert_eq!(begun.len(), 5, "as many as fit");
    for (n, upload) in begun {
        finish(upload, n, MIB).await.unwrap();
    }
    assert_eq!(used(&gateway).await, 10 * MIB);
    assert_eq!(put(&gateway, "/Back-ups/more", 1, true).await, Err(Error::NoSpace));
    // To replace by less is always possible, by more not.
    put(&gateway, "/Back-ups/first", 4 * MIB, false).await.unwrap();
    assert_eq!(put(&gateway, "/Back-ups/first", 6 * MIB, false).await, Err(Error::NoSpace));
}

/// Who does not tell may stop another that does not either. What was held for both is given back: when each
/// tries again by itself, five got it.
async fn who_stops_another_leaves_nothing_held(backing: Backing) {
    let gateway = with_room_for_five(backing).await;
    let at_once = twenty(|n| {
        let gateway = Arc::clone(&gateway);
        Box::pin(async move { put(&gateway, &format!("/Back-ups/{n}"), MIB, false).await })
    });
    let mut good = at_once.await.len();
    assert!(good <= 5, "{good} got what was there for five");
    for n in 20..40 {
        good += usize::from(put(&gateway, &format!("/Back-ups/{n}"), MIB, false).await.is_ok());
    }
    assert_eq!((good, used(&gateway).await), (5, 10 * MIB), "as many as fit");
}

async fn twenty_writers_share_what_is_left(backing: Backing) {
    as_many_get_it_as_fit(backing).await;
    who_stops_another_leaves_nothing_held(backing).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_get_no_byte_too_much_from_sqlite() {
    twenty_writers_share_what_is_left(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_writers_get_no_byte_too_much_from_postgresql() {
    twenty_writers_share_what_is_left(Backing::Shared).await;
}

/// What is there already makes room for what goes over it; also what a colleague's broken connection left, which gives
/// way to a file of that name.
async fn what_gives_way_makes_room(backing: Backing) {
    let gateway = gateway_with(backing, None).await;
    let mut files = cast();
    let staff = "email = \"k@bakkerij.example\" }";
    let both =
        format!("{staff}, {{ login = \"keller\", name = \"B. Keller\", email = \"b@x.example\" }}");
    files[0].1 = files[0].1.replacen(staff, &both, 1);
    gateway.apply(&files).await;
    gateway.admin.set_password("keller", common::PASSWORD).await.unwrap();
    put(&gateway, "/Mijn bestanden/copied", MIB, true).await.unwrap();
    for (told, size) in [(true, 4 * MIB), (false, 8 * MIB), (true, 9 * MIB), (true, 9 * MIB - 1)] {
        put(&gateway, "/Mijn bestanden/own", size, told).await.unwrap();
        assert_eq!(used(&gateway).await, MIB + size);
        let over = put(&gateway, "/Mijn bestanden/own", 9 * MIB + 1, told).await;
        assert_eq!(over, Err(Error::NoSpace), "not a byte more");
        assert_eq!(used(&gateway).await, MIB + size);
    }
    let (jansen, free) = (gateway.session("jansen").await, Conditions::default());
    let path = |text: &str| DossierPath::parse(text).unwrap();
    gateway
        .vfs
        .remove(&jansen, &path("/Mijn bestanden/own"), Remove::Anything, &free)
        .await
        .unwrap();
    let keller = gateway.session("keller").await;
    for (n, told) in [(0, true), (1, false), (2, true)] {
        let name = format!("/Back-ups/{n}.zip.part");
        let create = Create { make: true, ..Create::default() };
        let mut upload = gateway.vfs.create(&keller, &path(&name), create).await.unwrap();
        let most = usize::try_from(9 * MIB).unwrap();
        upload.write_at(0, noise(most, n).into()).await.unwrap();
        assert_eq!(upload.cut().await, Ok(true));
        assert_eq!(used(&gateway).await, 10 * MIB);
        let size = if n < 2 {
            put(&gateway, &name, 9 * MIB, told).await.unwrap();
            9 * MIB
        } else {
            assert_eq!(copy(&gateway, "/Mijn bestanden/copied", &name).await, Ok(true));
            MIB
        };
        assert_eq!(used(&gateway).await, MIB + size);
        gateway.vfs.remove(&jansen, &path(&name), Remove::Anything, &free).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_way_makes_room_in_a_folder_and_sqlite() {
    Box::pin(what_gives_way_makes_room(Backing::Embedded)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gives_way_makes_room_in_s3_and_postgresql() {
    Box::pin(what_gives_way_makes_room(Backing::Shared)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_counts_like_any_file_and_takes_the_room_of_what_it_replaces() {
    let gateway = gateway(Backing::Embedded).await;
    put(&gateway, "/Back-ups/a", 4 * MIB, true).await.unwrap();
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/a").await, Ok(true));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/b").await, Err(Error::NoSpace));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Mijn bestanden/a").await, Ok(false));
    assert_eq!(used(&gateway).await, 8 * MIB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_history_that_is_full_takes_nothing_more() {
    let gateway = gateway(Backing::Embedded).await;
    for n in 0..4 {
        put(&gateway, "/Back-ups/a", 2 * MIB + n, true).await.unwrap();
    }
    assert_eq!(put(&gateway, "/Back-ups/b", 10, true).await, Err(Error::NoSpace));
    assert_eq!(copy(&gateway, "/Back-ups/a", "/Back-ups/c").await, Err(Error::NoSpace));
    let other = gateway.session("devries").await;
    let path = DossierPath::parse("/Mijn bestanden/a").unwrap();
    let create = Create { make: true, ..Create::default() };
    gateway.vfs.create(&other, &path, create).await.unwrap().commit().await.unwrap();
}

/// A PDF of so many bytes.
fn large_pdf(size: u64) -> Vec<u8> {
    let end = b"\n%%EOF\n";
    let body = noise(usize::try_from(size).unwrap() - end.len() - 9, size);
    [&b"%PDF-1.7\n"[..], &body, end].concat()
}

/// How many bytes count for an account's party.
async fn used_by(gateway: &Gateway, login: &str) -> u64 {
    let (session, top) = (gateway.session(login).await, DossierPath::parse("/").unwrap());
    gateway.vfs.space(&session, &top).await.unwrap().used
}

async fn a_set_counts_for_its_office_and_what_does_not_fit_is_delivered_to_nobody(
    backing: Backing,
) {
    const PAYSLIP: &str = "123456782L01_0042_loonstrook_2026-11.pdf";
    let quota = Quota { default: Some(10 * MIB), history: None };
    let gateway = Gateway::start_with(backing, quota).await;
    let mut files = cast();
    let (manual, on_approval) = ("release = \"manual\"", "release = \"on-approval\"");
    files[0].1 = files[0].1.replacen(manual, on_approval, 1);
    gateway.apply(&files).await;
    let path = |text: &str| DossierPath::parse(text).unwrap();
    let (vfs, free) = (&gateway.vfs, Conditions::default());
    let (petra, jansen) = (gateway.session("petra").await, gateway.session("jansen").await);
    let (own, review) = ("/Mijn bestanden/set", "/Werkgevers/Bakkerij Jansen BV/Ter controle/set");
    let hand_over = async || {
        vfs.make_folder(&petra, &path(own), &free).await.unwrap();
        common::ssh::put(&gateway, "petra", &format!("{own}/{PAYSLIP}"), &large_pdf(6 * MIB)).await;
        // There is no room for it twice, and it needs none.
        assert!(vfs.relocate(&petra, &path(own), &path(review), false, &free).await.unwrap());
        assert_eq!(used_by(&gateway, "petra").await, 6 * MIB);
    };
    hand_over().await;
    common::ssh::put(&gateway, "jansen", "/Ter controle/set/reden.txt", &noise(1_000, 1)).await;
    assert_eq!(used_by(&gateway, "jansen").await, 1_000);
    vfs.remove(&petra, &path(review), Remove::Anything, &free).await.unwrap();
    for login in ["petra", "jansen"] {
        assert_eq!(used_by(&gateway, login).await, 0, "{login} has its own room back");
    }
    hand_over().await;
    // It comes under the name of one that its employer may have read.
    gateway.clock.advance(2 * 60_000);
    vfs.decide(&jansen, "set", true, None, None).await.unwrap();
    assert!(vfs.sets(&jansen).await.unwrap()[0].released, "there is nothing left to do");
    assert_eq!(used_by(&gateway, "petra").await, 6 * MIB);
    let receipts =
        common::ssh::content(&gateway, "petra", "/Aanleveren/Ontvangst/2026-11-24.csv").await;
    let receipts = String::from_utf8(receipts.unwrap()).unwrap();
    assert!(receipts.contains(&format!(";set/{PAYSLIP};")) && receipts.contains("afgewezen E14"));
    assert!(
        names(&gateway, "jansen", "/Werknemers/0042 A. de Vries")
            .await
            .iter()
            .all(|n| n != "Loonstroken")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_counts_for_its_office_in_a_folder_and_sqlite() {
    a_set_counts_for_its_office_and_what_does_not_fit_is_delivered_to_nobody(Backing::Embedded)
        .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_counts_for_its_office_in_s3_and_postgresql() {
    a_set_counts_for_its_office_and_what_does_not_fit_is_delivered_to_nobody(Backing::Shared).await;
}
