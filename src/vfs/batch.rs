//! Batches (PRODUCT.md section 5): files in a folder of `/Aanleveren` wait until a manifest is there whose
//! files are all there, in whatever order they came; then all are taken in, or none.

use super::asked::Asked;
use super::deliver::{Delivery, Piece};
use super::parcel::Parcel;
use super::place::Place;
use super::{Attributes, Conditions, read, refused, resolve, waiting};
use crate::catalog::nodes::Row;
use crate::catalog::{Conn, Transaction};
use crate::dossier::delivery::{Address, Manifest, is_waiting_name};
use crate::dossier::name::Policy;
use crate::dossier::{Error, Refusal, Result};
use data_encoding::HEXLOWER;

/// No manifest is longer, in bytes.
const MAX_MANIFEST: i64 = 8 << 20;

/// Looks, after something came into a batch, whether it is whole, and takes it in then.
///
/// # Errors
/// [`Error::Refused`] when it is whole and was refused.
pub(super) async fn take_in(asked: &Asked) -> Result<()> {
    let Asked { door, session, path, .. } = asked;
    let conn = &mut door.db.reader().await?;
    let resolve::Found::Area(place) = resolve::resolve(door, conn, session, path).await? else {
        return Ok(());
    };
    let Some(drop) = place.waits_for.as_deref().filter(|drop| drop.is_in_batch()) else {
        return Ok(());
    };
    let all = waiting::files_beside(conn, session, &place).await?;
    let manifests: Vec<&Row> = all.iter().filter(|row| Manifest::is_name(&row.name)).collect();
    for row in manifests.into_iter().filter(|row| row.size() > 0) {
        let mut batch = Batch { asked, drop, files: &all, manifest: row };
        match batch.read(conn).await? {
            Err(refusal) => return batch.refuse(refusal).await,
            Ok(Some(pieces)) => {
                let manifest = Some(path.parent().join(&row.name));
                let delivery = Delivery { pieces, checksum: None, manifest };
                delivery.hand_in().await?;
            }
            Ok(None) => {}
        }
    }
    Ok(())
}

/// A folder with one of the manifests in it.
struct Batch<'a> {
    asked: &'a Asked,
    drop: &'a Place,
    files: &'a [Row],
    manifest: &'a Row,
}

impl Batch<'_> {
    /// What the manifest is about, when all of it is there.
    async fn read(
        &mut self,
        conn: &mut Conn,
    ) -> Result<std::result::Result<Option<Vec<Piece>>, Refusal>> {
        if self.manifest.size() > MAX_MANIFEST {
            return Ok(Err(Refusal::Manifest));
        }
        let door = &self.asked.door;
        let version = read::head(conn, self.manifest).await?;
        let mut text = Parcel::Stored(Box::new(version));
        let text = text.whole(door).await?;
        let manifest = match Manifest::read(&text) {
            Ok(manifest) => manifest,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let mut pieces = Vec::with_capacity(manifest.lines.len());
        for line in &manifest.lines {
            let key = Policy::Portable.key(&line.file);
            let there = |row: &&Row| row.name_key == key && row.size() > 0;
            let Some(row) = self.files.iter().find(there).filter(|r| !is_waiting_name(&r.name))
            else {
                return Ok(Ok(None));
            };
            let sha256 = HEXLOWER.encode(row.sha256.as_deref().unwrap_or_default());
            // Holding back until a date is not built yet: nothing is shown before its time.
            let fits = line.fits(&sha256) && line.publish_at.is_empty();
            let said = if fits { door.names.read_line(line) } else { Err(Refusal::Manifest) };
            pieces.push(self.piece(row, said, read::head(conn, row).await?));
        }
        Ok(Ok(Some(pieces)))
    }

    fn piece(
        &self,
        row: &Row,
        said: std::result::Result<Address, Refusal>,
        version: crate::catalog::versions::Version,
    ) -> Piece {
        let folder = self.asked.path.parent();
        let path = folder.join(&row.name);
        let conditions =
            Conditions { tokens: self.asked.conditions.tokens.clone(), ..Conditions::default() };
        Piece {
            asked: Asked { path, conditions, ..self.asked.clone() },
            parcel: Parcel::Stored(Box::new(version)),
            attributes: Attributes { modified: Some(row.modified()), mode: None },
            from: None,
            said: Some(said),
        }
    }

    /// The manifest makes no sense: it is refused, and its files go on waiting for another.
    async fn refuse(&self, refusal: Refusal) -> Result<()> {
        debug_assert!(self.drop.is_in_batch());
        let path = self.asked.path.parent().join(&self.manifest.name);
        let asked = Asked { path, ..self.asked.clone() };
        self.asked.door.db.write(RefuseWaiting { asked, refusal }).await?;
        Err(Error::Refused(refusal))
    }
}

/// Refuses what waits at a path.
#[derive(Debug)]
pub(super) struct RefuseWaiting {
    pub(super) asked: Asked,
    pub(super) refusal: Refusal,
}

impl Transaction for RefuseWaiting {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        let target = self.asked.existing(tx).await?;
        let row = target.existing()?;
        if !target.place.is_waiting() || row.is_folder() {
            return Err(Error::NotFound);
        }
        refused::take_over(&self.asked, tx, row, self.refusal).await
    }
}
