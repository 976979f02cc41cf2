//! A ZIP archive of one file, which is not compressed.
//!
//! Knows the format (PKWARE's APPNOTE 6.3). Must not know what the file is.

/// The version that a reader needs, and no flags, and no compression.
const PLAIN: [u8; 6] = [10, 0, 0, 0, 0, 0];
/// Midnight of 1 January 1980, the first time that the format knows.
const TIME: [u8; 4] = [0, 0, 0x21, 0];

/// The archive. `name` and `data` are small.
pub(super) fn zip(name: &str, data: &[u8]) -> Vec<u8> {
    let size = length(data.len());
    let name_length = u16::try_from(name.len()).unwrap_or(0).to_le_bytes();
    let sums = [crc32(data).to_le_bytes(), size, size].concat();
    let common = [&PLAIN[..], &TIME, &sums, &name_length, &[0, 0]].concat();
    let local = [b"PK\x03\x04", common.as_slice(), name.as_bytes(), data].concat();
    let listed = [b"PK\x01\x02\x0a\x00", common.as_slice(), &[0; 14], name.as_bytes()].concat();
    let counts = [0, 0, 0, 0, 1, 0, 1, 0];
    let (listed_size, listed_at) = (length(listed.len()), length(local.len()));
    let end = [b"PK\x05\x06", &counts[..], &listed_size, &listed_at, &[0, 0]].concat();
    [local, listed, end].concat()
}

fn length(bytes: usize) -> [u8; 4] {
    u32::try_from(bytes).unwrap_or(0).to_le_bytes()
}

/// The CRC-32 of ZIP and PNG.
pub(super) fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 0 { crc >> 1 } else { (crc >> 1) ^ 0xedb8_8320 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_is_the_one_that_every_reader_makes() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
    }

    #[test]
    fn the_end_says_where_the_listing_is() {
        let zip = zip("loon.csv", b"a;b\n");
        let end = &zip[zip.len() - 22..];
        let number = |at: usize| u32::from_le_bytes(end[at..at + 4].try_into().unwrap()) as usize;
        assert!(end.starts_with(b"PK\x05\x06"));
        assert!(zip[number(16)..].starts_with(b"PK\x01\x02"));
        assert_eq!(number(16) + number(12) + 22, zip.len());
    }
}
