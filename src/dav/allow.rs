//! Which methods are allowed on what a path leads to: the header `Allow` (RFC 9110 section 10.2.1).
//!
//! Knows what an entry says that its viewer may do with it; must not know how any of it is done.

use crate::vfs::{Entry, May};

/// Every method that is spoken here; on a name that nothing has, any of them may do something.
pub(super) const METHODS: &str =
    "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, MKCOL, COPY, MOVE, LOCK, UNLOCK";

/// The methods that do something with an entry. `writes` is whether a copy of it may be put anywhere.
pub(super) fn methods(entry: &Entry, writes: bool) -> String {
    let may = entry.may;
    let (reads, moves) = (may.any(May::READ), may.any(May::RENAME | May::MOVE));
    let of_the_tree = entry.folder && entry.public_id.is_none();
    let each = [
        ("OPTIONS", true),
        // A folder is listed by PROPFIND, and no place to put anything on.
        ("GET", reads && !entry.folder),
        ("HEAD", true),
        ("PUT", may.any(May::WRITE)),
        ("DELETE", may.any(May::REMOVE)),
        ("PROPFIND", true),
        ("PROPPATCH", entry.lockable()),
        ("COPY", reads && writes && !of_the_tree),
        ("MOVE", moves),
        ("LOCK", entry.lockable()),
        ("UNLOCK", entry.lockable()),
    ];
    let allowed = each.into_iter().filter(|(_, allowed)| *allowed);
    allowed.map(|(method, _)| method).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_done_is_what_is_allowed() {
        let entry = |folder, may| {
            let public_id = Some("f".to_owned());
            Entry { folder, may, public_id, ..Entry::default() }
        };
        let of = |folder, may| methods(&entry(folder, may), true);
        let whole = May::READ | May::NOTE | May::RENAME | May::MOVE | May::REMOVE;
        assert_eq!(
            of(false, whole | May::WRITE),
            "OPTIONS, GET, HEAD, PUT, DELETE, PROPFIND, PROPPATCH, COPY, MOVE, LOCK, UNLOCK"
        );
        assert_eq!(
            of(true, whole | May::MAKE_FILE | May::MAKE_FOLDER),
            "OPTIONS, HEAD, DELETE, PROPFIND, PROPPATCH, COPY, MOVE, LOCK, UNLOCK"
        );
        assert_eq!(of(true, May::READ), "OPTIONS, HEAD, PROPFIND, COPY");
        assert_eq!(of(false, May::READ), "OPTIONS, GET, HEAD, PROPFIND, COPY");
        assert_eq!(methods(&entry(false, May::READ), false), "OPTIONS, GET, HEAD, PROPFIND");
        let top = Entry { public_id: None, ..entry(true, May::READ | May::MAKE_FILE) };
        assert_eq!(methods(&top, true), "OPTIONS, HEAD, PROPFIND", "a folder of the tree itself");
    }

    #[test]
    fn what_is_allowed_anywhere_is_spoken_here() {
        let spoken: Vec<_> = METHODS.split(", ").collect();
        let all = May::READ | May::NOTE | May::WRITE | May::RENAME | May::REMOVE;
        let file = methods(&Entry { may: all, ..Entry::default() }, true);
        assert!(file.split(", ").all(|method| spoken.contains(&method)));
        assert_eq!(file.split(", ").count() + 1, spoken.len(), "but for MKCOL");
    }
}
