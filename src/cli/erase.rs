//! `loondossier erase`: takes a party's own part away and destroys its key; says what stays and why.

use super::gateway::Gateway;
use super::{Exit, Output};
use anyhow::Result;
use clap::{ArgGroup, Args};

#[derive(Args, Debug)]
#[command(group(ArgGroup::new("how").required(true)))]
pub(super) struct Erase {
    /// Its id in the roster; of a person its first login, else LHN/number
    party: String,
    /// Only say what would go and what would stay; exit code 3 when there is something
    #[arg(long, group = "how")]
    plan: bool,
    /// Do it. There is no way back
    #[arg(long, group = "how")]
    confirm: bool,
}

pub(super) async fn run(erase: &Erase, gateway: &Gateway, output: Output) -> Result<Exit> {
    let done = if erase.confirm {
        gateway.vfs.erase(&erase.party).await?
    } else {
        gateway.vfs.plan_erasure(&erase.party).await?
    };
    output.value(&done, &done);
    Ok(if erase.plan && done.is_needed() { Exit::Changes } else { Exit::Done })
}
