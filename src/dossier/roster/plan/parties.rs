//! Offices and employers, their accounts and administrations.

use super::{Planner, differences, differs};
use crate::dossier::login;
use crate::dossier::roster::{Account, At, Change, Owner, Party};
use crate::dossier::{Language, PartyKind};

impl Planner<'_> {
    pub(super) fn parties(&mut self) {
        let roster = self.roster;
        for office in &roster.offices {
            self.party(PartyKind::Office, office);
        }
        for employer in &roster.employers {
            let owner = self.party(PartyKind::Employer, &employer.party);
            for (at, lhn) in &employer.administrations {
                self.administration(at, lhn.as_str(), &owner);
            }
        }
    }

    fn party(&mut self, kind: PartyKind, party: &Party) -> Owner {
        let owner = Owner::new(kind, &party.id);
        let other = match kind {
            PartyKind::Office => PartyKind::Employer,
            PartyKind::Employer | PartyKind::Person => PartyKind::Office,
        };
        if self.parties.contains_key(&Owner::new(other, &party.id)) {
            let text =
                format!("the id `{}` is of an {other} and stays so: choose another", party.id);
            self.problems.push(party.at.problem(text));
        }
        if self.parties.get(&owner).is_some_and(|known| known.erased) {
            let text = format!("{owner} was erased: take it out, and give whoever comes a new id");
            self.problems.push(party.at.problem(text));
            return owner;
        }
        self.named(&party.at, &owner, &party.name, party.language);
        for account in &party.accounts {
            self.account(account, &owner);
        }
        owner
    }

    /// That a party is there with this name and language.
    pub(super) fn named(&mut self, at: &At, party: &Owner, name: &str, language: Language) {
        let party = party.clone();
        let name = name.to_owned();
        let Some(known) = self.parties.get(&party) else {
            return self.change(Change::AddParty { party, name, language });
        };
        if known.language != language.as_str() {
            let text = format!(
                "the language of {party} is {} since it was created, and its paths are in use: put that back",
                known.language
            );
            self.problems.push(at.problem(text));
        }
        if known.name != name {
            let was = known.name.clone();
            self.change(Change::RenameParty { party, was, name });
        }
    }

    /// That an account is there, acts for this party, and says this.
    pub(super) fn account(&mut self, account: &Account, party: &Owner) {
        let Account { at, login, machine, scope, name, email } = account.clone();
        let Some(known) = self.accounts.get(login::key(&login).as_str()).copied() else {
            let party = party.clone();
            return self.change(Change::AddAccount { party, login, machine, scope, name, email });
        };
        if known.party != *party || known.machine != machine {
            let what = if known.machine { "a machine" } else { "an account" };
            let text = format!(
                "the login `{login}` is {what} of {} and stays so: choose another",
                known.party
            );
            return self.problems.push(at.problem(text));
        }
        if known.suspended {
            self.note(format!(
                "account {login} is suspended, kept so: loondossier account resume {login}"
            ));
        }
        let keeps_email = known.activated && party.kind == PartyKind::Person;
        if keeps_email && known.email != email {
            self.note(format!(
                "account {login} is activated: only the person changes its e-mail address"
            ));
        }
        let email = if keeps_email { known.email.clone() } else { email };
        let difference = differences([
            differs("name", &known.name, &name),
            differs("e-mail", &known.email, &email),
            differs("scope", &known.scope, &scope.to_string()),
        ]);
        if !difference.is_empty() {
            let id = known.id;
            self.change(Change::ChangeAccount { id, login, scope, name, email, difference });
        }
    }

    fn administration(&mut self, at: &At, lhn: &str, employer: &Owner) {
        match self.state.administrations.iter().find(|(known, _)| known == lhn) {
            None => {
                let (lhn, employer) = (lhn.to_owned(), employer.clone());
                self.change(Change::AddAdministration { lhn, employer });
            }
            Some((_, owner)) if *owner != employer.key => {
                let text = format!("{lhn} is of employer {owner} and stays so");
                self.problems.push(at.problem(text));
            }
            Some(_) => {}
        }
    }
}
