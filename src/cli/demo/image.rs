//! An identity card that nobody was ever given, as a PNG.
//!
//! Knows the format (ISO/IEC 15948). Must not know whose dossier it comes to lie in.

use super::archive::crc32;

/// The card, in pixels. With one byte each it fits in one uncompressed block.
const WIDTH: u16 = 320;
const HEIGHT: u16 = 200;

/// The colours, by which pixels are numbered: paper, banner, dark, light, skin.
const PALETTE: [[u8; 3]; 5] =
    [[232, 238, 246], [33, 70, 139], [40, 44, 52], [206, 216, 230], [224, 178, 148]];

/// Which colour a pixel of the card has.
fn colour(x: i32, y: i32) -> u8 {
    let within = |left: i32, top: i32, width: i32, height: i32| {
        (left..left + width).contains(&x) && (top..top + height).contains(&y)
    };
    let round = |(cx, cy): (i32, i32), (rx, ry): (i32, i32)| {
        ((x - cx) * ry).pow(2) + ((y - cy) * rx).pow(2) <= (rx * ry).pow(2)
    };
    let bars = [(48, 120), (68, 90), (88, 140), (108, 70), (128, 110)];
    if within(0, 0, 320, 28) {
        1
    } else if within(20, 44, 96, 112) {
        match () {
            () if round((68, 88), (22, 27)) => 4,
            () if round((68, 160), (42, 42)) => 1,
            () => 3,
        }
    } else if bars.iter().any(|(top, width)| within(140, *top, *width, 8))
        || (within(0, 168, 320, 24) && (y - 168) % 12 < 6 && (x + y) % 8 < 6)
    {
        2
    } else {
        0
    }
}

/// The card.
pub(super) fn identity_card() -> Vec<u8> {
    // No filter on any line, eight bits for each pixel, by the palette.
    let line = |y| std::iter::once(0).chain((0..WIDTH.into()).map(move |x| colour(x, y)));
    let lines: Vec<u8> = (0..HEIGHT.into()).flat_map(line).collect();
    let (width, height) = (u32::from(WIDTH).to_be_bytes(), u32::from(HEIGHT).to_be_bytes());
    let mut file = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut file, *b"IHDR", &[&width[..], &height, &[8, 3, 0, 0, 0]].concat());
    chunk(&mut file, *b"PLTE", PALETTE.as_flattened());
    chunk(&mut file, *b"IDAT", &stored(&lines));
    chunk(&mut file, *b"IEND", &[]);
    file
}

fn chunk(file: &mut Vec<u8>, kind: [u8; 4], data: &[u8]) {
    let body = [&kind, data].concat();
    file.extend_from_slice(&u32::try_from(data.len()).unwrap_or(0).to_be_bytes());
    file.extend_from_slice(&body);
    file.extend_from_slice(&crc32(&body).to_be_bytes());
}

/// A zlib stream of one block that is not compressed (RFC 1950, RFC 1951): at most 65,535 bytes.
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(0);
    let (low, high) = data.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    let adler: u32 = (high << 16) | low;
    let head = [0x78, 0x01, 0x01];
    [&head, &length.to_le_bytes()[..], &(!length).to_le_bytes(), data, &adler.to_be_bytes()]
        .concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_card_fits_in_one_block_and_its_checks_are_right() {
        assert!((usize::from(WIDTH) + 1) * usize::from(HEIGHT) <= 65_535);
        let card = identity_card();
        assert!(card.starts_with(b"\x89PNG\r\n\x1a\n"));
        assert!(card.ends_with(b"IEND\xae\x42\x60\x82"));
        assert!(stored(b"Wikipedia").ends_with(&[0x11, 0xe6, 0x03, 0x98]));
    }

    #[test]
    fn every_colour_is_on_the_card() {
        let all = |c| (0..320).any(|x| (0..200).any(|y| colour(x, y) == c));
        assert!((0..5).all(all));
    }
}
