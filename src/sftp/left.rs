//! What the account left unfinished in another of its sessions, whose client seems to be gone: there to be seen,
//! to go on with and to take away, as it will be once the connection is known to be over.
//!
//! Knows the other sessions' writers. Must not know how long it takes to seem gone: the writer does.

use super::requests::Desk;
use super::writer::Writer;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::{Entry, Session};
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What was left in a folder, by what tells it from other files.
#[derive(Debug, Default)]
pub(super) struct Left(BTreeMap<DossierPath, Entry>);

impl Left {
    /// The same file as one that a folder lists under a name, further on. Mostly nothing was left.
    pub(super) fn take(
        &mut self,
        session: &Session,
        folder: &DossierPath,
        name: &str,
    ) -> Option<Entry> {
        if self.0.is_empty() { None } else { self.0.remove(&session.identity(&folder.join(name))) }
    }

    /// One that is not listed.
    pub(super) fn next(&mut self) -> Option<Entry> {
        self.0.pop_first().map(|(_, entry)| entry)
    }
}

impl Desk {
    /// What the account writes at a path in its other sessions. One of them may be gone without a word, and
    /// its client be back to go on.
    pub(super) fn elsewhere(&self, path: &DossierPath) -> Vec<Arc<Mutex<Writer>>> {
        let others = self.account.sessions_but(&self.handles);
        others.iter().filter_map(|handles| handles.writer_at(path)).collect()
    }

    /// What is left at a path.
    pub(super) async fn left(&self, path: &DossierPath) -> Option<Entry> {
        for writer in self.elsewhere(path) {
            if let Some(entry) = writer.lock().await.left() {
                return Some(entry);
            }
        }
        None
    }

    /// What is left in a folder.
    pub(super) fn left_in(&self, folder: &DossierPath) -> Left {
        let (mut left, top) = (Left::default(), self.session.identity(folder));
        let others = self.account.sessions_but(&self.handles);
        for (_, writer) in others.iter().flat_map(|handles| handles.writers_within(folder)) {
            // One that does something now is not gone, and is not waited for.
            let Ok(writer) = writer.try_lock() else { continue };
            let identity = self.session.identity(&writer.path);
            if identity.parent() == top
                && let Some(entry) = writer.left()
            {
                let name = writer.path.name().unwrap_or_default().to_owned();
                left.0.insert(identity, Entry { name, ..entry });
            }
        }
        left
    }

    /// Keeps what is left at a path, for the account to do with as with any file.
    ///
    /// # Errors
    /// What was shown is not kept.
    pub(super) async fn keep_left(&self, path: &DossierPath) -> Result<()> {
        for writer in self.elsewhere(path) {
            match writer.lock().await.hand_over().await {
                // A file came under its name meanwhile, and that is what is there.
                Ok(_) | Err(Error::Exists) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Takes away what is left at a path; whether anything was.
    pub(super) async fn clear_left(&self, path: &DossierPath) -> bool {
        let mut any = false;
        for writer in self.elsewhere(path) {
            let mut writer = writer.lock().await;
            if writer.left().is_some() {
                writer.lose();
                any = true;
            }
        }
        any
    }
}
