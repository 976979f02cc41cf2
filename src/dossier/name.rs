//! What a file or folder may be called, and when two names are the same name: one policy for every
//! protocol (PRODUCT.md section 4).

use super::error::NameFault;
use caseless::Caseless;
use unicode_normalization::UnicodeNormalization;

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;

/// Which names an area takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Names that Windows and macOS can show: NFC, compared without case.
    Portable,
    /// `/Back-ups/`: any UTF-8 without control characters, compared exactly, as bytes.
    Exact,
}

impl Policy {
    /// The name as it is stored and shown.
    ///
    /// # Errors
    /// The first rule that the name breaks.
    pub fn accept(self, name: &str) -> Result<String, NameFault> {
        let name: String = match self {
            Self::Portable => name.nfc().collect(),
            Self::Exact => name.to_owned(),
        };
        check_any(&name)?;
        if self == Self::Portable {
            check_portable(&name)?;
        }
        Ok(name)
    }

    /// What two names have in common when they are the same name here.
    pub fn key(self, name: &str) -> String {
        match self {
            // Most names are ASCII, which is its own normal form.
            Self::Portable if name.is_ascii() => name.to_ascii_lowercase(),
            Self::Portable => name.nfd().default_case_fold().nfc().collect(),
            Self::Exact => name.to_owned(),
        }
    }
}

/// What holds for a name everywhere.
fn check_any(name: &str) -> Result<(), NameFault> {
    if name.is_empty() || name == "." || name == ".." || name.contains('/') {
        return Err(NameFault::Reserved);
    }
    if name.len() > MAX_NAME {
        return Err(NameFault::TooLong);
    }
    if name.chars().any(char::is_control) {
        return Err(NameFault::Control);
    }
    Ok(())
}

/// What Windows refuses, and what makes a name look like another one.
fn check_portable(name: &str) -> Result<(), NameFault> {
    if name.chars().any(is_bidi) {
        return Err(NameFault::Control);
    }
    if let Some(c) = name.chars().find(|c| r#"\:*?"<>|"#.contains(*c)) {
        return Err(NameFault::Character(c));
    }
    if name.ends_with(['.', ' ']) {
        return Err(NameFault::Trailing);
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).is_some_and(|n| {
            matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        });
    if device { Err(NameFault::Device) } else { Ok(()) }
}

/// Characters that turn the direction of text: with them a name can be shown as another name.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}')
}

/// How the names of files begin that an operating system leaves behind by itself.
pub const CLUTTER_BEGINS: &str = "._";

/// What else such files are called, as they are compared.
pub const CLUTTER: [&str; 3] = [".ds_store", "thumbs.db", "desktop.ini"];

/// Whether a file of this name is one that an operating system leaves behind by itself: kept from other
/// parties, from sets and from deliveries, not logged and not versioned.
pub fn is_clutter(name: &str) -> bool {
    name.starts_with(CLUTTER_BEGINS) || CLUTTER.contains(&Policy::Portable.key(name).as_str())
}

/// Whether a client is still writing this file and will rename it (PRODUCT.md section 5).
pub fn is_partial(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let endings =
        [".part", ".partial", ".filepart", ".tmp", ".temp", ".upload", ".crdownload", "~"];
    name.starts_with('.') || endings.iter().any(|e| lower.ends_with(e))
}

/// A party's name as the name of a folder, safe on Windows: what is not allowed becomes `-`.
pub fn folder_for(party: &str) -> String {
    let safe: String = party
        .nfc()
        .filter(|c| !c.is_control() && !is_bidi(*c))
        .map(|c| if r#"\:*?"<>|/"#.contains(c) { '-' } else { c })
        .collect();
    let mut safe = cut(safe.trim(), 200).trim_end_matches(['.', ' ']).to_owned();
    if safe.is_empty() || Policy::Portable.accept(&safe).is_err() {
        safe.insert(0, '_');
    }
    safe
}

/// `name`, or `name (2)`, `name (3)`, ...: the first for which `taken` is false, with the number
/// before the extension of a file.
pub fn free(name: &str, folder: bool, taken: impl Fn(&str) -> bool) -> String {
    (1..=u32::MAX)
        .map(|n| numbered(name, folder, n))
        .find(|candidate| !taken(candidate))
        .unwrap_or_else(|| name.to_owned())
}

/// `name` itself for 1, else with ` (n)`, before the extension of a file.
pub fn numbered(name: &str, folder: bool, n: u32) -> String {
    match name.rsplit_once('.') {
        _ if n < 2 => name.to_owned(),
        Some((stem, extension)) if !folder && !stem.is_empty() => {
            format!("{} ({n}).{extension}", cut(stem, MAX_NAME - 16 - extension.len().min(200)))
        }
        _ => format!("{} ({n})", cut(name, MAX_NAME - 16)),
    }
}

/// At most `bytes` of `text`, never within a character.
fn cut(text: &str, bytes: usize) -> &str {
    let mut end = text.len().min(bytes);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.get(..end).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_without_case_and_in_any_normal_form() {
        let key = |n| Policy::Portable.key(n);
        assert_eq!(key("Caf\u{e9}.pdf"), key("CAFE\u{301}.PDF"));
        assert_eq!(key("Stra\u{df}e"), key("STRASSE"));
        assert_ne!(Policy::Exact.key("A"), Policy::Exact.key("a"));
    }

    #[test]
    fn what_windows_cannot_show_is_refused_outside_backups() {
        for bad in ["a:b", "x.", "x ", "CON", "nul.txt", "com1.x", "a\\b", "a?b", "lpt9"] {
            assert!(Policy::Portable.accept(bad).is_err(), "{bad}");
            assert!(Policy::Exact.accept(bad).is_ok(), "{bad}");
        }
        assert!(Policy::Portable.accept("a\u{202e}b").is_err(), "shown backwards");
        assert!(Policy::Exact.accept("a\u{200f}b").is_ok(), "a mark of right-to-left scripts");
        for bad in ["", ".", "..", "a/b", "a\0b", "a\nb"] {
            assert!(Policy::Portable.accept(bad).is_err(), "{bad:?}");
            assert!(Policy::Exact.accept(bad).is_err(), "{bad:?}");
        }
        assert!(Policy::Portable.accept(&"x".repeat(256)).is_err());
        assert!(Policy::Portable.accept("COM10").is_ok());
    }

    #[test]
    fn hostile_party_names_make_safe_folders() {
        for name in ["../x", "a/b", "..", "", "CON", "x. .", "\u{202e}gpj", "a:b*c"] {
            assert!(Policy::Portable.accept(&folder_for(name)).is_ok(), "{name:?}");
        }
        assert_eq!(folder_for("Bakkerij Jansen BV"), "Bakkerij Jansen BV");
    }

    #[test]
    fn a_name_is_at_most_255_bytes() {
        for (policy, of) in [(Policy::Portable, "x"), (Policy::Exact, "\u{e9}")] {
            let whole = of.repeat(255 / of.len());
            assert!(policy.accept(&whole).is_ok());
            assert_eq!(policy.accept(&format!("{whole}{of}{of}")), Err(NameFault::TooLong));
        }
    }

    #[test]
    fn what_a_system_leaves_behind_is_clutter() {
        for name in ["._a.txt", ".DS_Store", ".ds_store", "Thumbs.db", "desktop.ini"] {
            assert!(is_clutter(name), "{name}");
        }
        for name in ["a.txt", ".a", "_.a", "DS_Store", "x desktop.ini"] {
            assert!(!is_clutter(name), "{name}");
        }
    }

    #[test]
    fn what_a_client_still_writes_is_partial() {
        for name in
            ["a.part", "a.PARTIAL", "a.filepart", "a.tmp", "a.pdf~", ".a.pdf", "a.crdownload"]
        {
            assert!(is_partial(name), "{name}");
        }
        for name in ["a.pdf", "part", "a.part.pdf", "~a.pdf"] {
            assert!(!is_partial(name), "{name}");
        }
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(cut("a\u{e9}b", 2), "a");
        assert_eq!(cut("a\u{e9}b", 3), "a\u{e9}");
        assert_eq!(cut("ab", 9), "ab");
        let long = "\u{e9}".repeat(127);
        assert!(numbered(&long, true, 2).len() <= MAX_NAME);
        assert!(numbered(&format!("{long}.pdf"), false, 12).ends_with("\u{e9} (12).pdf"));
    }

    #[test]
    fn a_taken_name_gets_a_number_before_its_extension() {
        assert_eq!(free("a.pdf", false, |n| n == "a.pdf"), "a (2).pdf");
        assert_eq!(free("a.b", true, |n| n == "a.b"), "a.b (2)");
        assert_eq!(free(".x", false, |n| n == ".x"), ".x (2)");
    }
}
