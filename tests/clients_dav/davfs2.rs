//! davfs2, which mounts the gateway as a disk.

use super::{Encrypted, OWN, devries};
use crate::common::mounts::Davfs;
use crate::common::ssh::{PAST, User, content, names, noise, with_a_past};
use loondossier::dossier::Scope;

#[tokio::test(flavor = "multi_thread")]
async fn davfs2_mounts_the_dossier_as_a_disk() {
    let (gateway, user) = devries().await;
    let big = noise(3_000_000, 3);
    user.file("big.bin", &big);
    let mount = Davfs::new(&gateway, user).await;
    let script = r#"
        set -eux
        cd "schijf/Mijn bestanden"
        echo een > brief; echo twee >> brief
        test "$(cat brief)" = "$(printf 'een\ntwee')"
        cp ../../big.bin groot
        cmp groot ../../big.bin
        echo nieuw > brief.tmp; mv brief.tmp brief
        test "$(cat brief)" = nieuw
        truncate -s 3 brief
        test "$(cat brief)" = nie
        mkdir "map é#"; mv brief "map é#/brief"
        test "$(ls "map é#")" = brief
        echo weg > weg; rm weg
        mkdir vol; echo a > vol/a; rm -r vol
        ls
    "#;
    let out = mount.user.feed("sh", &["-s"], script).well();
    assert!(out.ends_with("groot\nmap \u{e9}#\n"), "{out}");
    mount.user.run("umount", &["schijf"]).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["groot", "map \u{e9}#"]);
    assert_eq!(content(&gateway, "devries", &format!("{OWN}/groot")).await, Some(big));
    let brief = content(&gateway, "devries", &format!("{OWN}/map \u{e9}#/brief")).await;
    assert_eq!(brief.as_deref(), Some(&b"nie"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn davfs2_shows_the_quota_and_yesterday() {
    let gateway = with_a_past("devries").await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let mount = Davfs::new(&gateway, user).await;
    let out = mount.user.feed("sh", &["-s"], PAST).well();
    assert_eq!(out, "2026-11-24\n2026-11-25\n");
    mount.user.run("umount", &["schijf"]).well();
    let restored = content(&gateway, "devries", "/Mijn bestanden/terug").await;
    assert_eq!(restored.as_deref(), Some(&b"gisteren"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn davfs2_mounts_over_tls_with_a_certificate_that_it_was_given() {
    let (gateway, user) = devries().await;
    let encrypted = Encrypted::new(&gateway).await;
    let trusted = user.file("tls.crt", encrypted.certificate.as_bytes());
    let url = format!("https://localhost:{}/", encrypted.port);
    let trust = format!("trust_server_cert {}\n", trusted.display());
    let mount = Davfs::at(&gateway, &url, user, &trust).await;
    let script = r#"
        set -eux
        cd "schijf/Mijn bestanden"
        mkdir map; echo een > map/brief; mv map/brief "map/brief 2"
        test "$(cat "map/brief 2")" = een
    "#;
    mount.user.feed("sh", &["-s"], script).well();
    mount.user.run("umount", &["schijf"]).well();
    let brief = content(&gateway, "devries", &format!("{OWN}/map/brief 2")).await;
    assert_eq!(brief.as_deref(), Some(&b"een\n"[..]));
}
