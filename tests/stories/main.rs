//! The sentences of PRODUCT.md, each one story: over WebDAV and over SFTP, on both pairs of stores.

#[cfg(test)]
mod batches;
#[cfg(test)]
mod client;
#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod dav;
#[cfg(test)]
mod decisions;
#[cfg(test)]
mod delivering;
#[cfg(test)]
mod forwarding;
#[cfg(test)]
mod held_on_paper;
#[cfg(test)]
mod held_versions;
#[cfg(test)]
mod holding;
#[cfg(test)]
mod locks;
#[cfg(test)]
mod log;
#[cfg(test)]
mod manifests;
#[cfg(test)]
mod matrix;
#[cfg(test)]
mod names;
#[cfg(test)]
mod overviews;
#[cfg(test)]
mod own;
#[cfg(test)]
mod payslips;
#[cfg(test)]
mod places;
#[cfg(test)]
mod refusing;
#[cfg(test)]
mod replacing;
#[cfg(test)]
mod saving;
#[cfg(test)]
mod saving_forwarded;
#[cfg(test)]
mod sets;
#[cfg(test)]
mod sftp;
#[cfg(test)]
mod sharing;
#[cfg(test)]
mod starting_and_leaving;
#[cfg(test)]
mod time;
#[cfg(test)]
mod trees;
#[cfg(test)]
mod waiting;
#[cfg(test)]
mod world;

/// Every story, once by each protocol on each pair of stores.
macro_rules! stories {
    ($($part:ident: $($story:ident)*;)*) => {
        stories!(@in webdav_embedded Dav Embedded $($($part $story)*)*);
        stories!(@in webdav_shared Dav Shared $($($part $story)*)*);
        stories!(@in sftp_embedded Sftp Embedded $($($part $story)*)*);
        stories!(@in sftp_shared Sftp Shared $($($part $story)*)*);
    };
    (@in $variant:ident $wire:ident $backing:ident $($part:ident $story:ident)*) => {
        #[cfg(test)]
        mod $variant {
            use crate::common::Backing;
            use crate::world::{Wire, World};
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $story() {
                crate::$part::$story(World::start(Wire::$wire, Backing::$backing).await).await;
            })*
        }
    };
}

stories! {
    own:
        what_was_put_is_read_back_and_what_was_overwritten_too
        a_rename_keeps_the_content_and_a_taken_name_is_replaced_only_when_asked
        what_broke_off_is_a_file_when_its_client_renames_it
        a_folder_goes_with_all_that_is_in_it
        a_file_and_a_folder_never_replace_each_other
        what_a_party_places_is_its_own_alone
        the_folders_of_the_tree_stay_as_they_are
        a_day_that_has_passed_shows_what_was_there_and_a_copy_restores_it
        what_is_shown_of_a_day_that_has_passed_stays_as_it_was
        who_is_suspended_is_out_within_five_seconds;
    delivering:
        a_name_says_whose_a_delivery_is
        a_folder_says_whose_a_delivery_is
        for_an_hour_a_delivery_is_listed_under_the_name_it_was_given
        the_same_again_changes_nothing_and_anything_else_is_a_new_version
        an_employer_delivers_for_itself_alone
        an_own_file_is_delivered_by_moving_or_copying_it
        two_administrations_of_one_employer_are_kept_apart
        what_was_misdelivered_is_taken_back_with_proof
        what_is_on_paper_stays_there_whatever_is_agreed_later
        a_long_name_is_cut_where_a_receiver_could_not_have_it
        what_another_shared_or_delivered_is_not_copied_into_a_delivery
        what_was_shared_and_is_delivered_is_shared_no_more
        who_works_for_two_employers_gets_of_each_its_own;
    starting_and_leaving:
        an_office_that_went_delivers_no_more
        an_office_that_never_began_is_told_what_any_other_is
        who_left_gets_the_payslips_of_its_time_and_no_later_ones
        who_starts_later_gets_no_payslip_of_before
        when_the_office_changes_in_mid_month_each_delivers_its_own;
    manifests:
        a_batch_waits_for_its_manifest_and_is_taken_in_whole
        one_file_of_a_batch_is_for_one_receiver
        two_files_of_a_batch_are_never_one_overview
        a_manifest_whose_rows_have_shifted_hands_nothing_to_anybody
        a_batch_is_whole_by_a_rename_too;
    refusing:
        what_is_refused_is_kept_with_the_reason_and_taken_in_by_renaming
        what_is_refused_again_and_again_is_kept_each_time
        each_fault_has_its_code
        a_number_that_two_employees_could_have_is_nobodys
        a_receipt_of_what_is_refused_names_its_folders;
    waiting:
        what_is_still_coming_waits_and_is_seen_by_its_account_alone
        partial_names_and_empty_files_wait_where_overviews_are_placed
        what_waits_too_long_is_refused
        what_broke_off_over_a_delivery_keeps_nobody_from_withdrawing_it
        nothing_empty_goes_over_a_payslip
        what_is_copied_under_a_partial_name_waits_where_it_was_put
        what_is_copied_over_what_waits_is_delivered;
    batches:
        a_batch_is_taken_in_when_what_is_in_it_is_unlocked
        a_batch_is_written_only_when_nothing_of_it_is_locked
        a_batch_that_was_locked_is_taken_in_when_the_lock_is_over
        a_batch_that_is_whole_has_not_waited_too_long
        a_batch_of_who_is_suspended_is_not_taken_in
        a_batch_of_an_office_that_went_meanwhile_is_refused
        a_batch_that_is_not_whole_is_looked_at_once
        what_broke_off_in_a_batch_is_whole_when_its_client_renames_it
        what_is_still_coming_or_of_a_system_is_no_manifest;
    sets:
        a_set_is_seen_when_it_has_been_quiet_for_two_minutes
        a_set_that_came_whole_is_seen_at_once
        a_set_that_takes_the_place_of_another_is_not_seen_at_once
        a_set_never_meets_a_taken_name
        what_is_under_review_when_the_office_goes_is_rejected
        an_office_takes_back_what_it_placed
        what_a_system_leaves_behind_is_no_part_of_a_set
        the_next_office_sees_nothing_of_the_sets_of_the_one_before
        sets_close_when_the_office_changes_from_today_on
        a_set_is_not_seen_while_something_is_put_into_it
        what_is_handed_over_is_shared_no_more;
    decisions:
        an_employer_decides_by_moving_a_set_and_the_decision_is_final
        an_employer_says_why_before_or_after
        what_is_approved_is_delivered_where_that_was_agreed
        of_an_approved_set_all_is_delivered_or_nothing
        without_that_agreement_nothing_in_a_set_is_delivered
        a_decision_is_on_what_was_shown
        what_comes_into_a_set_that_was_decided_on_meanwhile_goes_nowhere
        many_sets_are_approved_at_once_and_each_is_delivered;
    holding:
        a_manifest_holds_back_until_the_moment_that_it_names
        a_moment_that_has_passed_is_at_once_and_what_is_none_is_refused
        an_engagement_holds_back_what_comes_before_its_moment_in_a_month
        the_31st_is_the_last_day_of_a_shorter_month
        what_is_held_is_taken_back_and_nobody_ever_knows
        an_office_that_sees_payslips_sees_them_no_sooner_than_others
        what_was_delivered_is_published_though_its_office_has_gone
        two_nodes_publish_a_document_once
        a_moment_comes_when_the_systems_clock_says_so;
    held_on_paper:
        what_is_on_paper_is_held_back_too
        what_is_held_goes_on_paper_when_consent_goes_meanwhile
        what_is_held_on_paper_is_corrected_by_what_goes_to_the_employee
        what_was_replaced_since_is_not_followed_by_what_was_held_for_paper;
    held_versions:
        what_is_held_and_put_again_is_one_document
        what_is_held_is_seen_at_once_when_its_manifest_says_so_now
        until_a_new_version_is_due_the_old_one_is_seen
        what_was_put_by_hand_since_is_not_replaced_by_what_was_held
        a_new_version_of_what_was_taken_back_meanwhile_is_a_new_document
        what_is_held_counts_for_whoever_delivered_it_and_once
        what_is_held_is_corrected_and_stays_held;
    replacing:
        a_file_and_a_folder_replace_each_other_in_one_step
        in_a_shared_folder_a_file_and_a_folder_never_replace_each_other
        a_copy_goes_over_what_has_the_name_when_asked
        nothing_is_copied_onto_itself_by_another_spelling_of_its_name
        what_was_overwritten_is_restored_over_itself;
    saving_forwarded:
        what_an_employee_shares_no_more_is_not_forwarded_by_saving
        a_document_that_is_deleted_and_saved_is_forwarded_still
        what_is_made_after_a_deletion_is_another_document
        what_an_employer_forwards_no_more_is_not_forwarded_by_saving
        whoever_was_forwarded_a_new_file_does_not_get_the_old_one;
    saving:
        a_document_stays_itself_however_it_is_saved
        names_that_are_swapped_keep_their_documents_and_swap_the_contents
        a_file_of_a_name_is_another_document_where_nothing_was_saved
        where_nothing_is_shared_by_name_a_rename_is_a_rename;
    names:
        names_are_one_in_any_case_and_what_windows_cannot_show_is_refused
        a_sharp_s_is_not_two_letters
        nothing_goes_where_its_path_would_be_too_long
        what_looks_like_a_folder_of_the_tree_shares_nothing
        parties_with_hostile_or_equal_names_are_kept_apart;
    locks:
        what_a_colleague_locked_stays_where_and_as_it_is
        a_locked_folder_takes_and_gives_nothing
        what_an_employer_does_not_see_in_a_set_keeps_it_from_no_decision
        what_an_employee_locked_is_still_forwarded_no_more
        a_lock_of_a_suspended_account_is_in_nobodys_way
        a_lock_around_a_forwarded_document_does_not_hold_its_owner
        a_lock_of_who_sees_a_document_no_more_is_in_nobodys_way
        a_lock_on_what_is_on_paper_ends_with_the_engagement
        a_lock_in_a_set_ends_with_the_engagement
        two_who_write_one_file_both_succeed_and_nothing_is_half_of_each;
    sharing:
        an_employee_shares_by_moving
        an_employee_stops_sharing_by_moving_back
        an_employee_shares_a_copy_and_keeps_its_own
        what_is_deleted_is_shared_no_more
        what_was_shared_and_deleted_is_in_its_owners_day_view_and_nowhere_else
        a_taken_name_is_not_shared_over
        a_shared_folder_takes_what_is_put_in_it_later
        an_employer_shares_with_its_office
        an_employer_shares_with_one_employee
        an_office_shares_with_one_employer
        what_another_shared_is_read_and_nothing_else
        a_copy_that_was_taken_stays_when_sharing_stops
        what_another_shared_goes_no_further_by_copying
        leftovers_of_an_operating_system_are_not_shared;
    forwarding:
        an_employer_forwards_by_moving
        an_employer_forwards_by_copying
        a_forwarded_folder_holds_what_was_in_it_then
        what_a_system_leaves_behind_does_not_keep_a_forwarded_folder
        a_folder_made_for_a_forward_goes_with_what_a_system_left_behind
        forwarding_ends_by_moving_back
        forwarding_ends_by_deleting
        what_is_shared_no_more_is_forwarded_no_more
        a_forwarded_folder_goes_when_it_is_shared_no_more
        a_folder_made_for_a_forward_is_on_no_earlier_day
        what_was_forwarded_is_neither_written_nor_moved_elsewhere
        a_forward_never_replaces
        an_own_folder_is_nothing_to_give_back;
    trees:
        a_tree_with_forwarded_documents_is_moved_nowhere_else
        a_copy_of_a_mixed_tree_is_the_copiers_own
        a_mixed_tree_that_is_deleted_is_in_the_history_without_what_is_anothers
        an_employees_tree_goes_with_what_was_forwarded_out_of_it
        a_tree_with_another_partys_documents_is_not_shared_on;
    log:
        what_is_put_into_a_shared_folder_is_in_both_logs
        what_a_system_leaves_behind_is_in_no_log_and_a_folder_is_in_each
        what_is_replaced_is_in_the_log_as_what_is_deleted_or_put_again
        nobody_is_told_that_something_was_replaced_who_knew_nothing_of_it
        a_copy_takes_what_is_seen_and_the_log_says_no_more
        each_knows_a_forwarded_document_by_its_own_name
        each_employer_knows_a_person_by_its_own_name_for_it
        a_number_that_keeps_two_placers_apart_is_not_in_the_placers_log
        a_log_is_copied_and_the_copy_is_a_file_like_any_other
        a_client_that_copies_by_reading_is_a_reader_in_the_owners_log
        who_is_not_activated_yet_reads_later_that_its_address_was_corrected;
    time:
        an_employer_that_leaves_its_office_keeps_what_is_its_own
        an_engagement_ends_on_its_last_day_by_itself
        another_office_sees_only_what_it_places_itself
        an_office_that_is_dated_back_leaves_the_days_before_as_they_were
        an_end_that_is_dated_back_leaves_the_days_before_as_they_were
        an_engagement_that_is_put_off_ends_and_another_begins
        who_left_reads_what_it_was_sent_and_takes_back_what_it_shared
        payslips_become_visible_to_the_office_and_hidden_again
        what_is_taken_back_is_read_no_further
        a_roster_that_is_refused_changes_nothing_for_anybody;
    matrix:
        every_verb_on_every_place_by_every_role;
    overviews:
        an_office_places_an_overview_for_an_employer
        each_sees_an_overview_in_its_own_language
        an_office_replaces_and_withdraws_what_it_placed
        an_empty_file_hides_an_overview_and_goes_with_it
        what_a_system_leaves_behind_makes_no_year_and_no_kind
        a_withdrawal_says_whether_anybody_has_what_was_withdrawn
        an_overview_is_not_changed_by_who_receives_it
        an_overview_is_a_whole_pdf_or_xml
        who_withdraws_is_told_whether_it_had_been_opened;
    payslips:
        a_payslip_goes_to_its_employee_and_its_employer
        for_an_hour_the_office_sees_that_it_delivered
        an_office_reads_the_payslips_it_placed_where_they_are_visible
        who_works_at_two_employers_sees_them_apart
        who_did_not_agree_gets_payslips_on_paper
        what_is_on_paper_is_only_read
        the_same_content_again_changes_nothing
        an_office_withdraws_a_payslip_within_the_hour
        two_placers_are_kept_apart_by_a_number
        what_is_no_payslip_is_refused_with_its_reason;
}
