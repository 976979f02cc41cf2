//! The file manager of GNOME, by gvfs, which speaks SFTP itself through OpenSSH's `ssh`.

use super::{jansen, noise};
use crate::common::desktop::{gvfs, session};
use crate::common::ssh::{content, names};

#[tokio::test(flavor = "multi_thread")]
async fn gvfs_lists_copies_moves_shares_and_removes() {
    let (gateway, user) = jansen().await;
    let big = noise(3_000_000, 3);
    user.file("groot.bin", &big);
    user.file("een.txt", b"een");
    let site = format!("sftp://jansen@{}", user.address);
    let script = gvfs(&site, "Aanleveren", "Gedeeld%20met%20kantoor");
    session(&user, &script).well();
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["map 2"]);
    let brief = content(&gateway, "jansen", "/Mijn bestanden/map 2/brief #2.txt").await;
    assert_eq!(brief.as_deref(), Some(&b"twee\n"[..]));
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/groot.bin";
    assert_eq!(content(&gateway, "petra", shared).await, Some(big));
}
