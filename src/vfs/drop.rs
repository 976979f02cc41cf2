//! Looking where things are delivered: what waits there, and what was taken in within the hour, under the
//! name that it was given, without its content.

use super::door::Door;
use super::place::Place;
use super::{Entry, Session, locking, look, resolve, waiting};
use crate::catalog::Conn;
use crate::catalog::deliveries::{self, Delivery, ListedIn};
use crate::catalog::nodes::{self, Row};
use crate::dossier::delivery::is_batch;
use crate::dossier::name::Policy;
use crate::dossier::{Error, Leaf, Lhn, Result, Rights};
use std::collections::HashSet;

impl Place {
    /// Where the catalog lists what is delivered under the names of this place: `=` and the employment in whose
    /// folder it is, or `/` and the folders in `/Aanleveren`.
    pub(super) fn listed_in(&self) -> String {
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
pub(super) async fn delivered(
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

/// What is listed under the name that a place ends in, where anything is.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn listed(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Option<Delivery>> {
    if !place.leaf.reads_names() {
        return Ok(None);
    }
    match delivered(conn, session, place, now).await {
        Err(Error::NotFound) => Ok(None),
        found => found.map(Some),
    }
}

/// The document that a delivery became: a lock on the one is on the other.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn document(conn: &mut Conn, delivery: Option<&Delivery>) -> Result<Option<Row>> {
    match delivery.and_then(|delivery| delivery.node) {
        Some(node) => nodes::home(conn, node).await,
        None => Ok(None),
    }
}

/// The document that is listed under the name that a place ends in.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn filed(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Option<Row>> {
    let listed = listed(conn, session, place, now).await?;
    document(conn, listed.as_ref()).await
}

/// What is at a place where things are delivered, and does not wait: a delivery, or a folder that is there for
/// whoever asks.
///
/// # Errors
/// [`Error::NotFound`].
pub(super) async fn entry(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    now: i64,
) -> Result<Entry> {
    match delivered(conn, session, place, now).await {
        Ok(delivery) => {
            let filed: Vec<Row> = document(conn, Some(&delivery)).await?.into_iter().collect();
            let locks = locking::shown(conn, session, &filed, now).await?;
            return Ok(Entry { locks, ..look::delivered(place, session, &delivery) });
        }
        Err(Error::NotFound) if place.leaf == Leaf::Drop => {}
        Err(error) => return Err(error),
    }
    let name = place.rest.last().cloned().unwrap_or_default();
    let administration = place.rest.first().is_some_and(|top| !is_batch(top));
    let there = match place.rest.as_slice() {
        [_] if administration => true,
        [_, number] if administration && !number.contains('.') => true,
        rest => !listed_folders(conn, session, place, rest, now).await?.is_empty(),
    };
    if there {
        let what = (place.rights(session, None), place.may_at_top(session));
        Ok(look::folder(name, now, what))
    } else {
        Err(Error::NotFound)
    }
}

/// The folders at and below one in which anything is listed.
async fn listed_folders(
    conn: &mut Conn,
    session: &Session,
    place: &Place,
    folders: &[String],
    now: i64,
) -> Result<Vec<String>> {
    let folder = place.listing(folders);
    let at = ListedIn { party: session.party, folder: &folder };
    let all = deliveries::folders(conn, at, now).await?;
    let within = |found: &String| {
        folder == "/" || *found == folder || found.starts_with(&format!("{folder}/"))
    };
    Ok(all.into_iter().filter(within).collect())
}

/// What is in a folder where things are delivered: what waits, then what was delivered within the hour, and
/// folders that have any of that.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn entries(
    door: &Door,
    conn: &mut Conn,
    session: &Session,
    place: &Place,
) -> Result<Vec<Entry>> {
    let now = door.clock.now();
    let waits = waiting::waiting(door, conn, session, place).await?;
    let rows = resolve::reach(conn, session, &waits).await?;
    let parent = rows.last().map_or(waits.root, |row| row.id);
    let mut all: Vec<Entry> = Vec::new();
    if rows.len() == place.rest.len() {
        let rows = waiting::children(conn, session, &waits, parent).await?;
        all.extend(rows.iter().map(|row| look::entry(&waits, session, row)));
    }
    if !place.leaf.reads_names() {
        return Ok(all);
    }
    let folder = place.listing(&place.rest);
    let at = ListedIn { party: session.party, folder: &folder };
    let listed = deliveries::listed(conn, at, now).await?;
    let mut more: Vec<_> = listed.iter().map(|d| look::delivered(place, session, d)).collect();
    if place.leaf == Leaf::Drop {
        let below = listed_folders(conn, session, place, &place.rest, now).await?;
        let top = if folder == "/" { folder } else { format!("{folder}/") };
        let names = below.iter().filter_map(|found| found.strip_prefix(&top)?.split('/').next());
        let names = names.filter(|name| !name.is_empty()).map(folder_name);
        let what = (Rights::READ | Rights::PLACE, place.may_at_top(session));
        more.extend(names.map(|name| look::folder(name, now, what)));
    }
    let mut keys: HashSet<_> = all.iter().map(|entry| Policy::Portable.key(&entry.name)).collect();
    more.retain(|entry| keys.insert(Policy::Portable.key(&entry.name)));
    all.extend(more);
    Ok(all)
}

/// An LHN as it is written; any other name of a folder as it is compared.
fn folder_name(key: &str) -> String {
    key.parse().map_or_else(|_| key.to_owned(), |lhn: Lhn| lhn.to_string())
}
