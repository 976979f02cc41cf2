//! URIs to paths and back.

use crate::dossier::{DossierPath, Error, NameFault, Result};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but the unreserved characters of RFC 3986: some clients compare links letter by letter, and
/// trip over `+` and `#`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Reads the path of a URI, decoded once. No part may hide a slash or go up: a client that means
/// another path writes that path.
///
/// # Errors
/// [`Error::BadName`].
pub(super) fn parse(uri: &str) -> Result<DossierPath> {
    let mut decoded = String::new();
    for part in uri.split('/').filter(|p| !p.is_empty()) {
        let name = percent_decode_str(part).decode_utf8();
        let name = name.map_err(|_| Error::BadName(NameFault::Encoding))?;
        if name.contains('/') || name == "." || name == ".." {
            return Err(Error::BadName(NameFault::Reserved));
        }
        if name.contains(char::is_control) {
            return Err(Error::BadName(NameFault::Control));
        }
        decoded.push('/');
        decoded.push_str(&name);
    }
    DossierPath::parse(&decoded)
}

/// The link of a path. A folder's ends in a slash.
pub(super) fn href(path: &DossierPath, folder: bool) -> String {
    let mut href = String::with_capacity(64);
    for part in path.parts() {
        href.push('/');
        push_name(&mut href, part);
    }
    if folder || href.is_empty() {
        href.push('/');
    }
    href
}

/// The link of the folder so many levels above what a link leads to.
pub(super) fn above(href: &str, levels: usize) -> &str {
    let mut above = href;
    for _ in 0..levels {
        let name = above.trim_end_matches('/').rfind('/').unwrap_or(0);
        above = above.get(..=name).unwrap_or("/");
    }
    above
}

/// A name as one part of a link.
pub(super) fn push_name(href: &mut String, name: &str) {
    href.extend(utf8_percent_encode(name, ENCODED));
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bad(fault: NameFault) -> Result<DossierPath> {
        Err(Error::BadName(fault))
    }

    #[test]
    fn a_path_is_decoded_once() {
        assert_eq!(parse("/a%20b/%C3%A9/").unwrap().parts(), ["a b", "é"]);
        assert_eq!(parse("//a///b").unwrap().parts(), ["a", "b"]);
        assert_eq!(parse("/%252e%252e/x").unwrap().parts(), ["%2e%2e", "x"]);
        assert!(parse("/").unwrap().is_root());
        assert_eq!(parse("/100%").unwrap().parts(), ["100%"]);
    }

    #[test]
    fn nothing_hides_a_slash_or_goes_up() {
        for uri in ["/a/../b", "/%2e%2e/b", "/%2E./b", "/a/./b", "/a%2fb", "/..%2fb", "/.."] {
            assert_eq!(parse(uri), bad(NameFault::Reserved), "{uri}");
        }
        for uri in ["/a%00", "/a%0d%0ab", "/%7f", "/%C2%85"] {
            assert_eq!(parse(uri), bad(NameFault::Control), "{uri}");
        }
        for uri in ["/%c0%ae", "/%ff", "/%ed%a0%80"] {
            assert_eq!(parse(uri), bad(NameFault::Encoding), "{uri}");
        }
        assert_eq!(parse(&format!("/{}", "a".repeat(5_000))), bad(NameFault::TooLong));
    }

    #[test]
    fn links_are_encoded_and_folders_end_in_a_slash() {
        let path = DossierPath::parse("/Werkgevers/Bos & Zn #1+é/it's.pdf").unwrap();
        assert_eq!(href(&path, false), "/Werkgevers/Bos%20%26%20Zn%20%231%2B%C3%A9/it%27s.pdf");
        assert_eq!(href(&DossierPath::default(), true), "/");
        assert_eq!(href(&DossierPath::parse("/a").unwrap(), true), "/a/");
    }

    #[test]
    fn a_folder_above_ends_in_a_slash() {
        for (levels, folder) in [(0, "/a/b%2F/c/"), (1, "/a/b%2F/"), (2, "/a/"), (3, "/"), (4, "/")]
        {
            assert_eq!(above("/a/b%2F/c/", levels), folder);
        }
        assert_eq!(above("/a/b", 1), "/a/");
    }

    proptest! {
        #[test]
        fn a_link_leads_back(parts in proptest::collection::vec("[^/\\p{Cc}]{1,12}", 0..5)) {
            let path = DossierPath::parse(&parts.join("/")).unwrap();
            prop_assert_eq!(parse(&href(&path, false)).unwrap(), path);
        }
    }
}
