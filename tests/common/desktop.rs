//! The session of a desktop, without its screen.

use super::PASSWORD;
use super::ssh::{Said, User};
use std::fs;

/// A script in a desktop's session and a group of its own, with all that it started there gone after it.
const SESSION: &str = r"
    exec 3<&0
    setsid dbus-run-session -- sh -s <&3 >said 2>&1 &
    group=$!
    trap 'kill -- -$group; cat said >&2' EXIT
    trap 'exit 1' TERM
    wait $group
";

/// Runs a script where programs of a desktop find what they need, but no screen.
pub fn session(user: &User, script: &str) -> Said {
    let run = user.folder.path().join("run");
    // gvfs goes another way, with a warning, where it does not find this.
    fs::create_dir_all(run.join("gvfsd")).unwrap();
    // KDE would ask for a wallet.
    user.file(".config/kwalletrc", b"[Wallet]\nEnabled=false\nFirst Use=false\n");
    let run = format!("XDG_RUNTIME_DIR={}", run.display());
    user.feed("env", &[&run, "QT_QPA_PLATFORM=offscreen", "sh", "-c", SESSION], script)
}

/// What `gio` is told to do on a mounted dossier: it lists, copies, reads, saves, renames, shares and removes. `site` is
/// the address, `first` what is listed first there, `shared` a folder in it that another sees. In the script's folder
/// lie `groot.bin`, of 3,000,000 bytes, and `een.txt`; afterwards `map 2` is left of it, and what was shared.
pub fn gvfs(site: &str, first: &str, shared: &str) -> String {
    format!(
        r#"
        set -eux
        site="{site}"
        own="$site/Mijn%20bestanden"
        shared="$site/{shared}"
        printf '{PASSWORD}\n' | gio mount "$site/"
        test "$(gio list "$site/" | sort | head -1)" = "{first}"
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
        # As Files makes a folder: under a name of its own, and then under the one that is typed.
        gio mkdir "$own/Naamloze map"; gio rename "$own/Naamloze map" "map 3"
        gio remove "$own/map 3"
        gio remove "$own/kopie.txt"
        if gio mkdir "$site/nergens"; then echo "it was made"; exit 1; fi
        if gio copy een.txt "$site/nergens.txt"; then echo "it was put"; exit 1; fi
        gio mount -u "$site/"
    "#
    )
}
