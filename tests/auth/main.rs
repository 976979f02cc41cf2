//! Signing in, over a real SQLite file and over PostgreSQL: the same stories on both.

#[cfg(test)]
#[path = "../common/ca.rs"]
mod ca;
#[cfg(test)]
mod certificates;
#[cfg(test)]
mod codes;
#[cfg(test)]
#[path = "../common/oath.rs"]
mod oath;
#[cfg(test)]
#[path = "../common/promised.rs"]
mod promised;
#[cfg(test)]
mod room;
#[cfg(test)]
mod stories;

/// Every story, once on each database.
macro_rules! on_both {
    ($($file:ident: $($story:ident)*;)*) => {
        #[cfg(test)]
        mod sqlite {$($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                crate::$file::$story(crate::room::Room::sqlite().await).await;
            }
        )*)*}
        #[cfg(test)]
        mod postgres {$($(
            #[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                crate::$file::$story(crate::room::Room::postgres().await).await;
            }
        )*)*}
    };
}

on_both! {
    stories:
    unknown_wrong_suspended_and_erased_are_one_answer
    the_password_gives_the_whole_scope_in_any_case_and_normal_form
    a_new_password_counts_at_once
    an_app_password_gives_its_own_scope_until_it_is_revoked
    the_use_of_an_app_password_is_noted_once_a_minute
    a_machine_has_keys_and_app_passwords_only
    a_key_opens_from_its_networks_until_it_expires
    one_key_serves_several_accounts
    whatever_is_taken_away_ends_its_open_sessions_only
    who_guesses_waits_and_who_has_a_right_key_does_not
    guesses_at_once_are_no_more_guesses_than_one_by_one
    a_wrong_password_repeated_for_ever_counts_once
    when_all_places_are_taken_only_passwords_have_to_wait
    an_operator_is_told_what_to_do
    every_statement_is_understood;
    codes:
    a_password_is_followed_by_a_code_that_counts_once_on_whatever_node
    a_code_counts_one_step_early_and_late_and_no_more
    who_does_not_know_the_password_is_asked_for_no_code
    after_five_wrong_codes_only_keys_and_app_passwords_do
    wrong_codes_count_against_where_they_come_from_as_wrong_passwords_do
    codes_that_begin_or_end_end_what_the_password_opened
    a_right_password_is_half_as_long_as_it_is_the_password
    what_an_operator_is_told_of_codes;
    certificates:
    a_certificate_of_the_partys_authority_gives_the_whole_scope
    a_certificate_counts_for_the_login_that_it_names
    a_certificate_counts_for_its_time_and_has_an_end
    a_certificate_counts_where_it_says_and_with_no_option_that_is_not_known
    only_strong_keys_vouch_and_are_vouched_for
    what_an_authority_opened_ends_with_it_and_with_the_certificate
    one_certificate_is_revoked_by_its_number_or_its_file_on_every_node
    where_there_is_an_authority_every_strong_key_is_asked_for_a_signature
    what_an_operator_is_told_of_authorities;
}
