//! `loondossier deliver`: hands files in at `/Aanleveren` as an account would, or says what would become of
//! them.

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::dossier::delivery::{Manifest, is_batch, publish};
use crate::dossier::{DossierPath, Error, Language, Word};
use crate::vfs::{Conditions, Create, Fate, Session, Upload};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// How much of a file is read at once, in bytes.
const STEP: usize = 1 << 20;

#[derive(Args, Debug)]
pub(super) struct Deliver {
    /// The account that delivers.
    #[arg(long = "as", value_name = "LOGIN")]
    login: String,
    /// Say what would go where, and why not; deliver nothing.
    #[arg(long)]
    dry_run: bool,
    /// Files, and folders: one named by an LHN is put there whole, of another what is in it.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

/// What became of a file.
#[derive(Serialize)]
struct Told {
    file: String,
    /// Where it goes, or went.
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<String>,
    /// From when its receivers may see it, where that is not at once: `2026-11-25 09:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    visible_at: Option<String>,
    /// The code and the sentence of a refusal.
    #[serde(skip_serializing_if = "Option::is_none")]
    refused: Option<String>,
}

impl Told {
    fn said(&self, language: Language) -> String {
        let said = self.to.as_ref().or(self.refused.as_ref()).cloned().unwrap_or_default();
        match &self.visible_at {
            Some(at) => format!("{said}, {}", publish::words(language, at)),
            None => said,
        }
    }
}

pub(super) async fn run(deliver: &Deliver, gateway: &Gateway, output: Output) -> Result<Exit> {
    let session = gateway.session_for(&deliver.login).await?;
    let drop = DossierPath::parse("/")?.join(Word::Deliver.name(session.language));
    let mut files = Vec::new();
    for path in &deliver.paths {
        gather(path, &drop, &mut files)?;
    }
    files.sort();
    let (mut all, mut refused) = (Vec::new(), 0);
    for (to, file) in &files {
        let told = hand_in(deliver, gateway, &session, file, to).await?;
        refused += usize::from(told.refused.is_some());
        if !output.json {
            output.line(format!("{}  ->  {}", told.file, told.said(session.language)));
        }
        all.push(told);
    }
    if output.json {
        output.value(&all, "");
    }
    Ok(match refused {
        0 => Exit::Done,
        n if n == all.len() => Exit::Failed,
        _ => Exit::Partly,
    })
}

/// The files of a path, each with where it is put.
fn gather(path: &Path, drop: &DossierPath, all: &mut Vec<(DossierPath, PathBuf)>) -> Result<()> {
    let about = || format!("cannot read {}", path.display());
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    if !fs::metadata(path).with_context(about)?.is_dir() {
        ensure!(!name.is_empty(), "{} has no name that can be delivered", path.display());
        all.push((drop.join(name), path.to_owned()));
        return Ok(());
    }
    let mut entries = Vec::new();
    for entry in fs::read_dir(path).with_context(about)? {
        entries.push(entry.with_context(about)?.path());
    }
    let manifest = entries
        .iter()
        .any(|file| file.file_name().and_then(|name| name.to_str()).is_some_and(Manifest::is_name));
    let below = !drop.parent().is_root() || !is_batch(name) || manifest;
    let folder = if below { drop.join(name) } else { drop.clone() };
    entries.into_iter().try_for_each(|entry| gather(&entry, &folder, all))
}

/// Hands a file in, or says what would become of it.
async fn hand_in(
    deliver: &Deliver,
    gateway: &Gateway,
    session: &Session,
    file: &Path,
    to: &DossierPath,
) -> Result<Told> {
    let name = to.parts().get(1..).unwrap_or_default().join("/");
    let folder = to.parts().get(1).filter(|_| to.parts().len() > 2);
    if deliver.dry_run && folder.is_some_and(|folder| is_batch(folder)) {
        let waits = session.language.pick("wacht op het manifest", "waits for its manifest");
        return Ok(Told {
            file: name,
            to: Some(waits.to_owned()),
            visible_at: None,
            refused: None,
        });
    }
    let done = async {
        if !deliver.dry_run && folder.is_some() {
            let made = gateway.vfs.make_folder(session, &to.parent(), &Conditions::default()).await;
            made.map(drop)
                .or_else(|error| if error == Error::Exists { Ok(()) } else { Err(error) })?;
        }
        let create = Create { make: true, ..Create::default() };
        gateway.vfs.create(session, to, create).await
    };
    let told = match done.await {
        Ok(upload) => send(upload, file, deliver.dry_run).await?,
        Err(error) => Err(error),
    };
    match told {
        Ok(Fate { to, visible_at }) => {
            let visible_at = visible_at.map(publish::shown);
            Ok(Told { file: name, to: Some(to), visible_at, refused: None })
        }
        Err(error @ (Error::Refused(_) | Error::NoParent | Error::BadName(_))) => {
            let refused = Some(error.sentence(session.language));
            Ok(Told { file: name, to: None, visible_at: None, refused })
        }
        Err(error) => Err(sentence(error).context(name)),
    }
}

/// Sends a file; what is said of it is where it goes.
async fn send(
    mut upload: Upload,
    path: &Path,
    dry_run: bool,
) -> Result<crate::dossier::Result<Fate>> {
    let about = || format!("cannot read {}", path.display());
    let mut file = File::open(path).with_context(about)?;
    let mut buffer = vec![0; STEP];
    let mut at = 0;
    loop {
        let length = file.read(&mut buffer).with_context(about)?;
        if length == 0 {
            break;
        }
        let piece = Bytes::copy_from_slice(buffer.get(..length).unwrap_or_default());
        if let Err(error) = upload.write_at(at, piece).await {
            return Ok(Err(error));
        }
        at += length as u64;
    }
    let went = upload.would_go().await;
    Ok(match went {
        Ok(went) if !dry_run => upload.commit().await.map(|_| went),
        Err(Error::Refused(_)) if !dry_run => upload.commit().await.map(|_| Fate::default()),
        went => went,
    })
}
