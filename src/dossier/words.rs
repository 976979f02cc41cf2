//! The folder names of the three trees, in Dutch and English (PRODUCT.md section 3): the one place
//! where they are written.

use super::party::Language;

/// A folder that the tree itself makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Word {
    /// `/Werkgevers`
    Employers,
    /// `/Werknemers`
    Employees,
    /// `/Overzichten`
    Overviews,
    /// `Op papier`
    OnPaper,
    /// `Ter controle`
    ToReview,
    /// `Goedgekeurd`
    Approved,
    /// `Afgekeurd`
    Rejected,
    /// `Gedeeld door werkgever`
    SharedByEmployer,
    /// `Gedeeld met werkgever`
    SharedWithEmployer,
    /// `Gedeeld door werknemer`
    SharedByEmployee,
    /// `Gedeeld met werknemer`
    SharedWithEmployee,
    /// `Gedeeld door kantoor`
    SharedByOffice,
    /// `Gedeeld met kantoor`
    SharedWithOffice,
    /// `/Mijn bestanden`
    MyFiles,
    /// `/Aanleveren`
    Deliver,
    /// `/Aanleveren/Ontvangst`
    Received,
    /// `/Aanleveren/Afgewezen`
    Refused,
    /// `/Back-ups`
    Backups,
    /// `/Eerdere dagen`
    EarlierDays,
    /// `/Logboek`
    Log,
}

impl Word {
    /// The folder's name in a language.
    pub const fn name(self, language: Language) -> &'static str {
        let (nl, en) = match self {
            Self::Employers => ("Werkgevers", "Employers"),
            Self::Employees => ("Werknemers", "Employees"),
            Self::Overviews => ("Overzichten", "Overviews"),
            Self::OnPaper => ("Op papier", "On paper"),
            Self::ToReview => ("Ter controle", "To review"),
            Self::Approved => ("Goedgekeurd", "Approved"),
            Self::Rejected => ("Afgekeurd", "Rejected"),
            Self::SharedByEmployer => ("Gedeeld door werkgever", "Shared by employer"),
            Self::SharedWithEmployer => ("Gedeeld met werkgever", "Shared with employer"),
            Self::SharedByEmployee => ("Gedeeld door werknemer", "Shared by employee"),
            Self::SharedWithEmployee => ("Gedeeld met werknemer", "Shared with employee"),
            Self::SharedByOffice => ("Gedeeld door kantoor", "Shared by office"),
            Self::SharedWithOffice => ("Gedeeld met kantoor", "Shared with office"),
            Self::MyFiles => ("Mijn bestanden", "My files"),
            Self::Deliver => ("Aanleveren", "Deliver"),
            Self::Received => ("Ontvangst", "Received"),
            Self::Refused => ("Afgewezen", "Refused"),
            Self::Backups => ("Back-ups", "Backups"),
            Self::EarlierDays => ("Eerdere dagen", "Earlier days"),
            Self::Log => ("Logboek", "Log"),
        };
        language.pick(nl, en)
    }
}
