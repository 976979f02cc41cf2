//! Where a roster is planned and applied: on paper, and in `stored` on either database.

use crate::cast::Files;
use loondossier::dossier::day;
use loondossier::dossier::name::Policy;
use loondossier::dossier::roster::{
    Change, KnownAccount, KnownEmployment, KnownEngagement, KnownParty, Leavers, Options, Plan,
    State, plan,
};

pub(crate) const PRUNE: Options = Options { prune: true, most: Leavers::Percent(100) };

/// Noon of the day on which every story begins, in Unix milliseconds.
pub(crate) fn today() -> i64 {
    noon("2026-11-24")
}

fn noon(date: &str) -> i64 {
    day::start(date.parse().unwrap()) + 12 * 3_600_000
}

/// What a story does to a dossier by its roster.
pub(crate) trait World {
    /// What there is.
    async fn state(&mut self) -> State;
    /// What is refused is said in words.
    async fn plan(&mut self, files: &Files, options: Options) -> Result<Plan, String>;
    async fn apply(&mut self, files: &Files, options: Options) -> Result<Plan, String>;
    fn now(&self) -> i64;
    fn advance(&mut self, ms: i64);
    /// Somebody chooses a password.
    async fn activate(&mut self, login: &str);

    /// Applies, and says what the plan for it was.
    async fn does(&mut self, files: &Files, options: Options) -> String {
        let plan = self.plan(files, options).await.unwrap();
        assert_eq!(self.apply(files, options).await.unwrap(), plan);
        let again = self.plan(files, options).await.unwrap();
        assert_eq!(again.changes, [], "applied twice it does nothing");
        plan.to_string()
    }

    async fn with_cast(&mut self) {
        self.apply(&Files::cast(), PRUNE).await.unwrap();
    }

    async fn refuses(&mut self, files: &Files, options: Options) -> String {
        let refused = self.plan(files, options).await.unwrap_err();
        assert_eq!(self.apply(files, options).await.unwrap_err(), refused);
        refused
    }

    fn to_day(&mut self, date: &str) {
        self.advance(noon(date) - self.now());
    }
}

/// A dossier of which nothing is but what a roster says.
pub(crate) struct Paper {
    pub(crate) state: State,
    now: i64,
    rows: i64,
}

impl Paper {
    pub(crate) fn new() -> Self {
        Self { state: State::default(), now: today(), rows: 0 }
    }
}

impl World for Paper {
    async fn state(&mut self) -> State {
        self.state.clone()
    }

    async fn plan(&mut self, files: &Files, options: Options) -> Result<Plan, String> {
        let roster = files.read().unwrap();
        plan(&roster, &self.state, self.now, options).map_err(|refused| refused.to_string())
    }

    async fn apply(&mut self, files: &Files, options: Options) -> Result<Plan, String> {
        let plan = self.plan(files, options).await?;
        for change in &plan.changes {
            self.rows += 1;
            apply(&mut self.state, change, self.rows);
        }
        self.state.engagements.sort_by_key(|e| (e.span.from_ms, e.id));
        self.state.employments.sort_by_key(|e| (e.span.from_ms, e.id));
        Ok(plan)
    }

    fn now(&self) -> i64 {
        self.now
    }

    fn advance(&mut self, ms: i64) {
        self.now += ms;
    }

    async fn activate(&mut self, login: &str) {
        self.state.accounts.iter_mut().find(|a| a.login == login).unwrap().activated = true;
    }
}

/// What a change means, once more.
pub(crate) fn apply(state: &mut State, change: &Change, row: i64) {
    match change.clone() {
        Change::AddParty { party, name, language } => {
            let language = language.as_str().to_owned();
            state.parties.push(KnownParty { id: row, party, name, language, erased: false });
        }
        Change::RenameParty { party, name, .. } => {
            state.parties.iter_mut().find(|p| p.party == party).unwrap().name = name;
        }
        Change::AddAdministration { lhn, employer } => {
            state.administrations.push((lhn, employer.key));
        }
        Change::AddAccount { .. }
        | Change::ChangeAccount { .. }
        | Change::SuspendAccount { .. } => {
            account(&mut state.accounts, change, row);
        }
        Change::AddEngagement(new) => state.engagements.push(KnownEngagement {
            id: row,
            office: new.office.key,
            employer: new.employer.key,
            folder: new.folder,
            terms: new.terms,
            span: new.span,
            shares: false,
        }),
        Change::ChangeEngagement { id, terms, span, .. } => {
            let known = state.engagements.iter_mut().find(|e| e.id == id).unwrap();
            (known.terms, known.span) = (terms, span);
        }
        Change::ReturnShared { id, .. } => {
            state.engagements.iter_mut().find(|e| e.id == id).unwrap().shares = false;
        }
        Change::AddEmployment(new) => state.employments.push(KnownEmployment {
            id: row,
            person: new.person.key,
            employer: new.employer.key,
            lhn: new.lhn,
            number: new.number,
            name: new.name,
            consent: new.consent,
            employer_folder: new.employer_folder,
            person_folder: new.person_folder,
            span: new.span,
        }),
        Change::ChangeEmployment { id, name, consent, span, .. } => {
            let known = state.employments.iter_mut().find(|e| e.id == id).unwrap();
            (known.name, known.consent, known.span) = (name, consent, span);
        }
    }
}

fn account(accounts: &mut Vec<KnownAccount>, change: &Change, row: i64) {
    match change.clone() {
        Change::AddAccount { party, login, machine, scope, name, email } => {
            accounts.push(KnownAccount {
                id: row,
                party,
                login_key: Policy::Portable.key(&login),
                login,
                machine,
                scope: scope.to_string(),
                name,
                email,
                activated: false,
                suspended: false,
            });
        }
        Change::ChangeAccount { id, scope, name, email, .. } => {
            let known = accounts.iter_mut().find(|a| a.id == id).unwrap();
            (known.scope, known.name, known.email) = (scope.to_string(), name, email);
        }
        Change::SuspendAccount { id, .. } => {
            accounts.iter_mut().find(|a| a.id == id).unwrap().suspended = true;
        }
        _ => unreachable!(),
    }
}
