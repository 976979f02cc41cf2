//! Certificates that a party's authority signed.

use crate::ca::{Ca, make_key};
use crate::promised::within_five_seconds;
use crate::room::{ED25519, HOME, PASSWORD, Room, from};
use crate::stories::{MINUTE, strange};
use loondossier::auth::{Config, Unfit};
use loondossier::dossier::Scope;
use loondossier::vfs::Session;
use russh::keys::{Algorithm, Certificate};
use tokio_util::sync::CancellationToken;

/// The room's day, and the minutes around its time: 2026-11-24 06:00 UTC.
const TODAY: [&str; 2] = ["-V", "20261124000000:20261125000000"];

/// A certificate by `ssh-keygen -s` with these words, for a new key.
fn signed(ca: &Ca, words: &[&str]) -> Certificate {
    signed_for(ca, &["ed25519"], words)
}

fn signed_for(ca: &Ca, kind: &[&str], words: &[&str]) -> Certificate {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    make_key(&key, kind);
    Certificate::from_openssh(&ca.sign(&key.with_extension("pub"), words)).unwrap()
}

fn today(words: &[&'static str]) -> Vec<&'static str> {
    [&TODAY, words].concat()
}

async fn enters(room: &Room, login: &str, certificate: &Certificate) -> Result<Session, Unfit> {
    room.auth.certificate(login, certificate, from(HOME)).await
}

async fn refused(room: &Room, login: &str, certificate: &Certificate) {
    assert_eq!(enters(room, login, certificate).await.err(), Some(Unfit::Refused));
}

/// An authority of the office.
async fn trusted(room: &Room) -> Ca {
    let ca = Ca::new();
    room.admin.add_authority("visser", &ca.public_key()).await.unwrap();
    ca
}

pub(crate) async fn a_certificate_of_the_partys_authority_gives_the_whole_scope(room: Room) {
    let ca = trusted(&room).await;
    let good = signed(&ca, &today(&["-n", "petra"]));
    let session = enters(&room, "petra", &good).await.unwrap();
    assert_eq!((session.login.as_str(), session.scope), ("petra", Scope::FULL));
    assert!(session.credential.is_none() && session.check().is_ok());
    assert!(enters(&room, "PETRA", &good).await.is_ok(), "a login has no case");
    strange(enters(&room, "petra", &signed(&Ca::new(), &today(&["-n", "petra"]))).await);
    // The authority is the office's, whatever it signs.
    strange(enters(&room, "devries", &signed(&ca, &today(&["-n", "devries"]))).await);
    strange(enters(&room, "niemand", &signed(&ca, &today(&["-n", "niemand"]))).await);
    room.admin.add_authority("person/devries", &ca.public_key()).await.unwrap();
    let both = signed(&ca, &today(&["-n", "devries"]));
    assert!(enters(&room, "devries", &both).await.is_ok(), "one key may sign for several parties");
}

pub(crate) async fn a_certificate_counts_for_the_login_that_it_names(room: Room) {
    let ca = trusted(&room).await;
    assert!(enters(&room, "petra", &signed(&ca, &today(&["-n", "ander,petra"]))).await.is_ok());
    refused(&room, "petra", &signed(&ca, &today(&["-n", "ander"]))).await;
    refused(&room, "petra", &signed(&ca, &TODAY)).await;
    refused(&room, "petra", &signed(&ca, &today(&["-n", "petra", "-h"]))).await;
    // A machine's account has keys and app passwords only.
    refused(&room, "loon", &signed(&ca, &today(&["-n", "loon"]))).await;
    room.admin.suspend("petra").await.unwrap();
    refused(&room, "petra", &signed(&ca, &today(&["-n", "petra"]))).await;
}

pub(crate) async fn a_certificate_counts_for_its_time_and_has_an_end(room: Room) {
    let ca = trusted(&room).await;
    for bad in ["20261124070000:20261125000000", "20261101000000:20261124050000", "always:forever"]
    {
        refused(&room, "petra", &signed(&ca, &["-n", "petra", "-V", bad])).await;
    }
    let endless = signed(&ca, &["-n", "petra", "-V", "20261101000000:forever"]);
    refused(&room, "petra", &endless).await;
    let good = signed(&ca, &["-n", "petra", "-V", "always:20261125000000"]);
    assert!(enters(&room, "petra", &good).await.is_ok());
    room.clock.advance(24 * 60 * MINUTE);
    refused(&room, "petra", &good).await;
}

pub(crate) async fn a_certificate_counts_where_it_says_and_with_no_option_that_is_not_known(
    room: Room,
) {
    let ca = trusted(&room).await;
    let with = |option| signed(&ca, &today(&["-n", "petra", "-O", option]));
    let near = with("source-address=192.0.2.0/24,2001:db8::/32");
    assert!(enters(&room, "petra", &near).await.is_ok());
    let mapped = room.auth.certificate("petra", &near, from("::ffff:192.0.2.9")).await;
    assert!(mapped.is_ok());
    let away = room.auth.certificate("petra", &near, from("198.51.100.1")).await;
    assert_eq!(away.err(), Some(Unfit::Refused));
    assert!(enters(&room, "petra", &with("source-address=192.0.2.7")).await.is_ok());
    for option in [
        "force-command=pwd",
        "verify-required",
        "critical:anders@example.nl",
        "critical:source-address=",
        "critical:source-address=overal",
    ] {
        refused(&room, "petra", &with(option)).await;
    }
    // What is not critical may be left out of account.
    assert!(enters(&room, "petra", &with("extension:anders@example.nl=x")).await.is_ok());
}

pub(crate) async fn only_strong_keys_vouch_and_are_vouched_for(room: Room) {
    let short = Ca::of(&["rsa", "-b", "2048"]);
    let error = room.admin.add_authority("visser", &short.public_key()).await.unwrap_err();
    assert!(format!("{error:#}").contains("2048 bits"), "{error:#}");
    let rsa = Ca::of(&["rsa", "-b", "3072"]);
    room.admin.add_authority("visser", &rsa.public_key()).await.unwrap();
    let words = today(&["-n", "petra"]);
    assert!(enters(&room, "petra", &signed(&rsa, &words)).await.is_ok());
    for kind in [&["ecdsa", "-b", "256"][..], &["rsa", "-b", "3072"]] {
        assert!(enters(&room, "petra", &signed_for(&rsa, kind, &words)).await.is_ok(), "{kind:?}");
    }
    refused(&room, "petra", &signed_for(&rsa, &["rsa", "-b", "2048"], &words)).await;
    // Signed with SHA-1.
    let sha1 = today(&["-n", "petra", "-t", "ssh-rsa"]);
    let sha1 = signed(&rsa, &sha1);
    assert_eq!(sha1.signature().algorithm(), Algorithm::Rsa { hash: None });
    refused(&room, "petra", &sha1).await;
}

pub(crate) async fn what_an_authority_opened_ends_with_it_and_with_the_certificate(room: Room) {
    let stop = CancellationToken::new();
    let watch = tokio::spawn({
        let (auth, stop) = (room.auth.clone(), stop.clone());
        async move { auth.watch(stop).await }
    });
    let ends = async |what: &str, session: &Session| {
        within_five_seconds(what, async || session.check().is_err()).await;
    };
    let (ca, other) = (trusted(&room).await, trusted(&room).await);
    let long = signed(&ca, &today(&["-n", "petra"]));
    let short = signed(&ca, &["-n", "petra", "-V", "always:20261124080000"]);
    let stays = room.password("petra", PASSWORD).await.unwrap();
    let by_other = enters(&room, "petra", &signed(&other, &today(&["-n", "petra"]))).await.unwrap();
    let (by_long, by_short) = (
        enters(&room, "petra", &long).await.unwrap(),
        enters(&room, "petra", &short).await.unwrap(),
    );
    room.clock.advance(180 * MINUTE);
    ends("the certificate is over", &by_short).await;
    assert!(by_long.check().is_ok());
    let print = &room.admin.authorities("visser").await.unwrap()[0].fingerprint;
    room.admin.revoke_authority("visser", print).await.unwrap();
    ends("the authority is revoked", &by_long).await;
    strange(enters(&room, "petra", &long).await);
    assert!(by_other.check().is_ok() && stays.check().is_ok(), "others opened these");
    room.admin.suspend("petra").await.unwrap();
    ends("the account is suspended", &by_other).await;
    stop.cancel();
    watch.await.unwrap();
}

pub(crate) async fn one_certificate_is_revoked_by_its_number_or_its_file_on_every_node(room: Room) {
    let stop = CancellationToken::new();
    let other = room.auth_with(Config::default());
    for auth in [&room.auth, &other] {
        let (auth, stop) = (auth.clone(), stop.clone());
        tokio::spawn(async move { auth.watch(stop).await });
    }
    let ca = trusted(&room).await;
    let by_file = signed(&ca, &today(&["-n", "petra"]));
    let twin = signed(&ca, &today(&["-n", "petra"]));
    let by_number = signed(&ca, &today(&["-n", "petra", "-z", "18446744073709551615"]));
    let same_number = signed(&ca, &today(&["-n", "petra", "-z", "18446744073709551615"]));
    let sessions = async |certificate: &Certificate| {
        let there = other.certificate("petra", certificate, from(HOME)).await.unwrap();
        [enters(&room, "petra", certificate).await.unwrap(), there]
    };
    let ends = async |sessions: &[Session; 2]| {
        let ended = async || sessions.iter().all(|session| session.check().is_err());
        within_five_seconds("it is revoked", ended).await;
    };
    let (first, second) = (sessions(&by_file).await, sessions(&by_number).await);
    let stay = sessions(&twin).await;
    room.admin.revoke_certificate("visser", &by_file.to_openssh().unwrap()).await.unwrap();
    ends(&first).await;
    refused(&room, "petra", &by_file).await;
    let print = room.admin.authorities("visser").await.unwrap()[0].fingerprint.clone();
    room.admin.revoke_serial("visser", &print, u64::MAX).await.unwrap();
    ends(&second).await;
    refused(&room, "petra", &same_number).await;
    assert!(stay.iter().all(|session| session.check().is_ok()), "it is another");
    // Once more is no harm, and another key may have the number.
    room.admin.revoke_certificate("visser", &by_file.to_openssh().unwrap()).await.unwrap();
    let another = trusted(&room).await;
    let its_own = signed(&another, &today(&["-n", "petra", "-z", "18446744073709551615"]));
    assert!(enters(&room, "petra", &its_own).await.is_ok());
    assert_eq!(room.admin.revoked_certificates("visser").await.unwrap().len(), 2);
    // Trusting the key anew brings back nothing of it.
    room.admin.revoke_authority("visser", &print).await.unwrap();
    room.admin.add_authority("visser", &ca.public_key()).await.unwrap();
    refused(&room, "petra", &by_file).await;
    refused(&room, "petra", &by_number).await;
    assert!(enters(&room, "petra", &twin).await.is_ok());
    stop.cancel();
}

pub(crate) async fn where_there_is_an_authority_every_strong_key_is_asked_for_a_signature(
    room: Room,
) {
    let offered = async |login: &str| room.auth.offered(login, ED25519, from(HOME)).await;
    assert_eq!(offered("petra").await, Err(Unfit::Strange));
    let ca = trusted(&room).await;
    // Whose it is does not tell.
    for login in ["petra", "devries", "niemand"] {
        assert_eq!(offered(login).await, Ok(()), "{login}");
        strange(room.key(login, HOME).await);
    }
    let folder = tempfile::tempdir().unwrap();
    make_key(&folder.path().join("short"), &["rsa", "-b", "2048"]);
    let short = std::fs::read_to_string(folder.path().join("short.pub")).unwrap();
    let weak = room.auth.offered("petra", &short, from(HOME)).await;
    assert_eq!(weak, Err(Unfit::Strange));
    // A key of one's own that is worth nothing may have a certificate around it.
    room.add_key("petra", &["198.51.100.0/24"], None).await;
    assert_eq!(offered("petra").await, Ok(()));
    assert_eq!(room.key("petra", HOME).await.err(), Some(Unfit::Refused));
    room.admin
        .revoke_authority("visser", &room.admin.authorities("visser").await.unwrap()[0].fingerprint)
        .await
        .unwrap();
    assert_eq!(offered("devries").await, Err(Unfit::Strange));
    drop(ca);
}

pub(crate) async fn what_an_operator_is_told_of_authorities(room: Room) {
    let said = |what: anyhow::Result<()>| format!("{:#}", what.unwrap_err());
    let (ca, admin) = (Ca::new(), &room.admin);
    let none = admin.add_authority("niemand", &ca.public_key()).await.map(drop);
    assert!(said(none).contains("no party niemand"));
    admin.add_authority("visser", &ca.public_key()).await.unwrap();
    let again = admin.add_authority("visser", &ca.public_key()).await.map(drop);
    assert!(said(again).contains("already"));
    assert!(said(admin.revoke_authority("visser", "SHA256:x").await).contains("ca list visser"));
    assert!(said(admin.revoke_serial("visser", "SHA256:x", 1).await).contains("ca list visser"));
    let print = admin.authorities("visser").await.unwrap()[0].fingerprint.clone();
    assert!(said(admin.revoke_serial("visser", &print, 0).await).contains("--certificate"));
    let strange = signed(&Ca::new(), &today(&["-n", "petra"])).to_openssh().unwrap();
    let said_of = async |text: &str| said(admin.revoke_certificate("visser", text).await);
    assert!(said_of(&strange).await.contains("trusts no key"));
    assert!(said_of(&ca.public_key()).await.contains("-cert.pub"));
    room.sql("update party set erased = 1 where key = 'visser'").await;
    assert!(said(admin.authorities("visser").await.map(drop)).contains("no party visser"));
}
