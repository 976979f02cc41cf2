//! The words of a command line, put together as a shell does, and nothing else that a shell does.
//!
//! Knows text alone.

/// The words of a POSIX shell line (XCU section 2.2); `None` where a shell would do more than put
/// words together.
pub(super) fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut rest = line.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' => words.extend(word.take()),
            '\'' => quoted(&mut rest, word.get_or_insert_default())?,
            '"' => double_quoted(&mut rest, word.get_or_insert_default())?,
            '\\' => match rest.next()? {
                '\n' => {}
                c => word.get_or_insert_default().push(c),
            },
            '|' | '&' | ';' | '<' | '>' | '(' | ')' | '$' | '`' | '*' | '?' | '[' | '\n' => {
                return None;
            }
            '#' | '~' if word.is_none() => return None,
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

fn quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '\'' => return Some(()),
            c => word.push(c),
        }
    }
}

fn double_quoted(rest: &mut std::str::Chars<'_>, word: &mut String) -> Option<()> {
    loop {
        match rest.next()? {
            '"' => return Some(()),
            '$' | '`' => return None,
            '\\' => match rest.next()? {
                '\n' => {}
                c @ ('$' | '`' | '"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_together_as_a_shell_does() {
        let all = [
            (r"md5sum /a/na\ me\ é.txt", vec!["md5sum", "/a/na me é.txt"]),
            (r#"cd 'it'"'"'s' "#, vec!["cd", "it's"]),
            (r#"x "a\"b\c" '' "#, vec!["x", r#"a"b\c"#, ""]),
            ("  a\tb  ", vec!["a", "b"]),
            ("a#b c~", vec!["a#b", "c~"]),
        ];
        for (line, expected) in all {
            assert_eq!(words(line).unwrap(), expected, "{line}");
        }
    }

    #[test]
    fn what_only_a_shell_could_do_is_not_understood() {
        for line in [
            "a; b",
            "a && b",
            "a | b",
            "$(a)",
            "`a`",
            "a > b",
            "a *",
            "~/x",
            "'a",
            "\"a",
            "a\\",
            "a\nb",
            "\"$HOME\"",
            "# a",
            "echo ${ShellId}%ComSpec%",
        ] {
            assert_eq!(words(line), None, "{line}");
        }
    }
}
