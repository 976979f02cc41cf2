//! `loondossier deliver`: hands files in at `/Aanleveren` as an account would, or says what would become of
//! them.

mod batch;

use super::gateway::{Gateway, sentence};
use super::{Exit, Output};
use crate::dossier::delivery::{Manifest, is_batch, publish};
use crate::dossier::{DossierPath, Error, Language, Word};
use crate::vfs::{Conditions, Create, Fate, Session, Upload};
use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use clap::Args;
use serde::Serialize;
use std::collections::HashMap;
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
#[derive(Clone, Serialize)]
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
        // `.` has no name of its own.
        let path = if path.file_name().is_some() { path.clone() } else { fs::canonicalize(path)? };
        gather(&path, &drop, &mut files)?;
    }
    files.sort();
    let (mut all, mut refused, mut with_others) = (Vec::new(), 0, Vec::new());
    let mut tell = |told: Told| {
        refused += usize::from(told.refused.is_some());
        if !output.json {
            output.line(format!("{}  ->  {}", told.file, told.said(session.language)));
        }
        all.push(told);
    };
    let (begun, mut failed) = (gateway.now(), None);
    let judged = if deliver.dry_run {
        batch::judge(gateway, &session, &files).await?
    } else {
        HashMap::new()
    };
    for (to, file) in &files {
        if let Some(told) = judged.get(to) {
            tell(told.clone());
            continue;
        }
        match hand_in(deliver, gateway, &session, file, to).await {
            Ok(Some(told)) => tell(told),
            Ok(None) if deliver.dry_run => tell(waits(&session, to)),
            Ok(None) => with_others.push(to),
            Err(error) => {
                failed = Some(error);
                break;
            }
        }
    }
    for to in with_others {
        tell(became(gateway, &session, to, begun).await?);
    }
    if let Some(failed) = failed {
        return Err(failed);
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
    ensure!(!below || !name.is_empty(), "{} has no name that can be delivered", path.display());
    let folder = if below { drop.join(name) } else { drop.clone() };
    entries.into_iter().try_for_each(|entry| gather(&entry, &folder, all))
}

/// The name of a file in the drop folder, and the folder in it where it is put, if that is one.
fn placed(to: &DossierPath) -> (String, Option<&String>) {
    let folder = to.parts().get(1).filter(|_| to.parts().len() > 2);
    (to.parts().get(1..).unwrap_or_default().join("/"), folder)
}

/// What waits.
fn waits(session: &Session, to: &DossierPath) -> Told {
    let (file, folder) = placed(to);
    let said = if folder.is_some_and(|folder| is_batch(folder)) {
        session.language.pick("wacht op het manifest", "waits for its manifest")
    } else {
        session.language.pick("wacht tot het heel is", "waits until it is whole")
    };
    Told { file, to: Some(said.to_owned()), visible_at: None, refused: None }
}

/// What became of a file that was not taken in by itself, once all were handed in. What was listed before they were
/// `begun` with is an earlier file of that name.
async fn became(
    gateway: &Gateway,
    session: &Session,
    to: &DossierPath,
    begun: i64,
) -> Result<Told> {
    let (said, refused) = match gateway.vfs.stat(session, to).await {
        // What waits is a file, what was taken in is only listed.
        Ok(entry) if entry.public_id.is_some() => return Ok(waits(session, to)),
        Ok(entry) if entry.created >= begun => {
            let said = ("aangenomen volgens het manifest", "taken in as the manifest says");
            (Some(session.language.pick(said.0, said.1).to_owned()), None)
        }
        Ok(_) | Err(Error::NotFound) => {
            let folder = Word::Refused.name(session.language);
            let said = session.language.pick("niet aangenomen: zie", "not taken in: see");
            (None, Some(format!("{said} {folder}")))
        }
        Err(error) => return Err(sentence(error).context(to.to_string())),
    };
    Ok(Told { file: placed(to).0, to: said, visible_at: None, refused })
}

/// Where it goes.
fn goes(file: String, Fate { to, visible_at, .. }: Fate) -> Told {
    let visible_at = visible_at.map(publish::shown);
    Told { file, to: Some(to), visible_at, refused: None }
}

/// Hands a file in, or says what would become of it; `None` when that hangs on others.
async fn hand_in(
    deliver: &Deliver,
    gateway: &Gateway,
    session: &Session,
    file: &Path,
    to: &DossierPath,
) -> Result<Option<Told>> {
    let (name, folder) = placed(to);
    if deliver.dry_run && folder.is_some_and(|folder| is_batch(folder)) {
        return Ok(Some(waits(session, to)));
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
        Ok(fate) if fate == Fate::default() => Ok(None),
        Ok(fate) => Ok(Some(goes(name, fate))),
        Err(error @ (Error::Refused(_) | Error::NoParent | Error::BadName(_))) => {
            let refused = Some(error.sentence(session.language));
            Ok(Some(Told { file: name, to: None, visible_at: None, refused }))
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
    if let Err(error) = fill(&mut upload, path, |_| {}).await? {
        return Ok(Err(error));
    }
    let went = upload.would_go(None).await;
    Ok(match went {
        Ok(went) if !dry_run => upload.commit().await.map(|_| went),
        Err(Error::Refused(_)) if !dry_run => upload.commit().await.map(|_| Fate::default()),
        went => went,
    })
}

/// Sends the content of a file, of which `seen` is shown each part.
async fn fill(
    upload: &mut Upload,
    path: &Path,
    mut seen: impl FnMut(&[u8]),
) -> Result<crate::dossier::Result<()>> {
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
        seen(&piece);
        if let Err(error) = upload.write_at(at, piece).await {
            return Ok(Err(error));
        }
        at += length as u64;
    }
    Ok(Ok(()))
}
