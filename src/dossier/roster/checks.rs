//! What a roster may not say, across its files: everything that would let one thing be two, or two
//! people be one.

use super::{Account, At, Employer, Party, Problem, Roster, Row, employees, nearest};
use crate::dossier::login;
use std::collections::HashMap;
use std::hash::Hash;

/// The rows of one person.
pub(super) type Rows<'r> = Vec<(&'r Employer, &'r Row)>;

/// Adds to `problems` what is wrong.
pub(super) fn check(roster: &Roster, problems: &mut Vec<Problem>) {
    parties(roster, problems);
    administrations(roster, problems);
    logins(roster, problems);
    numbers(roster, problems);
    for rows in persons(roster) {
        one_person(&rows, problems);
    }
}

/// The rows by person, in the order of the files: those with one login are one person, a row
/// without a login is one by itself.
pub(super) fn persons(roster: &Roster) -> Vec<Rows<'_>> {
    let mut persons: Vec<Rows<'_>> = Vec::new();
    let mut by_login = HashMap::new();
    for (employer, row) in roster.rows() {
        let known = row
            .login
            .as_ref()
            .map(|login| *by_login.entry(login::key(login)).or_insert(persons.len()));
        match known.and_then(|index| persons.get_mut(index)) {
            Some(rows) => rows.push((employer, row)),
            None => persons.push(vec![(employer, row)]),
        }
    }
    persons
}

/// Remembers where something was said first.
struct Once<K>(HashMap<K, At>);

impl<K: Hash + Eq> Once<K> {
    fn new() -> Self {
        Self(HashMap::new())
    }

    /// Where it was said before, if it was.
    fn said(&mut self, what: K, at: &At) -> Option<At> {
        let earlier = self.0.get(&what).cloned();
        self.0.entry(what).or_insert_with(|| at.clone());
        earlier
    }
}

fn every_party(roster: &Roster) -> impl Iterator<Item = &Party> {
    roster.offices.iter().chain(roster.employers.iter().map(|e| &e.party))
}

fn parties(roster: &Roster, problems: &mut Vec<Problem>) {
    let mut ids = Once::new();
    for party in every_party(roster).filter(|p| !p.id.is_empty()) {
        if let Some(first) = ids.said(&party.id, &party.at) {
            let text = format!("the id `{}` is at {first} already: choose another", party.id);
            problems.push(party.at.problem(text));
        }
    }
    let offices: Vec<&str> = roster.offices.iter().map(|o| o.id.as_str()).collect();
    let services = roster.employers.iter().filter_map(|e| e.office.as_ref());
    for service in services.filter(|s| !s.office.is_empty()) {
        if !offices.contains(&service.office.as_str()) {
            let kin = nearest(&service.office, &offices);
            let text = format!("there is no office `{}` in this file{kin}", service.office);
            problems.push(service.at.problem(text));
        }
    }
}

fn administrations(roster: &Roster, problems: &mut Vec<Problem>) {
    let mut lhns = Once::new();
    for (at, lhn) in roster.employers.iter().flat_map(|e| &e.administrations) {
        if let Some(first) = lhns.said(lhn, at) {
            let text = format!("{lhn} is at {first} already: an administration has one employer");
            problems.push(at.problem(text));
        }
    }
}

fn logins(roster: &Roster, problems: &mut Vec<Problem>) {
    let mut logins = Once::new();
    for account in every_party(roster).flat_map(|p| &p.accounts).filter(|a| !a.login.is_empty()) {
        check_login(&account.login, &account.at, problems);
        if let Some(first) = logins.said(login::key(&account.login), &account.at) {
            let text = format!(
                "the login `{}` is at {first} already: a login acts for one party",
                account.login
            );
            problems.push(account.at.problem(text));
        }
        check_email(account, problems);
    }
    for (_, row) in roster.rows() {
        let Some(login) = &row.login else { continue };
        check_login(login, &row.at, problems);
        if let Some(first) = logins.0.get(&login::key(login)) {
            let text =
                format!("the login `{login}` is at {first} already: a login acts for one party");
            problems.push(row.at.problem(text));
        }
    }
}

fn check_login(login: &str, at: &At, problems: &mut Vec<Problem>) {
    if !login::is_valid(login) {
        let text = format!(
            "the login `{login}` has more than plain letters, digits, `.`, `_`, `-`, `@` and `+`, or is over 64 bytes"
        );
        problems.push(at.problem(text));
    }
}

fn check_email(account: &Account, problems: &mut Vec<Problem>) {
    if !account.email.is_empty() && !employees::is_email(&account.email) {
        let text = format!("`email` is \"{}\": that is no e-mail address", account.email);
        problems.push(account.at.problem(text));
    }
}

fn numbers(roster: &Roster, problems: &mut Vec<Problem>) {
    let mut numbers = Once::new();
    for (_, row) in roster.rows().filter(|(_, row)| !row.number.is_empty()) {
        if let Some(first) = numbers.said((&row.lhn, &row.number), &row.at) {
            let text = format!(
                "the number {} is at {first} already: give each employee its own",
                row.number
            );
            problems.push(row.at.problem(text));
        }
    }
}

/// Rows with one login under two employers are one person only if both say so.
fn one_person(rows: &Rows<'_>, problems: &mut Vec<Problem>) {
    let Some((first_employer, first)) = rows.first() else { return };
    let elsewhere = rows.iter().any(|(e, _)| e.party.id != first_employer.party.id);
    let address = |row: &Row| row.email.to_lowercase();
    let same_address = rows.iter().all(|(_, row)| address(row) == address(first))
        && !(elsewhere && first.email.is_empty());
    let declared = rows.iter().all(|(_, row)| row.declared);
    let what = if !same_address {
        "without the same e-mail address: correct it if this is one person, else give each a login of its own"
    } else if elsewhere && !declared {
        "under another employer: if this is one person, say so in both rows with a column `persoon` that holds the login; else give each a login of its own"
    } else if rows.iter().any(|(_, row)| row.language != first.language) {
        "with another `taal`: one person has one language"
    } else {
        return;
    };
    for (_, row) in rows {
        let others = rows.iter().filter(|(_, other)| other.at != row.at);
        let others: Vec<String> = others.map(|(_, other)| other.at.to_string()).collect();
        let login = row.login.as_deref().unwrap_or_default();
        let text = format!("the login `{login}` is also at {} {what}", others.join(", "));
        problems.push(row.at.problem(text));
    }
}
