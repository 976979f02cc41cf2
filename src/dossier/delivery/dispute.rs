//! What a file's name plainly says, where nothing reads all of it: enough to refuse a file by, never to hand it
//! to anybody.

use super::super::kind::{self, GoesTo, Kind};
use super::super::overview::lhns;
use super::super::period::Period;
use super::template::Fields;
use super::times::{Time, is_digits};
use super::{Address, same_number};

/// What parts words.
const SEPARATORS: [char; 4] = [' ', '_', '-', '.'];

/// The most words that a kind, or a period, has.
const LONGEST: usize = 3;

/// What one or more words of a name say.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Word<'t> {
    Lhn,
    Kind(Kind),
    /// And whether it is digits alone, which a document's number may be too.
    Time(Time, bool),
    /// The number that was said before.
    Own,
    /// One that a personnel number could be.
    Number(&'t str),
    Other,
}

/// A word of a text, and where in it.
#[derive(Clone, Copy)]
struct Part<'t> {
    text: &'t str,
    start: usize,
}

impl Part<'_> {
    const fn end(&self) -> usize {
        self.start + self.text.len()
    }
}

/// Whether a name without its extension plainly says another number, kind or period than its line of a manifest.
pub(super) fn is_of_another(stem: &str, said: &Address) -> bool {
    contradicts(&words(stem, said), said, false)
}

/// Whether a name that reads as its line, or as the folder that it is in, plainly says another number, kind or
/// period in what its template passes over.
pub(super) fn passes_over_another(fields: &Fields, said: &Address) -> bool {
    fields.passed.iter().any(|text| {
        let words = words(text, said);
        // As many digits, with zeros before them too, are an employee's; others are a document's.
        let like_own = |number: &str| {
            said.number.as_ref().is_some_and(|own| own.len() == number.len())
                && number.starts_with('0')
        };
        let is_sibling = |word: &Word<'_>| matches!(word, Word::Number(n) if like_own(n));
        contradicts(&words, said, true) || fields.number.is_none() && words.iter().any(is_sibling)
    })
}

/// Whether a name that says kind and period, but no number before them, begins what follows with another one.
/// One digit is a further document.
pub(super) fn follows_another(fields: &Fields, said: &Address) -> bool {
    let free = fields.free.as_deref().filter(|_| fields.number.is_none() && is_personal(said));
    let first = free.and_then(|free| words(free, said).first().copied());
    matches!(first, Some(Word::Number(number)) if number.len() > 1)
}

/// Whether a number that stands beside the kind is an employee's.
fn is_personal(said: &Address) -> bool {
    said.kind.goes_to != GoesTo::Employer
}

/// `passed`: they stand in a name that says kind and period besides, and that may have numbers of documents.
fn contradicts(words: &[Word<'_>], said: &Address, passed: bool) -> bool {
    let own_kind = passed || words.contains(&Word::Kind(said.kind));
    let tells = |word: &Word<'_>| matches!(word, Word::Time(time, _) if time.tells(said.period));
    let own_period = passed || words.iter().any(tells);
    words.iter().enumerate().any(|(at, word)| match word {
        // Any of them is an overview.
        Word::Kind(kind) if *kind != said.kind => !(own_kind && kind.goes_to == GoesTo::Either),
        Word::Kind(_) => is_personal(said) && is_beside_another(words, at, said),
        Word::Lhn => is_beside_another(words, at, said),
        // Of a name that tells its period, another day is when it was made or paid.
        Word::Time(Time::Day(_), _) if own_period => false,
        Word::Time(time, digits) => !(time.agrees(said.period) || passed && *digits),
        Word::Own | Word::Number(_) | Word::Other => false,
    })
}

/// Whether a number that is not the one that was said stands right before or after a word, or with nothing but a
/// period between them: there one digit is a further document, and what is the employer's may be counted.
fn is_beside_another(words: &[Word<'_>], at: usize, said: &Address) -> bool {
    let another = |near: Option<&Word<'_>>, next: Option<&Word<'_>>| match (near, next) {
        (Some(Word::Number(_)), _) => true,
        (_, Some(Word::Number(number))) => number.len() > 1 && is_personal(said),
        _ => false,
    };
    let is_time = |word: &&Word<'_>| matches!(word, Word::Time(..));
    let (before, after) = words.split_at(at);
    let after = after.get(1..).unwrap_or_default();
    let next = after.iter().find(|word| !is_time(word));
    // A name that begins with a number and has its own in its place, was counted.
    let counted = at == 1 && next == Some(&Word::Own);
    another(after.first(), next)
        || !counted && another(before.last(), before.iter().rfind(|word| !is_time(word)))
}

fn words<'t>(text: &'t str, said: &Address) -> Vec<Word<'t>> {
    let parts = parts(text);
    let (mut words, mut at) = (Vec::new(), 0);
    while let Some(rest) = parts.get(at..).filter(|rest| !rest.is_empty()) {
        let before = at.checked_sub(1).and_then(|last| parts.get(last));
        let (word, taken) = first(text, before, rest, said);
        words.push(word);
        at += taken;
    }
    words
}

/// What a text is cut into: at each separator, and where digits are written onto the word of a kind.
fn parts(text: &str) -> Vec<Part<'_>> {
    let (mut parts, mut start) = (Vec::new(), 0);
    for text in text.split(SEPARATORS) {
        let digit = |c: char| c.is_ascii_digit();
        let kind = text.trim_matches(digit);
        let is_kind = !kind.is_empty() && kind::by_any_word(kind).is_some();
        let from = text.len() - text.trim_start_matches(digit).len();
        let cuts = if is_kind { [from, from + kind.len(), text.len()] } else { [text.len(); 3] };
        let mut last = 0;
        for end in cuts {
            let piece = text.get(last..end).filter(|piece| !piece.is_empty());
            parts.extend(piece.map(|text| bare(Part { text, start: start + last })));
            last = end;
        }
        start += text.len() + 1;
    }
    parts
}

/// Without the signs around it; `(2)`, which tells copies apart, keeps them.
fn bare(part: Part<'_>) -> Part<'_> {
    let sign = |c: char| !c.is_alphanumeric();
    let start = part.start + part.text.len() - part.text.trim_start_matches(sign).len();
    let text = part.text.trim_matches(sign);
    if text.len() > 2 { Part { text, start } } else { part }
}

/// What the first of these parts say, and how many of them say it.
fn first<'t>(
    text: &'t str,
    before: Option<&Part<'_>>,
    rest: &[Part<'t>],
    said: &Address,
) -> (Word<'t>, usize) {
    let Some(part) = rest.first() else { return (Word::Other, 1) };
    if lhns(part.text).next().is_some() {
        return (Word::Lhn, 1);
    }
    let runs = (2..=LONGEST).rev().filter_map(|count| rest.get(..count));
    let longer = runs.filter_map(|run| {
        let kind = kind(run).map(Word::Kind);
        Some((kind.or_else(|| Some(Word::Time(time(text, run, rest, said)?, false)))?, run.len()))
    });
    let own = || own(text, before, rest, said).map(|count| (Word::Own, count));
    longer.into_iter().next().or_else(own).unwrap_or_else(|| {
        let digits = is_digits(part.text);
        let time = || Some(Word::Time(Time::read(&[part.text], said.period)?, digits));
        let number = || could_be_number(part.text, said).then_some(Word::Number(part.text));
        let word = kind::by_any_word(part.text).map(Word::Kind).or_else(time).or_else(number);
        (word.unwrap_or(Word::Other), 1)
    })
}

fn kind(run: &[Part<'_>]) -> Option<Kind> {
    let texts: Vec<_> = run.iter().map(|part| part.text).collect();
    kind::by_any_word(&texts.join(" ")).or_else(|| kind::by_any_word(&texts.join("-")))
}

/// What a run of several says of time: with the same sign between all of them. Where that is no `-` or `.`, the
/// number that was said is no part of it; and a year that has its month behind it has none before it.
fn time(text: &str, run: &[Part<'_>], rest: &[Part<'_>], said: &Address) -> Option<Time> {
    let read = |run: &[Part<'_>]| {
        let pairs = run.iter().zip(run.iter().skip(1));
        let signs = pairs.map(|(one, other)| text.get(one.end()..other.start));
        let signs: Vec<_> = signs.collect::<Option<_>>()?;
        let sign = *signs.first().filter(|sign| sign.len() == 1)?;
        let own = |part: &Part<'_>| said.number.as_ref().is_some_and(|n| same_number(n, part.text));
        let counts = ["-", "."].contains(&sign) || !run.iter().any(own);
        let texts: Vec<_> = run.iter().map(|part| part.text).collect();
        // As PRODUCT.md section 5 writes them, they are what they are there.
        let exact: Option<Period> = text.get(run.first()?.start..run.last()?.end())?.parse().ok();
        let time = exact.map(Time::from).or_else(|| Time::read(&texts, said.period));
        time.filter(|_| counts && signs.iter().all(|other| *other == sign))
    };
    let is_behind = run.len() == 2 && run.first().is_some_and(|part| part.text.len() < 4);
    let has_its_own = is_behind && rest.get(1..3).is_some_and(|next| read(next).is_some());
    read(run).filter(|_| !has_its_own)
}

/// How many parts are the number that was said. `0042-1` is another one, unless all is parted by `-`.
fn own(text: &str, before: Option<&Part<'_>>, rest: &[Part<'_>], said: &Address) -> Option<usize> {
    let number = said.number.as_ref()?;
    let first = rest.first()?;
    let between = |one: &Part<'_>, other: &Part<'_>| text.get(one.end()..other.start);
    let ends = |count: &usize| {
        let (Some(last), Some(next)) = (rest.get(count - 1), rest.get(*count)) else { return true };
        let sign = between(last, next);
        let same = before.is_some_and(|before| between(before, first) == sign);
        let tight = sign.is_some_and(|sign| ["-", "."].contains(&sign));
        same || !tight || !is_digits(next.text) || next.text.len() > 3
    };
    let is_it = |count: &usize| {
        let said = rest.get(count - 1).and_then(|last| text.get(first.start..last.end()));
        said.is_some_and(|said| same_number(number, said))
    };
    (1..=rest.len()).take(number.len()).find(|count| is_it(count)).filter(ends)
}

/// Whether a word is digits, after the letters, if any, that the number that was said begins with.
fn could_be_number(word: &str, said: &Address) -> bool {
    let number = said.number.as_deref().unwrap_or_default();
    let letters = number.len() - number.trim_start_matches(|c: char| c.is_alphabetic()).len();
    let start = word.get(..letters).filter(|start| number.get(..letters) == Some(start));
    is_digits(word) || start.is_some_and(|start| is_digits(&word[start.len()..]))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{as_line, ok, read_by};
    use crate::dossier::error::Refusal;

    /// Names that plainly are of no payslip of employee 0042 of November.
    const OF_ANOTHER: [&str; 47] = [
        // Another number: beside a kind's word or an LHN, or with but a period between them.
        "0043_loonstrook_2026-11.pdf",
        "0043_loonstrook_2026-10.pdf",
        "43 loonstrook.pdf",
        "loonstrook.0043.pdf",
        "loonstrook0043.pdf",
        "strook van 0043 loonstrook van november.pdf",
        "loonstrook_2026-11_0043.pdf",
        "Loonstrook 2026-11 (0043).pdf",
        "2026-11_loonstrook_0043.pdf",
        "0043_2026-11_loonstrook.pdf",
        "20261130_0043_loonstrook.pdf",
        "loonstrook_20261130_0043.pdf",
        "abcdefghijkl_43_loonstrook_2026-11.pdf",
        "0042_loonstrook_0043.pdf",
        "123456782L01-0043-loonstrook-2026-11.pdf",
        "123456782L01 0043 loonstrook 2026-11.pdf",
        "123456782L01.0043.pdf",
        "123456782L01_2026-11_0043.pdf",
        "0043_123456782L01.pdf",
        "x 43 123456782l01.pdf",
        "123456782L01 0042-1 slip.pdf",
        // Another kind.
        "123456782L01_0042-jaaropgave.pdf",
        "A. de Vries Jaaropgave.pdf",
        "A. de Vries Annual_Statement.pdf",
        "0042 wage-tax-return.pdf",
        "0042.Serie-overzicht.pdf",
        "0042_jaaropgaven.pdf",
        "deVries_Jaaropgave2026.pdf",
        "0042 loonstrook en jaaropgave.pdf",
        "overzicht 0042.pdf",
        // Another period.
        "S. Yilmaz loonstrook 2026-10.pdf",
        "A. de Vries 2025.pdf",
        "2026-10 loonstrook.pdf",
        "2026-10.pdf",
        "0042_202610.pdf",
        "0042-10-2026.pdf",
        "0042 102026.pdf",
        "0042 2026 10.pdf",
        "0042 2026-P11.pdf",
        "0042 2026W47.pdf",
        "0042 P11 2026.pdf",
        "0042 oktober 2026.pdf",
        "0042_2026_Oct.pdf",
        "strook 30-10-2026.pdf",
        "strook 31102026.pdf",
        "strook 30 oktober 2026.pdf",
        "strook 2026.10.30.pdf",
    ];

    #[test]
    fn a_manifest_does_not_overrule_what_a_name_plainly_says_wherever_it_stands_in_it() {
        let payslip = ["0042", "loonstrook", "2026-11"];
        for file in OF_ANOTHER {
            for templates in [&["loondossier"][..], &["upa"], &["personio"]] {
                let read = as_line(templates, file, payslip);
                assert_eq!(read, Err(Refusal::Ambiguous), "{templates:?} {file}");
            }
        }
        for (file, said) in [
            ("L01_0043_jaaropgave_2025.pdf", ["0043", "loonstrook", "2026-09"]),
            ("A. de Vries Jaaropgave 2025.pdf", ["0042", "jaaropgave", "2024"]),
            ("x jaaropgave 2025-12.pdf", ["0042", "jaaropgave", "2025"]),
            ("x 2026-11 loonstrook.pdf", ["0042", "loonstrook", "2026-P11"]),
            ("W0043_loonstrook.pdf", ["W0042", "loonstrook", "2026-11"]),
            ("2026-07 loonstrook.pdf", ["7", "loonstrook", "2026-11"]),
            ("07-2026 loonstrook.pdf", ["7", "loonstrook", "2026-11"]),
            ("123456782L01_0043_x.pdf", ["", "sepa", "2026-11"]),
            ("0043_123456782L01_x.pdf", ["", "sepa", "2026-11"]),
            ("x overzicht 0043.pdf", ["", "overzicht", "2026-11"]),
            ("x loonaangifte.pdf", ["", "sepa", "2026-11"]),
        ] {
            let read = as_line(&["loondossier"], file, said);
            assert_eq!(read, Err(Refusal::Ambiguous), "{said:?} {file}");
        }
        // Two templates read it, and what the one passes over is to the other a number.
        let templates = ["nmbrs", "{nummer}_{soort}_{periode}"];
        assert_eq!(
            as_line(&templates, "43_loonstrook_2026-11.pdf", payslip),
            Err(Refusal::Ambiguous)
        );
    }

    /// Names that say nothing else than a payslip of employee 0042 of November, or just nothing.
    const OF_NO_OTHER: [&str; 29] = [
        "doc-17.pdf",
        "factuur 12.pdf",
        "0001.pdf",
        "0017 scan.pdf",
        "A. de Vries.pdf",
        "A. de Vries loonstrook november.pdf",
        "Jan de Vries loonstrook 2026-11.pdf",
        "0042_loonstrook_2026-11.pdf",
        "42-loonstrook-2026-11.pdf",
        "123456782L01-0042-loonstrook-2026-11.pdf",
        "123456782L01 0042-loonstrook 2026-11.pdf",
        "0042_123456782L01.pdf",
        "123456782L01_2026-11_0042.pdf",
        "123456782L01_0042-2026-11.pdf",
        "0042 loonstrook november 2026.pdf",
        "0042_Loonstrook_30112026.pdf",
        "0042_Loonstrook_2026-11-30.pdf",
        "0042 loonstrook 30 november 2026.pdf",
        "0042_loonstrook_11-2026.pdf",
        "0042 strook 2026.pdf",
        "0042_loonstrook_2026.11 (2).pdf",
        "payslip (2) 0042.pdf",
        "0001_loonstrook_0042_2026-11.pdf",
        "7_0042_loonstrook.pdf",
        "strook 0042 2026-Q4.pdf",
        // When it was made.
        "0042 loonstrook 2026-11 20261203.pdf",
        "0042_loonstrook_202611_20261203140000.pdf",
        "0042_strook_20261203T1200.pdf",
        "Salarisspecificatie overzicht 42 loonstrook.pdf",
    ];

    #[test]
    fn a_name_that_payroll_programs_give_is_followed() {
        let payslip = ["0042", "loonstrook", "2026-11"];
        for file in OF_NO_OTHER {
            assert_eq!(as_line(&["loondossier"], file, payslip), ok(""), "{file}");
        }
        for (file, said) in [
            ("2025_loonstrook.pdf", ["2025", "loonstrook", "2026-11"]),
            ("123456782L01-2025-2026-11.pdf", ["2025", "loonstrook", "2026-11"]),
            ("00_42 loonstrook.pdf", ["00_42", "loonstrook", "2026-11"]),
            ("12-3_loonstrook.pdf", ["12-3", "loonstrook", "2026-11"]),
            ("w0042 W0042_loonstrook.pdf", ["W0042", "loonstrook", "2026-11"]),
            ("1_2026-11_loonstrook.pdf", ["0042", "loonstrook", "2026-11"]),
            ("0042_2026_7 loonstrook.pdf", ["0042", "loonstrook", "2026-07"]),
            ("x loonstrook 2026 07.pdf", ["7", "loonstrook", "2026-11"]),
            ("x jaaropgave 2025-1.pdf", ["0042", "jaaropgave", "2025"]),
            ("x jaaropgave 2025 20260115.pdf", ["0042", "jaaropgave", "2025"]),
            ("0042 loonstrook 202611.pdf", ["0042", "loonstrook", "2026-P11"]),
            ("0042 loonstrook 2026P13.pdf", ["0042", "loonstrook", "2026-P13"]),
            ("0042 loonstrook 202647.pdf", ["0042", "loonstrook", "2026-W47"]),
            ("0042 loonstrook 20261117.pdf", ["0042", "loonstrook", "2026-W47"]),
            ("Verlof overzicht 12.pdf", ["", "verlof", "2026-11"]),
            ("123456782L01_20261130_sepa.pdf", ["", "sepa", "2026-11"]),
            ("123456782L01_2026-11_001_sepa.pdf", ["", "sepa", "2026-11"]),
            ("x.Journaalpost 12.pdf", ["", "journaal", "2026-11"]),
        ] {
            assert_eq!(as_line(&["loondossier"], file, said), ok(""), "{said:?} {file}");
        }
        for (file, free) in [
            ("Loonstrook 2026-11 2.pdf", "2"),
            ("Loonstrook 2026-11 0042.pdf", "0042"),
            ("Loonstrook 2026-11 correctie 2026-10.pdf", "correctie 2026-10"),
            ("123456782L01_0042_loonstrook_2026-11_17.pdf", "17"),
        ] {
            assert_eq!(as_line(&["loondossier"], file, payslip), ok(free), "{file}");
        }
    }

    #[test]
    fn what_a_template_passes_over_may_not_say_another() {
        let (folder, payslip) = (["123456782L01", "0042"], ["0042", "loonstrook", "2026-11"]);
        let after = "{soort}_{iets}_{periode}";
        for (template, file) in [
            ("nmbrs", "111222333L01_0007_loonstrook_2026-11.pdf"),
            ("nmbrs", "x 111222333l01_Loonstrook 2026-11.pdf"),
            ("nmbrs", "123456782L01_0007_loonstrook_2026-11.pdf"),
            ("nmbrs", "0007-123456782L01_loonstrook_2026-11.pdf"),
            ("nmbrs", "881_2026-10_loonstrook_2026-11.pdf"),
            ("nmbrs", "881_jaaropgave_loonstrook_2026-11.pdf"),
            ("nmbrs", "881_annual statement_Loonstrook 2026-11.pdf"),
            ("nmbrs", "0043_Loonstrook 2026-11.pdf"),
            (after, "loonstrook_oktober 2026_2026-11.pdf"),
            (after, "loonstrook_0043_2026-11.pdf"),
            (after, "loonstrook_jaaropgave_2026-11.pdf"),
            ("personio", "0042_123456782L01_0043_Loonstrook_30112026.pdf"),
            ("personio", "0042_Jaaropgave 2025_Loonstrook_30112026.pdf"),
        ] {
            let read = read_by(&[template], &folder, file);
            assert_eq!(read, Err(Refusal::Ambiguous), "{template} {file}");
            let read = as_line(&[template], file, payslip);
            assert_eq!(read, Err(Refusal::Ambiguous), "{template} {file} by its line");
        }
        for (template, file) in [
            ("nmbrs", "881_Loonstrook 2026-11.pdf"),
            ("nmbrs", "1999_Loonstrook 2026-11.pdf"),
            ("nmbrs", "201203_loonstrook_2026-11.pdf"),
            ("nmbrs", "0042_loonstrook_2026-11.pdf"),
            ("nmbrs", "123456782L01_42_loonstrook_2026-11.pdf"),
            ("nmbrs", "123456782L01_2026-11_loonstrook_2026-11.pdf"),
            ("nmbrs", "20261203093015_Loonstrook 2026-11.pdf"),
            ("nmbrs", "2026-12-03_093015_Loonstrook 2026-11.pdf"),
            (after, "loonstrook_17_2026-11.pdf"),
            ("personio", "0042_A_B_Loonstrook_30112026.pdf"),
            ("personio", "0042_0017_Loonstrook_30112026.pdf"),
        ] {
            let expected = ok("123456782L01 0042 loonstrook 2026-11");
            assert_eq!(read_by(&[template], &folder, file), expected, "{template} {file}");
            assert!(as_line(&[template], file, payslip).is_ok(), "{template} {file} by its line");
        }
    }
}
