//! Who there is in the histories: two offices, two employers, and two persons, of whom one works for
//! both.

pub(crate) type Party = usize;

pub(crate) const VISSER: Party = 0;
pub(crate) const LOON: Party = 1;
pub(crate) const JANSEN: Party = 2;
pub(crate) const BOS: Party = 3;
pub(crate) const DEVRIES: Party = 4;
pub(crate) const YILMAZ: Party = 5;
pub(crate) const PARTIES: [Party; 6] = [VISSER, LOON, JANSEN, BOS, DEVRIES, YILMAZ];
/// Nobody: what happens by itself.
pub(crate) const NOBODY: Party = 6;

pub(crate) const LOGINS: [&str; 6] = ["petra", "els", "jansen", "bos", "devries", "yilmaz"];
pub(crate) const NAMES: [&str; 6] = [
    "Administratiekantoor Visser",
    "Loon BV",
    "Bakkerij Jansen BV",
    "Garage Bos",
    "A. de Vries",
    "S. Yilmaz",
];
pub(crate) const PEOPLE: [&str; 6] =
    ["P. de Boer", "E. Loon", "K. Jansen", "T. Bos", "A. de Vries", "S. Yilmaz"];
/// Who works where, and the folder of it.
pub(crate) const JOBS: [(Party, Party, &str); 3] = [
    (DEVRIES, JANSEN, "0042 A. de Vries"),
    (YILMAZ, JANSEN, "0043 S. Yilmaz"),
    (YILMAZ, BOS, "7 S. Yilmaz"),
];
/// The kinds of overview that go to an employer, as their folders are called.
pub(crate) const KINDS: [&str; 10] = [
    "Journaalposten",
    "Betaallijsten",
    "Loonaangiften",
    "Overige overzichten",
    "Pensioenaangiften",
    "SEPA-bestanden",
    "Serie-overzichten",
    "Subsidielijsten",
    "Verlofstanden",
    "Verzuimstanden",
];
