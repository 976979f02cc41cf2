//! `ca`: the keys that sign SSH certificates for a party's accounts.

use super::account::when;
use super::{Exit, Output};
use crate::auth::Admin;
use anyhow::Context;
use serde::Serialize;
use std::path::{Path, PathBuf};

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
    /// Trust a key, or one certificate, no more; what that opened ends
    Revoke {
        /// Its id in the roster
        party: String,
        /// The key, as `ca list` shows it
        #[arg(required_unless_present = "certificate")]
        fingerprint: Option<String>,
        /// Not the key, but what it signed under this serial number
        #[arg(long, value_name = "NUMBER")]
        serial: Option<u64>,
        /// No key, but this certificate: its -cert.pub file
        #[arg(long, value_name = "FILE", conflicts_with_all = ["fingerprint", "serial"])]
        certificate: Option<PathBuf>,
    },
}

/// An authority as `--json` shows it.
#[derive(Serialize)]
struct View {
    fingerprint: String,
    name: String,
    created: String,
    /// What it signed and is worth nothing.
    revoked: Vec<String>,
}

/// Does it.
pub(crate) async fn run(command: CaCommand, admin: &Admin, out: Output) -> anyhow::Result<Exit> {
    match command {
        CaCommand::Add { party, public_key } => {
            let text = read(&public_key)?;
            let added = admin.add_authority(&party, &text).await;
            let fingerprint = added.with_context(|| public_key.display().to_string())?;
            out.value(
                &serde_json::json!({ "fingerprint": fingerprint }),
                format_args!("certificates that {fingerprint} signed let in accounts of {party}"),
            );
        }
        CaCommand::List { party } => list(&party, admin, out).await?,
        CaCommand::Revoke { party, certificate: Some(file), .. } => {
            let revoked = admin.revoke_certificate(&party, &read(&file)?).await;
            revoked.with_context(|| file.display().to_string())?;
            let file = file.display();
            out.line(format_args!("the certificate {file} lets nobody of {party} in any more"));
        }
        CaCommand::Revoke { party, fingerprint, serial, certificate: None } => {
            let fingerprint = fingerprint.context("which key?")?;
            if let Some(serial) = serial {
                admin.revoke_serial(&party, &fingerprint, serial).await?;
                out.line(format_args!(
                    "what {fingerprint} signed as {serial} lets nobody of {party} in any more"
                ));
            } else {
                admin.revoke_authority(&party, &fingerprint).await?;
                out.line(format_args!("{fingerprint} vouches for nobody of {party} any more"));
            }
        }
    }
    Ok(Exit::Done)
}

async fn list(party: &str, admin: &Admin, out: Output) -> anyhow::Result<()> {
    let revoked = admin.revoked_certificates(party).await?;
    let all = admin.authorities(party).await?.into_iter().map(|a| View {
        revoked: revoked
            .iter()
            .filter(|one| one.signer == a.fingerprint)
            .map(|one| one.mark.clone())
            .collect(),
        fingerprint: a.fingerprint,
        name: a.name,
        created: when(a.created),
    });
    out.rows(&["FINGERPRINT", "NAME", "CREATED", "REVOKED"], &all.collect::<Vec<_>>(), |a| {
        vec![a.fingerprint.clone(), a.name.clone(), a.created.clone(), a.revoked.join(", ")]
    });
    Ok(())
}

fn read(file: &Path) -> anyhow::Result<String> {
    std::fs::read_to_string(file).with_context(|| format!("{} cannot be read", file.display()))
}
