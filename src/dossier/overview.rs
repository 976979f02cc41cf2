//! What overviews are called: how a delivery's name reads, and under which name it is filed.

use super::error::Refusal;
use super::kind::{self, Kind};
use super::lhn;
use super::name::{LONGEST_WORD, MAX_NAME, cut};
use super::party::Language;
use super::period::Period;

/// What the name of a file put straight into an employee's folder says (PRODUCT.md section 5):
/// `Loonstrook 2026-11 correctie.pdf`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The kind, by its code or its word in either language.
    pub kind: Kind,
    /// The period.
    pub period: Period,
    /// What follows the period, trimmed; often empty.
    pub free: String,
    /// `pdf` or `xml`.
    pub extension: &'static str,
}

impl Named {
    /// Reads `<kind>[ _-]<period>[[ _-]<free part>].<ext>`.
    ///
    /// # Errors
    /// E12 for a BSN, E01 when the name has not this form, E07 for an unknown kind, E08 for a period that does not exist.
    pub fn read(file: &str) -> Result<Self, Refusal> {
        if lhn::holds_bsn(file) {
            return Err(Refusal::Bsn);
        }
        let (stem, extension) = file.rsplit_once('.').ok_or(Refusal::Name)?;
        let extension = known_extension(extension).ok_or(Refusal::Name)?;
        let mut best = Refusal::Name;
        for (kind, period, rest) in cuts(stem) {
            match (kind, period.parse()) {
                (Some(kind), Ok(period)) => {
                    let free = rest.trim_matches([' ', '_', '-']).to_owned();
                    return Ok(Self { kind, period, free, extension });
                }
                (None, _) => best = if best == Refusal::Name { Refusal::Kind } else { best },
                (Some(_), Err(())) => best = Refusal::Period,
            }
        }
        Err(best)
    }

    /// Whether its free part, which its receivers see, tells an LHN.
    pub fn tells_lhn(&self) -> bool {
        lhns(&self.free).next().is_some()
    }

    /// The name it is filed under, in stored form: see [`stored`].
    pub fn filed(&self) -> String {
        filed(self.period, &self.free, self.extension)
    }
}

/// The name that an overview of this period is filed under, in stored form: see [`stored`]. Of a free part that is
/// too long as much as every viewer can be shown.
pub fn filed(period: Period, free: &str, extension: &str) -> String {
    let start = format!("{WORDED}{period}");
    let room = LONGEST_STORED - start.len() - " .".len() - extension.len();
    let free = cut(free, room).trim_end_matches([' ', '_', '-']);
    let free = if free.is_empty() { String::new() } else { format!(" {free}") };
    format!("{start}{free}.{extension}")
}

/// The ways to cut a name without its extension into the kind that its first words mean, what stands where the
/// period should, which begins with four digits, and the rest.
fn cuts(stem: &str) -> impl Iterator<Item = (Option<Kind>, &str, &str)> {
    let starts = stem.char_indices().filter(|(at, c)| *at > 0 && " _-".contains(*c));
    starts.filter_map(|(at, _)| {
        let (word, rest) = (stem.get(..at)?, stem.get(at + 1..)?.trim_start());
        rest.get(..4).filter(|year| year.bytes().all(|b| b.is_ascii_digit()))?;
        let (period, rest) = rest.split_at_checked(period_end(rest))?;
        Some((kind::by_any_word(word.trim()), period, rest))
    })
}

/// Where the period that starts `rest` ends: at the first separator, or where that is the `-` before its part,
/// at the next. So nothing that is written onto a year is taken for a free part.
fn period_end(rest: &str) -> usize {
    const SEPARATORS: [char; 3] = [' ', '_', '-'];
    let year = rest.find(SEPARATORS).unwrap_or(rest.len());
    match rest.get(year..).and_then(|rest| rest.strip_prefix('-')) {
        Some(part) => year + 1 + part.find(SEPARATORS).unwrap_or(part.len()),
        None => year,
    }
}

/// What has the form of an LHN in a text, in any case, each with where it starts. Whether it passes the 11-check
/// is not asked: it tells as much without.
pub fn lhns(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let form = |token: &[u8]| {
        token.iter().enumerate().all(|(at, byte)| match at {
            9 => byte.eq_ignore_ascii_case(&b'L'),
            _ => byte.is_ascii_digit(),
        })
    };
    let starts = text.as_bytes().windows(12).enumerate().filter(move |(_, token)| form(token));
    starts.filter_map(|(at, _)| Some((at, text.get(at..at + 12)?)))
}

/// `pdf` or `xml`, in any case.
pub fn known_extension(extension: &str) -> Option<&'static str> {
    ["pdf", "xml"].into_iter().find(|e| e.eq_ignore_ascii_case(extension))
}

/// Marks a stored name that begins with its kind's word, which each viewer sees in its own
/// language. No name may hold a colon, so no other name can begin like this.
const WORDED: char = ':';

/// The longest name in stored form, in bytes: with the longest word of a kind it is as long as a name may be.
const LONGEST_STORED: usize = MAX_NAME - LONGEST_WORD;

/// The stored form of the name under which an overview of this kind is put: without its kind's word,
/// in whichever language that was.
pub fn stored(kind: Kind, given: &str) -> String {
    for language in Language::ALL {
        let word = kind.file(language);
        let rest = given.get(..word.len()).filter(|start| start.eq_ignore_ascii_case(word));
        if let Some(rest) = rest.and_then(|_| given[word.len()..].strip_prefix(' '))
            && !rest.is_empty()
            && !rest.starts_with(' ')
        {
            return format!("{WORDED}{rest}");
        }
    }
    given.to_owned()
}

/// Whether a name in stored form is no longer than a name may be, in whatever language it is shown.
pub fn fits(stored: &str) -> bool {
    !stored.starts_with(WORDED) || stored.len() <= LONGEST_STORED
}

/// A stored name as a viewer of this language sees it.
pub fn shown(kind: Kind, stored: &str, language: Language) -> String {
    match stored.strip_prefix(WORDED) {
        Some(rest) => format!("{} {rest}", kind.file(language)),
        None => stored.to_owned(),
    }
}

/// Whether content may be filed under an extension: a PDF begins with `%PDF-` and has `%%EOF` in its
/// last 1,024 bytes. `head` and `tail` are the first and last bytes, at most 1,024 of each.
///
/// # Errors
/// E11 when it is empty or cut short, E09 when it is something else.
pub fn check_content(extension: &str, head: &[u8], tail: &[u8]) -> Result<(), Refusal> {
    if head.is_empty() {
        return Err(Refusal::Empty);
    }
    if extension == "pdf" {
        return match (head.starts_with(b"%PDF-"), tail.windows(5).any(|w| w == b"%%EOF")) {
            (false, _) => Err(Refusal::Type),
            (true, false) => Err(Refusal::Empty),
            (true, true) => Ok(()),
        };
    }
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if text.first() == Some(&b'<') { Ok(()) } else { Err(Refusal::Type) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::kind::KINDS;
    use crate::dossier::name::numbered;

    #[test]
    fn a_name_is_read_and_filed_without_its_kinds_word() {
        let named = Named::read("loonstrook 2026-11 correctie.PDF").unwrap();
        assert_eq!((named.kind.code, named.extension), ("loonstrook", "pdf"));
        assert_eq!(named.filed(), ":2026-11 correctie.pdf");
        assert_eq!(
            shown(named.kind, &named.filed(), Language::En),
            "Payslip 2026-11 correctie.pdf"
        );
    }

    fn read(name: &str) -> Result<(&'static str, String, String), Refusal> {
        Named::read(name).map(|n| (n.kind.code, n.period.to_string(), n.free))
    }

    #[test]
    fn a_name_tells_kind_period_and_free_part() {
        let ok = |k, p: &str, f: &str| Ok((k, p.to_owned(), f.to_owned()));
        assert_eq!(read("Loonstrook 2026-11.pdf"), ok("loonstrook", "2026-11", ""));
        assert_eq!(
            read("payslip_2026-P05_correctie.PDF"),
            ok("loonstrook", "2026-P05", "correctie")
        );
        assert_eq!(read("Annual statement 2025.pdf"), ok("jaaropgave", "2025", ""));
        assert_eq!(read("serie-overzicht-2026-11 v2.xml"), ok("serie", "2026-11", "v2"));
        assert_eq!(read("Loonstrook 2026 extra.pdf"), ok("loonstrook", "2026", "extra"));
        assert_eq!(read("Loonstrook 2026-11 x.pdf"), ok("loonstrook", "2026-11", "x"));
        assert_eq!(read("Loonstrook 2026-11-x.pdf"), ok("loonstrook", "2026-11", "x"));
        assert_eq!(read("Loonstrook 2026_x.pdf"), ok("loonstrook", "2026", "x"));
        assert_eq!(read("Jaaropgave 2026 - x.pdf"), ok("jaaropgave", "2026", "x"));
    }

    #[test]
    fn what_is_written_onto_a_year_is_a_bad_period_and_no_free_part() {
        for period in [
            "202611",
            "202213",
            "20220131",
            "2026-1125",
            "2022-0001",
            "2022.01",
            "2022W05",
            "2022P05",
            "2022-Q1",
            "2022-jan",
            "2026-November",
            "2026-x",
            "2026-",
            "2026--11",
            "2026-11.x",
            "2026(2)",
            "2026-11(2)",
            "2026\u{e9}",
        ] {
            for name in [format!("Loonstrook {period}.pdf"), format!("payslip_{period}_x.pdf")] {
                assert_eq!(read(&name), Err(Refusal::Period), "{name}");
            }
        }
    }

    #[test]
    fn an_lhn_is_found_wherever_it_stands_and_however_it_is_written() {
        let found = |text| lhns(text).collect::<Vec<_>>();
        assert_eq!(
            found("x123456782l01 000000000L00"),
            [(1, "123456782l01"), (14, "000000000L00")]
        );
        assert_eq!(found("\u{e9}1123456782L011"), [(3, "123456782L01")]);
        for none in ["", "123456782", "123456782L0", "12345678L01", "123456782 L01", "123456782X01"]
        {
            assert_eq!(found(none), [], "{none}");
        }
    }

    #[test]
    fn what_does_not_read_says_why() {
        assert_eq!(read("Loonstrook.pdf"), Err(Refusal::Name));
        assert_eq!(read(" 2026-11.pdf"), Err(Refusal::Name));
        assert_eq!(read("LoonstrookX2026-11.pdf"), Err(Refusal::Name));
        assert_eq!(read("Loonstrook 2026-11.doc"), Err(Refusal::Name));
        assert_eq!(read("Strookje 2026-11.pdf"), Err(Refusal::Kind));
        assert_eq!(read("Loonstrook 2026-13.pdf"), Err(Refusal::Period));
        assert_eq!(read("Loonstrook 2026-11 123456782.pdf"), Err(Refusal::Bsn));
    }

    #[test]
    fn each_viewer_sees_the_word_in_its_own_language() {
        let kind = kind::by_code("loonstrook").unwrap();
        let name = stored(kind, "payslip 2026-11.pdf");
        assert_eq!(name, stored(kind, "Loonstrook 2026-11.pdf"));
        assert_eq!(shown(kind, &name, Language::Nl), "Loonstrook 2026-11.pdf");
        assert_eq!(shown(kind, &name, Language::En), "Payslip 2026-11.pdf");
        assert_eq!(stored(kind, "Loonstrookje.pdf"), "Loonstrookje.pdf");
    }

    #[test]
    fn however_long_a_name_is_every_viewer_can_be_shown_it() {
        let period = "2026-P05".parse().unwrap();
        for free in ["x".repeat(255), "\u{e9}".repeat(127), format!("{}- x", "y".repeat(211))] {
            let filed = filed(period, &free, "pdf");
            assert!(filed.starts_with(":2026-P05 "), "{filed}");
            for (kind, language) in KINDS.iter().flat_map(|k| Language::ALL.map(|l| (k, l))) {
                let shown = shown(kind, &numbered(&filed, false, u32::MAX), language);
                assert!(shown.len() <= MAX_NAME && shown.len() > 200, "{shown}");
                assert_eq!(stored(kind, &shown), numbered(&filed, false, u32::MAX), "{shown}");
            }
        }
        let kind = kind::by_code("serie").unwrap();
        let given = |length| format!("Period set 2026-11 {}.pdf", "x".repeat(length));
        assert!(fits(&stored(kind, &given(226))) && !fits(&stored(kind, &given(227))));
    }

    #[test]
    fn content_must_fit_its_type() {
        assert_eq!(check_content("pdf", b"%PDF-1.4 x", b"%%EOF\n"), Ok(()));
        assert_eq!(check_content("pdf", b"%PDF-1.4 x", b"x"), Err(Refusal::Empty));
        assert_eq!(check_content("pdf", b"MZ", b"MZ"), Err(Refusal::Type));
        assert_eq!(check_content("pdf", b"%PDF-1.4", b"%%EOF"), Ok(()));
        assert_eq!(check_content("pdf", b"<?xml", b"%%EOF"), Err(Refusal::Type));
        for (extension, whole) in [("pdf", &b"%PDF-1.4 x %%EOF"[..]), ("xml", b"<?xml")] {
            assert_eq!(check_content(extension, whole, whole), Ok(()));
            assert_eq!(check_content(extension, b"", b""), Err(Refusal::Empty));
        }
        assert_eq!(check_content("xml", b"\xef\xbb\xbf \n<a/>", b""), Ok(()));
        assert_eq!(check_content("xml", b"%PDF-1.4 x %%EOF", b"%%EOF"), Err(Refusal::Type));
    }
}
