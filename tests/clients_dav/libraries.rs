//! The libraries that programs are written with, each in the hands of a script of `tests/tools`, which
//! lists, puts, gets, copies, moves, locks and deletes, and looks at times and at the room that is left.

use super::OWN;
use crate::common::ssh::{User, content, names};
use crate::common::{Backing, Gateway};
use loondossier::dossier::Scope;
use loondossier::vfs::Quota;
use std::os::unix::fs::symlink;
use std::path::Path;

const TOOLS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/tools");

/// A script does its work where a party may keep 10 MiB, and leaves one letter.
async fn works(program: &str, script: &str, letter: &[u8]) {
    let quota = Quota { default: Some(10 << 20), history: None };
    let gateway = Gateway::start_with(Backing::Embedded, quota).await;
    let user = User::new(&gateway, "devries", Scope::FULL).await;
    let password = gateway.app_password("devries", Scope::FULL).await;
    // node looks for modules beside the script.
    let name = Path::new(script).file_name().unwrap().to_str().unwrap();
    user.file(name, &std::fs::read(format!("{TOOLS}/{script}")).unwrap());
    if let Some(tools) = std::env::var_os("LOONDOSSIER_TEST_BIN") {
        let modules = Path::new(&tools).with_file_name("node").join("node_modules");
        symlink(modules, user.folder.path().join("node_modules")).unwrap();
    }
    user.run(program, &[name, &gateway.url("/"), "devries", &password]).well();
    assert_eq!(names(&gateway, "devries", OWN).await, ["brief \u{e9}+.txt"]);
    let there = content(&gateway, "devries", &format!("{OWN}/brief \u{e9}+.txt")).await;
    assert_eq!(there.as_deref(), Some(letter));
}

#[tokio::test(flavor = "multi_thread")]
async fn webdav4_of_python_does_its_work() {
    works("python", "webdav4_files.py", b"twee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webdavclient3_of_python_does_its_work() {
    works("python", "webdavclient3_files.py", b"twee").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn webdav_of_javascript_does_its_work() {
    works("node", "node/files.mjs", b"vier").await;
}
