//! Where an object lies in a folder.

use std::path::{Path, PathBuf};

/// The file that an object lies in below the folder `blobs`, as an index of contents has it, and where in the file its
/// bytes begin: a member of an archive has its place in its name, and a header of 512 bytes before it.
pub(crate) fn place(blobs: &Path, object: &str) -> (PathBuf, u64) {
    let Some((archive, member)) = object.split_once(".tar/") else {
        return (blobs.join(object), 0);
    };
    let member = member.strip_suffix(".age").and_then(|member| member.split_once('-'));
    let begins: u64 = member.unwrap().1.parse().unwrap();
    (blobs.join(format!("{archive}.tar")), begins + 512)
}
