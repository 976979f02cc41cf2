//! What programs that do not run here were seen to send, sent again: each file beside this one is the requests of
//! one client doing one thing, with where they were recorded, and what the client needs to be told. They go
//! over one connection that is kept, in an own folder, in a shared one and, where it makes sense, as a delivery
//! or a backup.
//!
//! In a file: `> METHOD path` begins a request, `Name: value` is a header of it, `| ` a line of its body. `< 201
//! 204` says which status is wanted, `< Name: text` what is in a header, `< body: text` and `< no body: text` what is
//! in the body; `< token name` keeps the lock token of the answer as `{name}`. `always` is a header of every
//! request, `given` a file that is there before, and `then` is what holds in the end.

#[cfg(test)]
#[path = "../common/mod.rs"]
mod common;
#[cfg(test)]
mod player;
#[cfg(test)]
mod script;

#[cfg(test)]
mod tests {
    use crate::player::play;

    macro_rules! replays {
        ($($name:ident $file:literal;)*) => {$(
            #[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                play(include_str!($file)).await;
            }
        )*};
    }

    replays! {
        explorer_maps_a_drive_and_browses "explorer-browse.txt";
        explorer_copies_a_file_in "explorer-new-file.txt";
        explorer_saves_over_a_file "explorer-save.txt";
        explorer_makes_renames_and_deletes "explorer-folders.txt";
        excel_saves_over_a_drive "excel-save.txt";
        excel_renames_over_the_file "excel-rename-over.txt";
        word_saves_over_a_drive "word-save.txt";
        word_opens_and_saves_by_itself "word-direct.txt";
        finder_mounts_and_browses "finder-browse.txt";
        finder_copies_a_file_in "finder-copy.txt";
        finder_saves_by_renaming "finder-save.txt";
        cyberduck_uploads_under_a_temporary_name "cyberduck-upload.txt";
        keeweb_saves_by_renaming_over "keeweb-save.txt";
        mountain_duck_locks_what_it_edits "mountain-duck-edit.txt";
        winscp_browses_puts_and_locks "winscp.txt";
        apps_on_okhttp_save_by_renaming_over "okhttp-save.txt";
        apps_on_okhttp_delete_before_they_rename "okhttp-delete-first.txt";
        apps_on_sardine_read_strictly "sardine-android.txt";
        seedvault_makes_a_backup "seedvault-backup.txt";
    }
}
