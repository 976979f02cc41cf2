//! What is done with a document, in the words of the log (PRODUCT.md section 3).
//!
//! Knows each deed's word in the catalog and for readers. Must not know who is told of one.

use super::party::Language;

/// What was done, as the log says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deed {
    Put,
    Replaced,
    MadeFolder,
    Renamed,
    Moved,
    Copied,
    Deleted,
    Shared,
    Unshared,
    Forwarded,
    EndedForward,
    WentBack,
    Took,
    Delivered,
    Redelivered,
    Withdrew,
    ToReview,
    Approved,
    Rejected,
    SetRefused,
    Opened,
    Looked,
    SetPassword,
    SetTotp,
    EndedTotp,
    Erased,
    CorrectedAddress,
    /// The operator said that what was written lay ahead of the clock.
    ClockWasAhead,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 28] = [
        Self::Put,
        Self::Replaced,
        Self::MadeFolder,
        Self::Renamed,
        Self::Moved,
        Self::Copied,
        Self::Deleted,
        Self::Shared,
        Self::Unshared,
        Self::Forwarded,
        Self::EndedForward,
        Self::WentBack,
        Self::Took,
        Self::Delivered,
        Self::Redelivered,
        Self::Withdrew,
        Self::ToReview,
        Self::Approved,
        Self::Rejected,
        Self::SetRefused,
        Self::Opened,
        Self::Looked,
        Self::SetPassword,
        Self::SetTotp,
        Self::EndedTotp,
        Self::Erased,
        Self::CorrectedAddress,
        Self::ClockWasAhead,
    ];

    /// The word in the event. It is kept, and never changes.
    pub const fn verb(self) -> &'static str {
        self.words().0
    }

    /// The deed of such a word; `None` for one of a later version.
    pub fn of(verb: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.verb() == verb)
    }

    /// What a reader of the log is told.
    pub const fn word(self, language: Language) -> &'static str {
        let (_, nl, en) = self.words();
        language.pick(nl, en)
    }

    #[rustfmt::skip]
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Put          => ("put", "geplaatst", "put"),
            Self::Replaced     => ("replace", "vervangen", "replaced"),
            Self::MadeFolder   => ("make-folder", "map gemaakt", "made folder"),
            Self::Renamed      => ("rename", "hernoemd", "renamed"),
            Self::Moved        => ("move", "verplaatst", "moved"),
            Self::Copied       => ("copy", "gekopieerd", "copied"),
            Self::Deleted      => ("delete", "verwijderd", "deleted"),
            Self::Shared       => ("share", "gedeeld", "shared"),
            Self::Unshared     => ("unshare", "delen gestopt", "stopped sharing"),
            Self::Forwarded    => ("forward", "doorgedeeld", "forwarded"),
            Self::EndedForward => ("end-forward", "doordelen gestopt", "stopped forwarding"),
            Self::WentBack     => ("go-back", "teruggegaan", "went back"),
            Self::Took         => ("take-copy", "kopie genomen", "took a copy"),
            Self::Delivered    => ("deliver", "aangeleverd", "delivered"),
            Self::Redelivered  => ("redeliver", "nieuwe versie aangeleverd", "delivered a new version"),
            Self::Withdrew     => ("withdraw", "ingetrokken", "withdrew"),
            Self::ToReview     => ("review", "ter controle", "to review"),
            Self::Approved     => ("approve", "goedgekeurd", "approved"),
            Self::Rejected     => ("reject", "afgekeurd", "rejected"),
            Self::SetRefused   => ("refuse-set", "set niet aangeleverd", "set not delivered"),
            Self::Opened       => ("open", "geopend", "opened"),
            Self::Looked       => ("tree", "boom bekeken", "looked at the tree"),
            Self::Erased       => ("erase", "gewist", "erased"),
            Self::SetPassword  => ("set-password", "wachtwoord ingesteld", "set the password"),
            Self::SetTotp      => ("set-totp", "eenmalige codes ingesteld", "set one-time codes"),
            Self::EndedTotp    => ("end-totp", "eenmalige codes uitgezet", "ended one-time codes"),
            Self::CorrectedAddress => ("correct-address", "e-mailadres gewijzigd", "changed the e-mail address"),
            Self::ClockWasAhead => ("clock-was-ahead", "klok liep voor", "clock was ahead"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_found_by_its_verb_and_no_two_have_the_same() {
        for deed in Deed::ALL {
            assert_eq!(Deed::of(deed.verb()), Some(deed));
        }
        assert_eq!(Deed::of("later"), None);
    }
}
