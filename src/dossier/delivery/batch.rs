//! What holds of files that are handed in together (PRODUCT.md section 5): all are taken in, or none.
//!
//! Knows the lines of a manifest, names and digests. Must not know where the files lie.

use super::super::error::Refusal;
use super::super::name::Policy;
use super::{Manifest, ManifestLine, is_waiting_name};
use std::collections::{HashMap, HashSet};

/// The files that a manifest is about, by its lines, when each is there: of `files`, each with its name, which
/// are those in its folder of which something came.
pub fn complete<'m, 'f, T: Copy>(
    manifest: &'m Manifest,
    files: impl IntoIterator<Item = (&'f str, T)>,
) -> Option<Vec<(&'m ManifestLine, T)>> {
    let key = |name: &str| Policy::Portable.key(name);
    let there = files.into_iter().filter(|(name, _)| !is_waiting_name(name));
    let by_key: HashMap<String, T> = there.map(|(name, file)| (key(name), file)).collect();
    let found = |line: &'m ManifestLine| Some((line, *by_key.get(&key(&line.file))?));
    manifest.lines.iter().map(found).collect()
}

/// The overviews that two different contents of these are, each with its SHA-256: which of the two it is would be
/// guessed.
pub fn disputed<'o>(all: impl IntoIterator<Item = (&'o str, [u8; 32])>) -> HashSet<String> {
    let (mut first, mut disputed) = (HashMap::new(), HashSet::new());
    for (overview, sha256) in all {
        if *first.entry(overview).or_insert(sha256) != sha256 {
            disputed.insert(overview.to_owned());
        }
    }
    disputed
}

/// Why what has no fault of its own is refused with the rest: for the first line that has one. `None` where there is
/// no manifest.
pub fn to_blame(line: Option<u32>) -> Refusal {
    line.map_or(Refusal::Manifest, Refusal::Line)
}
