//! Where objects lie: a folder or a bucket, by opendal, and what opendal leaves undone in a folder.
//!
//! opendal writes a temporary file, fsyncs it and renames it, but never fsyncs the folder it was
//! renamed into, so that an acknowledged object can be gone after a power cut; and its close holds up
//! the thread it runs on. Here the shard folders are made and fsynced beforehand, and close and the
//! fsync of the shard folder run beside the async threads, a few at once.

use super::cause::{Cause, Step};
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

/// Objects in the making, in a folder: on the same filesystem, as they are renamed out of it.
const TEMPORARY: &str = "blobs/.temp";

/// How long something unfinished must have lain untouched before it is taken for dead.
const ABANDONED: Duration = Duration::from_hours(24);

/// How long S3 may take to answer, the assembly of a large upload included.
const IO_TIMEOUT: Duration = Duration::from_mins(2);

/// How long after a failure S3 is asked again; twice as long each time, three times.
const RETRY_AFTER: Duration = Duration::from_millis(250);

/// More commits at once make a disk slower (measured).
const COMMITS: usize = 8;

/// S3 uploads: the size of a part, in bytes, and how many go at once.
const PART: usize = 8 * 1024 * 1024;
const PARTS: usize = 4;

/// How contents are read back: bytes of content in one go, and how many such are read ahead.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reading {
    pub(super) window: u64,
    pub(super) ahead: u64,
}

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
}

impl Store {
    /// Opens a service; of a folder, makes what is missing, durably, and removes what died in it.
    pub(super) async fn open(service: Service) -> anyhow::Result<Self> {
        opendal::install_default();
        match service {
            Service::Folder(root) => {
                let made = root.clone();
                spawn_blocking(move || make_folders(&made)).await??;
                let fs =
                    Fs::default().root(text(&root)?).atomic_write_dir(text(&root.join(TEMPORARY))?);
                let commits = Arc::new(Semaphore::new(COMMITS));
                Ok(Self { operator: Operator::new(fs)?, folder: Some(Folder { root, commits }) })
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

    /// Begins to write an object.
    pub(super) async fn begin(&self, key: &BlobKey) -> Step<Unfinished> {
        let path = key.path();
        let writer = match self.folder {
            Some(_) => self.operator.writer(&path).await?,
            None => self.operator.writer_with(&path).chunk(PART).concurrent(PARTS).await?,
        };
        Ok(Unfinished(Some(writer)))
    }

    /// Ends it: on stable storage when this answers.
    pub(super) async fn commit(
        &self,
        mut unfinished: Unfinished,
        key: &BlobKey,
        size: u64,
    ) -> Step<()> {
        let (operator, path) = (self.operator.clone(), key.path());
        let Some(folder) = &self.folder else {
            let writer = unfinished.take()?;
            // A task of its own: whoever waits for it may go, and a half done close is nothing's.
            return tokio::spawn(close(operator, writer, path, size)).await?;
        };
        let permit = Arc::clone(&folder.commits).acquire_owned().await;
        let permit = permit.map_err(|_| Cause::Broken("shutting down"))?;
        let writer = unfinished.take()?;
        let shard = folder.root.join(key.shard());
        let handle = Handle::current();
        spawn_blocking(move || {
            let _held = permit;
            handle.block_on(close(operator, writer, path, size))?;
            Ok(File::open(shard)?.sync_all()?)
        })
        .await?
    }
}

/// An object in the making. Dropped, it is removed.
pub(super) struct Unfinished(Option<Writer>);

impl Unfinished {
    const ENDED: Cause = Cause::Broken("it has ended");

    pub(super) async fn write(&mut self, data: Vec<u8>) -> Step<()> {
        Ok(self.0.as_mut().ok_or(Self::ENDED)?.write(data).await?)
    }

    fn take(&mut self) -> Step<Writer> {
        self.0.take().ok_or(Self::ENDED)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Without a runtime the process ends; the next one removes it.
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

/// Makes the shard folders that are missing and brings them, and the way to them, to the disk.
fn make_folders(root: &Path) -> anyhow::Result<()> {
    let sync = |folder: &Path| {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.with_context(|| format!("cannot fsync the folder {}", folder.display()))
    };
    let objects = root.join(OBJECTS);
    let temporary = root.join(TEMPORARY);
    make(&temporary)?;
    for shard in 0..=u8::MAX {
        let shard = objects.join(format!("{shard:02x}"));
        if !shard.is_dir() {
            make(&shard)?;
            sync(&shard)?;
        }
    }
    sync(&objects)?;
    sync(root)?;
    root.parent().filter(|parent| !parent.as_os_str().is_empty()).map_or(Ok(()), sync)?;
    remove_abandoned(&temporary)
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
