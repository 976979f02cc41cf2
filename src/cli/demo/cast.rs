//! Who plays in the example: a roster as every roster is, and what is no part of one.
//!
//! Knows the three files beside it. Must not know what anybody does.

use crate::dossier::name::folder_for;
use crate::dossier::roster::{self, Employer, Roster, Row};
use anyhow::{Result, anyhow};
use std::collections::BTreeMap;

/// The roster, and the files that it names.
pub(super) const FILES: [(&str, &str); 3] = [
    ("roster.toml", include_str!("roster/roster.toml")),
    ("bakkerij-jansen.csv", include_str!("roster/bakkerij-jansen.csv")),
    ("garage-bos.csv", include_str!("roster/garage-bos.csv")),
];

/// The account of the payroll software.
pub(super) const MACHINE: &str = "loon-visser";

/// The roster, read.
pub(super) fn roster() -> Result<Roster> {
    let text = |name: &str| FILES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text);
    let mut open = |name: &str| {
        let text = text(name).ok_or("there is no such file")?;
        Ok(text.as_bytes().to_vec())
    };
    roster::read("roster.toml", text("roster.toml").unwrap_or_default(), &mut open)
        .map_err(|problems| anyhow!("the roster of the example is wrong: {problems:?}"))
}

/// Everybody who has a password: the login, and who it is.
pub(super) fn people(roster: &Roster) -> Vec<(String, String)> {
    let mut people = Vec::new();
    for party in roster.offices.iter().chain(roster.employers.iter().map(|e| &e.party)) {
        let staff = party.accounts.iter().filter(|account| !account.machine);
        people.extend(staff.map(|a| (a.login.clone(), format!("{}, {}", a.name, party.name))));
    }
    let mut employees: BTreeMap<&str, String> = BTreeMap::new();
    for (employer, row) in jobs(roster) {
        let Some(login) = &row.login else { continue };
        let who = employees.entry(login).or_insert_with(|| format!("{}, employee of", row.name));
        *who += if who.ends_with(" of") { " " } else { " and " };
        *who += &employer.party.name;
        *who += if row.consent.is_none() { " (payslips on paper)" } else { "" };
    }
    people.extend(employees.into_iter().map(|(login, who)| (login.to_owned(), who)));
    people
}

/// Easy to type, and good for nothing but an example on loopback.
pub(super) fn password(login: &str) -> String {
    format!("demo-van-{login}")
}

/// Every employment with its employer.
pub(super) fn jobs(roster: &Roster) -> impl Iterator<Item = (&Employer, &Row)> {
    roster.employers.iter().flat_map(|e| e.rows.iter().map(move |row| (e, row)))
}

/// The folder of an employment at its employer and its office.
pub(super) fn folder(row: &Row) -> String {
    folder_for(&format!("{} {}", row.number, row.name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_people_hold_six_jobs_and_one_is_paid_on_paper() {
        let roster = roster().unwrap();
        assert_eq!((people(&roster).len(), jobs(&roster).count()), (8, 6));
        let who = |login| people(&roster).into_iter().find(|(l, _)| l == login).unwrap().1;
        assert_eq!(who("yilmaz"), "S. Yilmaz, employee of Bakkerij Jansen and Garage Bos");
        assert_eq!(who("dejong"), "B. de Jong, employee of Bakkerij Jansen (payslips on paper)");
        assert!(people(&roster).iter().all(|(login, _)| password(login).len() >= 12));
    }
}
