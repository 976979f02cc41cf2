//! Contents: bytes in a folder or in S3, by opendal, each an age file under a key of its own.
//!
//! Knows: objects, keys, durability. Must not know what a content is, whose it is, or where it is seen.
//!
//! One content is one object, written once, never changed, under a random name that is never used
//! again; that is why nothing here asks a store for a conditional put, which not every one keeps. What
//! exists is for the catalog to say: an object without a row is an orphan, for the sweep to find by
//! [`Blobs::list`].
//!
//! The key chain: a master key ([`Keyring`], a file) seals an [`Identity`] per party or employment;
//! the identity seals the [`FileKey`] of each object. The object carries its key for the identity
//! too, in its header, so that the `age` tool and an identity are enough to have it back.

mod cause;
mod disk;
mod draft;
mod key;
mod keyring;
mod keys;
mod list;
mod lockbox;
mod member;
mod object;
mod packing;
mod reader;
mod sealing;
mod segment;
mod source;
mod staging;
mod store;
mod writer;

pub use key::BlobKey;
pub use keyring::{Keyring, Rotation, SealedIdentity};
pub use keys::{FileKey, Identity, Recipient};
pub use list::{Listed, Listing};
pub use lockbox::Lockbox;
pub use reader::Reader;
pub use staging::Staging;
pub use writer::{Stored, Writer};

use crate::dossier::Result;
use anyhow::Context;
use std::fmt;
use std::path::{Path, PathBuf};
use store::Store;
use tokio::task::spawn_blocking;

/// Where contents lie.
#[derive(Clone)]
pub enum Service {
    /// In a folder, under `blobs/`.
    Folder(PathBuf),
    /// In a bucket.
    S3 {
        /// Its name.
        bucket: String,
        /// `https://...`.
        endpoint: String,
        /// The region that requests are signed for.
        region: String,
        /// Who signs.
        access_key_id: String,
        /// With what.
        secret_access_key: String,
        /// What every object's key begins with; may be empty.
        prefix: String,
    },
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => f.debug_tuple("Folder").field(folder).finish(),
            Self::S3 { bucket, endpoint, prefix, .. } => f
                .debug_struct("S3")
                .field("bucket", bucket)
                .field("endpoint", endpoint)
                .field("prefix", prefix)
                .finish_non_exhaustive(),
        }
    }
}

/// The contents. Cheap to clone.
#[derive(Clone)]
pub struct Blobs {
    store: Store,
    staging: PathBuf,
}

impl Blobs {
    /// Opens the contents; makes what is missing. `staging` is a folder on the node, for content that
    /// does not come in order; what a dead process left there a day ago is removed.
    ///
    /// # Errors
    /// When a folder cannot be made or the service's settings make no sense. That S3 is away is none.
    pub async fn open(service: Service, staging: &Path) -> anyhow::Result<Self> {
        let store = Store::open(service).await.context("cannot open the contents")?;
        let folder = staging.to_owned();
        spawn_blocking(move || store::make_staging(&folder)).await??;
        Ok(Self { store, staging: staging.to_owned() })
    }

    /// Whether anything is where this service keeps its objects. Makes nothing that is missing.
    ///
    /// # Errors
    /// When that cannot be listed.
    pub async fn are_there(service: Service) -> anyhow::Result<bool> {
        if let Service::Folder(root) = service {
            return spawn_blocking(move || store::has_objects(&root)).await?;
        }
        let store = Store::open(service).await?;
        let listing = Listing::open(&store).await;
        let mut listing = listing.map_err(|cause| cause.report("list the contents"))?;
        Ok(listing.page().await?.is_some())
    }

    /// Begins a new content that the identity of `to` can read.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] without randomness.
    pub fn writer(&self, to: &Recipient) -> Result<Writer> {
        Writer::new(&self.store, to).map_err(|cause| cause.report("begin a content"))
    }

    /// Opens a content of `size` bytes, of `packed` bytes when it was packed. Small ones are fetched, and
    /// verified, whole.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when it is not there, or not what was written.
    pub async fn reader(
        &self,
        key: &BlobKey,
        file_key: &FileKey,
        size: u64,
        packed: Option<u64>,
    ) -> Result<Reader> {
        let open = Reader::open(&self.store, key, file_key, size, packed).await;
        open.map_err(|cause| cause.report("open a content"))
    }

    /// Its size in the store, in bytes; `None` when it is not there.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub async fn stored_size(&self, key: &BlobKey) -> Result<Option<u64>> {
        self.store.size(key).await.map_err(|cause| cause.report("look at a content"))
    }

    /// Deletes a content; one that is not there is deleted already.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub async fn delete(&self, key: &BlobKey) -> Result<()> {
        self.store.delete(key).await.map_err(|cause| cause.report("delete a content"))
    }

    /// Everything that is stored, for the sweep and the check.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub async fn list(&self) -> Result<Listing> {
        Listing::open(&self.store).await.map_err(|cause| cause.report("list the contents"))
    }

    /// A new file on the node for content that does not come in order.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] without randomness.
    pub fn staging(&self) -> Result<Staging> {
        Staging::new(self.staging.clone()).map_err(|cause| cause.report("begin staging"))
    }
}

impl fmt::Debug for Blobs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Blobs").field("store", &self.store.operator.info()).finish_non_exhaustive()
    }
}
