//! What each of the cast lists, as a table to read.

use crate::golden::holds;
use crate::story::{LOGINS, Story};
use std::fmt::Write;

#[tokio::test(flavor = "multi_thread")]
async fn each_of_the_cast_lists_what_is_for_it() {
    let story = Story::told().await;
    story.next_day().await;
    let mut out = String::new();
    for login in LOGINS {
        writeln!(out, "# {login}").unwrap();
        for (path, entry) in story.all(login).await {
            let slash = if entry.folder { "/" } else { "" };
            let origin = entry.origin.map_or(String::new(), |o| format!("  from {o}"));
            writeln!(out, "{path}{slash}  {}{origin}", entry.rights).unwrap();
        }
        out.push('\n');
    }
    holds("tests/golden/cast.txt", &out);
}
