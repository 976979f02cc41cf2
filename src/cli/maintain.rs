//! `loondossier maintain`: removes what is no longer to be kept, or says what that is.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::vfs::Removed;
use anyhow::Result;
use clap::Args;

#[derive(Args, Debug)]
pub(super) struct Maintain {
    /// Only say what would be removed.
    #[arg(long)]
    plan: bool,
}

pub(super) async fn run(maintain: &Maintain, gateway: &Gateway, output: Output) -> Result<Exit> {
    let retention = gateway.retention;
    let removed = gateway.vfs.maintain(retention, !maintain.plan).await.map_err(sentence)?;
    output.value(&removed, removed);
    let Removed { days, versions, orphans, orphans_kept, .. } = removed;
    let changes = days + versions + orphans > 0;
    Ok(match (maintain.plan, orphans_kept) {
        (true, _) if changes => Exit::Changes,
        (false, true) => Exit::Partly,
        _ => Exit::Done,
    })
}
