//! Which employee a personnel number means.

use super::super::error::Refusal;

/// Which of these numbers is meant: the same one, or else the only one that is the same without leading
/// zeros (PRODUCT.md section 5). Gives the places of all that are that number.
///
/// # Errors
/// E05 when none is, E06 when several different ones could be.
pub(super) fn pick<'n>(
    wanted: &str,
    numbers: impl IntoIterator<Item = &'n str>,
) -> Result<Vec<usize>, Refusal> {
    let bare = |number: &str| number.trim_start_matches('0').to_owned();
    let close: Vec<_> = numbers
        .into_iter()
        .enumerate()
        .filter(|(_, number)| bare(number) == bare(wanted))
        .collect();
    let exact = close.iter().any(|(_, number)| *number == wanted);
    let meant: Vec<_> =
        close.into_iter().filter(|(_, number)| !exact || *number == wanted).collect();
    match meant.first() {
        None => Err(Refusal::Employee),
        Some((_, first)) if meant.iter().any(|(_, number)| number != first) => {
            Err(Refusal::Ambiguous)
        }
        Some(_) => Ok(meant.into_iter().map(|(place, _)| place).collect()),
    }
}
