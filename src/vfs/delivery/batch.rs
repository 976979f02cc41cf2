//! Batches (PRODUCT.md section 5): files in a folder of `/Aanleveren` wait until a manifest is there whose
//! files are all there, in whatever order they came; then all are taken in, or none.

use super::deliver::{Delivery, ManifestFile, Piece};
use super::parcel::Parcel;
use super::{refused, waiting};
use crate::catalog::intake::{self, Batch};
use crate::catalog::nodes::Row;
use crate::catalog::{Conn, NodeId, Transaction, accounts};
use crate::dossier::delivery::{Manifest, batch, is_batch};
use crate::dossier::tree::{self, Line};
use crate::dossier::{DossierPath, Error, Leaf, Refusal, Result, Word};
use crate::vfs::asked::Asked;
use crate::vfs::digest::Sums;
use crate::vfs::locks::locking::{self, Touch};
use crate::vfs::place::Place;
use crate::vfs::resolve::{self, Found};
use crate::vfs::{Attributes, Protocol, Session, Vfs, read};
use data_encoding::HEXLOWER;
use std::slice;
use std::sync::Arc;

/// For how long nothing in a batch must have changed before it is looked at by itself, in milliseconds: whoever
/// makes it whole takes it in.
const QUIET: i64 = 2 * 60_000;

/// After how long it is looked at by itself again though nothing in it changed: where it was not whole, or there was
/// no room for it, and where something failed.
const UNCHANGED: i64 = 3_600_000;
const FAILED: i64 = 5 * 60_000;

/// Something in a batch, whether or not it is there.
const IN_IT: &str = "manifest.csv";

/// How often a batch is looked at anew when something in it changed meanwhile.
const TRIES: usize = 3;

/// Looks, after something came to a path, whether a batch is whole by it, and takes it in then.
///
/// # Errors
/// [`Error::Refused`] when it is whole and was refused.
pub(in crate::vfs) async fn take_in(asked: &Asked, path: &DossierPath) -> Result<()> {
    // Most of what is moved and copied comes to no batch: the path alone tells.
    let spot = tree::locate(asked.session.viewer(), path.parts());
    let Some((Line { leaf: Leaf::Deliver, .. }, [_, _])) = spot.leaf else { return Ok(()) };
    let asked = asked.at(path.clone());
    for _ in 0..TRIES {
        let done = match look(&asked).await {
            Ok(Looked::Nothing) => return Ok(()),
            Ok(Looked::Refused(manifest, refusal)) => refuse(&asked, *manifest, refusal).await,
            Ok(Looked::Whole(delivery)) => delivery.hand_in().await.map(drop),
            Err(error) => Err(error),
        };
        match done {
            // Who holds the lock is not done: when it is, one looks again.
            Err(Error::Locked) => return Ok(()),
            // Something in it was put again: what is there now may be whole as well.
            Err(Error::Precondition) => {}
            done => return done,
        }
    }
    Ok(())
}

/// Looks once more at the batch that a path is, or is in: what kept it from being taken in may be over.
///
/// # Errors
/// As [`take_in`]; whoever is not told so finds a refusal where it is kept, and the operator any other in the log.
pub(in crate::vfs) async fn look_again(asked: &Asked) -> Result<()> {
    let spot = tree::locate(asked.session.viewer(), asked.path.parts());
    let path = match spot.leaf {
        Some((Line { leaf: Leaf::Deliver, .. }, [_])) => asked.path.join(IN_IT),
        _ => asked.path.clone(),
    };
    let done = take_in(asked, &path).await;
    if let Err(error) = done
        && !matches!(error, Error::Refused(_))
    {
        tracing::warn!(%error, "a batch is not taken in yet");
    }
    done
}

impl Vfs {
    /// Takes in, in the name of whoever handed it in, each batch that is whole and that nobody took in when it became
    /// so: something stood in the way, or the node was killed.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; of the others as much as can be is taken in all the same.
    pub(in crate::vfs) async fn take_in_what_is_whole(&self) -> Result<()> {
        let door = &self.0;
        let now = door.clock.now();
        let mut batches = intake::batches(&mut door.db.reader().await?, now).await?;
        batches.retain(|batch| is_batch(&batch.name));
        for batch in batches {
            let seen = door.batches.get(&batch.folder);
            let known = seen.is_some_and(|(seen, until)| seen == batch && now < until);
            if known || now < batch.placed.max(batch.written) + QUIET {
                continue;
            }
            let again = match self.look_at(&batch).await {
                // Without room all of it would be written each time.
                Ok(()) | Err(Error::Refused(_)) => UNCHANGED,
                Err(_) => FAILED,
            };
            door.batches.put(batch.folder, (batch, now + again));
        }
        Ok(())
    }

    /// What the account may do no more, it may not here either.
    async fn look_at(&self, batch: &Batch) -> Result<()> {
        let account = accounts::again(&mut self.0.db.reader().await?, batch.account, None).await?;
        let Some(account) = account.filter(|account| !account.shut) else { return Ok(()) };
        let session = Session::in_name_of(account, Protocol::Itself);
        let drop = DossierPath::parse("/")?.join(Word::Deliver.name(session.language));
        Box::pin(look_again(&Asked::of(&self.0, &session, drop.join(&batch.name)))).await
    }
}

/// What a batch is.
enum Looked {
    /// None, or one that is not whole.
    Nothing,
    /// One whose manifest, this one, makes no sense.
    Refused(Box<Row>, Refusal),
    /// Whole.
    Whole(Box<Delivery>),
}

async fn look(asked: &Asked) -> Result<Looked> {
    let Asked { door, session, path, .. } = asked;
    let (all, manifests) = {
        let conn = &mut door.db.reader().await?;
        let Found::Area(place) = resolve::resolve(door, conn, session, path).await? else {
            return Ok(Looked::Nothing);
        };
        if !place.waits_for.as_deref().is_some_and(Place::is_in_batch) {
            return Ok(Looked::Nothing);
        }
        let mut all = waiting::files_beside(conn, session, &place).await?;
        // What a broken connection left is not there yet.
        all.retain(|row| row.size() > 0 && row.pending.is_none());
        let mut manifests = Vec::new();
        for row in all.iter().filter(|row| Manifest::is_name(&row.name)) {
            manifests.push((row.clone(), read::head(conn, row).await?));
        }
        (all, manifests)
    };
    let mut held = false;
    for (row, version) in manifests {
        if row.size().cast_unsigned() > Manifest::MAX {
            return Ok(Looked::Refused(Box::new(row), Refusal::Manifest));
        }
        let text = Parcel::Stored(Box::new(version)).whole(door).await?;
        let manifest = match Manifest::read(&text) {
            Ok(manifest) => manifest,
            Err(refusal) => return Ok(Looked::Refused(Box::new(row), refusal)),
        };
        let pieces = match pieces(asked, (&row, &manifest), &all).await {
            // Another manifest in the folder is not held up.
            Err(Error::Locked) => {
                held = true;
                continue;
            }
            pieces => pieces?,
        };
        if let Some(pieces) = pieces {
            let (path, read) = (path.parent().join(&row.name), (row.id, row.number()));
            let lines = manifest.lines.iter().map(|line| line.at).collect();
            let manifest = Some(ManifestFile { path, read, digests: Sums::of(&text), lines });
            let delivery = Delivery { pieces, digests: None, manifest, release: None };
            return Ok(Looked::Whole(Box::new(delivery)));
        }
    }
    if held { Err(Error::Locked) } else { Ok(Looked::Nothing) }
}

/// What a manifest is about, when all of it is there.
///
/// # Errors
/// [`Error::Locked`] while somebody holds any of it.
async fn pieces(
    asked: &Asked,
    (file, manifest): (&Row, &Manifest),
    files: &[Row],
) -> Result<Option<Vec<Piece>>> {
    let files = files.iter().map(|row| (row.name.as_str(), row));
    let Some(found) = batch::complete(manifest, files) else { return Ok(None) };
    let conn = &mut asked.door.db.reader().await?;
    // Found out before anything is written.
    for row in found.iter().map(|(_, row)| *row).chain([file]) {
        locking::check(asked, conn, slice::from_ref(row), Touch::Content).await?;
    }
    let mut pieces = Vec::with_capacity(found.len());
    for (line, row) in found {
        let sha256 = HEXLOWER.encode(&row.sha256.unwrap_or_default());
        let said = line.check(&sha256).and_then(|()| asked.door.names.read_line(line));
        pieces.push(Piece {
            asked: asked.at(asked.path.parent().join(&row.name)),
            parcel: Parcel::Stored(Box::new(read::head(conn, row).await?)),
            attributes: Attributes { modified: Some(row.modified()), ..Attributes::default() },
            from: None,
            read: Some((row.id, row.number())),
            said: Some(said),
            set: None,
        });
    }
    Ok(Some(pieces))
}

/// The manifest makes no sense: it is refused, and its files go on waiting for another.
async fn refuse(asked: &Asked, manifest: Row, refusal: Refusal) -> Result<()> {
    let asked = asked.at(asked.path.parent().join(&manifest.name));
    let (door, read) = (Arc::clone(&asked.door), (manifest.id, manifest.number()));
    door.db.write(RefuseWaiting { asked, read, refusal }).await?;
    Err(Error::Refused(refusal))
}

/// Refuses what waits at a path.
#[derive(Debug)]
struct RefuseWaiting {
    asked: Asked,
    /// What lay there when it was read: a node and which version of it.
    read: (NodeId, i64),
    refusal: Refusal,
}

impl Transaction for RefuseWaiting {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let target = self.asked.existing(tx).await?;
        let row = target.existing()?;
        if !target.place.is_waiting() || row.is_folder() {
            return Err(Error::NotFound);
        }
        if (row.id, row.number()) != self.read {
            return Err(Error::Precondition);
        }
        refused::take_over(&self.asked, tx, row, self.refusal).await
    }
}
