//! `loondossier keys`: a new master key, and what it takes to have the contents back without this
//! program.

use super::gateway::{Gateway, sentence};
use super::output::word;
use super::{Exit, Output, secret};
use crate::blobs::Lockbox;
use crate::config::Config;
use crate::dossier::Error;
use anyhow::{Context, Result, ensure};
use clap::Subcommand;
use serde::Serialize;
use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Whoever finds an export has all the time to try passphrases.
const SHORTEST: usize = 12;

/// What to do with the keys.
#[derive(Debug, Subcommand)]
pub(super) enum KeysCommand {
    /// Seal every key under a new master key; serve goes on meanwhile
    Rotate,
    /// Write every identity, under a passphrase, and an index of every version: with these and the stock
    /// age tool the contents can be had back without this program
    Export {
        /// The folder to write them into, made if it is not there
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

pub(super) async fn run(
    command: KeysCommand,
    config: &Config,
    gateway: &Gateway,
    output: Output,
) -> Result<Exit> {
    match command {
        KeysCommand::Rotate => rotate(&config.master_key_file(), gateway, output).await,
        KeysCommand::Export { out } => export(&out, gateway, output).await,
    }
}

#[derive(Serialize)]
struct Rotated {
    master_key: String,
    older: Vec<String>,
    sealed: u64,
}

async fn rotate(file: &Path, gateway: &Gateway, output: Output) -> Result<Exit> {
    let name = file.display();
    let rotation = gateway.keyring.rotation()?;
    // Else an earlier rotation was cut off, or the operator added the key: what is left is done.
    if gateway.vfs.keys_are_sealed_anew().await.map_err(sentence)? {
        rotation.add().with_context(|| {
            format!(
                "if {name} is a credential that systemd hands over: add a line `id:base64 of 32 random bytes` \
                 to the file that it comes from, restart the service, and rotate again"
            )
        })?;
    }
    let progress = |sealed| Output::progress(format!("{sealed} keys sealed"));
    let sealed = gateway.vfs.seal_keys_anew(progress).await.map_err(sentence)?;
    let (master_key, older) = (gateway.keyring.current(), gateway.keyring.older());
    let text = format!(
        "{sealed} keys are sealed under the new master key {master_key}\n\
         Copy {name} to where you keep it, now: what is sealed under a key that is lost is lost.\n\
         The keys before it ({}) open only backups of the database from before today; once those are gone, and \
         `loondossier doctor` finds nothing wrong without them, take their lines out of {name}.",
        older.join(", ")
    );
    output.value(&Rotated { master_key, older, sealed }, text);
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Exported {
    identities: PathBuf,
    index: PathBuf,
    keys: u64,
    versions: u64,
}

async fn export(folder: &Path, gateway: &Gateway, output: Output) -> Result<Exit> {
    let passphrase = secret::new("passphrase", "the export")?;
    ensure!(
        passphrase.chars().count() >= SHORTEST,
        "take a passphrase of {SHORTEST} characters or more: whoever finds the export can try for ever"
    );
    let failed = || format!("cannot write into {}", folder.display());
    DirBuilder::new().recursive(true).mode(0o700).create(folder).with_context(failed)?;
    let (identities, index) = (folder.join("identities.age"), folder.join("index.csv.age"));
    for file in [&identities, &index] {
        ensure!(!file.exists(), "{} is there: take an empty folder", file.display());
    }

    // The index before the identities: then none is missing that it names.
    let sealed = gateway.keyring.new_identity().map_err(sentence)?;
    let own = gateway.keyring.open(&sealed.sealed, &sealed.master).map_err(sentence)?;
    let versions = write_index(Lockbox::for_recipient(&index, &own.recipient())?, gateway).await?;
    let mut keys = 0;
    let mut text = Zeroizing::new(format!("# the index\n{}\n", &*own.secret()));
    let tell = |identity: &crate::blobs::Identity| {
        keys += 1;
        text.push_str(&format!("# {}\n{}\n", identity.recipient(), &*identity.secret()));
    };
    gateway.vfs.identities(tell).await.map_err(sentence)?;
    let mut lockbox = Lockbox::for_passphrase(&identities, &passphrase)?;
    lockbox.write_all(text.as_bytes()).with_context(failed)?;
    lockbox.finish().with_context(failed)?;
    File::open(folder).and_then(|folder| folder.sync_all()).with_context(failed)?;
    let lines = format!(
        "{keys} identities in {}, under the passphrase; {versions} versions in {}\n\
         To open them: age -d -o identities.txt {}; age -d -i identities.txt {}",
        identities.display(),
        index.display(),
        word(identities.display()),
        word(index.display())
    );
    output.value(&Exported { identities, index, keys, versions }, lines);
    Ok(Exit::Done)
}

/// Why the index was not written.
enum Stopped {
    Catalog(Error),
    File(csv::Error),
}

impl From<Error> for Stopped {
    fn from(error: Error) -> Self {
        Self::Catalog(error)
    }
}

async fn write_index(lockbox: Lockbox, gateway: &Gateway) -> Result<u64> {
    let mut csv = csv::WriterBuilder::new().delimiter(b';').from_writer(lockbox);
    let mut versions = 0;
    let indexed = gateway.vfs.index(|line| {
        versions += 1;
        if versions % 1_000 == 0 {
            Output::progress(format!("{versions} versions"));
        }
        csv.serialize(line).map_err(Stopped::File)
    });
    match indexed.await {
        Err(Stopped::Catalog(error)) => return Err(sentence(error)),
        Err(Stopped::File(error)) => return Err(error.into()),
        Ok(()) => {}
    }
    let lockbox = csv.into_inner().map_err(csv::IntoInnerError::into_error)?;
    lockbox.finish()?;
    Ok(versions)
}
