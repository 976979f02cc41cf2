//! Lines of CSV that a spreadsheet opens, and finds no formula in.

use crate::dossier::name;

/// One line of CSV with `;`, safe to open in a spreadsheet.
pub(super) fn row(cells: &[&str]) -> String {
    let cells: Vec<_> = cells.iter().map(|cell| safe(cell)).collect();
    format!("{}\n", cells.join(";"))
}

/// A text in one line.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A cell in which no spreadsheet finds a formula, at whatever mark it splits the line; quoted where it
/// must be.
fn safe(cell: &str) -> String {
    let mut text = String::with_capacity(cell.len());
    let mut begins = true;
    for c in cell.chars().map(|c| if c.is_control() { ' ' } else { c }) {
        if begins && is_formula(c) {
            text.push('\'');
        }
        // A quote, a space or what is not seen is left out by some, so that what follows it begins as well.
        let left_out = c == '"' || c.is_whitespace() || name::is_unseen(c);
        begins = matches!(c, ',' | ';') || (begins && left_out);
        text.push(c);
    }
    if text.contains([';', ',', '"', '\'']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

/// Whether a spreadsheet takes what begins with this for a formula; in East Asia also in full width.
const fn is_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '\u{ff1d}' | '\u{ff0b}' | '\u{ff0d}' | '\u{ff20}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_name_is_never_a_formula() {
        assert_eq!(row(&["=cmd|x", "a;b", "-1"]), "\"'=cmd|x\";\"a;b\";\"'-1\"\n");
        assert_eq!(row(&["a\nb", "a\t=b"]), "a b;a =b\n");
        assert_eq!(
            row(&["a,=b", "a, \"@b", "\u{feff}\u{ff1d}c"]),
            "\"a,'=b\";\"a, \"\"'@b\";\"\u{feff}'\u{ff1d}c\"\n"
        );
        assert_eq!(row(&["A. de Vries", "a-b=c+d@e"]), "A. de Vries;a-b=c+d@e\n");
    }

    /// The cells of a line as a program reads them that knows quotes.
    fn cells(line: &str) -> Vec<String> {
        let (mut cells, mut quoted) = (vec![String::new()], false);
        for c in line.trim_end_matches('\n').chars() {
            match c {
                '"' => quoted = !quoted,
                ';' if !quoted => cells.push(String::new()),
                _ => cells.last_mut().unwrap().push(c),
            }
        }
        cells
    }

    proptest! {
        #[test]
        fn no_program_finds_a_formula_in_a_line(all in prop::collection::vec("[=+@\u{ff0b};,\t\r\n\"' a-]{0,9}", 1..4)) {
            let line = row(&all.iter().map(String::as_str).collect::<Vec<_>>());
            prop_assert_eq!(cells(&line).len(), all.len());
            prop_assert_eq!(line.matches('\n').count(), 1);
            for piece in line.split([';', ',', '\t']) {
                let shown = piece.trim_start_matches(['"', ' ']);
                prop_assert!(!shown.starts_with(is_formula), "{piece:?} in {line:?}");
            }
        }
    }
}
