//! What a file or folder may be called, and when two names are the same name: one policy for every
//! protocol (PRODUCT.md section 4).

use super::error::NameFault;
use std::borrow::Cow;
use unicode_normalization::UnicodeNormalization;

/// The longest name, in bytes of UTF-8.
pub const MAX_NAME: usize = 255;

/// The longest word of a kind, in bytes, which an overview's name may be shown with.
pub(super) const LONGEST_WORD: usize = 16;

/// The longest number that keeps two names apart, in bytes.
const LONGEST_NUMBER: usize = " (4294967295)".len();

/// Which names an area takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Policy {
    /// Names that Windows and macOS can show: NFC, compared without case and without what is not seen.
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
            Self::Portable => name.nfd().filter(|c| !joins(*c)).map(without_case).nfc().collect(),
            Self::Exact => name.to_owned(),
        }
    }
}

/// Without case, a character for a character: what Unicode calls simple folding. Full folding would make one name of
/// `Maße` and `Masse`, which Windows and Linux keep apart, and put the one over the other. Where a disk cannot hold
/// both (APFS), both are here still.
fn without_case(c: char) -> char {
    match c {
        // Their capitals are those of others: a dotless i is not an i, nor an iota below a letter one beside it.
        'ı' | '\u{345}' => c,
        // Of Cherokee the small letters are the later ones, and fold to capitals.
        '\u{13a0}'..='\u{13ff}' | '\u{ab70}'..='\u{abbf}' => only(c.to_uppercase()).unwrap_or(c),
        _ => {
            let upper = only(c.to_uppercase()).unwrap_or(c);
            only(upper.to_lowercase()).unwrap_or(upper)
        }
    }
}

/// The one character that a case of a character has, unless it has several.
fn only(mut case: impl Iterator<Item = char>) -> Option<char> {
    case.next().filter(|_| case.next().is_none())
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

/// What Windows refuses, and what makes a name look like another one. What only joins letters is looked
/// through.
fn check_portable(name: &str) -> Result<(), NameFault> {
    if name.chars().any(|c| is_unseen(c) && !joins(c)) {
        return Err(NameFault::Control);
    }
    let name: &str = &name.chars().filter(|c| !joins(*c)).collect::<String>();
    check_any(name)?;
    if let Some(c) = name.chars().find(|c| r#"\:*?"<>|"#.contains(*c)) {
        return Err(NameFault::Character(c));
    }
    if name.ends_with(is_lost_at_the_end) {
        return Err(NameFault::Trailing);
    }
    let stem = name.split('.').next().unwrap_or(name).trim_end().to_ascii_uppercase();
    let device = matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || stem.strip_prefix("COM").or_else(|| stem.strip_prefix("LPT")).is_some_and(|n| {
            matches!(n, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9" | "¹" | "²" | "³")
        });
    if device { Err(NameFault::Device) } else { Ok(()) }
}

/// What is not seen at the end of a name, or does not stay there on Windows.
const fn is_lost_at_the_end(c: char) -> bool {
    c == '.' || c.is_whitespace()
}

/// What is not seen, or turns the direction of what is: with it a name can be shown as another name. All
/// that Unicode has for ignoring by default, what separates lines, and what is no character at all.
pub const fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}'
        | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || c as u32 & 0xfffe == 0xfffe
}

/// What scripts and emoji need though it is not seen: it joins letters, parts them, or selects the form of
/// one. Two names that differ in it alone are one.
const fn joins(c: char) -> bool {
    matches!(c,
        '\u{180b}'..='\u{180f}' | '\u{200c}'..='\u{200d}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0100}'..='\u{e01ef}')
}

/// How the names of files begin that an operating system leaves behind by itself.
pub const CLUTTER_BEGINS: &str = "._";

/// What else such files are called, as they are compared.
pub const CLUTTER: [&str; 3] = [".ds_store", "thumbs.db", "desktop.ini"];

/// Whether a file of this name is one that an operating system leaves behind by itself: kept from other
/// parties, from sets and from deliveries, not logged and not versioned.
pub fn is_clutter(name: &str) -> bool {
    // Asked of every entry of a listing; what is ASCII is its own key but for its case.
    let key = if name.is_ascii() { name.into() } else { Cow::Owned(Policy::Portable.key(name)) };
    key.starts_with(CLUTTER_BEGINS) || CLUTTER.iter().any(|c| key.eq_ignore_ascii_case(c))
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
        .filter(|c| !c.is_control() && (!is_unseen(*c) || joins(*c)))
        .map(|c| if r#"\:*?"<>|/"#.contains(c) { '-' } else { c })
        .collect();
    let mut safe = cut(safe.trim(), 200).to_owned();
    safe.truncate(safe.trim_end_matches(|c| is_lost_at_the_end(c) || joins(c)).len());
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

/// `name` itself for 1, else with ` (n)`, before the extension of a file; cut so that it can be shown with any word.
pub fn numbered(name: &str, folder: bool, n: u32) -> String {
    const ROOM: usize = MAX_NAME - LONGEST_WORD - LONGEST_NUMBER;
    match name.rsplit_once('.') {
        _ if n < 2 => name.to_owned(),
        Some((stem, extension)) if !folder && !stem.is_empty() => {
            format!("{} ({n}).{extension}", cut(stem, ROOM - 1 - extension.len().min(200)))
        }
        _ => format!("{} ({n})", cut(name, ROOM)),
    }
}

/// At most `bytes` of `text`, never within a character.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
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
        assert_ne!(Policy::Exact.key("A"), Policy::Exact.key("a"));
    }

    #[test]
    fn a_letter_is_the_same_in_any_case_and_no_two_letters_are_one() {
        let key = |n| Policy::Portable.key(n);
        for same in [
            &["ß", "ẞ"][..],
            &["σ", "ς", "Σ"],
            &["ǆ", "ǅ", "Ǆ"],
            &["k", "K", "\u{212a}"],
            &["å", "Å", "\u{212b}", "a\u{30a}"],
            &["μ", "Μ", "\u{b5}"],
            &["İ", "I\u{307}", "i\u{307}"],
            &["ꭰ", "Ꭰ"],
            &["ᾀ", "ᾈ"],
            &["s", "ſ"],
        ] {
            assert!(same.iter().all(|name| key(name) == key(same[0])), "{same:?}");
        }
        for (one, other) in
            [("Maße", "Masse"), ("ﬁ", "fi"), ("ŉ", "ʼn"), ("ı", "i"), ("ᾳ", "αι"), ("ij", "ĳ")]
        {
            assert_ne!(key(one), key(other));
        }
    }

    #[test]
    fn the_key_of_every_character_is_its_own_key_in_every_case() {
        let mut folded = 0;
        for c in '\0'..='\u{1ffff}' {
            let key = Policy::Portable.key(&c.to_string());
            folded += usize::from(without_case(c) != c);
            assert_eq!(Policy::Portable.key(&key), key, "{c:?}");
            assert_eq!(Policy::Portable.key(&c.to_lowercase().to_string()), key, "{c:?}");
            assert!(key.chars().count() <= c.nfd().count(), "{c:?}");
        }
        assert_eq!(folded, 1508, "of a later Unicode: a migration has to say that keys are stale");
    }

    #[test]
    fn what_windows_cannot_show_is_refused_outside_backups() {
        for bad in ["a:b", "x.", "x ", "CON", "nul.txt", "com1.x", "a\\b", "a?b", "lpt9"] {
            assert!(Policy::Portable.accept(bad).is_err(), "{bad}");
            assert!(Policy::Exact.accept(bad).is_ok(), "{bad}");
        }
        assert!(Policy::Portable.accept("a\u{202e}b").is_err(), "shown backwards");
        for unseen in ["a\u{200f}b", "\u{feff}a", "a\u{61c}", "a\u{2028}b", "\u{200b}", "a\u{ffff}"]
        {
            assert_eq!(Policy::Portable.accept(unseen), Err(NameFault::Control), "{unseen:?}");
            assert!(Policy::Exact.accept(unseen).is_ok(), "{unseen:?}");
        }
        for end in ["x\u{a0}", "x\u{3000}", "x.\u{200d}", "x \u{fe0f}"] {
            assert_eq!(Policy::Portable.accept(end), Err(NameFault::Trailing), "{end:?}");
        }
        for bad in ["", ".", "..", "a/b", "a\0b", "a\nb"] {
            assert!(Policy::Portable.accept(bad).is_err(), "{bad:?}");
            assert!(Policy::Exact.accept(bad).is_err(), "{bad:?}");
        }
        assert!(Policy::Portable.accept(&"x".repeat(256)).is_err());
        assert!(Policy::Portable.accept("COM10").is_ok());
    }

    #[test]
    fn what_joins_letters_is_kept_and_makes_no_other_name() {
        for name in [
            "\u{645}\u{6cc}\u{200c}\u{62e}\u{648}\u{627}\u{647}\u{645}",
            "\u{2764}\u{fe0f}.jpg",
            "\u{1f468}\u{200d}\u{1f467}",
        ] {
            assert_eq!(Policy::Portable.accept(name).as_deref(), Ok(name));
        }
        let key = |n| Policy::Portable.key(n);
        assert_eq!(key("Mijn\u{200d} bestanden"), key("mijn bestanden"));
        assert_eq!(key("e\u{200c}\u{301}"), key("\u{e9}"));
        assert_ne!(Policy::Exact.key("a\u{200d}"), Policy::Exact.key("a"));
        for nothing in ["\u{200d}", "\u{fe0f}\u{200c}", "..\u{200d}", "nul\u{200c}.txt"] {
            assert!(Policy::Portable.accept(nothing).is_err(), "{nothing:?}");
        }
        assert!(is_clutter(".\u{200d}_a"));
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
