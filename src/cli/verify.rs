//! `loondossier verify`: the catalog against the contents; reports, changes nothing.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::vfs::{Finding, Verified};
use anyhow::Result;
use clap::Args;
use serde::Serialize;

#[derive(Args, Debug)]
pub(super) struct Verify {
    /// Read every byte too, at 256 MiB/s at most.
    #[arg(long)]
    read_data: bool,
}

/// What was looked at, and what is wrong.
#[derive(Serialize)]
struct Report {
    #[serde(flatten)]
    verified: Verified,
    findings: Vec<Finding>,
}

pub(super) async fn run(verify: &Verify, gateway: &Gateway, output: Output) -> Result<Exit> {
    let mut findings = Vec::new();
    let found = |finding: Finding| {
        output.line(&finding);
        if output.json {
            findings.push(finding);
        }
    };
    let progress = |so_far: Verified| {
        let Verified { objects, stored, faults, .. } = so_far;
        Output::progress(format!("{objects} objects looked for, {stored} found, {faults} faults"));
    };
    let verified = gateway.vfs.verify(verify.read_data, found, progress).await.map_err(sentence)?;
    let Verified { objects, read, stored, faults, young } = verified;
    let read = if verify.read_data { format!(", {read} bytes read") } else { String::new() };
    // Uploads that go on; or all contents, put back just now beside another database.
    let young = match young {
        0 => String::new(),
        young => format!(", {young} of them younger than two days and of no version yet"),
    };
    let lines = format!(
        "{objects} objects that versions have{read}; {stored} in the store{young}; {faults} faults"
    );
    output.value(&Report { verified, findings }, lines);
    Ok(if faults == 0 { Exit::Done } else { Exit::Failed })
}
