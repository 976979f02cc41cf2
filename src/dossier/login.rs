//! Logins: which there may be, and when two are the same.

use super::name::Policy;

/// How long a login may be, in bytes.
const LONGEST: usize = 64;

/// What two logins have in common when they are the same login: they are compared without case.
pub fn key(login: &str) -> String {
    Policy::Portable.key(login)
}

/// Whether an account may be called so: what HTTP Basic and SSH can carry, and needs no quoting anywhere.
pub fn is_valid(login: &str) -> bool {
    (1..=LONGEST).contains(&login.len())
        && login.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-@+".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_short_and_plain() {
        let longest = "x".repeat(LONGEST);
        for good in ["petra", "Petra", "loon-visser", "a.devries@example.nl", "jan+x", &longest] {
            assert!(is_valid(good), "{good}");
        }
        let longer = "x".repeat(LONGEST + 1);
        for bad in ["", "a b", "a/b", "..\\x", "a\0", "p\u{e9}", &longer] {
            assert!(!is_valid(bad), "{bad:?}");
        }
        assert_eq!(key("Petra"), key("petra"));
    }
}
