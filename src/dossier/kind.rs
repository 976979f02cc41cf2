//! The kinds of overview: one line adds a kind (PRODUCT.md section 3).

use super::name::Policy;
use super::party::Language;
use std::collections::HashMap;
use std::iter::once;
use std::sync::LazyLock;

/// Whose dossier a kind goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GoesTo {
    /// The employee.
    Employee,
    /// The employer.
    Employer,
    /// Whomever the delivery names.
    Either,
}

/// One line of the table of kinds.
#[derive(Debug, PartialEq, Eq, Hash)]
pub struct KindRow {
    /// The word that the catalog, deliveries and receipts use.
    pub code: &'static str,
    folder: (&'static str, &'static str),
    file: (&'static str, &'static str),
    /// Who receives it.
    pub goes_to: GoesTo,
}

/// A kind of overview: a line of [`KINDS`].
pub type Kind = &'static KindRow;

const fn kind(
    code: &'static str,
    folder: (&'static str, &'static str),
    file: (&'static str, &'static str),
    goes_to: GoesTo,
) -> KindRow {
    KindRow { code, folder, file, goes_to }
}

/// Every kind, in the order in which folders are listed.
#[rustfmt::skip]
pub static KINDS: [KindRow; 12] = [
    kind("loonstrook",   ("Loonstroken", "Payslips"),               ("Loonstrook", "Payslip"),               GoesTo::Employee),
    kind("jaaropgave",   ("Jaaropgaven", "Annual statements"),      ("Jaaropgave", "Annual statement"),      GoesTo::Employee),
    kind("serie",        ("Serie-overzichten", "Period sets"),      ("Serie-overzicht", "Period set"),       GoesTo::Employer),
    kind("journaal",     ("Journaalposten", "Journal entries"),     ("Journaalpost", "Journal entry"),       GoesTo::Employer),
    kind("betaallijst",  ("Betaallijsten", "Payment lists"),        ("Betaallijst", "Payment list"),         GoesTo::Employer),
    kind("sepa",         ("SEPA-bestanden", "SEPA files"),          ("SEPA-bestand", "SEPA file"),           GoesTo::Employer),
    kind("loonaangifte", ("Loonaangiften", "Wage tax returns"),     ("Loonaangifte", "Wage tax return"),     GoesTo::Employer),
    kind("subsidie",     ("Subsidielijsten", "Subsidy lists"),      ("Subsidielijst", "Subsidy list"),       GoesTo::Employer),
    kind("verlof",       ("Verlofstanden", "Leave balances"),       ("Verlofstand", "Leave balance"),        GoesTo::Employer),
    kind("verzuim",      ("Verzuimstanden", "Absence balances"),    ("Verzuimstand", "Absence balance"),     GoesTo::Employer),
    kind("pensioen",     ("Pensioenaangiften", "Pension returns"),  ("Pensioenaangifte", "Pension return"),  GoesTo::Employer),
    kind("overzicht",    ("Overige overzichten", "Other overviews"), ("Overzicht", "Overview"),              GoesTo::Either),
];

impl KindRow {
    /// Whether an office places it with an employer itself: what goes to employees alone comes by delivering.
    pub fn is_placed_by_hand(&self) -> bool {
        self.goes_to != GoesTo::Employee
    }

    /// The folder its overviews lie in.
    pub const fn folder(&self, language: Language) -> &'static str {
        language.pick(self.folder.0, self.folder.1)
    }

    /// The word that its files begin with.
    pub const fn file(&self, language: Language) -> &'static str {
        language.pick(self.file.0, self.file.1)
    }
}

/// The kind with this code.
pub fn by_code(code: &str) -> Option<Kind> {
    KINDS.iter().find(|k| k.code == code)
}

/// The kind whose folder has this name in this language, without regard to case.
pub fn by_folder(name: &str, language: Language) -> Option<Kind> {
    let key = Policy::Portable.key(name);
    KINDS.iter().find(|k| Policy::Portable.key(k.folder(language)) == key)
}

/// Every word that means a kind, as it is compared.
static WORDS: LazyLock<HashMap<String, Kind>> = LazyLock::new(|| {
    let words = KINDS.iter().rev().flat_map(|kind| {
        let said = Language::ALL.iter().flat_map(|l| [kind.file(*l), kind.folder(*l)]);
        once(kind.code).chain(said).map(move |word| (Policy::Portable.key(word), kind))
    });
    // A word that two kinds have means the first.
    words.collect()
});

/// The kind that a delivery means: its code, or its file word or folder in either language.
pub fn by_any_word(word: &str) -> Option<Kind> {
    WORDS.get(&Policy::Portable.key(word)).copied()
}
