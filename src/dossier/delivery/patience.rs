//! How long what was handed in may wait until it is whole (PRODUCT.md section 5).

use super::{is_batch, is_waiting_name};
use crate::dossier::Refusal;

/// How long an empty file waits for its content, in milliseconds.
const EMPTY: i64 = 10 * 60_000;
/// How long anything waits, in milliseconds.
const ANY: i64 = 24 * 3_600_000;

/// Why a file of this size is refused that has waited so many milliseconds since its last change, in a folder of
/// `/Aanleveren` or in none.
pub fn overdue(folder: Option<&str>, name: &str, size: i64, waited: i64) -> Option<Refusal> {
    let in_batch = folder.is_some_and(is_batch);
    let empty = size == 0 && !in_batch && !is_waiting_name(name);
    match (in_batch, empty) {
        (true, _) if waited > ANY => Some(Refusal::Manifest),
        (false, true) if waited > EMPTY => Some(Refusal::Empty),
        (false, false) if waited > ANY => Some(Refusal::Empty),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_waits_ten_minutes_and_anything_else_a_day() {
        let (minutes, day) = (10 * 60_000, 24 * 3_600_000);
        for (folder, name, size, longest, refusal) in [
            (None, "a.pdf", 0, minutes, Refusal::Empty),
            (Some("123456782L01"), "a.pdf", 0, minutes, Refusal::Empty),
            (None, "a.pdf.part", 0, day, Refusal::Empty),
            (None, "a.pdf", 1, day, Refusal::Empty),
            (Some("november"), "a.pdf", 0, day, Refusal::Manifest),
            (Some("november"), "a.pdf.part", 1, day, Refusal::Manifest),
        ] {
            assert_eq!(overdue(folder, name, size, longest), None, "{folder:?} {name} {size}");
            assert_eq!(
                overdue(folder, name, size, longest + 1),
                Some(refusal),
                "{folder:?} {name}"
            );
        }
    }
}
