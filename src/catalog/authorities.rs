//! The keys that sign a party's SSH certificates, and which of what they signed is worth nothing.
//!
//! Knows: the tables `authority` and `revoked_certificate`. Must not know what makes a certificate good: `auth` does.

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

row! {
    /// A certificate that was revoked.
    #[derive(Clone, Debug)]
    pub struct Revoked {
        /// The fingerprint of the key that signed it.
        pub signer: String,
        /// By what it is told.
        pub mark: String,
    }
}

statements! {
    LIVE = "select id, fingerprint, name, created from authority \
            where party = $1 and revoked is null order by id";
    BY_KEY = "select id, fingerprint, name, created from authority \
              where party = $1 and fingerprint = $2 and revoked is null";
    VOUCHES = "select count(*) from authority u join account a on a.party = u.party \
               where u.id = $1 and a.id = $2 and u.revoked is null and not exists \
               (select 1 from revoked_certificate r where r.party = u.party \
                and r.signer = u.fingerprint and r.mark in ($3, $4))";
    REVOKED = "select signer, mark from revoked_certificate where party = $1 order by revoked, mark";
    ANY = "select count(*) from (select id from authority where revoked is null limit 1) one";
    INSERT = "insert into authority (party, fingerprint, public_key, name, created) \
              values ($1, $2, $3, $4, $5)";
    REVOKE = "update authority set revoked = $3 where id = $2 and party = $1 and revoked is null";
    REVOKE_ONE = "insert into revoked_certificate (party, signer, mark, revoked) \
                  values ($1, $2, $3, $4) on conflict (party, signer, mark) do nothing";
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

/// Whether an authority still vouches for an account by a certificate that is told by these marks.
///
/// # Errors
/// As [`live`].
pub async fn vouches(
    conn: &mut Conn,
    authority: AuthorityId,
    account: AccountId,
    marks: &[String; 2],
) -> Result<bool> {
    let [one, other] = marks;
    Ok(conn.number(VOUCHES, args![authority, account, one, other]).await? > 0)
}

/// The certificates of a party that were revoked, the first one first.
///
/// # Errors
/// As [`live`].
pub async fn revoked(conn: &mut Conn, party: PartyId) -> Result<Vec<Revoked>> {
    conn.all(REVOKED, args![party]).await
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

/// A certificate is worth nothing any more, for a party: what it opened ends.
#[derive(Clone, Debug)]
pub struct RevokeCertificate {
    /// The party.
    pub party: PartyId,
    /// The fingerprint of the key that signed it.
    pub signer: String,
    /// By what it is told.
    pub mark: String,
    /// Now, in Unix milliseconds.
    pub at: i64,
}

impl Transaction for RevokeCertificate {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Self { party, signer, mark, at } = self;
        tx.run(REVOKE_ONE, args![*party, signer, mark, *at]).await?;
        raise_epoch(tx).await
    }
}
