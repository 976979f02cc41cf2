//! Keeping the history as long as it is to be kept (PRODUCT.md section 7), and no object without a row.
//!
//! First the days that are no longer kept are closed, so that nobody looks back into half a day; then
//! what no day needs is forgotten, a page of rows in a transaction each; then its objects are deleted. A
//! process that dies in between leaves objects without a row, which the sweep finds two days later.

use crate::blobs::Listed;
use crate::catalog::history::{self, Ended};
use crate::catalog::{Conn, NodeId, PartyId, Transaction};
use crate::dossier::retention::{ALWAYS, History, OVERVIEWS, Retention};
use crate::dossier::{Result, day};
use crate::vfs::Vfs;
use crate::vfs::door::Door;
use jiff::civil::Date;
use serde::Serialize;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long the history is left alone between two clearings, in milliseconds.
const DAILY: i64 = 24 * 3_600_000;
/// After a longer pause than this the clock is not believed: it may have been set wrong.
const LATE: i64 = 36 * 3_600_000;
/// How often one looks whether it is time.
const LOOK: Duration = Duration::from_mins(10);
/// An object without a row that is younger than this may still get one, in milliseconds.
const YOUNG: i64 = ALWAYS;
/// One object in so many may be without a row; when more are, the catalog may be an old one.
const FEW: u64 = 20;
/// Below so many objects without a row one does not ask.
const HANDFUL: u64 = 1_000;
/// And below so many not even when they are most of what is old.
const SOME: u64 = 10;

/// What was removed, or would be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Removed {
    /// Days of a party's folders that show no more.
    pub days: u64,
    /// Versions that no day needs.
    pub versions: u64,
    /// What they take, in bytes as stored; what several versions share is counted with each.
    pub bytes: u64,
    /// Objects without a row.
    pub orphans: u64,
    /// What these take.
    pub orphan_bytes: u64,
    /// There are so many of them that they are left: the catalog may be older than the contents.
    pub orphans_kept: bool,
}

impl fmt::Display for Removed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { days, versions, bytes, orphans, orphan_bytes, .. } = self;
        writeln!(f, "days that are no longer kept: {days}")?;
        writeln!(f, "versions that no kept day needs: {versions} ({bytes} bytes)")?;
        write!(f, "objects without a row: {orphans} ({orphan_bytes} bytes)")?;
        if self.orphans_kept {
            f.write_str(
                ", left where they are: is this the newest database? If it is not, restore that before anything else; \
                 if it is: loondossier maintain --orphans",
            )?;
        }
        Ok(())
    }
}

impl Vfs {
    /// Removes what is no longer to be kept; without `really` only says what that is.
    ///
    /// # Errors
    /// [`crate::dossier::Error::Unavailable`]; what was removed by then is.
    pub async fn maintain(&self, retention: Retention, really: bool) -> Result<Removed> {
        let mut clearing = Clearing::begin(&self.0, retention, really).await?;
        clearing.days().await?;
        clearing.versions().await?;
        clearing.orphans().await?;
        Ok(clearing.removed)
    }

    /// Removes all objects that no version has, however many: whoever asks says that this is the newest database. Without
    /// `really` only says what they are.
    ///
    /// # Errors
    /// As [`Vfs::maintain`].
    pub async fn sweep(&self, really: bool) -> Result<Removed> {
        let (door, mut removed) = (&self.0, Removed::default());
        let mut listing = door.blobs.list().await?;
        while let Some(page) = listing.page().await? {
            for object in page.iter().filter(|object| is_old(door, object)) {
                if has_row(door, object).await? {
                    continue;
                }
                removed.orphans += 1;
                removed.orphan_bytes += object.stored_size;
                if really {
                    door.blobs.delete(&object.key).await?;
                }
            }
        }
        if really {
            listing.clear().await?;
        }
        Ok(removed)
    }

    /// Goes on removing it once a day, until `stop`.
    pub async fn maintain_daily(&self, retention: Retention, stop: CancellationToken) {
        let mut tick = tokio::time::interval(LOOK);
        let work = async {
            loop {
                tick.tick().await;
                match self.maintain_when_due(retention).await {
                    Ok(Some(removed)) => tracing::info!(
                        removed.days,
                        removed.versions,
                        removed.bytes,
                        removed.orphans,
                        "cleared what is no longer to be kept"
                    ),
                    Ok(None) => {}
                    // The catalog or the store has logged the cause.
                    Err(_) => tracing::warn!("clearing the history goes on later"),
                }
            }
        };
        stop.run_until_cancelled(work).await;
    }

    /// Removes it when a day has passed since the last time. After a clock that jumped nothing is
    /// removed: whoever set it wrong has a day to set it right.
    ///
    /// # Errors
    /// As [`Vfs::maintain`].
    pub async fn maintain_when_due(&self, retention: Retention) -> Result<Option<Removed>> {
        let door = &self.0;
        let now = door.clock.set_to();
        let last = history::last_run(&mut door.db.reader().await?).await?;
        let passed = now - last;
        if (0..DAILY).contains(&passed) {
            return Ok(None);
        }
        let mine = door.db.write(Run { last, now }).await?;
        if !mine || !(0..=LATE).contains(&passed) {
            return Ok(None);
        }
        self.maintain(retention, true).await.map(Some)
    }
}

struct Run {
    last: i64,
    now: i64,
}

impl Transaction for Run {
    type Output = bool;

    async fn run(&self, tx: &mut Conn) -> Result<bool> {
        history::runs(tx, self.last, self.now).await
    }
}

/// A day that is kept: its last instant, and of which folders.
type KeptDay = (i64, History);

struct Clearing<'a> {
    door: &'a Door,
    retention: Retention,
    really: bool,
    /// Versions that ended by then may be let go.
    before: i64,
    kept: HashMap<PartyId, Vec<KeptDay>>,
    tops: HashMap<NodeId, (History, PartyId)>,
    removed: Removed,
}

impl<'a> Clearing<'a> {
    async fn begin(door: &'a Door, retention: Retention, really: bool) -> Result<Self> {
        let tops = history::tops(&mut door.db.reader().await?).await?;
        let tops = tops.iter().map(|t| (t.top, (History::of(t.leaf), t.party))).collect();
        let (kept, removed) = (HashMap::new(), Removed::default());
        let before = door.clock.set_to() - ALWAYS;
        Ok(Self { door, retention, really, before, kept, tops, removed })
    }

    /// Closes the days that are no longer kept, and remembers the others.
    async fn days(&mut self) -> Result<()> {
        let parties = history::parties(&mut self.door.db.reader().await?).await?;
        for party in parties {
            let all = history::days_of(&mut self.door.db.reader().await?, party).await?;
            let mut gone = Vec::new();
            for (shelf, kept) in
                [(History::Backups, self.retention.backups), (History::Files, self.retention.files)]
            {
                let of = all.iter().filter(|(s, _)| *s == shelf);
                let changed: BTreeSet<Date> =
                    of.filter_map(|(_, text)| day::exact_date(text)).collect();
                // A day whose moments can still be asked for by name is not closed.
                let recent = day::date(self.before);
                let mut keeps = kept.of(&changed);
                keeps.extend(changed.range(recent..));
                gone.extend(changed.difference(&keeps).map(|day| (shelf, day.to_string())));
                let instants = keeps.into_iter().map(|date| (day::end(date) - 1, shelf));
                self.kept.entry(party).or_default().extend(instants);
            }
            self.removed.days += gone.len() as u64;
            if self.really && !gone.is_empty() {
                self.door.db.write(Close { party, gone }).await?;
            }
        }
        Ok(())
    }

    async fn versions(&mut self) -> Result<()> {
        let mut after = 0;
        loop {
            let page =
                history::ended(&mut self.door.db.reader().await?, after, self.before).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.id;
            let mut gone = Vec::new();
            for version in page {
                if !self.is_needed(&version).await? {
                    self.removed.versions += 1;
                    self.removed.bytes += u64::try_from(version.stored_size).unwrap_or(0);
                    gone.push(version);
                }
            }
            if self.really && !gone.is_empty() {
                let before = self.before;
                for blob in self.door.db.write(Forget { gone, before }).await? {
                    self.door.blobs.delete(&blob.parse()?).await?;
                }
            }
        }
    }

    /// Whether a kept day shows it, in the folder where it lay at the end of that day; an overview is
    /// kept by its age.
    async fn is_needed(&self, version: &Ended) -> Result<bool> {
        let lay = match self.place(version.node, version.until_ms - 1).await? {
            // One that was replaced in the instant it came lay nowhere before that.
            None => self.last_place(version.node).await?,
            there => there,
        };
        let Some((shelf, party)) = lay else { return Ok(false) };
        if shelf == History::Overviews {
            return Ok(version.until_ms + OVERVIEWS > self.door.clock.set_to());
        }
        let days = self.kept.get(&party).into_iter().flatten();
        let within = days.filter(|(at, _)| (version.from_ms..version.until_ms).contains(at));
        for (at, kept) in within {
            if self.place(version.node, *at).await?.is_some_and(|(shelf, _)| shelf == *kept) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Where a node lay at an instant.
    async fn place(&self, node: NodeId, at: i64) -> Result<Option<(History, PartyId)>> {
        let way = history::way_up(&mut self.door.db.reader().await?, node, at).await?;
        Ok(way.last().and_then(|top| self.tops.get(&top.node)).copied())
    }

    /// Where a node lay last.
    async fn last_place(&self, node: NodeId) -> Result<Option<(History, PartyId)>> {
        let top = history::last_top(&mut self.door.db.reader().await?, node).await?;
        Ok(top.and_then(|top| self.tops.get(&top)).copied())
    }

    /// Finds the objects that no version has, and removes them unless there are too many.
    async fn orphans(&mut self) -> Result<()> {
        let mut listing = self.door.blobs.list().await?;
        let (mut all, mut olds, mut gone) = (0, 0, Vec::new());
        while let Some(page) = listing.page().await? {
            all += page.len() as u64;
            for object in page {
                let old = is_old(self.door, &object);
                olds += u64::from(old);
                if old && !has_row(self.door, &object).await? {
                    self.removed.orphans += 1;
                    self.removed.orphan_bytes += object.stored_size;
                    if gone.len() as u64 <= HANDFUL.max(all / FEW) {
                        gone.push(object);
                    }
                }
            }
        }
        let any = history::any(&mut self.door.db.reader().await?).await?;
        self.removed.orphans_kept = are_anothers(self.removed.orphans, olds, all, any);
        if self.removed.orphans_kept {
            tracing::error!(
                objects = self.removed.orphans,
                "more objects without a row than there should be: is this the newest database? \
                 If it is, `loondossier maintain --orphans` removes them"
            );
            return Ok(());
        }
        for object in gone.iter().filter(|_| self.really) {
            // It may have got one while the others were listed.
            if !has_row(self.door, object).await? {
                self.door.blobs.delete(&object.key).await?;
            }
        }
        if self.really { listing.clear().await } else { Ok(()) }
    }
}

/// Whether an object has been there for so long that what would be about it is.
fn is_old(door: &Door, object: &Listed) -> bool {
    door.clock.set_to().saturating_sub(object.modified) > YOUNG
}

async fn has_row(door: &Door, object: &Listed) -> Result<bool> {
    history::in_use(&mut door.db.reader().await?, &object.key.to_string()).await
}

/// Whether so many objects have no row that they may be of another catalog: a newer one, or the one before
/// this was made beside them. What dies leaves few among many; a catalog that is not theirs knows hardly any
/// of those that are old, or has no version at all.
const fn are_anothers(orphans: u64, old: u64, all: u64, any_version: bool) -> bool {
    let many = orphans > HANDFUL && orphans > all / FEW;
    let most = orphans > SOME && orphans > old / 2;
    many || most || (orphans > 0 && !any_version)
}

/// Closes days of a party.
struct Close {
    party: PartyId,
    gone: Vec<(History, String)>,
}

impl Transaction for Close {
    type Output = ();

    async fn run(&self, tx: &mut Conn) -> Result<()> {
        for (shelf, day) in &self.gone {
            history::prune(tx, self.party, *shelf, day).await?;
        }
        Ok(())
    }
}

/// Forgets versions; gives the objects that are nobody's then.
struct Forget {
    gone: Vec<Ended>,
    before: i64,
}

impl Transaction for Forget {
    type Output = Vec<String>;

    async fn run(&self, tx: &mut Conn) -> Result<Vec<String>> {
        let mut free = Vec::new();
        for version in &self.gone {
            free.extend(history::forget(tx, version, self.before).await?);
        }
        Ok(free)
    }
}

#[cfg(test)]
mod tests {
    use super::are_anothers;

    #[test]
    fn what_the_catalog_does_not_know_is_not_cleared_away() {
        assert!(!are_anothers(0, 0, 0, false), "nothing is there");
        assert!(!are_anothers(10, 10, 10, true) && are_anothers(11, 21, 500, true), "most of it");
        assert!(!are_anothers(11, 22, 22, true), "half of it");
        assert!(
            !are_anothers(1_000, 2_000, 2_000, true) && are_anothers(1_001, 9_000, 9_000, true)
        );
        assert!(!are_anothers(1_001, 30_000, 30_000, true), "few of many");
        assert!(are_anothers(1, 1, 1, false), "no version at all");
    }
}
