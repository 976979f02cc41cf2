//! What must be there before a dossier can be opened: its database, its contents, and its keys.
//!
//! Makes what a new one needs; makes nothing new beside what belongs to it and is not there.

use super::gateway::sentence;
use super::output::word;
use crate::blobs::{Blobs, Keyring, Service};
use crate::catalog::{Conn, Db, credentials, keys, versions};
use crate::config::{self, Config};
use anyhow::{Context, Result, anyhow, ensure};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::Duration;
use tokio::time::timeout;

/// A bucket that took longer to answer is away.
const ANSWERS_WITHIN: Duration = Duration::from_secs(10);

/// Where contents lie.
pub(super) fn service(config: &Config) -> Result<Service> {
    let s3 = &config.blobs;
    Ok(match s3.service {
        config::Service::Fs => Service::Folder(config.blobs_folder().to_owned()),
        config::Service::S3 => Service::S3 {
            bucket: s3.bucket.clone(),
            endpoint: s3.endpoint.clone(),
            region: s3.region.clone(),
            access_key_id: s3.access_key_id.clone(),
            secret_access_key: s3.secret_access_key.read(&s3.secret_access_key_file)?,
            prefix: s3.prefix.clone(),
        },
    })
}

/// Where the contents lie.
pub(super) fn contents(config: &Config) -> String {
    match config.blobs.service {
        config::Service::Fs => config.blobs_folder().join("blobs").display().to_string(),
        config::Service::S3 => format!("{} at {}", config.blobs.bucket, config.blobs.endpoint),
    }
}

/// The database, which must be there.
pub(super) async fn database(config: &Config) -> Result<Db> {
    let url = config.database_url()?;
    if url != "sqlite" {
        return Db::postgres(&url).await.context("the database does not answer");
    }
    let file = config.sqlite_file();
    ensure!(file.exists(), "{} is not there: run `loondossier init`", file.display());
    Db::sqlite(&file).await.with_context(|| format!("{} cannot be used", file.display()))
}

/// The database, made if it is a file that is not there; migrated. Whether it was made.
pub(super) async fn make_database(config: &Config) -> Result<bool> {
    if made(config).await?.is_some() {
        return Ok(false);
    }
    let file = config.sqlite_file();
    Db::sqlite(&file).await.with_context(|| format!("{} cannot be made", file.display()))?;
    Ok(true)
}

/// The database, to be read, if it was made.
async fn made(config: &Config) -> Result<Option<Conn>> {
    if config.database_url()? == "sqlite" && !config.sqlite_file().exists() {
        return Ok(None);
    }
    database(config).await?.reader().await.map(Some).map_err(sentence)
}

/// The contents' folders, made; nothing of S3. Refuses contents, in this place, beside a database that is new:
/// they are another's, and would be cleared away as nobody's.
pub(super) async fn make_contents(config: &Config) -> Result<()> {
    let place = contents(config);
    let blobs = Blobs::open(service(config)?, &config.staging_folder()).await?;
    if let Some(mut conn) = made(config).await?
        && keys::any(&mut conn).await.map_err(sentence)?
    {
        return Ok(());
    }
    let list = async { blobs.list().await?.page().await };
    let first =
        list.await.map_err(sentence).with_context(|| format!("{place} cannot be listed"))?;
    ensure!(
        first.is_none(),
        "the contents in {place} belong to another database than this, which is new: put theirs back from \
         the backup, or name an empty place for the contents"
    );
    Ok(())
}

/// Refuses to go on without the contents that the database is about: all would seem to be lost, and what is put in
/// their place would be when they are back. That a bucket does not answer is no reason to stay away.
pub(super) async fn no_contents_are_missing(config: &Config) -> Result<()> {
    let Some(mut conn) = made(config).await? else { return Ok(()) };
    if !versions::any(&mut conn).await.map_err(sentence)? {
        return Ok(());
    }
    let there = match service(config)? {
        folder @ Service::Folder(_) => Blobs::are_there(folder).await?,
        bucket @ Service::S3 { .. } => timeout(ANSWERS_WITHIN, Blobs::are_there(bucket))
            .await
            .map_or(true, |there| there.unwrap_or(true)),
    };
    let place = contents(config);
    ensure!(
        there,
        "the contents of this database are not in {place}: mount what they are on, or put them back from the backup"
    );
    Ok(())
}

/// Refuses to go on without a key that the database needs. A new master key would open none of its keys,
/// and what is sealed under it meanwhile would be lost when the other is put back.
pub(super) async fn no_key_is_missing(config: &Config) -> Result<()> {
    no_pepper_is_missing(config).await?;
    let file = config.master_key_file();
    if file.exists() {
        return Ok(());
    }
    let Some(mut conn) = made(config).await? else { return Ok(()) };
    let sealed = keys::masters(&mut conn).await.map_err(sentence)?;
    let ids: Vec<_> = sealed.iter().map(|key| key.master.as_str()).collect();
    ensure!(
        ids.is_empty(),
        "{} is not there, and the keys in the database are sealed under {}: put it back from where you keep it",
        file.display(),
        ids.join(", ")
    );
    Ok(())
}

/// The same of the pepper: with a new one no password would be right any more.
pub(super) async fn no_pepper_is_missing(config: &Config) -> Result<()> {
    let file = config.pepper_file();
    if file.exists() {
        return Ok(());
    }
    let Some(mut conn) = made(config).await? else { return Ok(()) };
    ensure!(
        !credentials::need_pepper(&mut conn).await.map_err(sentence)?,
        "{} is not there, and the passwords in the database need it: put it back from where you keep it",
        file.display()
    );
    Ok(())
}

/// A new master key in its file.
pub(super) fn make_master_key(file: &Path) -> Result<()> {
    Keyring::create(file).map(drop)
}

/// The pepper.
pub(super) fn read_pepper(config: &Config) -> Result<[u8; 32]> {
    let file = config.pepper_file();
    let pepper = read_key(&file)?;
    pepper.try_into().map_err(|_| anyhow!("{} does not hold 32 bytes", file.display()))
}

/// What a key's file holds; refused when others than its owner and group can reach it.
pub(super) fn read_key(file: &Path) -> Result<Vec<u8>> {
    let name = file.display();
    let metadata = match std::fs::metadata(file) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
            Err(anyhow!("{name} is not there: run `loondossier init`"))
        }
        other => other.with_context(|| format!("{name} cannot be read")),
    }?;
    let open = metadata.permissions().mode() & 0o007 != 0;
    ensure!(!open, "{name} can be reached by everybody: run `chmod 600 {}`", word(&name));
    std::fs::read(file).with_context(|| format!("{name} cannot be read"))
}
