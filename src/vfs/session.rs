//! Who is asking. Made by `auth` only; every verb takes one.

use super::Vfs;
use crate::catalog::accounts::{self, Subject};
use crate::catalog::{AccountId, CredentialId, NodeId, PartyId};
use crate::dossier::{DossierPath, Error, Language, PartyKind, Result, Scope, tree};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The protocol that a request came in by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// WebDAV.
    Dav,
    /// SFTP.
    Sftp,
    /// The command line.
    #[default]
    Cli,
    /// None: what was asked for earlier is done by itself.
    Itself,
}

impl FromStr for Protocol {
    type Err = ();
    fn from_str(s: &str) -> std::result::Result<Self, ()> {
        [Self::Dav, Self::Sftp, Self::Cli, Self::Itself]
            .into_iter()
            .find(|one| one.to_string() == s)
            .ok_or(())
    }
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dav => "webdav",
            Self::Sftp => "sftp",
            Self::Cli => "cli",
            Self::Itself => "",
        })
    }
}

/// An account that has signed in, from somewhere, with some credential.
#[derive(Clone, Debug)]
pub struct Session {
    /// The account.
    pub account: AccountId,
    /// Its login.
    pub login: String,
    /// The party that it acts for.
    pub party: PartyId,
    /// What that party is.
    pub kind: PartyKind,
    /// The party's language.
    pub language: Language,
    /// What the credential and the account both reach.
    pub scope: Scope,
    /// The credential; `None` is the account's password, or a certificate.
    pub credential: Option<CredentialId>,
    /// By which protocol.
    pub protocol: Protocol,
    /// From which address.
    pub address: IpAddr,
    /// False once the credential was revoked or the account suspended.
    pub alive: Arc<AtomicBool>,
    /// The top of what waits to be delivered by the account, if that was made by then.
    pub(crate) waiting_root: Option<NodeId>,
}

impl Session {
    /// What is done in the name of an account without a credential of its own, as far as the account reaches.
    pub(super) fn in_name_of(account: Subject, protocol: Protocol) -> Self {
        Self {
            account: account.account,
            login: account.login,
            party: account.party,
            kind: account.kind,
            language: account.language,
            scope: account.scope,
            credential: None,
            protocol,
            address: IpAddr::V4(Ipv4Addr::LOCALHOST),
            alive: Arc::new(AtomicBool::new(true)),
            waiting_root: account.waiting_root,
        }
    }

    /// By which protocol and from where, as its own log says it.
    pub(super) fn came_by(&self) -> String {
        match self.protocol {
            Protocol::Itself => String::new(),
            protocol => format!("{protocol} {}", self.address),
        }
    }

    /// # Errors
    /// [`Error::SessionEnded`] once the credential was revoked or the account suspended.
    pub fn check(&self) -> Result<()> {
        if self.alive.load(Ordering::Acquire) { Ok(()) } else { Err(Error::SessionEnded) }
    }

    /// The form in which its paths are compared: all paths to one file have the same, and no two files do.
    #[must_use]
    pub fn identity(&self, path: &DossierPath) -> DossierPath {
        tree::identity(self.viewer(), path)
    }

    /// Whose tree it sees.
    pub(crate) const fn viewer(&self) -> tree::Viewer {
        tree::Viewer { kind: self.kind, language: self.language, scope: self.scope, past: false }
    }
}

impl Vfs {
    /// A session of the operator in an account's name, by the command line.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such account.
    pub async fn operator_session(&self, login: &str) -> Result<Session> {
        let conn = &mut self.0.db.reader().await?;
        accounts::find(conn, login).await?.ok_or(Error::NotFound)?;
        let account = accounts::subject(conn, login, None).await?.ok_or(Error::NotFound)?;
        Ok(Session::in_name_of(account, Protocol::Cli))
    }
}
