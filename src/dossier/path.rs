//! The only form of a path past the adapters.

use super::error::{Error, NameFault, Result};
use std::fmt;

/// The longest path, in bytes.
const MAX_PATH: usize = 4096;

/// An absolute path: names without `.`, `..`, empty parts or NUL. What names are allowed where is
/// the area's affair ([`super::name::Policy`]).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DossierPath(Vec<String>);

impl DossierPath {
    /// Reads a path as a client sends it, after its protocol's own decoding. Empty parts and `.`
    /// fall away, `..` goes up and stops at the root, as REALPATH of the SFTP v3 draft expects.
    ///
    /// # Errors
    /// [`Error::BadName`] over 4,096 bytes or with a NUL.
    pub fn parse(raw: &str) -> Result<Self> {
        if raw.len() > MAX_PATH {
            return Err(Error::BadName(NameFault::TooLong));
        }
        if raw.contains('\0') {
            return Err(Error::BadName(NameFault::Control));
        }
        let mut parts = Vec::new();
        for part in raw.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                name => parts.push(name.to_owned()),
            }
        }
        Ok(Self(parts))
    }

    /// The names from the root down.
    pub fn parts(&self) -> &[String] {
        &self.0
    }

    /// Whether this is `/`.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// The last name; `None` for the root.
    pub fn name(&self) -> Option<&str> {
        self.0.last().map(String::as_str)
    }

    /// The folder it is in; the root's is the root.
    #[must_use]
    pub fn parent(&self) -> Self {
        Self(self.0.split_last().map(|(_, up)| up.to_vec()).unwrap_or_default())
    }

    /// A name inside this folder.
    #[must_use]
    pub fn join(&self, name: &str) -> Self {
        let mut parts = self.0.clone();
        parts.push(name.to_owned());
        Self(parts)
    }

    /// The path with each name, of which the depth from 0 is told too, in another form.
    #[must_use]
    pub fn map(&self, form: impl Fn(usize, &str) -> String) -> Self {
        Self(self.0.iter().enumerate().map(|(depth, name)| form(depth, name)).collect())
    }

    /// How long it is, in bytes.
    pub fn bytes(&self) -> usize {
        self.0.iter().map(|name| name.len() + 1).sum()
    }

    /// Whether what lies so many bytes of path below this can be asked for.
    ///
    /// # Errors
    /// [`Error::BadName`] over 4,096 bytes in all.
    pub fn reaches(&self, below: usize) -> Result<()> {
        let fits = self.bytes().saturating_add(below) <= MAX_PATH;
        if fits { Ok(()) } else { Err(Error::BadName(NameFault::TooLong)) }
    }

    /// Whether this is `other` or lies somewhere below it, name by name as written.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl fmt::Display for DossierPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("/");
        }
        self.0.iter().try_for_each(|part| write!(f, "/{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> DossierPath {
        DossierPath::parse(text).unwrap()
    }

    #[test]
    fn a_path_is_its_names_from_the_root_down() {
        let deep = path("//a/./b//../c/");
        assert_eq!((deep.to_string().as_str(), deep.parts().len()), ("/a/c", 2));
        assert_eq!((deep.name(), deep.parent()), (Some("c"), path("/a")));
        assert_eq!(path("/a").join("c"), deep);
        let root = path("/../..");
        assert_eq!((root.name(), root.parent(), root.to_string().as_str()), (None, path(""), "/"));
        assert!(root.is_root() && !path("/a").is_root());
    }

    #[test]
    fn a_path_is_within_itself_and_what_is_above_it() {
        assert!(path("/a/b").is_within(&path("/a")) && path("/a").is_within(&path("/a")));
        assert!(!path("/a").is_within(&path("/a/b")) && !path("/ab").is_within(&path("/a")));
    }

    #[test]
    fn a_path_is_at_most_4096_bytes_and_has_no_nul() {
        assert!(DossierPath::parse(&"x".repeat(4_096)).is_ok());
        let long = DossierPath::parse(&"x".repeat(4_097));
        assert_eq!(long, Err(Error::BadName(NameFault::TooLong)));
        let folder = path("/caf\u{e9}/x");
        assert_eq!(folder.bytes(), folder.to_string().len());
        assert!(folder.reaches(4_088).is_ok() && folder.reaches(4_089).is_err());
        assert_eq!(DossierPath::parse("a\0b"), Err(Error::BadName(NameFault::Control)));
    }
}
