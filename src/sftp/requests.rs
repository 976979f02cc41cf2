//! What each request does: one verb of the vfs, or a few on what is open.
//!
//! Decides nothing about who may see what. Ordering is [`super::order`]'s, the wire
//! [`super::codec`]'s.

use super::attrs::Attrs;
use super::budget::Budget;
use super::codec::{Flags, MAX_DATA, Request};
use super::handles::{Folder, Handles, Open, Reader};
use super::limits::Account;
use super::reply::{Name, Reply};
use super::status::refusal;
use super::writer::Writer;
use crate::clock::Clock;
use crate::dossier::{DossierPath, Error, Result};
use crate::vfs::{Also, Attributes, Conditions, Create, Entry, Remove, Session, Vfs};
use std::sync::Arc;
use tokio::sync::Mutex;

/// How many names, and about how many bytes, one READDIR answers with.
const MAX_NAMES: usize = 100;
const MAX_NAMES_BYTES: usize = 32 * 1024;

/// One SFTP session: what it has open, and as whom.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) vfs: Vfs,
    pub(super) session: Arc<Session>,
    pub(super) handles: Arc<Handles>,
    /// Whose session it is, with what is open in its others.
    pub(super) account: Arc<Account>,
    /// For what is read ahead.
    pub(super) ahead: Arc<Budget>,
    pub(super) clock: Clock,
}

impl Desk {
    /// Does a request and says how it went.
    pub(super) async fn answer(&self, request: Request) -> Reply {
        let done = match request {
            Request::Extended(extended) => self.extended(extended).await,
            request => self.act(request).await,
        };
        done.unwrap_or_else(|error| refusal(error, self.session.language))
    }

    async fn act(&self, request: Request) -> Result<Reply> {
        let (vfs, session, free) = (&self.vfs, &*self.session, &Conditions::default());
        match request {
            Request::Open { path, flags, attrs } => self.open(path?, flags, attrs).await,
            Request::Close(handle) => self.close(handle).await,
            Request::Read { handle, offset, length } => self.read(handle, offset, length).await,
            Request::Write { handle, offset, data } => {
                let Open::Writer { writer, may_write: true, append } = self.handles.get(handle)?
                else {
                    return Err(Error::Denied);
                };
                let offset = (!append).then_some(offset);
                writer.lock().await.write(vfs, session, offset, data).await?;
                Ok(Reply::ok())
            }
            Request::Stat(path) => self.stat(&path?).await,
            Request::StatHandle(handle) => self.stat_handle(handle).await,
            Request::Set { path, attrs } => self.set(&path?, attrs).await,
            Request::SetHandle { handle, attrs } => self.set_handle(handle, attrs).await,
            Request::OpenFolder(path) => {
                let path = path?;
                let listing = vfs.list(session, &path, Also::default()).await?;
                let left = self.left_in(&path);
                let folder = Folder::new(path, listing, left, &self.account.memory)?;
                self.hand_out(Open::Folder(Arc::new(Mutex::new(folder))), None)
            }
            Request::ReadFolder(handle) => self.read_folder(handle).await,
            Request::Remove(path) => self.remove(&path?).await,
            Request::MakeFolder(path) => {
                vfs.make_folder(session, &path?, free).await?;
                Ok(Reply::ok())
            }
            Request::RemoveFolder(path) => {
                vfs.remove(session, &path?, Remove::EmptyFolder, free).await?;
                Ok(Reply::ok())
            }
            Request::RealPath(path) => Ok(Reply::Names(vec![Name::path(&path?)])),
            Request::Rename { from, to, overwrite } => self.rename(&from?, &to?, overwrite).await,
            Request::Extended(_) | Request::Unknown => Err(Error::Unsupported),
            Request::Malformed => {
                let sentence = Error::Unsupported.sentence(session.language);
                Ok(Reply::Status(super::status::Code::BadMessage, sentence))
            }
        }
    }

    fn hand_out(&self, open: Open, path: Option<&DossierPath>) -> Result<Reply> {
        self.handles.insert(open, path).map(Reply::Handle)
    }

    /// OPEN. A path that is being written in this session already is opened through the same upload.
    async fn open(&self, path: DossierPath, flags: Flags, attrs: Attrs) -> Result<Reply> {
        let may_write = flags.has(Flags::WRITE);
        let writer = match self.handles.writer_at(&path) {
            Some(writer) if writer.lock().await.live().is_some() => {
                self.join(&writer, flags).await?;
                writer
            }
            _ if may_write => {
                let goes_on = !flags.has(Flags::TRUNC) && !flags.has(Flags::EXCL);
                let mut alone = true;
                for writer in self.elsewhere(&path).into_iter().filter(|_| goes_on) {
                    alone &= writer.lock().await.hand_over().await?;
                }
                self.create(&path, flags, attrs, !alone).await?
            }
            _ => {
                let download = self.vfs.open(&self.session, &path).await?;
                if flags.has(Flags::EXCL) && flags.has(Flags::CREAT) {
                    return Err(Error::Exists);
                }
                let reader = Reader::new(path, download, &self.account.memory);
                return self.hand_out(Open::Reader(Arc::new(Mutex::new(reader))), None);
            }
        };
        let append = flags.has(Flags::APPEND);
        self.hand_out(Open::Writer { writer, may_write, append }, Some(&path))
    }

    async fn join(&self, writer: &Mutex<Writer>, flags: Flags) -> Result<()> {
        if flags.has(Flags::EXCL) && flags.has(Flags::CREAT) {
            return Err(Error::Exists);
        }
        if flags.has(Flags::WRITE) && flags.has(Flags::TRUNC) {
            writer.lock().await.set_len(&self.vfs, &self.session, 0).await?;
        }
        Ok(())
    }

    async fn create(
        &self,
        path: &DossierPath,
        flags: Flags,
        attrs: Attrs,
        whole: bool,
    ) -> Result<Arc<Mutex<Writer>>> {
        let make = flags.has(Flags::CREAT);
        let absent = make && flags.has(Flags::EXCL);
        let create = Create {
            keep: !flags.has(Flags::TRUNC),
            make,
            conditions: Conditions { absent, ..Conditions::default() },
            ..Create::default()
        };
        let mut upload = self.vfs.create(&self.session, path, create).await?;
        let kept = attrs.kept();
        if make && kept.mode.is_some() && upload.entry().mode.is_none() {
            upload.set_attributes(Attributes { modified: None, ..kept });
        }
        let memory = Arc::clone(&self.account.memory);
        Ok(Arc::new(Mutex::new(Writer::new(path.clone(), upload, memory, whole))))
    }

    /// CLOSE: of what was written, the verdict.
    async fn close(&self, handle: u32) -> Result<Reply> {
        if let Open::Writer { writer, may_write: true, .. } = self.handles.remove(handle)? {
            writer.lock().await.commit().await?;
        }
        Ok(Reply::ok())
    }

    pub(super) async fn read(&self, handle: u32, offset: u64, length: u32) -> Result<Reply> {
        let length = length.min(MAX_DATA) as usize;
        let data = match self.handles.get(handle)? {
            Open::Reader(reader) => reader.lock().await.read(offset, length, &self.ahead).await?,
            Open::Writer { writer, .. } => {
                writer.lock().await.read(&self.vfs, &self.session, offset, length).await?
            }
            Open::Folder(_) => return Err(Error::IsFolder),
        };
        Ok(if data.is_empty() { Reply::eof() } else { Reply::Data(data) })
    }

    async fn stat(&self, path: &DossierPath) -> Result<Reply> {
        let mut entry = self.live(path).await;
        if entry.is_none() {
            entry = self.left(path).await;
        }
        let entry = match entry {
            Some(entry) => entry,
            None => self.vfs.stat(&self.session, path).await?,
        };
        Ok(Reply::Attrs(Attrs::of(&entry)))
    }

    /// What is being written at a path and not yet committed.
    async fn live(&self, path: &DossierPath) -> Option<Entry> {
        let writer = self.handles.writer_at(path)?;
        writer.lock().await.live().map(|upload| upload.entry())
    }

    async fn stat_handle(&self, handle: u32) -> Result<Reply> {
        let attrs = match self.handles.get(handle)? {
            Open::Reader(reader) => Attrs::of(&reader.lock().await.download.entry),
            Open::Folder(folder) => Attrs::of(&folder.lock().await.listing.folder),
            Open::Writer { writer, .. } => {
                let path = writer.lock().await.path.clone();
                return self.stat(&path).await;
            }
        };
        Ok(Reply::Attrs(attrs))
    }

    /// SETSTAT. A size cuts or lengthens; owners are not kept.
    async fn set(&self, path: &DossierPath, attrs: Attrs) -> Result<Reply> {
        if let Some(writer) = self.handles.writer_at(path)
            && writer.lock().await.live().is_some()
        {
            return self.set_writer(&writer, attrs).await;
        }
        let (session, kept) = (&*self.session, attrs.kept());
        if let Some(size) = attrs.size {
            let create = Create { keep: size > 0, ..Create::default() };
            let mut upload = self.vfs.create(session, path, create).await?;
            upload.set_len(size).await?;
            upload.set_attributes(kept);
            upload.commit().await?;
        } else if kept == Attributes::default() {
            self.vfs.stat(session, path).await?;
        } else {
            self.vfs.set_attributes(session, path, kept, &Conditions::default()).await?;
        }
        Ok(Reply::ok())
    }

    async fn set_writer(&self, writer: &Mutex<Writer>, attrs: Attrs) -> Result<Reply> {
        let mut writer = writer.lock().await;
        if let Some(size) = attrs.size {
            writer.set_len(&self.vfs, &self.session, size).await?;
        }
        if let Some(upload) = writer.live() {
            upload.set_attributes(attrs.kept());
        }
        Ok(Reply::ok())
    }

    async fn set_handle(&self, handle: u32, attrs: Attrs) -> Result<Reply> {
        let path = match self.handles.get(handle)? {
            Open::Writer { may_write: false, .. } | Open::Reader(_) if attrs.size.is_some() => {
                return Err(Error::Denied);
            }
            Open::Writer { writer, .. } => {
                if attrs.size.is_some() || writer.lock().await.live().is_some() {
                    return self.set_writer(&writer, attrs).await;
                }
                writer.lock().await.path.clone()
            }
            Open::Reader(reader) => reader.lock().await.path.clone(),
            Open::Folder(_) => return Err(Error::IsFolder),
        };
        self.set(&path, attrs).await
    }

    async fn read_folder(&self, handle: u32) -> Result<Reply> {
        let Open::Folder(folder) = self.handles.get(handle)? else {
            return Err(Error::NotFolder);
        };
        let (mut folder, now) = (folder.lock().await, self.clock.now());
        folder.listing.check().await?;
        let mut names = Vec::new();
        if !folder.begun {
            folder.begun = true;
            names.extend([".", ".."].map(|dots| Name::of(dots, &folder.listing.folder, now)));
        }
        let mut bytes = 0;
        while names.len() < MAX_NAMES && bytes < MAX_NAMES_BYTES {
            let Some(entry) = folder.next(&self.session).await? else { break };
            let name = Name::of(&entry.name, &entry, now);
            bytes += name.short.len() + name.long.len() + 32;
            names.push(name);
        }
        folder.told();
        Ok(if names.is_empty() { Reply::eof() } else { Reply::Names(names) })
    }

    /// REMOVE. What is being written there and was never committed goes with it, as does what was left there.
    async fn remove(&self, path: &DossierPath) -> Result<Reply> {
        let live = self.live(path).await.is_some();
        let removed =
            self.vfs.remove(&self.session, path, Remove::File, &Conditions::default()).await;
        if !matches!(removed, Ok(()) | Err(Error::NotFound)) {
            return removed.map(|()| Reply::ok());
        }
        if !self.clear_left(path).await && !live {
            removed?;
        }
        if let Some(writer) = self.handles.writer_at(path) {
            writer.lock().await.forget();
        }
        Ok(Reply::ok())
    }

    /// RENAME. A file that is still being written is committed first, under its old name: sshfs renames
    /// a file before it closes it. What is written below a folder goes on in it, wherever that is then. What was left
    /// at its path goes as it was shown.
    async fn rename(&self, from: &DossierPath, to: &DossierPath, overwrite: bool) -> Result<Reply> {
        if !overwrite && self.live(to).await.is_some() {
            return Err(Error::Exists);
        }
        if let Some(writer) = self.handles.writer_at(from) {
            writer.lock().await.commit().await?;
        }
        self.keep_left(from).await?;
        let top = self.session.identity(from);
        let elsewhere = top != self.session.identity(to);
        let moving = self.handles.writers_within(from);
        let replaced = if elsewhere { self.handles.writers_within(to) } else { Vec::new() };
        let free = Conditions::default();
        self.vfs.relocate(&self.session, from, to, overwrite, &free).await?;
        for (_, replaced) in replaced {
            replaced.lock().await.forget();
        }
        for (handle, writer) in moving {
            let mut writer = writer.lock().await;
            // Two handles may share a writer, which moves once.
            if self.session.identity(&writer.path).is_within(&top) {
                let below = writer.path.parts().iter().skip(from.parts().len());
                let path = below.fold(to.clone(), |path, name| path.join(name));
                writer.follow(path).await;
            }
            self.handles.moved(handle, &writer.path);
        }
        Ok(Reply::ok())
    }

    /// The session is over: what is still open is dropped, or kept for the client to resume. It has its handle
    /// until then, so that another session finds it as one or the other at any moment.
    pub(super) async fn end(&self) {
        for open in self.handles.all() {
            if let Open::Writer { writer, .. } = open
                && let Err(error) = writer.lock().await.cut().await
            {
                tracing::warn!(%error, "what came of an upload that broke off is not kept");
            }
        }
    }
}
