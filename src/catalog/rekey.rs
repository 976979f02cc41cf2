//! Keys of names made anew where an older version compared names by another rule. SQL cannot fold: the migration
//! that comes with another rule says that keys are stale, which keeps that older version out as well, and whoever
//! opens the database then makes them.

use super::db::{Conn, Statement, args, statements};
use super::transact::{Db, Transaction};
use crate::dossier::name::Policy;
use crate::dossier::{Error, Result};

/// Some names of a table that are not ASCII, with their keys.
macro_rules! some {
    ($table:literal, $name:literal, $key:literal) => {
        some!($table, $name, $key, "")
    };
    ($table:literal, $name:literal, $key:literal, $of:literal) => {
        concat!(
            "select id, ",
            $name,
            " as name, ",
            $key,
            " as name_key from ",
            $table,
            " where id > $1 and ",
            $of,
            "octet_length(",
            $name,
            ") > length(",
            $name,
            ") order by id limit 1000"
        )
    };
}

macro_rules! renew {
    ($table:literal, $key:literal) => {
        concat!("update ", $table, " set ", $key, " = $2 where id = $1")
    };
}

statements! {
    STALE = "select stale from name_keys";
    RENEWED = "update name_keys set stale = 0";
    // What is held back has an id for its key.
    NAMES = some!("placement", "name", "name_key", "kind <> 'held' and ");
    NAME = renew!("placement", "name_key");
    PLACER_NAMES = some!("placement", "placer_name", "placer_key", "kind <> 'held' and ");
    PLACER_NAME = renew!("placement", "placer_key");
    LISTED_NAMES = some!("delivery", "name", "name_key");
    LISTED_NAME = renew!("delivery", "name_key");
    REFUSED_NAMES = some!("refusal", "name", "name_key");
    REFUSED_NAME = renew!("refusal", "name_key");
    FOLDERS_OF_EMPLOYERS = some!("engagement", "folder", "folder_key");
    FOLDER_OF_EMPLOYER = renew!("engagement", "folder_key");
    FOLDERS_OF_PERSONS = some!("employment", "employer_folder", "employer_key");
    FOLDER_OF_PERSON = renew!("employment", "employer_key");
    FOLDERS_WITH_PERSONS = some!("employment", "person_folder", "person_key");
    FOLDER_WITH_PERSON = renew!("employment", "person_key");
    // The free part of an identity is in the name that its overview was filed under.
    IDENTITIES = "select d.id, p.placer_name as name, d.identity as name_key \
         from delivery d join placement p on p.node = d.node and p.forward is null \
            and p.until_ms = 9223372036854775807 \
         where d.id > $1 and octet_length(p.placer_name) > length(p.placer_name) order by d.id limit 1000";
    IDENTITY = renew!("delivery", "identity");
}

/// What new key a row gets for its name and the key that it has, if it gets one.
type Renewed = fn(&str, &str) -> Option<String>;

const ALL_KEYS: [(Statement, Statement, Renewed); 8] = [
    (NAMES, NAME, key),
    (PLACER_NAMES, PLACER_NAME, key),
    (LISTED_NAMES, LISTED_NAME, key),
    (REFUSED_NAMES, REFUSED_NAME, key),
    (FOLDERS_OF_EMPLOYERS, FOLDER_OF_EMPLOYER, key),
    (FOLDERS_OF_PERSONS, FOLDER_OF_PERSON, key),
    (FOLDERS_WITH_PERSONS, FOLDER_WITH_PERSON, key),
    (IDENTITIES, IDENTITY, identity),
];

/// Of a name that is its own key nothing changes: in `/Back-ups/` every name is.
fn key(name: &str, old: &str) -> Option<String> {
    (old != name).then(|| Policy::Portable.key(name)).filter(|new| new != old)
}

/// An identity ends with the period and the key of the free part, the name in stored form with the period and the
/// free part. Where that was filed under another name, the identity stays as it is.
fn identity(filed: &str, old: &str) -> Option<String> {
    let (head, was) = old.rsplit_once('/')?;
    let (_, period) = head.rsplit_once('/')?;
    let (_, free) = filed.split_once(&format!("{period} "))?;
    // In capitals what was folded to several letters is them.
    let is_of = Policy::Portable.key(&free.to_lowercase().to_uppercase()) == was;
    is_of.then(|| format!("{head}/{}", Policy::Portable.key(free))).filter(|new| new != old)
}

/// Makes every key anew that was made by another rule, in one transaction.
///
/// # Errors
/// What the database says.
pub(super) async fn rekey(db: &Db) -> Result<()> {
    let stale = db.reader().await?.number(STALE, args![]).await? != 0;
    if stale { db.write(Rekey).await } else { Ok(()) }
}

struct Rekey;

impl Transaction for Rekey {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        for (some, renew, renewed) in ALL_KEYS {
            let mut after = 0;
            loop {
                let rows: Vec<(i64, String, String)> = tx.all(some, args![after]).await?;
                let Some((last, ..)) = rows.last() else { break };
                after = *last;
                for (id, name, old) in rows {
                    if let Some(new) = renewed(&name, &old) {
                        change(tx, renew, id, new).await?;
                    }
                }
            }
        }
        tx.run(RENEWED, args![]).await.map(drop)
    }
}

/// Changes a key. Where the rule makes one name of two that are there already, as a later Unicode may, the other has it
/// and this one keeps its own.
async fn change(tx: &mut Conn, renew: Statement, id: i64, new: String) -> Result<()> {
    tx.word("savepoint renewed").await?;
    match tx.run(renew, args![id, new]).await {
        Err(Error::Exists) => tx.word("rollback to renewed").await?,
        done => drop(done?),
    }
    tx.word("release renewed").await
}
