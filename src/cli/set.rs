//! `loondossier set`: the sets that an account sees, and the green light of an employer.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::dossier::{Error, SetState, day};
use crate::vfs::{Session, SetEntry};
use anyhow::{Result, anyhow, ensure};
use clap::{Args, Subcommand};
use serde_json::json;
use std::io::{BufRead, IsTerminal, Write};

#[derive(Debug, Subcommand)]
pub(super) enum SetCommand {
    /// The sets that an account sees, those under review first, each with the hash of what is in it.
    List(Whose),
    /// Approve a set: what is in it is right.
    Approve(Decision),
    /// Reject a set.
    Reject(Decision),
}

#[derive(Args, Debug)]
pub(super) struct Whose {
    /// The account.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
}

#[derive(Args, Debug)]
pub(super) struct Decision {
    #[command(flatten)]
    whose: Whose,
    /// The set, by its name.
    #[arg(value_name = "SET")]
    set: String,
    /// What is decided on, as `set list` or a page showed it; without it what is there now.
    #[arg(long, value_name = "HASH")]
    hash: Option<String>,
    /// Why: put into the set as `reden.txt`.
    #[arg(long, value_name = "TEXT", value_parser = super::withdraw::reason)]
    reason: Option<String>,
}

pub(super) async fn run(command: &SetCommand, gateway: &Gateway, output: Output) -> Result<Exit> {
    match command {
        SetCommand::List(whose) => list(whose, gateway, output).await,
        SetCommand::Approve(decision) => decide(decision, true, gateway, output).await,
        SetCommand::Reject(decision) => decide(decision, false, gateway, output).await,
    }
}

async fn sets(gateway: &Gateway, session: &Session) -> Result<Vec<SetEntry>> {
    match gateway.vfs.sets(session).await {
        Err(Error::Denied) => {
            Err(anyhow!("a person has no sets: name an account of an employer or its office"))
        }
        sets => sets.map_err(sentence),
    }
}

async fn list(whose: &Whose, gateway: &Gateway, output: Output) -> Result<Exit> {
    let session = gateway.session_for(&whose.login).await?;
    let sets = sets(gateway, &session).await?;
    output.rows(&["STATE", "EMPLOYER", "SET", "FILES", "BY", "AT", "HASH"], &sets, |set| {
        let at = set
            .at
            .map_or_else(String::new, |at| day::local(at).strftime("%Y-%m-%d %H:%M").to_string());
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let state = set.state.to_owned();
        let files = set.files.to_string();
        vec![
            state,
            or_none(&set.employer),
            set.name.clone(),
            files,
            or_none(&set.by),
            at,
            set.hash.clone(),
        ]
    });
    Ok(Exit::Done)
}

async fn decide(
    decision: &Decision,
    approve: bool,
    gateway: &Gateway,
    output: Output,
) -> Result<Exit> {
    let Decision { whose, set, hash, reason } = decision;
    let session = gateway.session_for(&whose.login).await?;
    let all = sets(gateway, &session).await?;
    let mut named = all.iter().filter(|one| one.name.eq_ignore_ascii_case(set));
    let waits = named.clone().find(|one| one.state == SetState::ToReview.code());
    let Some(waits) = waits else {
        return Err(match named.next_back() {
            Some(one) => already(one),
            None => {
                anyhow!("there is no set {set} under review: `loondossier set list` names them")
            }
        });
    };
    let word = if approve { "approve" } else { "reject" };
    output.line(format!("{}: {} files, {}", waits.name, waits.files, waits.hash));
    ensure!(hash.is_some() || agrees(word)?, "nothing was decided");
    let shown = hash.as_deref().unwrap_or(&waits.hash);
    match gateway.vfs.decide(&session, &waits.name, approve, Some(shown), reason.as_deref()).await {
        Ok(()) => {}
        Err(Error::Precondition) => {
            return Err(anyhow!("{set} has changed since: look at it again, nothing was decided"));
        }
        Err(Error::Denied) => {
            return Err(anyhow!("only an account of its employer may {word} {set}"));
        }
        Err(Error::NotFound) => return Err(gone(gateway, &session, set).await?),
        Err(error) => return Err(sentence(error)),
    }
    let state = if approve { SetState::Approved } else { SetState::Rejected }.code();
    output.value(
        &json!({ "set": waits.name, "state": state, "hash": shown }),
        format!("{set} is {state}"),
    );
    Ok(Exit::Done)
}

/// On a terminal, whoever decides says so once more.
fn agrees(word: &str) -> Result<bool> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Ok(true);
    }
    write!(std::io::stderr(), "{word} this? [y/N] ")?;
    let mut answer = String::new();
    stdin.lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes" | "j" | "J" | "ja"))
}

/// Somebody decided in between.
async fn gone(gateway: &Gateway, session: &Session, set: &str) -> Result<anyhow::Error> {
    let all = sets(gateway, session).await?;
    let named = all.iter().rfind(|one| one.name.eq_ignore_ascii_case(set));
    Ok(named.map_or_else(|| anyhow!("{set} was taken back, or is being changed"), already))
}

fn already(set: &SetEntry) -> anyhow::Error {
    let by = set.by.as_ref().map_or_else(String::new, |who| format!(" by {who}"));
    anyhow!("{} is {} already{by}: a decision is final", set.name, set.state)
}
