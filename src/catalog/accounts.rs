//! Accounts: who there is to sign in.
//!
//! Knows: the tables `account` and `epoch`, and reads a credential along. Must not know how a proof is
//! checked, nor what a session is: `auth` does. Whatever takes something away from an account raises
//! the epoch in the same transaction.

use super::credentials::CredentialKind;
use super::db::{Conn, args, statements};
use super::ids::{AccountId, CredentialId, NodeId, PartyId};
use super::rows::row;
use super::transact::Transaction;
use crate::dossier::{Error, Language, PartyKind, Result, Scope, login};
use std::fmt;
use std::str::FromStr;

/// Kept out of logs: shows nothing of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden<T>(pub T);

impl<T> fmt::Debug for Hidden<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(hidden)")
    }
}

/// An account with at most one of its credentials: all that is needed to judge whether they may
/// (still) sign in.
#[derive(Clone, Debug)]
pub struct Subject {
    /// The account.
    pub account: AccountId,
    /// As it is written in the roster.
    pub login: String,
    /// The party that it acts for.
    pub party: PartyId,
    /// What that party is.
    pub kind: PartyKind,
    /// That party's language.
    pub language: Language,
    /// It has no password, only keys and app passwords.
    pub machine: bool,
    /// How far the account reaches.
    pub scope: Scope,
    /// The PHC string; `None` before a password was set.
    pub password: Hidden<Option<String>>,
    /// Raised with every password, and when codes begin or end.
    pub generation: i64,
    /// What the secret of its codes is made of; `None` where the password is enough.
    pub totp: Hidden<Option<Vec<u8>>>,
    /// Suspended, or its party erased.
    pub shut: bool,
    /// The top of what waits to be delivered by it, once that is made: then it stays.
    pub waiting_root: Option<NodeId>,
    /// The epoch at which all of this was read.
    pub epoch: i64,
    /// The credential that was asked for, if it is there and was not revoked.
    pub credential: Option<Proof>,
}

/// A credential as far as signing in needs it.
#[derive(Clone, Debug)]
pub struct Proof {
    /// Its id.
    pub id: CredentialId,
    /// Of an app password: the HMAC of its secret.
    pub secret: Hidden<Vec<u8>>,
    /// How far it reaches, within its account.
    pub scope: Scope,
    /// From where it may be used: CIDRs with commas between them; empty is from everywhere.
    pub networks: String,
    /// From when it holds no more, in Unix milliseconds.
    pub expires: Option<i64>,
    /// When it was last used, to the minute.
    pub last_used: Option<i64>,
}

row! {
    struct SubjectRow {
        id: AccountId,
        login: String,
        party: PartyId,
        kind: String,
        language: String,
        machine: i64,
        scope: String,
        password: Option<String>,
        generation: i64,
        totp: Option<Vec<u8>>,
        suspended: Option<i64>,
        erased: Option<i64>,
        waiting_root: Option<NodeId>,
        epoch: i64,
        credential: Option<CredentialId>,
        secret: Option<Vec<u8>>,
        credential_scope: Option<String>,
        networks: Option<String>,
        expires: Option<i64>,
        last_used: Option<i64>,
    }
}

impl TryFrom<SubjectRow> for Subject {
    type Error = Error;

    fn try_from(row: SubjectRow) -> Result<Self> {
        let credential = match (row.credential, row.credential_scope) {
            (Some(id), Some(scope)) => Some(Proof {
                id,
                secret: Hidden(row.secret.unwrap_or_default()),
                scope: read("credential.scope", &scope)?,
                networks: row.networks.unwrap_or_default(),
                expires: row.expires,
                last_used: row.last_used,
            }),
            _ => None,
        };
        Ok(Self {
            account: row.id,
            login: row.login,
            party: row.party,
            kind: read("party.kind", &row.kind)?,
            language: read("party.language", &row.language)?,
            machine: row.machine != 0,
            scope: read("account.scope", &row.scope)?,
            password: Hidden(row.password),
            generation: row.generation,
            totp: Hidden(row.totp),
            shut: row.suspended.is_some() || row.erased.is_some(),
            waiting_root: row.waiting_root,
            epoch: row.epoch,
            credential,
        })
    }
}

/// What a column says. It was checked when it was written, so that a failure is ours.
fn read<T: FromStr>(column: &'static str, text: &str) -> Result<T> {
    text.parse().map_err(|_| {
        tracing::error!(column, "the catalog holds a word that is not known");
        Error::Unavailable
    })
}

row! {
    /// An account as an operator sees it.
    #[derive(Clone, Debug)]
    pub struct Account {
        /// Its id.
        pub id: AccountId,
        /// As it is written in the roster.
        pub login: String,
        /// The kind of its party: `office`, `employer` or `person`.
        pub party_kind: String,
        /// The party's id in the roster.
        pub party_key: String,
        /// The party's name.
        pub party_name: String,
        /// Of a machine: 1, else 0.
        pub machine: i64,
        /// How far it reaches.
        pub scope: String,
        /// The name of who uses it.
        pub name: String,
        /// The address of who uses it.
        pub email: String,
        /// A password was set: 1, else 0.
        pub active: i64,
        /// Its password is followed by a code: 1, else 0.
        pub totp: i64,
        /// Since when it is suspended, in Unix milliseconds.
        pub suspended: Option<i64>,
        /// When it was made, in Unix milliseconds.
        pub created: i64,
    }
}

macro_rules! subject {
    ($credential:literal, $account:literal) => {
        concat!(
            "select a.id, a.login, a.party, p.kind, p.language, a.machine, a.scope, a.password, \
             a.generation, a.totp, a.suspended, p.erased, a.waiting_root, e.value as epoch, c.id as credential, c.secret, \
             c.scope as credential_scope, c.networks, c.expires, c.last_used \
             from account a join party p on p.id = a.party join epoch e on e.id = 1 \
             left join credential c on c.account = a.id and c.revoked is null and ",
            $credential,
            " where ",
            $account
        )
    };
}

macro_rules! account {
    ($rest:literal) => {
        concat!(
            "select a.id, a.login, p.kind as party_kind, p.key as party_key, p.name as party_name, \
             a.machine, a.scope, a.name, a.email, \
             cast(case when a.password is null then 0 else 1 end as bigint) as active, \
             cast(case when a.totp is null then 0 else 1 end as bigint) as totp, \
             a.suspended, a.created from account a join party p on p.id = a.party ",
            $rest
        )
    };
}

statements! {
    EPOCH = "select value from epoch where id = 1";
    RAISE_EPOCH = "update epoch set value = value + 1 where id = 1";
    SIGN_IN = subject!("c.kind = $2 and c.selector = $3", "a.login_key = $1");
    AGAIN = subject!("c.id = $2", "a.id = $1");
    ALL_ACCOUNTS = account!("where p.erased is null order by a.login_key");
    BY_LOGIN = account!("where a.login_key = $1 and p.erased is null");
    SET_PASSWORD = "update account set password = $2, generation = generation + 1 \
                    where id = $1 and machine = 0";
    SUSPEND = "update account set suspended = $2 where id = $1 and suspended is null";
    RESUME = "update account set suspended = null where id = $1 and suspended is not null";
}

/// How often something was taken away from an account.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn epoch(conn: &mut Conn) -> Result<i64> {
    conn.number(EPOCH, Vec::new()).await
}

/// Makes every node look again at its open sessions, within five seconds.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn raise_epoch(tx: &mut Conn) -> Result<()> {
    tx.run(RAISE_EPOCH, Vec::new()).await.map(|_| ())
}

/// The account of a login, with the live credential that has this selector.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn subject(
    conn: &mut Conn,
    login: &str,
    credential: Option<(CredentialKind, &str)>,
) -> Result<Option<Subject>> {
    let (kind, selector) = credential.map_or(("", ""), |(kind, text)| (kind.as_str(), text));
    let row = conn.one(SIGN_IN, args![login::key(login), kind, selector]).await?;
    row.map(|row: SubjectRow| row.try_into()).transpose()
}

/// The same account and credential once more, as they are now.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn again(
    conn: &mut Conn,
    account: AccountId,
    credential: Option<CredentialId>,
) -> Result<Option<Subject>> {
    let row = conn.one(AGAIN, args![account, credential]).await?;
    row.map(|row: SubjectRow| row.try_into()).transpose()
}

/// Every account, by login.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(conn: &mut Conn) -> Result<Vec<Account>> {
    conn.all(ALL_ACCOUNTS, Vec::new()).await
}

/// The account of a login.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(conn: &mut Conn, login: &str) -> Result<Option<Account>> {
    conn.one(BY_LOGIN, args![login::key(login)]).await
}

/// Gives an account a new password, which ends what the old one opened.
#[derive(Clone, Debug)]
pub struct SetPassword {
    /// The account.
    pub account: AccountId,
    /// The new password as a PHC string.
    pub phc: Hidden<String>,
}

impl Transaction for SetPassword {
    type Output = ();

    /// [`Error::Denied`] for a machine's account.
    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if tx.run(SET_PASSWORD, args![self.account, &self.phc.0]).await? == 0 {
            return Err(Error::Denied);
        }
        raise_epoch(tx).await
    }
}

/// Suspends an account, or takes that back. Says whether that changed anything.
#[derive(Clone, Copy, Debug)]
pub struct Suspend {
    /// The account.
    pub account: AccountId,
    /// Now, in Unix milliseconds; `None` to take it back.
    pub at: Option<i64>,
}

impl Transaction for Suspend {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let changed = match self.at {
            Some(at) => tx.run(SUSPEND, args![self.account, at]).await?,
            None => tx.run(RESUME, args![self.account]).await?,
        };
        raise_epoch(tx).await?;
        Ok(changed > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_hidden_stays_out_of_debug() {
        assert_eq!(format!("{:?}", Hidden("secret")), "(hidden)");
    }
}
