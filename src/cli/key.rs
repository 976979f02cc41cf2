//! `key`: the SSH keys of an account.

use super::account::when;
use super::{Exit, Output};
use crate::auth::Admin;
use crate::dossier::{Scope, day};
use anyhow::Context;
use serde::Serialize;
use std::path::PathBuf;

/// What to do with SSH keys.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum KeyCommand {
    /// Let a key in
    Add {
        /// The account
        login: String,
        /// The .pub file
        #[arg(long, value_name = "FILE")]
        public_key: PathBuf,
        /// full, read, deliver or backup; without it full, or of a machine what its roster says
        #[arg(long, value_parser = scope)]
        scope: Option<Scope>,
        /// Only from this network, like 192.0.2.0/24; may be repeated
        #[arg(long, value_name = "CIDR")]
        from: Vec<String>,
        /// The last day that it holds, like 2026-12-31
        #[arg(long, value_name = "DATE", value_parser = last_day)]
        expires: Option<i64>,
    },
    /// The keys of an account
    List {
        /// The account
        login: String,
    },
    /// Take a key away; its sessions end
    Revoke {
        /// The account
        login: String,
        /// As `key list` shows it
        fingerprint: String,
    },
}

/// A scope of the command line.
pub(super) fn scope(text: &str) -> Result<Scope, String> {
    text.parse().map_err(|word| {
        format!("{word:?} is no scope: give full, read, deliver or backup, or deliver,backup")
    })
}

/// The scope of a credential in a listing; the account of one may reach nothing of it any more.
pub(super) fn reaches(scope: &str) -> String {
    if scope.is_empty() { "-".to_owned() } else { scope.to_owned() }
}

/// The instant at which a day is over, in Europe/Amsterdam.
fn last_day(text: &str) -> Result<i64, String> {
    let date = day::exact_date(text).ok_or("give a date like 2026-12-31")?;
    Ok(day::end(date))
}

/// A key as `--json` shows it.
#[derive(Serialize)]
struct View {
    fingerprint: String,
    name: String,
    scope: String,
    from: Vec<String>,
    expires: Option<String>,
    created: String,
    last_used: Option<String>,
}

/// Does it.
pub(crate) async fn run(command: KeyCommand, admin: &Admin, out: Output) -> anyhow::Result<Exit> {
    match command {
        KeyCommand::Add { login, public_key, scope, from, expires } => {
            let text = std::fs::read_to_string(&public_key)
                .with_context(|| format!("{} cannot be read", public_key.display()))?;
            let added = admin.add_key(&login, &text, scope, &from, expires).await;
            let fingerprint = added.with_context(|| public_key.display().to_string())?;
            out.value(
                &serde_json::json!({ "fingerprint": fingerprint }),
                format_args!("{login} may sign in with the key {fingerprint}"),
            );
        }
        KeyCommand::List { login } => list(&login, admin, out).await?,
        KeyCommand::Revoke { login, fingerprint } => {
            admin.revoke_key(&login, &fingerprint).await?;
            out.line(format_args!("{fingerprint} lets nobody in as {login} any more"));
        }
    }
    Ok(Exit::Done)
}

async fn list(login: &str, admin: &Admin, out: Output) -> anyhow::Result<()> {
    let keys = admin.keys(login).await?.into_iter().map(|k| View {
        fingerprint: k.selector,
        name: k.name,
        scope: k.scope,
        from: k.networks.split(',').filter(|n| !n.is_empty()).map(str::to_owned).collect(),
        // Shown as it was given: the last day that it holds.
        expires: k.expires.map(|at| day::date(at - 1).to_string()),
        created: when(k.created),
        last_used: k.last_used.map(when),
    });
    let head = ["FINGERPRINT", "NAME", "SCOPE", "FROM", "EXPIRES", "LAST USED"];
    out.rows(&head, &keys.collect::<Vec<_>>(), |k| {
        let or_none = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
        let from = if k.from.is_empty() { "anywhere".to_owned() } else { k.from.join(",") };
        let (expires, used) = (or_none(&k.expires), or_none(&k.last_used));
        vec![k.fingerprint.clone(), k.name.clone(), reaches(&k.scope), from, expires, used]
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[test]
    fn a_key_holds_until_the_end_of_its_last_day_in_amsterdam() {
        assert_eq!(when(last_day("2026-12-31").unwrap()), "2026-12-31T23:00:00Z");
        assert!(last_day("31-12-2026").is_err() && last_day("2026-13-01").is_err());
    }

    #[derive(clap::Parser)]
    struct Line {
        #[command(subcommand)]
        command: KeyCommand,
    }

    #[test]
    fn a_key_is_added_with_the_words_of_the_contract() {
        let line = "key add loon --public-key loon.pub --scope backup --from 192.0.2.0/24 \
                    --from 2001:db8::/32 --expires 2026-12-31";
        let parsed = Line::try_parse_from(line.split_whitespace()).unwrap();
        let KeyCommand::Add { login, scope, from, expires, .. } = parsed.command else {
            panic!("not an addition")
        };
        assert_eq!((login.as_str(), scope, from.len()), ("loon", Some(Scope::BACKUP), 2));
        assert!(expires.is_some());
        let plain = Line::try_parse_from(["key", "add", "loon", "--public-key", "loon.pub"]);
        assert!(matches!(plain.unwrap().command, KeyCommand::Add { scope: None, .. }));
    }

    #[test]
    fn an_unknown_scope_is_told_which_there_are() {
        assert_eq!(scope("deliver,backup").unwrap(), Scope::DELIVER.and(Scope::BACKUP));
        assert!(scope("all").unwrap_err().contains("full, read"));
    }
}
