//! Every story of a plan, on paper: nothing is needed for it but the rules.

/// Hands the stories to a macro.
macro_rules! every_story {
    ($to:ident) => {
        $to! {
            engagements:
                another_office_ends_the_one_before
                an_office_that_comes_back_finds_its_folder
                a_file_from_before_a_switch_is_refused;
            parties:
                the_cast_is_made_once
                a_plan_is_json_too
                names_terms_and_dates_may_change
                what_never_changes_is_refused
                what_is_absent_is_kept_unless_pruned
                too_many_leavers_stop_the_run;
            persons:
                a_number_never_passes_to_somebody_else
                a_login_comes_later_and_the_party_stays
                a_login_of_another_employer_needs_both_rows
                two_persons_never_become_one
                folders_with_one_name_get_the_sub_number
                an_activated_person_keeps_its_address;
        }
    };
}

macro_rules! stories {
    ($($part:ident: $($story:ident)*;)*) => {
        use crate::world::Paper;
        $($(#[tokio::test] async fn $story() { crate::$part::$story(Paper::new()).await; })*)*
    };
}

every_story!(stories);
