//! The libraries that programs are written with, each in the hands of a script of `tests/tools`, which
//! lists, puts, gets, copies, moves, locks and deletes, and looks at times and at the room that is left.

use super::OWN;
use crate::common::ssh::{User, content, names};
use crate::common::{Backing, Gateway};
use loondossier::dossier::Scope;
use loondossier::vfs::Quota;

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools");

/// A script does its work where a party may keep 10 MiB, and leaves one letter.
async fn works(script: &str, letter: &[u8]) {
    let quota = Quota { default: Some(10 << 20), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    let args = [&gateway.url("/"), "devries", &password];
    match script.strip_prefix("node/") {
        Some(script) => user.node(script, &args),
        None => user.run("python", &[&[&*format!("{TOOLS}/{script}")], &args[..]].concat()),
    }
    .well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["brief \u{e9}+.txt"]);
    let there = content(&gateway, "devries", &format!("{OWN}/brief \u{e9}+.txt")).await;
    assert_eq!(there.as_deref(), Some(letter));
}

#[tokio::test(flavor = "multi_thread")]
async fn webdav4_of_python_does_its_work() {
    works("webdav4_files.py", b"twee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webdavclient3_of_python_does_its_work() {
    works("webdavclient3_files.py", b"twee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webdav_of_javascript_does_its_work() {
    works("node/files.mjs", b"vier").await;
}
