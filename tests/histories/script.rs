//! What a history is made of: who does what, and where, drawn at random.

use crate::cast::{BOS, DEVRIES, JANSEN, LOON, PARTIES, Party, VISSER};
use proptest::prelude::*;
use proptest::sample::{Index, select};

#[derive(Clone, Debug)]
pub(crate) enum Verb {
    Read(Spot),
    Put(Spot, u8),
    Folder(Spot),
    Remove(Spot),
    Move(Spot, Spot, bool),
    Copy(Spot, Spot, bool),
    /// A program saves other content there, in its way.
    Save(Spot, u8, Way),
    /// A day passes, and with it what the roster says.
    Day(Turn),
}

/// What a program does with the old file before the new one gets its name, and after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is renamed, and stays.
    Renames,
    /// It is renamed, and deleted when the new one is there.
    ThenDeletes,
    /// It is renamed, and deleted at once.
    DeletesFirst,
    /// It is deleted.
    Deletes,
}

/// What is new in the roster.
#[derive(Clone, Debug)]
pub(crate) enum Turn {
    Nothing,
    /// An employer has this office from now on, or none.
    Office(Party, Option<Party>),
    /// Its office reads the payslips that it placed, or no longer.
    Payslips(Party),
    /// Somebody leaves.
    Leaves(Index),
}

/// A name in one of the folders that a party has or could have had, perhaps on a day of the past: more
/// often in one by which it shares than elsewhere, and of what is read, moved or copied more often something
/// that the party sees.
#[derive(Clone)]
pub(crate) struct Spot {
    pub(crate) place: Index,
    pub(crate) name: &'static str,
    pub(crate) days_ago: usize,
    pub(crate) seen: bool,
    pub(crate) shared: bool,
}

const NAMES: [&str; 12] = [
    "a.txt",
    "b.txt",
    "A.TXT",
    "map",
    "map/a.txt",
    "map/b.txt",
    "map/A.TXT",
    "map/sub",
    "map/sub/a.txt",
    "nog",
    "._x",
    "map/._x",
];
pub(crate) const OVERVIEWS: [&str; 2] = ["Loonstrook 2026-11.pdf", "Journaalpost 2026-10.pdf"];

impl std::fmt::Debug for Spot {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("_")
    }
}

fn spots() -> impl Strategy<Value = Spot> {
    let days_ago = prop_oneof![3 => Just(0), 1 => 1usize..3];
    let seen = proptest::bool::weighted(0.7);
    let shared = proptest::bool::weighted(0.5);
    let spot = (any::<Index>(), select(NAMES.to_vec()), days_ago, seen, shared);
    spot.prop_map(|(place, name, days_ago, seen, shared)| Spot {
        place,
        name,
        days_ago,
        seen,
        shared,
    })
}

fn ways() -> impl Strategy<Value = Way> {
    select(vec![Way::Renames, Way::ThenDeletes, Way::DeletesFirst, Way::Deletes])
}

fn turns() -> impl Strategy<Value = Turn> {
    let employer = select(vec![JANSEN, BOS]);
    let office = select(vec![None, Some(VISSER), Some(VISSER), Some(LOON)]);
    prop_oneof![
        2 => Just(Turn::Nothing),
        3 => (employer.clone(), office).prop_map(|(e, o)| Turn::Office(e, o)),
        1 => employer.prop_map(Turn::Payslips),
        1 => any::<Index>().prop_map(Turn::Leaves),
    ]
}

/// Who does what, and whether with a credential that only reads.
pub(crate) fn verbs() -> impl Strategy<Value = (Party, Verb, bool)> {
    let verb = prop_oneof![
        2 => spots().prop_map(Verb::Read),
        8 => (spots(), 0u8..6).prop_map(|(at, n)| Verb::Put(at, n)),
        4 => spots().prop_map(Verb::Folder),
        3 => spots().prop_map(Verb::Remove),
        8 => (spots(), spots(), any::<bool>()).prop_map(|(a, b, o)| Verb::Move(a, b, o)),
        6 => (spots(), spots(), any::<bool>()).prop_map(|(a, b, o)| Verb::Copy(a, b, o)),
        4 => (spots(), 0u8..6, ways()).prop_map(|(a, n, way)| Verb::Save(a, n, way)),
        2 => turns().prop_map(Verb::Day),
    ];
    // Most goes from a person through its employer to the office.
    let who = prop_oneof![
        2 => Just(JANSEN),
        1 => Just(DEVRIES),
        3 => select(PARTIES.to_vec()),
    ];
    (who, verb, proptest::bool::weighted(0.05))
}
