//! The few commands that clients run beside SFTP: `md5sum`, `sha1sum`, `sha256sum`, `cd`, `pwd`.
//!
//! There is no shell. The words of the line are read by [`super::words`], and digests are those of the vfs.

use super::codec::{Path, path};
use super::words::words;
use crate::dossier::{Error, Result};
use crate::vfs::{Algorithm, Entry, Session, Vfs};

/// A command line that is understood.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Command {
    /// The digest of a file; without one, of standard input, which must be empty.
    Digest(Algorithm, Option<Target>),
    /// Whether a folder is there.
    Cd(Target),
    /// The root: every session begins there.
    Pwd,
}

/// A path, with the text that the client wrote.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Target {
    text: String,
    path: Path,
}

/// The command that prints a digest.
const fn command(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "md5sum",
        Algorithm::Sha1 => "sha1sum",
        Algorithm::Sha256 => "sha256sum",
    }
}

/// The digest of nothing.
const fn empty(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::Md5 => "d41d8cd98f00b204e9800998ecf8427e",
        Algorithm::Sha1 => "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        Algorithm::Sha256 => "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    }
}

/// What a command leaves behind.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) out: String,
    pub(super) err: String,
    pub(super) code: u32,
}

impl Command {
    /// Reads a command line; `None` for what is not done here.
    pub(super) fn parse(line: &[u8]) -> Option<Self> {
        let words = words(std::str::from_utf8(line).ok()?)?;
        let mut words = words.into_iter();
        let name = words.next()?;
        let mut rest: Vec<String> = words.collect();
        if rest.first().is_some_and(|word| word == "--") {
            rest.remove(0);
        } else if rest.first().is_some_and(|word| word.starts_with('-')) {
            return None;
        }
        if rest.len() > 1 {
            return None;
        }
        let target = rest.pop().map(|text| Target { path: path(text.as_bytes()), text });
        let digests = [Algorithm::Md5, Algorithm::Sha1, Algorithm::Sha256];
        match (digests.into_iter().find(|a| command(*a) == name), name.as_str(), target) {
            (Some(algorithm), _, target) => Some(Self::Digest(algorithm, target)),
            (None, "cd", target) => Some(Self::Cd(target.unwrap_or_else(Target::root))),
            (None, "pwd", None) => Some(Self::Pwd),
            _ => None,
        }
    }

    /// Whether it is about what comes on standard input.
    pub(super) const fn reads_input(&self) -> bool {
        matches!(self, Self::Digest(_, None))
    }

    /// Does it. `input` tells whether anything came on standard input.
    pub(super) async fn run(self, vfs: &Vfs, session: &Session, input: bool) -> Outcome {
        match self {
            Self::Pwd => Outcome { out: "/\n".to_owned(), ..Outcome::default() },
            Self::Cd(target) => match target.entry(vfs, session).await {
                Ok(entry) if entry.folder => Outcome::default(),
                Ok(_) => target.failed("cd", Error::NotFolder, session),
                Err(error) => target.failed("cd", error, session),
            },
            Self::Digest(algorithm, None) if input => {
                Target::stdin().failed(command(algorithm), Error::Unsupported, session)
            }
            Self::Digest(algorithm, None) => {
                Outcome { out: format!("{}  -\n", empty(algorithm)), ..Outcome::default() }
            }
            Self::Digest(algorithm, Some(target)) => {
                match target.digest(vfs, session, algorithm).await {
                    Ok(digest) => {
                        let hex = data_encoding::HEXLOWER.encode(&digest);
                        Outcome { out: line(&hex, &target.text), ..Outcome::default() }
                    }
                    Err(error) => target.failed(command(algorithm), error, session),
                }
            }
        }
    }
}

impl Target {
    fn root() -> Self {
        Self { text: "/".to_owned(), path: path(b"/") }
    }

    fn stdin() -> Self {
        Self { text: "-".to_owned(), ..Self::root() }
    }

    async fn entry(&self, vfs: &Vfs, session: &Session) -> Result<Entry> {
        vfs.stat(session, self.path.as_ref().map_err(|error| *error)?).await
    }

    async fn digest(&self, vfs: &Vfs, session: &Session, algorithm: Algorithm) -> Result<Vec<u8>> {
        vfs.digest(session, self.path.as_ref().map_err(|error| *error)?, algorithm).await
    }

    fn failed(&self, command: &str, error: Error, session: &Session) -> Outcome {
        let err = format!("{command}: {}: {}\n", self.text, error.sentence(session.language));
        Outcome { err, code: 1, ..Outcome::default() }
    }
}

/// A line as the GNU tools print it: with a backslash before it where the name has one.
fn line(hex: &str, name: &str) -> String {
    if name.contains(['\\', '\n']) {
        format!("\\{hex}  {}\n", name.replace('\\', "\\\\").replace('\n', "\\n"))
    } else {
        format!("{hex}  {name}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_five_commands_are_known_with_one_path_each() {
        let known = |line: &str| Command::parse(line.as_bytes());
        assert!(matches!(known("md5sum"), Some(Command::Digest(Algorithm::Md5, None))));
        assert!(matches!(known("sha1sum -- -x"), Some(Command::Digest(Algorithm::Sha1, Some(_)))));
        assert!(matches!(known("sha256sum '/a b'"), Some(Command::Digest(_, Some(_)))));
        assert!(matches!(known("cd"), Some(Command::Cd(_))));
        assert_eq!(known("pwd"), Some(Command::Pwd));
        for line in [
            "",
            "md5 -r",
            "rclone md5sum",
            "md5sum a b",
            "sha256sum -c x",
            "scp -t /",
            "pwd /",
            "bash",
            "restic serve",
            "MD5SUM x",
        ] {
            assert_eq!(known(line), None, "{line}");
        }
        assert_eq!(Command::parse(b"md5sum \xff"), None);
    }

    #[test]
    fn a_name_with_a_backslash_is_told_as_the_gnu_tools_tell_it() {
        assert_eq!(line("00", "/a b"), "00  /a b\n");
        assert_eq!(line("00", r"/a\b"), "\\00  /a\\\\b\n");
    }

    proptest! {
        #[test]
        fn any_path_survives_quoting(name in "[^\0]{1,40}") {
            let quoted = format!("md5sum -- '{}'", name.replace('\'', r"'\''"));
            let Some(Command::Digest(_, Some(target))) = Command::parse(quoted.as_bytes()) else {
                return Err(TestCaseError::fail("not understood"));
            };
            prop_assert_eq!(target.text, name);
        }

        #[test]
        fn no_line_panics(line in prop::collection::vec(any::<u8>(), 0..60)) {
            drop(Command::parse(&line));
        }
    }
}
