//! What holds of the pure rules for whatever they are given.

use loondossier::dossier::name::{Policy, folder_for, free, numbered};
use loondossier::dossier::overview::{self, Named};
use loondossier::dossier::{
    Area, DossierPath, Facts, Language, PartyKind, Relation, Rights, kind, rights,
};
use proptest::prelude::*;
use proptest::sample::select;

fn kinds() -> impl Strategy<Value = PartyKind> {
    select(vec![PartyKind::Person, PartyKind::Employer, PartyKind::Office])
}

fn facts() -> impl Strategy<Value = Facts> {
    any::<[bool; 8]>().prop_map(|all| {
        let [placed, forwarded, addressed, payslips, ended, within, decided, unseen] = all;
        Facts { placed, forwarded, addressed, payslips, ended, within, decided, unseen }
    })
}

fn policies() -> impl Strategy<Value = Policy> {
    select(vec![Policy::Portable, Policy::Exact])
}

fn places() -> impl Strategy<Value = (PartyKind, Area)> {
    (kinds(), select(Area::ALL.to_vec()))
}

/// Whether any of these is among them.
fn any_of(all: Rights, some: &[Rights]) -> bool {
    some.iter().any(|right| all.has(*right))
}

proptest! {
    #[test]
    fn a_stranger_has_no_right_to_anything((owner, area) in places(), is in facts()) {
        prop_assert_eq!(rights(owner, area, Relation::Stranger, is), Rights::NONE);
    }

    #[test]
    fn what_is_a_partys_own_is_for_nobody_else(
        owner in kinds(),
        area in select(vec![Area::Own, Area::Backups, Area::Delivery, Area::Log]),
        viewer in select(Relation::ALL[1..].to_vec()),
        is in facts(),
    ) {
        prop_assert_eq!(rights(owner, area, viewer, is), Rights::NONE);
    }

    #[test]
    fn nobody_writes_or_takes_what_is_anothers(
        (owner, area) in places(),
        viewer in select(Relation::ALL[1..].to_vec()),
        is in facts(),
    ) {
        let may = rights(owner, area, viewer, is);
        prop_assert!(!any_of(may, &[Rights::WRITE, Rights::TAKE, Rights::DECIDE]), "{}", may);
    }

    #[test]
    fn an_office_reads_of_an_employee_what_was_forwarded_or_what_it_placed_and_may_see(
        area in select(Area::ALL.to_vec()),
        is in facts(),
    ) {
        let reads = rights(PartyKind::Person, area, Relation::Office, is).has(Rights::READ);
        let may = match area {
            Area::SharedUp => is.forwarded,
            Area::Overviews => is.placed && is.payslips,
            _ => false,
        };
        prop_assert_eq!(reads, may);
    }

    #[test]
    fn what_is_shared_down_is_for_one(owner in kinds(), is in facts()) {
        for viewer in &Relation::ALL[1..] {
            let may = rights(owner, Area::SharedDown, *viewer, Facts { addressed: false, ..is });
            prop_assert_eq!(may, Rights::NONE);
        }
    }

    #[test]
    fn only_an_employer_forwards_and_only_what_an_employee_shared(
        (owner, area) in places(),
        viewer in select(Relation::ALL.to_vec()),
        is in facts(),
    ) {
        let forwards = rights(owner, area, viewer, is).has(Rights::FORWARD);
        let may = (owner, area, viewer) == (PartyKind::Person, Area::SharedUp, Relation::Employer);
        prop_assert_eq!(forwards, may);
    }

    #[test]
    fn an_overview_is_replaced_by_its_placer_alone(
        (owner, area) in places(),
        viewer in select(Relation::ALL.to_vec()),
        is in facts(),
    ) {
        let may = rights(owner, area, viewer, Facts { placed: false, ..is });
        prop_assert!(!may.has(Rights::REPLACE), "{}", may);
    }

    #[test]
    fn after_an_employment_nothing_more_is_shared(is in facts()) {
        let ended = Facts { ended: true, ..is };
        let may = rights(PartyKind::Person, Area::SharedUp, Relation::Owner, ended);
        prop_assert_eq!(may, Rights::READ | Rights::TAKE);
    }

    #[test]
    fn a_name_that_was_accepted_is_accepted_as_it_is(policy in policies(), name in any::<String>()) {
        if let Ok(accepted) = policy.accept(&name) {
            prop_assert_eq!(policy.accept(&accepted), Ok(accepted.clone()));
            prop_assert_eq!(policy.key(&accepted), policy.key(&name));
        }
    }

    #[test]
    fn a_key_is_its_own_key(policy in policies(), name in any::<String>()) {
        let key = policy.key(&name);
        prop_assert_eq!(policy.key(&key), key);
    }

    #[test]
    fn a_name_that_is_accepted_is_seen_as_it_is(
        name in "[a. \u{a0}\u{ad}\u{301}\u{3164}\u{2000}-\u{206f}\u{fe00}-\u{fe0f}\u{feff}\u{fff0}-\u{ffff}\u{e0000}-\u{e0200}]{1,6}",
    ) {
        if let Ok(name) = Policy::Portable.accept(&name) {
            // Bidirectional marks, line separators, fillers, tags and what is no character are nowhere in it.
            let turns = |c: char| matches!(c, '\u{200b}' | '\u{200e}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{ad}' | '\u{3164}' | '\u{fff0}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}' | '\u{e0000}'..='\u{e00ff}');
            prop_assert!(!name.contains(turns), "{:?}", name);
            let key = Policy::Portable.key(&name);
            prop_assert!(!key.is_empty() && key.trim_end_matches('.').trim_end() == key, "{:?}", name);
            prop_assert!(!key.contains(['\u{200c}', '\u{200d}', '\u{fe0f}', '\u{e0100}']), "{:?}", name);
        }
    }

    #[test]
    fn names_that_differ_in_case_are_one(name in any::<String>()) {
        let policy = Policy::Portable;
        prop_assert_eq!(policy.key(&name.to_lowercase()), policy.key(&name));
    }

    #[test]
    fn a_partys_folder_is_a_name_that_is_accepted(party in any::<String>()) {
        let folder = folder_for(&party);
        prop_assert_eq!(Policy::Portable.accept(&folder), Ok(folder.clone()));
    }

    #[test]
    fn a_numbered_name_is_free_and_accepted(
        name in "[a-zé. ]{1,255}", folder in any::<bool>(), taken in 1u32..20,
    ) {
        prop_assume!(Policy::Portable.accept(&name).is_ok());
        let all: Vec<_> = (1..=taken).map(|n| numbered(&name, folder, n)).collect();
        let found = free(&name, folder, |candidate| all.iter().any(|n| n == candidate));
        prop_assert!(!all.contains(&found));
        prop_assert!(Policy::Portable.accept(&found).is_ok(), "{:?}", found);
    }

    #[test]
    fn a_path_reads_back_as_it_is_written(raw in any::<String>()) {
        if let Ok(path) = DossierPath::parse(&raw) {
            prop_assert!(path.parts().iter().all(|p| !["", ".", ".."].contains(&p.as_str())));
            prop_assert_eq!(DossierPath::parse(&path.to_string()), Ok(path));
        }
    }

    #[test]
    fn no_name_of_a_delivery_is_too_strange_to_read(name in any::<String>()) {
        if let Ok(named) = Named::read(&name) {
            prop_assert_eq!(overview::stored(named.kind, &overview::shown(
                named.kind, &named.filed(), Language::Nl)), named.filed());
        }
    }

    #[test]
    fn an_overview_is_one_in_both_languages(
        kind in select(kind::KINDS.iter().collect::<Vec<_>>()), name in "[A-Za-z0-9 -]{1,20}\\.pdf",
    ) {
        let stored = overview::stored(kind, &name);
        for language in Language::ALL {
            let shown = overview::shown(kind, &stored, language);
            prop_assert_eq!(overview::stored(kind, &shown), stored.clone());
        }
    }
}
