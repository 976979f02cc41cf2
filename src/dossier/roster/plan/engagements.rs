//! Which office works for which employer, from when until when.

use super::{Planner, differences, differs};
use crate::dossier::name::folder_for;
use crate::dossier::roster::{
    Change, Employer, Engagement, KnownEngagement, Owner, Service, Span, Terms,
};
use crate::dossier::{Lhn, PartyKind};
use std::collections::HashMap;

impl Planner<'_> {
    pub(super) fn engagements(&mut self) {
        let roster = self.roster;
        for employer in &roster.employers {
            if let Some(service) = &employer.office {
                self.engagement(employer, service);
            }
        }
    }

    /// An employer has one office at a time: what another has, ends where this begins.
    ///
    /// Whatever the roster dates back, how things were until now is left as it was: the days of before show what
    /// lay there then, by who worked then.
    fn engagement(&mut self, employer: &Employer, service: &Service) {
        let (state, id, now, from) =
            (self.state, &employer.party.id, self.now, service.span.from_ms);
        let ever = state.engagements.iter().filter(|e| e.employer == *id && e.span.holds());
        let over = ever.clone().filter(|e| e.office != service.office && e.span.until_ms <= now);
        let over = over.map(|e| e.span.until_ms).max().unwrap_or(i64::MIN);
        // What has begun does not begin later, and what another followed does not go on: it is over, and there will
        // be one more.
        let is_same = |e: &&KnownEngagement| {
            let is_put_off = e.span.from_ms <= now && now < from;
            e.office == service.office && e.span.until_ms > from.max(over) && !is_put_off
        };
        let same = ever.clone().filter(is_same).max_by_key(|e| e.span.from_ms);
        let mut free = i64::MIN;
        for other in ever.filter(|e| same.is_none_or(|same| same.id != e.id)) {
            let (mut until, is_over) = (other.span.until_ms, other.span.until_ms <= now);
            if !is_over && from < until && !is_same(&other) {
                if from <= other.span.from_ms {
                    let text = format!(
                        "office {} works for {id} from {}: an office that follows it begins on a later day",
                        other.office,
                        other.span.first_day()
                    );
                    return self.problems.push(service.at.problem(text));
                }
                until = if other.office == service.office { now } else { from.max(now) };
                self.end_engagement(other, until);
            }
            free = free.max(until);
        }
        match same {
            Some(known) => self.change_engagement(known, service, free),
            None => self.add_engagement(employer, service, free),
        }
    }

    fn change_engagement(&mut self, known: &KnownEngagement, service: &Service, free: i64) {
        let (now, terms) = (self.now, service.terms);
        let mut span = service.span.not_before(free);
        if known.span.from_ms <= now {
            span.from_ms = span.from_ms.min(known.span.from_ms);
            if span.until_ms <= now {
                span.until_ms = known.span.until_ms.min(now);
            }
        }
        let [from, until] = span.differences(known.span);
        let release = differs("release", known.terms.release, terms.release);
        let payslips = differs("payslips", known.terms.payslips, terms.payslips);
        let shown = |terms: Terms| {
            terms.publish_at.map_or_else(|| "at once".to_owned(), |at| at.to_string())
        };
        let publish_at = differs("publish_at", &shown(known.terms), &shown(terms));
        let difference = differences([from, until, release, payslips, publish_at]);
        if known.span != span || known.terms != terms {
            let (office, employer) = sides(known);
            let (id, ends) = (known.id, false);
            let change =
                Change::ChangeEngagement { id, office, employer, terms, span, ends, difference };
            self.change(change);
        }
    }

    /// Never one that would have ended before it began.
    pub(super) fn end_engagement(&mut self, known: &KnownEngagement, at: i64) {
        let span = Span { until_ms: at.max(known.span.from_ms), ..known.span };
        let (office, employer) = sides(known);
        let difference = differences(span.differences(known.span));
        let (id, terms, ends) = (known.id, known.terms, true);
        let change =
            Change::ChangeEngagement { id, office, employer, terms, span, ends, difference };
        self.change(change);
    }

    /// Not where it would be over before its turn came.
    fn add_engagement(&mut self, employer: &Employer, service: &Service, free: i64) {
        let (terms, span) = (service.terms, service.span.not_before(free));
        if !span.holds() {
            return;
        }
        let office = Owner::new(PartyKind::Office, &service.office);
        let party = &employer.party;
        let before = |e: &&KnownEngagement| e.office == office.key && e.employer == party.id;
        let folder = if let Some(known) = self.state.engagements.iter().find(before) {
            known.folder.clone()
        } else {
            let sub_number = employer.administrations.first().map(|(_, lhn)| lhn);
            let name = folder_for(&party.name);
            self.folders.name(&office, &name, sub_number.map(Lhn::sub_number))
        };
        let employer = Owner::new(PartyKind::Employer, &party.id);
        let engagement = Engagement { office, employer, folder, terms, span };
        self.change(Change::AddEngagement(engagement));
    }

    /// What was shared in an engagement that is over by now goes back to who shared it.
    pub(super) fn returns(&mut self) {
        let changed = |change: &Change| match change {
            Change::ChangeEngagement { id, span, .. } => Some((*id, span.until_ms)),
            _ => None,
        };
        let changed: HashMap<i64, i64> = self.plan.changes.iter().filter_map(changed).collect();
        for known in self.state.engagements.iter().filter(|e| e.shares) {
            if *changed.get(&known.id).unwrap_or(&known.span.until_ms) <= self.now {
                let (office, employer) = sides(known);
                self.change(Change::ReturnShared { id: known.id, office, employer });
            }
        }
    }
}

fn sides(known: &KnownEngagement) -> (Owner, Owner) {
    (Owner::new(PartyKind::Office, &known.office), Owner::new(PartyKind::Employer, &known.employer))
}
