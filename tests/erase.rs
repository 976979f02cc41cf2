//! Erasing a party: what is its own is gone for good, what others must keep stays.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod common;

use common::server::Server;
use common::ssh::{content, names, put};
use common::{Backing, Gateway, cast, file, pdf};
use loondossier::catalog::accounts::{self, Hidden};
use loondossier::catalog::{PartyId, authorities, erasure};
use loondossier::dossier::DossierPath;
use loondossier::dossier::roster::Options;
use loondossier::vfs::{Conditions, Create, EraseError};
use std::time::{Duration, Instant};

const AUTHORITY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAILM+rvN+ot98qgEN796jTiQfZfG1KaT0PtFDJ/XFSqti";
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

/// The cast, with the bakery at its end, and all who work there and its office no longer tied to it.
fn without_the_bakery() -> Vec<(String, String)> {
    let ended = |text: String| {
        let text = ["2019-03-01;", "2020-01-01;", "2021-01-01;"].iter().fold(text, |text, from| {
            text.replace(&format!("{from};"), &format!("{from}2026-11-20;"))
        });
        text.replacen("from = 2026-01-01, rel", "from = 2026-01-01, until = 2026-11-20, rel", 1)
    };
    cast().into_iter().map(|(name, text)| (name, ended(text))).collect()
}

/// Nothing is missing or broken, and nothing lies there for nothing; how many objects there are.
async fn is_whole(gateway: &Gateway) -> u64 {
    let mut findings = Vec::new();
    let verified = gateway.vfs.verify(true, |found| findings.push(found), |_| {}).await.unwrap();
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(verified.objects, verified.stored);
    verified.objects
}

/// Words that the database file holds still.
fn words_left(gateway: &Gateway, words: &[&'static str]) -> Vec<&'static str> {
    let files = ["dossier.sqlite", "dossier.sqlite-wal"];
    let bytes: Vec<_> =
        files.iter().map(|name| std::fs::read(gateway.folder.path().join(name)).unwrap()).collect();
    let holds = |bytes: &Vec<u8>, word: &str| {
        bytes.windows(word.len()).any(|window| window == word.as_bytes())
    };
    words.iter().copied().filter(|word| bytes.iter().any(|bytes| holds(bytes, word))).collect()
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

async fn nobody_signs_in_as_devries(gateway: &Gateway) {
    assert!(gateway.vfs.operator_session("devries").await.is_err());
    assert!(gateway.admin.resume("devries").await.is_err());
    let conn = &mut gateway.db.reader().await.unwrap();
    assert!(!authorities::any(conn).await.unwrap(), "nobody vouches for it");
    let account = accounts::subject(conn, "devries", None).await.unwrap().unwrap();
    assert_eq!(account.totp, Hidden(None));
}

async fn others_have_what_they_must_or_may_keep(gateway: &Gateway) {
    assert_eq!(content(gateway, "jansen", PAYSLIP).await, Some(pdf("october")));
    assert_eq!(content(gateway, "jansen", "/Mijn bestanden/kopie.txt").await.unwrap(), b"ziek");
    let back = "/Mijn bestanden/Eerder gedeeld met A. de Vries/contract.txt";
    assert_eq!(content(gateway, "jansen", back).await.unwrap(), b"contract");
    let log = content(gateway, "jansen", "/Logboek/2026-11.csv").await.unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.lines().any(|l| l.contains("de beheerder") && l.contains("gewist")), "{log}");
    assert!(
        log.lines().any(|l| l.contains("doordelen gestopt") && l.contains("vraag.txt")),
        "{log}"
    );
    gateway.clock.advance(DAY);
    let day = "/Eerdere dagen/2026-11-24/Mijn bestanden";
    assert!(names(gateway, "jansen", day).await.contains(&"kopie.txt".to_owned()));
}

async fn a_person_is_erased(backing: Backing) {
    let gateway = full_house(backing).await;
    gateway.admin.begin_totp("devries").await.unwrap();
    let signer = gateway.admin.add_authority("devries", AUTHORITY).await.unwrap();
    gateway.admin.revoke_serial("devries", &signer, 7).await.unwrap();
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
    nobody_signs_in_as_devries(&gateway).await;
    for party in 0..100 {
        let conn = &mut gateway.db.reader().await.unwrap();
        assert!(authorities::revoked(conn, PartyId(party)).await.unwrap().is_empty());
    }
    // The copy, the contract and the payslip.
    assert_eq!(is_whole(&gateway).await, 3, "no object of it is left");
    for (login, at) in [
        ("jansen", format!("{SEEN}/ziek.txt")),
        ("jansen", "/Gedeeld met kantoor/vraag.txt".to_owned()),
        ("petra", "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/vraag.txt".to_owned()),
    ] {
        assert_eq!(content(&gateway, login, &at).await, None, "{login} {at}");
    }

    others_have_what_they_must_or_may_keep(&gateway).await;
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
    let paper = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder/Loonstrook 2026-10.pdf";
    put(&gateway, "petra", paper, &pdf("on paper")).await;
    gateway.apply(&without_the_bakery()).await;
    let planned = gateway.vfs.plan_erasure("bakkerij-jansen").await.unwrap();
    // The contract, the copy of what was shared, and what is on paper.
    assert_eq!((planned.files, planned.keys), (3, 1), "{planned}");
    assert_eq!(gateway.vfs.erase("bakkerij-jansen").await.unwrap(), planned);
    assert!(planned.stays.iter().any(|line| line.contains("keeps what it was sent")), "{planned}");
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf";
    assert_eq!(content(&gateway, "devries", payslip).await, Some(pdf("october")));
    let back = "/Mijn bestanden/Eerder gedeeld met Bakkerij Jansen BV/ziek.txt";
    assert_eq!(content(&gateway, "devries", back).await.unwrap(), b"ziek");
    assert!(gateway.vfs.operator_session("jansen").await.is_err());
    // When the employee is erased too, nobody is left to hold the payslip, and its key goes.
    let planned = gateway.vfs.erase("devries").await.unwrap();
    assert_eq!(planned.keys, 2, "{planned}");
    assert_eq!(is_whole(&gateway).await, 0);
    // Neither side is left to know what they called each other.
    let conn = &mut gateway.db.reader().await.unwrap();
    let found = erasure::find(conn, "devries").await.unwrap();
    for tie in erasure::employments(conn, found[0].id).await.unwrap() {
        assert_eq!(
            (tie.name.as_str(), tie.employer_folder),
            ("gewist", format!("gewist {}", tie.id))
        );
    }
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
    assert_eq!(words_left(&gateway, &["dagboek", "a.devries@example.nl"]), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_office_that_is_erased_leaves_what_it_placed() {
    let gateway = full_house(Backing::Embedded).await;
    put(&gateway, "petra", "/Mijn bestanden/intern.txt", b"intern").await;
    let for_jansen = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/brief.txt";
    put(&gateway, "petra", for_jansen, b"brief").await;
    put(&gateway, "jansen", "/Gedeeld met kantoor/c.txt", b"of the employer").await;
    let refused = gateway.vfs.plan_erasure("kantoor-visser").await.unwrap_err();
    assert!(refused.to_string().contains("Administratiekantoor Visser works for"), "{refused}");
    let ended =
        |text: String| text.replace("from = 2026-01-01,", "from = 2026-01-01, until = 2026-11-20,");
    let files: Vec<_> = cast().into_iter().map(|(name, text)| (name, ended(text))).collect();
    gateway.apply(&files).await;
    let planned = gateway.vfs.erase("kantoor-visser").await.unwrap();
    assert_eq!((planned.files, planned.keys), (2, 1), "{planned}");
    assert!(
        planned.stays.iter().any(|line| line.contains("1 overviews that it placed")),
        "{planned}"
    );
    assert!(gateway.vfs.operator_session("petra").await.is_err());
    assert!(gateway.vfs.operator_session("loon-visser").await.is_err());
    let payslip = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-10.pdf";
    assert_eq!(content(&gateway, "devries", payslip).await, Some(pdf("october")));
    assert_eq!(content(&gateway, "jansen", PAYSLIP).await, Some(pdf("october")));
    let back = "/Mijn bestanden/Eerder gedeeld met Administratiekantoor Visser/c.txt";
    assert_eq!(content(&gateway, "jansen", back).await.unwrap(), b"of the employer");
    assert!(content(&gateway, "jansen", "/Gedeeld door kantoor/brief.txt").await.is_none());
    is_whole(&gateway).await;
    assert!(!gateway.vfs.plan_erasure("kantoor-visser").await.unwrap().is_needed());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_two_employers_is_erased_when_both_employments_are_over() {
    let gateway = Gateway::start().await;
    let deliver = |employer: &str, folder: &str, name: &str| {
        format!("/Werkgevers/{employer}/Werknemers/{folder}/{name}")
    };
    let at_jansen = deliver("Bakkerij Jansen BV", "0043 S. Yilmaz", "Loonstrook 2026-10.pdf");
    let at_bos = deliver("Garage Bos", "7 S. Yilmaz", "Loonstrook 2026-10.pdf");
    put(&gateway, "petra", &at_jansen, &pdf("of the bakery")).await;
    put(&gateway, "petra", &at_bos, &pdf("of the garage")).await;
    put(&gateway, "yilmaz", "/Mijn bestanden/a.txt", b"own").await;
    let over = |text: String, from: &str| {
        text.replace(&format!("{from};;"), &format!("{from};2026-11-20;"))
    };
    let ended = |froms: &[&str]| -> Vec<(String, String)> {
        let all = |text: String| froms.iter().fold(text, |text, from| over(text, from));
        cast().into_iter().map(|(name, text)| (name, all(text))).collect()
    };
    gateway.apply(&ended(&["2020-01-01"])).await;
    let refused = gateway.vfs.erase("yilmaz").await.unwrap_err();
    assert!(refused.to_string().contains("is employed by Garage Bos"), "{refused}");
    assert_eq!(content(&gateway, "yilmaz", "/Mijn bestanden/a.txt").await.unwrap(), b"own");
    gateway.apply(&ended(&["2020-01-01", "2024-05-01"])).await;
    let planned = gateway.vfs.erase("yilmaz").await.unwrap();
    let kept = planned.stays.iter().filter(|line| line.contains("seven years")).count();
    assert_eq!((planned.files, planned.keys, kept), (1, 1, 2), "{planned}");
    let jansen = "/Werknemers/0043 S. Yilmaz/Loonstroken/2026/Loonstrook 2026-10.pdf";
    assert_eq!(content(&gateway, "jansen", jansen).await, Some(pdf("of the bakery")));
    let bos = "/Employees/7 S. Yilmaz/Payslips/2026/Payslip 2026-10.pdf";
    assert_eq!(content(&gateway, "bos", bos).await, Some(pdf("of the garage")));
    assert_eq!(is_whole(&gateway).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_held_back_goes_without_a_trace_with_all_for_whom_it_is() {
    let gateway = Gateway::start().await;
    let held = |files: Vec<(String, String)>| {
        let later =
            |text: String| text.replacen("release = ", "publish_at = \"25 09:00\", release = ", 1);
        files.into_iter().map(|(name, text)| (name, later(text))).collect::<Vec<_>>()
    };
    gateway.apply(&held(cast())).await;
    for name in ["0042_loonstrook", "0043_loonstrook", "0044_loonstrook", "journaal"] {
        let path = format!("/Aanleveren/123456782L01_{name}_2026-11.pdf");
        put(&gateway, "petra", &path, &pdf(name)).await;
    }
    gateway.apply(&held(without_the_bakery())).await;
    gateway.vfs.erase("bakkerij-jansen").await.unwrap();
    gateway.vfs.erase("devries").await.unwrap();
    assert_eq!(is_whole(&gateway).await, 1, "only what is for S. Yilmaz is left");
    gateway.clock.advance(DAY);
    gateway.vfs.publish_what_is_due().await.unwrap();
    let kept = "/Werkgevers/Bakkerij Jansen BV/Loonstroken/2026/Loonstrook 2026-11.pdf";
    assert_eq!(content(&gateway, "yilmaz", kept).await, Some(pdf("0043_loonstrook")));
    assert_eq!(gateway.vfs.plan_erasure("devries").await.unwrap().names, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_office_delivered_counts_for_it_no_more_when_it_is_erased_with_its_employer() {
    let gateway = full_house(Backing::Embedded).await;
    let used = async || {
        let at = path("/Mijn bestanden");
        gateway.vfs.space(&gateway.session("petra").await, &at).await.unwrap().used
    };
    let payslip = used().await;
    assert_eq!(payslip, pdf("october").len() as u64);
    let placed = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026/a.pdf";
    put(&gateway, "petra", placed, &pdf("a journal entry")).await;
    let paper = "/Werkgevers/Bakkerij Jansen BV/Werknemers/0044 B. Zonder/Loonstrook 2026-10.pdf";
    put(&gateway, "petra", paper, &pdf("on paper")).await;
    assert!(used().await > payslip);
    gateway.apply(&without_the_bakery()).await;
    gateway.vfs.erase("bakkerij-jansen").await.unwrap();
    assert_eq!(used().await, payslip, "the employee keeps that one");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_beside_a_server_that_runs_is_signed_out_and_gone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let mut server = Server::make(folder.path(), &data);
    server.start().await;
    let (devries, jansen) = (server.dav("devries"), server.dav("jansen"));
    assert!(devries.put("/Mijn bestanden/a.txt", b"own".to_vec()).await);
    assert!(devries.put(&format!("{SHARED}/ziek.txt"), b"ziek".to_vec()).await);
    assert_eq!(jansen.get(&format!("{SEEN}/ziek.txt")).await.unwrap(), b"ziek");
    for (name, text) in without_devries() {
        file(folder.path(), &name, text.as_bytes());
    }
    let roster = folder.path().join("roster.toml");
    server.runs(&["roster", "apply", roster.to_str().unwrap()]);
    // It goes on writing, by a session that is open, until it may not.
    let sftp = server.sftp("devries").await.unwrap();
    assert!(sftp.put("/Mijn bestanden/eerst", vec![7; 50_000]).await);
    let writes = tokio::spawn(async move {
        let (mut last, mut begun) = (Instant::now(), Instant::now());
        for number in 0.. {
            if !sftp.put(&format!("/Mijn bestanden/{number}"), vec![7; 50_000]).await {
                break;
            }
            (last, begun) = (begun, Instant::now());
        }
        last
    });
    server.runs(&["erase", "devries", "--confirm"]);
    let erased = Instant::now();
    let last = tokio::time::timeout(Duration::from_mins(2), writes).await.unwrap().unwrap();
    assert!(last - erased < Duration::from_secs(5), "{:?}", last - erased);
    let answer = devries.ask("GET", "/Mijn bestanden/a.txt", None, Vec::new()).await;
    assert_eq!(answer.unwrap().0, 401);
    assert_eq!(jansen.get(&format!("{SEEN}/ziek.txt")).await, None);
    let left = server.command(&["erase", "devries", "--plan"]).output().unwrap();
    assert_eq!(left.status.code(), Some(0), "{left:?}");
    server.kill();
    let found = server.runs(&["verify", "--read-data"]);
    assert!(found.contains("0 objects") && found.contains("0 faults"), "{found}");
}
