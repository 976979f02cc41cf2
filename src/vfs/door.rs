//! What every verb needs: the catalog, the contents, the keys, the time.

use super::quota::{Held, Quota};
use super::{Digests, Protocol, Session};
use crate::blobs::{Blobs, Identity, Keyring};
use crate::catalog::intake::Batch;
use crate::catalog::keys;
use crate::catalog::relations::{self, Party};
use crate::catalog::{AccountId, Conn, Db, KeyId, NodeId, PartyId, accounts, history};
use crate::clock::Clock;
use crate::dossier::delivery::Names;
use crate::dossier::{Error, Result, Scope};
use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicBool, AtomicI64};
use std::sync::{Arc, Mutex, PoisonError};

/// How many parties, identities or openings are remembered.
const REMEMBERED: usize = 10_000;

/// PRODUCT.md section 6.
const SET_QUIET: i64 = 2 * 60_000;

/// The insides of a [`super::Vfs`].
#[derive(Debug)]
pub(crate) struct Door {
    pub(crate) db: Db,
    pub(crate) blobs: Blobs,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) clock: Clock,
    pub(crate) quota: Quota,
    /// How the names of deliveries are read.
    pub(crate) names: Names,
    /// For how long a set must not change before its employer sees it, in milliseconds.
    pub(crate) set_quiet: i64,
    /// Room for contents that are on their way.
    pub(crate) held: Held,
    parties: Memory<PartyId, Arc<Party>>,
    pub(crate) identities: Memory<KeyId, Arc<Identity>>,
    /// When an account last opened a version, so that one opening is one line in the log.
    pub(crate) opened: Memory<(i64, NodeId, i64), i64>,
    /// How a batch was when it was last looked at by itself, and until when that need not be done again.
    pub(super) batches: Memory<NodeId, (Batch, i64)>,
    /// What was reckoned of an object because a party asked.
    pub(crate) digests: Memory<(PartyId, String), Digests>,
    /// How many runs of `maintain --clock-was-ahead` this node has seen.
    pub(crate) said_right: AtomicI64,
    /// That time goes on ahead of the system's clock was logged.
    pub(crate) said_ahead: AtomicBool,
}

impl Door {
    pub(crate) fn new(
        db: Db,
        blobs: Blobs,
        keyring: Arc<Keyring>,
        clock: Clock,
        quota: Quota,
    ) -> Self {
        let (parties, identities) = (Memory::new(), Memory::new());
        let (opened, batches, digests) = (Memory::new(), Memory::new(), Memory::new());
        let (held, names) = (Held::default(), Names::default());
        let (said_right, said_ahead) = Default::default();
        Self {
            db,
            blobs,
            keyring,
            clock,
            quota,
            names,
            set_quiet: SET_QUIET,
            held,
            parties,
            identities,
            opened,
            batches,
            digests,
            said_right,
            said_ahead,
        }
    }

    /// A party. All but its name stays as it is while it exists; who needs the name asks the catalog.
    pub(crate) async fn party(&self, conn: &mut Conn, id: PartyId) -> Result<Arc<Party>> {
        if let Some(party) = self.parties.get(&id) {
            return Ok(party);
        }
        let party = Arc::new(relations::party(conn, id).await?.ok_or(Error::SessionEnded)?);
        self.parties.put(id, Arc::clone(&party));
        Ok(party)
    }

    /// A session of an account, whatever became of that, for what is done later of what it did by this protocol.
    /// It reaches everything.
    pub(super) async fn session_of(
        &self,
        conn: &mut Conn,
        account: AccountId,
        protocol: Protocol,
    ) -> Result<Session> {
        let account = accounts::again(conn, account, None).await?.ok_or(Error::SessionEnded)?;
        Ok(Session { scope: Scope::FULL, ..Session::in_name_of(account, protocol) })
    }

    /// Deletes an object that nothing uses. What this misses, the sweep finds.
    pub(super) async fn discard_unless_used(&self, blob: &str) {
        let Ok(mut conn) = self.db.reader().await else { return };
        let used = history::in_use(&mut conn, blob).await;
        drop(conn);
        if let (Ok(false), Ok(key)) = (used, blob.parse()) {
            let _ = self.blobs.delete(&key).await;
        }
    }

    /// The identity that contents are encrypted to. Takes a reader of its own when it must ask, so
    /// that whoever asks must hold none.
    pub(crate) async fn identity(&self, id: KeyId) -> Result<Arc<Identity>> {
        if let Some(identity) = self.identities.get(&id) {
            return Ok(identity);
        }
        let conn = &mut self.db.reader().await?;
        let key = keys::one(conn, id).await?.ok_or(Error::Unavailable)?;
        let identity = Arc::new(self.keyring.open(&key.sealed, &key.master)?);
        self.identities.put(id, Arc::clone(&identity));
        Ok(identity)
    }
}

/// A bounded memory of what can be asked for again.
#[derive(Debug)]
pub(crate) struct Memory<K, V>(Mutex<HashMap<K, V>>);

impl<K: Hash + Eq, V: Clone> Memory<K, V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned()
    }

    pub(crate) fn forget(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    pub(crate) fn put(&self, key: K, value: V) {
        let mut map = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= REMEMBERED {
            map.clear();
        }
        map.insert(key, value);
    }
}
