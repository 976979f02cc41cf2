//! For whom a delivery is: for any employees and any names, a payslip reaches whom a small reference says,
//! or nobody, and never anybody else.

use crate::reference::{Employee, Part, Way, reference};
use loondossier::dossier::delivery::{ManifestLine, Names};
use loondossier::dossier::overview::Named;
use proptest::prelude::*;
use proptest::sample::{Index, select};

const LHNS: [&str; 3] = ["123456782L01", "123456782L02", "111222333L01"];

fn numbers() -> impl Strategy<Value = String> {
    let odd = ["00_42", "42_loonstrook_2026-11", "12-3", "X 9", "2026", "2026-11", "loonstrook"];
    prop_oneof![
        4 => select(vec!["42", "042", "0042", "00042", "7", "007"]).prop_map(str::to_owned),
        2 => "[0A1_-]{1,4}",
        1 => select(odd.to_vec()).prop_map(str::to_owned),
    ]
}

fn employees() -> impl Strategy<Value = Vec<Employee>> {
    let lhn = prop_oneof![3 => Just(LHNS[0]), 1 => select(LHNS.to_vec())];
    proptest::collection::btree_set((lhn, numbers()), 1..9)
        .prop_map(|all| all.into_iter().collect())
}

fn ways() -> impl Strategy<Value = Vec<Way>> {
    let parts = vec![Part::Lhn, Part::Number, Part::Kind, Part::Period, Part::Anything];
    let sign = select(vec!['_', '_', '_', '-', ' ']);
    let own = (sign, Just(parts).prop_shuffle(), any::<[bool; 5]>()).prop_map(
        |(sign, mut parts, [lhn, number, anything, may, free])| {
            parts.retain(|part| match part {
                Part::Lhn => lhn,
                Part::Number => number || may,
                Part::Anything => anything,
                _ => true,
            });
            let last = parts.len() - 1;
            let parts = parts.into_iter().enumerate();
            let parts = parts.map(|(at, part)| (part, may && part == Part::Number && at < last));
            Way(sign, parts.chain(free.then_some((Part::Free, true))).collect())
        },
    );
    let one = prop_oneof![2 => Just(Way::standard()), 1 => own];
    (proptest::collection::vec(one, 1..4), any::<bool>()).prop_map(|(mut ways, turned)| {
        // One that takes for the number what another passes over, and the other way round.
        let mut other = ways[0].clone();
        for (part, _) in &mut other.1 {
            *part = match *part {
                Part::Number => Part::Anything,
                Part::Anything => Part::Number,
                part => part,
            };
        }
        ways.extend(turned.then_some(other));
        ways
    })
}

/// What a document is, whose it is, and how its name says so.
#[derive(Clone, Debug)]
struct Document {
    whose: Index,
    /// Whose number stands where it says nothing.
    other: Index,
    way: Index,
    kind: &'static str,
    period: &'static str,
    free: Option<&'static str>,
}

fn documents(
    kinds: &'static [&'static str],
    periods: &'static [&'static str],
) -> impl Strategy<Value = Document> {
    let free = vec!["x", "correctie 2", "loonstrook_2026-12", "42", "0042", "2026-11", "_"];
    let free = prop_oneof![2 => Just(None), 1 => select(free).prop_map(Some)];
    (any::<[Index; 3]>(), select(kinds), select(periods), free).prop_map(
        |([whose, other, way], kind, period, free)| Document {
            whose,
            other,
            way,
            kind,
            period,
            free,
        },
    )
}

impl Document {
    fn name(&self, way: &Way, employees: &[Employee], number: Option<&String>) -> Option<String> {
        way.name(|part| match part {
            Part::Lhn => Some(self.whose.get(employees).0.to_owned()),
            Part::Number => number.cloned(),
            Part::Kind => Some(self.kind.to_owned()),
            Part::Period => Some(self.period.to_owned()),
            Part::Free => self.free.map(str::to_owned),
            Part::Anything => Some(self.other.get(employees).1.clone()),
        })
    }
}

/// A number with more zeros, with fewer, or as it is.
fn respelled(number: &str, zeros: u8) -> String {
    match zeros {
        0 => format!("0{number}"),
        1 if !number.trim_start_matches('0').is_empty() => {
            number.trim_start_matches('0').to_owned()
        }
        _ => number.to_owned(),
    }
}

/// A name of which parts are repeated, lost, changed or in another order.
fn garbled(name: &str, (what, one, other): (u8, Index, Index)) -> String {
    let mut parts: Vec<String> = name.split('_').map(str::to_owned).collect();
    let (one, other) = (one.index(parts.len()), other.index(parts.len()));
    match what {
        0 => parts.insert(one, parts[other].clone()),
        1 => parts.swap(one, other),
        2 => drop(parts.remove(one)),
        3 => parts[one] = parts[one].to_uppercase(),
        4 => parts[one].insert(0, '0'),
        5 => parts[one] = parts[one].replacen('1', "2", 1),
        6 => parts[one].push('_'),
        _ => {}
    }
    parts.join("_")
}

/// Whom the rules hand it to.
fn reached(
    ways: &[Way],
    employees: &[Employee],
    folders: &[String],
    file: &str,
) -> Result<Option<usize>, TestCaseError> {
    let templates: Vec<_> = ways.iter().map(Way::template).collect();
    let names = Names::new(&templates)
        .map_err(|(text, fault)| TestCaseError::fail(format!("{text} is no template: {fault}")))?;
    let Ok(address) = names.read(folders, file) else { return Ok(None) };
    let here = employees.iter().enumerate().filter(|(_, (lhn, _))| *lhn == address.lhn.as_str());
    let (places, numbers): (Vec<_>, Vec<_>) = here.map(|(at, (_, n))| (at, n.as_str())).unzip();
    let Ok(meant) = address.pick(numbers.iter().copied()) else { return Ok(None) };
    prop_assert_eq!(meant.len(), 1, "each of them has a number of its own");
    Ok(meant.first().map(|at| places[*at]))
}

proptest! {
    #[test]
    fn a_delivery_reaches_whom_the_reference_says_or_nobody(
        (employees, ways) in (employees(), ways()),
        document in documents(
            &["loonstrook", "Payslip", "overzicht", "journaal", "Serie-overzicht", "strookje"],
            &["2026-11", "2026-P05", "2026-W53", "2025", "2026-13"],
        ),
        (plain, numbered, zeros) in (0u8..4, 0u8..6, any::<[u8; 2]>()),
        (into, folder) in (0u8..4, any::<Index>()),
        garbling in proptest::collection::vec((0u8..14, any::<Index>(), any::<Index>()), 0..3),
    ) {
        let (_, number) = document.whose.get(&employees);
        let number = (numbered > 0).then(|| respelled(number, zeros[0] % 6));
        let way = document.way.get(&ways);
        let name = document.name(way, &employees, number.as_ref()).filter(|_| plain > 0);
        let free = document.free.map(|free| format!(" {free}")).unwrap_or_default();
        let name = name.unwrap_or_else(|| format!("{}_{}{free}", document.kind, document.period));
        let file = format!("{}.pdf", garbling.into_iter().fold(name, |name, how| garbled(&name, how)));
        let (lhn, number) = if into == 3 { folder.get(&employees) } else { document.whose.get(&employees) };
        let number = respelled(number, zeros[1] % 6);
        let folders = [lhn.to_lowercase(), number].into_iter().take(usize::from(into).min(2));
        let folders: Vec<_> = folders.collect();
        let expected = reference(&ways, &employees, &folders, &file);
        let reached = reached(&ways, &employees, &folders, &file)?;
        let refused = reached.is_none() && expected.is_some_and(|(_, doubtful)| doubtful);
        let expected = expected.map(|(whom, _)| whom);
        prop_assert!(refused || reached == expected, "{:?} {}: {:?}", folders, file, reached);
    }

    #[test]
    fn a_line_hands_nobody_what_a_name_says_is_anothers(
        (whose, other) in ("0[1-9]{3}", "[3-9][1-9]{4}"),
        turned in any::<bool>(),
        sign in select(vec![' ', '_', '-', '.']),
        places in Just(["lhn", "number", "kind", "period"]).prop_shuffle(),
        kept in any::<[bool; 2]>(),
        (kind, period) in (select(vec!["Loonstrook", "payslip"]), select(vec!["2026-11", "2026-P11", "2026-W47"])),
        (before, after) in (select(vec!["", "strook van ", "x_"]), select(vec!["", " (2)", "_v2"])),
    ) {
        let (whose, other) = if turned { (other, whose) } else { (whose, other) };
        // Its number stands beside the one of them that is always there, or has a period between them.
        let [lhn, dated] = kept;
        let mut words: Vec<_> = places.into_iter().filter(|place| lhn || *place != "lhn").collect();
        words.retain(|place| dated || *place != "period");
        let said = words.iter().map(|place| match *place {
            "lhn" => LHNS[0],
            "number" => &whose,
            "kind" => kind,
            _ => period,
        });
        let name = said.collect::<Vec<_>>().join(&sign.to_string());
        let line = |number: &str| ManifestLine {
            at: 2,
            file: format!("{before}{name}{after}.pdf"),
            lhn: LHNS[0].to_owned(),
            number: number.to_owned(),
            kind: "loonstrook".to_owned(),
            period: period.to_owned(),
            sha256: String::new(),
            publish_at: String::new(),
        };
        let names = Names::default();
        prop_assert!(names.read_line(&line(&other)).is_err(), "{} is of {}", line(&other).file, whose);
        // What follows a period may tell no LHN, and what the template reads at all is only what it says.
        if !lhn || sign != '_' && Named::read(&line(&whose).file).is_err() {
            let own = names.read_line(&line(&whose));
            prop_assert!(own.is_ok(), "{} is of {}: {:?}", line(&whose).file, whose, own);
        }
    }

    #[test]
    fn a_payslip_never_reaches_another_employee(
        (employees, ways) in (employees(), ways()),
        document in documents(&["loonstrook", "Payslip", "jaaropgave"], &["2026-11", "2026-P05", "2025"]),
        into in 0usize..3,
    ) {
        let (lhn, number) = document.whose.get(&employees);
        let way = document.way.get(&ways);
        // What neither name nor folder says, is of nobody.
        let into = if way.1.iter().any(|(part, _)| *part == Part::Number) { into } else { 2 };
        let name = document.name(way, &employees, Some(number));
        let folders: Vec<_> = [(*lhn).to_owned(), number.clone()].into_iter().take(into).collect();
        let file = format!("{}.pdf", name.unwrap_or_default());
        let whose = document.whose.index(employees.len());
        if let Some(reached) = reached(&ways, &employees, &folders, &file)? {
            prop_assert_eq!(reached, whose, "{:?} {}", folders, file);
        }
    }
}
