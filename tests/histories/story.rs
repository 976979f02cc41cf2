//! A history being lived, by the real thing and the reference, and the comparison of what came of it.

use crate::cast::{BOS, DEVRIES, JANSEN, JOBS, LOGINS, PARTIES, Party, VISSER};
use crate::model::{Model, is_own};
use crate::play::{Real, Store};
use crate::script::{OVERVIEWS, Spot, Turn, Verb, Way, verbs};
use crate::verbs::Told;
use loondossier::dossier::Error;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestRng, TestRunner};
use sha2::{Digest, Sha256};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// A history being lived: the real dossier beside the reference.
struct Life {
    real: Real,
    model: Model,
    /// Every folder that a party had at the beginning, and after.
    places: BTreeMap<Party, Vec<String>>,
    days: Vec<String>,
    /// What each log should say, with the time.
    logs: Vec<(Party, String)>,
    /// What was done, for whoever reads of a failure.
    trail: Vec<String>,
}

/// What a program does to save.
enum Step<'a> {
    Put(&'a str),
    Remove(&'a str),
    Go(&'a str, &'a str),
}

impl Life {
    async fn begin(store: &Store) -> Self {
        let mut model = Model::default();
        model.office.extend([(JANSEN, VISSER), (BOS, VISSER)]);
        model.visible.insert(BOS);
        let real = Real::begin(store, &model).await;
        let (places, days, logs, trail) = (BTreeMap::new(), Vec::new(), Vec::new(), Vec::new());
        let mut life = Self { real, model, places, days, logs, trail };
        life.look_around();
        life
    }

    /// An employer hands in a payslip and forwards a folder of its employee: much can go wrong with them.
    async fn begin_with_both(&mut self) {
        let shared = "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever/map";
        let lent = "/Werknemers/0042 A. de Vries/Gedeeld door werknemer/map";
        let (file, to) = (format!("{shared}/a.txt"), "/Gedeeld met kantoor/map");
        let (real, model) = (&self.real, &mut self.model);
        let (payslip, pdf) =
            ("/Werknemers/0042 A. de Vries/Loonstrook 2026-11.pdf", b"%PDF-1.4 %%EOF");
        let told = [
            (real.put(JANSEN, payslip, pdf).await, model.put(JANSEN, payslip, Some(pdf))),
            (real.make_folder(DEVRIES, shared).await, model.put(DEVRIES, shared, None)),
            (real.put(DEVRIES, &file, b"a").await, model.put(DEVRIES, &file, Some(b"a"))),
            (real.relocate(JANSEN, lent, to, false).await, model.go(JANSEN, lent, to, false, true)),
        ];
        assert!(told.iter().all(|told| *told == (Ok(()), Ok(()))), "{told:?}");
        self.keep_log();
        self.trail.push(
            "jansen hands in a payslip; devries shares map/a.txt, and jansen forwards map"
                .to_owned(),
        );
    }

    fn look_around(&mut self) {
        for who in PARTIES {
            let places = self.places.entry(who).or_default();
            for (at, (what, ..)) in self.model.lines(who) {
                if !["r", "rp", "rt", "sets", "decided"].contains(&what) && !places.contains(&at) {
                    places.push(at);
                }
            }
        }
    }

    /// Today's path of a spot.
    fn at(&self, who: Party, Spot { place, name, shared, .. }: &Spot) -> String {
        let all = self.places[&who].iter().filter(|at| !shared || at.contains("Gedeeld met"));
        let all: Vec<_> = all.collect();
        let place = if all.is_empty() { "/Mijn bestanden" } else { place.get(&all).as_str() };
        let overview = OVERVIEWS[name.len() % 2];
        let deep = place.contains("/2026") || place.rsplit('/').nth(1) == Some("Werknemers");
        let plain = name.replace("._", "");
        let name = match deep {
            true if place.contains("Journaal") => OVERVIEWS[1],
            true if place.contains("Loon") || overview.starts_with("Loon") => OVERVIEWS[0],
            true => "Loonstrook 2026-10.pdf",
            // In backups it is a name like any other.
            false if place == "/Back-ups" => &plain,
            false => name,
        };
        format!("{place}/{name}")
    }

    /// The path of something that may be there.
    fn source(&self, who: Party, spot: &Spot) -> String {
        let lines = self.model.lines(who).into_iter().filter(|_| spot.seen);
        let seen = |(at, area)| {
            let seen = self.model.seen(who, area).into_iter();
            seen.map(|(path, _)| format!("{at}/{path}")).collect::<Vec<_>>()
        };
        let seen: Vec<_> = lines.flat_map(seen).collect();
        if seen.is_empty() { self.at(who, spot) } else { spot.place.get(&seen).clone() }
    }

    /// Its path, or that on a day of the past: for what only reads there.
    fn past(&self, who: Party, spot: &Spot) -> String {
        let (at, ago) = (self.source(who, spot), self.days.len().checked_sub(spot.days_ago));
        let day = ago.and_then(|n| self.days.get(n));
        day.map_or(at.clone(), |day| format!("/Eerdere dagen/{day}{at}"))
    }

    /// Two paths of which both or none is of what a system leaves behind: what becomes that, or is it
    /// no longer, PRODUCT.md does not tell. Delivering by moving is told elsewhere.
    fn ends(&self, who: Party, from: String, to: &Spot) -> (String, String) {
        let is_clutter = |at: &str| at.rsplit('/').next().is_some_and(|n| n.starts_with("._"));
        let to = self.at(who, to);
        let delivers = self.model.spot(who, &to).is_ok_and(|(area, _, found)| {
            let found = found.map(|id| &self.model.docs[&id]);
            let may = [self.model.may(who, area, None), self.model.may(who, area, found)].concat();
            ["handed in", "overviews", "payslips"].contains(&area.0) && may.contains(['p', 'x'])
        });
        let to = if delivers { "/Mijn bestanden/a.txt".to_owned() } else { to };
        let to = if is_clutter(&from) { to.replace("/Back-ups/", "/Mijn bestanden/") } else { to };
        let (above, name) = to.rsplit_once('/').unwrap();
        let name = if is_clutter(&from) {
            "._x"
        } else if is_clutter(&to) {
            "a.txt"
        } else {
            name
        };
        (from, format!("{above}/{name}"))
    }

    async fn does(
        &mut self,
        who: Party,
        verb: &Verb,
        reads_only: bool,
    ) -> Result<(), TestCaseError> {
        self.real.wait();
        self.real.narrow(reads_only);
        let mut next = self.model.clone();
        next.reads_only = reads_only;
        next.gone.clear();
        next.fresh = next.count;
        let (spots, told) = match verb {
            Verb::Day(_) if self.days.len() > 5 => return Ok(()),
            Verb::Day(turn) => {
                self.passes(turn, &mut next).await;
                (vec![], (Ok(()), Ok(())))
            }
            verb => self.tells(who, verb, &mut next).await?,
        };
        next.reads_only = false;
        self.real.narrow(false);
        let reader = if reads_only { ", reading only" } else { "" };
        self.trail.push(format!("{}{reader}: {verb:?} {spots:?}: {:?}", LOGINS[who], told.0));
        prop_assert_eq!(told.0, told.1, "told, and should be: {:#?}", self.trail);
        if told.1.is_ok() {
            self.model = next;
            self.look_around();
            self.keep_log();
        }
        Ok(())
    }

    fn keep_log(&mut self) {
        let at = self.real.now();
        self.logs
            .extend(self.model.told.drain(..).map(|(who, line)| (who, format!("{at};{line}"))));
    }

    /// A day passes.
    async fn passes(&mut self, turn: &Turn, next: &mut Model) {
        let today = self.real.today();
        next.end_day(today.clone());
        self.days.push(today);
        match turn {
            Turn::Nothing => {}
            Turn::Office(employer, office) if next.office.get(employer) == office.as_ref() => {}
            Turn::Office(employer, office) => next.engage(*employer, *office),
            Turn::Payslips(employer) => {
                if !next.visible.remove(employer) {
                    next.visible.insert(*employer);
                }
            }
            Turn::Leaves(n) => {
                let (person, employer, _) = *n.get(&JOBS);
                next.left.insert((person, employer));
            }
        }
        self.real.next_day(next).await;
    }

    /// What one is told of a verb, and should be, and of which paths.
    async fn tells(
        &self,
        who: Party,
        verb: &Verb,
        next: &mut Model,
    ) -> Result<(Vec<String>, (Told, Told)), TestCaseError> {
        let real = &self.real;
        Ok(match verb {
            Verb::Read(a) => {
                let a = self.past(who, a);
                let (told, wanted) = (real.read(who, &a).await, next.read(who, &a));
                let same = (told.clone().map(drop), wanted.clone().map(drop));
                prop_assert_eq!(told, wanted, "{} reads {}: {:#?}", who, a, self.trail);
                (vec![a], same)
            }
            Verb::Put(a, n) => {
                let (a, content) = (self.at(who, a), format!("%PDF-1.4\n{n}\n%%EOF\n"));
                let content = content.as_bytes();
                let told = (real.put(who, &a, content).await, next.put(who, &a, Some(content)));
                (vec![a], told)
            }
            Verb::Folder(a) => {
                let a = self.at(who, a).replace("._", "");
                let told = (real.make_folder(who, &a).await, next.put(who, &a, None));
                (vec![a], told)
            }
            Verb::Remove(a) => {
                let a = self.source(who, a);
                let told = (real.remove(who, &a).await, next.remove(who, &a));
                (vec![a], told)
            }
            Verb::Move(a, b, over) => {
                let (a, b) = self.ends(who, self.source(who, a), b);
                let wanted = next.go(who, &a, &b, *over, true);
                let told = (real.relocate(who, &a, &b, *over).await, wanted);
                (vec![a, b], told)
            }
            Verb::Copy(a, b, over) => {
                let (a, b) = self.ends(who, self.past(who, a), b);
                let wanted = next.go(who, &a, &b, *over, false);
                let told = (real.copy(who, &a, &b, *over).await, wanted);
                (vec![a, b], told)
            }
            Verb::Save(a, n, way) => {
                let a = self.document(who, a);
                let told = self.saves(who, &a, *n, *way, next).await;
                (vec![a], told)
            }
            Verb::Day(_) => (Vec::new(), (Ok(()), Ok(()))),
        })
    }

    /// The path of a document of one's own that a program could have open.
    fn document(&self, who: Party, spot: &Spot) -> String {
        let at = self.source(who, spot);
        let own = self.model.spot(who, &at).is_ok_and(|(area, ..)| is_own(area, who));
        let clutter = at.rsplit('/').next().is_some_and(|name| name.starts_with("._"));
        if own && !clutter { at } else { "/Mijn bestanden/a.txt".to_owned() }
    }

    /// A program saves within a minute: it goes on as long as it is told that all is well.
    async fn saves(&self, who: Party, at: &str, n: u8, way: Way, next: &mut Model) -> (Told, Told) {
        let (real, content) = (&self.real, format!("saved {n}").into_bytes());
        let folder = at.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A name that nothing had before.
        let new = format!("{folder}/~{}.tmp", self.trail.len());
        let old = format!("{folder}/~oud.txt");
        let mut steps = vec![Step::Put(&new)];
        steps.extend((way != Way::Deletes).then_some(Step::Go(at, &old)));
        steps.extend((way == Way::Deletes).then_some(Step::Remove(at)));
        steps.extend((way == Way::DeletesFirst).then_some(Step::Remove(&old)));
        steps.push(Step::Go(&new, at));
        steps.extend((way == Way::ThenDeletes).then_some(Step::Remove(&old)));
        for step in steps {
            real.tick();
            let mut then = next.clone();
            let told = match step {
                Step::Put(at) => {
                    (real.put(who, at, &content).await, then.put(who, at, Some(&content)))
                }
                Step::Remove(at) => (real.remove(who, at).await, then.remove(who, at)),
                Step::Go(from, to) => {
                    let wanted = then.go(who, from, to, true, true);
                    (real.relocate(who, from, to, true).await, wanted)
                }
            };
            match told {
                (Ok(()), Ok(())) => *next = then,
                (told, wanted) if told == wanted => break,
                different => return different,
            }
        }
        (Ok(()), Ok(()))
    }

    /// What each sees, reads in every file, and is told in its log.
    async fn compare(&mut self) -> Result<(), TestCaseError> {
        let mut files = Vec::new();
        for who in PARTIES {
            let mut wanted = BTreeSet::new();
            for (at, (rights, content)) in self.model.tree(who) {
                // What was handed in is listed, and cannot be read back.
                let readable =
                    content.is_none() || self.model.clone().read(who, &at) != Err(Error::Denied);
                let sum = |content: &Vec<u8>| Some(Sha256::digest(content).to_vec());
                let file = content.as_ref().map(|content| (content.len() as u64, sum(content)));
                files
                    .extend(content.filter(|_| readable).map(|content| (who, at.clone(), content)));
                wanted.insert((at, (rights.to_owned(), file)));
            }
            let is: BTreeSet<_> = self.real.tree(who, &self.days).await.into_iter().collect();
            let more: Vec<_> = is.difference(&wanted).collect();
            let less: Vec<_> = wanted.difference(&is).collect();
            let trail = &self.trail;
            prop_assert_eq!(more, less, "what {} sees, and should see: {:#?}", LOGINS[who], trail);
        }
        for (who, at, content) in files {
            self.real.wait();
            let read = (self.real.read(who, &at).await, self.model.read(who, &at));
            let (login, trail) = (LOGINS[who], &self.trail);
            prop_assert_eq!(&read.0, &Ok(content), "{} reads {}: {:#?}", login, at, trail);
            prop_assert_eq!(read.0, read.1);
            self.keep_log();
        }
        for who in PARTIES {
            let should = self.logs.iter().filter(|(by, _)| *by == who).map(|(_, line)| line);
            let mut should: Vec<_> = should.cloned().collect();
            let mut is = self.real.log(who).await;
            // What is done at once is told in any order.
            should.sort();
            is.sort();
            prop_assert_eq!(is, should, "the log of {}: {:#?}", LOGINS[who], self.trail);
        }
        Ok(())
    }
}

fn live(part: u32) {
    let number = |name, otherwise| std::env::var(name).map_or(otherwise, |n| n.parse().unwrap());
    let (all, seed) = (number("HISTORIES", 4_000), number("SEED", 0));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = RefCell::new((0, runtime.block_on(Store::open())));
    let config = Config {
        cases: all / 4 + u32::from(part < all % 4),
        failure_persistence: None,
        ..Config::default()
    };
    let histories = (any::<bool>(), prop::collection::vec(verbs(), 1..24));
    let begin: Vec<u8> =
        [seed, part, 0, 0, 0, 0, 0, 0].into_iter().flat_map(u32::to_be_bytes).collect();
    let random = TestRng::from_seed(RngAlgorithm::ChaCha, &begin);
    let told = TestRunner::new_with_rng(config, random).run(&histories, |(forwarded, history)| {
        let (lived, store) = &mut *store.borrow_mut();
        *lived += 1;
        runtime.block_on(async {
            if *lived % 500 == 0 {
                // What earlier ones left goes, so that a million do not fill the memory.
                *store = Store::open().await;
            }
            let mut life = Life::begin(store).await;
            if forwarded {
                life.begin_with_both().await;
            }
            for (who, verb, reads_only) in &history {
                life.does(*who, verb, *reads_only).await?;
            }
            life.compare().await
        })
    });
    if let Err(error) = told {
        panic!("with SEED={seed}: {error}");
    }
}

#[test]
fn a_quarter_of_the_histories() {
    live(0);
}

#[test]
fn the_second_quarter() {
    live(1);
}

#[test]
fn the_third_quarter() {
    live(2);
}

#[test]
fn the_last_quarter() {
    live(3);
}
