//! What `loondossier doctor` asks of the facts.

use super::db::{Conn, statements};
use crate::dossier::Result;

statements! {
    MASTERS = "select master, sealed from age_key where id in \
               (select min(id) from age_key where destroyed is null group by master) \
               order by master";
    LAST_EVENT = "select max(at) as at from event";
}

/// A key as it is sealed under a master key.
#[derive(Debug, sqlx::FromRow)]
pub struct Sealed {
    /// The id of the master key.
    pub master: String,
    /// What it seals.
    pub sealed: Vec<u8>,
}

/// One sealed key of every master key that is still needed.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn masters(conn: &mut Conn) -> Result<Vec<Sealed>> {
    conn.all(MASTERS, Vec::new()).await
}

/// When something last happened, in Unix milliseconds.
///
/// # Errors
/// [`crate::dossier::Error::Unavailable`].
pub async fn last_event(conn: &mut Conn) -> Result<Option<i64>> {
    let row: Option<(Option<i64>,)> = conn.one(LAST_EVENT, Vec::new()).await?;
    Ok(row.and_then(|(at,)| at))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Db;

    #[tokio::test]
    async fn an_empty_dossier_needs_no_key_and_has_no_past() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::sqlite(&folder.path().join("db")).await.unwrap();
        let mut conn = db.reader().await.unwrap();
        assert!(masters(&mut conn).await.unwrap().is_empty());
        assert_eq!(last_event(&mut conn).await.unwrap(), None);
        for statement in ALL {
            db.prepare(*statement).await.unwrap();
        }
    }
}
