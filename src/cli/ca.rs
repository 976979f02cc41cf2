//! `ca`: the keys that sign SSH certificates for a party's accounts.

use super::account::when;
use super::{Exit, Output};
use crate::auth::Admin;
use anyhow::Context;
use serde::Serialize;
use std::path::PathBuf;

/// What to do with the keys that sign certificates.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum CaCommand {
    /// Let in whom a key vouches for: certificates that it signed for logins of the party
    Add {
        /// Its id in the roster; of a person its first login, else LHN/number
        party: String,
        /// The .pub file of the key that signs
        #[arg(long, value_name = "FILE")]
        public_key: PathBuf,
    },
    /// The keys that sign for a party
    List {
        /// Its id in the roster
        party: String,
    },
    /// Trust a key no more; what its certificates opened ends
    Revoke {
        /// Its id in the roster
        party: String,
        /// As `ca list` shows it
        fingerprint: String,
    },
}

/// An authority as `--json` shows it.
#[derive(Serialize)]
struct View {
    fingerprint: String,
    name: String,
    created: String,
}

/// Does it.
pub(crate) async fn run(command: CaCommand, admin: &Admin, out: Output) -> anyhow::Result<Exit> {
    match command {
        CaCommand::Add { party, public_key } => {
            let text = std::fs::read_to_string(&public_key)
                .with_context(|| format!("{} cannot be read", public_key.display()))?;
            let added = admin.add_authority(&party, &text).await;
            let fingerprint = added.with_context(|| public_key.display().to_string())?;
            out.value(
                &serde_json::json!({ "fingerprint": fingerprint }),
                format_args!("certificates that {fingerprint} signed let in accounts of {party}"),
            );
        }
        CaCommand::List { party } => {
            let all = admin.authorities(&party).await?.into_iter().map(|a| View {
                fingerprint: a.fingerprint,
                name: a.name,
                created: when(a.created),
            });
            out.rows(&["FINGERPRINT", "NAME", "CREATED"], &all.collect::<Vec<_>>(), |a| {
                vec![a.fingerprint.clone(), a.name.clone(), a.created.clone()]
            });
        }
        CaCommand::Revoke { party, fingerprint } => {
            admin.revoke_authority(&party, &fingerprint).await?;
            out.line(format_args!("{fingerprint} vouches for nobody of {party} any more"));
        }
    }
    Ok(Exit::Done)
}
