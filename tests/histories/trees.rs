//! The trees: PRODUCT.md section 3 once more, as a table.

use crate::cast::{JOBS, KINDS, NAMES, Party};
use std::collections::BTreeMap;

/// What lies there, whose it is, and with or for whom.
pub(crate) type Area = (&'static str, Party, Party);

/// What each area is called in the tree of an employee (0), its employer (1) and the office (2): by what
/// lies there, whose it is, and with or for whom; 3 is anybody. `W` is an employer's folder, `N` that of
/// an employee. Where these histories put nothing, what lies there is what one may do.
#[rustfmt::skip]
const TREES: [(&str, usize, usize, [&str; 3]); 19] = [
    ("own",       3, 3, ["/Mijn bestanden", "/Mijn bestanden", "/Mijn bestanden"]),
    ("backups",   3, 3, ["", "/Back-ups", "/Back-ups"]),
    ("rp",        3, 3, ["", "/Aanleveren", "/Aanleveren"]),
    ("r",         3, 3, ["", "/Aanleveren/Ontvangst", "/Aanleveren/Ontvangst"]),
    ("rt",        3, 3, ["", "/Aanleveren/Afgewezen", "/Aanleveren/Afgewezen"]),
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
    ("decided",   1, 2, ["", "/Goedgekeurd", "W/Goedgekeurd"]),
    ("decided",   1, 2, ["", "/Afgekeurd", "W/Afgekeurd"]),
];

/// The folders of a party's tree that are areas, as long as these are the offices of the employers.
pub(crate) fn areas(me: Party, office: &BTreeMap<Party, Party>) -> BTreeMap<String, Area> {
    let mut all = BTreeMap::new();
    let engaged = |(p, e, job)| {
        ([Some(p), Some(e), office.get(&e).copied(), None], NAMES[e], format!("Werknemers/{job}/"))
    };
    let alone = ([None, None, None, Some(me)], "", String::new());
    let relations = JOBS.into_iter().map(engaged).chain([alone]);
    for (parties, employer, job) in relations.filter(|(parties, ..)| parties.contains(&Some(me))) {
        for (what, by, with, paths) in TREES {
            let path = paths[2 - me / 2].replace("N/", &job);
            let path = path.replace("W/", &format!("/Werkgevers/{employer}/"));
            if let (Some(by), Some(with), false) = (parties[by], parties[with], path.is_empty()) {
                for kind in KINDS {
                    let path = path.replace("<kind>", kind).trim_end_matches('/').to_owned();
                    all.entry(path).or_insert((what, by, with));
                }
            }
        }
    }
    all
}
