//! What a client is told when something was not done: one code and one sentence per error.
//!
//! Knows `dossier::Error`. What a viewer may not see arrives here as `NotFound` already.

use super::reply::Reply;
use crate::dossier::{Error, Language};

/// Status codes (draft-ietf-secsh-filexfer-02 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    Ok = 0,
    Eof = 1,
    NoSuchFile = 2,
    PermissionDenied = 3,
    Failure = 4,
    BadMessage = 5,
    NoConnection = 6,
    Unsupported = 8,
}

/// The answer to a request that failed.
pub(super) fn refusal(error: Error, language: Language) -> Reply {
    Reply::Status(code(error), error.sentence(language))
}

const fn code(error: Error) -> Code {
    match error {
        Error::NotFound | Error::NoParent => Code::NoSuchFile,
        Error::Denied => Code::PermissionDenied,
        Error::Unsupported => Code::Unsupported,
        Error::SessionEnded => Code::NoConnection,
        Error::Exists
        | Error::NotEmpty
        | Error::IsFolder
        | Error::NotFolder
        | Error::KindsMeet
        | Error::BadName(_)
        | Error::Locked
        | Error::Precondition
        | Error::TooLarge
        | Error::NoSpace
        | Error::Truncated
        | Error::Checksum
        | Error::Refused(_)
        | Error::TooMany
        | Error::Unavailable => Code::Failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dossier::{NameFault, Refusal};

    #[test]
    fn a_refusal_carries_its_code_and_the_sentence_in_the_users_language() {
        let told = |error, language| match refusal(error, language) {
            Reply::Status(code, sentence) => (code, sentence),
            other => panic!("{other:?}"),
        };
        let (code, sentence) = told(Error::NotFound, Language::En);
        assert_eq!(code, Code::NoSuchFile);
        assert_eq!(sentence, "This does not exist here.");
        let (code, sentence) = told(Error::Refused(Refusal::Lhn), Language::Nl);
        assert_eq!(code, Code::Failure);
        assert!(sentence.starts_with("E04: "), "{sentence}");
        let (code, _) = told(Error::BadName(NameFault::Encoding), Language::Nl);
        assert_eq!(code, Code::Failure);
    }

    #[test]
    fn a_missing_parent_looks_like_a_missing_file() {
        assert_eq!(code(Error::NoParent), code(Error::NotFound));
    }
}
