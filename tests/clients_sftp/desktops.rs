//! The file manager of GNOME, by gvfs, which speaks SFTP itself through OpenSSH's `ssh`.

use super::{jansen, noise};
use crate::common::PASSWORD;
use crate::common::desktop::session;
use crate::common::ssh::{content, names};

#[tokio::test(flavor = "multi_thread")]
async fn gvfs_lists_copies_moves_shares_and_removes() {
    let (gateway, user) = jansen().await;
    let big = noise(3_000_000, 3);
    user.file("groot.bin", &big);
    user.file("een.txt", b"een");
    let host = user.address;
    let script = format!(
        r#"
        set -eux
        site="sftp://jansen@{host}"
        own="$site/Mijn%20bestanden"
        shared="$site/Gedeeld%20met%20kantoor"
        printf '{PASSWORD}\n' | gio mount "$site/"
        test "$(gio list "$site/" | sort | head -1)" = Aanleveren
        gio mkdir "$own/map%20é"
        gio copy groot.bin "$own/groot.bin"
        gio copy een.txt "$own/map%20é/brief.txt"
        test "$(gio cat "$own/map%20é/brief.txt")" = een
        echo twee | gio save "$own/map%20é/brief.txt"
        gio copy "$own/groot.bin" terug.bin
        cmp groot.bin terug.bin
        gio move "$own/map%20é/brief.txt" "$own/map%20é/brief%20%232.txt"
        gio rename "$own/map%20é" "map 2"
        gio copy "$own/map 2/brief%20%232.txt" "$own/kopie.txt"
        test "$(gio cat "$own/kopie.txt")" = twee
        gio move "$own/groot.bin" "$shared/groot.bin"
        test "$(gio list -l "$shared" | cut -f 2)" = 3000000
        gio mkdir "$own/leeg"; gio remove "$own/leeg"
        gio remove "$own/kopie.txt"
        if gio mkdir "$site/nergens"; then echo "it was made"; exit 1; fi
        if gio copy een.txt "$site/nergens.txt"; then echo "it was put"; exit 1; fi
        gio mount -u "$site/"
    "#
    );
    session(&user, &script).well();
    assert_eq!(names(&gateway, "jansen", "/Mijn bestanden").await, ["map 2"]);
    let brief = content(&gateway, "jansen", "/Mijn bestanden/map 2/brief #2.txt").await;
    assert_eq!(brief.as_deref(), Some(&b"twee\n"[..]));
    let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever/groot.bin";
    assert_eq!(content(&gateway, "petra", shared).await, Some(big));
}
