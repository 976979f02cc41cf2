//! The authenticator app: `oathtool`, which knows RFC 6238 from elsewhere.

use std::process::Command;

/// The code of a secret in base32, at this time in Unix milliseconds.
pub(crate) fn code(secret: &str, at: i64) -> String {
    let now = format!("@{}", at.div_euclid(1000));
    let said =
        Command::new("oathtool").args(["--totp", "--base32", "--now", &now, secret]).output();
    let said = said.expect("the program oathtool is missing: run tests/run, which installs it");
    assert!(said.status.success(), "{said:?}");
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}
