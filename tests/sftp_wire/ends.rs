//! What ends while it is open: a folder that is listed, a file that is written, a session.

use crate::common::promised::within_five_seconds;
use crate::common::ssh::{User, content, names};
use crate::common::wire::{Line, Wire, code, kind, open, string};
use crate::common::{Gateway, PASSWORD, cast};
use loondossier::dossier::Scope;

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";
const BY_EMPLOYER: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever";
const PLACED: &str = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026";
const ENGAGED: &str = "\"kantoor-visser\", from = 2026-01-01, release";
const ENDED: &str = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";

/// More than one answer tells.
const ENTRIES: usize = 150;

async fn user(gateway: &Gateway, login: &str) -> (User, Line, Wire) {
    let user = User::new(gateway, login, Scope::FULL).await;
    let line = Line::new(&user).await;
    let wire = line.sftp().await;
    (user, line, wire)
}

/// The cast with something in its roster changed.
async fn apply(gateway: &Gateway, changes: &[(&str, &str)]) {
    let mut files = cast();
    for (old, new) in changes {
        assert!(files[0].1.contains(old), "{old}");
        files[0].1 = files[0].1.replacen(old, new, 1);
    }
    gateway.apply(&files).await;
}

async fn fill(wire: &mut Wire, folder: &str) {
    let made = wire.ask(kind::MKDIR, &[&string(folder), &[0; 4]]).await;
    assert_eq!(made.code(), code::OK);
    for i in 0..ENTRIES {
        wire.put(&format!("{folder}/{i:03}.txt"), b"x").await;
    }
}

async fn open_folder(wire: &mut Wire, path: &str) -> Vec<u8> {
    string(wire.ask(kind::OPENDIR, &[&string(path)]).await.string())
}

/// The names that the next READDIR tells, or the code of what it says instead.
async fn next(wire: &mut Wire, handle: &[u8]) -> Result<Vec<String>, u32> {
    let answer = wire.ask(kind::READDIR, &[handle]).await;
    if answer.kind == kind::STATUS {
        return Err(answer.code());
    }
    assert_eq!(answer.kind, kind::NAME);
    let mut rest = &answer.body()[4..];
    let mut told = Vec::new();
    while !rest.is_empty() {
        let take = |rest: &[u8]| 4 + u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
        told.push(String::from_utf8(rest[4..take(rest)].to_vec()).unwrap());
        rest = &rest[take(rest)..];
        rest = &rest[take(rest)..];
        // Size, owner, permissions and times, as every answer has them here.
        assert_eq!(rest[..4], [0, 0, 0, 15], "what there is of attributes");
        rest = &rest[32..];
    }
    Ok(told)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_open_tells_nothing_more_once_it_is_shared_no_more() {
    let gateway = Gateway::start().await;
    let (_devries, _one, mut owner) = user(&gateway, "devries").await;
    let (_jansen, _other, mut viewer) = user(&gateway, "jansen").await;
    fill(&mut owner, &format!("{SHARED}/map")).await;
    let seen = format!("{SEEN}/map");
    let (begun, fresh) =
        (open_folder(&mut viewer, &seen).await, open_folder(&mut viewer, &seen).await);
    let above = open_folder(&mut viewer, SEEN).await;
    assert!(next(&mut viewer, &begun).await.unwrap().len() < ENTRIES, "there is more to tell");
    let both = [string(format!("{SHARED}/map")), string("/Mijn bestanden/map")].concat();
    assert_eq!(owner.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    gateway.clock.advance(5_000);
    assert_eq!(next(&mut viewer, &begun).await, Err(code::NO_SUCH_FILE));
    assert_eq!(next(&mut viewer, &fresh).await, Err(code::NO_SUCH_FILE));
    // The folder around it is still there, and empty.
    let told = next(&mut viewer, &above).await.unwrap();
    assert!(told.iter().all(|name| name == "." || name == ".."), "{told:?}");
    for handle in [begun, fresh, above] {
        viewer.close(&handle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_is_open_tells_nothing_more_once_the_engagement_has_ended() {
    let gateway = Gateway::start().await;
    let (_jansen, _one, mut employer) = user(&gateway, "jansen").await;
    let (_petra, _other, mut office) = user(&gateway, "petra").await;
    fill(&mut employer, "/Gedeeld met kantoor/map").await;
    let mut handles = Vec::new();
    for path in [&format!("{BY_EMPLOYER}/map"), BY_EMPLOYER, "/Werkgevers/Bakkerij Jansen BV"] {
        handles.push(open_folder(&mut office, path).await);
    }
    assert!(next(&mut office, &handles[0]).await.unwrap().len() < ENTRIES, "there is more to tell");
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    gateway.clock.advance(5_000);
    for handle in handles {
        assert_eq!(next(&mut office, &handle).await, Err(code::NO_SUCH_FILE));
        office.close(&handle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_being_written_while_the_office_changes_goes_to_neither() {
    let gateway = Gateway::start().await;
    let (_jansen, _one, mut employer) = user(&gateway, "jansen").await;
    let (_petra, _other, mut old) = user(&gateway, "petra").await;
    let mine = employer.open("/Gedeeld met kantoor/voor visser.txt", open::NEW).await;
    employer.write(&mine, 0, b"for one of them").await;
    let placed = old.open(&format!("{PLACED}/a.pdf"), open::NEW).await;
    old.write(&placed, 0, b"%PDF-1.4\n%%EOF\n").await;
    let office = "[[office]]\nid = \"loon-bv\"\nname = \"Loon BV\"\nstaff = [ { login = \"els\", \
        name = \"E. Loon\", email = \"els@loon.example\" } ]\n[[employer]]\nid = \"bakkerij-jansen\"";
    let next = "\"loon-bv\", from = 2026-11-24, release";
    gateway.clock.advance(60_000);
    apply(&gateway, &[("[[employer]]\nid = \"bakkerij-jansen\"", office), (ENGAGED, next)]).await;
    for (wire, handle) in [(&mut employer, &mine), (&mut old, &placed)] {
        let closed = wire.ask(kind::CLOSE, &[handle]).await;
        assert_eq!(closed.code(), code::NO_SUCH_FILE, "{closed:?}");
    }
    let none: [&str; 0] = [];
    assert_eq!(names(&gateway, "els", BY_EMPLOYER).await, none);
    assert_eq!(names(&gateway, "els", PLACED).await, none);
    assert_eq!(names(&gateway, "jansen", "/Gedeeld met kantoor").await, none);
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, none);
    assert_eq!(content(&gateway, "jansen", "/Overzichten/Journaalposten/2026/a.pdf").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_suspended_gets_in_by_nothing_and_is_out_within_five_seconds() {
    let gateway = Gateway::start().await;
    let (user, line, mut wire) = user(&gateway, "devries").await;
    let secret = gateway.app_password("devries", Scope::FULL).await;
    let by_app = Line::try_by_password(gateway.sftp, "devries", &secret).await.unwrap();
    let handle = wire.open("/Mijn bestanden/half.txt", open::NEW).await;
    wire.write(&handle, 0, b"half").await;
    gateway.admin.suspend("devries").await.unwrap();
    let ended = async || line.ssh.is_closed() && by_app.ssh.is_closed();
    within_five_seconds("both sessions have ended", ended).await;
    user.ssh("pwd").badly();
    for password in [&*secret, PASSWORD] {
        assert!(Line::try_by_password(gateway.sftp, "devries", password).await.is_none());
    }
    gateway.admin.resume("devries").await.unwrap();
    assert_eq!(user.ssh("pwd").well(), "/\n");
    assert_eq!(content(&gateway, "devries", "/Mijn bestanden/half.txt").await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_of_an_office_reach_no_employer_that_left_it() {
    let gateway = Gateway::start().await;
    let (_jansen, _one, mut employer) = user(&gateway, "jansen").await;
    employer.put("/Gedeeld met kantoor/a.txt", b"for the office").await;
    let (petra, _line, mut open) = user(&gateway, "petra").await;
    let secret = gateway.app_password("petra", Scope::FULL).await;
    let path = format!("{BY_EMPLOYER}/a.txt");
    assert_eq!(open.ask(kind::STAT, &[&string(&path)]).await.size(), 14);
    apply(&gateway, &[(ENGAGED, ENDED)]).await;
    gateway.clock.advance(5_000);
    let by_app = Line::try_by_password(gateway.sftp, "petra", &secret).await.unwrap();
    let by_key = Line::new(&petra).await;
    for wire in [&mut open, &mut by_app.sftp().await, &mut by_key.sftp().await] {
        for (kind, path) in [
            (kind::STAT, path.as_str()),
            (kind::OPENDIR, BY_EMPLOYER),
            (kind::OPENDIR, "/Werkgevers/Bakkerij Jansen BV"),
            (kind::REMOVE, &path),
        ] {
            assert_eq!(wire.ask(kind, &[&string(path)]).await.code(), code::NO_SUCH_FILE, "{path}");
        }
        let handle = open_folder(wire, "/Werkgevers").await;
        let told = without_dots(next(wire, &handle).await.unwrap());
        assert_eq!(told, ["Garage Bos"]);
        wire.close(&handle).await;
    }
}

fn without_dots(names: Vec<String>) -> Vec<String> {
    names.into_iter().filter(|name| name != "." && name != "..").collect()
}
