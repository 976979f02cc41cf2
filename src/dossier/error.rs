//! What can go wrong at the door: one enum, translated once per protocol, with a sentence for the
//! user in the user's language.

use super::party::Language;
use thiserror::Error as ThisError;

/// The result of every verb.
pub type Result<T> = std::result::Result<T, Error>;

/// Why a verb was not done. What a viewer may not see is [`Error::NotFound`], never
/// [`Error::Denied`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, ThisError)]
pub enum Error {
    /// It is not there, or not for this viewer.
    #[error("not found")]
    NotFound,
    /// The folder that it should go into is not there, or not for this viewer.
    #[error("no such parent folder")]
    NoParent,
    /// It is there, but this may not be done with it.
    #[error("denied")]
    Denied,
    /// Something has that name and may not be, or was not asked to be, replaced.
    #[error("already exists")]
    Exists,
    /// The folder is not empty.
    #[error("folder not empty")]
    NotEmpty,
    /// A file was meant, and this is a folder.
    #[error("is a folder")]
    IsFolder,
    /// A folder was meant, and this is a file.
    #[error("is not a folder")]
    NotFolder,
    /// A file over a folder, or a folder over a file, where that is not done.
    #[error("a file and a folder meet")]
    KindsMeet,
    /// The name is not allowed there.
    #[error("name not allowed: {0:?}")]
    BadName(NameFault),
    /// Somebody else holds a lock, or the token was not submitted.
    #[error("locked")]
    Locked,
    /// A condition that the client stated does not hold.
    #[error("precondition failed")]
    Precondition,
    /// The content is longer than one upload may be, or a number is out of range.
    #[error("too large")]
    TooLarge,
    /// The quota, or the disk, is full.
    #[error("no space")]
    NoSpace,
    /// Less or more arrived than was announced.
    #[error("content incomplete")]
    Truncated,
    /// The content does not have the checksum that was announced.
    #[error("checksum differs")]
    Checksum,
    /// A delivery was not taken in.
    #[error("delivery refused: {0:?}")]
    Refused(Refusal),
    /// Too many of something are open or held at once.
    #[error("too many")]
    TooMany,
    /// This is not done here by anyone.
    #[error("unsupported")]
    Unsupported,
    /// The credential was revoked or the account suspended while this ran.
    #[error("session ended")]
    SessionEnded,
    /// Storage is away or broken. The cause is in the log.
    #[error("unavailable")]
    Unavailable,
}

/// Which rule of [`super::name`] a name breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// Empty, `.`, `..` or with a slash.
    Reserved,
    /// Not UTF-8.
    Encoding,
    /// Over 255 bytes, or a path over 4,096.
    TooLong,
    /// A control character, or one that turns the direction of text.
    Control,
    /// A character that Windows cannot show.
    Character(char),
    /// A dot or a space at the end.
    Trailing,
    /// A device name of Windows.
    Device,
}

/// Why a delivery is refused: the codes of PRODUCT.md section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// E01: name not understood.
    Name,
    /// E03: the LHN fails its check.
    LhnCheck,
    /// E04: LHN unknown or not yours.
    Lhn,
    /// E05: unknown employee.
    Employee,
    /// E06: ambiguous or contradictory.
    Ambiguous,
    /// E07: unknown kind.
    Kind,
    /// E08: bad period.
    Period,
    /// E09: content does not fit the type.
    Type,
    /// E11: empty or truncated.
    Empty,
    /// E12: a BSN in the name.
    Bsn,
    /// E13: the engagement has ended.
    Ended,
    /// E14: quota.
    Quota,
    /// E15: the manifest does not match.
    Manifest,
    /// E15, where one line of it is to blame.
    Line(u32),
    /// E16: no employment in that period.
    Employment,
}

impl Refusal {
    /// Every refusal, in the order of their codes; of a line of a manifest it is told which.
    pub const ALL: [Self; 14] = [
        Self::Name,
        Self::LhnCheck,
        Self::Lhn,
        Self::Employee,
        Self::Ambiguous,
        Self::Kind,
        Self::Period,
        Self::Type,
        Self::Empty,
        Self::Bsn,
        Self::Ended,
        Self::Quota,
        Self::Manifest,
        Self::Employment,
    ];

    /// The code that receipts and reasons carry.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Name => "E01",
            Self::LhnCheck => "E03",
            Self::Lhn => "E04",
            Self::Employee => "E05",
            Self::Ambiguous => "E06",
            Self::Kind => "E07",
            Self::Period => "E08",
            Self::Type => "E09",
            Self::Empty => "E11",
            Self::Bsn => "E12",
            Self::Ended => "E13",
            Self::Quota => "E14",
            Self::Manifest | Self::Line(_) => "E15",
            Self::Employment => "E16",
        }
    }

    /// As it is kept: the code, and which line.
    pub fn kept(self) -> String {
        match self {
            Self::Line(line) => format!("{}:{line}", self.code()),
            _ => self.code().to_owned(),
        }
    }

    /// What was kept so.
    pub fn by_kept(kept: &str) -> Option<Self> {
        let of_line =
            kept.strip_prefix(Self::Line(0).code()).and_then(|rest| rest.strip_prefix(':'));
        match of_line {
            Some(line) => line.parse().ok().map(Self::Line),
            None => Self::ALL.into_iter().find(|refusal| refusal.code() == kept),
        }
    }

    /// What is wrong and what to do, without the code.
    #[rustfmt::skip]
    pub fn sentence(self, l: Language) -> String {
        let text = match self {
            Self::Line(line) if l == Language::Nl => return format!("Regel {line} van het manifest klopt niet, of past niet bij het bestand."),
            Self::Line(line) => return format!("Line {line} of the manifest is wrong, or does not fit its file."),
            Self::Name => l.pick("De naam is niet begrepen. Noem het bestand bijvoorbeeld \"Loonstrook 2026-11.pdf\".", "The name was not understood. Name the file like \"Payslip 2026-11.pdf\"."),
            Self::LhnCheck => l.pick("Het loonheffingennummer klopt niet (11-proef). Controleer de cijfers.", "The wage tax number fails its check. Check the digits."),
            Self::Lhn => l.pick("Dit loonheffingennummer is niet bekend of niet van u.", "This wage tax number is unknown or not yours."),
            Self::Employee => l.pick("Dit personeelsnummer is niet bekend bij deze werkgever. Werk eerst de personeelslijst bij.", "This personnel number is unknown with this employer. Update the roster first."),
            Self::Ambiguous => l.pick("De naam past op meer dan een werknemer of spreekt zichzelf tegen.", "The name fits more than one employee or contradicts itself."),
            Self::Kind => l.pick("De soort is niet bekend, of hoort niet in deze map.", "The kind is unknown, or does not belong in this folder."),
            Self::Period => l.pick("De periode klopt niet. Schrijf bijvoorbeeld 2026-11, 2026-P05, 2026-W53 of 2026.", "The period is wrong. Write for example 2026-11, 2026-P05, 2026-W53 or 2026."),
            Self::Type => l.pick("De inhoud past niet bij het type. Alleen PDF en XML worden aangenomen.", "The content does not fit the type. Only PDF and XML are taken."),
            Self::Empty => l.pick("Het bestand is leeg of afgebroken. Lever het opnieuw aan.", "The file is empty or cut short. Deliver it again."),
            Self::Bsn => l.pick("In de naam staat een burgerservicenummer. Haal het eruit.", "The name holds a citizen service number. Take it out."),
            Self::Ended => l.pick("Uw opdracht voor deze werkgever is beëindigd.", "Your engagement with this employer has ended."),
            Self::Quota => l.pick("Er is geen ruimte meer. Verwijder bestanden of vraag meer ruimte.", "There is no space left. Delete files or ask for more."),
            Self::Manifest => l.pick("Het bestand hoort bij geen manifest, of het manifest klopt niet.", "The file belongs to no manifest, or the manifest is wrong."),
            Self::Employment => l.pick("Deze werknemer had in die periode geen dienstverband.", "This employee had no employment in that period."),
        };
        text.to_owned()
    }
}

impl Error {
    /// A sentence for the user that says what is wrong and, where there is something to do, what.
    #[rustfmt::skip]
    pub fn sentence(&self, l: Language) -> String {
        let text = match self {
            Self::Refused(refusal) => return format!("{}: {}", refusal.code(), refusal.sentence(l)),
            Self::BadName(fault) => return fault.sentence(l),
            Self::NotFound => l.pick("Dit bestaat hier niet.", "This does not exist here."),
            Self::NoParent => l.pick("De map waar dit in moet bestaat niet. Maak die eerst.", "The folder this should go into does not exist. Make it first."),
            Self::Denied => l.pick("Dit mag hier niet.", "This is not allowed here."),
            Self::Exists => l.pick("Deze naam is al in gebruik. Kies een andere.", "This name is taken. Choose another."),
            Self::NotEmpty => l.pick("De map is niet leeg.", "The folder is not empty."),
            Self::IsFolder => l.pick("Dit is een map.", "This is a folder."),
            Self::NotFolder => l.pick("Dit is geen map.", "This is not a folder."),
            Self::KindsMeet => l.pick("Een bestand kan hier geen map vervangen, en een map geen bestand.", "A file cannot replace a folder here, nor a folder a file."),
            Self::Locked => l.pick("Iemand anders heeft dit geopend. Probeer het later opnieuw.", "Somebody else has this open. Try again later."),
            Self::Precondition => l.pick("Dit is intussen veranderd. Haal het opnieuw op.", "This has changed meanwhile. Fetch it again."),
            Self::TooLarge => l.pick("Dit is te groot.", "This is too large."),
            Self::NoSpace => l.pick("Er is geen ruimte meer. Verwijder bestanden of vraag meer ruimte.", "There is no space left. Delete files or ask for more."),
            Self::Truncated => l.pick("Het bestand is niet heel aangekomen. Stuur het opnieuw.", "The file did not arrive whole. Send it again."),
            Self::Checksum => l.pick("Het bestand is onderweg veranderd. Stuur het opnieuw.", "The file changed on its way. Send it again."),
            Self::TooMany => l.pick("Er is te veel tegelijk geopend. Sluit iets en probeer het opnieuw.", "Too much is open at once. Close something and try again."),
            Self::Unsupported => l.pick("Dit kan hier niet.", "This cannot be done here."),
            Self::SessionEnded => l.pick("Uw toegang is beëindigd. Meld u opnieuw aan.", "Your access has ended. Sign in again."),
            Self::Unavailable => l.pick("De opslag is tijdelijk niet beschikbaar. Probeer het zo opnieuw.", "Storage is unavailable for a moment. Try again shortly."),
        };
        text.to_owned()
    }
}

impl NameFault {
    #[rustfmt::skip]
    fn sentence(self, l: Language) -> String {
        let text = match self {
            Self::Character(c) => {
                return format!("{} {c}", l.pick("In een naam mag dit teken niet staan:", "A name may not hold this character:"));
            }
            Self::Reserved => l.pick("Deze naam kan niet.", "This name is not possible."),
            Self::Encoding => l.pick("De naam is geen geldige UTF-8.", "The name is not valid UTF-8."),
            Self::TooLong => l.pick("De naam is te lang.", "The name is too long."),
            Self::Control => l.pick("In een naam mogen geen stuurtekens staan.", "A name may not hold control characters."),
            Self::Trailing => l.pick("Een naam mag niet eindigen op een punt of spatie.", "A name may not end in a dot or a space."),
            Self::Device => l.pick("Deze naam is van een apparaat van Windows. Kies een andere.", "This is the name of a Windows device. Choose another."),
        };
        text.to_owned()
    }
}
