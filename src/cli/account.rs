//! `account`: who may sign in.

use super::{Exit, Output, secret};
use crate::auth::{Account, Admin};
use clap::ValueEnum;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;

/// What to do with accounts.
#[derive(Debug, clap::Subcommand)]
pub(crate) enum AccountCommand {
    /// Every account
    List,
    /// One account
    Show {
        /// The account
        login: String,
    },
    /// Set a password, without echo on a terminal, else from one line of standard input
    SetPassword {
        /// The account
        login: String,
    },
    /// One-time codes (TOTP) that must follow the password, or no longer
    Totp {
        /// The account
        login: String,
        /// on shows the secret for an authenticator app, this once
        state: Switch,
    },
    /// Let an account in no more; its files stay
    Suspend {
        /// The account
        login: String,
    },
    /// Let a suspended account in again
    Resume {
        /// The account
        login: String,
    },
}

/// Whether something is to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Switch {
    /// It is.
    On,
    /// It is not.
    Off,
}

/// An account as `--json` shows it.
#[derive(Serialize)]
struct View {
    login: String,
    party: String,
    kind: String,
    party_name: String,
    machine: bool,
    scope: String,
    name: String,
    email: String,
    active: bool,
    totp: bool,
    suspended: Option<String>,
    created: String,
}

impl View {
    fn state(&self) -> &'static str {
        match self {
            Self { suspended: Some(_), .. } => "suspended",
            Self { machine: true, .. } => "machine",
            Self { active: true, .. } => "active",
            Self { .. } => "no password",
        }
    }
}

impl From<Account> for View {
    fn from(account: Account) -> Self {
        Self {
            login: account.login,
            party: account.party_key,
            kind: account.party_kind,
            party_name: account.party_name,
            machine: account.machine != 0,
            scope: account.scope,
            name: account.name,
            email: account.email,
            active: account.active != 0,
            totp: account.totp != 0,
            suspended: account.suspended.map(when),
            created: when(account.created),
        }
    }
}

/// Does it. `host` is where the dossier is found, which an app shows beside the codes.
pub(crate) async fn run(
    command: AccountCommand,
    admin: &Admin,
    host: &str,
    out: Output,
) -> anyhow::Result<Exit> {
    match command {
        AccountCommand::List => {
            let all: Vec<View> = admin.list().await?.into_iter().map(View::from).collect();
            out.rows(&["LOGIN", "KIND", "PARTY", "NAME", "SCOPE", "STATE"], &all, |a| {
                let state = a.state().to_owned();
                vec![
                    a.login.clone(),
                    a.kind.clone(),
                    a.party.clone(),
                    a.name.clone(),
                    a.scope.clone(),
                    state,
                ]
            });
        }
        AccountCommand::Show { login } => show(&admin.show(&login).await?.into(), out),
        AccountCommand::SetPassword { login } => {
            admin.show(&login).await?;
            admin.set_password(&login, &secret::new("password", &login)?).await?;
            out.line(format_args!("{login} has a new password; what the old one opened ends"));
        }
        AccountCommand::Totp { login, state: Switch::On } => {
            let secret = admin.begin_totp(&login).await?.0;
            let uri = key_uri(host, &login, &secret);
            out.value(
                &serde_json::json!({ "login": login, "secret": *secret, "uri": uri }),
                format_args!(
                    "{}\n{uri}\nfor {login}, whose password is followed by a code from now on; it is \
                     not shown again",
                    *secret
                ),
            );
        }
        AccountCommand::Totp { login, state: Switch::Off } => {
            let had = admin.end_totp(&login).await?;
            let was = if had { "has no one-time codes any more" } else { "had no one-time codes" };
            out.line(format_args!("{login} {was}"));
        }
        AccountCommand::Suspend { login } => {
            let changed = admin.suspend(&login).await?;
            let was = if changed { "is suspended" } else { "was suspended already" };
            out.line(format_args!("{login} {was}"));
        }
        AccountCommand::Resume { login } => {
            let changed = admin.resume(&login).await?;
            let was = if changed { "may sign in again" } else { "was not suspended" };
            out.line(format_args!("{login} {was}"));
        }
    }
    Ok(Exit::Done)
}

fn show(account: &View, out: Output) {
    let lines = [
        ("login", account.login.as_str()),
        ("party", &account.party),
        ("kind", &account.kind),
        ("party name", &account.party_name),
        ("scope", &account.scope),
        ("name", &account.name),
        ("e-mail", &account.email),
        ("state", account.state()),
        ("codes", if account.totp { "on" } else { "off" }),
        ("suspended", account.suspended.as_deref().unwrap_or("-")),
        ("created", &account.created),
    ];
    let text: Vec<String> =
        lines.iter().map(|(name, value)| format!("{name:<10}  {value}")).collect();
    out.value(account, text.join("\n"));
}

/// What an authenticator app reads (the "Key Uri Format" of Google Authenticator).
fn key_uri(host: &str, login: &str, secret: &str) -> String {
    const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_');
    let [host, login] = [host, login].map(|text| utf8_percent_encode(text, PLAIN).to_string());
    format!("otpauth://totp/{host}:{login}?secret={secret}&issuer={host}")
}

/// An instant as lists show it, in UTC.
pub(super) fn when(ms: i64) -> String {
    let at = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_reads_whose_codes_they_are() {
        assert_eq!(
            key_uri("dossier.example.nl", "a.devries+1@example.nl", "GEZDGNBV"),
            "otpauth://totp/dossier.example.nl:a.devries%2B1%40example.nl?secret=GEZDGNBV\
             &issuer=dossier.example.nl"
        );
    }

    #[test]
    fn times_are_shown_in_utc() {
        assert_eq!(when(1_795_493_507_123), "2026-11-24T04:11:47Z");
    }
}
