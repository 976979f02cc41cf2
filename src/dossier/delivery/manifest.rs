//! Manifests: what a batch says of its files.

use super::super::error::Refusal;
use super::super::kind;
use super::super::name::Policy;
use super::super::overview::{lhns, period_said};
use super::super::period;
use super::publish::moment;
use super::template::Fields;
use super::{Address, is_waiting_name, same_number};
use std::collections::HashSet;

/// How the names of manifests end.
const ENDS: &str = ".manifest.csv";

/// No manifest has more lines.
const MOST: usize = 5_000;

/// The columns, in the order of PRODUCT.md section 5; the last may be left out.
const COLUMNS: [&str; 7] =
    ["bestand", "lhn", "nummer", "soort", "periode", "sha256", "publiceren_op"];

/// What a manifest says of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ManifestLine {
    /// The name of the file, in the same folder.
    pub file: String,
    /// The administration.
    pub lhn: String,
    /// The personnel number; empty is for the employer itself.
    pub number: String,
    /// The kind's code or word.
    pub kind: String,
    /// The period.
    pub period: String,
    /// SHA-256 of the content, in hex; empty is not told.
    pub sha256: String,
    /// From when its receivers may see it; empty is at once.
    pub publish_at: String,
}

impl ManifestLine {
    pub(super) fn fields(&self) -> Fields {
        let text = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        Fields {
            lhn: text(&self.lhn),
            number: text(&self.number),
            kind: kind::by_any_word(&self.kind),
            period: self.period.parse().ok(),
            free: None,
        }
    }

    /// From when its receivers may see it, in Unix milliseconds.
    ///
    /// # Errors
    /// E15 for what is no moment.
    pub(super) fn moment(&self) -> Result<Option<i64>, Refusal> {
        Some(self.publish_at.as_str()).filter(|text| !text.is_empty()).map(moment).transpose()
    }

    /// Whether it says that the content has this SHA-256, or does not say.
    pub fn fits(&self, sha256: &str) -> bool {
        self.sha256.is_empty() || self.sha256.eq_ignore_ascii_case(sha256)
    }
}

/// What a batch says of its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Manifest {
    /// Each file once.
    pub lines: Vec<ManifestLine>,
}

/// Whether a file that can be taken in may have this name: one that is in the folder itself, is no manifest,
/// and has all come. For any other a batch would wait in vain.
fn may_come(file: &str) -> bool {
    Policy::Portable.accept(file).is_ok() && !is_waiting_name(file) && !Manifest::is_name(file)
}

impl Manifest {
    /// None is longer, in bytes.
    pub const MAX: u64 = 8 << 20;

    /// Whether a file of this name is one: not what is still coming, nor what a system left beside it.
    pub fn is_name(name: &str) -> bool {
        name.to_ascii_lowercase().ends_with(ENDS) && !is_waiting_name(name)
    }

    /// Reads one: `;`, a header, with or without byte order mark, any ends of lines.
    ///
    /// # Errors
    /// E15.
    pub fn read(content: &[u8]) -> Result<Self, Refusal> {
        let content = content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(content);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(b';')
            .trim(csv::Trim::All)
            .has_headers(true)
            .from_reader(content);
        let header = reader.headers().map_err(|_| Refusal::Manifest)?;
        let names: Vec<_> = header.iter().map(str::to_ascii_lowercase).collect();
        let known = names.iter().eq(COLUMNS.iter().take(names.len()));
        if !known || names.len() + 1 < COLUMNS.len() {
            return Err(Refusal::Manifest);
        }
        let (mut lines, mut names) = (Vec::new(), HashSet::new());
        for record in reader.records() {
            let record = record.map_err(|_| Refusal::Manifest)?;
            let cell = |at| record.get(at).unwrap_or_default().to_owned();
            let line = ManifestLine {
                file: cell(0),
                lhn: cell(1),
                number: cell(2),
                kind: cell(3),
                period: cell(4),
                sha256: cell(5),
                publish_at: cell(6),
            };
            // One file is for one receiver, however its name is written.
            let once = names.insert(Policy::Portable.key(&line.file));
            if !once || !may_come(&line.file) || lines.len() == MOST {
                return Err(Refusal::Manifest);
            }
            lines.push(line);
        }
        if lines.is_empty() { Err(Refusal::Manifest) } else { Ok(Self { lines }) }
    }
}

/// Whether a name that no template reads still says another number, kind or period than its line: half a word
/// against the manifest is enough, for whose the file is would be guessed.
pub(super) fn is_disputed(stem: &str, said: &Address) -> bool {
    let other_kind = |word: &str| kind::by_any_word(word).is_some_and(|kind| kind != said.kind);
    let leading = starts(stem, &[' ', '_', '-', '.']).filter_map(kind::by_any_word).last();
    let mut after_lhn =
        lhns(stem).filter_map(|(at, lhn)| stem.get(at + lhn.len()..)?.strip_prefix('_'));
    leading.is_some_and(|kind| kind != said.kind)
        || after_lhn
            .any(|rest| is_of_another(rest, said) || rest.split('_').take(2).any(other_kind))
        || period_said(stem).is_some_and(|text| is_of_another_period(text, said))
}

/// Whether what follows an LHN begins with a number that is not the line's.
fn is_of_another(rest: &str, said: &Address) -> bool {
    let is_number = rest.starts_with(|c: char| c.is_ascii_digit());
    let same = |start: &str| match &said.number {
        Some(number) => same_number(number, start),
        // Of the employer itself there is no number, so it is a period that stands there.
        None => start.parse() == Ok(said.period),
    };
    is_number && !starts(rest, &['_', ' ']).any(same)
}

/// Whether what stands where the period should begins with a year, and not with the line's period, whatever
/// parts year and month.
fn is_of_another_period(text: &str, said: &Address) -> bool {
    let bare = |text: &str| text.replace(['-', '.'], "").to_ascii_uppercase();
    let is_year = text.get(..4).and_then(period::year).is_some();
    is_year && !bare(text).starts_with(&bare(&said.period.to_string()))
}

/// What a text begins with, up to each of the separators in it, and all of it.
fn starts<'t>(text: &'t str, separators: &[char]) -> impl Iterator<Item = &'t str> {
    let ends = text.match_indices(separators).map(|(at, _)| at);
    ends.chain([text.len()]).filter_map(|end| text.get(..end))
}
