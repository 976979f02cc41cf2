//! Erasing a party: what is its own is gone for good, what others must keep stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;

use common::ssh::{content, names, put};
use common::{Backing, Gateway, cast, pdf};
use loondossier::dossier::DossierPath;
use loondossier::dossier::roster::Options;
use loondossier::vfs::{Conditions, Create, EraseError};

const DAY: i64 = 24 * 3_600_000;
const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
const PAYSLIP: &str = "/Werknemers/0042 A. de Vries/Loonstroken/2026/Loonstrook 2026-10.pdf";

fn path(text: &str) -> DossierPath {
    DossierPath::parse(text).unwrap()
}

/// The cast, with A. de Vries no longer in service.
fn without_devries() -> Vec<(String, String)> {
    let ended = |text: String| text.replace("2019-03-01;;", "2019-03-01;2026-11-20;");
    cast().into_iter().map(|(name, text)| (name, ended(text))).collect()
}

/// De Vries has files of its own, shares, and has one forwarded; others share with it and deliver to it.
async fn full_house(backing: Backing) -> Gateway {
    let gateway = Gateway::start_on(backing).await;
    put(&gateway, "devries", "/Mijn bestanden/dagboek.txt", b"eerst").await;
    put(&gateway, "devries", "/Mijn bestanden/dagboek.txt", b"daarna").await;
    put(&gateway, "devries", &format!("{SHARED}/ziek.txt"), b"ziek").await;
    put(&gateway, "devries", &format!("{SHARED}/vraag.txt"), b"vraag").await;
    let (jansen, free) = (gateway.session("jansen").await, Conditions::default());
    let (from, to) = (path(&format!("{SEEN}/vraag.txt")), path("/Gedeeld met kantoor/vraag.txt"));
    gateway.vfs.relocate(&jansen, &from, &to, false, &free).await.unwrap();
    let (from, to) = (path(&format!("{SEEN}/ziek.txt")), path("/Mijn bestanden/kopie.txt"));
    gateway.vfs.copy(&jansen, &from, &to, false, false, &free).await.unwrap();
    let with = "/Werknemers/0042 A. de Vries/Gedeeld met werknemer/contract.txt";
    put(&gateway, "jansen", with, b"contract").await;
    let folder = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0042 A. de Vries";
    put(&gateway, "petra", &format!("{folder}/Loonstrook 2026-10.pdf"), &pdf("october")).await;
    gateway
}

async fn a_person_is_erased(backing: Backing) {
    let gateway = full_house(backing).await;
    let refused = gateway.vfs.erase("devries").await.unwrap_err();
    assert!(
        matches!(&refused, EraseError::Tied(why) if why.contains("Bakkerij Jansen BV")),
        "{refused}"
    );
    gateway.apply(&without_devries()).await;
    assert_eq!(
        content(
            &gateway,
            "petra",
            "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/vraag.txt"
        )
        .await,
        Some(b"vraag".to_vec())
    );

    let planned = gateway.vfs.plan_erasure("devries").await.unwrap();
    assert_eq!((planned.files, planned.versions, planned.keys), (3, 4, 1), "{planned}");
    assert_eq!(planned.logins, ["devries"]);
    assert!(
        planned
            .stays
            .iter()
            .any(|line| line.contains("1 overviews") && line.contains("seven years"))
    );
    assert_eq!(
        content(&gateway, "devries", "/Mijn bestanden/dagboek.txt").await.unwrap(),
        b"daarna"
    );
    assert_eq!(gateway.vfs.erase("person/devries").await.unwrap(), planned);

    // Nobody signs in for it, and nothing of it is left that could be read.
    assert!(gateway.vfs.operator_session("devries").await.is_err());
    assert!(gateway.admin.resume("devries").await.is_err());
    let mut findings = Vec::new();
    let verified =
        gateway.vfs.verify(true, |finding| findings.push(finding), |_| {}).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    // The copy, the contract and the payslip.
    assert_eq!((verified.objects, verified.stored), (3, 3), "no object of it is left");
    for (login, at) in [
        ("jansen", format!("{SEEN}/ziek.txt")),
        ("jansen", "/Gedeeld met kantoor/vraag.txt".to_owned()),
        ("petra", "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/vraag.txt".to_owned()),
    ] {
        assert_eq!(content(&gateway, login, &at).await, None, "{login} {at}");
    }

    // What others must or may keep is there.
    assert_eq!(content(&gateway, "jansen", PAYSLIP).await, Some(pdf("october")));
    assert_eq!(content(&gateway, "jansen", "/Mijn bestanden/kopie.txt").await.unwrap(), b"ziek");
    let back = "/Mijn bestanden/Eerder gedeeld met A. de Vries/contract.txt";
    assert_eq!(content(&gateway, "jansen", back).await.unwrap(), b"contract");
    let log = content(&gateway, "jansen", "/Logboek/2026-11.csv").await.unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.lines().any(|l| l.contains("de beheerder") && l.contains("gewist")), "{log}");
    assert!(
        log.lines().any(|l| l.contains("doordelen gestopt") && l.contains("vraag.txt")),
        "{log}"
    );
    gateway.clock.advance(DAY);
    let day = "/Eerdere dagen/2026-11-24/Mijn bestanden";
    assert!(names(&gateway, "jansen", day).await.contains(&"kopie.txt".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_from_sqlite_and_a_folder() {
    a_person_is_erased(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_erased_from_postgresql_and_s3() {
    a_person_is_erased(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_erased_never_comes_to_mean_anybody_else() {
    let gateway = full_house(Backing::Embedded).await;
    gateway.apply(&without_devries()).await;
    gateway.vfs.erase("devries").await.unwrap();
    let again = gateway.vfs.plan_erasure("devries").await.unwrap();
    assert!(again.erased && !again.is_needed(), "{again}");
    assert_eq!(gateway.vfs.erase("devries").await.unwrap(), again, "done again it does nothing");
    // The row of an employment that is over may stay in the file.
    gateway.try_to_apply(&without_devries(), Options::default()).await.unwrap();
    assert_eq!(content(&gateway, "jansen", PAYSLIP).await, Some(pdf("october")));
    let refused = gateway.try_to_apply(&cast(), Options::default()).await.unwrap_err();
    assert!(refused.contains("person devries was erased"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_employee_keeps_what_it_was_sent_by_an_employer_that_is_erased() {
    let gateway = full_house(Backing::Embedded).await;
    // The bakery ends, with all who work there and its office.
    let ended = |text: String| {
        let text = ["2019-03-01;", "2020-01-01;", "2021-01-01;"].iter().fold(text, |text, from| {
            text.replace(&format!("{from};"), &format!("{from}2026-11-20;"))
        });
        text.replacen("from = 2026-01-01, rel", "from = 2026-01-01, until = 2026-11-20, rel", 1)
    };
    let files: Vec<_> = cast().into_iter().map(|(name, text)| (name, ended(text))).collect();
    let paper = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder/Loonstrook 2026-10.pdf";
    put(&gateway, "petra", paper, &pdf("on paper")).await;
    gateway.apply(&files).await;
    let planned = gateway.vfs.erase("bakkerij-jansen").await.unwrap();
    assert!(planned.stays.iter().any(|line| line.contains("keeps what it was sent")), "{planned}");
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf";
    assert_eq!(content(&gateway, "devries", payslip).await, Some(pdf("october")));
    let back = "/Mijn bestanden/Eerder gedeeld met Bakkerij Jansen BV/ziek.txt";
    assert_eq!(content(&gateway, "devries", back).await.unwrap(), b"ziek");
    assert!(gateway.vfs.operator_session("jansen").await.is_err());
    // When the employee is erased too, nobody is left to hold the payslip, and its key goes.
    let planned = gateway.vfs.erase("devries").await.unwrap();
    assert_eq!(planned.keys, 2, "{planned}");
    let mut findings = Vec::new();
    let verified =
        gateway.vfs.verify(true, |finding| findings.push(finding), |_| {}).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!((verified.objects, verified.stored), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_taken_in_for_who_is_erased_meanwhile_and_the_disk_holds_no_word_of_it() {
    let gateway = full_house(Backing::Embedded).await;
    gateway.apply(&without_devries()).await;
    let session = gateway.session("devries").await;
    let create = Create { make: true, ..Create::default() };
    let at = path("/Mijn bestanden/onderweg.txt");
    let mut upload = gateway.vfs.create(&session, &at, create).await.unwrap();
    upload.write_at(0, b"onderweg".to_vec().into()).await.unwrap();
    gateway.vfs.erase("devries").await.unwrap();
    assert!(upload.commit().await.is_err(), "it could never be read");
    let left = gateway.vfs.plan_erasure("devries").await.unwrap();
    assert!(!left.is_needed(), "{left}");
    for name in ["dossier.sqlite", "dossier.sqlite-wal"] {
        let bytes = std::fs::read(gateway.folder.path().join(name)).unwrap();
        for word in ["dagboek", "a.devries@example.nl"] {
            let found = bytes.windows(word.len()).any(|window| window == word.as_bytes());
            assert!(!found, "{word} in {name}");
        }
    }
}
