//! What holds, whatever the database.

use crate::promised::within_five_seconds;
use crate::room::{ED25519, HOME, PASSWORD, Room, WRONG, from, in_or_denied};
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use loondossier::auth::{Config, Denied, Unfit};
use loondossier::dossier::{Language, PartyKind, Scope};
use loondossier::vfs::Session;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

pub(crate) const MINUTE: i64 = 60_000;

pub(crate) fn refused(answer: Result<Session, Denied>) {
    assert_eq!(answer.err(), Some(Denied::Refused));
}

/// A key that is the account's own, and lets nobody in.
fn worthless(answer: Result<Session, Unfit>) {
    assert_eq!(answer.err(), Some(Unfit::Refused));
}

/// A key that is none of the account's.
pub(crate) fn strange(answer: Result<Session, Unfit>) {
    assert_eq!(answer.err(), Some(Unfit::Strange));
}

/// The same app password but for its last character.
fn guess(app: &str) -> String {
    let (rest, last) = app.split_at(app.len() - 1);
    format!("{rest}{}", if last == "a" { "b" } else { "a" })
}

pub(crate) async fn unknown_wrong_suspended_and_erased_are_one_answer(room: Room) {
    room.add_key("petra", &[], None).await;
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    refused(room.password("nobody", PASSWORD).await);
    refused(room.password("petra", WRONG).await);
    refused(room.password("petra", &"x".repeat(100_000)).await);
    refused(room.password(&"x".repeat(100_000), PASSWORD).await);
    refused(room.password("\0\u{202e}", "").await);
    strange(room.auth.public_key("petra", "no key at all", from(HOME)).await);
    strange(room.key("devries", HOME).await);
    for (table, column) in [("account", "suspended"), ("party", "erased")] {
        room.sql(&format!("update {table} set {column} = 1")).await;
        refused(room.password("petra", &app).await);
        worthless(room.key("petra", HOME).await);
        assert_eq!(room.auth.offered("petra", ED25519, from(HOME)).await, Err(Unfit::Refused));
        refused(room.password("petra", PASSWORD).await);
        room.sql(&format!("update {table} set {column} = null")).await;
        room.clock.advance(MINUTE);
        assert!(room.password("petra", PASSWORD).await.is_ok(), "a right one was never wrong");
    }
}

pub(crate) async fn the_password_gives_the_whole_scope_in_any_case_and_normal_form(room: Room) {
    let session = room.password("Petra", PASSWORD).await.unwrap();
    assert_eq!((session.login.as_str(), session.scope), ("petra", Scope::FULL));
    assert_eq!((session.kind, session.language), (PartyKind::Office, Language::Nl));
    assert!(session.credential.is_none() && session.check().is_ok());
    let person = room.password("devries", PASSWORD).await.unwrap();
    assert_eq!((person.kind, person.language), (PartyKind::Person, Language::En));
    room.admin.set_password("petra", "caf\u{e9} caf\u{e9} caf\u{e9}").await.unwrap();
    assert!(room.password("petra", "cafe\u{301} cafe\u{301} cafe\u{301}").await.is_ok());
}

pub(crate) async fn a_new_password_counts_at_once(room: Room) {
    assert!(room.password("petra", PASSWORD).await.is_ok());
    assert!(room.password("petra", PASSWORD).await.is_ok(), "remembered");
    refused(room.password("petra", WRONG).await);
    room.admin.set_password("petra", WRONG).await.unwrap();
    refused(room.password("petra", PASSWORD).await);
    assert!(room.password("petra", WRONG).await.is_ok());
}

pub(crate) async fn an_app_password_gives_its_own_scope_until_it_is_revoked(room: Room) {
    let read = room.app_password("petra", "laptop", Scope::READ).await;
    let backup = room.app_password("petra", "nas", Scope::BACKUP).await;
    assert_eq!(room.password("petra", &read).await.unwrap().scope, Scope::READ);
    assert_eq!(room.password("petra", &backup).await.unwrap().scope, Scope::BACKUP);
    refused(room.password("devries", &read).await);
    refused(room.password("petra", &guess(&read)).await);
    room.admin.revoke_app_password("petra", "laptop").await.unwrap();
    refused(room.password("petra", &read).await);
    assert!(room.password("petra", &backup).await.is_ok());
    assert!(
        room.admin.add_app_password("petra", "laptop", Some(Scope::READ)).await.is_ok(),
        "name free"
    );
}

pub(crate) async fn the_use_of_an_app_password_is_noted_once_a_minute(room: Room) {
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    let used = async || room.admin.app_passwords("petra").await.unwrap()[0].last_used;
    assert_eq!(used().await, None);
    let first = room.clock.now();
    room.password("petra", &app).await.unwrap();
    within_five_seconds("noted", async || used().await == Some(first)).await;
    room.clock.advance(MINUTE - 1);
    room.password("petra", &app).await.unwrap();
    room.clock.advance(1);
    room.password("petra", &app).await.unwrap();
    within_five_seconds("noted", async || used().await == Some(first + MINUTE)).await;
}

pub(crate) async fn a_machine_has_keys_and_app_passwords_only(room: Room) {
    let error = room.admin.set_password("loon", PASSWORD).await.unwrap_err().to_string();
    assert!(error.contains("key add"), "{error}");
    room.sql("update account set password = (select password from account where login = 'petra')")
        .await;
    refused(room.password("loon", PASSWORD).await);
    let whole = room.app_password("loon", "one", None).await;
    let backup = room.app_password("loon", "two", Scope::BACKUP).await;
    assert_eq!(
        room.password("loon", &whole).await.unwrap().scope,
        Scope::DELIVER.and(Scope::BACKUP)
    );
    assert_eq!(room.password("loon", &backup).await.unwrap().scope, Scope::BACKUP);
    let error = room.admin.add_app_password("loon", "three", Some(Scope::READ)).await.unwrap_err();
    assert!(error.to_string().contains("deliver,backup"), "{error}");
    room.sql("update account set scope = 'deliver' where login = 'loon'").await;
    refused(room.password("loon", &backup).await);
}

pub(crate) async fn a_key_opens_from_its_networks_until_it_expires(room: Room) {
    let until = room.clock.now() + MINUTE;
    room.add_key("petra", &["192.0.2.0/24", "2001:db8::/32"], Some(until)).await;
    for good in [HOME, "::ffff:192.0.2.9", "2001:db8::1"] {
        assert!(room.key("petra", good).await.is_ok(), "{good}");
        assert_eq!(room.auth.offered("petra", ED25519, from(good)).await, Ok(()));
    }
    worthless(room.key("petra", "198.51.100.1").await);
    let away = room.auth.offered("petra", ED25519, from("198.51.100.1")).await;
    assert_eq!(away, Err(Unfit::Refused));
    assert_eq!(room.auth.offered("devries", ED25519, from(HOME)).await, Err(Unfit::Strange));
    assert_eq!(room.auth.offered("niemand", ED25519, from(HOME)).await, Err(Unfit::Strange));
    room.clock.advance(MINUTE);
    worthless(room.key("petra", HOME).await);
    assert_eq!(room.auth.offered("petra", ED25519, from(HOME)).await, Err(Unfit::Refused));
}

pub(crate) async fn one_key_serves_several_accounts(room: Room) {
    let print = room.add_key("petra", &[], None).await;
    room.add_key("loon", &[], None).await;
    assert_eq!(room.key("petra", HOME).await.unwrap().login, "petra");
    let loon = room.key("loon", HOME).await.unwrap();
    assert_eq!(loon.scope, Scope::DELIVER.and(Scope::BACKUP));
    strange(room.key("devries", HOME).await);
    room.admin.revoke_key("petra", &print).await.unwrap();
    strange(room.key("petra", HOME).await);
    assert!(room.key("loon", HOME).await.is_ok());
}

pub(crate) async fn whatever_is_taken_away_ends_its_open_sessions_only(room: Room) {
    let stop = CancellationToken::new();
    let watch = tokio::spawn({
        let (auth, stop) = (room.auth.clone(), stop.clone());
        async move { auth.watch(stop).await }
    });
    let ends = async |what: &str, session: &Session| {
        within_five_seconds(what, async || session.check().is_err()).await;
    };
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    let print = room.add_key("petra", &[], None).await;
    let stays = room.password("devries", PASSWORD).await.unwrap();

    let (by_app, by_key) = (room.password("petra", &app).await.unwrap(), room.key("petra", HOME));
    let by_key = by_key.await.unwrap();
    let by_password = room.password("petra", PASSWORD).await.unwrap();
    room.admin.revoke_app_password("petra", "laptop").await.unwrap();
    ends("app password revoked", &by_app).await;
    room.admin.set_password("petra", WRONG).await.unwrap();
    ends("password changed", &by_password).await;
    assert!(by_key.check().is_ok(), "a password opened nothing here");
    room.admin.revoke_key("petra", &print).await.unwrap();
    ends("key revoked", &by_key).await;

    room.add_key("petra", &[], Some(room.clock.now() + MINUTE)).await;
    let by_key = room.key("petra", HOME).await.unwrap();
    room.clock.advance(MINUTE);
    ends("key expired", &by_key).await;

    let by_password = room.password("petra", WRONG).await.unwrap();
    room.admin.suspend("petra").await.unwrap();
    ends("suspended", &by_password).await;
    room.admin.resume("petra").await.unwrap();
    assert!(by_password.check().is_err(), "what has ended stays so");
    assert!(room.password("petra", WRONG).await.unwrap().check().is_ok());

    let machine = room.app_password("loon", "box", None).await;
    let wide = room.password("loon", &machine).await.unwrap();
    room.sql("update account set scope = 'backup' where login = 'loon'").await;
    room.sql("update epoch set value = value + 1").await;
    ends("scope narrowed", &wide).await;

    assert!(stays.check().is_ok(), "all of this was others'");
    stop.cancel();
    watch.await.unwrap();
}

pub(crate) async fn who_guesses_waits_and_who_has_a_right_key_does_not(room: Room) {
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    room.add_key("petra", &[], None).await;
    for n in 0..10 {
        refused(room.password("petra", &format!("{WRONG} {n}")).await);
    }
    let wait = Some(Denied::Throttled(900));
    assert_eq!(room.password("petra", PASSWORD).await.err(), wait);
    assert_eq!(room.password("PETRA", PASSWORD).await.err(), wait, "the same login");
    assert_eq!(room.password("petra", &guess(&app)).await.err(), wait);
    assert!(room.password("petra", &app).await.is_ok());
    assert!(room.key("petra", HOME).await.is_ok());
    assert!(room.password("devries", PASSWORD).await.is_ok(), "another login");
    let elsewhere = room.auth.password("petra", PASSWORD, from("192.0.2.8")).await;
    assert!(in_or_denied(elsewhere).is_ok());
    for n in 0..10 {
        refused(room.password("nobody", &format!("{WRONG} {n}")).await);
    }
    assert_eq!(room.password("nobody", WRONG).await.err(), wait, "like one that is there");
    room.clock.advance(15 * MINUTE);
    assert!(room.password("petra", PASSWORD).await.is_ok());
}

pub(crate) async fn guesses_at_once_are_no_more_guesses_than_one_by_one(room: Room) {
    let auth = room.auth_with(Config { checks: 1, queue: 64, wait: Duration::from_mins(1) });
    let attempt =
        async |secret: String| in_or_denied(auth.password("petra", &secret, from(HOME)).await);
    let wrong = (0..40).map(|n| attempt(format!("{WRONG} {n}")));
    let mut answers: FuturesUnordered<_> = wrong.collect();
    for _ in 0..3 {
        refused(answers.next().await.unwrap());
    }
    // The right one comes when the others wait already, and so meets their failures.
    let (right, others) = tokio::join!(attempt(PASSWORD.to_owned()), answers.collect::<Vec<_>>());
    assert!(matches!(right, Err(Denied::Throttled(_))), "{right:?}");
    let others = others.iter().filter(|a| matches!(a, Err(Denied::Refused))).count();
    assert_eq!(others, 10 - 3);
}

pub(crate) async fn a_wrong_password_repeated_for_ever_counts_once(room: Room) {
    for _ in 0..200 {
        refused(room.password("petra", WRONG).await);
    }
    assert!(room.password("petra", PASSWORD).await.is_ok());
}

pub(crate) async fn when_all_places_are_taken_only_passwords_have_to_wait(room: Room) {
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    room.add_key("petra", &[], None).await;
    let full = room.auth_with(Config { checks: 0, queue: 0, wait: Duration::ZERO });
    let busy = full.password("petra", PASSWORD, from(HOME)).await;
    assert_eq!(busy.err(), Some(Denied::Busy(2)));
    assert!(full.password("petra", &app, from(HOME)).await.is_ok());
    assert!(full.public_key("petra", ED25519, from(HOME)).await.is_ok());
}

pub(crate) async fn an_operator_is_told_what_to_do(room: Room) {
    let said = |what: anyhow::Result<()>| what.unwrap_err().to_string();
    let admin = &room.admin;
    assert!(said(admin.suspend("petar").await.map(drop)).contains("\"petra\"?"));
    assert!(said(admin.set_password("petra", "short").await).contains("12 characters"));
    assert!(said(admin.revoke_key("petra", "SHA256:x").await).contains("key list petra"));
    assert!(said(admin.revoke_app_password("petra", "x").await).contains("app-password list"));
    let print = room.add_key("petra", &[], None).await;
    let again = admin.add_key("petra", ED25519, None, &[], None).await.map(drop);
    assert!(said(again).contains("revoke it first"));
    let past = admin.add_key("devries", ED25519, None, &[], Some(1)).await.map(drop);
    assert!(said(past).contains("expired"));
    room.app_password("petra", "laptop", Scope::FULL).await;
    let again = admin.add_app_password("petra", "laptop", None).await.map(drop);
    assert!(said(again).contains("another name"));
    let keys = admin.keys("petra").await.unwrap();
    assert_eq!((keys[0].selector.as_str(), keys[0].name.as_str()), (&*print, "petra@laptop"));
    assert!(admin.suspend("petra").await.unwrap() && !admin.suspend("petra").await.unwrap());
    assert!(admin.resume("petra").await.unwrap() && !admin.resume("petra").await.unwrap());
    let logins: Vec<String> = admin.list().await.unwrap().into_iter().map(|a| a.login).collect();
    assert_eq!(logins, ["devries", "loon", "petra"]);
}

pub(crate) async fn every_statement_is_understood(room: Room) {
    for statement in loondossier::catalog::statements() {
        let prepared = room.db.prepare(statement).await;
        assert!(prepared.is_ok(), "{}: {prepared:?}", statement.sql());
    }
}
