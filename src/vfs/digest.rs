//! Digests of contents: what a client announced, what is kept, and what is reckoned when it is asked for.
//!
//! Of everything that comes in SHA-256 is reckoned, and kept. SHA-1 and MD5 take longer than all else that
//! is done with a content: they are kept of what a client announced a digest of, which others may read as
//! properties of the file. What is reckoned because it is asked for is remembered in this process, for the
//! party that asked: nobody else may learn from a file that somebody did.

use super::delivery::listed;
use super::door::Door;
use super::read::{self, Opened};
use super::resolve::{self, Found};
use super::{Algorithm, Digests, Session, look};
use crate::catalog::versions::{self, Version};
use crate::dossier::{DossierPath, Error, Result};
use aws_lc_rs::digest::{self as sha, Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use md5::{Digest as _, Md5};
use std::fmt;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How much is read at once.
const STEP: usize = 1 << 20;
/// How many are reckoned at once: whoever puts files has the processor too.
static RECKONING: Semaphore = Semaphore::const_new(2);

/// All digests of a content, as it comes.
pub(super) struct Sums {
    sha256: Context,
    sha1: Context,
    md5: Md5,
}

impl Sums {
    pub(super) fn new() -> Self {
        let (sha256, sha1) = (Context::new(&SHA256), Context::new(&SHA1_FOR_LEGACY_USE_ONLY));
        Self { sha256, sha1, md5: Md5::new() }
    }

    /// Of a whole content.
    pub(super) fn of(content: &[u8]) -> Digests {
        let mut sums = Self::new();
        sums.add(content);
        sums.finish()
    }

    pub(super) fn add(&mut self, data: &[u8]) {
        self.sha256.update(data);
        self.sha1.update(data);
        self.md5.update(data);
    }

    pub(super) fn finish(self) -> Digests {
        Digests {
            sha256: bytes(&self.sha256.finish()),
            sha1: Some(bytes(&self.sha1.finish())),
            md5: Some(self.md5.finalize().into()),
        }
    }
}

impl fmt::Debug for Sums {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sums").finish_non_exhaustive()
    }
}

/// A digest as so many bytes as its algorithm gives.
fn bytes<const N: usize>(digest: &sha::Digest) -> [u8; N] {
    let mut bytes = [0; N];
    bytes.copy_from_slice(digest.as_ref());
    bytes
}

/// A digest of the file at a path.
///
/// # Errors
/// As [`super::Vfs::digest`].
pub(super) async fn digest(
    door: &Door,
    session: &Session,
    path: &DossierPath,
    algorithm: Algorithm,
) -> Result<Vec<u8>> {
    if let Some(kept) = kept(door, session, path).await?.get(algorithm) {
        return Ok(kept.to_vec());
    }
    let version = version(door, session, path).await?;
    let known = Digests { sha256: version.sha256, sha1: version.sha1, md5: version.md5 };
    let remembered = (session.party, version.blob.clone());
    let digests = match (known.get(algorithm), door.digests.get(&remembered)) {
        (Some(_), _) => known,
        (None, Some(digests)) => digests,
        (None, None) => reckon(door, session, &version).await?,
    };
    // It may be out of sight by now, or another.
    if kept(door, session, path).await?.sha256 != digests.sha256 {
        return Err(Error::NotFound);
    }
    door.digests.put(remembered, digests);
    digests.get(algorithm).map(<[u8]>::to_vec).ok_or(Error::Unsupported)
}

/// What is kept of the file at a path.
async fn kept(door: &Door, session: &Session, path: &DossierPath) -> Result<Digests> {
    session.check()?;
    let entry = look::stat(door, &mut door.db.reader().await?, session, path).await?;
    if entry.folder {
        return Err(Error::IsFolder);
    }
    entry.digests.ok_or(Error::Unsupported)
}

/// The version that a path shows; of a delivery, which is only listed, that which it became.
async fn version(door: &Door, session: &Session, path: &DossierPath) -> Result<Version> {
    let conn = &mut door.db.reader().await?;
    match read::find(door, conn, session, path).await {
        Ok(Opened::Stored(_, _, version)) => return Ok(version),
        Ok(Opened::Made(..)) => return Err(Error::Unsupported),
        Err(Error::Denied) => {}
        Err(error) => return Err(error),
    }
    let Found::Area(place) = resolve::resolve(door, conn, session, path).await? else {
        return Err(Error::NotFound);
    };
    let delivery = listed::delivered(conn, session, place.handed_in_at(), door.clock.now()).await?;
    let (node, sha256) = delivery.node.zip(delivery.sha256).ok_or(Error::Unsupported)?;
    versions::with_content(conn, node, &sha256).await?.ok_or(Error::Unsupported)
}

/// Reads a content for all of its digests.
async fn reckon(door: &Door, session: &Session, version: &Version) -> Result<Digests> {
    let _turn = RECKONING.acquire().await.map_err(|_| Error::Unavailable)?;
    let reader = read::content(door, version).await?;
    let (mut sums, mut at) = (Sums::new(), 0);
    while at < reader.size() {
        session.check()?;
        let piece = reader.read_at(at, STEP).await?;
        at += piece.len() as u64;
        let step = spawn_blocking(move || {
            sums.add(&piece);
            sums
        });
        sums = step.await.map_err(|_| Error::Unavailable)?;
    }
    Ok(sums.finish())
}
