//! Delivering (PRODUCT.md section 5): what is handed in is judged, and written under the key of whoever gets it,
//! or its own when it is refused; `settle` then does the rest in one transaction.

use super::parcel::{self, Look, Parcel};
use super::refused;
use super::ruling::{Filing, Handed, Ruling, judge, rule};
use super::settle::{Item, Outcome, Settle};
use crate::blobs::{BlobKey, Staging};
use crate::catalog::{Conn, KeyId, NodeId, Transaction, history};
use crate::dossier::delivery::{Address, ManifestLine, batch};
use crate::dossier::tree;
use crate::dossier::{DossierPath, Error, Leaf, Refusal, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::content::{self, Twin};
use crate::vfs::door::Door;
use crate::vfs::resolve::{self, Found};
use crate::vfs::sets::Release;
use crate::vfs::target;
use crate::vfs::{Attributes, Digests, Entry, Session, read};
use std::sync::Arc;

/// How often it is judged anew when what it depends on changes meanwhile.
const TRIES: usize = 3;

/// A file that is handed in at the path that is asked for.
#[derive(Debug)]
pub(in crate::vfs) struct Piece {
    pub(in crate::vfs) asked: Asked,
    pub(in crate::vfs) parcel: Parcel,
    pub(in crate::vfs) attributes: Attributes,
    /// Where it lies until it is taken in, when that is not where it is handed in.
    pub(in crate::vfs) from: Option<DossierPath>,
    /// What lay there when it was read: a node and which version of it.
    pub(in crate::vfs) read: Option<(NodeId, i64)>,
    /// For whom its manifest says it is.
    pub(in crate::vfs) said: Option<std::result::Result<Address, Refusal>>,
    /// The name by which its receipt knows it, of a set.
    pub(in crate::vfs) set: Option<String>,
}

/// A manifest that was read.
#[derive(Clone, Debug)]
pub(in crate::vfs) struct ManifestFile {
    /// Where it waits.
    pub(in crate::vfs) path: DossierPath,
    /// The node, and which version of it.
    pub(in crate::vfs) read: (NodeId, i64),
    /// Of its content.
    pub(in crate::vfs) digests: Digests,
    /// Which line of it each piece is.
    pub(in crate::vfs) lines: Vec<u32>,
}

/// What was handed in together: one file, or a batch with its manifest.
#[derive(Debug)]
pub(in crate::vfs) struct Delivery {
    pub(in crate::vfs) pieces: Vec<Piece>,
    /// The digests of the one file, when the client announced one.
    pub(in crate::vfs) digests: Option<Digests>,
    /// The manifest, which goes with its batch.
    pub(in crate::vfs) manifest: Option<ManifestFile>,
    /// The approved set that it is.
    pub(in crate::vfs) release: Option<Release>,
}

impl Delivery {
    /// One file.
    pub(in crate::vfs) fn of(piece: Piece) -> Self {
        Self { pieces: vec![piece], digests: None, manifest: None, release: None }
    }

    /// Judges it, and files it or keeps it with what was refused. Gives what each is now, and whether it was new.
    ///
    /// # Errors
    /// [`Error::Refused`]; those of a place in which nothing can be put.
    pub(in crate::vfs) async fn hand_in(mut self) -> Result<Vec<(Entry, bool)>> {
        for _ in 0..TRIES {
            let mut written = Vec::new();
            let done = self.once(&mut written).await;
            self.clear(&written, &done).await;
            let done = match (done, self.pieces.first().map(|piece| piece.asked.clone())) {
                (Err(Error::NoSpace), Some(asked)) if self.release.is_none() => {
                    // A batch goes on waiting, and is tried again and again.
                    let once = self.manifest.is_some();
                    return Err(refuse_for_room(NoRoom { asked, once }).await);
                }
                (done, _) => done,
            };
            match done? {
                Outcome::Taken(entries) => return Ok(entries),
                Outcome::Refused(refusal) => return Err(Error::Refused(refusal)),
                Outcome::Again => {}
                Outcome::Changed => return Err(Error::Precondition),
            }
        }
        Err(Error::Unavailable)
    }

    /// `written` gets each object, and whether its content may be there already.
    async fn once(&mut self, written: &mut Vec<(BlobKey, bool)>) -> Result<Outcome> {
        let mut looks = Vec::with_capacity(self.pieces.len());
        for piece in &mut self.pieces {
            let door = Arc::clone(&piece.asked.door);
            let name = piece.asked.path.name().unwrap_or_default();
            looks.push(piece.parcel.look(&door, name).await?);
        }
        let keys = self.keys(&looks).await?;
        let mut items = Vec::with_capacity(self.pieces.len());
        for ((piece, look), key) in self.pieces.iter_mut().zip(looks).zip(keys) {
            let door = Arc::clone(&piece.asked.door);
            let stored = piece.parcel.write(&door, key).await?;
            written.push((stored.key.clone(), true));
            let known = self.digests.or_else(|| piece.parcel.digests());
            let content = content::content(&door, key, &stored).await?.knowing(known)?;
            let twin = content::twin(&door, &content, piece.asked.session.party).await?;
            if let (Twin::None, Some((_, spare))) = (&twin, written.last_mut()) {
                *spare = false;
            }
            let (asked, from, said) = (piece.asked.clone(), piece.from.clone(), piece.said.clone());
            items.push(Item {
                asked,
                from,
                read: piece.read,
                said,
                set: piece.set.clone(),
                attributes: piece.attributes,
                look,
                content,
                twin,
            });
        }
        let of_set = self.release.as_ref().map(|release| &release.asked);
        let asked = of_set.or(items.first().map(|item| &item.asked));
        let Some(asked) = asked.cloned() else { return Ok(Outcome::Taken(Vec::new())) };
        let door = Arc::clone(&asked.door);
        let (manifest, release) = (self.manifest.clone(), self.release.clone());
        let settle = Settle { asked, items, manifest, release };
        door.db.write(settle).await
    }

    /// Under which key each must be written: that of whoever gets it, or the deliverer's own.
    async fn keys(&self, looks: &[Look]) -> Result<Vec<KeyId>> {
        let Some(Asked { door, session, .. }) = self.pieces.first().map(|p| &p.asked) else {
            return Ok(Vec::new());
        };
        let conn = &mut door.db.reader().await?;
        let mut rulings = Vec::with_capacity(looks.len());
        for (piece, look) in self.pieces.iter().zip(looks) {
            let target = target::aim_to_deliver(&piece.asked, conn).await?;
            let handed = Handed { target, look: *look, said: piece.said.clone() };
            rulings.push(judge(door, conn, session, &handed).await?);
        }
        let own = door.party(conn, session.party).await?.age_key;
        // What is not stored yet comes alone.
        let digest = |piece: &Piece| piece.parcel.digests().map_or([0; 32], |known| known.sha256);
        let filed = rulings.iter().zip(self.pieces.iter().map(digest));
        let filed = filed.filter_map(|(ruling, sha256)| Some((ruling.as_ref().ok()?, sha256)));
        let filed = filed.map(|(filing, sha256)| (filing.identity.as_str(), sha256));
        let refused =
            rulings.iter().any(std::result::Result::is_err) || !batch::disputed(filed).is_empty();
        let key = |ruling: &Ruling| ruling.as_ref().map_or(own, |filing| filing.key());
        Ok(rulings.iter().map(|ruling| if refused { own } else { key(ruling) }).collect())
    }

    /// Deletes what was written and is nothing's: it was there already, or nothing came of it. What this
    /// misses, the sweep finds.
    async fn clear(&self, written: &[(BlobKey, bool)], done: &Result<Outcome>) {
        let Some(door) = self.pieces.first().map(|piece| &piece.asked.door) else { return };
        if matches!(done, Err(Error::Unavailable)) {
            // It may have been committed, and the answer lost.
            return;
        }
        let taken = matches!(done, Ok(Outcome::Taken(_)));
        for (blob, _) in written.iter().filter(|(_, spare)| *spare || !taken) {
            let Ok(mut conn) = door.db.reader().await else { return };
            if history::in_use(&mut conn, &blob.to_string()).await == Ok(false) {
                let _ = door.blobs.delete(blob).await;
            }
        }
    }
}

/// Hands in what is moved to where things are delivered, by its name there. `None` when it goes somewhere else.
///
/// # Errors
/// As [`Delivery::hand_in`]; [`Error::Exists`] when something has the name and may not be replaced.
pub(in crate::vfs) async fn by_move(
    asked: &Asked,
    to: &DossierPath,
    overwrite: bool,
) -> Result<Option<bool>> {
    let Asked { door, session, path, .. } = asked;
    session.check()?;
    // Most moves go nowhere near a delivery: the path alone tells.
    let leaf = tree::locate(session.viewer(), to.parts()).leaf.map(|(line, _)| line.leaf);
    if !leaf.is_some_and(|leaf| leaf.delivers() || leaf == Leaf::Refused) {
        return Ok(None);
    }
    let mut reader = door.db.reader().await?;
    let conn = &mut reader;
    let Some(to) = delivery_at(door, conn, session, path, to).await? else { return Ok(None) };
    let from = asked.movable(conn).await?;
    let source = from.existing()?;
    let put = asked.put_at(&to, overwrite);
    target::aim_to_deliver(&put, conn).await?.writable(session)?;
    let own = from.place.is_own(source) && from.rights(session).has(Rights::TAKE);
    if source.is_folder() || !own {
        return Err(Error::Denied);
    }
    put.check_conditions(conn).await?;
    let version = read::head(conn, source).await?;
    // Another may read while this one is written.
    drop(reader);
    let piece = Piece {
        set: None,
        asked: put,
        parcel: Parcel::Stored(Box::new(version)),
        attributes: Attributes { modified: Some(source.modified()), ..Attributes::default() },
        from: Some(path.clone()),
        read: Some((source.id, source.number())),
        said: None,
    };
    let mut taken = Delivery::of(piece).hand_in().await?;
    Ok(taken.pop().map(|(_, new)| new))
}

/// Where something is handed in that is put at a path; `None` where nothing is delivered, or waits. What was
/// refused is handed in anew when it is renamed where it lies.
async fn delivery_at(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    from: &DossierPath,
    to: &DossierPath,
) -> Result<Option<DossierPath>> {
    let Found::Area(place) = resolve::resolve(door, conn, session, to).await? else {
        return Ok(None);
    };
    if place.leaf == Leaf::Refused {
        let again = to.parent().parent().join(to.name().unwrap_or_default());
        return Ok((from.parent() == to.parent() && place.rest.len() == 1).then_some(again));
    }
    Ok((!place.rest.is_empty() && place.is_delivery()).then(|| to.clone()))
}

/// Where a file that is handed in would go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    /// The folders, and the name there, as whoever delivers it sees them.
    pub to: String,
    /// From when its receivers may see it, in Unix milliseconds; `None` is at once.
    pub visible_at: Option<i64>,
    /// Of which overview it is a version: what is the same here is the same overview.
    pub overview: String,
}

/// Where a content would go, of a batch by its line in the manifest. Nothing changes.
///
/// # Errors
/// [`Error::Refused`] with what is wrong.
pub(in crate::vfs) async fn would_go(
    asked: &Asked,
    content: &mut Staging,
    line: Option<&ManifestLine>,
) -> Result<Fate> {
    let Asked { door, session, path, .. } = asked;
    let look = parcel::look(content, path.name().unwrap_or_default()).await?;
    let conn = &mut door.db.reader().await?;
    let target = target::aim_to_deliver(asked, conn).await?;
    let said = line.map(|line| door.names.read_line(line));
    let filing = rule(door, conn, session, &Handed { target, look, said }).await?;
    let fate = |filing: Box<Filing>| {
        let (to, visible_at) = (filing.shown(session), filing.due);
        Fate { to, visible_at, overview: filing.identity }
    };
    filing.map(fate).map_err(Error::Refused)
}

/// Whether what is put at a path is delivered, and may be.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn delivers(asked: &Asked, to: &DossierPath) -> Result<bool> {
    let put = asked.at(to.clone());
    match target::aim_to_deliver(&put, &mut asked.door.db.reader().await?).await {
        Err(Error::Unavailable) => Err(Error::Unavailable),
        Err(_) => Ok(false),
        Ok(target) => Ok(target.place.is_delivery() && target.writable(&asked.session).is_ok()),
    }
}

/// There is no room for what is handed in: what waits already goes on waiting, and only the reason is kept.
/// Gives the refusal.
pub(in crate::vfs) async fn no_room(asked: &Asked) -> Error {
    refuse_for_room(NoRoom { asked: asked.clone(), once: false }).await
}

async fn refuse_for_room(no_room: NoRoom) -> Error {
    let door = Arc::clone(&no_room.asked.door);
    door.db.write(no_room).await.err().unwrap_or(Error::Refused(Refusal::Quota))
}

#[derive(Debug)]
struct NoRoom {
    asked: Asked,
    /// It is not told again what was told already.
    once: bool,
}

impl Transaction for NoRoom {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        if self.once && refused::is_told(&self.asked, tx, Refusal::Quota).await? {
            return Ok(());
        }
        refused::keep_reason(&self.asked, tx, Refusal::Quota).await
    }
}
