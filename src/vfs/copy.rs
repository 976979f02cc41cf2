//! Copying on the server: a copy of one's own, or a forward. What goes to another key is written
//! anew under it first; then one transaction makes the copy.

use super::change::end;
use super::commit::Content;
use super::door::Door;
use super::forward::{self, Forwarding};
use super::journal::{self, Deed, Subject};
use super::place::{self, Found};
use super::relocate::apart;
use super::target::{self, Target};
use super::{Conditions, Digests, Session, read, write};
use crate::blobs::BlobKey;
use crate::catalog::nodes::{self, Row, Slot};
use crate::catalog::versions::{self, Version};
use crate::catalog::{Conn, KeyId, NodeId, PartyId, Transaction, locks};
use crate::dossier::tree::Leaf;
use crate::dossier::{Area, DossierPath, Error, Relation, Result, Rights};
use std::collections::HashMap;
use std::sync::Arc;

/// How much is read at once when content is written anew.
const STEP: usize = 1 << 20;

/// What is to be copied: read before the transaction.
#[derive(Debug)]
struct Source {
    /// Where it lies, as a target so that a forward can be made of it.
    target: Target,
    /// The rows to copy, folders before what is in them, each file with its content and a new id.
    rows: Vec<(Row, String, Option<Content>)>,
    /// Objects written for this copy, thrown away when it fails.
    written: Vec<BlobKey>,
}

/// Copies. True when nothing was replaced.
///
/// # Errors
/// As [`super::Vfs::copy`].
pub(super) async fn copy(
    door: &Arc<Door>,
    session: &Session,
    (from, to): (&DossierPath, &DossierPath),
    overwrite: bool,
    shallow: bool,
    conditions: &Conditions,
) -> Result<bool> {
    session.check()?;
    let plan = plan(door, session, from, to, overwrite, shallow, conditions).await?;
    let forwards = plan.forwards;
    let mut found = Source { target: plan.source, rows: Vec::new(), written: Vec::new() };
    for (row, version) in plan.rows {
        let content = match version {
            Some(version) => found.content(door, version, plan.key).await.map(Some),
            None => Ok(None),
        };
        match content {
            Ok(content) => found.rows.push((row, super::random_id()?, content)),
            Err(error) => return Err(found.abandon(door, error).await),
        }
    }
    let work = Copying {
        door: Arc::clone(door),
        session: session.clone(),
        to: to.clone(),
        overwrite,
        forwards,
        conditions: conditions.clone(),
        source: Arc::new(found),
    };
    let source = Arc::clone(&work.source);
    match door.db.write(work).await {
        Ok(created) => Ok(created),
        // The answer of the database may be lost, and the copy made: then the sweep decides.
        Err(Error::Unavailable) => Err(Error::Unavailable),
        Err(error) => Err(source.abandon(door, error).await),
    }
}

/// What a copy will take along, as it is before the bytes are written.
struct Plan {
    source: Target,
    /// Each row, and of a file that is copied the version.
    rows: Vec<(Row, Option<Version>)>,
    /// What the copy is encrypted to.
    key: KeyId,
    /// No copy but a forward.
    forwards: bool,
}

/// Looks whether the copy may be made, and of what; the reader is free again before a byte is read.
async fn plan(
    door: &Door,
    session: &Session,
    from: &DossierPath,
    to: &DossierPath,
    overwrite: bool,
    shallow: bool,
    conditions: &Conditions,
) -> Result<Plan> {
    let conn = &mut door.db.reader().await?;
    let source = find(door, conn, session, from).await?;
    let aimed = target::aim(door, conn, session, to).await?;
    let top = source.existing()?.clone();
    source.meets(&conditions.expect)?;
    apart(&source, &top, &aimed)?;
    let forwards = source.place.is_shared_by_employee() && aimed.place.leaf == Leaf::ByEmployer;
    if forwards {
        forward::may(session, &source, &top, &aimed)?;
    } else {
        may(session, &source, &top, &aimed)?;
        if aimed.found.is_some() && !overwrite {
            return Err(Error::Exists);
        }
    }
    let mut rows = Vec::new();
    for row in nodes::subtree(conn, &top, source.place.at).await? {
        if row.id != top.id && (shallow || !source.place.shows(session, &row)) {
            continue;
        }
        let copied = !forwards && !row.is_folder();
        let version = if copied { Some(read::head(conn, &row).await?) } else { None };
        rows.push((row, version));
    }
    Ok(Plan { source, rows, key: aimed.place.key, forwards })
}

/// What a path leads to, also in the past, as the source of a copy.
async fn find(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    path: &DossierPath,
) -> Result<Target> {
    let place = match place::resolve(door, conn, session, path).await? {
        Found::Area(place) => *place,
        Found::Nowhere => return Err(Error::NotFound),
        Found::Folder(_) => {
            super::look::stat(door, conn, session, path).await?;
            return Err(Error::Denied);
        }
    };
    let mut rows = match place.leaf {
        Leaf::Log | Leaf::Days | Leaf::Drop | Leaf::Sets(_) | Leaf::DeliverTo => Vec::new(),
        _ => place::reach(conn, session, &place).await?,
    };
    if rows.len() != place.rest.len() || rows.is_empty() {
        super::look::stat(door, conn, session, path).await?;
        return Err(Error::Denied);
    }
    let found = rows.pop();
    let name = found.as_ref().map(|row| row.name.clone()).unwrap_or_default();
    let key = found.as_ref().map(|row| row.name_key.clone()).unwrap_or_default();
    Ok(Target { place, above: rows, found, hidden: None, name, key })
}

/// Whether the viewer may make this copy: into its own files and backups whatever it can read; into
/// what it shares only what is its own.
fn may(session: &Session, source: &Target, row: &Row, to: &Target) -> Result<()> {
    let own = source.place.relation == Relation::Owner
        && !source.place.is_overviews()
        && row.forward.is_none();
    let shares = matches!(to.place.leaf.area(), Area::SharedUp | Area::SharedDown);
    let enters = to.place.rights(session, None).has(Rights::WRITE) && !to.place.is_overviews();
    let over_link = to.found.as_ref().is_some_and(|found| found.forward.is_some());
    if enters && (own || !shares) && !over_link && to.place.leaf != Leaf::DeliverTo {
        Ok(())
    } else {
        Err(Error::Denied)
    }
}

impl Source {
    /// The content of a copy of a version, under the key it will have.
    async fn content(&mut self, door: &Door, version: Version, key: KeyId) -> Result<Content> {
        if version.age_key == key {
            return Ok(same(version));
        }
        let reader = read::content(door, &version).await?;
        let recipient = door.identity(key).await?.recipient();
        let mut writer = door.blobs.writer(&recipient).await?;
        while writer.size() < reader.size() {
            writer.write(reader.read_at(writer.size(), STEP).await?).await?;
        }
        let stored = writer.finish().await?;
        self.written.push(stored.key.clone());
        write::content(door, key, &stored).await
    }

    /// Throws away what was written for a copy that is not made.
    async fn abandon(&self, door: &Door, error: Error) -> Error {
        for key in &self.written {
            let _ = door.blobs.delete(key).await;
        }
        error
    }
}

/// A version under the same key shares its object.
fn same(version: Version) -> Content {
    let Version { size, stored_size, blob, age_key, file_key, blake3, sha256, sha1, md5, .. } =
        version;
    Content {
        size,
        stored_size,
        blob,
        age_key,
        file_key,
        blake3,
        digests: Digests { sha256, sha1, md5 },
    }
}

struct Copying {
    door: Arc<Door>,
    session: Session,
    to: DossierPath,
    overwrite: bool,
    forwards: bool,
    conditions: Conditions,
    source: Arc<Source>,
}

impl Transaction for Copying {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        let Self { door, session, conditions, source, .. } = self;
        session.check()?;
        let from = &source.target;
        let top = from.existing()?;
        let to = target::aim(door, tx, session, &self.to).await?;
        apart(from, top, &to)?;
        if self.forwards {
            forward::may(session, from, top, &to)?;
            to.unlocked(door, tx, session, conditions).await?;
            let ids = Forwarding(source.rows.iter().map(|(_, id, _)| id.clone()).collect());
            forward::forward(door, tx, session, from, top, &to, false, &ids).await?;
            return Ok(true);
        }
        may(session, from, top, &to)?;
        if to.place.key != from.place.key
            && source
                .rows
                .iter()
                .any(|(_, _, c)| c.as_ref().is_some_and(|c| c.age_key != to.place.key))
        {
            return Err(Error::Precondition);
        }
        let replaced = to.found.as_ref();
        match replaced {
            Some(_) if !self.overwrite => return Err(Error::Exists),
            Some(row) => {
                let shared = matches!(to.place.leaf.area(), Area::SharedUp | Area::SharedDown);
                if shared && row.is_folder() != top.is_folder() {
                    return Err(Error::KindsMeet);
                }
                to.removable(door, tx, session, conditions).await?;
            }
            None => to.unlocked(door, tx, session, conditions).await?,
        }
        self.make(tx, &to).await?;
        target::note_day(door, tx, &to.place).await?;
        self.note(tx, top, &to).await?;
        Ok(replaced.is_none())
    }
}

impl Copying {
    async fn make(&self, tx: &mut Conn, to: &Target) -> Result<()> {
        let (door, session) = (&self.door, &self.session);
        let keeps = to.found.as_ref().filter(|row| !row.is_folder() && !self.source.is_folder());
        if let (Some(row), None) = (&to.found, keeps) {
            end(door, tx, session, &to.place, row).await?;
        }
        let size: i64 =
            self.source.rows.iter().filter_map(|(_, _, c)| c.as_ref()).map(|c| c.size).sum();
        target::charge(door, tx, to.place.owner, size - keeps.map_or(0, Row::size)).await?;
        let now = door.clock.now();
        let mut made: HashMap<NodeId, NodeId> = HashMap::new();
        let policy = to.place.leaf.policy();
        for (index, (row, id, content)) in self.source.rows.iter().enumerate() {
            let slot = if index == 0 {
                to.slot()
            } else {
                let Some(parent) = made.get(&row.parent) else { continue };
                let name = policy
                    .accept(&self.source.target.place.shown(session, row))
                    .map_err(Error::BadName)?;
                Slot {
                    parent: *parent,
                    kind: String::new(),
                    year: 0,
                    key: policy.key(&name),
                    name,
                    placer: None,
                }
            };
            let node = if let Some(kept) = keeps {
                kept.id
            } else {
                let placer = Some(session.party);
                let node =
                    nodes::make(tx, id, row.is_folder(), placer, None, row.mode, now).await?;
                nodes::place(tx, node, &slot, None, now).await?;
                locks::copy_properties(tx, row.id, node, session.party).await?;
                node
            };
            made.insert(row.id, node);
            if let Some(content) = content {
                let version = content.version(node, row.modified(), to.place.owner);
                versions::add_version(tx, &version, session.account, now).await?;
            }
        }
        Ok(())
    }

    /// The owner of what was copied sees that a copy was taken; the copier that it has one.
    async fn note(&self, tx: &mut Conn, top: &Row, to: &Target) -> Result<()> {
        let (door, session, from) = (&self.door, &self.session, &self.source.target.place);
        let owner: PartyId =
            if top.forward.is_some() { top.placer.unwrap_or(from.owner) } else { from.owner };
        let deed = if owner == session.party { Deed::Copied } else { Deed::Took };
        // Where the copy went is for whoever made it.
        let copier = (session.party, Subject::row(top).saying(&to.name));
        let readers = [copier, (owner, Subject::row(top))];
        journal::note(door, tx, session, deed, Some(top.id), &readers).await?;
        if matches!(to.place.leaf.area(), Area::SharedUp | Area::SharedDown) {
            let readers = Subject::of(None, &to.name).to(&super::change::concerned(&to.place));
            journal::note(door, tx, session, Deed::Shared, None, &readers).await?;
        }
        Ok(())
    }
}

impl Source {
    fn is_folder(&self) -> bool {
        self.target.found.as_ref().is_some_and(Row::is_folder)
    }
}
