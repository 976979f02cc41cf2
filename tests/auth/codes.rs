//! The second step: a code after the password.

use crate::promised::within_five_seconds;
use crate::room::{HOME, PASSWORD, Room, WRONG, from};
use crate::stories::{MINUTE, refused};
use loondossier::auth::{Auth, Config, Denied, Half};
use loondossier::dossier::Scope;
use loondossier::vfs::Session;
use tokio_util::sync::CancellationToken;

/// Where she is when somebody else is at [`HOME`].
const AWAY: &str = "192.0.2.8";

async fn begin(room: &Room, login: &str) -> String {
    room.admin.begin_totp(login).await.unwrap().0.to_string()
}

/// Somebody whose password was right just now gives a code.
async fn code(room: &Room, half: &Half, code: &str) -> Result<Session, Denied> {
    by(&room.auth, half, code).await
}

/// The same on another node.
async fn by(auth: &Auth, half: &Half, code: &str) -> Result<Session, Denied> {
    auth.code(&mut half.clone(), code, from(HOME)).await
}

/// A code that is right at no time near now.
fn wrong(room: &Room, secret: &str) -> String {
    let right: Vec<String> = (-25..=25).map(|step| room.code(secret, step)).collect();
    let mut all = (0..1_000_000).map(|number| format!("{number:06}"));
    all.find(|code| !right.contains(code)).unwrap()
}

pub(crate) async fn a_password_is_followed_by_a_code_that_counts_once_on_whatever_node(room: Room) {
    let secret = begin(&room, "petra").await;
    let half = room.half("petra").await;
    assert!(half.is_of("petra") && !half.is_of("devries"));
    let now = room.code(&secret, 0);
    let session = code(&room, &half, &now).await.unwrap();
    assert_eq!((session.login.as_str(), session.scope), ("petra", Scope::FULL));
    refused(code(&room, &half, &now).await);
    refused(code(&room, &half, &room.code(&secret, -1)).await);
    let other = room.auth_with(Config::default());
    refused(by(&other, &half, &now).await);
    let next = room.code(&secret, 1);
    let both = tokio::join!(by(&other, &half, &next), code(&room, &half, &next));
    assert_eq!([both.0, both.1].iter().filter(|answer| answer.is_ok()).count(), 1, "at once");
    assert!(room.password("devries", PASSWORD).await.is_ok(), "others have no codes");
}

pub(crate) async fn a_code_counts_one_step_early_and_late_and_no_more(room: Room) {
    let secret = begin(&room, "petra").await;
    let half = room.half("petra").await;
    for step in [-2, 2, 20] {
        refused(code(&room, &half, &room.code(&secret, step)).await);
    }
    for step in [-1, 0, 1] {
        assert!(code(&room, &half, &room.code(&secret, step)).await.is_ok(), "{step}");
    }
    room.clock.advance(2 * MINUTE);
    let spaced = room.code(&secret, 0);
    assert!(code(&room, &half, &format!("{} {}", &spaced[..3], &spaced[3..])).await.is_ok());
    // The app goes by the time of day, also while our time counts on from a later one.
    room.clock.advance(60 * MINUTE);
    room.clock.jump(-30 * MINUTE);
    let by_the_system = crate::oath::code(&secret, room.clock.set_to());
    assert!(code(&room, &half, &by_the_system).await.is_ok());
}

pub(crate) async fn who_does_not_know_the_password_is_asked_for_no_code(room: Room) {
    begin(&room, "petra").await;
    refused(room.password("petra", WRONG).await);
    refused(room.password("nobody", PASSWORD).await);
    let app = room.app_password("petra", "laptop", Scope::READ).await;
    assert_eq!(room.password("petra", &app).await.unwrap().scope, Scope::READ);
    room.add_key("petra", &[], None).await;
    assert!(room.key("petra", HOME).await.is_ok());
    room.admin.suspend("petra").await.unwrap();
    refused(room.password("petra", PASSWORD).await);
}

pub(crate) async fn after_five_wrong_codes_only_keys_and_app_passwords_do(room: Room) {
    let secret = begin(&room, "petra").await;
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    let (half, wrong) = (room.half("petra").await, wrong(&room, &secret));
    let mut stubborn = half.clone();
    for _ in 0..20 {
        refused(room.auth.code(&mut stubborn, &wrong, from(HOME)).await);
    }
    for _ in 1..4 {
        refused(code(&room, &half, &wrong).await);
    }
    assert!(code(&room, &half, &room.code(&secret, -1)).await.is_ok(), "in a row");
    for n in 0..5 {
        let elsewhere = from(&format!("203.0.113.{n}"));
        refused(room.auth.code(&mut half.clone(), &wrong, elsewhere).await);
    }
    let wait = Some(Denied::Throttled(900));
    assert_eq!(code(&room, &half, &room.code(&secret, 0)).await.err(), wait);
    let other = room.auth_with(Config::default());
    assert_eq!(by(&other, &half, &room.code(&secret, 0)).await.err(), wait, "a node");
    assert!(room.password("petra", &app).await.is_ok());
    room.add_key("petra", &[], None).await;
    assert!(room.key("petra", HOME).await.is_ok());
    room.clock.advance(15 * MINUTE);
    assert!(code(&room, &half, &room.code(&secret, 0)).await.is_ok());
}

pub(crate) async fn wrong_codes_count_against_where_they_come_from_as_wrong_passwords_do(
    room: Room,
) {
    let secret = begin(&room, "petra").await;
    let half = room.half("petra").await;
    let right: Vec<String> = (-25..=25).map(|step| room.code(&secret, step)).collect();
    let all = (0..1_000_000).map(|number| format!("{number:06}"));
    let mut wrong = all.filter(|code| !right.contains(code));
    // Who has her password guesses, and each time that she signs in herself begins to count anew.
    for turn in -1..=1 {
        for _ in 0..3 {
            refused(code(&room, &half, &wrong.next().unwrap()).await);
        }
        let right = room.code(&secret, turn);
        assert!(room.auth.code(&mut half.clone(), &right, from(AWAY)).await.is_ok());
    }
    refused(room.password("petra", WRONG).await);
    let wait = Some(Denied::Throttled(900));
    assert_eq!(room.password("petra", PASSWORD).await.err(), wait);
    room.clock.advance(MINUTE);
    let wait_on = Some(Denied::Throttled(840));
    assert_eq!(code(&room, &half, &room.code(&secret, 0)).await.err(), wait_on, "a right one");
    let elsewhere = room.auth.code(&mut half.clone(), &room.code(&secret, 0), from(AWAY)).await;
    assert!(elsewhere.is_ok(), "it was not looked at");
    room.add_key("petra", &[], None).await;
    assert!(room.key("petra", HOME).await.is_ok());
    // Many logins are tried from there: with it, that is thirty.
    for n in 0..19 {
        refused(room.password(&format!("nobody{n}"), WRONG).await);
    }
    let devries = begin(&room, "devries").await;
    let half = room.half("devries").await;
    refused(code(&room, &half, "00000a").await);
    assert_eq!(code(&room, &half, &room.code(&devries, 0)).await.err(), wait);
    assert_eq!(room.password("nobody", WRONG).await.err(), wait);
    room.clock.advance(15 * MINUTE);
    assert!(code(&room, &half, &room.code(&devries, 0)).await.is_ok());
}

pub(crate) async fn codes_that_begin_or_end_end_what_the_password_opened(room: Room) {
    let stop = CancellationToken::new();
    let watch = tokio::spawn({
        let (auth, stop) = (room.auth.clone(), stop.clone());
        async move { auth.watch(stop).await }
    });
    let ends = async |what: &str, session: &Session| {
        within_five_seconds(what, async || session.check().is_err()).await;
    };
    let app = room.app_password("petra", "laptop", Scope::FULL).await;
    let by_app = room.password("petra", &app).await.unwrap();
    let by_password = room.password("petra", PASSWORD).await.unwrap();
    let secret = begin(&room, "petra").await;
    ends("codes begin", &by_password).await;
    let half = room.half("petra").await;
    let by_code = code(&room, &half, &room.code(&secret, 0)).await.unwrap();
    assert!(room.admin.end_totp("petra").await.unwrap());
    ends("codes end", &by_code).await;
    assert!(room.password("petra", PASSWORD).await.unwrap().check().is_ok());
    assert!(by_app.check().is_ok(), "an app password opened it");
    stop.cancel();
    watch.await.unwrap();
}

pub(crate) async fn a_right_password_is_half_as_long_as_it_is_the_password(room: Room) {
    let secret = begin(&room, "petra").await;
    let now = room.code(&secret, 0);
    let half = room.half("petra").await;
    room.admin.set_password("petra", "another horse battery").await.unwrap();
    refused(code(&room, &half, &now).await);
    room.admin.set_password("petra", PASSWORD).await.unwrap();
    let half = room.half("petra").await;
    room.admin.suspend("petra").await.unwrap();
    refused(code(&room, &half, &now).await);
    room.admin.resume("petra").await.unwrap();
    room.admin.end_totp("petra").await.unwrap();
    let anew = begin(&room, "petra").await;
    assert_ne!(secret, anew);
    refused(code(&room, &half, &room.code(&anew, 0)).await);
    let half = room.half("petra").await;
    refused(code(&room, &half, &room.code(&secret, 0)).await);
    assert!(code(&room, &half, &room.code(&anew, 0)).await.is_ok());
}

pub(crate) async fn what_an_operator_is_told_of_codes(room: Room) {
    let machine = room.admin.begin_totp("loon").await.unwrap_err().to_string();
    assert!(machine.contains("machine"), "{machine}");
    begin(&room, "petra").await;
    let again = room.admin.begin_totp("petra").await.unwrap_err().to_string();
    assert!(again.contains("account totp petra off"), "{again}");
    assert_eq!(room.admin.show("petra").await.unwrap().totp, 1);
    assert!(room.admin.end_totp("petra").await.unwrap());
    assert!(!room.admin.end_totp("petra").await.unwrap());
    assert!(room.admin.end_totp("nobody").await.is_err());
}
