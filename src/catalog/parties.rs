//! Parties, their roots, their administrations, and the accounts that a roster makes.

use super::db::{Conn, args, statements};
use super::rows::row;
use super::{KeyId, NodeId, PartyId, ties};
use crate::dossier::roster::{KnownAccount, KnownParty, Owner, State};
use crate::dossier::{Error, Language, PartyKind, Result, Scope, login};
use std::str::FromStr;

statements! {
    PARTIES = "select id, kind, key, name, language, erased from party order by id";
    ADMINISTRATIONS = "select a.lhn, p.key from administration a join party p on p.id = a.employer \
        order by a.lhn";
    ACCOUNTS = "select a.id, p.kind, p.key, a.login, a.login_key, a.machine, a.scope, a.name, a.email, \
        case when a.password is null then cast(0 as bigint) else cast(1 as bigint) end as activated, \
        a.suspended from account a join party p on p.id = a.party order by a.id";
    INSERT_ROOT = "insert into node (public_id, folder, mtime, created) values ($1, 1, $2, $2) \
        returning id";
    INSERT_PARTY = "insert into party (key, kind, name, language, age_key, own_root, backups_root, \
        overviews_root, sets_root, created) values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) returning id";
    RENAME_PARTY = "update party set name = $2 where id = $1";
    INSERT_ADMINISTRATION = "insert into administration (lhn, employer) values ($1, $2)";
    INSERT_ACCOUNT = "insert into account (party, login, login_key, machine, scope, name, email, created) \
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    OTHER_ADDRESS = "select a.party, p.language from account a join party p on p.id = a.party \
        where a.id = $1 and a.email <> $2";
    CHANGE_ACCOUNT = "update account set scope = $2, name = $3, email = $4 where id = $1";
}

row! {
    struct PartyRow {
        id: i64,
        kind: String,
        key: String,
        name: String,
        language: String,
        erased: Option<i64>,
    }
}

row! {
    /// Whose account it is.
    struct Holder {
        party: PartyId,
        language: String,
    }
}

row! {
    struct AccountRow {
        id: i64,
        kind: String,
        key: String,
        login: String,
        login_key: String,
        machine: i64,
        scope: String,
        name: String,
        email: String,
        activated: i64,
        suspended: Option<i64>,
    }
}

fn owner(kind: &str, key: String) -> Result<Owner> {
    let kind = PartyKind::from_str(kind).map_err(|()| {
        tracing::error!(kind, "the catalog holds an unknown kind of party");
        Error::Unavailable
    })?;
    Ok(Owner { kind, key })
}

/// Everything that a roster is compared with.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn roster_state(conn: &mut Conn) -> Result<State> {
    let mut state = State::default();
    for row in conn.all::<PartyRow>(PARTIES, args![]).await? {
        let PartyRow { id, kind, key, name, language, erased } = row;
        let (party, erased) = (owner(&kind, key)?, erased.is_some());
        state.parties.push(KnownParty { id, party, name, language, erased });
    }
    state.administrations = conn.all(ADMINISTRATIONS, args![]).await?;
    for row in conn.all::<AccountRow>(ACCOUNTS, args![]).await? {
        state.accounts.push(KnownAccount {
            id: row.id,
            party: owner(&row.kind, row.key)?,
            login: row.login,
            login_key: row.login_key,
            machine: row.machine != 0,
            scope: row.scope,
            name: row.name,
            email: row.email,
            activated: row.activated != 0,
            suspended: row.suspended.is_some(),
        });
    }
    state.engagements = ties::engagements(conn).await?;
    state.employments = ties::employments(conn).await?;
    Ok(state)
}

/// Makes the top of an area: a folder without placement.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn insert_root(tx: &mut Conn, public_id: &str, now: i64) -> Result<NodeId> {
    tx.number(INSERT_ROOT, args![public_id, now]).await.map(NodeId)
}

/// A new party.
#[derive(Debug)]
pub struct NewParty<'a> {
    /// Which one.
    pub party: &'a Owner,
    /// Its name.
    pub name: &'a str,
    /// Its language.
    pub language: Language,
    /// Its key.
    pub key: KeyId,
    /// Own files, backups, overviews and sets: as many as its kind has, in this order.
    pub roots: [Option<NodeId>; 4],
}

/// Adds a party.
///
/// # Errors
/// [`Error::Exists`], [`Error::Unavailable`].
pub async fn insert_party(tx: &mut Conn, new: NewParty<'_>, now: i64) -> Result<PartyId> {
    let NewParty { party, name, language, key, roots: [own, backups, overviews, sets] } = new;
    let (id, kind, language) = (&party.key, party.kind.as_str(), language.as_str());
    let values = args![id, kind, name, language, key, own, backups, overviews, sets, now];
    tx.number(INSERT_PARTY, values).await.map(PartyId)
}

/// Gives a party another name.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn rename_party(tx: &mut Conn, party: PartyId, name: &str) -> Result<()> {
    tx.run(RENAME_PARTY, args![party, name]).await.map(drop)
}

/// Ties an administration to an employer, for ever.
///
/// # Errors
/// [`Error::Exists`], [`Error::Unavailable`].
pub async fn insert_administration(tx: &mut Conn, lhn: &str, employer: PartyId) -> Result<()> {
    tx.run(INSERT_ADMINISTRATION, args![lhn, employer]).await.map(drop)
}

/// A new account.
#[derive(Debug)]
pub struct NewAccount<'a> {
    /// For whom it acts.
    pub party: PartyId,
    /// The login.
    pub login: &'a str,
    /// Keys and app passwords only.
    pub machine: bool,
    /// How far it reaches.
    pub scope: Scope,
    /// Whose it is.
    pub name: &'a str,
    /// The e-mail address, or nothing.
    pub email: &'a str,
}

/// Adds an account, without any way to sign in yet.
///
/// # Errors
/// [`Error::Exists`], [`Error::Unavailable`].
pub async fn insert_account(tx: &mut Conn, new: NewAccount<'_>, now: i64) -> Result<()> {
    let NewAccount { party, login, machine, scope, name, email } = new;
    let (key, scope) = (login::key(login), scope.to_string());
    let values = args![party, login, key, machine, scope, name, email, now];
    tx.run(INSERT_ACCOUNT, values).await.map(drop)
}

/// Changes what a roster may change of an account. Gives whose it is, with its language, when its e-mail address is
/// another than it was.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn change_account(
    tx: &mut Conn,
    account: i64,
    scope: Scope,
    name: &str,
    email: &str,
) -> Result<Option<(PartyId, Language)>> {
    let holder: Option<Holder> = tx.one(OTHER_ADDRESS, args![account, email]).await?;
    tx.run(CHANGE_ACCOUNT, args![account, scope.to_string(), name, email]).await?;
    Ok(holder.map(|holder| (holder.party, holder.language.parse().unwrap_or_default())))
}
