//! The catalog against the contents: what is missing, broken or nobody's. Changes nothing.

use crate::catalog::history;
use crate::catalog::versions::Version;
use crate::dossier::Result;
use crate::dossier::retention::ALWAYS;
use crate::vfs::{Vfs, read};
use aws_lc_rs::digest::{Context, SHA256};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use tokio::time::Instant;

/// How much is read at once, and in a second at most: whoever works meanwhile should not notice.
const STEP: usize = 1 << 20;
const RATE: u64 = 256 << 20;

/// What is wrong with an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// A version has it as its content, and it is not there.
    Missing,
    /// It is there in another size.
    Size,
    /// It is not what was written.
    Broken,
    /// No version has it as its content.
    Orphan,
}

/// One object and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The object, as it is named in the store.
    pub object: String,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { object, fault } = self;
        let (is, what_to_do) = match fault {
            Fault::Missing => (
                "is missing",
                "bring it back from a backup of the contents; until then its file cannot be opened",
            ),
            Fault::Size => {
                ("has another size than was written", "bring it back from a backup of the contents")
            }
            Fault::Broken => (
                "is not what was written",
                "check the disk, and bring it back from a backup of the contents",
            ),
            Fault::Orphan => (
                "is the content of nothing",
                "if the database was restored from a backup, restore a newer one; else `maintain` removes it two days \
                 after its file was written to",
            ),
        };
        write!(f, "object {object} {is}: {what_to_do}")
    }
}

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Objects that versions have.
    pub objects: u64,
    /// Of these, what was read, in bytes of content.
    pub read: u64,
    /// Objects in the store.
    pub stored: u64,
    /// How many of all are not as they should be.
    pub faults: u64,
    /// Objects that no version has yet, and that are too young to be called anything.
    pub young: u64,
}

impl Vfs {
    /// Compares the catalog with the contents; with `read_data` every byte is read and checked. `tell` gets
    /// what is wrong as it is found, `progress` what was looked at so far.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`] when the catalog or the store does not answer.
    pub async fn verify(
        &self,
        read_data: bool,
        mut tell: impl FnMut(Finding),
        mut progress: impl FnMut(Verified),
    ) -> Result<Verified> {
        let mut sum = Verified::default();
        let mut tell = |sum: &mut Verified, object: String, fault: Fault| {
            sum.faults += 1;
            tell(Finding { object, fault });
        };
        let mut after = String::new();
        loop {
            let page = history::stored(&mut self.0.db.reader().await?, &after).await?;
            let Some(last) = page.last() else { break };
            last.blob.clone_into(&mut after);
            let mut rows = page.iter().peekable();
            while let Some(row) = rows.next() {
                if rows.peek().is_some_and(|next| next.blob == row.blob) {
                    continue;
                }
                sum.objects += 1;
                let Some(fault) = self.check(row, read_data, &mut sum.read).await? else {
                    continue;
                };
                // It may have been cleared away, or put again, while it was looked at.
                if history::in_use(&mut self.0.db.reader().await?, &row.blob).await? {
                    tell(&mut sum, row.blob.clone(), fault);
                }
            }
            progress(sum);
        }
        let mut listing = self.0.blobs.list().await?;
        while let Some(page) = listing.page().await? {
            for object in page {
                sum.stored += 1;
                let name = object.key.to_string();
                if history::in_use(&mut self.0.db.reader().await?, &name).await? {
                    continue;
                }
                if self.0.clock.set_to().saturating_sub(object.modified) > ALWAYS {
                    tell(&mut sum, name, Fault::Orphan);
                } else {
                    sum.young += 1;
                }
            }
            progress(sum);
        }
        Ok(sum)
    }

    /// What is wrong with one object.
    async fn check(&self, row: &Version, read_data: bool, read: &mut u64) -> Result<Option<Fault>> {
        let blobs = &self.0.blobs;
        let Some(size) = blobs.stored_size(&row.blob.parse()?).await? else {
            return Ok(Some(Fault::Missing));
        };
        if i64::try_from(size) != Ok(row.stored_size) {
            return Ok(Some(Fault::Size));
        }
        let whole = !read_data || self.is_whole(row, read).await;
        Ok((!whole).then_some(Fault::Broken))
    }

    /// Reads an object, slowly, and compares it with what was written.
    async fn is_whole(&self, row: &Version, read: &mut u64) -> bool {
        let begun = Instant::now();
        let Ok(reader) = read::content(&self.0, row).await else { return false };
        let (mut hash, mut at) = (Context::new(&SHA256), 0);
        while at < reader.size() {
            let Ok(piece) = reader.read_at(at, STEP).await else { return false };
            hash.update(&piece);
            at += piece.len() as u64;
            *read += piece.len() as u64;
            tokio::time::sleep_until(begun + Duration::from_millis(at * 1_000 / RATE)).await;
        }
        hash.finish().as_ref() == row.sha256
    }
}
