//! Content packed in zstd frames of a mebibyte, with the table of zstd's seekable format behind them
//! (`contrib/seekable_format`): any `zstd` unpacks it whole, and here a range is read without what is
//! before it.

use super::cause::{Cause, Step};
use bytes::Bytes;
use zstd::bulk::{Compressor, decompress};

/// How much content a frame holds; the last one may hold less.
pub(super) const FRAME: usize = 1 << 20;

/// Less than this is not worth a table.
const SMALL: usize = 4 * 1024;

/// zstd's own default: as fast as the disk.
const LEVEL: i32 = 3;

/// The table: a skippable frame that says so, its entries, and a footer.
const SKIPPABLE: u32 = 0x184D_2A5E;
const SEEKABLE: u32 = 0x8F92_EAB1;
const ENTRY: usize = 8;
const FOOTER: usize = 9;
const SKIPPABLE_HEADER: usize = 8;

/// Packs content, a frame at a time.
pub(super) struct Packer {
    compressor: Compressor<'static>,
    /// Of each frame, its size as packed and as it was.
    entries: Vec<(u32, u32)>,
}

impl Packer {
    /// Packs the first frame, when that makes it smaller by a fifth.
    pub(super) fn begin(first: &[u8], out: &mut Vec<u8>) -> Step<Option<Self>> {
        if first.len() < SMALL {
            return Ok(None);
        }
        let mut packer = Self { compressor: Compressor::new(LEVEL)?, entries: Vec::new() };
        packer.frame(first, out)?;
        if out.len() > first.len() / 5 * 4 {
            out.clear();
            return Ok(None);
        }
        Ok(Some(packer))
    }

    /// Packs the next frame.
    pub(super) fn frame(&mut self, content: &[u8], out: &mut Vec<u8>) -> Step<()> {
        const LARGE: Cause = Cause::Broken("a frame is too large");
        if content.is_empty() {
            return Ok(());
        }
        let packed = self.compressor.compress(content)?;
        let sizes = (packed.len().try_into().ok(), content.len().try_into().ok());
        let (Some(packed_size), Some(size)) = sizes else { return Err(LARGE) };
        self.entries.push((packed_size, size));
        out.extend_from_slice(&packed);
        Ok(())
    }

    /// Ends with the table.
    pub(super) fn end(&self, out: &mut Vec<u8>) {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes();
        out.extend_from_slice(&SKIPPABLE.to_le_bytes());
        out.extend_from_slice(&number(self.entries.len() * ENTRY + FOOTER));
        for (packed, size) in &self.entries {
            out.extend_from_slice(&packed.to_le_bytes());
            out.extend_from_slice(&size.to_le_bytes());
        }
        out.extend_from_slice(&number(self.entries.len()));
        out.push(0);
        out.extend_from_slice(&SEEKABLE.to_le_bytes());
    }
}

/// Where the frames of a packed content are.
#[derive(Debug)]
pub(super) struct Table {
    /// Where each frame begins, and after the last one where the table does.
    starts: Vec<u64>,
}

impl Table {
    /// How many bytes at the end of a packed content its table takes.
    pub(super) const fn size(content: u64) -> u64 {
        let frames = content.div_ceil(FRAME as u64);
        (SKIPPABLE_HEADER + FOOTER) as u64 + frames * ENTRY as u64
    }

    /// Reads the table of a content, which is the end of it as packed.
    pub(super) fn read(table: &[u8], packed: u64) -> Step<Self> {
        const BROKEN: Cause = Cause::Broken("no table of frames");
        let entries = table.get(SKIPPABLE_HEADER..table.len().saturating_sub(FOOTER));
        let (mut starts, mut at) = (vec![0], 0_u64);
        for entry in entries.ok_or(BROKEN)?.chunks(ENTRY) {
            let size = entry.first_chunk::<4>().ok_or(BROKEN)?;
            at += u64::from(u32::from_le_bytes(*size));
            starts.push(at);
        }
        if at + table.len() as u64 == packed { Ok(Self { starts }) } else { Err(BROKEN) }
    }

    /// From where to where a frame lies.
    pub(super) fn frame(&self, number: u64) -> Step<(u64, u64)> {
        let number = usize::try_from(number).unwrap_or(usize::MAX);
        match self.starts.get(number..).unwrap_or_default() {
            [from, to, ..] => Ok((*from, *to)),
            _ => Err(Cause::Broken("no such frame")),
        }
    }
}

/// The content of a frame.
pub(super) fn unpack(frame: &[u8]) -> Step<Bytes> {
    Ok(decompress(frame, FRAME)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_where_the_frames_are() {
        let text = b"insert into loon values (1, 2, 3);\n".repeat(80_000);
        let mut packed = Vec::new();
        let mut frames = text.chunks(FRAME);
        let mut packer = Packer::begin(frames.next().unwrap(), &mut packed).unwrap().unwrap();
        for frame in frames {
            packer.frame(frame, &mut packed).unwrap();
        }
        packer.end(&mut packed);
        assert!(packed.len() < text.len() / 10);
        let size = usize::try_from(Table::size(text.len() as u64)).unwrap();
        let (content, end) = packed.split_at(packed.len() - size);
        let table = Table::read(end, packed.len() as u64).unwrap();
        for (number, frame) in (0..).zip(text.chunks(FRAME)) {
            let (from, to) = table.frame(number).unwrap();
            let range = usize::try_from(from).unwrap()..usize::try_from(to).unwrap();
            assert!(unpack(&content[range]).unwrap() == frame);
        }
        assert!(table.frame(3).is_err() && table.frame(u64::MAX).is_err());
        assert!(Table::read(&end[1..], packed.len() as u64).is_err());
    }

    #[test]
    fn what_does_not_shrink_by_a_fifth_stays_as_it_is() {
        let mut out = Vec::new();
        let noise: Vec<u8> = (0..100_000_u32)
            .flat_map(|n| blake3::hash(&n.to_le_bytes()).as_bytes()[..4].to_vec())
            .collect();
        assert!(Packer::begin(&noise, &mut out).unwrap().is_none() && out.is_empty());
        assert!(Packer::begin(b"aaaa", &mut out).unwrap().is_none() && out.is_empty());
    }
}
