//! The green light (PRODUCT.md section 6) by the clients that people have, and from the command line.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::mounts::{Davfs, Fuse};
use common::server::Server;
use common::ssh::{User, content, names};
use common::{Gateway, PASSWORD, eventually, file, pdf};
use loondossier::dossier::{DossierPath, Error, Scope};
use loondossier::vfs::{Conditions, Create};
use std::path::Path;
use std::process::Command;

const AT_OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";

/// The employer with its programs, and a set of each of these names to decide on.
async fn sets(names: &[&str]) -> (Gateway, User) {
    let gateway = Gateway::start().await;
    let petra = gateway.session("petra").await;
    let path = |text: &str| DossierPath::parse(text).unwrap();
    for name in names {
        let (own, review) =
            (format!("/Mijn bestanden/{name}"), format!("{AT_OFFICE}/Ter controle/{name}"));
        let any = Conditions::default();
        gateway.vfs.make_folder(&petra, &path(&own), &any).await.unwrap();
        common::ssh::put(&gateway, "petra", &format!("{own}/serie.pdf"), &pdf("serie")).await;
        gateway.vfs.relocate(&petra, &path(&own), &path(&review), false, &any).await.unwrap();
    }
    let user = User::new(&gateway, "jansen", Scope::FULL).await;
    (gateway, user)
}

/// Both see that these were approved, and that nothing is left to decide on.
async fn approved(gateway: &Gateway, sets: &[&str]) {
    for (login, top) in [("jansen", ""), ("petra", AT_OFFICE)] {
        assert_eq!(names(gateway, login, &format!("{top}/Goedgekeurd")).await, sets, "{login}");
        assert!(names(gateway, login, &format!("{top}/Ter controle")).await.is_empty(), "{login}");
        for set in sets {
            let path = format!("{top}/Goedgekeurd/{set}/serie.pdf");
            assert_eq!(content(gateway, login, &path).await, Some(pdf("serie")), "{path}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sftp_lftp_and_rclone_approve_a_set() {
    let (gateway, user) = sets(&["lftp", "rclone", "sftp"]).await;
    user.sftp("rename \"/Ter controle/sftp\" /Goedgekeurd/sftp\n").well();
    user.run("rclone", &["moveto", "gateway:/Ter controle/rclone", "gateway:/Goedgekeurd/rclone"])
        .well();
    let script = "set sftp:connect-program \"ssh -a -x -F ssh_config\"; open sftp://jansen@gateway; \
        mv \"/Ter controle/lftp\" /Goedgekeurd/lftp; quit";
    user.run("lftp", &["-c", script]).well();
    approved(&gateway, &["lftp", "rclone", "sftp"]).await;
    user.sftp("rename /Goedgekeurd/sftp \"/Ter controle/sftp\"\n").badly();
    approved(&gateway, &["lftp", "rclone", "sftp"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn curl_cadaver_and_rclone_approve_a_set_over_webdav() {
    let (gateway, user) = sets(&["cadaver", "curl", "rclone"]).await;
    let login = format!("jansen:{PASSWORD}");
    let to = format!("Destination: {}", gateway.url("/Goedgekeurd/curl"));
    let url = gateway.url("/Ter controle/curl");
    let curl = |url: &str, to: &str| {
        let args = [
            "-sS",
            "-u",
            &login,
            "-X",
            "MOVE",
            "-H",
            to,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            url,
        ];
        user.run("curl", &args).well()
    };
    assert_eq!(curl(&url, &to), "201");
    // Whoever comes second is told that it is there no more.
    assert_eq!(curl(&url, &to), "404");
    let password = gateway.app_password("jansen", Scope::FULL).await;
    let netrc = format!("machine 127.0.0.1 login jansen password {password}\n");
    user.file(".netrc", netrc.as_bytes());
    let script = "move \"Ter controle/cadaver\" Goedgekeurd/cadaver\nquit\n";
    let out = user.feed("cadaver", &[&gateway.url("/")], script).well();
    assert!(out.contains("succeeded"), "{out}");
    user.rclone_over_webdav(&gateway, "other");
    user.run("rclone", &["moveto", "gateway:/Ter controle/rclone", "gateway:/Goedgekeurd/rclone"])
        .well();
    approved(&gateway, &["cadaver", "curl", "rclone"]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_mounted_dossier_a_set_is_moved_and_a_reason_written() {
    let (gateway, user) = sets(&["davfs"]).await;
    let script = |name: &str| {
        format!(
            "set -eu\ncd schijf\necho akkoord > \"Ter controle/{name}/reden.txt\"\n\
             mv \"Ter controle/{name}\" \"Goedgekeurd/{name}\"\n"
        )
    };
    let mount = Davfs::new(&gateway, user).await;
    mount.user.feed("sh", &["-s"], &script("davfs")).well();
    eventually("the set is approved", || async {
        names(&gateway, "petra", &format!("{AT_OFFICE}/Goedgekeurd")).await == ["davfs"]
    })
    .await;
    approved(&gateway, &["davfs"]).await;
    let reason = format!("{AT_OFFICE}/Goedgekeurd/davfs/reden.txt");
    assert_eq!(content(&gateway, "petra", &reason).await.as_deref(), Some(&b"akkoord\n"[..]));
    drop(mount);

    let (gateway, user) = sets(&["sshfs"]).await;
    let mount = Fuse::sshfs(&user);
    user.feed("sh", &["-s"], &script("sshfs")).well();
    approved(&gateway, &["sshfs"]).await;
    let reason = format!("{AT_OFFICE}/Goedgekeurd/sshfs/reden.txt");
    assert_eq!(content(&gateway, "petra", &reason).await.as_deref(), Some(&b"akkoord\n"[..]));
    drop(mount);
}

/// A folder that comes without what is in it is no set yet.
#[tokio::test(flavor = "multi_thread")]
async fn a_copy_of_a_whole_folder_is_seen_at_once_and_of_an_empty_one_not() {
    let (gateway, user) = sets(&[]).await;
    let office = format!("petra:{PASSWORD}");
    for (set, header) in [("leeg", "Depth: 0"), ("heel", "Depth: infinity")] {
        let petra = gateway.session("petra").await;
        let own = format!("/Mijn bestanden/{set}");
        let folder = DossierPath::parse(&own).unwrap();
        gateway.vfs.make_folder(&petra, &folder, &Conditions::default()).await.unwrap();
        common::ssh::put(&gateway, "petra", &format!("{own}/a.pdf"), &pdf("a")).await;
        let to =
            format!("Destination: {}", gateway.url(&format!("{AT_OFFICE}/Ter controle/{set}")));
        let from = gateway.url(&format!("/Mijn bestanden/{set}"));
        let args = [
            "-sS",
            "-u",
            &office,
            "-X",
            "COPY",
            "-H",
            &to,
            "-H",
            header,
            "-o",
            "/dev/null",
            "-w",
            "%{http_code}",
            &from,
        ];
        assert_eq!(user.run("curl", &args).well(), "201");
    }
    let seen = names(&gateway, "jansen", "/Ter controle").await;
    assert!(seen.contains(&"heel".into()) && !seen.contains(&"leeg".into()), "{seen:?}");
}

/// What a broken connection left is nothing that can be handed over.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_half_there_does_not_become_a_set() {
    let (gateway, _) = sets(&[]).await;
    let petra = gateway.session("petra").await;
    let path = |text: &str| DossierPath::parse(text).unwrap();
    let any = Conditions::default();
    gateway.vfs.make_folder(&petra, &path("/Back-ups/kapot"), &any).await.unwrap();
    let create = Create { make: true, ..Create::default() };
    let mut upload =
        gateway.vfs.create(&petra, &path("/Back-ups/kapot/serie.pdf"), create).await.unwrap();
    upload.write_at(0, pdf("half").into()).await.unwrap();
    assert_eq!(upload.cut().await, Ok(true));
    assert_eq!(names(&gateway, "petra", "/Back-ups/kapot").await, ["serie.pdf"]);
    let to = path(&format!("{AT_OFFICE}/Ter controle/kapot"));
    let moved = gateway.vfs.relocate(&petra, &path("/Back-ups/kapot"), &to, false, &any).await;
    assert_eq!(moved, Err(Error::Denied));
    let copied = gateway.vfs.copy(&petra, &path("/Back-ups/kapot"), &to, false, false, &any).await;
    assert_eq!(copied, Err(Error::Denied));
    assert!(names(&gateway, "jansen", "/Ter controle").await.is_empty());
}

/// What a command printed, and how it ended.
fn told(server: &Server, words: &[&str]) -> (String, i32) {
    let output = server.command(words).output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    (String::from_utf8(text).unwrap(), output.status.code().unwrap())
}

fn listed(server: &Server, login: &str) -> Vec<serde_json::Value> {
    serde_json::from_str(&server.runs(&["set", "list", "--as", login, "--json"])).unwrap()
}

/// The hash of a set as anybody reckons it who has the files: of the list that `sha256sum` prints of them.
fn hash_by_hand(folder: &Path) -> String {
    let script = "find . -type f -printf '%P\\0' | LC_ALL=C sort -z | xargs -0 sha256sum \
        | sha256sum | cut -d' ' -f1";
    let output = Command::new("sh").args(["-c", script]).current_dir(folder).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_is_listed_and_decided_on_once_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::make(folder.path(), &folder.path().join("data"));
    let (set, payslip) = (folder.path().join("set"), "123456782L01_0042_loonstrook_2026-11.pdf");
    for (path, text) in [("serie.pdf", "series"), (&*format!("stroken/{payslip}"), payslip)] {
        std::fs::create_dir_all(set.join(path).parent().unwrap()).unwrap();
        file(&set, path, &pdf(text));
    }
    server.start().await;
    let dav = server.dav("petra");
    for name in ["", "/stroken"] {
        dav.ask("MKCOL", &format!("/Mijn bestanden/Loon{name}"), None, Vec::new()).await.unwrap();
    }
    assert!(dav.put("/Mijn bestanden/Loon/serie.pdf", pdf("series")).await);
    assert!(dav.put(&format!("/Mijn bestanden/Loon/stroken/{payslip}"), pdf(payslip)).await);
    assert!(dav.rename("/Mijn bestanden/Loon", &format!("{AT_OFFICE}/Ter controle/Loon")).await);

    assert_eq!(told(&server, &["set", "list", "--as", "devries"]).1, 1);
    let mine = listed(&server, "jansen").remove(0);
    assert_eq!((&mine["state"], &mine["files"]), (&"review".into(), &2.into()));
    assert_eq!(mine["hash"], hash_by_hand(&set));
    assert_eq!(listed(&server, "petra")[0]["employer"], "Bakkerij Jansen BV");

    let decide = |words: &[&str]| told(&server, &[&["set"], words].concat());
    let by_office = decide(&["approve", "--as", "petra", "Loon"]);
    assert!(by_office.1 == 1 && by_office.0.contains("its employer"), "{by_office:?}");
    let none = decide(&["approve", "--as", "jansen", "Loon 2"]);
    assert!(none.1 == 1 && none.0.contains("set list"), "{none:?}");
    let changed = decide(&["approve", "--as", "jansen", "Loon", "--hash", &"0".repeat(64)]);
    assert!(changed.1 == 1 && changed.0.contains("has changed"), "{changed:?}");
    let rejected = decide(&["reject", "--as", "jansen", "Loon", "--reason", "uren kloppen niet"]);
    assert!(rejected.1 == 0 && rejected.0.contains("is rejected"), "{rejected:?}");
    let again = decide(&["approve", "--as", "jansen", "Loon"]);
    assert!(again.1 == 1 && again.0.contains("rejected already by K. Jansen"), "{again:?}");
    assert_eq!(listed(&server, "petra")[0]["state"], "rejected");
    let reason = dav.get(&format!("{AT_OFFICE}/Afgekeurd/Loon/reden.txt")).await.unwrap();
    assert_eq!(reason, b"uren kloppen niet\n");
}
