//! Persons and their employments. The strictest part: two people must never become one, and a
//! personnel number must never pass to somebody else.

use super::{Planner, differences, differs};
use crate::dossier::PartyKind;
use crate::dossier::Scope;
use crate::dossier::login;
use crate::dossier::name::folder_for;
use crate::dossier::roster::checks::{Rows, persons};
use crate::dossier::roster::{
    Account, Change, Employer, Employment, KnownAccount, KnownEmployment, Owner, Row,
};

/// By how much later somebody begins than was said, without that it is somebody else, in milliseconds: a month.
const SOON: i64 = 31 * 24 * 60 * 60 * 1_000;

impl<'a> Planner<'a> {
    pub(super) fn employments(&mut self) {
        for rows in persons(self.roster) {
            self.person(&rows);
        }
    }

    fn employment_of(&self, row: &Row) -> Option<&'a KnownEmployment> {
        self.employments.get(&(row.lhn.as_str(), row.number.as_str())).copied()
    }

    fn accounts_of(&self, person: &str) -> impl Iterator<Item = &'a KnownAccount> {
        let of = Owner::new(PartyKind::Person, person);
        self.accounts_by_party.get(&of).into_iter().flatten().copied()
    }

    fn person(&mut self, rows: &Rows<'_>) {
        let Some((_, first)) = rows.first() else { return };
        let login = first.login.as_deref();
        let account = login.and_then(|l| self.accounts.get(login::key(l).as_str()).copied());
        if let (Some(account), Some(login)) = (account, login)
            && account.party.kind != PartyKind::Person
        {
            let text = format!("the login `{login}` is of {} and stays so", account.party);
            return self.problems.push(first.at.problem(text));
        }
        let mut known: Vec<&str> = rows
            .iter()
            .filter_map(|(_, row)| self.employment_of(row))
            .map(|e| &*e.person)
            .collect();
        known.extend(account.map(|a| &*a.party.key));
        known.sort_unstable();
        known.dedup();
        let before = self.problems.len();
        if known.len() > 1 {
            return self.two_people(rows, &known);
        }
        for (employer, row) in rows {
            self.check_row(employer, row, rows, account);
        }
        if self.problems.len() > before {
            return;
        }
        let key = match (known.first(), login) {
            (Some(key), _) => (*key).to_owned(),
            (None, Some(login)) => login::key(login),
            (None, None) => first.key(),
        };
        let person = Owner::new(PartyKind::Person, key);
        if self.parties.get(&person).is_some_and(|known| known.erased) {
            return self.erased(&person, rows);
        }
        self.identity(&person, rows);
        for (employer, row) in rows {
            self.employment(&person, employer, row);
        }
    }

    /// Rows of somebody who was erased: they may stay in the file as long as they are over.
    fn erased(&mut self, person: &Owner, rows: &Rows<'_>) {
        for (_, row) in rows {
            if row.span.until_ms <= self.now && self.employment_of(row).is_some() {
                self.note(format!("{person} was erased, employment {} kept as it is", row.key()));
            } else {
                let text = format!(
                    "{person} was erased: give whoever comes back a login and a number of its own"
                );
                self.problems.push(row.at.problem(text));
            }
        }
    }

    fn two_people(&mut self, rows: &Rows<'_>, known: &[&str]) {
        for (_, row) in rows {
            let text = format!(
                "login and number belong to different persons so far ({}), who cannot become one: \
                 a login and a number never change their meaning",
                known.join(", ")
            );
            self.problems.push(row.at.problem(text));
        }
    }

    /// Whether this row may be about the person that the catalog has for it.
    fn check_row(
        &mut self,
        employer: &Employer,
        row: &Row,
        rows: &Rows<'_>,
        account: Option<&KnownAccount>,
    ) {
        let text = match (self.employment_of(row), account) {
            (Some(known), _) => self.other_person(known, row),
            (None, Some(account)) => self.unproven(account, employer, row, rows),
            (None, None) => None,
        };
        if let Some(text) = text {
            self.problems.push(row.at.problem(text));
        }
    }

    /// Why this row looks like somebody else than who had its number so far.
    fn other_person(&self, known: &KnownEmployment, row: &Row) -> Option<String> {
        let logins: Vec<_> = self.accounts_of(&known.person).collect();
        let number = &row.number;
        let login = row.login.as_deref().map(login::key);
        let vouched = login.as_ref().is_some_and(|l| logins.iter().any(|a| a.login_key == *l));
        if let (false, Some(_), Some(account)) = (vouched, &login, logins.first()) {
            let theirs = &account.login;
            return Some(format!(
                "the number {number} is of the login `{theirs}` and stays so: give somebody else a number of its own"
            ));
        }
        let (another_name, another_day) =
            (known.name != row.name, known.span.from_ms != row.span.from_ms);
        let (why, first) = if (another_name || another_day) && another_address(&logins, row) {
            let one = "change one thing at a time, with `email` empty until its turn";
            (", with another e-mail address", one)
        } else if another_name && (another_day || (login.is_some() && !vouched)) {
            ("", "change the name alone first")
        } else if !vouched && !same_address(&logins, row) && self.follows(known, row) {
            let (add, first) = (
                "give its `login` or `email` too",
                "give it a `login` first, with `in_dienst` as it was",
            );
            ("", if logins.is_empty() { first } else { add })
        } else {
            return None;
        };
        Some(format!(
            "the number {number} is of \"{}\", in service from {}{why}: give somebody else a number of its own; \
             if this is the same person, {first}",
            known.name,
            known.span.first_day()
        ))
    }

    /// Whether this row, of the same name, may be of a namesake who came after. What is earlier, soon after or not yet
    /// begun is a day put right: nobody can have come, left and handed its number on in between.
    fn follows(&self, known: &KnownEmployment, row: &Row) -> bool {
        let later = row.span.from_ms.saturating_sub(known.span.from_ms);
        let left = row.span.from_ms >= known.span.until_ms;
        later > 0 && known.span.from_ms <= self.now && (left || later > SOON)
    }

    /// Why a new employment cannot be taken to be of the person who has its login. Who works for another
    /// employer must have a row there too (where both have been compared). Then an employment that was its
    /// already and is still in the file proves it, or else the same e-mail address: rows that are all new
    /// prove nothing for one another.
    fn unproven(
        &self,
        account: &KnownAccount,
        employer: &Employer,
        row: &Row,
        rows: &Rows<'_>,
    ) -> Option<String> {
        let here = &employer.party.id;
        let theirs = self.state.employments.iter().filter(|e| e.person == account.party.key);
        let (here, elsewhere): (Vec<_>, Vec<_>) = theirs.partition(|e| e.employer == *here);
        let in_file = |e: &KnownEmployment| {
            rows.iter().any(|(_, r)| r.lhn.as_str() == e.lhn && r.number == e.number)
        };
        let compared =
            |e: &&KnownEmployment| rows.iter().any(|(other, _)| other.party.id == e.employer);
        let login = &account.login;
        if !elsewhere.iter().all(compared) {
            return Some(format!(
                "the login `{login}` is of somebody who works for another employer: if this is the same person, \
                 the row there must be in this file too, and both need a column `persoon` that holds the login"
            ));
        }
        let same_address = account.email.to_lowercase() == row.email.to_lowercase();
        let proven = here.iter().chain(&elsewhere).any(|e| in_file(e)) || same_address;
        (!proven).then(|| {
            format!(
                "the login `{login}` is of somebody with another e-mail address: correct it if this is the same \
                 person, else choose another login"
            )
        })
    }

    /// What a person is called: as it was while an employer still has that name for it, else as the
    /// first row says. Two employers who differ would else rename it in turn.
    fn name_of(&self, person: &Owner, rows: &Rows<'_>, first: &Row) -> String {
        let known = self.parties.get(person).map_or(&first.name, |party| &party.name);
        let of_another = |e: &&KnownEmployment| e.person == person.key && e.name == *known;
        let stays = rows.iter().any(|(_, row)| row.name == *known)
            || self.state.employments.iter().filter(of_another).any(|e| {
                !rows.iter().any(|(_, row)| row.lhn.as_str() == e.lhn && row.number == e.number)
            });
        if stays { known.clone() } else { first.name.clone() }
    }

    /// The person and its account. What a row without login says is about the employment alone,
    /// once the person has a login.
    fn identity(&mut self, person: &Owner, rows: &Rows<'_>) {
        let Some((_, row)) = rows.first() else { return };
        let name = self.name_of(person, rows, row);
        let has_account = self.accounts_of(&person.key).next().is_some();
        let Some(login) = row.login.clone() else {
            if has_account {
                self.note(format!("employment {} has no login any more, account kept", row.key()));
            } else {
                self.named(&row.at, person, &name, row.language);
            }
            return;
        };
        self.named(&row.at, person, &name, row.language);
        let (at, email) = (row.at.clone(), row.email.clone());
        let account = Account { at, login, machine: false, scope: Scope::FULL, name, email };
        self.account(&account, person);
    }

    fn employment(&mut self, person: &Owner, employer: &Employer, row: &Row) {
        let (lhn, number) = (row.lhn.to_string(), row.number.clone());
        let (name, span) = (row.name.clone(), row.span);
        let consent = row.consent.map(|day| day.to_string());
        if let Some(known) = self.employment_of(row) {
            let [from, until] = span.differences(known.span);
            let agreed = |c: &Option<String>| c.clone().unwrap_or_else(|| "on paper".to_owned());
            let by = differs("digital payslips", &agreed(&known.consent), &agreed(&consent));
            let difference = differences([differs("name", &known.name, &name), from, until, by]);
            if !difference.is_empty() {
                let (id, ends) = (known.id, false);
                let change = Change::ChangeEmployment {
                    id,
                    lhn,
                    number,
                    name,
                    consent,
                    span,
                    ends,
                    difference,
                };
                self.change(change);
            }
            return;
        }
        let sub_number = Some(row.lhn.sub_number());
        let title = folder_for(&format!("{number} {name}"));
        let of = Owner::new(PartyKind::Employer, &employer.party.id);
        let employer_folder = self.folders.name(&of, &title, sub_number);
        let title = folder_for(&employer.party.name);
        let person_folder = self.folders.name(person, &title, sub_number);
        let person = person.clone();
        self.change(Change::AddEmployment(Employment {
            person,
            employer: of,
            lhn,
            number,
            name,
            consent,
            employer_folder,
            person_folder,
            span,
        }));
    }
}

/// Whether a row has an e-mail address that one of these accounts has.
fn same_address(accounts: &[&KnownAccount], row: &Row) -> bool {
    let address = row.email.to_lowercase();
    !address.is_empty() && accounts.iter().any(|a| a.email.to_lowercase() == address)
}

/// Whether a row has an e-mail address, and these accounts only others.
fn another_address(accounts: &[&KnownAccount], row: &Row) -> bool {
    let address = row.email.to_lowercase();
    let mut known =
        accounts.iter().map(|a| a.email.to_lowercase()).filter(|a| !a.is_empty()).peekable();
    !address.is_empty() && known.peek().is_some() && known.all(|known| known != address)
}
