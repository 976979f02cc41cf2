//! The session of a desktop, without its screen.

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
