//! The keys that sign a party's SSH certificates.
//!
//! Knows: the table `authority`. Must not know what makes a certificate good: `auth` does.

use super::accounts::raise_epoch;
use super::db::{Conn, args, statements};
use super::ids::{AccountId, AuthorityId, PartyId};
use super::rows::row;
use super::transact::Transaction;
use crate::dossier::{Error, Result};

row! {
    /// An authority that was not revoked.
    #[derive(Clone, Debug)]
    pub struct Authority {
        /// Its id.
        pub id: AuthorityId,
        /// Of its key: `SHA256:` and base64.
        pub fingerprint: String,
        /// The comment of its key.
        pub name: String,
        /// Since when it is trusted, in Unix milliseconds.
        pub created: i64,
    }
}

statements! {
    LIVE = "select id, fingerprint, name, created from authority \
            where party = $1 and revoked is null order by id";
    BY_KEY = "select id, fingerprint, name, created from authority \
              where party = $1 and fingerprint = $2 and revoked is null";
    VOUCHES = "select count(*) from authority u join account a on a.party = u.party \
               where u.id = $1 and a.id = $2 and u.revoked is null";
    ANY = "select count(*) from (select id from authority where revoked is null limit 1) one";
    INSERT = "insert into authority (party, fingerprint, public_key, name, created) \
              values ($1, $2, $3, $4, $5)";
    REVOKE = "update authority set revoked = $3 where id = $2 and party = $1 and revoked is null";
}

/// The authorities of a party that were not revoked, oldest first.
///
/// # Errors
/// [`Error::Unavailable`], also for all below.
pub async fn live(conn: &mut Conn, party: PartyId) -> Result<Vec<Authority>> {
    conn.all(LIVE, args![party]).await
}

/// The authority of a party that has this key.
///
/// # Errors
/// As [`live`].
pub async fn by_key(
    conn: &mut Conn,
    party: PartyId,
    fingerprint: &str,
) -> Result<Option<Authority>> {
    conn.one(BY_KEY, args![party, fingerprint]).await
}

/// Whether an authority still vouches for an account.
///
/// # Errors
/// As [`live`].
pub async fn vouches(conn: &mut Conn, authority: AuthorityId, account: AccountId) -> Result<bool> {
    Ok(conn.number(VOUCHES, args![authority, account]).await? > 0)
}

/// Whether there is any at all.
///
/// # Errors
/// As [`live`].
pub async fn any(conn: &mut Conn) -> Result<bool> {
    Ok(conn.number(ANY, Vec::new()).await? > 0)
}

/// Trusts a key to sign a party's certificates.
#[derive(Clone, Debug)]
pub struct AddAuthority {
    /// The party.
    pub party: PartyId,
    /// Of the key: `SHA256:` and base64.
    pub fingerprint: String,
    /// The key's OpenSSH text without a comment.
    pub public_key: String,
    /// The comment.
    pub name: String,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for AddAuthority {
    type Output = ();

    /// [`Error::Exists`] when the party trusts it already.
    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if by_key(tx, self.party, &self.fingerprint).await?.is_some() {
            return Err(Error::Exists);
        }
        let Self { party, fingerprint, public_key, name, at } = self;
        tx.run(INSERT, args![*party, fingerprint, public_key, name, *at]).await.map(|_| ())
    }
}

/// Trusts a key no more: what its certificates opened ends.
#[derive(Clone, Copy, Debug)]
pub struct RevokeAuthority {
    /// The party.
    pub party: PartyId,
    /// The authority.
    pub authority: AuthorityId,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for RevokeAuthority {
    type Output = ();

    /// [`Error::NotFound`] when the party trusts it no more.
    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if tx.run(REVOKE, args![self.party, self.authority, self.at]).await? == 0 {
            return Err(Error::NotFound);
        }
        raise_epoch(tx).await
    }
}
