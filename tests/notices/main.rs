//! Mail and webhook: that something happened is told outside the dossier, once for all that came together,
//! to whom it concerns, and with nothing of payroll in it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "what fails here fails the test")]

#[path = "../common/mod.rs"]
mod common;
mod post;
mod served;

use common::server::free_port;
use common::ssh::put;
use common::{Backing, Gateway, PASSWORD, cast, pdf};
use loondossier::catalog::log::{self, Event};
use loondossier::catalog::{Conn, PartyId, Transaction, parties};
use loondossier::dossier::{Deed, DossierPath, Result};
use loondossier::vfs::{Channel, Conditions, Create, Remove};
use post::{ADDRESS, Mail, Request, Server};
use post::{another, begun, claimed, due, mailer, node, passing, says, webhook};
use std::collections::BTreeSet;

const DEVRIES: &str = "a.devries@example.nl";
const JANSEN: &str = "k@bakkerij.example";
const BOS: &str = "t@bos.example";
const PETRA: &str = "petra@visser.example";
const ONE: &str = "Er staat 1 nieuw document voor u klaar";

/// Petra hands in a payslip of A. de Vries.
async fn payslip(gateway: &Gateway, period: &str) {
    let path = format!("/Aanleveren/123456782L01_0042_loonstrook_{period}.pdf");
    put(gateway, "petra", &path, &pdf(period)).await;
}

async fn overview(gateway: &Gateway, employer: &str, period: &str) {
    put(gateway, "petra", &format!("/Aanleveren/{employer}_journaal_{period}.pdf"), &pdf(period))
        .await;
}

/// Hands something in that is refused.
async fn refused(gateway: &Gateway, name: &str) {
    let session = gateway.session("petra").await;
    let path = DossierPath::parse(&format!("/Aanleveren/{name}")).unwrap();
    let create = Create { make: true, ..Create::default() };
    let mut upload = gateway.vfs.create(&session, &path, create).await.unwrap();
    upload.write_at(0, pdf("x").into()).await.unwrap();
    assert!(upload.commit().await.is_err(), "{name} is refused");
}

#[tokio::test]
async fn fifty_payslips_and_five_overviews_are_one_mail_to_each_receiver_and_say_nothing_of_payroll()
 {
    let gateway = Gateway::start().await;
    let at = free_port();
    let server = Server::of_mail(at, gateway.folder.path(), &[]).await;
    let _node = node(&gateway, mailer(at)).await;
    for n in 0..50 {
        payslip(&gateway, &format!("2026-11_{n}")).await;
    }
    for month in 5..10 {
        overview(&gateway, "123456782L01", &format!("2026-0{month}")).await;
    }
    let mut mails: Vec<Mail> = passing(&gateway, server.takes(2)).await;
    mails.sort_by(|a, b| a.to.cmp(&b.to));
    let told: Vec<_> = mails.iter().map(|mail| (mail.to[0].as_str(), mail.subject())).collect();
    let fifty = "Er staan 50 nieuwe documenten voor u klaar";
    let all = "Er staan 55 nieuwe documenten voor u klaar";
    assert_eq!(told, [(DEVRIES, fifty), (JANSEN, all)]);
    for mail in &mails {
        let headers = &mail.headers;
        assert_eq!(headers["auto-submitted"], "auto-generated");
        assert_eq!(headers["from"], "Loondossier <dossier@example.nl>");
        assert!(headers["date"].starts_with("Tue, 24 Nov 2026 11:"), "{headers:?}");
        assert!(headers["message-id"].ends_with("@example.nl>"), "{headers:?}");
        assert!(headers["content-type"].starts_with("text/plain"), "{headers:?}");
        assert_eq!(mail.text.lines().next().unwrap(), format!("{}.", mail.subject()));
        assert!(mail.text.contains(ADDRESS));
        let words = [
            "vries",
            "jansen",
            "bakkerij",
            "visser",
            "petra",
            "123456782",
            "0042",
            "2026-",
            "loon",
            "strook",
            "journaal",
            "pdf",
        ];
        let shown = format!("{}\n{}", mail.subject(), mail.text).to_lowercase();
        let shown = shown.replace(&ADDRESS.to_lowercase(), "");
        let leaked: Vec<_> = words.iter().filter(|word| shown.contains(**word)).collect();
        assert!(leaked.is_empty(), "{leaked:?} in {shown}");
        let others = [DEVRIES, JANSEN, PETRA].into_iter().filter(|a| *a != mail.to[0]);
        let whole = format!("{mail:?}");
        assert!(others.into_iter().all(|other| !whole.contains(other)), "{whole}");
    }
    assert_ne!(mails[0].headers["message-id"], mails[1].headers["message-id"]);
}

#[tokio::test]
async fn who_has_english_is_told_in_english() {
    let gateway = Gateway::start().await;
    let at = free_port();
    let server = Server::of_mail(at, gateway.folder.path(), &[]).await;
    let _node = node(&gateway, mailer(at)).await;
    overview(&gateway, "111222333L01", "2026-10").await;
    let mails: Vec<Mail> = passing(&gateway, server.takes(1)).await;
    assert_eq!((&*mails[0].to[0], mails[0].subject()), (BOS, "1 new document is ready for you"));
    assert!(mails[0].text.contains("You find everything in your dossier"), "{}", mails[0].text);
}

#[tokio::test]
async fn own_doings_are_told_to_nobody_and_shared_ones_to_whom_they_are_shared_with() {
    let gateway = Gateway::start().await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    put(&gateway, "jansen", "/Mijn bestanden/brief.pdf", b"brief").await;
    put(&gateway, "jansen", "/Back-ups/loon.zip", b"loon").await;
    assert!(due(&gateway.clock, &mut mail).await.is_empty());
    put(&gateway, "jansen", "/Gedeeld met kantoor/vraag.pdf", b"vraag").await;
    let letters = due(&gateway.clock, &mut mail).await;
    assert_eq!(
        letters.iter().map(says).collect::<Vec<_>>(),
        [format!("{PETRA}: Er is 1 document of map met u gedeeld")]
    );
}

#[tokio::test]
async fn a_set_is_told_to_its_employer_and_the_decision_to_its_office() {
    let gateway = Gateway::start().await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    let petra = gateway.session("petra").await;
    let (path, any) = (|text: &str| DossierPath::parse(text).unwrap(), Conditions::default());
    let own = path("/Mijn bestanden/Loon 2026-11");
    gateway.vfs.make_folder(&petra, &own, &any).await.unwrap();
    put(&gateway, "petra", "/Mijn bestanden/Loon 2026-11/serie.pdf", &pdf("serie")).await;
    let review = path("/Werkgevers/Bakkerij Jansen BV/Ter controle/Loon 2026-11");
    gateway.vfs.relocate(&petra, &own, &review, false, &any).await.unwrap();
    gateway.vfs.look_after_sets().await.unwrap();
    let letters: Vec<_> = due(&gateway.clock, &mut mail).await.iter().map(says).collect();
    assert_eq!(letters, [format!("{JANSEN}: Er staat 1 set klaar om te controleren")]);
    let jansen = gateway.session("jansen").await;
    gateway.vfs.decide(&jansen, "Loon 2026-11", true, None, None).await.unwrap();
    let letters: Vec<_> = due(&gateway.clock, &mut mail).await.iter().map(says).collect();
    assert_eq!(letters, [format!("{PETRA}: Er is 1 set goedgekeurd")]);
}

#[tokio::test]
async fn what_was_withdrawn_before_it_was_told_is_not_told_and_afterwards_it_is() {
    let gateway = Gateway::start().await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    let at =
        "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026/Journaalpost 2026-10.pdf";
    let withdraw = async || {
        let (petra, at) = (gateway.session("petra").await, DossierPath::parse(at).unwrap());
        let free = Conditions::default();
        gateway.vfs.remove(&petra, &at, Remove::File, &free).await.unwrap();
    };
    put(&gateway, "petra", at, &pdf("wrong")).await;
    withdraw().await;
    assert!(due(&gateway.clock, &mut mail).await.is_empty());
    put(&gateway, "petra", at, &pdf("right")).await;
    let letters = due(&gateway.clock, &mut mail).await;
    assert_eq!(letters.iter().map(says).collect::<Vec<_>>(), [format!("{JANSEN}: {ONE}")]);
    mail.told(&letters[0]).await.unwrap();
    withdraw().await;
    let letters = due(&gateway.clock, &mut mail).await;
    let gone = format!("{JANSEN}: Er is 1 document of map ingetrokken");
    assert_eq!(letters.iter().map(says).collect::<Vec<_>>(), [gone]);
}

#[tokio::test]
async fn refused_deliveries_and_what_is_on_paper_are_told_to_who_must_do_something() {
    let gateway = Gateway::start().await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    refused(&gateway, "strook.pdf").await;
    refused(&gateway, "nog een.pdf").await;
    // B. Zonder has not agreed to have its payslips digitally.
    put(&gateway, "petra", "/Aanleveren/123456782L01_0044_loonstrook_2026-11.pdf", &pdf("p")).await;
    let letters = due(&gateway.clock, &mut mail).await;
    assert_eq!(
        letters.iter().map(says).collect::<Vec<_>>(),
        [
            format!("{JANSEN}: Er staat 1 document klaar om op papier te geven"),
            format!("{PETRA}: Er zijn 2 aanleveringen afgewezen"),
        ]
    );
}

#[tokio::test]
async fn who_is_suspended_or_not_activated_gets_no_mail_and_is_told_when_it_can_be() {
    let gateway = Gateway::start().await;
    let mut files = cast();
    let colleague = "staff    = [ { login = \"mo\", name = \"M. Jansen\", email = \"mo@bakkerij.example\" }, { login = \"jansen\"";
    files[0].1 = files[0].1.replace("staff    = [ { login = \"jansen\"", colleague);
    gateway.apply(&files).await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    gateway.admin.suspend("devries").await.unwrap();
    payslip(&gateway, "2026-11").await;
    let letters = due(&gateway.clock, &mut mail).await;
    assert_eq!(letters.iter().map(says).collect::<Vec<_>>(), [format!("{JANSEN}: {ONE}")]);
    mail.told(&letters[0]).await.unwrap();

    gateway.admin.resume("devries").await.unwrap();
    gateway.admin.set_password("mo", PASSWORD).await.unwrap();
    let mut later = another(&gateway.vfs, Channel::Mail).await;
    let letters = due(&gateway.clock, &mut later).await;
    let told = [format!("mo@bakkerij.example: {ONE}"), format!("{DEVRIES}: {ONE}")];
    assert_eq!(letters.iter().map(says).collect::<Vec<_>>(), told);
}

#[tokio::test]
async fn what_happened_before_mail_began_is_not_told() {
    let gateway = Gateway::start().await;
    payslip(&gateway, "2026-10").await;
    gateway.clock.advance(1_000);
    let mut mail = begun(&gateway, Channel::Mail).await;
    assert!(due(&gateway.clock, &mut mail).await.is_empty());
    payslip(&gateway, "2026-11").await;
    assert_eq!(due(&gateway.clock, &mut mail).await.len(), 2);
}

#[tokio::test]
async fn a_push_that_goes_on_is_told_when_it_ends_or_within_the_hour() {
    let gateway = Gateway::start().await;
    let quiet = std::time::Duration::from_mins(5);
    let mut mail = gateway.vfs.notices(Channel::Mail, quiet).await.unwrap();
    let mut letters = Vec::new();
    for n in 0..16 {
        gateway.clock.advance(4 * 60_000);
        assert!(letters.is_empty() || n == 15, "{n}: {letters:?}");
        overview(&gateway, "111222333L01", &format!("2026-10_{n}")).await;
        letters.extend(claimed(&mut mail).await);
    }
    // The last two came within five minutes: they are for the next.
    let told: Vec<_> = letters.iter().map(says).collect();
    assert_eq!(told, [format!("{BOS}: Er staan 14 nieuwe documenten voor u klaar")]);
}

#[tokio::test]
async fn what_is_for_a_time_to_come_is_told_when_it_comes() {
    struct Tomorrow(i64);
    impl Transaction for Tomorrow {
        type Output = ();
        async fn run(&self, tx: &mut Conn) -> Result<()> {
            let state = parties::roster_state(tx).await?;
            let party = state.parties.iter().find(|p| p.party.key == "garage-bos").unwrap();
            let (protocol, address, at) = ("cli".into(), String::new(), self.0);
            let event =
                Event { at, account: None, protocol, address, deed: Deed::Delivered, node: None };
            let line = (PartyId(party.id), "a line\n".to_owned());
            log::write(tx, &event, "2026-11", &[line]).await
        }
    }
    let gateway = Gateway::start().await;
    let mut mail = begun(&gateway, Channel::Mail).await;
    gateway.db.write(Tomorrow(gateway.clock.now() + 86_400_000)).await.unwrap();
    overview(&gateway, "111222333L01", "2026-10").await;
    let letters = due(&gateway.clock, &mut mail).await;
    assert_eq!(letters.iter().map(says).collect::<Vec<_>>(), [format!("{BOS}: {ONE}")]);
    mail.told(&letters[0]).await.unwrap();
    assert!(due(&gateway.clock, &mut mail).await.is_empty());
    gateway.clock.advance(86_400_000);
    let told: Vec<_> = claimed(&mut mail).await.iter().map(says).collect();
    assert_eq!(told, [format!("{BOS}: Er is 1 document of map met u gedeeld")]);
}

#[tokio::test]
async fn a_mail_server_that_is_down_for_a_while_loses_and_repeats_nothing() {
    let gateway = Gateway::start().await;
    let at = free_port();
    let down = tokio::net::TcpListener::bind(at).await.unwrap();
    let _node = node(&gateway, mailer(at)).await;
    payslip(&gateway, "2026-11").await;
    // It takes the connection and hangs up.
    drop(passing(&gateway, down.accept()).await.unwrap());
    drop(down);
    let server = Server::of_mail(at, gateway.folder.path(), &[]).await;
    for (round, period) in ["2026-10", "2026-09"].into_iter().enumerate() {
        let both = 2 * (round + 1);
        passing(&gateway, server.takes::<Mail>(both)).await;
        payslip(&gateway, period).await;
    }
    passing(&gateway, server.takes::<Mail>(6)).await;
    for who in [DEVRIES, JANSEN] {
        assert_eq!(server.subjects(who), [ONE, ONE, ONE], "{who}");
    }
}

#[tokio::test]
async fn a_receiver_that_the_mail_server_refuses_does_not_hold_the_others() {
    let gateway = Gateway::start().await;
    let at = free_port();
    let server = Server::of_mail(at, gateway.folder.path(), &["--refuse", JANSEN]).await;
    let _node = node(&gateway, mailer(at)).await;
    for (round, period) in ["2026-10", "2026-11"].into_iter().enumerate() {
        payslip(&gateway, period).await;
        passing(&gateway, server.takes::<Mail>(round + 1)).await;
    }
    assert_eq!(server.subjects(DEVRIES), [ONE, ONE]);
    assert_eq!(server.took::<Mail>().len(), 2);
}

#[tokio::test]
async fn a_receiver_that_the_mail_server_defers_is_told_later_and_the_others_at_once() {
    let gateway = Gateway::start().await;
    let at = free_port();
    let server = Server::of_mail(at, gateway.folder.path(), &["--defer", DEVRIES]).await;
    let _node = node(&gateway, mailer(at)).await;
    payslip(&gateway, "2026-11").await;
    let mails: Vec<Mail> = passing(&gateway, server.takes(2)).await;
    let told: Vec<_> = mails.iter().map(|mail| (&*mail.to[0], mail.subject())).collect();
    assert_eq!(told, [(JANSEN, ONE), (DEVRIES, ONE)]);
}

#[tokio::test]
async fn a_program_is_told_by_a_signed_webhook_under_the_same_id_until_it_takes_it() {
    let gateway = Gateway::start().await;
    let at = free_port();
    let server = Server::of_webhooks(at, gateway.folder.path(), "1").await;
    let _node = node(&gateway, webhook(at)).await;
    overview(&gateway, "111222333L01", "2026-10").await;
    refused(&gateway, "strook.pdf").await;
    let requests: Vec<Request> = passing(&gateway, server.takes(3)).await;
    assert!(requests.iter().all(|r| r.signed && r.content == "application/json"), "{requests:?}");
    let mut taken: Vec<_> = requests.iter().filter(|r| r.status == 204).collect();
    taken.sort_by_key(|request| request.body["party"].to_string());
    let said: Vec<_> = taken.iter().map(|r| r.body.clone()).collect();
    assert_eq!(said.len(), 2);
    assert_eq!(said[0]["party"], "garage-bos");
    assert_eq!((&said[0]["kind"], &said[0]["language"]), (&"employer".into(), &"en".into()));
    assert_eq!(said[0]["counts"], serde_json::json!({ "documents": 1 }));
    assert_eq!(said[1]["party"], "kantoor-visser");
    assert_eq!(said[1]["counts"], serde_json::json!({ "refused": 1 }));
    let failed = requests.iter().find(|r| r.status == 503).unwrap();
    assert!(said.contains(&failed.body), "{failed:?} is said again, id and all");
    assert!(said.iter().all(|body| body.as_object().unwrap().len() == 6), "{said:?}");
    assert_ne!(said[0]["id"], said[1]["id"]);
    let first: jiff::Timestamp = said[0]["at"].as_str().unwrap().parse().unwrap();
    let sent = taken[0].timestamp;
    assert!(first.as_second() <= sent && sent <= gateway.clock.now() / 1_000, "{first} {sent}");
}

/// Of several nodes one sends each letter; one that dies with it in its hands leaves it to the others.
async fn each_letter_is_claimed_once(backing: Backing) {
    let gateway = Gateway::start_on(backing).await;
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(another(&gateway.vfs, Channel::Mail).await);
    }
    gateway.clock.advance(1);
    for employer in ["123456782L01", "111222333L01"] {
        overview(&gateway, employer, "2026-10").await;
    }
    payslip(&gateway, "2026-11").await;
    refused(&gateway, "strook.pdf").await;
    gateway.clock.advance(2_000);
    let tasks: Vec<_> = nodes
        .into_iter()
        .map(|mut node| tokio::spawn(async move { (claimed(&mut node).await, node) }))
        .collect();
    let (mut letters, mut nodes) = (Vec::new(), Vec::new());
    for task in tasks {
        let (claimed, node) = task.await.unwrap();
        letters.extend(claimed);
        nodes.push(node);
    }
    let to: BTreeSet<_> = letters.iter().map(|letter| letter.email.as_str()).collect();
    assert_eq!(to, BTreeSet::from([DEVRIES, JANSEN, BOS, PETRA]));
    assert_eq!(letters.len(), 4, "each once: {letters:?}");

    // All but one arrived; whoever had that died.
    let (lost, arrived) = letters.split_first().unwrap();
    for letter in arrived {
        nodes[0].told(letter).await.unwrap();
    }
    let mut fresh = another(&gateway.vfs, Channel::Mail).await;
    assert!(due(&gateway.clock, &mut fresh).await.is_empty(), "the claim holds");
    gateway.clock.advance(12 * 60_000);
    let again = claimed(&mut fresh).await;
    assert_eq!(again.len(), 1);
    assert_eq!((&again[0].id, &again[0].digest), (&lost.id, &lost.digest));
    fresh.told(&again[0]).await.unwrap();
    gateway.clock.advance(12 * 60_000);
    assert!(claimed(&mut nodes[1]).await.is_empty());
}

#[tokio::test]
async fn each_letter_is_claimed_once_on_sqlite() {
    each_letter_is_claimed_once(Backing::Embedded).await;
}

#[tokio::test]
async fn each_letter_is_claimed_once_on_postgresql() {
    each_letter_is_claimed_once(Backing::Shared).await;
}
