//! What was: which days are kept, that a kept day stays whole, and what is cleared away.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::ssh::{content, names, put};
use common::{Backing, Gateway, pdf};
use loondossier::dossier::retention::{Kept, Retention};
use loondossier::dossier::{DossierPath, day};
use loondossier::vfs::{Also, Attributes, Conditions, Fault, Finding, Noted, Remove, Removed};
use std::collections::BTreeMap;
use tokio::runtime::Handle;

const DAY: i64 = 24 * 3_600_000;
const PLACED: &str = "/Werkgevers/Bakkerij Jansen BV/Overzichten/Journaalposten/2026/a.pdf";
const NONE: Kept = Kept { days: 0, weeks: 0, months: 0, years: 0 };
const SHORT: Retention = Retention {
    backups: Kept { days: 3, weeks: 2, months: 2, years: 1 },
    files: Kept { days: 5, ..NONE },
};

fn path(text: &str) -> DossierPath {
    DossierPath::parse(text).unwrap()
}

/// By path the content, and what is shown beside it: time, bits and notes.
type Tree = BTreeMap<String, (Vec<u8>, (i64, Option<u32>, Noted))>;

/// K. Jansen, who puts, moves and deletes.
struct Jansen(Gateway);

impl Jansen {
    async fn put(&self, at: &str, text: &str) {
        put(&self.0, "jansen", at, text.as_bytes()).await;
    }

    /// One of many things to do on a day; not each can be done.
    async fn does(&self, what: u64, day: u64) {
        let session = self.0.session("jansen").await;
        let (vfs, free) = (&self.0.vfs, Conditions::default());
        let places = ["/Back-ups", "/Mijn bestanden", "/Gedeeld met kantoor", "/Back-ups/map"];
        let place = |n: usize| places.get(n % places.len()).unwrap();
        let at = |n: u64| format!("{}/{}.txt", place(usize::try_from(n).unwrap()), n % 3);
        match what % 5 {
            0..=2 => self.put(&at(what / 5), &format!("{day} {what}")).await,
            3 => drop(vfs.remove(&session, &path(&at(what / 5)), Remove::Anything, &free).await),
            _ => {
                let (from, to) = (path(&at(what / 5)), path(&at(what / 60)));
                let _ = vfs.relocate(&session, &from, &to, true, &free).await;
            }
        }
    }

    /// What lies in one of its folders gets another time, other bits and other notes.
    async fn notes(&self, what: u64, day: u64) {
        let session = self.0.session("jansen").await;
        let folder = if what.is_multiple_of(2) { "/Back-ups" } else { "/Mijn bestanden" };
        let at = i64::try_from(1_000 * (day + 1)).unwrap();
        for name in self.all(folder).await.into_keys() {
            let noted = Noted { created: Some(at), accessed: Some(at + 1), bits: None };
            let mode = Some(u32::try_from(day % 8).unwrap());
            let attributes = Attributes { modified: Some(at), mode, noted };
            let (name, free) = (path(name.trim_end_matches('/')), Conditions::default());
            self.0.vfs.set_attributes(&session, &name, attributes, &free).await.unwrap();
        }
    }

    /// All that is in a folder, by path, and what is shown of it; a folder of one's own ends in a slash.
    async fn all(&self, folder: &str) -> Tree {
        let session = self.0.session("jansen").await;
        let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
        while let Some(at) = open.pop() {
            let mut listing = self.0.vfs.list(&session, &path(&at), Also::default()).await.unwrap();
            while let Some(entry) = listing.next().await.unwrap() {
                let at = format!("{at}/{}", entry.name);
                let shown = (entry.modified, entry.mode, entry.noted);
                if !entry.folder {
                    let is = content(&self.0, "jansen", &at).await.unwrap();
                    let alone = self.0.vfs.stat(&session, &path(&at)).await.unwrap();
                    assert_eq!((alone.modified, alone.mode, alone.noted), shown, "{at}");
                    found.insert(at, (is, shown));
                    continue;
                }
                if entry.public_id.is_some() {
                    found.insert(format!("{at}/"), (Vec::new(), shown));
                }
                open.push(at);
            }
        }
        found
    }

    async fn days(&self) -> Vec<String> {
        names(&self.0, "jansen", "/Eerdere dagen").await
    }

    /// Nothing is missing or broken, and nothing lies there for nothing.
    async fn is_whole(&self) {
        let mut wrong = Vec::new();
        let verified = self.0.vfs.verify(true, |finding| wrong.push(finding), |_| {}).await;
        assert_eq!(wrong, []);
        let verified = verified.unwrap();
        assert_eq!(verified.objects, verified.stored, "{verified:?}");
    }
}

async fn kept_days_stay_whole(backing: Backing) {
    let jansen = Jansen(Gateway::start_on(backing).await);
    let session = jansen.0.session("jansen").await;
    let map = path("/Back-ups/map");
    jansen.0.vfs.make_folder(&session, &map, &Conditions::default()).await.unwrap();
    let (mut was, mut dice) = (BTreeMap::new(), 7_u64);
    for n in 0..30 {
        for _ in 0..3 {
            dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            jansen.does(dice >> 33, n).await;
        }
        if n % 2 == 1 {
            jansen.notes(dice >> 40, n).await;
        }
        let today = day::date(jansen.0.clock.now()).to_string();
        let mut is = Tree::new();
        for folder in ["/Back-ups", "/Mijn bestanden", "/Gedeeld met kantoor"] {
            let all = jansen.all(folder).await.into_iter();
            is.extend(all.map(|(at, shown)| (format!("/Eerdere dagen/{today}{at}"), shown)));
        }
        jansen.0.clock.advance(DAY);
        let view = jansen.all(&format!("/Eerdere dagen/{today}")).await;
        assert_eq!(view, is, "a day shows what was there at its end");
        was.insert(today, view);
        if n % 10 == 9 {
            check(&jansen, &was).await;
        }
    }
}

/// Clears, and compares each day that is left with what it showed on the day after.
async fn check(jansen: &Jansen, was: &BTreeMap<String, Tree>) {
    let planned = jansen.0.vfs.maintain(SHORT, false).await.unwrap();
    let before = jansen.days().await;
    assert_eq!(jansen.0.vfs.maintain(SHORT, true).await.unwrap(), planned);
    assert!(planned.versions > 0 && planned.days > 0, "{planned:?}");
    let nothing = jansen.0.vfs.maintain(SHORT, true).await.unwrap();
    assert_eq!(nothing, Removed::default(), "what was cleared is cleared");
    let left = jansen.days().await;
    assert!(left.len() >= 5 && left.len() < before.len(), "{left:?}");
    for (n, day) in left.iter().rev().enumerate() {
        let (is, was) = (jansen.all(&format!("/Eerdere dagen/{day}")).await, &was[day]);
        let backups = |at: &String| at.contains("/Back-ups/");
        let kept = |area: bool| was.iter().filter(move |(at, _)| backups(at) == area);
        let shown = |area: bool| is.iter().filter(move |(at, _)| backups(at) == area);
        // An area is shown whole or not at all.
        for area in [true, false] {
            assert!(shown(area).eq(kept(area)) || shown(area).next().is_none(), "{day}");
        }
        assert!(n >= 3 || shown(true).eq(kept(true)), "the last three days of backups: {day}");
        assert!(n >= 5 || shown(false).eq(kept(false)), "the last five days of files: {day}");
    }
    for day in before.iter().filter(|day| !left.contains(day)) {
        assert!(
            content(&jansen.0, "jansen", &format!("/Eerdere dagen/{day}/Back-ups/0.txt"))
                .await
                .is_none()
        );
    }
    jansen.is_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_day_stays_whole_in_a_folder_and_sqlite() {
    kept_days_stay_whole(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_day_stays_whole_in_s3_and_postgresql() {
    kept_days_stay_whole(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_that_jumps_clears_nothing_until_a_day_has_passed() {
    let jansen = Jansen(Gateway::start().await);
    let vfs = &jansen.0.vfs;
    assert_eq!(vfs.maintain_when_due(SHORT).await, Ok(None), "the first day");
    for n in 0..8 {
        jansen.put("/Back-ups/a", &format!("content {n}")).await;
        jansen.0.clock.advance(DAY);
        assert!(vfs.maintain_when_due(SHORT).await.unwrap().is_some());
    }
    let before = jansen.all("/Eerdere dagen").await;
    jansen.0.clock.jump(10 * DAY);
    assert_eq!(vfs.maintain_when_due(SHORT).await, Ok(None), "ten days at once");
    jansen.0.clock.jump(-10 * DAY);
    assert_eq!(vfs.maintain_when_due(SHORT).await, Ok(None), "and back");
    assert_eq!(jansen.all("/Eerdere dagen").await, before);
    jansen.0.clock.advance(DAY - 1);
    assert_eq!(vfs.maintain_when_due(SHORT).await, Ok(None), "not yet a day");
    jansen.0.clock.advance(1);
    assert!(vfs.maintain_when_due(SHORT).await.unwrap().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_leaves_behind_has_no_versions_but_what_was_a_file_before() {
    let jansen = Jansen(Gateway::start().await);
    let (vfs, free) = (&jansen.0.vfs, Conditions::default());
    let session = jansen.0.session("jansen").await;
    let versions = async || vfs.verify(false, |_| {}, |_| {}).await.unwrap().objects;
    for n in 0..3 {
        jansen.put("/Mijn bestanden/.DS_Store", &format!("view {n}")).await;
        jansen.0.clock.advance(1_000);
    }
    assert_eq!(versions().await, 1);
    vfs.remove(&session, &path("/Mijn bestanden/.DS_Store"), Remove::File, &free).await.unwrap();
    assert_eq!(versions().await, 0);
    jansen.put("/Mijn bestanden/a.txt", "a file").await;
    jansen.0.clock.advance(DAY);
    let (file, hidden) = (path("/Mijn bestanden/a.txt"), path("/Mijn bestanden/._a.txt"));
    vfs.relocate(&session, &file, &hidden, false, &free).await.unwrap();
    jansen.0.clock.advance(1_000);
    for n in 0..2 {
        jansen.put("/Mijn bestanden/._a.txt", &format!("hidden {n}")).await;
        jansen.0.clock.advance(1_000);
    }
    vfs.remove(&session, &hidden, Remove::File, &free).await.unwrap();
    assert_eq!(versions().await, 1, "what it was under a name that has a history");
    let day = "/Eerdere dagen/2026-11-24/Mijn bestanden/a.txt";
    assert_eq!(content(&jansen.0, "jansen", day).await.unwrap(), b"a file");
}

/// A Finder writes them again whenever somebody looks into a folder.
async fn what_a_system_writes_again_and_again_leaves_nothing(backing: Backing) {
    let jansen = Jansen(Gateway::start_on(backing).await);
    jansen.put("/Mijn bestanden/a.txt", "a file").await;
    for n in 0..20 {
        for name in [".DS_Store", "._a.txt"] {
            jansen.put(&format!("/Mijn bestanden/{name}"), &format!("{name} {n}")).await;
        }
        jansen.0.clock.advance(1_000);
    }
    jansen.is_whole().await;
    let (hidden, free) = (path("/Mijn bestanden/._a.txt"), Conditions::default());
    let session = jansen.0.session("jansen").await;
    jansen.0.vfs.remove(&session, &hidden, Remove::File, &free).await.unwrap();
    jansen.is_whole().await;
    jansen.0.clock.advance(3 * DAY);
    assert_eq!(jansen.0.vfs.maintain(SHORT, true).await.unwrap(), Removed::default());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_writes_again_and_again_leaves_nothing_in_a_folder_and_sqlite() {
    what_a_system_writes_again_and_again_leaves_nothing(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_system_writes_again_and_again_leaves_nothing_in_s3_and_postgresql() {
    what_a_system_writes_again_and_again_leaves_nothing(Backing::Shared).await;
}

/// The check reads the catalog a page at a time, and goes on while others work.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_cleared_away_while_it_is_checked_is_not_called_missing() {
    let jansen = Jansen(Gateway::start().await);
    let (vfs, free) = (&jansen.0.vfs, Conditions::default());
    let session = jansen.0.session("jansen").await;
    let all: Vec<_> = (0..9).map(|n| path(&format!("/Mijn bestanden/._{n}"))).collect();
    for (n, at) in (0..).zip(&all) {
        jansen.put(&at.to_string(), &format!("{n}").repeat(300_000)).await;
    }
    let blobs = jansen.0.folder.path().join("blobs");
    let shards = std::fs::read_dir(blobs).unwrap().map(|shard| shard.unwrap().path());
    let objects = shards.flat_map(|shard| std::fs::read_dir(shard).unwrap());
    // The first in the order of the check is lost; the others go when that is told.
    let lost = objects.map(|object| object.unwrap().path()).min().unwrap();
    std::fs::remove_file(&lost).unwrap();
    let mut told = Vec::new();
    let clear = async || {
        for at in &all {
            vfs.remove(&session, at, Remove::File, &free).await.unwrap();
        }
    };
    let tell = |finding: Finding| {
        told.push(finding.fault);
        tokio::task::block_in_place(|| Handle::current().block_on(clear()));
    };
    vfs.verify(false, tell, |_| {}).await.unwrap();
    assert_eq!(told, [Fault::Missing]);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_version_of_an_overview_is_kept_for_seven_years() {
    let jansen = Jansen(Gateway::start().await);
    let (gateway, petra) = (&jansen.0, jansen.0.session("petra").await);
    let placed = path(PLACED);
    for text in ["first", "second"] {
        put(gateway, "petra", PLACED, &pdf(text)).await;
        gateway.clock.advance(DAY);
    }
    let free = Conditions::default();
    gateway.vfs.remove(&petra, &placed, Remove::Anything, &free).await.unwrap();
    // Placed, replaced and withdrawn in one instant.
    for text in ["third", "fourth"] {
        put(gateway, "petra", PLACED, &pdf(text)).await;
    }
    gateway.vfs.remove(&petra, &placed, Remove::Anything, &free).await.unwrap();
    gateway.clock.advance(6 * 365 * DAY);
    let none = gateway.vfs.maintain(SHORT, true).await.unwrap();
    assert_eq!((none.versions, none.orphans), (0, 0));
    gateway.clock.advance(400 * DAY);
    assert_eq!(gateway.vfs.maintain(SHORT, true).await.unwrap().versions, 4);
    jansen.is_whole().await;
}

/// Contents that lay there before the catalog knew of anything: put back before the database, or another's.
#[tokio::test(flavor = "multi_thread")]
async fn contents_of_another_database_are_left_by_the_sweep() {
    let jansen = Jansen(Gateway::start().await);
    let blobs = jansen.0.folder.path().join("blobs");
    let objects: Vec<_> = (0..12).map(|n| blobs.join(format!("ab/ab{n:030}.age"))).collect();
    std::fs::create_dir_all(blobs.join("ab")).unwrap();
    let theirs = |count: usize| {
        for object in &objects[..count] {
            std::fs::write(object, b"theirs").unwrap();
        }
    };
    let left = || objects.iter().filter(|object| object.exists()).count();
    theirs(1);
    jansen.0.clock.advance(30 * DAY);
    let removed = jansen.0.vfs.maintain(SHORT, true).await.unwrap();
    assert_eq!((removed.orphans, removed.orphans_kept, left()), (1, true, 1), "no version");

    for n in 0..4 {
        jansen.put(&format!("/Back-ups/{n}"), &format!("content {n}")).await;
    }
    theirs(12);
    jansen.0.clock.advance(30 * DAY);
    let removed = jansen.0.vfs.maintain(SHORT, true).await.unwrap();
    assert_eq!(
        (removed.orphans, removed.orphans_kept, left()),
        (12, true, 12),
        "most of what is old"
    );
    assert!(removed.to_string().contains("is this the newest database?"), "{removed}");

    for object in &objects[3..] {
        std::fs::remove_file(object).unwrap();
    }
    let removed = jansen.0.vfs.maintain(SHORT, true).await.unwrap();
    assert_eq!((removed.orphans, removed.orphans_kept, left()), (3, false, 0), "what a crash left");

    theirs(12);
    jansen.put("/Back-ups/late", "too young").await;
    let planned = jansen.0.vfs.sweep(false).await.unwrap();
    assert_eq!((planned.orphans, left()), (12, 12), "only said");
    assert_eq!((jansen.0.vfs.sweep(true).await.unwrap(), left()), (planned, 0), "as was asked");
    jansen.is_whole().await;
}
