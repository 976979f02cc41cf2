//! The wall between two parties: what is not one's own is told by no answer, no time and no open handle.

use crate::common::ssh::User;
use crate::common::wire::{Line, Wire, code, kind, open, string};
use crate::common::{Gateway, cast, takes_the_same_time};
use loondossier::dossier::Scope;

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
async fn time_does_not_tell_what_is_there() {
    let gateway = Gateway::start().await;
    let jansen = User::new(&gateway, "jansen", Scope::FULL).await;
    let mut wire = Line::new(&jansen).await.sftp().await;
    let pairs = [
        ("/Werkgevers/Garage Bos/Overzichten", "/Werkgevers/Garage Nix/Overzichten"),
        ("/Werknemers/7 S. Yilmaz", "/Werknemers/9 X. Yilmaz"),
    ];
    for (there, not) in pairs {
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
