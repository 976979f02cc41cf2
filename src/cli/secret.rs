//! Secrets that an operator types: without echo on a terminal, else one line of standard input.

use anyhow::{Context, Result, ensure};
use std::io::{BufRead, IsTerminal};
use zeroize::Zeroizing;

/// Asked for twice on a terminal, else one line of standard input. `what` is it, `whose` it is for:
/// "password", "petra".
pub(super) fn new(what: &str, whose: &str) -> Result<Zeroizing<String>> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return first_line(what, stdin.lock());
    }
    let ask = |prompt: String| rpassword::prompt_password(prompt).map(Zeroizing::new);
    let secret = ask(format!("New {what} for {whose}: "))?;
    let again = ask("Once more: ".to_owned())?;
    ensure!(secret == again, "the two are not the same: nothing was changed");
    Ok(secret)
}

fn first_line(what: &str, input: impl BufRead) -> Result<Zeroizing<String>> {
    let mut line = Zeroizing::new(String::new());
    // Far over the longest password: what is cut here is refused there.
    let mut input = input.take(4096);
    input.read_line(&mut line).with_context(|| format!("the {what} is not UTF-8"))?;
    let secret = Zeroizing::new(line.trim_end_matches(['\r', '\n']).to_owned());
    ensure!(!secret.is_empty(), "give the {what} as one line of standard input");
    Ok(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_the_first_line_without_its_end() {
        let line = |text: &str| first_line("password", text.as_bytes()).map(|l| l.to_string());
        assert_eq!(line("correct horse \r\nmore").unwrap(), "correct horse ");
        assert_eq!(line("correct horse").unwrap(), "correct horse");
        assert!(line("").is_err() && line("\n").is_err());
        assert!(first_line("password", &b"\xff\xfe\n"[..]).is_err());
    }
}
