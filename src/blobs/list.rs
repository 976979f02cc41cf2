//! What is stored, a page at a time.

use super::BlobKey;
use super::cause::{Cause, Step};
use super::store::{OBJECTS, Store};
use crate::dossier::Result;
use futures_util::TryStreamExt;
use std::fmt;

/// How many are on a page.
const PAGE: usize = 1000;

/// Everything that is stored, in no order, a page at a time.
pub struct Listing(opendal::Lister);

/// An object in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: BlobKey,
    /// Its size there, in bytes.
    pub stored_size: u64,
    /// When it was written, in Unix milliseconds. [`i64::MAX`] when the store does not say, so that
    /// nothing takes it for old.
    pub modified: i64,
}

impl Listing {
    pub(super) async fn open(store: &Store) -> Step<Self> {
        Ok(Self(store.operator.lister_with(OBJECTS).recursive(true).await?))
    }

    /// The next objects, at most 1,000; `None` after the last.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]: a listing never just ends early.
    pub async fn page(&mut self) -> Result<Option<Vec<Listed>>> {
        let mut page = Vec::new();
        while page.len() < PAGE {
            let next = self.0.try_next().await;
            let next = next.map_err(|error| Cause::from(error).report("list the contents"))?;
            let Some(entry) = next else { break };
            let metadata = entry.metadata();
            let modified = metadata.last_modified();
            page.extend(BlobKey::at(entry.path()).map(|key| Listed {
                key,
                stored_size: metadata.content_length(),
                modified: modified.map_or(i64::MAX, |time| time.into_inner().as_millisecond()),
            }));
        }
        Ok((!page.is_empty()).then_some(page))
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}
