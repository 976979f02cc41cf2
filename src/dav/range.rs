//! Which `Range` headers are honoured (RFC 9110 section 14.2 lets a server ignore any).

/// Whether a file of `size` bytes is answered by a range: by one alone. More get the whole file, so that
/// no request makes an answer longer than the file, and nobody needs one in parts. One that begins past
/// the end is left to be answered 416; a suffix longer than the file is the whole file, which needs no
/// range.
pub(super) fn honoured(header: &str, size: u64) -> bool {
    let bytes = |unit: &str| unit.trim().eq_ignore_ascii_case("bytes");
    let range = header.split_once('=').filter(|(unit, _)| bytes(unit));
    let Some((first, last)) = range.and_then(|(_, range)| range.trim().split_once('-')) else {
        return false;
    };
    match (first, last) {
        ("", suffix) => number(suffix).is_some_and(|n| (1..=size).contains(&n)),
        (first, "") => number(first).is_some(),
        (first, last) => number(first).zip(number(last)).is_some_and(|(first, last)| first <= last),
    }
}

fn number(text: &str) -> Option<u64> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn one_range_is_honoured() {
        for header in ["bytes=0-", "bytes=5-9", "bytes=-3", "bytes=100-", "Bytes=0-999"] {
            assert!(honoured(header, 100), "{header}");
        }
    }

    #[test]
    fn many_or_odd_ranges_are_not() {
        let many = format!(
            "bytes={}",
            (0..9).map(|i| format!("{0}-{0}", i * 2)).collect::<Vec<_>>().join(",")
        );
        let all = format!("bytes={}", ["0-"; 500].join(","));
        for header in [
            many.as_str(),
            all.as_str(),
            "bytes=0-1, 4-5,-2",
            "bytes=0-5,5-6",
            "bytes=0-,-1",
            "bytes=0-1,200-",
            "bytes=-200",
            "bytes=-0",
            "bytes=",
            "bytes=a-b",
            "bytes=9-5",
            "bytes=+1-2",
            "bytes=0-18446744073709551616",
            "lines=0-1",
            "bytes",
        ] {
            assert!(!honoured(header, 100), "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "bytes=[0-9,\\- ]{0,40}", size in any::<u64>()) {
            honoured(&text, size);
        }
    }
}
