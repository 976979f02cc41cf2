//! Every place of the tree that [`crate::matrix`] tries every verb on, and how something comes to it.

/// How something comes to a place, fresh for every cell.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Comes {
    /// This role puts it there.
    Put(usize, &'static str),
    /// An employee shares it, and its employer forwards it.
    Forwarded,
    /// The employer shares a folder with its office, and forwards an employee's document into it.
    Mixed,
    /// The colleague shared it while it worked there.
    Before,
    /// The office hands it over to check.
    Set,
    /// The employer approved it.
    Approved,
    /// A file and a folder that are there, and cannot be made again; no name where there is none.
    Is(&'static str, &'static str),
}

/// What is at a place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Thing {
    File,
    Folder,
}

pub(crate) struct Place {
    pub(crate) title: &'static str,
    pub(crate) comes: Comes,
    /// Of what there is a table.
    pub(crate) things: &'static [Thing],
    /// The folder as each role would name it; none where that is a folder of its own.
    pub(crate) folders: [&'static str; 5],
}

pub(crate) const FILE: &[Thing] = &[Thing::File];

pub(crate) const FOLDER: &[Thing] = &[Thing::Folder];

pub(crate) const BOTH: &[Thing] = &[Thing::File, Thing::Folder];

pub(crate) const IN_OFFICE: &str = "/Werkgevers/Bakkerij Jansen BV";

pub(crate) const OWN: [&str; 5] =
    ["/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden", "/My files"];

pub(crate) const SHARES: [&str; 5] = [
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Gedeeld met kantoor",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld met werkgever",
    "/Shared with office",
];

/// What another shared with each role, to which nothing of its own can be moved, but what was forwarded.
pub(crate) const SHARED_BY: [&str; 5] = [
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever",
    "/Werknemers/0042 A. de Vries/Gedeeld door werknemer",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever",
    "/Werkgevers/Bakkerij Jansen BV/Gedeeld door werkgever",
    "/Employees/7 S. Yilmaz/Shared by employee",
];

#[rustfmt::skip]
pub(crate) fn places() -> Vec<Place> {
    let at_office = |rest: &str| -> &'static str { format!("{IN_OFFICE}/{rest}").leak() };
    let (deliver, in_own, colleague) =
        (at_office("Werknemers/0042 A. de Vries"), "/Werknemers/0042 A. de Vries", "/Werknemers/0042 A. de Vries");
    let place = |title, comes, things, folders| Place { title, comes, things, folders };
    let below = |folder: &str, rest: &str| -> &'static str { format!("{folder}/{rest}").leak() };
    let payslips = |title, by, into| place(title, Comes::Put(by, into), FILE, [
        below(deliver, "Loonstroken/2026"), below(in_own, "Loonstroken/2026"), at_office("Loonstroken/2026"),
        below(colleague, "Loonstroken/2026"), "/Employees/0042 A. de Vries/Payslips/2026"]);
    vec![
        place("own files of an employer", Comes::Put(1, OWN[1]), BOTH, ["", OWN[1], "", "", OWN[1]]),
        place("backups of an office", Comes::Put(0, "/Back-ups"), BOTH, ["/Back-ups", "", "/Back-ups", "/Back-ups", ""]),
        place("shared by an employee", Comes::Put(2, SHARES[2]), BOTH, [
            below(deliver, "Gedeeld door werknemer"), below(in_own, "Gedeeld door werknemer"), SHARES[2],
            below(colleague, "Gedeeld door werknemer"), "/Employees/0042 A. de Vries/Shared by employee"]),
        place("forwarded to the office", Comes::Forwarded, BOTH, [
            at_office("Gedeeld door werkgever"), SHARES[1], SHARES[1], SHARES[1], ""]),
        place("a folder shared with the office, with a forwarded document in it", Comes::Mixed, FOLDER, [
            at_office("Gedeeld door werkgever"), SHARES[1], SHARES[1], SHARES[1], ""]),
        place("shared by an employer with its office", Comes::Put(1, SHARES[1]), BOTH, [
            at_office("Gedeeld door werkgever"), SHARES[1], SHARES[1], SHARES[1], ""]),
        place("shared by an employer with an employee", Comes::Put(1, "/Werknemers/0042 A. de Vries/Gedeeld met werknemer"), BOTH, [
            below(deliver, "Gedeeld met werknemer"), below(in_own, "Gedeeld met werknemer"),
            at_office("Gedeeld door werkgever"), "", "/Employees/0042 A. de Vries/Shared with employee"]),
        place("shared by an office with an employer", Comes::Put(0, SHARES[0]), BOTH, [
            SHARES[0], "/Gedeeld door kantoor", "/Gedeeld door kantoor", "/Gedeeld door kantoor", ""]),
        place("overviews of an employer", Comes::Put(0, at_office("Overzichten/Journaalposten/2026")), FILE, [
            at_office("Overzichten/Journaalposten/2026"), "/Overzichten/Journaalposten/2026",
            at_office("Overzichten/Journaalposten/2026"), "/Overzichten/Journaalposten/2026", ""]),
        payslips("payslips of an employee, placed by the office", 0, deliver),
        payslips("payslips of an employee, placed by its employer", 1, in_own),
        place("payslips that the office may see", Comes::Put(0, "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz"), FILE, [
            "/Werkgevers/Garage Bos/Werknemers/7 S. Yilmaz/Loonstroken/2026", "/Werknemers/7 S. Yilmaz/Loonstroken/2026",
            "/Werkgevers/Garage Bos/Loonstroken/2026", "/Werkgevers/Garage Bos/Loonstroken/2026", "/Employees/7 S. Yilmaz/Payslips/2026"]),
        place("payslips on paper", Comes::Put(0, at_office("Werknemers/0044 B. Zonder")), FILE, [
            at_office("Werknemers/0044 B. Zonder/Op papier/2026"), "/Werknemers/0044 B. Zonder/Op papier/2026",
            at_office("Op papier/2026"), at_office("Op papier/2026"), "/Employees/0044 B. Zonder/On paper/2026"]),
        place("payslips on paper, placed by the employer", Comes::Put(1, "/Werknemers/0044 B. Zonder"), FILE, [
            at_office("Werknemers/0044 B. Zonder/Op papier/2026"), "/Werknemers/0044 B. Zonder/Op papier/2026",
            at_office("Op papier/2026"), at_office("Op papier/2026"), "/Employees/0044 B. Zonder/On paper/2026"]),
        place("what was just delivered", Comes::Put(0, deliver), FILE, [deliver, in_own, deliver, deliver, "/Employees/0042 A. de Vries"]),
        place("what is to be delivered", Comes::Is("x.pdf", "map"), BOTH, ["/Aanleveren", "/Aanleveren", "/Aanleveren", "/Aanleveren", "/Deliver"]),
        place("a set under review", Comes::Set, FOLDER, [
            at_office("Ter controle"), "/Ter controle", "/Ter controle", at_office("Ter controle"), "/To review"]),
        place("a set that was approved", Comes::Approved, FOLDER, [
            at_office("Goedgekeurd"), "/Goedgekeurd", "/Goedgekeurd", at_office("Goedgekeurd"), "/Approved"]),
        place("an earlier day of an employer", Comes::Is("gisteren.pdf", "gisteren"), BOTH, [
            "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Eerdere dagen/2026-11-24/Mijn bestanden",
            "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Eerdere dagen/2026-11-24/Mijn bestanden", "/Earlier days/2026-11-24/My files"]),
        place("the log", Comes::Is("2026-11.csv", ""), FILE, ["/Logboek", "/Logboek", "/Logboek", "/Logboek", "/Log"]),
        place("the top of the tree", Comes::Is("Mijn bestanden", "Mijn bestanden"), BOTH, ["", "", "", "", ""]),
        place("shared by the colleague, which works there no more", Comes::Before, BOTH, [
            at_office("Werknemers/0043 S. Yilmaz/Gedeeld door werknemer"), "/Werknemers/0043 S. Yilmaz/Gedeeld door werknemer",
            "", SHARES[3], "/Employees/0043 S. Yilmaz/Shared by employee"]),
    ]
}
