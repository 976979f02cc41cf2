//! Where objects lie: a folder or a bucket. Both are listed by opendal; a bucket is read and written by it.
//!
//! In a folder we read and write ourselves: opendal never fsyncs the folder that it puts an object into, so
//! that an acknowledged object can be gone after a power cut, and goes to another thread and back for
//! each step. The shard folders are made and fsynced beforehand; objects are brought to the disk beside
//! the async threads: small ones together in a segment, large ones as files of their own, a few at once.

use super::cause::{Cause, Step};
use super::disk::has_room;
use super::draft::Draft;
use super::list::Listed;
use super::member::{self, SMALL};
use super::segment::{self, Segments};
use super::source::{Content, Source};
use super::{BlobKey, Service};
use crate::clock::Clock;
use anyhow::Context;
use opendal::layers::{RetryLayer, TimeoutLayer};
use opendal::services::{Fs, S3};
use opendal::{Operator, Writer};
use std::fs::{self, DirBuilder, DirEntry, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// Below the service's root.
pub(super) const OBJECTS: &str = "blobs/";

/// How long something unfinished must have lain untouched before it is taken for dead.
const ABANDONED: Duration = Duration::from_hours(24);

/// How long S3 may take to answer, the assembly of a large upload included.
const IO_TIMEOUT: Duration = Duration::from_mins(2);

/// How long after a failure S3 is asked again; twice as long each time, three times.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// How many objects are brought to the disk at once: a disk does that for many in the time that it takes for
/// one (64 writers 1.7 times as fast as 8, measured), and each of them is a thread.
const COMMITS: usize = 64;

/// S3 uploads: the size of a part, in bytes, and how many go at once.
const PART: usize = 8 * 1024 * 1024;
const PARTS: usize = 4;

/// How contents are read back: bytes of content in one go, and how many such are read ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) window: u64,
    pub(super) ahead: u64,
}

/// Why nothing more can be written.
const ENDED: Cause = Cause::Broken("it has ended");

#[derive(Clone)]
pub(super) struct Store {
    pub(super) operator: Operator,
    /// Of a folder, what makes it durable.
    folder: Option<Folder>,
}

#[derive(Clone)]
struct Folder {
    root: PathBuf,
    commits: Arc<Semaphore>,
    segments: Segments,
}

impl Store {
    /// Opens a service; of a folder, makes what is missing, durably.
    pub(super) async fn open(service: Service) -> anyhow::Result<Self> {
        opendal::install_default();
        match service {
            Service::Folder(root) => {
                let made = root.clone();
                spawn_blocking(move || make_folders(&made)).await??;
                let fs = Fs::default().root(text(&root)?);
                let commits = Arc::new(Semaphore::new(COMMITS));
                let segments = Segments::new(root.clone());
                let folder = Some(Folder { root, commits, segments });
                Ok(Self { operator: Operator::new(fs)?, folder })
            }
            Service::S3 { bucket, endpoint, region, access_key_id, secret_access_key, prefix } => {
                let s3 = S3::default()
                    .bucket(&bucket)
                    .endpoint(&endpoint)
                    .region(&region)
                    .access_key_id(&access_key_id)
                    .secret_access_key(&secret_access_key)
                    .root(&prefix)
                    .disable_config_load()
                    .disable_ec2_metadata();
                let operator = Operator::new(s3)?
                    .layer(TimeoutLayer::new().with_io_timeout(IO_TIMEOUT))
                    .layer(RetryLayer::new().with_min_delay(RETRY_AFTER).with_jitter());
                Ok(Self { operator, folder: None })
            }
        }
    }

    /// How to read from here: a bucket is further away than a disk.
    pub(super) const fn reading(&self) -> Reading {
        match self.folder {
            Some(_) => Reading { window: 256 * 1024, ahead: 2 },
            None => Reading { window: 1024 * 1024, ahead: 4 },
        }
    }

    /// Opens an object to read it.
    pub(super) async fn source(&self, key: &BlobKey) -> Step<Source> {
        let begins = key.place().map_or(0, |place| place + member::HEADER as u64);
        let file = match &self.folder {
            Some(folder) => Content::file(folder.place(key)).await?,
            None => Content::Bucket(self.operator.reader(&key.path()).await?),
        };
        Ok(Source { file, begins })
    }

    /// Begins to write an object.
    pub(super) fn begin(&self) -> Unfinished {
        Unfinished { store: self.clone(), written: Some(Written::Nothing) }
    }

    /// The size of an object; `None` when it is not there.
    pub(super) async fn size(&self, key: &BlobKey) -> Step<Option<u64>> {
        if let Some(path) = self.segment_of(key)? {
            let key = key.clone();
            return Ok(spawn_blocking(move || segment::size(&path, &key)).await??);
        }
        match self.operator.stat(&key.path()).await {
            Ok(found) => Ok(Some(found.content_length())),
            Err(error) if error.kind() == opendal::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes an object; one that is not there is deleted already.
    pub(super) async fn delete(&self, key: &BlobKey) -> Step<()> {
        if let Some(path) = self.segment_of(key)? {
            let key = key.clone();
            return Ok(spawn_blocking(move || segment::delete(&path, &key)).await??);
        }
        Ok(self.operator.delete(&key.path()).await?)
    }

    /// What is in the segment of a name.
    pub(super) async fn members(&self, name: &BlobKey) -> Step<Vec<Listed>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        let path = folder.root.join(name.segment());
        Ok(spawn_blocking(move || segment::members(&path)).await??)
    }

    /// Removes the segment of a name if nothing is in it and nobody writes to it.
    pub(super) async fn remove_if_empty(&self, name: &BlobKey) -> Step<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.root.join(name.segment());
        Ok(spawn_blocking(move || segment::remove_if_empty(&path)).await??)
    }

    /// The segment that an object lies in, if it lies in one.
    fn segment_of(&self, key: &BlobKey) -> Step<Option<PathBuf>> {
        const FOLDER: Cause = Cause::Broken("what lies in a segment lies in a folder");
        let Some(_) = key.place() else { return Ok(None) };
        Ok(Some(self.folder.as_ref().ok_or(FOLDER)?.place(key)))
    }
}

impl Folder {
    /// Where an object lies.
    fn place(&self, key: &BlobKey) -> PathBuf {
        self.root.join(key.path())
    }
}

/// An object in the making. Dropped, it is removed.
pub(super) struct Unfinished {
    store: Store,
    /// `None` after a step that failed, or whose caller went away.
    written: Option<Written>,
}

/// What there is of it. It gets a name with its first byte, unless it is small: then its place is its name.
enum Written {
    Nothing,
    Draft(BlobKey, Draft),
    Parts(BlobKey, Parts),
}

impl Unfinished {
    /// Adds to the end.
    pub(super) async fn write(&mut self, data: Vec<u8>) -> Step<()> {
        let written = self.written.take().ok_or(ENDED)?;
        self.written = Some(if let Some(folder) = self.store.folder.clone() {
            let write = move || -> Step<_> {
                let (key, draft) = written.into_draft(&folder)?;
                Ok(Written::Draft(key, draft.write(&data)?))
            };
            spawn_blocking(write).await??
        } else {
            let (key, parts) = self.send(written, data).await?;
            Written::Parts(key, parts)
        });
        Ok(())
    }

    /// How much of it is gathered in memory, in bytes, at most: what is on its way leaves by itself.
    pub(super) const fn holds(&self) -> usize {
        if self.store.folder.is_some() { 0 } else { PART }
    }

    /// Ends it with the last of it: on stable storage, `size` bytes in all, when this answers. Gives its name.
    pub(super) async fn finish(mut self, last: Vec<u8>, size: u64) -> Step<BlobKey> {
        let written = self.written.take().ok_or(ENDED)?;
        let Some(folder) = self.store.folder.clone() else {
            let (key, parts) = self.send(written, last).await?;
            let (operator, writer, path) = (self.store.operator, parts.take()?, key.path());
            // A task of its own: whoever waits for it may go, and a half done close is nothing's.
            tokio::spawn(close(operator, writer, path, size)).await??;
            return Ok(key);
        };
        if matches!(written, Written::Nothing) && last.len() <= SMALL {
            return folder.segments.append(last).await;
        }
        let permit = Arc::clone(&folder.commits).acquire_owned().await;
        let permit = permit.map_err(|_| Cause::Broken("shutting down"))?;
        let finish = move || {
            let _held = permit;
            let (key, draft) = written.into_draft(&folder)?;
            draft.write(&last)?.finish()?;
            Ok(key)
        };
        spawn_blocking(finish).await?
    }

    /// Sends more to the bucket.
    async fn send(&self, written: Written, data: Vec<u8>) -> Step<(BlobKey, Parts)> {
        let (key, mut parts) = if let Written::Parts(key, parts) = written {
            (key, parts)
        } else {
            let key = BlobKey::generate()?;
            let path = key.path();
            let writer = self.store.operator.writer_with(&path);
            (key, Parts(Some(writer.chunk(PART).concurrent(PARTS).await?)))
        };
        parts.0.as_mut().ok_or(ENDED)?.write(data).await?;
        Ok((key, parts))
    }
}

impl Written {
    /// As a file in a folder that has room for more of it; what there is not yet of it is made.
    fn into_draft(self, folder: &Folder) -> Step<(BlobKey, Draft)> {
        has_room(&folder.root.join(OBJECTS))?;
        if let Self::Draft(key, draft) = self {
            return Ok((key, draft));
        }
        let key = BlobKey::generate()?;
        let draft = Draft::create(folder.place(&key))?;
        Ok((key, draft))
    }
}

/// What was sent to a bucket. Dropped, it is given up.
struct Parts(Option<Writer>);

impl Parts {
    fn take(mut self) -> Step<Writer> {
        self.0.take().ok_or(ENDED)
    }
}

impl Drop for Parts {
    fn drop(&mut self) {
        // Without a runtime the process ends; the bucket's own rule removes it.
        if let (Some(mut writer), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move { abort(&mut writer).await });
        }
    }
}

/// Closes; after an error the object itself is asked, because a close can fail that did its work
/// (apache/opendal#5101). Names are never used twice, so the right size means the right object.
async fn close(operator: Operator, mut writer: Writer, path: String, size: u64) -> Step<()> {
    let Err(error) = writer.close().await else { return Ok(()) };
    let found = operator.stat(&path).await.map(|found| found.content_length());
    if found.as_ref().is_ok_and(|length| *length == size) {
        return Ok(());
    }
    abort(&mut writer).await;
    if found.is_ok()
        && let Err(error) = operator.delete(&path).await
    {
        tracing::warn!(%error, "an object that is not whole is left for the sweep");
    }
    Err(error.into())
}

async fn abort(writer: &mut Writer) {
    if let Err(error) = writer.abort().await {
        tracing::warn!(%error, "an unfinished object is left for the sweep");
    }
}

/// Whether a file lies in one of the shard folders.
pub(super) fn has_objects(root: &Path) -> anyhow::Result<bool> {
    let objects = root.join(OBJECTS);
    if !objects.is_dir() {
        return Ok(false);
    }
    for shard in objects.read_dir()? {
        let shard = shard?.path();
        if shard.is_dir() && shard.read_dir()?.next().is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Makes the shard folders that are missing and brings them, and the way to them, to the disk.
fn make_folders(root: &Path) -> anyhow::Result<()> {
    let sync = |folder: &Path| {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| format!("cannot fsync the folder {}", folder.display()))
    };
    let objects = root.join(OBJECTS);
    for shard in 0..=u8::MAX {
        let shard = objects.join(format!("{shard:02x}"));
        if !shard.is_dir() {
            make(&shard)?;
            sync(&shard)?;
        }
    }
    sync(&objects)?;
    sync(root)?;
    root.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync)
}

/// Makes the folder for staging and clears it.
pub(super) fn make_staging(folder: &Path) -> anyhow::Result<()> {
    make(folder)?;
    remove_abandoned(folder)
}

fn make(folder: &Path) -> anyhow::Result<()> {
    let made = DirBuilder::new().mode(0o700).recursive(true).create(folder);
    made.with_context(|| format!("cannot make the folder {}", folder.display()))
}

/// Removes the files of ours in a folder that nobody has written to for a day. Ours begin with 32 hex
/// digits; whatever else a folder holds that was named by mistake, stays.
fn remove_abandoned(folder: &Path) -> anyhow::Result<()> {
    // The filesystem's own times are compared, so it is the system's clock that they compare with.
    let now = Duration::from_millis(Clock::system().set_to().try_into().unwrap_or_default());
    let remove = |entry: &DirEntry| -> io::Result<()> {
        let name = entry.file_name();
        let ours = name.as_encoded_bytes().first_chunk::<32>();
        let ours = ours.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let metadata = entry.metadata()?;
        let touched = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
        if ours && metadata.is_file() && now.saturating_sub(touched) > ABANDONED {
            fs::remove_file(entry.path())?;
        }
        Ok(())
    };
    let clear = || -> io::Result<()> {
        for entry in fs::read_dir(folder)? {
            match remove(&entry?) {
                // Another process finished it, or removed it, meanwhile.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                done => done?,
            }
        }
        Ok(())
    };
    clear().with_context(|| format!("cannot clear {}", folder.display()))
}

fn text(path: &Path) -> anyhow::Result<&str> {
    path.to_str().with_context(|| format!("{} is not UTF-8", path.display()))
}
