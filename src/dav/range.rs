//! Which `Range` headers are honoured (RFC 9110 section 14.2 lets a server ignore any).

/// More ranges than any client asks for at once.
const MAX_RANGES: usize = 8;

/// Whether a file of `size` bytes is answered by ranges: a few, none over another, each beginning in
/// the file. Others get the whole file, so that no request makes an answer longer than the file;
/// but a single one that begins past the end is left to be answered 416.
pub(super) fn honoured(header: &str, size: u64) -> bool {
    let Some((unit, list)) = header.split_once('=') else {
        return false;
    };
    if !unit.trim().eq_ignore_ascii_case("bytes") || list.split(',').count() > MAX_RANGES {
        return false;
    }
    let Some(mut spans) = list.split(',').map(|r| span(r.trim(), size)).collect::<Option<Vec<_>>>()
    else {
        return false;
    };
    let single = spans.len() == 1;
    spans.sort_unstable();
    let apart = spans.iter().zip(spans.iter().skip(1)).all(|((_, end), (start, _))| end < start);
    single || (apart && spans.iter().all(|(start, _)| *start < size))
}

/// The first and last byte of one range. A suffix longer than the file is the whole file, which
/// needs no range.
fn span(range: &str, size: u64) -> Option<(u64, u64)> {
    let number = |text: &str| {
        let digits = text.bytes().all(|b| b.is_ascii_digit());
        digits.then(|| text.parse::<u64>().ok()).flatten()
    };
    let last = size.saturating_sub(1);
    match range.split_once('-')? {
        ("", suffix) => Some((size.checked_sub(number(suffix).filter(|n| *n > 0)?)?, last)),
        (first, "") => Some((number(first)?, last)),
        (first, end) => {
            let (first, end) = (number(first)?, number(end)?);
            (first <= end).then_some((first, end.min(last)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_few_ranges_apart_are_honoured() {
        for header in
            ["bytes=0-", "bytes=5-9", "bytes=-3", "bytes=0-1, 4-5,-2", "bytes=100-", "Bytes=0-999"]
        {
            assert!(honoured(header, 100), "{header}");
        }
    }

    #[test]
    fn overlapping_many_or_odd_ranges_are_not() {
        let many = format!(
            "bytes={}",
            (0..9).map(|i| format!("{0}-{0}", i * 2)).collect::<Vec<_>>().join(",")
        );
        let all = format!("bytes={}", ["0-"; 500].join(","));
        for header in [
            many.as_str(),
            all.as_str(),
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
