//! Every story of a plan, on paper: nothing is needed for it but the rules.

/// Hands the stories to a macro.
macro_rules! every_story {
    ($to:ident) => {
        $to! {
            engagements:
                another_office_ends_the_one_before
                an_office_that_comes_back_finds_its_folder
                a_file_from_before_a_switch_is_refused
                what_is_dated_back_holds_from_now_on
                what_was_over_before_its_turn_never_begins
                what_has_begun_does_not_begin_later
                what_another_followed_does_not_go_on
                a_later_employer_never_gets_a_folder_that_is_taken
                an_engagement_says_from_when_in_a_month_it_is_seen
                terms_alone_change_an_engagement_and_the_day_after_its_end_begins_another;
            parties:
                the_cast_is_made_once
                a_plan_is_json_too
                names_terms_and_dates_may_change
                what_never_changes_is_refused
                what_is_absent_is_kept_unless_pruned
                too_many_leavers_stop_the_run
                who_has_left_counts_no_more_from_the_moment_it_is_over;
            persons:
                a_number_never_passes_to_somebody_else
                a_namesake_does_not_get_the_number_of_who_had_it
                a_namesake_without_an_address_does_not_get_the_number_of_who_had_it
                a_namesake_may_follow_at_once_but_nobody_who_is_still_to_come
                a_login_comes_later_and_the_party_stays
                a_login_of_another_employer_needs_both_rows
                two_persons_never_become_one
                new_rows_prove_nothing_for_one_another
                folders_with_one_name_get_the_sub_number
                two_employers_do_not_rename_a_person_in_turn
                a_person_is_renamed_unless_an_employment_not_in_the_file_has_its_name
                an_activated_person_keeps_its_address
                who_is_in_the_file_already_is_the_same_person_with_a_new_address;
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

#[tokio::test]
async fn what_was_shared_goes_back_once_an_engagement_is_over_and_not_before() {
    use crate::cast::{Files, toml};
    use crate::world::{PRUNE, World};
    let mut world = Paper::new();
    world.with_cast().await;
    world.state.engagements[0].shares = true;
    let dates = "from = 2026-01-01, release";
    assert_eq!(world.plan(&Files::cast(), PRUNE).await.unwrap().changes, []);
    let ends = async |world: &mut Paper, day: &str| {
        let until = format!("from = 2026-01-01, until = {day}, release");
        let plan = world.plan(&toml(dates, &until), PRUNE).await.unwrap().to_string();
        plan.contains("has ended: what was shared goes back")
    };
    assert!(!ends(&mut world, "2026-11-24").await, "today is its last day");
    assert!(ends(&mut world, "2026-11-23").await, "yesterday was");
}

#[tokio::test]
async fn whoever_was_erased_stays_so_and_is_named_only_while_its_rows_are_over() {
    use crate::cast::jansen;
    use crate::world::{PRUNE, World};
    let mut world = Paper::new();
    let row = |rest: &str| jansen("0044;B. Zonder;;;;2021-01-01;;;\n", rest);
    let zonder = "0044;B. Zonder;b@example.nl;zonder;;2021-01-01;";
    let over = row(&format!("{zonder}2026-11-23;;\n"));
    world.apply(&over, PRUNE).await.unwrap();
    let zonders = world.state.parties.iter_mut().find(|p| p.party.key == "zonder");
    zonders.unwrap().erased = true;
    let kept =
        "= person zonder was erased, employment 123456782L01/0044 kept as it is\nnothing to do";
    assert_eq!(world.plan(&over, PRUNE).await.unwrap().to_string(), kept);
    let erased = |at: &str| {
        format!(
            "{at}: person zonder was erased: give whoever comes back a login and a number of its own"
        )
    };
    // Back in service, and by a row that there was not, as old as it may be.
    let back = row(&format!("{zonder};;\n"));
    assert_eq!(world.refuses(&back, PRUNE).await, erased("jansen.csv:4"));
    let another = "0045;B. Zonder;b@example.nl;zonder;;2021-01-01;2021-02-01;;\n";
    let another = row(&format!("{zonder}2026-11-23;;\n{another}"));
    assert_eq!(world.refuses(&another, PRUNE).await, erased("jansen.csv:5"));
    // Somebody else is told about the number alone.
    let other = world.refuses(&row("0044;P. Peters;;;;2026-11-01;;;\n"), PRUNE).await;
    assert!(other.starts_with("jansen.csv:4: the number 0044 is of \"B. Zonder\""), "{other}");
    assert_eq!(other.lines().count(), 1, "{other}");
}
