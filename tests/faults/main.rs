//! What becomes of acknowledged writes when the process, the disk or the power fails.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod clock;
#[path = "../common/mod.rs"]
mod common;
mod disk;
mod drain;
mod kill;
mod ledger;
mod power;
mod verify;

use std::path::Path;
use std::process::Command;

/// How often something is done: so often in a soak, else so often.
fn times(usually: u32, soak: u32) -> u32 {
    if std::env::var_os("SOAK").is_some() { soak } else { usually }
}

/// Runs a program that must do its work.
fn run(program: &str, args: &[&Path]) {
    let output = Command::new(common::program(program)).args(args).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {args:?}: {said}");
}
