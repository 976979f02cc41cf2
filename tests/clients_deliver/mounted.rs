//! A mounted dossier, by davfs2 and by sshfs: payslips are copied into it, and copied over what is listed there. What is
//! refused lies in it, with the reason.

use super::{
    DROP, RECEIVED, REFUSED, SHELF, UNKNOWN, dropped, petra, received, refused, sentence, straight,
};
use crate::common::mounts::{Davfs, Fuse};
use crate::common::ssh::{User, content, names};
use crate::common::{Gateway, eventually, pdf};

/// What is done in a mounted dossier: a copy into each place, each ending well.
fn copies(cp: &str) -> String {
    format!(
        "set -eux\ncd schijf\n{cp} .{}\n{cp} '.{}'\n{cp} '.{SHELF}/Journaal.pdf'\n",
        dropped(1),
        straight(2)
    )
}

async fn mounted_copies_are_there(gateway: &Gateway) {
    let journal = "/Overzichten/Journaalposten/2026/Journaal.pdf";
    let second = format!("{RECEIVED}/Loonstrook 2026-02.pdf");
    let first = second.replace("02.pdf", "01.pdf");
    for (login, path) in [("devries", &*first), ("devries", &second), ("jansen", journal)] {
        eventually(path, || async { content(gateway, login, path).await.is_some() }).await;
    }
    received(gateway, &[1, 2]).await;
    assert_eq!(content(gateway, "jansen", journal).await, Some(pdf("strook")));
}

#[tokio::test(flavor = "multi_thread")]
async fn davfs2_copies_payslips() {
    let (gateway, user) = petra().await;
    let mount = Davfs::new(&gateway, user).await;
    mount.user.feed("sh", &["-s"], &copies("cp ../strook.pdf")).well();
    mounted_copies_are_there(&gateway).await;
    mount.user.file("nieuw.pdf", &pdf("nieuw"));
    mount.user.feed("sh", &["-s"], &copies("cp ../nieuw.pdf")).well();
    new_copies_are_there(&gateway).await;
    // It sends when the program has closed the file, and tells nobody what is answered; the reason lies there.
    mount.user.run("cp", &["strook.pdf", &format!("schijf{DROP}/{UNKNOWN}")]).well();
    eventually("it is refused", || async { !names(&gateway, "petra", REFUSED).await.is_empty() })
        .await;
    reads_the_reason(&mount.user);
    mount.user.run("umount", &["schijf"]).well();
    refused(&gateway, 1).await;
}

/// What was copied over what was listed is a new version.
async fn new_copies_are_there(gateway: &Gateway) {
    for name in ["Loonstrook 2026-01.pdf", "Loonstrook 2026-02.pdf"] {
        let path = format!("{RECEIVED}/{name}");
        let new = || async { content(gateway, "devries", &path).await == Some(pdf("nieuw")) };
        eventually(name, new).await;
    }
    assert_eq!(names(gateway, "devries", RECEIVED).await.len(), 2);
}

/// In the mounted dossier lie what was refused and why.
fn reads_the_reason(user: &User) {
    let folder = format!("schijf{REFUSED}");
    let reason = user.run("cat", &[&format!("{folder}/{UNKNOWN}.reden.txt")]).well();
    assert_eq!(reason, format!("{}\r\n", sentence()));
    user.run("cmp", &["strook.pdf", &format!("{folder}/{UNKNOWN}")]).well();
}

#[tokio::test(flavor = "multi_thread")]
async fn sshfs_copies_payslips() {
    let (gateway, user) = petra().await;
    let mount = Fuse::sshfs(&user);
    user.feed("sh", &["-s"], &copies("cp -p ../strook.pdf")).well();
    mounted_copies_are_there(&gateway).await;
    user.file("nieuw.pdf", &pdf("nieuw"));
    user.feed("sh", &["-s"], &copies("cp -p ../nieuw.pdf")).well();
    new_copies_are_there(&gateway).await;
    for (way, n) in [("--preserve", 1), ("--no-preserve=all", 2)] {
        // It closes the file when the program has done with it, and tells nobody what is answered.
        user.run("cp", &[way, "strook.pdf", &format!("schijf{DROP}/{UNKNOWN}")]).well();
        let all = || async { names(&gateway, "petra", REFUSED).await.len() == 2 * n };
        eventually("it is refused", all).await;
        refused(&gateway, n).await;
    }
    reads_the_reason(&user);
    drop(mount);
}
