//! Templates: how a payroll program names its files.

use super::super::day;
use super::super::kind::{self, Kind};
use super::super::overview::Named;
use super::super::period::Period;
use thiserror::Error;

/// Its name, and its templates, each with the kind of all that it reads where the name does not say it.
type Preset = (&'static str, &'static [(&'static str, Option<&'static str>)]);

/// The presets (PRODUCT.md section 5), each with its templates. Those of other programs are as far as they
/// are known: what they leave out, the folder says.
#[rustfmt::skip]
const PRESETS: [Preset; 4] = [
    ("loondossier", &[("{lhn}_[{nummer}_]{soort}_{periode}[_{vrij}]", None)]),
    ("nmbrs",       &[("{iets}_{soort}_{periode}[_{vrij}]", None), ("{iets}_{soort} {periode}[ {vrij}]", None)]),
    ("personio",    &[("{nummer}___{soort}_{datum}", None), ("{nummer}_{iets}_{soort}_{datum}", None)]),
    ("upa",         &[("UPA_{lhn}_{iets}_{datum}{tijd}_UPA", Some("pensioen"))]),
];

/// What a template, or a manifest, says of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) lhn: Option<String>,
    pub(super) number: Option<String>,
    pub(super) kind: Option<Kind>,
    pub(super) period: Option<Period>,
    pub(super) free: Option<String>,
    /// What it passes over.
    pub(super) passed: Vec<String>,
}

impl From<Named> for Fields {
    fn from(named: Named) -> Self {
        let Named { kind, period, free, .. } = named;
        Self { kind: Some(kind), period: Some(period), free: Some(free), ..Self::default() }
    }
}

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(char),
    Lhn,
    Number,
    Kind,
    Period,
    /// A date, which stands for its month: `ddmmjjjj`, `dd.mm.jjjj` or `jjjjmmdd`.
    Date,
    /// Six digits that say nothing: a time of day.
    Time,
    Free,
    /// Whatever else: it says nothing, and may not plainly say another.
    Anything,
    Optional(Vec<Piece>),
}

/// How names are read: text, `{lhn}`, `{nummer}`, `{soort}`, `{periode}`, `{datum}`, `{tijd}`, `{vrij}`,
/// `{iets}`, and in brackets what may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
    /// The kind of all that it reads, where the name does not say it.
    kind: Option<Kind>,
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TemplateFault {
    /// A field that there is not.
    #[error(
        "there is no {{{0}}}: the fields are {{lhn}} {{nummer}} {{soort}} {{periode}} {{datum}} {{tijd}} {{vrij}} {{iets}}"
    )]
    Field(String),
    /// A brace or bracket without its other half.
    #[error("a {{, }}, [ or ] has no other half")]
    Bracket,
    /// It can say neither a kind nor a period.
    #[error("it needs {{soort}}, and {{periode}} or {{datum}}")]
    Incomplete,
}

/// The templates of a preset.
pub(super) fn preset(name: &str) -> Option<Vec<Template>> {
    let (_, templates) = PRESETS.iter().find(|(preset, _)| preset.eq_ignore_ascii_case(name))?;
    let parsed = templates.iter().filter_map(|(text, kind)| {
        let pieces = pieces(&mut text.chars(), false).ok()?;
        Some(Template { pieces, kind: kind.and_then(kind::by_code) })
    });
    Some(parsed.collect())
}

impl Template {
    /// Reads a template; a `.<ext>` at its end may be left out.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, TemplateFault> {
        let stem = [".<ext>", ".pdf", ".xml"].iter().find_map(|end| text.strip_suffix(end));
        let pieces = pieces(&mut stem.unwrap_or(text).chars(), false)?;
        let says = |wanted: &[Piece]| pieces.iter().any(|piece| wanted.contains(piece));
        if !says(&[Piece::Kind]) || !says(&[Piece::Period, Piece::Date]) {
            return Err(TemplateFault::Incomplete);
        }
        Ok(Self { pieces, kind: None })
    }

    /// All ways in which a name without its extension can be read.
    pub(super) fn read(&self, stem: &str) -> Vec<Fields> {
        let pieces: Vec<&Piece> = self.pieces.iter().collect();
        let mut all = Vec::new();
        follow(&pieces, stem, &Fields { kind: self.kind, ..Fields::default() }, &mut all);
        all.dedup();
        all
    }
}

/// Reads the pieces up to the end, or up to the bracket that ends an optional part.
fn pieces(text: &mut std::str::Chars<'_>, optional: bool) -> Result<Vec<Piece>, TemplateFault> {
    let mut all = Vec::new();
    while let Some(c) = text.next() {
        match c {
            '[' => all.push(Piece::Optional(pieces(text, true)?)),
            ']' if optional => return Ok(all),
            '{' => {
                let (name, rest) = text.as_str().split_once('}').ok_or(TemplateFault::Bracket)?;
                all.push(field(name)?);
                *text = rest.chars();
            }
            ']' | '}' => return Err(TemplateFault::Bracket),
            c => all.push(Piece::Text(c)),
        }
    }
    if optional { Err(TemplateFault::Bracket) } else { Ok(all) }
}

fn field(name: &str) -> Result<Piece, TemplateFault> {
    Ok(match name {
        "lhn" => Piece::Lhn,
        "nummer" => Piece::Number,
        "soort" => Piece::Kind,
        "periode" => Piece::Period,
        "datum" => Piece::Date,
        "tijd" => Piece::Time,
        "vrij" => Piece::Free,
        "iets" => Piece::Anything,
        other => return Err(TemplateFault::Field(other.to_owned())),
    })
}

/// Follows the pieces through a text in every way in which they fit.
fn follow(pieces: &[&Piece], text: &str, so_far: &Fields, all: &mut Vec<Fields>) {
    let Some((piece, rest)) = pieces.split_first() else {
        if text.is_empty() && !all.contains(so_far) {
            all.push(so_far.clone());
        }
        return;
    };
    match piece {
        Piece::Text(wanted) => {
            if text.chars().next().is_some_and(|c| c.eq_ignore_ascii_case(wanted)) {
                follow(rest, &text[wanted.len_utf8()..], so_far, all);
            }
        }
        Piece::Optional(inner) => {
            let with: Vec<&Piece> = inner.iter().chain(rest.iter().copied()).collect();
            follow(&with, text, so_far, all);
            follow(rest, text, so_far, all);
        }
        field => {
            let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
            for end in ends {
                let mut fields = so_far.clone();
                if take(field, &text[..end], &mut fields) {
                    follow(rest, &text[end..], &fields, all);
                }
            }
        }
    }
}

/// Whether a text has the form of a field; what it says is noted.
fn take(field: &Piece, text: &str, fields: &mut Fields) -> bool {
    match field {
        Piece::Lhn => {
            let form = text.len() == 12
                && text.char_indices().all(|(at, c)| match at {
                    9 => c.eq_ignore_ascii_case(&'L'),
                    _ => c.is_ascii_digit(),
                });
            fields.lhn = Some(text.to_owned());
            form
        }
        Piece::Number => {
            fields.number = Some(text.trim().to_owned());
            !text.trim().is_empty()
        }
        Piece::Kind => {
            fields.kind = kind::by_any_word(text.trim());
            !text.contains(|c: char| c == '_' || c.is_ascii_digit()) && !text.trim().is_empty()
        }
        Piece::Period => {
            fields.period = text.parse().ok();
            looks_like_a_period(text)
        }
        Piece::Date => {
            fields.period = date(text);
            fields.period.is_some()
        }
        Piece::Time => text.len() == 6 && text.bytes().all(|b| b.is_ascii_digit()),
        Piece::Free => {
            fields.free = Some(text.trim_matches([' ', '_', '-']).to_owned());
            true
        }
        Piece::Anything => {
            fields.passed.push(text.to_owned());
            true
        }
        Piece::Text(_) | Piece::Optional(_) => false,
    }
}

/// Four digits, and perhaps `-`, `P` or `W`, and two digits.
fn looks_like_a_period(text: &str) -> bool {
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    match text.split_once('-') {
        None => digits(text, 4),
        Some((year, part)) => {
            digits(year, 4) && digits(part.trim_start_matches(['P', 'p', 'W', 'w']), 2)
        }
    }
}

/// The month of a date. None reads both ways: a year begins with what is no month.
fn date(text: &str) -> Option<Period> {
    let digits: String = text.chars().filter(|c| *c != '.').collect();
    let plain = digits.len() == text.len();
    if digits.len() != 8
        || !digits.bytes().all(|b| b.is_ascii_digit())
        || !(plain || text.len() == 10)
    {
        return None;
    }
    let of = |year: &str, month: &str, day: &str| {
        let date = day::exact_date(&format!("{year}-{month}-{day}"))?;
        format!("{:04}-{:02}", date.year(), date.month()).parse().ok()
    };
    let day_first = of(&digits[4..], &digits[2..4], &digits[..2]);
    let year_first = of(&digits[..4], &digits[4..6], &digits[6..]).filter(|_| plain);
    day_first.or(year_first)
}
