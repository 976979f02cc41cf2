//! What is stored, a page at a time: objects in files of their own, and those in segments.

use super::BlobKey;
use super::cause::Step;
use super::store::{OBJECTS, Store};
use crate::dossier::Result;
use futures_util::TryStreamExt;
use std::fmt;

/// How many are on a page.
const PAGE: usize = 1000;

/// Everything that is stored, in no order, a page at a time.
pub struct Listing {
    store: Store,
    files: opendal::Lister,
    /// Of a segment, what is not on a page yet.
    rest: Vec<Listed>,
    /// Segments that nothing was in.
    empty: Vec<BlobKey>,
}

/// An object in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub key: BlobKey,
    /// Its size there, in bytes.
    pub stored_size: u64,
    /// When it was written, or something else in its file was later, in Unix milliseconds. [`i64::MAX`] when the store
    /// does not say, so that nothing takes it for old.
    pub modified: i64,
}

impl Listing {
    pub(super) async fn open(store: &Store) -> Step<Self> {
        let files = store.operator.lister_with(OBJECTS).recursive(true).await?;
        Ok(Self { store: store.clone(), files, rest: Vec::new(), empty: Vec::new() })
    }

    /// The next objects, at most 1,000; `None` after the last.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]: a listing never just ends early.
    pub async fn page(&mut self) -> Result<Option<Vec<Listed>>> {
        self.next_page().await.map_err(|cause| cause.report("list the contents"))
    }

    /// Removes what nothing was found in, and that nobody writes to: a process that was killed can leave such.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`].
    pub async fn clear(self) -> Result<()> {
        for name in &self.empty {
            let removed = self.store.remove_if_empty(name).await;
            removed.map_err(|cause| cause.report("remove an empty file of contents"))?;
        }
        Ok(())
    }

    async fn next_page(&mut self) -> Step<Option<Vec<Listed>>> {
        while self.rest.len() < PAGE {
            let Some(entry) = self.files.try_next().await? else { break };
            let Some((key, segment)) = BlobKey::at(entry.path()) else { continue };
            if segment {
                let members = self.store.members(&key).await?;
                if members.is_empty() {
                    self.empty.push(key);
                }
                self.rest.extend(members);
                continue;
            }
            let metadata = entry.metadata();
            let modified = metadata.last_modified();
            self.rest.push(Listed {
                key,
                stored_size: metadata.content_length(),
                modified: modified.map_or(i64::MAX, |time| time.into_inner().as_millisecond()),
            });
        }
        let page: Vec<_> = self.rest.drain(..self.rest.len().min(PAGE)).collect();
        Ok((!page.is_empty()).then_some(page))
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Listing")
    }
}
