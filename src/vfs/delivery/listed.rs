//! Looking where things are delivered: what waits there, and what was taken in within the hour, under the
//! name that it was given, without its content.

use super::waiting;
use crate::catalog::deliveries::{self, Delivery, ListedIn};
use crate::catalog::nodes::Row;
use crate::catalog::{Conn, NodeId, locks};
use crate::dossier::delivery::is_batch;
use crate::dossier::name::Policy;
use crate::dossier::{Error, Leaf, Lhn, Result, Rights};
use crate::vfs::asked::Asked;
use crate::vfs::door::Door;
use crate::vfs::locks::locking;
use crate::vfs::place::Place;
use crate::vfs::target::Target;
use crate::vfs::{Digests, Entry, Lock, Session, look};
use std::collections::HashSet;

impl Place {
    /// Where the catalog lists what is delivered under the names of this place: `=` and the employment in whose
    /// folder it is, or `/` and the folders in `/Aanleveren`.
    pub(in crate::vfs) fn listed_in(&self) -> String {
        let above = self.rest.split_last().map_or(&[][..], |(_, above)| above);
        self.listing(above)
    }

    fn listing(&self, folders: &[String]) -> String {
        match (self.leaf, &self.relations.employment) {
            (Leaf::DeliverTo, Some(employment)) => format!("={}", employment.id.0),
            _ => {
                let keys = folders.iter().map(|name| Policy::Portable.key(name));
                format!("/{}", keys.collect::<Vec<_>>().join("/"))
            }
        }
    }
}

/// What was delivered under the name that a place ends in.
///
/// # Errors
/// [`Error::NotFound`].
pub(in crate::vfs) async fn delivered(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Delivery> {
    let name = place.rest.last().ok_or(Error::NotFound)?;
    if place.leaf == Leaf::DeliverTo && place.rest.len() > 1 {
        // The folder of an employee is flat.
        return Err(Error::NotFound);
    }
    let folder = place.listed_in();
    let at = ListedIn { party: session.party, folder: &folder };
    let key = Policy::Portable.key(name);
    deliveries::one(conn, at, &key, now).await?.ok_or(Error::NotFound)
}

/// What is listed under the name that a place ends in, where anything is; also where it waits for that.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn listed(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Option<Delivery>> {
    let place = place.handed_in_at();
    if !place.leaf.reads_names() {
        return Ok(None);
    }
    match delivered(conn, session, place, now).await {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// What is listed of a file that was taken in, of so many bytes and with this time.
pub(in crate::vfs) fn as_delivered(
    target: &Target,
    (size, mtime): (i64, i64),
    digests: &Digests,
    node: NodeId,
    at: i64,
) -> Delivery {
    Delivery {
        name: target.name.clone(),
        name_key: target.key.clone(),
        size,
        mtime,
        node: Some(node),
        at,
        sha256: Some(digests.sha256),
        sha1: digests.sha1,
        md5: digests.md5,
    }
}

/// Lists it where it was put, until an instant; in place of what is listed there, when anything is.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn enlist(
    asked: &Asked,
    tx: &mut Conn,
    target: &Target,
    one: &Delivery,
    replaces: bool,
    (identity, until): (&str, i64),
) -> Result<()> {
    let folder = target.place.listed_in();
    let at = ListedIn { party: asked.session.party, folder: &folder };
    if replaces {
        deliveries::unlist(tx, at, &one.name_key, one.at).await?;
    }
    deliveries::insert(tx, at, asked.session.account, identity, one, until).await
}

/// The document that a delivery became: a lock on the one is on the other. To an office that works for its employer no
/// more a delivery is a line in a list, which tells nothing of what became of it.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn document(
    conn: &mut Conn,
    session: &Session,
    delivery: Option<&Delivery>,
    now: i64,
) -> Result<Option<Row>> {
    match delivery.and_then(|delivery| delivery.node) {
        Some(node) => deliveries::document(conn, node, session.party, now).await,
        None => Ok(None),
    }
}

/// The document that is listed under the name that a place ends in.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn filed(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Option<Row>> {
    let listed = listed(conn, session, place, now).await?;
    document(conn, session, listed.as_ref(), now).await
}

/// What is at a place where things are delivered, and does not wait: a delivery, or a folder that is there for
/// whoever asks; of a delivery with the document that it became, whose locks are its own.
///
/// # Errors
/// [`Error::NotFound`].
pub(in crate::vfs) async fn entry(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<(Entry, Vec<Row>)> {
    match delivered(conn, session, place, now).await {
        Ok(delivery) => {
            let filed = document(conn, session, Some(&delivery), now).await?;
            return Ok((look::delivered(place, session, &delivery), filed.into_iter().collect()));
        }
        Err(Error::NotFound) if place.leaf == Leaf::Deliver => {}
        Err(error) => return Err(error),
    }
    let folder = place.listing(&place.rest);
    let at = ListedIn { party: session.party, folder: &folder };
    if is_always_there(place)
        || deliveries::folders(conn, at, now).await?.iter().any(|found| is_within(found, &folder))
    {
        Ok((folder_entry(session, place, now), Vec::new()))
    } else {
        Err(Error::NotFound)
    }
}

/// Whether a place is a folder of an administration, which are there for whoever asks.
fn is_always_there(place: &Place) -> bool {
    let administration = place.rest.first().is_some_and(|top| !is_batch(top));
    match place.rest.as_slice() {
        [_] => administration,
        [_, number] => administration && !number.contains('.'),
        _ => false,
    }
}

fn folder_entry(session: &Session, place: &Place, now: i64) -> Entry {
    let name = place.rest.last().cloned().unwrap_or_default();
    look::folder(name, now, (place.rights(session, None), place.may_at_top(session)))
}

/// Whether a folder that the catalog lists is this one, or below it.
fn is_within(found: &str, folder: &str) -> bool {
    folder == "/"
        || found.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// The folder at a place where things are delivered, which does not wait itself, and what is in it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::NotFolder`].
pub(in crate::vfs) async fn list(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    rows: &[Row],
) -> Result<(Entry, Vec<Entry>)> {
    let now = door.clock.now();
    match delivered(conn, session, place, now).await {
        Ok(_) => return Err(Error::NotFolder),
        Err(Error::NotFound) if place.leaf == Leaf::Deliver => {}
        Err(error) => return Err(error),
    }
    let (entries, _) = entries(door, conn, session, place, rows).await?;
    if entries.is_empty() && !is_always_there(place) {
        return Err(Error::NotFound);
    }
    Ok((folder_entry(session, place, now), entries))
}

/// What is in a folder where things are delivered: what waits, then what was delivered within the hour, and
/// folders that have any of that; and the locks on the folder itself. `chain` are the rows of what waits, as far as they
/// are there.
///
/// # Errors
/// [`Error::Unavailable`].
pub(in crate::vfs) async fn entries(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    chain: &[Row],
) -> Result<(Vec<Entry>, Vec<Lock>)> {
    let now = door.clock.now();
    let waits = waiting::waiting(door, conn, session, place).await?;
    let parent = chain.last().map_or(waits.root, |row| row.id);
    let there = chain.len() == place.rest.len();
    let rows =
        if there { waiting::children(conn, session, &waits, parent).await? } else { Vec::new() };
    let nodes = [locking::locked(chain), locking::locked(&rows)].concat();
    if !place.leaf.reads_names() {
        let held = locks::on_any(conn, &nodes, now).await?;
        return Ok(locking::entries(&waits, session, (chain, &rows), &held));
    }
    let folder = place.listing(&place.rest);
    let at = ListedIn { party: session.party, folder: &folder };
    let told = deliveries::listed(conn, at, &nodes, now).await?;
    let (mut all, own) = locking::entries(&waits, session, (chain, &rows), &told.locks);
    let mut more: Vec<_> = told.listed.iter().map(|d| look::delivered(place, session, d)).collect();
    if place.leaf == Leaf::Deliver {
        let top = if folder == "/" { folder } else { format!("{folder}/") };
        let below = told.folders.iter();
        let names = below.filter_map(|found| found.strip_prefix(&top)?.split('/').next());
        let names = names.filter(|name| !name.is_empty()).map(folder_name);
        let what = (Rights::READ | Rights::PLACE, place.may_at_top(session));
        more.extend(names.map(|name| look::folder(name, now, what)));
    }
    let mut keys: HashSet<_> = all.iter().map(|entry| Policy::Portable.key(&entry.name)).collect();
    more.retain(|entry| keys.insert(Policy::Portable.key(&entry.name)));
    all.extend(more);
    Ok((all, own))
}

/// An LHN as it is written; any other name of a folder as it is compared.
fn folder_name(key: &str) -> String {
    key.parse().map_or_else(|_| key.to_owned(), |lhn: Lhn| lhn.to_string())
}
