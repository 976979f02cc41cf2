//! What would become of a batch: all of it is taken in, or none.

use super::super::gateway::{Gateway, sentence};
use super::{Told, fill, goes, placed};
use crate::dossier::delivery::{Manifest, ManifestLine, batch, is_batch};
use crate::dossier::{DossierPath, Error, Refusal};
use crate::vfs::{Create, Fate, Session};
use anyhow::{Context as _, Result};
use aws_lc_rs::digest::{Context, SHA256};
use data_encoding::HEXLOWER;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// A file, and where it is put.
type Put = (DossierPath, PathBuf);

/// What would become of the manifests among the files, and of what is there of theirs.
pub(super) async fn judge(
    gateway: &Gateway,
    session: &Session,
    files: &[Put],
) -> Result<HashMap<DossierPath, Told>> {
    let mut all = HashMap::new();
    for (to, file) in files {
        let name = to.name().unwrap_or_default();
        let in_batch = to.parts().len() == 3 && placed(to).1.is_some_and(|folder| is_batch(folder));
        if !in_batch || !Manifest::is_name(name) {
            continue;
        }
        let about = || format!("cannot read {}", file.display());
        let read = if fs::metadata(file).with_context(about)?.len() > Manifest::MAX {
            Err(Refusal::Manifest)
        } else {
            Manifest::read(&fs::read(file).with_context(about)?)
        };
        match read {
            Err(refusal) => {
                all.insert(to.clone(), refused(session, to, Error::Refused(refusal)));
            }
            Ok(manifest) => {
                // Else it waits for the others.
                if let Some(found) = found(&manifest, to, files) {
                    all.extend(together(gateway, session, to, found).await?);
                }
            }
        }
    }
    Ok(all)
}

/// The files that a manifest is about, when all are there.
fn found<'m, 'f>(
    manifest: &'m Manifest,
    at: &DossierPath,
    files: &'f [Put],
) -> Option<Vec<(&'m ManifestLine, &'f Put)>> {
    let beside = files.iter().filter(|(to, _)| to.parent() == at.parent());
    let came = beside.filter(|(_, file)| fs::metadata(file).is_ok_and(|about| about.len() > 0));
    batch::complete(manifest, came.map(|put| (put.0.name().unwrap_or_default(), put)))
}

async fn together(
    gateway: &Gateway,
    session: &Session,
    manifest: &DossierPath,
    lines: Vec<(&ManifestLine, &Put)>,
) -> Result<Vec<(DossierPath, Told)>> {
    let (mut judged, mut digests) = (Vec::new(), Vec::new());
    for (line, (to, file)) in lines {
        let (fate, sha256) = one(gateway, session, line, to, file).await?;
        judged.push((to, fate, line.at));
        digests.push(sha256);
    }
    let filed = judged
        .iter()
        .zip(digests)
        .filter_map(|((_, fate, _), sha256)| Some((fate.as_ref().ok()?.overview.as_str(), sha256)));
    let disputed = batch::disputed(filed);
    for (_, fate, _) in &mut judged {
        if fate.as_ref().is_ok_and(|fate| disputed.contains(&fate.overview)) {
            *fate = Err(Error::Refused(Refusal::Ambiguous));
        }
    }
    let wrong = judged.iter().find(|(_, fate, _)| fate.is_err()).map(|(.., at)| *at);
    let said = ("aangenomen volgens het manifest", "taken in as the manifest says");
    let said = session.language.pick(said.0, said.1).to_owned();
    judged.push((manifest, Ok(Fate { to: said, ..Fate::default() }), 0));
    let told = judged.into_iter().map(|(to, fate, _)| {
        let told = match (fate, wrong) {
            (Ok(fate), None) => goes(placed(to).0, fate),
            (Ok(_), line) => refused(session, to, Error::Refused(batch::to_blame(line))),
            (Err(error), _) => refused(session, to, error),
        };
        (to.clone(), told)
    });
    Ok(told.collect())
}

fn refused(session: &Session, to: &DossierPath, error: Error) -> Told {
    let refused = Some(error.sentence(session.language));
    Told { file: placed(to).0, to: None, visible_at: None, refused }
}

/// What would become of one file, were it alone; and its SHA-256.
async fn one(
    gateway: &Gateway,
    session: &Session,
    line: &ManifestLine,
    to: &DossierPath,
    file: &Path,
) -> Result<(crate::dossier::Result<Fate>, [u8; 32])> {
    // Its folder need not be there.
    let at = to.parent().parent().join(to.name().unwrap_or_default());
    let create = Create { make: true, ..Create::default() };
    let mut sum = Context::new(&SHA256);
    let fate = match gateway.vfs.create(session, &at, create).await {
        Ok(mut upload) => match fill(&mut upload, file, |piece| sum.update(piece)).await? {
            Ok(()) => upload.would_go(Some(line)).await,
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    let sha256: [u8; 32] = sum.finish().as_ref().try_into()?;
    match fate {
        Ok(fate) => {
            let fits = line.check(&HEXLOWER.encode(&sha256)).map_err(Error::Refused);
            Ok((fits.map(|()| fate), sha256))
        }
        Err(Error::Refused(_) | Error::BadName(_)) => Ok((fate, sha256)),
        Err(error) => Err(sentence(error).context(to.to_string())),
    }
}
