//! `app-password`: a password per device.

use super::account::when;
use super::key::{reaches, scope};
use super::{Exit, Output};
use crate::auth::Admin;
use crate::dossier::Scope;
use serde::Serialize;

/// What to do with app passwords.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AppPasswordCommand {
    /// Make one, and show it this once
    Add {
        /// The account
        login: String,
        /// The device that it is for
        #[arg(long, value_name = "DEVICE")]
        name: String,
        /// full, read, deliver or backup; without it full, or of a machine what its roster says
        #[arg(long, value_parser = scope)]
        scope: Option<Scope>,
    },
    /// The app passwords of an account
    List {
        /// The account
        login: String,
    },
    /// Take one away; its sessions end
    Revoke {
        /// The account
        login: String,
        /// The device, or the id that `app-password list` shows
        #[arg(value_name = "NAME_OR_ID")]
        which: String,
    },
}

/// An app password as `--json` shows it.
#[derive(Serialize)]
struct View {
    id: String,
    name: String,
    scope: String,
    created: String,
    last_used: Option<String>,
}

/// Does it.
pub(crate) async fn run(
    command: AppPasswordCommand,
    admin: &Admin,
    out: Output,
) -> anyhow::Result<Exit> {
    match command {
        AppPasswordCommand::Add { login, name, scope } => {
            let made = admin.add_app_password(&login, &name, scope).await?;
            let secret = made.secret.0;
            let json = serde_json::json!({ "id": made.id, "name": name, "secret": secret });
            out.value(
                &json,
                format_args!("{secret}\nfor {login} on {name}; it is not shown again"),
            );
        }
        AppPasswordCommand::List { login } => {
            let all = admin.app_passwords(&login).await?.into_iter().map(|c| View {
                id: c.selector,
                name: c.name,
                scope: c.scope,
                created: when(c.created),
                last_used: c.last_used.map(when),
            });
            let head = ["ID", "NAME", "SCOPE", "CREATED", "LAST USED"];
            out.rows(&head, &all.collect::<Vec<_>>(), |c| {
                let used = c.last_used.clone().unwrap_or_else(|| "-".to_owned());
                vec![c.id.clone(), c.name.clone(), reaches(&c.scope), c.created.clone(), used]
            });
        }
        AppPasswordCommand::Revoke { login, which } => {
            admin.revoke_app_password(&login, &which).await?;
            out.line(format_args!("{which} lets nobody in as {login} any more"));
        }
    }
    Ok(Exit::Done)
}
