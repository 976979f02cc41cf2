//! The wall between two parties: what is not one's own is told by no answer, no time and no open handle.

use crate::common::ssh::{User, content, noise};
use crate::common::wire::{Frame, Line, Wire, code, kind, open, string};
use crate::common::{Backing, Gateway, cast, hidden, takes_the_same_time};
use loondossier::dossier::Scope;
use loondossier::vfs::Quota;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

const SHARED: &str = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever";
const SEEN: &str = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer";

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_ones_own_is_answered_as_what_does_not_exist() {
    let gateway = Gateway::start().await;
    let bos = User::new(&gateway, "bos", Scope::FULL).await;
    let mut owner = Line::new(&bos).await.sftp().await;
    owner.put("/My files/geheim.txt", b"geheim").await;

    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let line = Line::new(&devries).await;
    let mut wire = line.sftp().await;
    let pairs = [
        ("/Werkgevers/Garage Bos", "/Werkgevers/Garage Nix"),
        ("/Werkgevers/Garage Bos/Loonstroken", "/Werkgevers/Garage Nix/Loonstroken"),
        ("/My files/geheim.txt", "/My fiets/geheim.txt"),
        ("/Mijn bestanden/geheim.txt", "/Mijn bestanden/niets.txt"),
        ("/Werknemers", "/Werknemert"),
        ("/Back-ups", "/Back-upt"),
    ];
    for (foreign, missing) in pairs {
        let (of_foreign, of_missing) =
            (answers(&mut wire, foreign).await, answers(&mut wire, missing).await);
        assert_eq!(of_foreign, of_missing, "{foreign} tells something that {missing} does not");
        assert!(of_foreign.iter().all(|a| !a.starts_with(&code::PERMISSION_DENIED.to_be_bytes())));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_empty_though_anothers_upload_broke_off_in_it() {
    let gateway = Gateway::start().await;
    let machine = User::new(&gateway, "loon-visser", Scope::BACKUP).await;
    let line = Line::new(&machine).await;
    let mut wire = line.sftp().await;
    assert_eq!(wire.ask(kind::MKDIR, &[&string("/Back-ups/d"), &[0; 4]]).await.code(), code::OK);
    let handle = wire.open("/Back-ups/d/half.bin", open::NEW).await;
    wire.write(&handle, 0, b"content").await;
    line.cut();

    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let line = Line::new(&petra).await;
    let mut wire = line.sftp().await;
    let gone = wire.ask(kind::RMDIR, &[&string("/Back-ups/d")]).await;
    assert_eq!(gone.code(), code::OK, "{gone:?}");
}

/// What every verb answers about a path that should not be there, without the ids.
async fn answers(wire: &mut Wire, path: &str) -> Vec<Vec<u8>> {
    let (path, below) = (string(path), string(format!("{path}/x")));
    let own = string("/Mijn bestanden/eigen.txt");
    let (space, posix) = (string("statvfs@openssh.com"), string("posix-rename@openssh.com"));
    let flags = |flags: u32| [flags.to_be_bytes(), [0; 4]].concat();
    let asked: [(u8, Vec<u8>); 13] = [
        (kind::STAT, path.clone()),
        (kind::LSTAT, below.clone()),
        (kind::OPENDIR, path.clone()),
        (kind::OPEN, [&path[..], &flags(open::READ)].concat()),
        (kind::OPEN, [&path[..], &flags(open::WRITE)].concat()),
        (kind::OPEN, [&below[..], &flags(open::NEW)].concat()),
        (kind::SETSTAT, [&path[..], &[0; 4]].concat()),
        (kind::REMOVE, path.clone()),
        (kind::RMDIR, path.clone()),
        (kind::MKDIR, [&below[..], &[0; 4]].concat()),
        (kind::RENAME, [&path[..], &own].concat()),
        (kind::EXTENDED, [&space[..], &path].concat()),
        (kind::EXTENDED, [&posix[..], &path, &own].concat()),
    ];
    let mut answers = Vec::new();
    for (kind, fields) in asked {
        let answer = wire.ask(kind, &[&fields]).await;
        assert_ne!(answer.code(), code::OK, "request {kind}: {answer:?}");
        answers.push(answer.body().to_vec());
    }
    answers
}

#[tokio::test(flavor = "multi_thread")]
async fn no_way_to_write_a_path_leads_to_anothers_file() {
    let gateway = Gateway::start().await;
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let mut owner = Line::new(&devries).await.sftp().await;
    owner.put("/Mijn bestanden/geheim.txt", b"geheim").await;
    owner.put(&format!("{SHARED}/a.txt"), b"shared").await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut wire = Line::new(&jansen).await.sftp().await;
    let person = "/Werknemers/0042 A. de Vries";
    for path in [
        "//Mijn bestanden//geheim.txt",
        "/../../Mijn bestanden/geheim.txt",
        "/Mijn bestanden/../Mijn bestanden/geheim.txt",
        "/Mijn bestanden/./geheim.txt/.",
        "/MIJN BESTANDEN/GEHEIM.TXT",
        "/Mijn bestanden2/geheim.txt",
        "/Mijn bestanden/%2e%2e/geheim.txt",
        "/Mijn bestanden/..%2fgeheim.txt",
        "/Mijn bestanden\\geheim.txt",
        "/Mijn bestanden/..\\geheim.txt",
        "/Mijn bestanden/geheim.txt\0",
        "/Mijn bestanden\0/geheim.txt",
        "Mijn bestanden/geheim.txt",
        "~/Mijn bestanden/geheim.txt",
        &format!("{person}/Mijn bestanden/geheim.txt"),
        &format!("{person}/../../Mijn bestanden/geheim.txt"),
        &format!("{SEEN}/../../../Mijn bestanden/geheim.txt"),
        &format!("{SEEN}/../Mijn bestanden/geheim.txt"),
        &format!("{SEEN}/../../0043 S. Yilmaz/../0042 A. de Vries/Mijn bestanden/geheim.txt"),
        &format!("{SEEN}2/a.txt"),
        "/Werknemers/0042 A. de Vrie/Gedeeld door werknemer/a.txt",
        "/Werknemers/0042 a. de vries/../../werkgevers/garage bos/a.txt",
    ] {
        let (at, flags) = (string(path), [open::READ.to_be_bytes(), [0; 4]].concat());
        for (kind, rest) in [
            (kind::STAT, &[][..]),
            (kind::LSTAT, &[]),
            (kind::OPEN, &flags),
            (kind::OPENDIR, &[]),
            (kind::REMOVE, &[]),
        ] {
            let told = wire.ask(kind, &[&at, rest]).await;
            assert_eq!(told.kind, kind::STATUS, "request {kind} of {path}: {told:?}");
            let refused = [code::NO_SUCH_FILE, code::FAILURE].contains(&told.code());
            assert!(refused, "request {kind} of {path}: {told:?}");
        }
    }
    assert_eq!(
        content(&gateway, "devries", "/Mijn bestanden/geheim.txt").await.unwrap(),
        b"geheim"
    );
    // What is in sight is the same by whatever way one gets there, in whatever case.
    for path in [
        format!("{SEEN}/a.txt"),
        format!("/.{SEEN}//a.txt"),
        format!("{person}/../0042 a. DE vries/./gedeeld DOOR werknemer/A.TXT"),
        format!("/../Mijn bestanden/..{SEEN}/a.txt"),
    ] {
        let handle = wire.open(&path, open::READ).await;
        assert_eq!(wire.read(&handle, 0, 10).await, b"shared", "{path}");
        wire.close(&handle).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_path_is_made_of_what_was_asked_and_nothing_else() {
    let gateway = Gateway::start().await;
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let mut owner = Line::new(&devries).await.sftp().await;
    owner.put(&format!("{SHARED}/Nota.txt"), b"shared").await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut wire = Line::new(&jansen).await.sftp().await;
    for (asked, told) in [
        (".", "/"),
        ("", "/"),
        ("/../..", "/"),
        ("Mijn bestanden", "/Mijn bestanden"),
        ("//Mijn bestanden/./a/../b/", "/Mijn bestanden/b"),
        ("/Werknemers/7 S. Yilmaz/../9 X/a", "/Werknemers/9 X/a"),
        ("/Werknemers/7 S. Yilmaz", "/Werknemers/7 S. Yilmaz"),
        // The case of what is there is told by its folder alone.
        (&format!("{SEEN}/NOTA.txt"), &format!("{SEEN}/NOTA.txt")),
    ] {
        let answer = wire.ask(kind::REALPATH, &[&string(asked)]).await;
        assert_eq!(answer.kind, kind::NAME, "{asked}: {answer:?}");
        let body = answer.body();
        assert_eq!(body[..4], 1u32.to_be_bytes(), "{asked}");
        assert!(body[4..].starts_with(&string(told)), "{asked}: {body:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn time_does_not_tell_what_is_there() {
    let gateway = Gateway::start().await;
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let mut owner = Line::new(&devries).await.sftp().await;
    for name in ["weg.txt", "hier.txt", "._hier.txt"] {
        owner.put(&format!("{SHARED}/{name}"), b"shared").await;
    }
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut wire = Line::new(&jansen).await.sftp().await;
    let both = [string(format!("{SEEN}/weg.txt")), string("/Gedeeld met kantoor/weg.txt")].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    for (there, not) in [
        ("/Werkgevers/Garage Bos/Overzichten", "/Werkgevers/Garage Nix/Overzichten"),
        ("/Werknemers/7 S. Yilmaz", "/Werknemers/9 X. Yilmaz"),
        // A document that was forwarded by moving, and what a system left behind.
        (&format!("{SEEN}/weg.txt"), &format!("{SEEN}/nix.txt")),
        (&format!("{SEEN}/._hier.txt"), &format!("{SEEN}/._nix.txt")),
    ] {
        for verb in [kind::STAT, kind::OPENDIR, kind::REMOVE] {
            let (there, not) = (string(there), string(not));
            takes_the_same_time(async |foreign| {
                let path = if foreign { &there } else { &not };
                assert_eq!(wire.ask(verb, &[path]).await.code(), code::NO_SUCH_FILE);
            })
            .await;
        }
    }
}

/// Even while nothing is shared, odd while it may be.
#[derive(Default)]
struct Sharing {
    turn: AtomicU64,
    over: AtomicBool,
}

/// Reads as long as the sharing goes on; how often it got what it might.
async fn read(mut wire: Wire, sharing: Arc<Sharing>) -> u64 {
    let (file, folder) = (string(format!("{SEEN}/map/a.txt")), string(format!("{SEEN}/map")));
    let flags = [open::READ.to_be_bytes(), [0; 4]].concat();
    let mut got = 0;
    while !sharing.over.load(Ordering::SeqCst) {
        for (kind, fields) in [
            (kind::STAT, [&file[..], &[]]),
            (kind::OPEN, [&file[..], &flags]),
            (kind::OPENDIR, [&folder[..], &[]]),
        ] {
            let before = sharing.turn.load(Ordering::SeqCst);
            let told = wire.ask(kind, &fields).await;
            let after = sharing.turn.load(Ordering::SeqCst);
            let nothing = told.kind == kind::STATUS && told.code() == code::NO_SUCH_FILE;
            let hidden = before.is_multiple_of(2) && before == after;
            assert!(!hidden || nothing, "request {kind} after the un-share: {told:?}");
            got += u64::from(!nothing);
            if told.kind == kind::HANDLE {
                wire.close(&string(told.string())).await;
            }
        }
    }
    got
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_that_began_after_an_unshare_gets_anything() {
    let gateway = Gateway::start().await;
    let devries = User::new(&gateway, "devries", Scope::FULL).await;
    let mut owner = Line::new(&devries).await.sftp().await;
    let (mine, shared) = (string("/Mijn bestanden/map"), string(format!("{SHARED}/map")));
    assert_eq!(owner.ask(kind::MKDIR, &[&mine, &[0; 4]]).await.code(), code::OK);
    owner.put("/Mijn bestanden/map/a.txt", b"shared at times").await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let line = Line::new(&jansen).await;
    let sharing = Arc::new(Sharing::default());
    let mut readers = Vec::new();
    for _ in 0..8 {
        readers.push(tokio::spawn(read(line.sftp().await, Arc::clone(&sharing))));
    }
    for _ in 0..150 {
        sharing.turn.fetch_add(1, Ordering::SeqCst);
        assert_eq!(owner.ask(kind::RENAME, &[&mine, &shared]).await.code(), code::OK);
        assert_eq!(owner.ask(kind::RENAME, &[&shared, &mine]).await.code(), code::OK);
        sharing.turn.fetch_add(1, Ordering::SeqCst);
    }
    sharing.over.store(true, Ordering::SeqCst);
    let mut got = 0;
    for reader in readers {
        got += reader.await.unwrap();
    }
    assert!(got > 0, "what was shared was seen at times");
}

/// Everything that READDIR tells of a folder, byte by byte.
async fn listing(wire: &mut Wire, path: &str) -> Vec<u8> {
    let opened = wire.ask(kind::OPENDIR, &[&string(path)]).await;
    assert_eq!(opened.kind, kind::HANDLE, "{path}: {opened:?}");
    let handle = string(opened.string());
    let mut told = Vec::new();
    loop {
        let answer = wire.ask(kind::READDIR, &[&handle]).await;
        told.extend_from_slice(answer.body());
        if answer.kind == kind::STATUS {
            assert_eq!(answer.code(), code::EOF, "{path}");
            break;
        }
    }
    wire.close(&handle).await;
    let stat = wire.ask(kind::STAT, &[&string(path)]).await;
    let space = wire.extended("statvfs@openssh.com", &[&string(path)]).await;
    told.extend_from_slice(stat.body());
    told.extend_from_slice(space.body());
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_listing_is_the_same_whatever_lies_there_that_is_not_to_be_seen() {
    for (login, folders) in hidden::VIEWERS {
        let gateway = Gateway::start().await;
        hidden::something_for_all(&gateway).await;
        let viewer = User::new(&gateway, login, Scope::FULL).await;
        let mut wire = Line::new(&viewer).await.sftp().await;
        let mut before = Vec::new();
        for path in folders {
            before.push(listing(&mut wire, path).await);
        }
        gateway.clock.advance(90_000);
        hidden::nothing_for(&gateway, login).await;
        for (path, before) in folders.iter().zip(before) {
            let now = listing(&mut wire, path).await;
            let (now, was) = (String::from_utf8_lossy(&now), String::from_utf8_lossy(&before));
            assert_eq!(now, was, "{login}: {path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_beyond_the_quota_is_a_failure_and_what_was_there_stays() {
    let quota = Quota { default: Some(100_000), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut wire = Line::new(&jansen).await.sftp().await;
    let (first, other) = (noise(60_000, 1), noise(60_000, 2));
    wire.put("/Mijn bestanden/a", &first).await;
    let full = |answer: &Frame| {
        let told = String::from_utf8_lossy(answer.body()).into_owned();
        assert_eq!(answer.code(), code::FAILURE, "{told}");
        assert!(told.contains("geen ruimte"), "{told}");
    };
    for folder in ["/Mijn bestanden", "/Gedeeld met kantoor", "/Back-ups"] {
        let path = format!("{folder}/b");
        // What is refused is a write, or at the latest the close.
        let handle = wire.open(&path, open::NEW).await;
        let mut refused = None;
        for (i, piece) in other.chunks(30_000).enumerate() {
            let fields = [&handle[..], &(i as u64 * 30_000).to_be_bytes(), &string(piece)].concat();
            let answer = wire.ask(kind::WRITE, &[&fields]).await;
            refused = refused.or((answer.code() != code::OK).then_some(answer));
        }
        full(&refused.expect("the second half is too much"));
        full(&wire.ask(kind::CLOSE, &[&handle]).await);
        assert_eq!(content(&gateway, "jansen", &path).await, None, "{path}");
        // The same on the server.
        let from = wire.open("/Mijn bestanden/a", open::READ).await;
        let to = wire.open(&path, open::NEW).await;
        let copied = wire.extended("copy-data", &[&from, &[0; 16], &to, &[0; 8]]).await;
        let closed = wire.ask(kind::CLOSE, &[&to]).await;
        full(if copied.code() == code::OK { &closed } else { &copied });
        assert_ne!(closed.code(), code::OK);
        wire.close(&from).await;
        assert_eq!(content(&gateway, "jansen", &path).await, None, "{path}");
        // To lengthen is to write.
        let size = [&1u32.to_be_bytes()[..], &150_000u64.to_be_bytes()].concat();
        full(&wire.ask(kind::SETSTAT, &[&string("/Mijn bestanden/a"), &size]).await);
    }
    assert_eq!(content(&gateway, "jansen", "/Mijn bestanden/a").await.unwrap(), first);
    let both = [string("/Mijn bestanden/a"), string("/Gedeeld met kantoor/a")].concat();
    assert_eq!(wire.ask(kind::RENAME, &[&both]).await.code(), code::OK);
    wire.put("/Gedeeld met kantoor/a", &other).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_handle_reads_no_further_once_the_engagement_has_ended() {
    let gateway = Gateway::start().await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut employer = Line::new(&jansen).await.sftp().await;
    employer.put("/Gedeeld met kantoor/a.txt", &vec![7; 100_000]).await;
    let petra = User::new(&gateway, "petra", Scope::FULL).await;
    let mut office = Line::new(&petra).await.sftp().await;
    let path = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/a.txt";
    let handle = office.open(path, open::READ).await;
    assert_eq!(office.read(&handle, 0, 10).await, [7; 10]);

    let mut files = cast();
    let engaged = "\"kantoor-visser\", from = 2026-01-01, release";
    let ended = "\"kantoor-visser\", from = 2026-01-01, until = 2026-11-23, release";
    assert!(files[0].1.contains(engaged));
    files[0].1 = files[0].1.replace(engaged, ended);
    gateway.apply(&files).await;
    gateway.clock.advance(5_000);
    let fields = [&handle[..], &50_000u64.to_be_bytes(), &10u32.to_be_bytes()].concat();
    assert_eq!(office.ask(kind::READ, &[&fields]).await.code(), code::NO_SUCH_FILE);
    office.close(&handle).await;
}
