//! By path and by manifest (PRODUCT.md section 5): whole folders of payslips, as programs send them.

use super::{DROP, LFTP, RECEIVED, REFUSED, as_explorer, copied, petra, received, sentence};
use crate::common::mounts::Fuse;
use crate::common::ssh::{User, content, names, put};
use crate::common::{Gateway, PASSWORD, eventually, pdf};
use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

const ADMINISTRATION: &str = "123456782L01";
const BOTH: [&str; 2] = ["0042", "0043"];

/// In `pad`, folders that say whose the payslips of these months are.
fn by_path(user: &User, months: &[u32]) {
    for (month, number) in months.iter().flat_map(|month| BOTH.map(|number| (month, number))) {
        let name = format!("pad/{ADMINISTRATION}/{number}/loonstrook 2026-{month:02}.pdf");
        user.file(&name, &pdf("strook"));
    }
}

/// A folder of this name with the payslips of a month for these employees, and a manifest that says so.
fn batch(user: &User, name: &str, month: u32, numbers: [&str; 2]) {
    let sha256 = HEXLOWER.encode(&Sha256::digest(pdf("strook")));
    let mut manifest = "bestand;lhn;nummer;soort;periode;sha256\r\n".to_owned();
    for number in numbers {
        user.file(&format!("{name}/strook {number}.pdf"), &pdf("strook"));
        let line = format!("{ADMINISTRATION};{number};loonstrook;2026-{month:02};{sha256}");
        manifest += &format!("strook {number}.pdf;{line}\r\n");
    }
    user.file(&format!("{name}/{name}.manifest.csv"), manifest.as_bytes());
}

/// Both employees have their payslips of these months; nothing was refused.
async fn both_received(gateway: &Gateway, months: &[u32]) {
    received(gateway, months).await;
    assert_eq!(names(gateway, "yilmaz", RECEIVED).await, names(gateway, "devries", RECEIVED).await);
    for month in months {
        let path = format!("{RECEIVED}/Loonstrook 2026-{month:02}.pdf");
        assert_eq!(content(gateway, "yilmaz", &path).await, Some(pdf("strook")), "{month}");
    }
    assert!(names(gateway, "petra", REFUSED).await.is_empty());
}

/// All of a batch is with what was refused, and nobody has any of it. A program that keeps trying was refused more
/// than once.
async fn all_was_refused(gateway: &Gateway, batch: &str, months: &[u32]) {
    received(gateway, months).await;
    assert!(names(gateway, "petra", &format!("{DROP}/{batch}")).await.is_empty());
    let there = names(gateway, "petra", REFUSED).await;
    for name in ["strook 0042.pdf", "strook 0099.pdf", &format!("{batch}.manifest.csv")] {
        assert!(there.contains(&name.to_owned()), "{name}: {there:?}");
        assert!(there.contains(&format!("{name}.reden.txt")), "{name}: {there:?}");
    }
    let reason = content(gateway, "petra", &format!("{REFUSED}/strook 0099.pdf.reden.txt")).await;
    assert_eq!(reason, Some(format!("{}\r\n", sentence()).into_bytes()));
}

#[tokio::test(flavor = "multi_thread")]
async fn openssh_sftp_puts_folders() {
    let (gateway, user) = petra().await;
    by_path(&user, &[1, 2]);
    batch(&user, "maart", 3, BOTH);
    batch(&user, "april", 4, BOTH);
    for (way, from) in [("-r", "pad/123456782L01"), ("-r", "maart"), ("-rp", "april")] {
        user.sftp(&format!("put {way} {from} {DROP}/\n")).well();
    }
    both_received(&gateway, &[1, 2, 3, 4]).await;
    batch(&user, "mei", 5, ["0042", "0099"]);
    let said = user.sftp(&format!("put -r mei {DROP}/\n")).badly();
    assert!(said.contains("Failure"), "{said}");
    all_was_refused(&gateway, "mei", &[1, 2, 3, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lftp_mirrors_folders() {
    let (gateway, user) = petra().await;
    by_path(&user, &[1, 2, 3]);
    batch(&user, "april", 4, BOTH);
    let mirror = |from: &str, to: &str| {
        let script = format!("{LFTP}mirror -R -v {from} {DROP}{to}\n");
        user.feed("lftp", &[], &script)
    };
    let transferred =
        |from: &str, to: &str| mirror(from, to).well().matches("Transferring file").count();
    for (from, to, files) in [("pad", "", 6), ("april", "/april", 3)] {
        assert_eq!(transferred(from, to), files);
        assert_eq!(transferred(from, to), 0, "within the hour it is content with what is listed");
    }
    both_received(&gateway, &[1, 2, 3, 4]).await;
    batch(&user, "mei", 5, ["0042", "0099"]);
    let said = mirror("mei", "/mei").badly();
    assert!(said.contains(&sentence()), "{said}");
    all_was_refused(&gateway, "mei", &[1, 2, 3, 4]).await;
}

async fn rclone_copies_folders(gateway: &Gateway, user: &User) {
    by_path(user, &[1, 2, 3]);
    batch(user, "april", 4, BOTH);
    for (from, to, files) in [("pad", "", 6), ("april", "/april", 3)] {
        let to = format!("gateway:{DROP}{to}");
        let copy = || user.run("rclone", &["copy", "-v", from, &to]);
        assert_eq!(copied(copy()), files);
        assert_eq!(copied(copy()), 0, "{to}: the second time there is nothing to do");
    }
    both_received(gateway, &[1, 2, 3, 4]).await;
    batch(user, "mei", 5, ["0042", "0099"]);
    let to = format!("gateway:{DROP}/mei");
    let said = user.run("rclone", &["copy", "--retries", "1", "mei", &to]).badly();
    assert!(said.contains(&sentence()), "{said}");
    all_was_refused(gateway, "mei", &[1, 2, 3, 4]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_folders_over_sftp() {
    let (gateway, user) = petra().await;
    rclone_copies_folders(&gateway, &user).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rclone_copies_folders_over_webdav() {
    for vendor in ["other", "owncloud"] {
        let (gateway, user) = petra().await;
        user.rclone_over_webdav(&gateway, vendor);
        rclone_copies_folders(&gateway, &user).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn winscp_and_paramiko_put_by_path_and_by_manifest() {
    let (gateway, user) = petra().await;
    let deliver = |way: &str, file: &str, folder: &str, name: &str| {
        user.python("paramiko_deliver.py", PASSWORD, &[way, file, folder, name]).well();
    };
    let mut months = Vec::new();
    for (way, month) in ["winscp", "winscp-plain", "put", "look"].into_iter().zip([1, 3, 5, 7]) {
        for number in BOTH {
            let folder = format!("{DROP}/{ADMINISTRATION}/{number}");
            deliver(way, "strook.pdf", &folder, &format!("Loonstrook 2026-{month:02}.pdf"));
        }
        batch(&user, way, month + 1, BOTH);
        user.sftp(&format!("mkdir {DROP}/{way}\n")).well();
        for name in [&format!("{way}.manifest.csv"), "strook 0042.pdf", "strook 0043.pdf"] {
            deliver(way, &format!("{way}/{name}"), &format!("{DROP}/{way}"), name);
        }
        months.extend([month, month + 1]);
    }
    both_received(&gateway, &months).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn explorer_copies_a_batch_and_its_manifest_last() {
    let (gateway, user) = petra().await;
    batch(&user, "april", 4, BOTH);
    user.sftp(&format!("mkdir {DROP}/april\n")).well();
    for name in ["strook 0042.pdf", "strook 0043.pdf", "april.manifest.csv"] {
        put(&gateway, "petra", &format!("{DROP}/april/{name}"), b"").await;
        let path = format!("{DROP}/april/{name}");
        as_explorer(&gateway, &user, &path, &format!("april/{name}"));
    }
    both_received(&gateway, &[4]).await;
}

/// A script that is not sure of its end begins anew, and nothing of what was taken in is refused for that.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_taken_in_stays_so_when_it_is_resumed_or_touched() {
    let (gateway, user) = petra().await;
    let to = super::dropped(1);
    let put = format!("{LFTP}put -c strook.pdf -o {to}\n");
    for _ in 0..2 {
        user.feed("lftp", &[], &put).well();
    }
    let mount = Fuse::sshfs(&user);
    user.run("touch", &["-d", "2020-01-01T12:00:00Z", &format!("schijf{to}")]).well();
    // It tells the server when the program has done with it.
    let set = format!(" {} Jan  1  2020", pdf("strook").len());
    let is_set = async || user.sftp(&format!("ls -l {to}\n")).well().contains(&set);
    eventually("its time is set", is_set).await;
    drop(mount);
    gateway.clock.advance(11 * 60_000);
    gateway.vfs.refuse_what_waits_too_long().await.unwrap();
    received(&gateway, &[1]).await;
    assert!(names(&gateway, "petra", REFUSED).await.is_empty());
}
