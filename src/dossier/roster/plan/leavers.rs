//! What there is and the file does not mention: kept, or with `--prune` ended.

use super::Planner;
use crate::dossier::PartyKind;
use crate::dossier::login;
use crate::dossier::roster::{Change, Span};
use std::collections::HashSet;

impl Planner<'_> {
    pub(super) fn leavers(&mut self) {
        self.absent_employments();
        self.absent_engagements();
        self.absent_accounts();
    }

    /// Notes that it stays, or counts it and says that it goes.
    fn leaves(&mut self, what: impl FnOnce() -> String) -> bool {
        if self.prune {
            self.leaving += 1;
        } else {
            self.note(format!("{} is absent, kept", what()));
        }
        self.prune
    }

    fn absent_employments(&mut self) {
        let (roster, now) = (self.roster, self.now);
        let in_file: HashSet<_> =
            roster.rows().map(|(_, row)| (row.lhn.as_str(), row.number.as_str())).collect();
        let present = self.state.employments.iter().filter(|e| e.span.until_ms > now);
        for known in present.filter(|e| e.span.holds()) {
            let (lhn, number, name) = (&known.lhn, &known.number, &known.name);
            if in_file.contains(&(lhn.as_str(), number.as_str()))
                || !self.leaves(|| format!("employment {lhn}/{number} \"{name}\""))
            {
                continue;
            }
            let span = Span { until_ms: now.max(known.span.from_ms), ..known.span };
            self.change(Change::ChangeEmployment {
                id: known.id,
                lhn: lhn.clone(),
                number: number.clone(),
                name: name.clone(),
                consent: known.consent.clone(),
                span,
                ends: true,
                difference: super::differences(span.differences(known.span)),
            });
        }
    }

    fn absent_engagements(&mut self) {
        let (roster, now) = (self.roster, self.now);
        let engaged = roster.employers.iter().filter(|e| e.office.is_some());
        let engaged: HashSet<&str> = engaged.map(|e| e.party.id.as_str()).collect();
        let present = self.state.engagements.iter().filter(|e| e.span.until_ms > now);
        for known in present.filter(|e| e.span.holds() && !engaged.contains(e.employer.as_str())) {
            let (office, employer) = (&known.office, &known.employer);
            if self.leaves(|| format!("engagement of office {office} with employer {employer}")) {
                self.end_engagement(known, now);
            }
        }
    }

    /// A person keeps its account: it keeps reading everything it was sent.
    fn absent_accounts(&mut self) {
        let roster = self.roster;
        let parties = roster.offices.iter().chain(roster.employers.iter().map(|e| &e.party));
        let present: HashSet<String> =
            parties.flat_map(|p| &p.accounts).map(|a| login::key(&a.login)).collect();
        let known = self.state.accounts.iter();
        for known in known.filter(|a| a.party.kind != PartyKind::Person && !a.suspended) {
            if present.contains(&known.login_key)
                || !self.leaves(|| format!("account {} of {}", known.login, known.party))
            {
                continue;
            }
            let (id, login, party) = (known.id, known.login.clone(), known.party.clone());
            self.change(Change::SuspendAccount { id, login, party });
        }
    }
}
