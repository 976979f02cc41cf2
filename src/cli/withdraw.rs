//! `loondossier withdraw`: takes back an overview that was misdelivered.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::dossier::Error;
use anyhow::{Result, anyhow};
use clap::Args;
use serde_json::json;

#[derive(Args, Debug)]
pub(super) struct Withdraw {
    /// The overview's id, as the receipt has it.
    node: String,
    /// Why, as those who received it and whoever delivered it read in their logs.
    #[arg(long, value_name = "TEXT", value_parser = reason)]
    reason: String,
}

/// A reason that says something: it stays in the logs.
pub(super) fn reason(text: &str) -> std::result::Result<String, &'static str> {
    let says = text.chars().any(|c| !c.is_whitespace() && !c.is_control());
    if says { Ok(text.to_owned()) } else { Err("it says nothing: give a reason to read") }
}

pub(super) async fn run(withdraw: &Withdraw, gateway: &Gateway, output: Output) -> Result<Exit> {
    let Withdraw { node, reason } = withdraw;
    let withdrawn = match gateway.vfs.withdraw(node, reason).await {
        Err(Error::NotFound) => {
            return Err(anyhow!(
                "there is no overview {node}, or it was taken back already: the receipts in \
                 /Aanleveren/Ontvangst name them"
            ));
        }
        withdrawn => withdrawn.map_err(sentence)?,
    };
    let opened = if withdrawn.opened { "it had been opened" } else { "it had not been opened" };
    let text = format!("{} was taken back; {opened}", withdrawn.name);
    output.value(&json!({ "name": withdrawn.name, "opened": withdrawn.opened }), &text);
    Ok(Exit::Done)
}
