//! Read-ahead: what is fetched at once when a client reads a file from front to back.
//!
//! Pure bookkeeping; fetching is the caller's.

use super::budget::Charge;
use bytes::{Bytes, BytesMut};

/// The least and the most that is fetched at once, in bytes.
const FIRST: usize = 1 << 20;
const MOST: usize = 4 << 20;

/// What was fetched of one file and not yet read.
#[derive(Debug, Default)]
pub(super) struct Ahead {
    /// Where the next read begins if the client reads on.
    next: u64,
    /// How many reads followed each other.
    run: u32,
    /// How much was fetched the last time.
    fetched: usize,
    /// What is at `next`.
    buffer: Bytes,
    charge: Option<Charge>,
}

impl Ahead {
    /// What is there of these bytes, from the first of them on.
    pub(super) fn take(&mut self, offset: u64, length: usize) -> Bytes {
        if offset != self.next {
            *self = Self { next: offset, ..Self::default() };
        }
        self.run = self.run.saturating_add(1);
        let data = self.buffer.split_to(length.min(self.buffer.len()));
        self.next += data.len() as u64;
        if self.buffer.is_empty() {
            (self.buffer, self.charge) = (Bytes::new(), None);
        }
        data
    }

    /// How many bytes are worth fetching when `missing` are asked for and `left` are in the file.
    pub(super) fn worth(&self, missing: usize, left: u64) -> usize {
        let more = match (self.run, self.fetched) {
            (0..=2, _) => missing,
            (_, 0) => FIRST,
            (_, fetched) => (fetched * 2).min(MOST),
        };
        usize::try_from(left).unwrap_or(usize::MAX).min(more.max(missing))
    }

    /// Takes in what was fetched after `start`, which was there already, and gives the `length`
    /// bytes that were asked for, or as many as there are.
    pub(super) fn fill(
        &mut self,
        start: &Bytes,
        mut fetched: Bytes,
        length: usize,
        charge: Option<Charge>,
    ) -> Bytes {
        self.fetched = if charge.is_some() { fetched.len() } else { 0 };
        let rest = fetched.split_to((length - start.len()).min(fetched.len()));
        self.next += rest.len() as u64;
        self.charge = charge.filter(|_| !fetched.is_empty());
        self.buffer = fetched;
        if start.is_empty() {
            return rest;
        }
        let mut whole = BytesMut::with_capacity(start.len() + rest.len());
        whole.extend_from_slice(start);
        whole.extend_from_slice(&rest);
        whole.freeze()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sftp::budget::Budget;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    const PIECE: usize = 32 * 1024;

    static FILE: LazyLock<Bytes> =
        LazyLock::new(|| (0..20 << 20).map(|i: u32| (i / 7 % 251) as u8).collect());

    fn file(size: usize) -> Bytes {
        FILE.slice(..size)
    }

    /// Reads as a handle does, and counts the fetches.
    fn read(
        ahead: &mut Ahead,
        file: &Bytes,
        offset: usize,
        length: usize,
        fetches: &mut u32,
    ) -> Bytes {
        let length = length.min(file.len().saturating_sub(offset));
        let start = ahead.take(offset as u64, length);
        if start.len() == length {
            return start;
        }
        *fetches += 1;
        let from = offset + start.len();
        let missing = length - start.len();
        let worth = ahead.worth(missing, (file.len() - from) as u64);
        let budget = Budget::new(usize::MAX, None);
        let charge = (worth > missing).then(|| budget.charge(worth));
        ahead.fill(&start, file.slice(from..from + worth), length, charge)
    }

    #[test]
    fn a_file_read_from_front_to_back_is_fetched_in_a_few_pieces() {
        let (file, mut ahead, mut fetches) = (file(20 << 20), Ahead::default(), 0);
        let mut offset = 0;
        while offset < file.len() {
            let data = read(&mut ahead, &file, offset, PIECE, &mut fetches);
            assert_eq!(data, file.slice(offset..(offset + PIECE).min(file.len())));
            offset += data.len();
        }
        assert_eq!(fetches, 2 + 7, "two by themselves, then 1, 2, 4 thrice more and the rest");
        assert!(ahead.charge.is_none(), "at the end nothing is held");
    }

    proptest! {
        #[test]
        fn whatever_is_read_in_whatever_order_is_what_the_file_holds(
            reads in prop::collection::vec((0usize..3_000_000, 1usize..300_000, any::<bool>()), 1..30)
        ) {
            let (file, mut ahead, mut fetches) = (file(3_000_000), Ahead::default(), 0);
            let mut at = 0;
            for (jump, length, on) in reads {
                let offset = if on { at } else { jump };
                let data = read(&mut ahead, &file, offset, length, &mut fetches);
                let end = (offset + length).min(file.len());
                prop_assert_eq!(&data, &file.slice(offset.min(end)..end));
                at = offset + data.len();
            }
        }
    }
}
