//! `loondossier init`: makes what is missing, and says what it made.

use super::{Exit, Output, host_key, log_causes, needed, trust};
use crate::config::{Config, Service, Tls, TlsWord};
use anyhow::{Context, Result, anyhow};
use serde::Serialize;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

/// One thing that must be there.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Part {
    #[serde(rename = "part")]
    name: &'static str,
    /// It was not there.
    made: bool,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fingerprint: Option<String>,
}

pub(super) async fn run(config: &Config, output: Output) -> Result<Exit> {
    log_causes()?;
    let parts = make(config).await?;
    output.rows(&["PART", "STATE", "WHERE", "FINGERPRINT"], &parts, |part| {
        let made = if part.made { "made" } else { "was there" };
        let fingerprint = part.fingerprint.clone().unwrap_or_default();
        vec![part.name.into(), made.into(), part.at.clone(), fingerprint]
    });
    Ok(Exit::Done)
}

/// Makes what is missing; what is there stays as it is.
pub(super) async fn make(config: &Config) -> Result<Vec<Part>> {
    needed::no_contents_are_missing(config).await?;
    let mut parts = vec![folder("data folder", &config.data_dir)?];
    if config.blobs.service == Service::Fs {
        parts.push(folder("contents", &config.blobs_folder().join("blobs"))?);
    }
    parts.push(folder("staging", &config.staging_folder())?);
    needed::make_contents(config).await?;

    needed::no_key_is_missing(config).await?;
    parts.push(key("master key", &config.master_key_file(), needed::make_master_key)?);
    parts.push(key("pepper", &config.pepper_file(), |at| replace(at, &new_pepper()?))?);
    let file = config.host_key_file();
    let mut part = key("SSH host key", &file, |at| replace(at, &host_key::make()?))?;
    part.fingerprint = Some(host_key::fingerprint(&file)?);
    parts.push(part);
    parts.extend(certificate(config)?);

    let made = needed::make_database(config).await?;
    let at = match config.database_url()?.as_str() {
        "sqlite" => config.sqlite_file().display().to_string(),
        _ => "PostgreSQL".to_owned(),
    };
    parts.push(Part { name: "database", made, at, fingerprint: None });
    Ok(parts)
}

/// A new pepper: 32 random bytes.
fn new_pepper() -> Result<[u8; 32]> {
    let mut pepper = [0; 32];
    aws_lc_rs::rand::fill(&mut pepper).map_err(|_| anyhow!("the system gives no randomness"))?;
    Ok(pepper)
}

/// One's own certificate is only looked at; one signed by itself is made.
fn certificate(config: &Config) -> Result<Option<Part>> {
    let Some((cert, private)) = config.tls_files() else { return Ok(None) };
    let mut part = Part { name: "certificate", made: false, at: show(&cert), fingerprint: None };
    let ours = config.dav.tls == Tls::Word(TlsWord::SelfSigned);
    if ours && !(cert.exists() && private.exists()) {
        let mut hosts = vec!["localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
        hosts.extend(config.public_host().filter(|host| !hosts.contains(host)));
        let (cert_pem, key_pem) = trust::new(&hosts)?;
        // The certificate last: with one but without its key the pair would never be made again.
        replace(&private, key_pem.as_bytes())?;
        write(&cert, cert_pem.as_bytes(), 0o644)?;
        part.made = true;
    }
    part.fingerprint = Some(trust::fingerprint(&cert)?);
    Ok(Some(part))
}

/// A folder that only its owner enters.
pub(super) fn folder(name: &'static str, at: &Path) -> Result<Part> {
    let made = !at.exists();
    if made {
        let failed = || format!("the folder {} cannot be made", at.display());
        DirBuilder::new().recursive(true).mode(0o700).create(at).with_context(failed)?;
        keep_name(at)?;
    }
    Ok(Part { name, made, at: show(at), fingerprint: None })
}

/// A key file that only its owner reads. One that is there is never written.
fn key(name: &'static str, at: &Path, write: impl FnOnce(&Path) -> Result<()>) -> Result<Part> {
    let made = !at.exists();
    if made {
        folder("", at.parent().unwrap_or(Path::new(".")))?;
        write(at)?;
    }
    Ok(Part { name, made, at: show(at), fingerprint: None })
}

/// Puts a private file there in one step: whole, or not at all.
pub(super) fn replace(at: &Path, bytes: &[u8]) -> Result<()> {
    write(at, bytes, 0o600)
}

fn write(at: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let above = at.parent().unwrap_or(Path::new("."));
        DirBuilder::new().recursive(true).mode(0o700).create(above)?;
        let new = at.with_added_extension("new");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(mode).open(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        std::fs::rename(&new, at)
    };
    write().with_context(|| format!("{} cannot be written", at.display()))?;
    keep_name(at)
}

/// Makes a new name survive a power cut.
fn keep_name(at: &Path) -> Result<()> {
    let above = at.parent().filter(|above| !above.as_os_str().is_empty());
    let above = above.unwrap_or(Path::new("."));
    File::open(above)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} cannot be made durable", above.display()))
}

fn show(at: &Path) -> String {
    at.display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn config(folder: &Path) -> Config {
        Config { data_dir: folder.join("data"), ..Config::default() }
    }

    fn mode(at: &Path) -> u32 {
        std::fs::metadata(at).unwrap().permissions().mode() & 0o777
    }

    #[tokio::test]
    async fn the_first_run_makes_all_of_it_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let parts = make(&config).await.unwrap();
        assert!(parts.iter().all(|p| p.made), "{parts:?}");
        assert_eq!(mode(&config.data_dir), 0o700);
        let (certificate, private) = config.tls_files().unwrap();
        let files = [config.master_key_file(), config.pepper_file(), config.host_key_file()];
        for key in files.iter().chain([&private]) {
            assert_eq!(mode(key), 0o600, "{}", key.display());
        }
        assert_eq!(mode(&certificate), 0o644, "it is public");
        let fingerprints: Vec<_> = parts.iter().filter_map(|p| p.fingerprint.as_deref()).collect();
        assert!(fingerprints[0].starts_with("SHA256:"), "{fingerprints:?}");
        assert_eq!(fingerprints[1].matches(':').count(), 31, "{fingerprints:?}");
        assert_eq!(std::fs::read(config.pepper_file()).unwrap().len(), 32);
    }

    #[tokio::test]
    async fn the_second_run_makes_nothing_and_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let first = make(&config).await.unwrap();
        let keys = [config.master_key_file(), config.pepper_file(), config.host_key_file()];
        let before = keys.clone().map(|key| std::fs::read(key).unwrap());
        let second = make(&config).await.unwrap();
        assert!(second.iter().all(|p| !p.made), "{second:?}");
        let fingerprints = |parts: &[Part]| -> Vec<Option<String>> {
            parts.iter().map(|p| p.fingerprint.clone()).collect()
        };
        assert_eq!(fingerprints(&first), fingerprints(&second));
        assert_eq!(keys.map(|key| std::fs::read(key).unwrap()), before);
    }

    #[tokio::test]
    async fn what_is_missing_later_is_made_then() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        make(&config).await.unwrap();
        std::fs::remove_file(config.host_key_file()).unwrap();
        let made: Vec<_> =
            make(&config).await.unwrap().into_iter().filter(|p| p.made).map(|p| p.name).collect();
        assert_eq!(made, ["SSH host key"]);
    }

    #[tokio::test]
    async fn a_certificate_of_ones_own_is_never_made() {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config(folder.path());
        config.dav.tls = Tls::Files { cert: "/no/cert.pem".into(), key: "/no/key.pem".into() };
        let error = make(&config).await.unwrap_err().to_string();
        assert_eq!(error, "/no/cert.pem holds no certificate");
    }

    #[tokio::test]
    async fn no_database_is_made_beside_the_contents_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let config = config(folder.path());
        let blobs = config.blobs_folder().join("blobs");
        let object = blobs.join("ab/ab000000000000000000000000000000.age");
        std::fs::create_dir_all(blobs.join("ab")).unwrap();
        std::fs::write(&object, b"theirs").unwrap();
        let refused = make(&config).await.unwrap_err().to_string();
        assert!(refused.contains(&format!("{} belong to another", blobs.display())), "{refused}");
        assert!(!config.sqlite_file().exists() && !config.master_key_file().exists());
        std::fs::remove_file(&object).unwrap();
        make(&config).await.unwrap();
        // The contents come back after it: still nobody is in it.
        std::fs::write(&object, b"theirs").unwrap();
        assert!(make(&config).await.unwrap_err().to_string().contains("belong to another"));
    }
}
