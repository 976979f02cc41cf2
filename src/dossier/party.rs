//! Who there is: kinds of party, the language a party was created in, and the scope of a credential.

use std::fmt;
use std::str::FromStr;

/// What a party is (PRODUCT.md section 1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum PartyKind {
    /// Administratiekantoor: works for employers under an engagement.
    Office,
    /// Werkgever: has administrations and employees.
    Employer,
    /// Werknemer: a person, in one or more employments.
    Person,
}

impl PartyKind {
    /// The word that the catalog, the command line and the logs use.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Office => "office",
            Self::Employer => "employer",
            Self::Person => "person",
        }
    }
}

impl fmt::Display for PartyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PartyKind {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "office" => Ok(Self::Office),
            "employer" => Ok(Self::Employer),
            "person" => Ok(Self::Person),
            _ => Err(()),
        }
    }
}

/// The language of a party's folder names and messages, fixed when the party is created because
/// paths end up in scripts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Language {
    /// Dutch, the default.
    #[default]
    Nl,
    /// English.
    En,
}

impl Language {
    /// Every language, for tables that must be complete.
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The ISO 639-1 code.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }

    /// The one of two texts that is in this language.
    pub const fn pick<'a>(self, nl: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Nl => nl,
            Self::En => en,
        }
    }
}

impl FromStr for Language {
    type Err = ();
    fn from_str(s: &str) -> Result<Self, ()> {
        match s {
            "nl" => Ok(Self::Nl),
            "en" => Ok(Self::En),
            _ => Err(()),
        }
    }
}

/// What a credential is narrowed to (PRODUCT.md section 3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Scope(u8);

impl Scope {
    /// The whole tree, with every right its account has.
    pub const FULL: Self = Self(1);
    /// The whole tree, read only.
    pub const READ: Self = Self(2);
    /// Only `/Aanleveren`.
    pub const DELIVER: Self = Self(4);
    /// Only `/Back-ups` and its days under `/Eerdere dagen`.
    pub const BACKUP: Self = Self(8);

    const NAMES: [(Self, &'static str); 4] = [
        (Self::FULL, "full"),
        (Self::READ, "read"),
        (Self::DELIVER, "deliver"),
        (Self::BACKUP, "backup"),
    ];

    /// Both scopes together: a machine account may have `deliver` and `backup`.
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What both allow: a credential never reaches further than its account.
    pub const fn within(self, account: Self) -> Self {
        if account.0 & Self::FULL.0 != 0 {
            self
        } else if self.0 & Self::FULL.0 != 0 {
            account
        } else {
            Self(self.0 & account.0)
        }
    }

    /// Whether any of `part` is in this scope.
    pub const fn has(self, part: Self) -> bool {
        self.0 & part.0 != 0
    }

    /// Whether anything can be changed with it, somewhere.
    pub const fn writes(self) -> bool {
        self.0 & !Self::READ.0 != 0
    }

    /// Whether the whole tree is in sight.
    pub const fn whole_tree(self) -> bool {
        self.0 & (Self::FULL.0 | Self::READ.0) != 0
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            Self::NAMES.iter().filter(|(s, _)| self.has(*s)).map(|(_, n)| *n).collect();
        f.write_str(&names.join(","))
    }
}

impl FromStr for Scope {
    type Err = String;
    /// Reads `deliver` or `deliver,backup`. The error is the word that is no scope.
    fn from_str(s: &str) -> Result<Self, String> {
        let mut scope = Self(0);
        for word in s.split(',').map(str::trim) {
            match Self::NAMES.iter().find(|(_, n)| *n == word) {
                Some((part, _)) => scope = scope.and(*part),
                None => return Err(word.to_owned()),
            }
        }
        Ok(scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_languages_and_scopes_read_as_they_are_written() {
        for kind in [PartyKind::Office, PartyKind::Employer, PartyKind::Person] {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        for language in Language::ALL {
            assert_eq!(language.as_str().parse(), Ok(language));
        }
        assert!("NL".parse::<Language>().is_err() && "boss".parse::<PartyKind>().is_err());
        let both = Scope::DELIVER.and(Scope::BACKUP);
        for (scope, text) in
            [(Scope::FULL, "full"), (Scope::READ, "read"), (both, "deliver,backup")]
        {
            assert_eq!((scope.to_string().as_str(), text.parse()), (text, Ok(scope)));
        }
        assert_eq!("deliver, all".parse::<Scope>(), Err("all".to_owned()));
    }

    #[test]
    fn a_credential_reaches_no_further_than_its_account() {
        let machine = Scope::DELIVER.and(Scope::BACKUP);
        assert_eq!(Scope::FULL.within(machine), machine);
        assert_eq!(Scope::BACKUP.within(machine), Scope::BACKUP);
        assert_eq!(machine.within(Scope::DELIVER), Scope::DELIVER);
        assert_eq!(Scope::READ.within(Scope::FULL), Scope::READ);
        let none = Scope::READ.within(machine);
        assert!(!none.whole_tree() && !none.has(machine.and(Scope::READ)));
        assert_eq!(machine.and(Scope::BACKUP), machine);
        assert!(Scope::FULL.whole_tree() && Scope::READ.whole_tree() && !machine.whole_tree());
    }

    #[test]
    fn every_scope_but_reading_changes_something() {
        for scope in [Scope::FULL, Scope::DELIVER, Scope::BACKUP, Scope::READ.and(Scope::BACKUP)] {
            assert!(scope.writes(), "{scope}");
        }
        assert!(!Scope::READ.writes() && !Scope::READ.within(Scope::DELIVER).writes());
    }
}
