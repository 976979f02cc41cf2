//! Sets and the green light (PRODUCT.md section 6): where a set stands, which of its files is the employer's
//! reason, and by what it is known what was decided on. Knows neither who may decide nor what is stored.

use super::name::Policy;

/// Where a set stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SetState {
    /// `Ter controle`
    ToReview,
    /// `Goedgekeurd`
    Approved,
    /// `Afgekeurd`
    Rejected,
}

impl SetState {
    /// Every one of them.
    pub const ALL: [Self; 3] = [Self::ToReview, Self::Approved, Self::Rejected];

    /// Its code, as it is stored and as `set list` says it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::ToReview => "review",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
        }
    }

    /// The state of a code.
    pub fn of_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// Whether it was decided on: nothing in it changes any more but the reason.
    pub fn is_decided(self) -> bool {
        self != Self::ToReview
    }
}

/// The file in which an employer says why.
pub const REASON: &str = "reden.txt";

/// Whether the names below the sets of an employer lead to the reason of one.
pub fn is_reason<S: AsRef<str>>(names: &[S]) -> bool {
    let key = |name: &str| Policy::Portable.key(name);
    matches!(names, [_, name] if key(name.as_ref()) == key(REASON))
}

/// What is decided on: every file of a set but the reason, in the form that `sha256sum` prints, in the order of
/// their bytes. Its own SHA-256 is the hash of the set, which anyone can reckon who has the files.
pub fn contents<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut lines: Vec<String> =
        files.into_iter().map(|(path, sha256)| format!("{sha256}  {path}\n")).collect();
    lines.sort_by(|one, other| one.get(66..).cmp(&other.get(66..)));
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_has_a_code_of_its_own() {
        for state in SetState::ALL {
            assert_eq!(SetState::of_code(state.code()), Some(state));
            assert_eq!(state.is_decided(), state.code() != "review");
        }
        assert_eq!(SetState::of_code("loonstrook"), None);
    }

    #[test]
    fn the_reason_lies_at_the_top_of_a_set() {
        assert!(
            is_reason(&["Loon 2026-11", "reden.txt"]) && is_reason(&["Loon 2026-11", "Reden.TXT"])
        );
        assert!(
            is_reason(&["Loon 2026-11", "re\u{200d}den.txt"]),
            "names are compared by their key"
        );
        assert!(!is_reason(&["reden.txt"]) && !is_reason(&["Loon 2026-11", "map", "reden.txt"]));
        assert!(!is_reason(&["Loon 2026-11", "reden.pdf"]));
    }

    #[test]
    fn what_is_decided_on_is_the_same_in_any_order() {
        let (a, b) = ("a".repeat(64), "b".repeat(64));
        let one = contents([("x/1.pdf", b.as_str()), ("a.pdf", a.as_str())]);
        assert_eq!(one, contents([("a.pdf", a.as_str()), ("x/1.pdf", b.as_str())]));
        assert_eq!(one, format!("{a}  a.pdf\n{b}  x/1.pdf\n"));
        assert_ne!(one, contents([("a.pdf", b.as_str()), ("x/1.pdf", a.as_str())]));
        assert_eq!(contents([]), "");
    }
}
