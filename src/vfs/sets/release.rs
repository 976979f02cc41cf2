//! What comes of an approval where the engagement says `release = "on-approval"`: every file of the set whose
//! name reads as a delivery is delivered, all or none, in the name of whoever placed it.

use super::files;
use crate::catalog::nodes::{self, Row};
use crate::catalog::{Conn, NodeId, PartyId, Transaction, intake, relations, sets};
use crate::dossier::delivery::Address;
use crate::dossier::{Deed, DossierPath, Error, Refusal, Result, Word};
use crate::vfs::asked::Asked;
use crate::vfs::delivery::deliver::{Delivery, Piece};
use crate::vfs::delivery::parcel::Parcel;
use crate::vfs::delivery::receipts::{self, Receipt};
use crate::vfs::door::Door;
use crate::vfs::journal::{self, Subject};
use crate::vfs::{Attributes, Protocol, Session, Vfs, read};

/// A set that is delivered.
#[derive(Clone, Debug)]
pub(in crate::vfs) struct Release {
    /// In whose name.
    pub(in crate::vfs) asked: Asked,
    /// The set.
    pub(in crate::vfs) node: NodeId,
    /// What its office calls it.
    pub(in crate::vfs) name: String,
    /// Its files that do not read as a delivery, as the receipt names them.
    pub(in crate::vfs) unread: Vec<String>,
}

impl Release {
    /// The receipts of what does not read as a delivery.
    ///
    /// # Errors
    /// [`Error::Unavailable`], also for all below.
    pub(in crate::vfs) async fn note_unread(&self, tx: &mut Conn) -> Result<()> {
        for name in &self.unread {
            receipts::write(&self.asked, tx, &Receipt::unread(name)).await?;
        }
        Ok(())
    }

    /// The office is told, in its log, that nothing of the set was delivered.
    ///
    /// # Errors
    /// As [`Release::note_unread`].
    pub(in crate::vfs) async fn note_refused(&self, tx: &mut Conn, first: Refusal) -> Result<()> {
        let Asked { door, session, .. } = &self.asked;
        let subject = Subject::of(None, &self.name).saying(first.code());
        let readers = [(session.party, session.language, subject)];
        let now = door.clock.now();
        journal::note_by_itself(tx, now, Deed::SetRefused, Some(self.node), &readers).await
    }
}

impl Vfs {
    /// Delivers the set at a path, when it was approved for that.
    pub(in crate::vfs) async fn release_at(&self, session: &Session, path: &DossierPath) {
        let Ok(entry) = self.stat(session, path).await else { return };
        let Ok(mut conn) = self.0.db.reader().await else { return };
        let waiting = sets::to_release(&mut conn).await.unwrap_or_default();
        drop(conn);
        if let Some(node) = entry.node.filter(|node| waiting.contains(node)) {
            self.release_or_warn(node).await;
        }
    }

    /// Delivers what was approved and is not delivered yet. What cannot be now, is the next time.
    pub async fn release_sets(&self) {
        let Ok(mut conn) = self.0.db.reader().await else { return };
        let Ok(nodes) = sets::to_release(&mut conn).await else { return };
        drop(conn);
        for node in nodes {
            self.release_or_warn(node).await;
        }
    }

    async fn release_or_warn(&self, node: NodeId) {
        match Box::pin(self.release(node)).await {
            // A refusal is told in the receipts.
            Ok(()) | Err(Error::Refused(_)) => {}
            Err(error) => tracing::warn!(%error, "an approved set is not delivered yet"),
        }
    }

    async fn release(&self, node: NodeId) -> Result<()> {
        let Some((release, pieces)) = self.gather(node).await? else {
            return self.0.db.write(Nothing { node }).await;
        };
        let named = pieces.iter().filter_map(|piece| piece.set.clone()).collect();
        let no_room = NoRoom { release: release.clone(), named };
        let release = Some(release);
        let delivery = Delivery { pieces, digests: None, manifest: None, release };
        match delivery.hand_in().await {
            Err(Error::NoSpace) => self.0.db.write(no_room).await,
            done => done.map(drop),
        }
    }

    /// What is in a set, as it is handed in; `None` when there is nothing. The reader is free again before a byte
    /// is read.
    async fn gather(&self, node: NodeId) -> Result<Option<(Release, Vec<Piece>)>> {
        let conn = &mut self.0.db.reader().await?;
        let top = nodes::home(conn, node).await?.ok_or(Error::NotFound)?;
        let office = top.placer.ok_or(Error::NotFound)?;
        let employer = relations::employer_of_root(conn, top.parent).await?;
        let employer = employer.ok_or(Error::NotFound)?;
        let all = files(conn, &top).await?;
        let Some(session) = placer_of(&self.0, conn, &all, office).await? else {
            return Ok(None);
        };
        let (mut pieces, mut unread) = (Vec::new(), Vec::new());
        let shown = top.placer_name.as_ref().unwrap_or(&top.name).clone();
        for (path, row) in &all {
            let name = format!("{shown}/{path}");
            match self.0.names.read(&[], &row.name) {
                Err(Refusal::Name) => unread.push(name),
                said => {
                    let said = of_employer(conn, employer, said).await?;
                    pieces.push(self.piece(conn, &session, row, (name, said)).await?);
                }
            }
        }
        let asked = Asked::of(&self.0, &session, DossierPath::parse("/")?);
        Ok(Some((Release { asked, node, name: shown, unread }, pieces)))
    }

    async fn piece(
        &self,
        conn: &mut Conn,
        session: &Session,
        row: &Row,
        (named, said): (String, std::result::Result<Address, Refusal>),
    ) -> Result<Piece> {
        let drop = DossierPath::parse("/")?.join(Word::Deliver.name(session.language));
        Ok(Piece {
            asked: Asked::of(&self.0, session, drop.join(&row.name)),
            parcel: Parcel::Stored(Box::new(read::head(conn, row).await?)),
            attributes: Attributes { modified: Some(row.modified()), ..Attributes::default() },
            from: None,
            read: None,
            said: Some(said),
            set: Some(named),
        })
    }
}

/// The account that placed what is in a set; `None` when there is nothing.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn placer_of(
    door: &Door,
    conn: &mut Conn,
    files: &[(String, Row)],
    office: PartyId,
) -> Result<Option<Session>> {
    for (_, row) in files {
        if let Some(account) = sets::placed_by(conn, row.id, office).await? {
            return door.session_of(conn, account, Protocol::Itself).await.map(Some);
        }
    }
    Ok(None)
}

/// All of a set is refused for want of room.
struct NoRoom {
    release: Release,
    /// What was to be delivered, as the receipts name it.
    named: Vec<String>,
}

impl Transaction for NoRoom {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let Release { asked, node, .. } = &self.release;
        if !sets::released(tx, *node).await? {
            return Ok(());
        }
        self.release.note_unread(tx).await?;
        self.release.note_refused(tx, Refusal::Quota).await?;
        for name in &self.named {
            receipts::write(asked, tx, &Receipt::of_set(name, None, Some(Refusal::Quota))).await?;
        }
        Ok(())
    }
}

/// There is nothing in it to deliver.
struct Nothing {
    node: NodeId,
}

impl Transaction for Nothing {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        sets::released(tx, self.node).await.map(drop)
    }
}

/// An address of another employer than the one that approved contradicts the set.
async fn of_employer(
    conn: &mut Conn,
    employer: PartyId,
    said: std::result::Result<Address, Refusal>,
) -> Result<std::result::Result<Address, Refusal>> {
    Ok(match said {
        Ok(address) if intake::employer_of(conn, address.lhn.as_str()).await? != Some(employer) => {
            Err(Refusal::Ambiguous)
        }
        said => said,
    })
}
