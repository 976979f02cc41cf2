//! A clock that is wrong: time never goes back for the dossier, no history is lost by it, and what was
//! written while the clock was ahead can be put back.

#![expect(clippy::unwrap_used, reason = "what fails here fails the test")]

mod common;

use common::ssh::{content, names, put, put_by};
use common::{Backing, Gateway, pdf, versions_in_order};
use loondossier::blobs::{Blobs, Keyring, Service};
use loondossier::clock::Clock;
use loondossier::dossier::retention::{Kept, Retention};
use loondossier::dossier::{DossierPath, day};
use loondossier::vfs::{Conditions, Quota, Remove, Removed, Vfs};
use std::sync::Arc;
use std::time::Duration;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// What is kept by default.
const USUAL: Retention = Retention {
    backups: Kept { days: 14, weeks: 8, months: 12, years: 7 },
    files: Kept { days: 90, weeks: 0, months: 0, years: 0 },
};
/// No other node has to notice.
const AT_ONCE: Duration = Duration::ZERO;

/// K. Jansen's dossier.
struct Jansen(Gateway);

impl Jansen {
    async fn start(backing: Backing) -> Self {
        Self(Gateway::start_on(backing).await)
    }

    async fn puts(&self, at: &str, text: &str) {
        put(&self.0, "jansen", at, text.as_bytes()).await;
    }

    async fn deletes(&self, at: &str) {
        let (session, at) = (self.0.session("jansen").await, DossierPath::parse(at).unwrap());
        let free = Conditions::default();
        self.0.vfs.remove(&session, &at, Remove::Anything, &free).await.unwrap();
    }

    /// What it has at a path, or had at the end of a day.
    async fn has(&self, day: &str, at: &str) -> Option<String> {
        let day = if day.is_empty() { day } else { &format!("/Eerdere dagen/{day}") };
        let is = content(&self.0, "jansen", &format!("{day}{at}")).await?;
        Some(String::from_utf8(is).unwrap())
    }

    async fn days(&self) -> Vec<String> {
        names(&self.0, "jansen", "/Eerdere dagen").await
    }

    /// A file is put before, twice while the clock is ten days ahead, and after it was set right; another
    /// is put ahead and deleted after.
    async fn lives_through_a_clock_that_is_ahead(&self) {
        self.puts("/Mijn bestanden/a", "before").await;
        self.puts("/Back-ups/b", "before").await;
        self.0.clock.advance(HOUR);
        self.0.clock.jump(10 * DAY);
        self.puts("/Mijn bestanden/a", "ahead").await;
        self.puts("/Mijn bestanden/c", "ahead").await;
        self.0.clock.advance(HOUR);
        self.puts("/Mijn bestanden/a", "ahead, again").await;
        self.puts("/Back-ups/b", "ahead").await;
        self.0.clock.advance(HOUR);
        self.0.clock.jump(-10 * DAY);
        self.puts("/Mijn bestanden/a", "after").await;
        self.deletes("/Mijn bestanden/c").await;
        self.0.clock.advance(HOUR);
        self.puts("/Back-ups/b", "after").await;
    }

    /// No name is listed twice on any day, and what is listed is there.
    async fn every_day_can_be_read(&self) {
        for day in self.days().await {
            let mut folders = names(&self.0, "jansen", &format!("/Eerdere dagen/{day}")).await;
            folders.retain(|folder| ["Mijn bestanden", "Back-ups"].contains(&folder.as_str()));
            for folder in folders {
                let at = format!("/Eerdere dagen/{day}/{folder}");
                let listed = names(&self.0, "jansen", &at).await;
                let mut once = listed.clone();
                once.dedup();
                assert_eq!(listed, once, "{day}");
                for name in listed {
                    let there = self.has(&day, &format!("/{folder}/{name}")).await;
                    assert!(there.is_some(), "{day}/{folder}/{name}");
                }
            }
        }
    }

    /// The dossier as a process sees it that begins at a time.
    async fn begun_at(&self, clock: &Clock) -> Vfs {
        let folder = self.0.folder.path();
        let service = Service::Folder(folder.to_owned());
        let blobs = Blobs::open(service, &folder.join("staging")).await.unwrap();
        let keyring = Arc::new(Keyring::load(&folder.join("master.key")).unwrap());
        Vfs::new(self.0.db.clone(), blobs, keyring, clock.clone(), Quota::default())
    }
}

async fn what_is_written_comes_after_what_was_written(backing: Backing) {
    let jansen = Jansen::start(backing).await;
    jansen.lives_through_a_clock_that_is_ahead().await;
    assert_eq!(versions_in_order(&jansen.0.db).await, 8, "all that was put is kept");
    jansen.0.clock.advance(2 * DAY);
    jansen.every_day_can_be_read().await;
    assert_eq!(jansen.days().await, ["2026-11-24", "2026-12-04"]);
    for (day, a, b, c) in [
        ("2026-11-24", "before", "before", None),
        ("2026-12-03", "before", "before", None),
        ("2026-12-04", "after", "after", None),
        ("", "after", "after", None),
    ] {
        assert_eq!(jansen.has(day, "/Mijn bestanden/a").await.unwrap(), a, "{day}");
        assert_eq!(jansen.has(day, "/Back-ups/b").await.unwrap(), b, "{day}");
        assert_eq!(jansen.has(day, "/Mijn bestanden/c").await, c, "{day}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_comes_after_what_was_written_in_sqlite() {
    what_is_written_comes_after_what_was_written(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_comes_after_what_was_written_in_postgresql() {
    what_is_written_comes_after_what_was_written(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_begins_with_a_clock_far_behind_destroys_no_history() {
    let jansen = Jansen::start(Backing::Embedded).await;
    for text in ["first", "second"] {
        jansen.puts("/Mijn bestanden/a", text).await;
        jansen.0.clock.advance(DAY);
    }
    let in_2020 = Clock::fixed(day::start("2020-01-01".parse().unwrap()));
    let begun = jansen.begun_at(&in_2020).await;
    begun.keep_time().await.unwrap();
    let session = jansen.0.session("jansen").await;
    put_by(&begun, &session, "/Mijn bestanden/a", b"third").await;
    assert_eq!(begun.maintain(USUAL, true).await.unwrap(), Removed::default());
    in_2020.advance(MINUTE);
    put_by(&begun, &session, "/Mijn bestanden/a", b"fourth").await;
    assert_eq!(versions_in_order(&jansen.0.db).await, 4);
    jansen.0.clock.advance(DAY);
    assert_eq!(jansen.has("2026-11-24", "/Mijn bestanden/a").await.unwrap(), "first");
    assert_eq!(jansen.has("2026-11-25", "/Mijn bestanden/a").await.unwrap(), "fourth");
}

async fn what_was_written_ahead_is_put_back(backing: Backing) {
    let jansen = Jansen::start(backing).await;
    let vfs = &jansen.0.vfs;
    jansen.lives_through_a_clock_that_is_ahead().await;
    let planned = vfs.written_ahead().await.unwrap();
    assert_eq!((planned.by_ms / DAY, planned.ahead.versions), (9, 6), "{planned:?}");
    assert!(jansen.0.clock.lead() > 9 * DAY, "a plan changes nothing");
    assert_eq!(vfs.clock_was_ahead(AT_ONCE).await.unwrap(), planned);
    assert_eq!(jansen.0.clock.lead(), 0);
    assert_eq!(vfs.clock_was_ahead(AT_ONCE).await.unwrap().by_ms, 0, "it is done");
    assert_eq!(versions_in_order(&jansen.0.db).await, 8);
    for n in 25..28 {
        jansen.0.clock.advance(DAY);
        jansen.puts("/Mijn bestanden/a", &format!("on the {n}th")).await;
    }
    jansen.0.clock.advance(DAY);
    jansen.every_day_can_be_read().await;
    assert_eq!(jansen.days().await, ["2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27"]);
    assert_eq!(jansen.has("2026-11-24", "/Mijn bestanden/a").await.unwrap(), "after");
    assert_eq!(jansen.has("2026-11-24", "/Mijn bestanden/c").await, None);
    assert_eq!(jansen.has("2026-11-24", "/Back-ups/b").await.unwrap(), "after");
    assert_eq!(jansen.has("2026-11-26", "/Mijn bestanden/a").await.unwrap(), "on the 26th");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_ahead_is_put_back_in_sqlite() {
    what_was_written_ahead_is_put_back(Backing::Embedded).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_ahead_is_put_back_in_postgresql() {
    what_was_written_ahead_is_put_back(Backing::Shared).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_days_that_a_clock_was_ahead_come_back_as_days_and_are_kept() {
    let jansen = Jansen::start(Backing::Embedded).await;
    let (clock, vfs) = (&jansen.0.clock, &jansen.0.vfs);
    clock.jump(10 * DAY);
    for n in 24..29 {
        jansen.puts("/Back-ups/b", &format!("on the {n}th")).await;
        clock.advance(DAY);
    }
    clock.jump(-10 * DAY);
    jansen.puts("/Back-ups/b", "on the 29th").await;
    let moved = vfs.clock_was_ahead(AT_ONCE).await.unwrap();
    assert_eq!((moved.by_ms / DAY, moved.ahead.versions), (9, 6), "{moved:?}");
    clock.advance(3 * DAY);
    let removed = vfs.maintain(USUAL, true).await.unwrap();
    assert_eq!((removed.days, removed.versions), (0, 0));
    for n in 24..30 {
        let day = format!("2026-11-{n}");
        assert_eq!(jansen.has(&day, "/Back-ups/b").await.unwrap(), format!("on the {n}th"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_ended_before_it_began_is_put_in_order() {
    let jansen = Jansen::start(Backing::Embedded).await;
    let clock = &jansen.0.clock;
    jansen.puts("/Mijn bestanden/a", "before").await;
    jansen.puts("/Mijn bestanden/b", "before").await;
    clock.jump(10 * DAY);
    jansen.puts("/Mijn bestanden/a", "ahead").await;
    jansen.puts("/Mijn bestanden/c", "ahead").await;
    // What knows nothing of it, as this program was before, writes by a clock that is right.
    let right = Clock::fixed(clock.now() - 10 * DAY + HOUR);
    let other = jansen.begun_at(&right).await;
    let session = jansen.0.session("jansen").await;
    put_by(&other, &session, "/Mijn bestanden/a", b"after").await;
    let (from, to) = ("/Mijn bestanden/c", "/Mijn bestanden/d");
    let [from, to] = [from, to].map(|at| DossierPath::parse(at).unwrap());
    other.relocate(&session, &from, &to, false, &Conditions::default()).await.unwrap();
    clock.jump(2 * HOUR - 10 * DAY);
    jansen.0.vfs.clock_was_ahead(AT_ONCE).await.unwrap();
    assert_eq!(versions_in_order(&jansen.0.db).await, 5);
    clock.advance(2 * DAY);
    jansen.every_day_can_be_read().await;
    let listed = names(&jansen.0, "jansen", "/Eerdere dagen/2026-11-24/Mijn bestanden").await;
    assert_eq!(listed, ["a", "b", "d"]);
    assert_eq!(jansen.has("2026-11-24", "/Mijn bestanden/a").await.unwrap(), "after");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_lies_in_a_folder_is_as_old_as_the_system_says() {
    let jansen = Jansen::start(Backing::Embedded).await;
    let clock = Clock::system();
    let begun = jansen.begun_at(&clock).await;
    let session = jansen.0.session("petra").await;
    let kept = "/Back-ups/kept";
    put_by(&begun, &session, kept, &pdf("kept")).await;
    clock.not_before(clock.now() + 10 * DAY);
    // An object that has no row yet, of an upload that goes on.
    let objects = jansen.0.folder.path().join("blobs");
    let object = "ab000000000000000000000000000000.age";
    let [shard, young] = [objects.join("ab"), objects.join("ab").join(object)];
    std::fs::create_dir_all(shard).unwrap();
    std::fs::write(&young, b"on its way").unwrap();
    assert_eq!(begun.maintain(USUAL, true).await.unwrap().orphans, 0);
    assert!(young.exists());
}
