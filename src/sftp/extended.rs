//! What each extended request does.

use super::extensions::{self, Extended};
use super::handles::Open;
use super::reply::Reply;
use super::requests::Desk;
use super::writer::Writer;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::Conditions;
use std::sync::Arc;
use tokio::sync::Mutex;

impl Desk {
    /// Does one of them.
    ///
    /// # Errors
    /// Those of the verb that it is.
    pub(super) async fn extended(&self, extended: Extended) -> Result<Reply> {
        let (vfs, session) = (&self.vfs, &*self.session);
        match extended {
            Extended::Limits => Ok(extensions::limits()),
            Extended::Sync(handle) => {
                if let Open::Writer { writer, .. } = self.handles.get(handle)? {
                    writer.lock().await.sync().await?;
                }
                Ok(Reply::ok())
            }
            Extended::Space(path) => Ok(extensions::space(vfs.space(session, &path?).await?)),
            Extended::SpaceHandle(handle) => {
                let path = self.path_of(handle).await?;
                Ok(extensions::space(vfs.space(session, &path).await?))
            }
            Extended::Owners { users, groups } => Ok(extensions::owners(&users, &groups)),
            Extended::Copy(copy) => self.copy(&copy).await,
            Extended::Check { path, check } => self.check(b"", &path?, &check).await,
            Extended::CheckHandle { handle, check } => match self.handles.get(handle)? {
                Open::Reader(_) => {
                    let path = self.path_of(handle).await?;
                    self.check(b"\0\0\0\x0acheck-file", &path, &check).await
                }
                Open::Writer { .. } | Open::Folder(_) => Err(Error::Unsupported),
            },
        }
    }

    /// `check-file`: a digest of the whole file. Before its name goes what the client expects there.
    async fn check(
        &self,
        before: &[u8],
        path: &DossierPath,
        check: &extensions::Check,
    ) -> Result<Reply> {
        let size = self.vfs.stat(&self.session, path).await?.size;
        let algorithm = check.algorithm(size).ok_or(Error::Unsupported)?;
        let digest = self.vfs.digest(&self.session, path, algorithm).await?;
        Ok(extensions::checked(before, algorithm, &digest))
    }

    /// The path that was opened, or the root for a folder, whose space is that of its party.
    async fn path_of(&self, handle: u32) -> Result<DossierPath> {
        Ok(match self.handles.get(handle)? {
            Open::Reader(reader) => reader.lock().await.path.clone(),
            Open::Writer { writer, .. } => writer.lock().await.path.clone(),
            Open::Folder(_) => DossierPath::default(),
        })
    }

    /// `copy-data`. A whole file into one with nothing in it is a copy of the vfs, which forwards
    /// where that is what a copy means.
    async fn copy(&self, copy: &extensions::Copy) -> Result<Reply> {
        let Open::Writer { writer, may_write: true, .. } = self.handles.get(copy.to)? else {
            return Err(Error::Denied);
        };
        let from = self.handles.get(copy.from)?;
        if matches!(&from, Open::Writer { writer: from, .. } if Arc::ptr_eq(from, &writer)) {
            return Err(Error::Unsupported);
        }
        if let Open::Reader(reader) = from {
            let reader = reader.lock().await;
            let whole = copy.length == 0 || copy.length >= reader.download.entry.size;
            let mut writer = writer.lock().await;
            if whole && copy.offset == 0 && copy.at == 0 && writer.is_fresh() {
                writer.forget();
                let (from, to, free) = (&reader.path, &writer.path, Conditions::default());
                let made = self.vfs.copy(&self.session, from, to, true, false, &free).await;
                writer.replace(made.map(drop))?;
                return Ok(Reply::ok());
            }
            let may = self.vfs.may_copy_part(&self.session, &reader.path, &writer.path).await;
            may.or_else(|error| writer.replace(Err(error)))?;
        }
        self.copy_bytes(copy, &writer).await
    }

    async fn copy_bytes(&self, copy: &extensions::Copy, to: &Mutex<Writer>) -> Result<Reply> {
        let end = if copy.length == 0 { u64::MAX } else { copy.length };
        let mut done = 0;
        while done < end {
            let offset = copy.offset.checked_add(done).ok_or(Error::TooLarge)?;
            let at = copy.at.checked_add(done).ok_or(Error::TooLarge)?;
            let length = u32::try_from(end - done).unwrap_or(u32::MAX);
            let Reply::Data(data) = self.read(copy.from, offset, length).await? else { break };
            done += data.len() as u64;
            to.lock().await.write(&self.vfs, &self.session, Some(at), data).await?;
        }
        Ok(Reply::ok())
    }
}
