//! A content that was stored: what the catalog keeps of it, and whether it is there already.

use super::door::Door;
use super::{Digests, Session, read};
use crate::blobs::Stored;
use crate::catalog::nodes::Row;
use crate::catalog::versions::{self, Version};
use crate::catalog::{Conn, KeyId, NodeId, PartyId, history};
use crate::dossier::{Error, Result};

/// How much of a content is read at once.
const STEP: usize = 1 << 20;

/// What the catalog keeps of an object.
#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) size: i64,
    pub(super) stored_size: i64,
    /// Bytes of it when packed.
    pub(super) packed: Option<i64>,
    pub(super) blob: String,
    pub(super) age_key: KeyId,
    pub(super) file_key: Vec<u8>,
    pub(super) digests: Digests,
}

impl Content {
    /// That of a version, whose object what is under the same key shares.
    pub(super) fn of(version: Version) -> Self {
        let Version { size, stored_size, packed, blob, age_key, file_key, .. } = version;
        let digests = Digests { sha256: version.sha256, sha1: version.sha1, md5: version.md5 };
        Self { size, stored_size, packed, blob, age_key, file_key, digests }
    }

    /// With the digests that are known of the same content.
    ///
    /// # Errors
    /// [`Error::Checksum`] when what was stored is another.
    pub(super) fn knowing(mut self, digests: Option<Digests>) -> Result<Self> {
        if let Some(digests) = digests {
            if digests.sha256 != self.digests.sha256 {
                return Err(Error::Checksum);
            }
            self.digests = digests;
        }
        Ok(self)
    }

    /// As the next version of a node. Its number is counted when it is added.
    pub(super) fn version(&self, node: NodeId, mtime: i64, counts_for: PartyId) -> Version {
        let c = self.clone();
        Version {
            id: 0,
            node,
            number: 0,
            size: c.size,
            stored_size: c.stored_size,
            packed: c.packed,
            blob: c.blob,
            age_key: c.age_key,
            file_key: c.file_key,
            sha256: c.digests.sha256,
            sha1: c.digests.sha1,
            md5: c.digests.md5,
            mtime,
            counts_for,
        }
    }
}

/// The same content as the party that pays has it under the same key already.
#[derive(Clone, Debug)]
pub(super) enum Twin {
    /// There is none.
    None,
    /// Its object is there.
    Whole(Version),
    /// Its object is gone, or is not what was written: what is put again takes its place.
    Broken(Version),
}

/// Looks for it, and reads all of it, however long that takes: what was put is let go only for what is whole, and
/// the rows keep their object, which a copy of the database that was made before names.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn twin(door: &Door, content: &Content, payer: PartyId) -> Result<Twin> {
    let Content { age_key, digests, size, .. } = content;
    let twin = {
        let conn = &mut door.db.reader().await?;
        versions::twin(conn, *age_key, &digests.sha256, *size, payer).await?
    };
    let Some(twin) = twin else { return Ok(Twin::None) };
    let stored = door.blobs.stored_size(&twin.blob.parse()?).await?;
    let there = stored.is_some_and(|size| i64::try_from(size) == Ok(twin.stored_size));
    let whole = there && reads_well(door, &twin).await.is_ok();
    Ok(if whole { Twin::Whole(twin) } else { Twin::Broken(twin) })
}

/// Every piece of an object is checked when it is read.
async fn reads_well(door: &Door, version: &Version) -> Result<()> {
    let reader = read::content(door, version).await?;
    let mut at = 0;
    while at < reader.size() {
        at += reader.read_at(at, STEP).await?.len() as u64;
    }
    Ok(())
}

/// What the catalog keeps of an object that was written under a key.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn content(door: &Door, key: KeyId, stored: &Stored) -> Result<Content> {
    let identity = door.identity(key).await?;
    Ok(Content {
        size: i64::try_from(stored.size).map_err(|_| Error::TooLarge)?,
        stored_size: i64::try_from(stored.stored_size).map_err(|_| Error::TooLarge)?,
        packed: stored.packed.map(i64::try_from).transpose().map_err(|_| Error::TooLarge)?,
        blob: stored.key.to_string(),
        age_key: key,
        file_key: identity.seal(&stored.file_key)?,
        digests: Digests { sha256: stored.sha256, ..Digests::default() },
    })
}

/// Makes a content the newest version of a node, which had that of `old` if it was there. What the same party has
/// already under the same key is stored once. Gives the number of the version.
///
/// # Errors
/// [`Error::SessionEnded`] when its key is destroyed, [`Error::Unavailable`].
pub(super) async fn add_version(
    tx: &mut Conn,
    old: Option<&Row>,
    mut version: Version,
    twin: &Twin,
    session: &Session,
    now: i64,
) -> Result<i64> {
    match twin {
        Twin::Whole(twin)
            if twin.counts_for == version.counts_for && history::in_use(tx, &twin.blob).await? =>
        {
            // It is stored once.
            (version.blob, version.file_key) = (twin.blob.clone(), twin.file_key.clone());
            (version.stored_size, version.packed) = (twin.stored_size, twin.packed);
        }
        Twin::Broken(twin) => versions::heal(tx, twin, &version).await?,
        Twin::Whole(_) | Twin::None => {}
    }
    match old {
        Some(_) => versions::add_version(tx, &version, session.account, now).await,
        None => versions::first_version(tx, &version, session.account, now).await,
    }
}
