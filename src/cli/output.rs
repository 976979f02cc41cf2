//! How commands speak: the one place that prints.

use serde::Serialize;
use std::fmt::Display;
use std::io::{IsTerminal, Write};

/// How a command ended (PRODUCT.md section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// 0
    Done = 0,
    /// 1
    Failed = 1,
    /// 2
    Usage = 2,
    /// 3: a plan has changes.
    Changes = 3,
    /// 4
    Partly = 4,
}

/// Where a command's answer goes, as lines for a person or as JSON for a program.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// `--json` was given.
    pub(crate) json: bool,
}

impl Output {
    /// A line for a person; nothing with `--json`.
    pub(crate) fn line(self, text: impl Display) {
        if !self.json {
            print(&format!("{text}\n"));
        }
    }

    /// One value: its lines for a person, the value itself with `--json`.
    pub(crate) fn value<T: Serialize>(self, value: &T, lines: impl Display) {
        if self.json {
            Self::dump(value);
        } else {
            self.line(lines);
        }
    }

    /// A listing: aligned columns under a head for a person, an array with `--json`.
    pub(crate) fn rows<T: Serialize>(
        self,
        head: &[&str],
        rows: &[T],
        cells: impl Fn(&T) -> Vec<String>,
    ) {
        if self.json {
            return Self::dump(&rows);
        }
        let head: Vec<String> = head.iter().map(|h| (*h).to_owned()).collect();
        let lines: Vec<Vec<String>> = std::iter::once(head).chain(rows.iter().map(cells)).collect();
        let columns = lines.iter().map(Vec::len).max().unwrap_or(0);
        let width =
            |c: usize| lines.iter().filter_map(|l| l.get(c)).map(|s| s.chars().count()).max();
        let widths: Vec<usize> = (0..columns).map(|c| width(c).unwrap_or(0)).collect();
        for line in &lines {
            let cells = line.iter().zip(&widths).map(|(cell, w)| format!("{cell:w$}"));
            let text = cells.collect::<Vec<_>>().join("  ");
            print(&format!("{}\n", text.trim_end()));
        }
    }

    /// How far long work is, on a terminal: one line on standard error that the next one replaces.
    pub(crate) fn progress(text: impl Display) {
        let mut terminal = std::io::stderr();
        if terminal.is_terminal() {
            drop(write!(terminal, "\r{text}\x1b[K"));
        }
    }

    fn dump<T: Serialize>(value: &T) {
        let text = serde_json::to_string_pretty(value).unwrap_or_default();
        print(&format!("{text}\n"));
    }
}

/// What went wrong, on standard error: the sentence, then what caused it.
pub(crate) fn complain(error: &anyhow::Error) {
    let causes = error.chain().skip(1).map(|cause| format!("  because: {cause}\n"));
    let text = causes.fold(format!("loondossier: {error}\n"), |text, cause| text + &cause);
    drop(std::io::stderr().write_all(text.as_bytes()));
}

/// As a shell takes it for one word, in a command that is told to be run.
pub(crate) fn word(text: impl Display) -> String {
    let text = text.to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+,:@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A pipe that was closed early is not our failure.
fn print(text: &str) {
    drop(std::io::stdout().write_all(text.as_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_quoted_where_a_shell_would_part_or_read_it() {
        assert_eq!(
            word("/var/lib/loondossier/keys/master.key"),
            "/var/lib/loondossier/keys/master.key"
        );
        for odd in ["", "/a b", "/it's", "/$HOME", "~", "/a;b", "/\u{e9}", "/a\nb", "/a*"] {
            let line = format!("printf %s {}", word(odd));
            let said = std::process::Command::new("sh").args(["-c", &line]).output().unwrap();
            assert_eq!(String::from_utf8(said.stdout).unwrap(), odd, "{line}");
        }
    }
}
