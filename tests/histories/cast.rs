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

/// Section 3 of PRODUCT.md: what an area is called in the trees of an employee (0), its employer (1) and
/// the office (2), the areas by what lies there, whose it is and with or for whom; 3 is anybody. `W` is an
/// employer's folder, `N` that of an employee; where these histories put nothing stands what one may do.
#[rustfmt::skip]
pub(crate) const TREES: [(&str, usize, usize, [&str; 3]); 17] = [
    ("own",       3, 3, ["/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden"]),
    ("backups",   3, 3, ["", "/Back-ups", "/Back-ups"]),
    ("rp",        3, 3, ["", "/Aanleveren", "/Aanleveren"]),
    ("r",         3, 3, ["/Eerdere dagen", "/Eerdere dagen", "/Eerdere dagen"]),
    ("r",         3, 3, ["/Logboek", "/Logboek", "/Logboek"]),
    ("r",         3, 3, ["", "/Overzichten", "/Werkgevers"]),
    ("shared",    0, 1, ["W/Gedeeld met werkgever", "/N/Gedeeld door werknemer", ""]),
    ("shared",    1, 0, ["W/Gedeeld door werkgever", "/N/Gedeeld met werknemer", ""]),
    ("shared",    1, 2, ["", "/Gedeeld met kantoor", "W/Gedeeld door werkgever"]),
    ("shared",    2, 1, ["", "/Gedeeld door kantoor", "W/Gedeeld met werkgever"]),
    ("payslips",  0, 1, ["W/Loonstroken/2026", "/N/Loonstroken/2026", "W/N/Loonstroken/2026"]),
    ("handed in", 0, 1, ["", "/N/", "W/N/"]),
    ("overviews", 1, 1, ["", "/Overzichten/Journaalposten/2026", "W/Overzichten/Journaalposten/2026"]),
    ("rp",        1, 2, ["", "", "W/Overzichten/<kind>/2026"]),
    ("sets",      1, 2, ["", "/Ter controle", "W/Ter controle"]),
    ("sets",      1, 2, ["", "/Goedgekeurd", "W/Goedgekeurd"]),
    ("sets",      1, 2, ["", "/Afgekeurd", "W/Afgekeurd"]),
];
