//! Manifests: what a batch says of its files.

use super::super::error::Refusal;
use super::super::kind;
use super::super::name::Policy;
use super::is_waiting_name;
use super::publish::moment;
use super::template::Fields;
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
    /// Which line of the manifest it is, from 1.
    pub at: u32,
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
            ..Fields::default()
        }
    }

    /// From when its receivers may see it, in Unix milliseconds.
    ///
    /// # Errors
    /// E15 for what is no moment.
    pub(super) fn moment(&self) -> Result<Option<i64>, Refusal> {
        let told = Some(self.publish_at.as_str()).filter(|text| !text.is_empty());
        told.map(moment).transpose().map_err(|_| Refusal::Line(self.at))
    }

    /// Whether a content may be the one it is about, by its SHA-256 in hex digits.
    ///
    /// # Errors
    /// E15 when it says another.
    pub fn check(&self, sha256: &str) -> Result<(), Refusal> {
        let fits = self.sha256.is_empty() || self.sha256.eq_ignore_ascii_case(sha256);
        if fits { Ok(()) } else { Err(Refusal::Line(self.at)) }
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

/// Which line of a text something is on, asked for from the front on.
struct Places<'c> {
    content: &'c [u8],
    /// How many bytes were passed, and the line they end on.
    passed: usize,
    line: u32,
}

impl Places<'_> {
    /// The line of what begins there, after lines that are empty.
    fn line_at(&mut self, byte: u64) -> u32 {
        let is_end = |byte: &&u8| matches!(byte, b'\r' | b'\n');
        let from = usize::try_from(byte).unwrap_or(usize::MAX);
        let rest = self.content.get(from..).unwrap_or_default();
        let to = from.saturating_add(rest.iter().take_while(is_end).count());
        let passed = self.content.get(self.passed..to).unwrap_or_default();
        let next = passed.iter().skip(1).map(Some).chain([None]);
        // A line ends in one of the two, or in both.
        let ends = passed.iter().zip(next);
        let ends =
            ends.filter(|(one, next)| **one == b'\n' || **one == b'\r' && *next != Some(&b'\n'));
        self.line = self.line.saturating_add(u32::try_from(ends.count()).unwrap_or(u32::MAX));
        self.passed = self.passed.max(to);
        self.line
    }
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
        let mut places = Places { content, passed: 0, line: 1 };
        let first = Refusal::Line(places.line_at(0));
        let header = reader.headers().map_err(|_| first)?;
        let names: Vec<_> = header.iter().map(str::to_ascii_lowercase).collect();
        let known = names.iter().eq(COLUMNS.iter().take(names.len()));
        if !known || names.len() + 1 < COLUMNS.len() {
            return Err(first);
        }
        let (mut lines, mut names) = (Vec::new(), HashSet::new());
        for record in reader.records() {
            let position =
                record.as_ref().map_or_else(|e| e.position(), csv::StringRecord::position);
            let at = position.map_or(0, |position| places.line_at(position.byte()));
            let record = record.map_err(|_| Refusal::Line(at))?;
            let cell = |at| record.get(at).unwrap_or_default().to_owned();
            let line = ManifestLine {
                at,
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
                return Err(Refusal::Line(at));
            }
            lines.push(line);
        }
        if lines.is_empty() { Err(Refusal::Manifest) } else { Ok(Self { lines }) }
    }
}
