//! What is done in a history, and the comparison of what came of it.

use crate::model::{Model, Told};
use crate::play::{Real, Store};
use crate::trees::{BOS, JANSEN, JOBS, LOGINS, LOON, PARTIES, Party, VISSER, wanted};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Clone, Debug)]
enum Verb {
    Read(Spot),
    Put(Spot, u8),
    Folder(Spot),
    Remove(Spot),
    Move(Spot, Spot, bool),
    Copy(Spot, Spot, bool),
    /// A day passes, and the employer has no office any more, or the next one.
    Engage(bool, bool),
    /// A day passes, and somebody has left.
    Leave(Index),
}

/// A name in one of the folders that a party has or could have had.
#[derive(Clone)]
struct Spot(Index, &'static str);

const NAMES: [&str; 9] =
    ["a.txt", "b.txt", "A.TXT", "map", "map/a.txt", "map/b.txt", "map/sub", "map/sub/a.txt", "nog"];
const OVERVIEWS: [&str; 2] = ["Loonstrook 2026-11.pdf", "Journaalpost 2026-10.pdf"];

impl std::fmt::Debug for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("_")
    }
}

fn spots() -> impl Strategy<Value = Spot> {
    (any::<Index>(), select(NAMES.to_vec())).prop_map(|(at, name)| Spot(at, name))
}

fn verbs() -> impl Strategy<Value = (Party, Verb)> {
    let verb = prop_oneof![
        2 => spots().prop_map(Verb::Read),
        8 => (spots(), 0u8..6).prop_map(|(at, n)| Verb::Put(at, n)),
        4 => spots().prop_map(Verb::Folder),
        3 => spots().prop_map(Verb::Remove),
        8 => (spots(), spots(), any::<bool>()).prop_map(|(a, b, o)| Verb::Move(a, b, o)),
        4 => (spots(), spots(), any::<bool>()).prop_map(|(a, b, o)| Verb::Copy(a, b, o)),
        1 => (any::<bool>(), any::<bool>()).prop_map(|(a, b)| Verb::Engage(a, b)),
        1 => any::<Index>().prop_map(Verb::Leave),
    ];
    (select(PARTIES.to_vec()), verb)
}

/// A history being lived: the real dossier beside the reference.
struct Life {
    real: Real,
    model: Model,
    /// Every folder that a party had at the beginning, and after.
    places: BTreeMap<Party, Vec<String>>,
    days: u8,
    /// What was done, for whoever reads of a failure.
    trail: Vec<String>,
}

impl Life {
    async fn begin(store: &Store) -> Self {
        let mut model = Model::default();
        model.office.extend([(JANSEN, VISSER), (BOS, VISSER)]);
        let mut life = Self {
            real: Real::begin(store).await,
            model,
            places: BTreeMap::new(),
            days: 0,
            trail: Vec::new(),
        };
        life.look_around();
        life
    }

    fn look_around(&mut self) {
        for who in PARTIES {
            let places = self.places.entry(who).or_default();
            for mount in self.model.mounts(who) {
                if !places.contains(&mount.at) {
                    places.push(mount.at);
                }
            }
        }
    }

    fn at(&self, who: Party, Spot(place, name): &Spot) -> String {
        let place = place.get(&self.places[&who]);
        let overview = OVERVIEWS[name.len() % 2];
        let deep = place.contains("/2026") || place.rsplit('/').nth(1) == Some("Werknemers");
        let name = match deep {
            true if place.contains("Journaal") => OVERVIEWS[1],
            true if place.contains("Loon") || overview.starts_with("Loon") => OVERVIEWS[0],
            true => "Loonstrook 2026-10.pdf",
            false => name,
        };
        format!("{place}/{name}")
    }

    async fn does(&mut self, who: Party, verb: &Verb) -> Result<(), TestCaseError> {
        let (real, model) = (&self.real, &self.model);
        let mut next = model.clone();
        let at = |spot| self.at(who, spot);
        let told: (Told, Told) = match verb {
            Verb::Read(a) => {
                let (told, wanted) = (real.read(who, &at(a)).await, next.read(who, &at(a)));
                prop_assert_eq!(told, wanted, "{} reads {}", who, at(a));
                (Ok(()), Ok(()))
            }
            Verb::Put(a, n) => {
                let content = format!("%PDF-1.4\n{n}\n%%EOF\n");
                let content = content.as_bytes();
                (real.put(who, &at(a), content).await, next.put(who, &at(a), content))
            }
            Verb::Folder(a) => (real.make_folder(who, &at(a)).await, next.make_folder(who, &at(a))),
            Verb::Remove(a) => (real.remove(who, &at(a)).await, next.remove(who, &at(a))),
            Verb::Move(a, b, over) => (
                real.relocate(who, &at(a), &at(b), *over).await,
                next.relocate(who, &at(a), &at(b), *over),
            ),
            Verb::Copy(a, b, over) => {
                (real.copy(who, &at(a), &at(b), *over).await, next.copy(who, &at(a), &at(b), *over))
            }
            Verb::Engage(..) | Verb::Leave(_) if self.days > 5 => (Ok(()), Ok(())),
            Verb::Engage(first, next_one) => {
                let employer = if *first { JANSEN } else { BOS };
                let office = model.office.get(&employer);
                let follows = (*next_one && office == Some(&VISSER)).then_some(LOON);
                next.engage(employer, follows);
                next.next_day();
                real.next_day(&next.office, &next.left).await;
                (Ok(()), Ok(()))
            }
            Verb::Leave(n) => {
                let (person, employer, _) = *n.get(&JOBS);
                next.left.insert((person, employer));
                next.next_day();
                real.next_day(&next.office, &next.left).await;
                (Ok(()), Ok(()))
            }
        };
        let spots: Vec<_> = match verb {
            Verb::Read(a) | Verb::Put(a, _) | Verb::Folder(a) | Verb::Remove(a) => vec![at(a)],
            Verb::Move(a, b, _) | Verb::Copy(a, b, _) => vec![at(a), at(b)],
            _ => Vec::new(),
        };
        self.days += u8::from(matches!(verb, Verb::Engage(..) | Verb::Leave(_)));
        self.trail.push(format!("{}: {verb:?} {spots:?}: {:?}", LOGINS[who], told.0));
        prop_assert_eq!(told.0, told.1, "told, and should be: {:#?}", self.trail);
        if told.1.is_ok() {
            self.model = next;
            self.look_around();
        }
        Ok(())
    }

    /// What each sees and reads in its log.
    async fn compare(&self) -> Result<(), TestCaseError> {
        for who in PARTIES {
            let (is, wanted) = (self.real.tree(who).await, wanted(&self.model, who));
            let (is, wanted): (BTreeSet<_>, BTreeSet<_>) =
                (is.into_iter().collect(), wanted.into_iter().collect());
            let more: Vec<_> = is.difference(&wanted).collect();
            let less: Vec<_> = wanted.difference(&is).collect();
            prop_assert_eq!(
                more,
                less,
                "what {} sees, and should see: {:#?}",
                LOGINS[who],
                self.trail
            );
            let log = self.model.logs.get(&who).cloned().unwrap_or_default();
            prop_assert_eq!(
                self.real.log(who).await,
                log,
                "the log of {}: {:#?}",
                LOGINS[who],
                self.trail
            );
        }
        Ok(())
    }
}

fn live(part: u32) {
    let all: u32 = std::env::var("HISTORIES").map_or(10_000, |n| n.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let store = RefCell::new((0, runtime.block_on(Store::open())));
    let config = Config {
        cases: all / 4 + u32::from(part < all % 4),
        failure_persistence: None,
        ..Config::default()
    };
    let histories = prop::collection::vec(verbs(), 1..24);
    let told = TestRunner::new(config).run(&histories, |history| {
        let (lived, store) = &mut *store.borrow_mut();
        *lived += 1;
        runtime.block_on(async {
            if *lived % 500 == 0 {
                // What earlier ones left goes, so that a million do not fill the memory.
                *store = Store::open().await;
            }
            let mut life = Life::begin(store).await;
            for (who, verb) in &history {
                life.does(*who, verb).await?;
            }
            life.compare().await
        })
    });
    if let Err(error) = told {
        panic!("{error}");
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
