//! Credentials: SSH keys and app passwords.
//!
//! Knows: the table `credential`. Must not know what makes a key good or how a secret is compared:
//! `auth` does.

use super::accounts::{Hidden, raise_epoch};
use super::db::{Conn, Value, args, statements};
use super::ids::{AccountId, CredentialId};
use super::rows::row;
use super::transact::Transaction;
use crate::dossier::{Error, Result, Scope};

/// What kind of proof a credential is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    /// A password of one device, made by the program.
    AppPassword,
    /// An SSH public key.
    Key,
}

impl CredentialKind {
    /// The word in the catalog.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AppPassword => "app-password",
            Self::Key => "key",
        }
    }
}

row! {
    /// A credential that was not revoked, as an operator sees it: never its secret.
    #[derive(Clone, Debug)]
    pub struct Credential {
        /// Its id.
        pub id: CredentialId,
        /// The device, or the comment of a key.
        pub name: String,
        /// The fingerprint of a key, the id of an app password.
        pub selector: String,
        /// How far it reaches, within its account.
        pub scope: String,
        /// From where it may be used: CIDRs with commas between them; empty is from everywhere.
        pub networks: String,
        /// From when it holds no more, in Unix milliseconds.
        pub expires: Option<i64>,
        /// When it was made, in Unix milliseconds.
        pub created: i64,
        /// When it was last used, to the minute, in Unix milliseconds.
        pub last_used: Option<i64>,
    }
}

statements! {
    LIVE = "select id, name, selector, scope, networks, expires, created, last_used \
            from credential where account = $1 and kind = $2 and revoked is null order by id";
    TAKEN = "select count(*) from credential where account = $1 and kind = $2 and revoked is null \
             and (selector = $3 or (name = $4 and kind = 'app-password'))";
    NEED_PEPPER = "select (select count(*) from account where password is not null) \
        + (select count(*) from credential where kind = 'app-password' and revoked is null)";
    INSERT = "insert into credential (account, kind, name, selector, secret, public_key, scope, \
              networks, expires, created) \
              values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id";
    REVOKE = "update credential set revoked = $3 where id = $2 and account = $1 and revoked is null";
    TOUCH = "update credential set last_used = $2 where id = $1 \
             and (last_used is null or last_used < $2)";
}

/// The credentials of an account that were not revoked, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn live(
    conn: &mut Conn,
    account: AccountId,
    kind: CredentialKind,
) -> Result<Vec<Credential>> {
    conn.all(LIVE, args![account, kind.as_str()]).await
}

/// Whether anybody has a password or an app password, which are worth nothing without the program's pepper.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn need_pepper(conn: &mut Conn) -> Result<bool> {
    Ok(conn.number(NEED_PEPPER, args![]).await? > 0)
}

/// Gives an account a credential.
#[derive(Clone, Debug)]
pub struct AddCredential {
    /// The account.
    pub account: AccountId,
    /// What it is.
    pub kind: CredentialKind,
    /// The device, or the comment of a key.
    pub name: String,
    /// The fingerprint of a key, the id of an app password.
    pub selector: String,
    /// Of an app password: the HMAC of its secret.
    pub secret: Hidden<Option<Vec<u8>>>,
    /// Of a key: its OpenSSH text without a comment.
    pub public_key: Option<String>,
    /// How far it reaches, within its account.
    pub scope: Scope,
    /// From where it may be used: CIDRs with commas between them; empty is from everywhere.
    pub networks: String,
    /// From when it holds no more, in Unix milliseconds.
    pub expires: Option<i64>,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for AddCredential {
    type Output = CredentialId;

    /// [`Error::Exists`] when the account has this key, or an app password of that name.
    async fn run(&self, tx: &mut Conn) -> Result<CredentialId> {
        let kind = self.kind.as_str();
        let taken = args![self.account, kind, &self.selector, &self.name];
        if tx.number(TAKEN, taken).await? > 0 {
            return Err(Error::Exists);
        }
        let id = tx.number(INSERT, self.values()).await?;
        raise_epoch(tx).await?;
        Ok(CredentialId(id))
    }
}

impl AddCredential {
    fn values(&self) -> Vec<Value> {
        args![
            self.account,
            self.kind.as_str(),
            &self.name,
            &self.selector,
            self.secret.0.clone(),
            self.public_key.clone(),
            self.scope.to_string(),
            &self.networks,
            self.expires,
            self.at,
        ]
    }
}

/// Takes a credential away, for good.
#[derive(Clone, Copy, Debug)]
pub struct Revoke {
    /// The account that has it.
    pub account: AccountId,
    /// The credential.
    pub credential: CredentialId,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for Revoke {
    type Output = ();

    /// [`Error::NotFound`] when the account has it no more.
    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if tx.run(REVOKE, args![self.account, self.credential, self.at]).await? == 0 {
            return Err(Error::NotFound);
        }
        raise_epoch(tx).await
    }
}

/// Notes that a credential was used. Takes nothing away, so that the epoch stays.
#[derive(Clone, Copy, Debug)]
pub struct Touch {
    /// The credential.
    pub credential: CredentialId,
    /// When, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for Touch {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        tx.run(TOUCH, args![self.credential, self.at]).await.map(|_| ())
    }
}
