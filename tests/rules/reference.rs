//! The reference that [`crate::deliveries`] is held against: a name is cut at every sign that may part it, in every
//! way, and what is left of those must be one. LHNs, kinds, periods and the names of what lies in a folder are read
//! elsewhere.

use loondossier::dossier::kind::{self, GoesTo, Kind};
use loondossier::dossier::lhn::{Lhn, LhnFault, holds_bsn};
use loondossier::dossier::overview::Named;
use loondossier::dossier::period::Period;

/// An employee: the administration, and the number in it.
pub(crate) type Employee = (&'static str, String);

/// What a template can ask for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Lhn,
    Number,
    Kind,
    Period,
    Free,
    Anything,
}

/// A template: parts with one sign between them, and which of them may be left out.
#[derive(Clone, Debug)]
pub(crate) struct Way(pub(crate) char, pub(crate) Vec<(Part, bool)>);

impl Way {
    /// `{lhn}_[{nummer}_]{soort}_{periode}[_{vrij}]`
    pub(crate) fn standard() -> Self {
        let parts = [Part::Lhn, Part::Number, Part::Kind, Part::Period, Part::Free];
        Self('_', parts.map(|part| (part, matches!(part, Part::Number | Part::Free))).to_vec())
    }

    pub(crate) fn template(&self) -> String {
        let mut text = String::new();
        for (at, (part, optional)) in self.1.iter().enumerate() {
            let field = match part {
                Part::Lhn => "{lhn}",
                Part::Number => "{nummer}",
                Part::Kind => "{soort}",
                Part::Period => "{periode}",
                Part::Free => "{vrij}",
                Part::Anything => "{iets}",
            };
            // The sign goes with what may be left out: after it, or at the end before it.
            let sign = self.0;
            text += &match (at, optional) {
                (0, false) => field.to_owned(),
                (0, true) => format!("[{field}{sign}]"),
                (_, true) if at + 1 < self.1.len() => format!("{sign}[{field}{sign}]"),
                (_, true) => format!("[{sign}{field}]"),
                (_, false) if self.1[at - 1].1 => field.to_owned(),
                (_, false) => format!("{sign}{field}"),
            };
        }
        text
    }

    /// The name that it gives a document, `None` where it has no room for a word of it.
    pub(crate) fn name(&self, words: impl Fn(Part) -> Option<String>) -> Option<String> {
        let mut all = Vec::new();
        for (part, optional) in &self.1 {
            match words(*part) {
                Some(word) => all.push(word),
                None if *optional => {}
                None => return None,
            }
        }
        Some(all.join(&self.0.to_string()))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Said {
    lhn: Vec<Result<Lhn, LhnFault>>,
    numbers: Vec<String>,
    kind: Option<Kind>,
    period: Option<Period>,
    free: String,
    /// What nothing reads.
    passed: Vec<String>,
}

fn add(mut said: Said, part: Part, text: &str) -> Option<Said> {
    match part {
        Part::Lhn => said.lhn.push(text.parse()),
        Part::Number => said.numbers.push(text.trim().to_owned()),
        Part::Kind => said.kind = Some(kind::by_any_word(text.trim())?),
        Part::Period => said.period = Some(text.parse().ok()?),
        Part::Free => text.trim_matches([' ', '_', '-']).clone_into(&mut said.free),
        Part::Anything => said.passed.push(text.to_owned()),
    }
    let form = !said.lhn.contains(&Err(LhnFault::Form)) && !said.numbers.contains(&String::new());
    (form && !text.is_empty()).then_some(said)
}

fn cut(sign: &str, parts: &[(Part, bool)], words: &[&str], said: &Said, all: &mut Vec<Said>) {
    let Some(((part, optional), rest)) = parts.split_first() else {
        return all.extend(words.is_empty().then(|| said.clone()));
    };
    if *optional {
        cut(sign, rest, words, said, all);
    }
    for (end, text) in (1..=words.len()).map(|end| (end, words[..end].join(sign))) {
        if let Some(said) = add(said.clone(), *part, &text) {
            cut(sign, rest, &words[end..], &said, all);
        }
    }
}

fn contradicts(said: &Said) -> bool {
    let employers = said.kind.is_some_and(|kind| kind.goes_to == GoesTo::Employer);
    let zeros = |number: &String| number.trim_start_matches('0').to_owned();
    said.lhn.iter().any(|lhn| lhn.is_err() || *lhn != said.lhn[0])
        || said.numbers.iter().any(|number| zeros(number) != zeros(&said.numbers[0]))
        || employers && !said.numbers.is_empty() && !said.lhn.is_empty()
}

fn is_whole(said: &Said) -> bool {
    let employees = said.kind.is_some_and(|kind| kind.goes_to == GoesTo::Employee);
    !(contradicts(said) || said.lhn.is_empty() || employees && said.numbers.is_empty())
}

/// Whether it may say another than the rest of its name: more than a short number of a document.
fn speaks(text: &str) -> bool {
    text.starts_with('0') || text.len() > 4 || text.contains(|c: char| !c.is_ascii_digit())
}

/// The LHNs in a text, whatever is around them.
fn lhns(text: &str) -> impl Iterator<Item = String> {
    let windows =
        text.as_bytes().windows(12).map(|text| String::from_utf8_lossy(text).into_owned());
    windows.filter(|text| text.parse::<Lhn>() != Err(LhnFault::Form))
}

fn who(employees: &[Employee], lhn: &Lhn, number: &str) -> Option<usize> {
    let zeros = |number: &str| number.trim_start_matches('0').to_owned();
    let here = || employees.iter().enumerate().filter(|(_, (l, _))| *l == lhn.as_str());
    let close: Vec<_> = here().filter(|(_, (_, n))| zeros(n) == zeros(number)).collect();
    let exact = close.iter().find(|(_, (_, n))| n == number);
    exact.or(close.first().filter(|_| close.len() == 1)).map(|(at, _)| *at)
}

/// Whom it reaches, and whether it may be refused for what a template passes over.
pub(crate) fn reference(
    ways: &[Way],
    employees: &[Employee],
    folders: &[String],
    file: &str,
) -> Option<(usize, bool)> {
    let stem = file.strip_suffix(".pdf").filter(|_| !holds_bsn(file))?;
    let mut parts = [Part::Lhn, Part::Number].into_iter().zip(folders);
    let folder = parts.try_fold(Said::default(), |said, (part, text)| add(said, part, text))?;
    let mut all = Vec::new();
    for Way(sign, parts) in ways {
        let (sign, mut read) = (sign.to_string(), Vec::new());
        cut(&sign, parts, &stem.split(&sign).collect::<Vec<_>>(), &folder, &mut read);
        if read.iter().any(contradicts) && !read.iter().any(is_whole) {
            return None;
        }
        all.extend(read);
    }
    if let (false, Ok(Named { kind, period, free, .. })) = (folders.is_empty(), Named::read(file)) {
        all.push(Said { kind: Some(kind), period: Some(period), free, ..folder });
    }
    all.retain(is_whole);
    let doubtful = all.iter().flat_map(|said| &said.passed).any(|text| speaks(text));
    for said in &mut all {
        said.passed.clear();
        said.lhn.dedup();
        said.numbers.dedup();
    }
    let lhn = all.first()?.lhn.first()?.clone().ok()?;
    let mut whom = all[0].numbers.iter().map(|number| who(employees, &lhn, number));
    // A receiver sees the free part, and no LHN; and nowhere is another one.
    let is_own = |text: String| text.eq_ignore_ascii_case(lhn.as_str());
    if lhns(&all[0].free).next().is_some() || !lhns(stem).all(is_own) {
        return None;
    }
    let one = all.iter().all(|other| *other == all[0]);
    let first = whom.next()?.filter(|first| one && whom.all(|other| other == Some(*first)))?;
    Some((first, doubtful))
}
