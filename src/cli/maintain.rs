//! `loondossier maintain`: removes what is no longer to be kept, or says what that is; and puts back what
//! was written while the clock was ahead.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output, doctor};
use crate::vfs::{NODES_NOTICE, Removed};
use anyhow::{Result, ensure};
use clap::Args;

#[derive(Args, Debug)]
pub(super) struct Maintain {
    /// Only say what would be removed.
    #[arg(long)]
    plan: bool,
    /// This is the newest database: remove all objects that it does not know, however many. Removes nothing else.
    #[arg(long, conflicts_with = "clock_was_ahead")]
    orphans: bool,
    /// The system's clock is right now, and was ahead: put back what was written then. Removes nothing.
    #[arg(long)]
    clock_was_ahead: bool,
}

pub(super) async fn run(maintain: &Maintain, gateway: &Gateway, output: Output) -> Result<Exit> {
    if maintain.clock_was_ahead {
        return put_back(maintain.plan, gateway, output).await;
    }
    let removed = if maintain.orphans {
        gateway.vfs.sweep(!maintain.plan).await
    } else {
        gateway.vfs.maintain(gateway.retention, !maintain.plan).await
    };
    let removed = removed.map_err(sentence)?;
    output.value(&removed, removed);
    let Removed { days, versions, orphans, orphans_kept, .. } = removed;
    let changes = days + versions + orphans > 0;
    Ok(match (maintain.plan, orphans_kept) {
        (true, _) if changes => Exit::Changes,
        (false, true) => Exit::Partly,
        _ => Exit::Done,
    })
}

async fn put_back(plan: bool, gateway: &Gateway, output: Output) -> Result<Exit> {
    ensure!(doctor::is_a_time(gateway.set_to()), "the clock is not right: set it first");
    let moved = if plan {
        gateway.vfs.written_ahead().await
    } else {
        Output::progress("every running server is told");
        gateway.vfs.clock_was_ahead(NODES_NOTICE).await
    };
    let moved = moved.map_err(sentence)?;
    Output::progress("");
    output.value(&moved, moved);
    Ok(if plan && moved.by_ms > 0 { Exit::Changes } else { Exit::Done })
}
