//! The file managers of desktops, by the programs that do their work: gvfs of GNOME and KIO of KDE.

use super::{OWN, devries};
use crate::common::PASSWORD;
use crate::common::desktop::{gvfs, session};
use crate::common::ssh::{content, names, noise};

#[tokio::test(flavor = "multi_thread")]
async fn gvfs_lists_copies_moves_shares_and_removes() {
    let (gateway, user) = devries().await;
    let big = noise(3_000_000, 3);
    user.file("groot.bin", &big);
    user.file("een.txt", b"een");
    let site = format!("dav://devries@{}", gateway.dav);
    let script =
        gvfs(&site, "Eerdere dagen", "Werkgevers/Bakkerij%20Jansen%20BV/Gedeeld%20met%20werkgever");
    session(&user, &script).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["map 2"]);
    let brief = content(&gateway, "devries", &format!("{OWN}/map 2/brief #2.txt")).await;
    assert_eq!(brief.as_deref(), Some(&b"twee\n"[..]));
    let shared = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/groot.bin";
    assert_eq!(content(&gateway, "jansen", shared).await, Some(big));
}

#[tokio::test(flavor = "multi_thread")]
async fn kio_lists_copies_moves_shares_and_removes() {
    let (gateway, user) = devries().await;
    let big = noise(3_000_000, 3);
    user.file("groot.bin", &big);
    user.file("map \u{e9}/een.txt", b"een");
    let host = gateway.dav;
    let tools = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools");
    let script = format!(
        r#"
        set -eux
        site="webdav://devries@{host}"
        own="$site/Mijn%20bestanden"
        shared="$site/Werkgevers/Bakkerij%20Jansen%20BV/Gedeeld%20met%20werkgever"
        kio() {{ timeout 120 kioclient5 --noninteractive "$@"; }}
        python3 {tools}/kde_password.py {host} devries '{PASSWORD}'
        test "$(kio ls "$site/" | sort | tail -1)" = Werkgevers
        kio copy "file://$PWD/groot.bin" "$own/groot.bin"
        kio copy "file://$PWD/map é" "$own/map é"
        test "$(kio cat "$own/map é/een.txt")" = een
        kio copy "$own/groot.bin" "file://$PWD/terug.bin"
        cmp groot.bin terug.bin
        kio move "$own/map é/een.txt" "$own/map é/brief%20%232.txt"
        kio move "$own/map é" "$own/map 2"
        kio copy "$own/map 2" "$own/kopie"
        kio move "$own/groot.bin" "$shared/groot.bin"
        kio remove "$own/kopie"
        if kio copy "file://$PWD/groot.bin" "$site/nergens"; then echo "it was put"; exit 1; fi
    "#
    );
    session(&user, &script).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["map 2"]);
    let brief = content(&gateway, "devries", &format!("{OWN}/map 2/brief #2.txt")).await;
    assert_eq!(brief.as_deref(), Some(&b"een"[..]));
    let shared = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/groot.bin";
    assert_eq!(content(&gateway, "jansen", shared).await, Some(big));
}
