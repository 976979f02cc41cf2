//! `loondossier roster plan|apply`: reads the roster and the files beside it, and shows the plan.

use super::{Exit, Output};
use crate::dossier::roster::{self, Leavers, Options, Problem, Roster};
use crate::vfs::Vfs;
use anyhow::Context;
use clap::{Args, Subcommand};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Parties, engagements, employments and accounts from a file
#[derive(Debug, Subcommand)]
pub(crate) enum RosterCommand {
    /// Show what applying the file would change; exit code 3 when there is something
    Plan(RosterArgs),
    /// Do it, all or nothing
    Apply(RosterArgs),
}

#[derive(Debug, Args)]
pub(crate) struct RosterArgs {
    /// The roster; the CSV files that it names lie beside it
    file: PathBuf,
    /// End what is not in the file; without this it is kept
    #[arg(long)]
    prune: bool,
    /// Stop when more than this would end: a percentage of the present employments, or a number
    #[arg(long, value_name = "20%", default_value_t)]
    max_leavers: Leavers,
}

/// Does it.
pub(crate) async fn run(command: RosterCommand, vfs: &Vfs, out: Output) -> anyhow::Result<Exit> {
    let (RosterCommand::Plan(args) | RosterCommand::Apply(args)) = &command;
    let roster = read(&args.file)?;
    let options = Options { prune: args.prune, most: args.max_leavers };
    let exit = match command {
        RosterCommand::Plan(_) => {
            let plan = vfs.plan_roster(&roster, options).await?;
            out.value(&plan, &plan);
            if plan.changes.is_empty() { Exit::Done } else { Exit::Changes }
        }
        RosterCommand::Apply(_) => {
            let done = vfs.apply_roster(Arc::new(roster), options).await?;
            out.value(&done, &done);
            Exit::Done
        }
    };
    Ok(exit)
}

fn read(file: &Path) -> anyhow::Result<Roster> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {shown}"))?;
    let beside = file.parent().unwrap_or(Path::new(""));
    let mut open = |name: &str| std::fs::read(beside.join(name)).map_err(|e| e.to_string());
    roster::read(&shown, &text, &mut open).map_err(|problems| {
        let lines: Vec<String> = problems.iter().map(Problem::to_string).collect();
        anyhow::anyhow!("{}", lines.join("\n"))
    })
}
