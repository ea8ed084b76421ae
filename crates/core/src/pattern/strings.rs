//! A sorted list of strings, and which of them a text begins with.
//!
//! A list and not an automaton: it is ready as soon as it is sorted. Double-array tries and
//! Aho-Corasick automata search no faster here, because phrases begin where words do and most walks
//! end within a few bytes, but to build one took longer than to check a message
//! (`docs/decisions/0007-phrases-in-a-sorted-list.md`).

use std::ops::Range;

/// Distinct strings in the order of their bytes.
pub(super) struct Strings {
    /// All strings behind each other.
    bytes: Vec<u8>,
    /// Where each begins in `bytes`, and the end of the last.
    starts: Vec<u32>,
    /// For each pair of first bytes, the index of the first string that is not less.
    by_pair: Vec<u32>,
}

fn pair(first: u8, second: u8) -> usize {
    usize::from(first) << 8 | usize::from(second)
}

impl Strings {
    /// Takes strings that are sorted by their bytes, each once and none empty.
    pub(super) fn new<'s>(sorted: impl Iterator<Item = &'s str>) -> Self {
        let mut strings = Self { bytes: Vec::new(), starts: vec![0], by_pair: Vec::new() };
        for (index, string) in (0_u32..).zip(sorted) {
            let mut first = string.bytes();
            let key = pair(first.next().unwrap_or_default(), first.next().unwrap_or_default());
            if strings.by_pair.len() <= key {
                strings.by_pair.resize(key + 1, index);
            }
            strings.bytes.extend_from_slice(string.as_bytes());
            strings.starts.push(u32::try_from(strings.bytes.len()).unwrap_or(u32::MAX));
        }
        let count = strings.len();
        strings.by_pair.resize(1 << 16 | 1, u32::try_from(count).unwrap_or(u32::MAX));
        strings
    }

    fn len(&self) -> usize {
        self.starts.len() - 1
    }

    fn get(&self, index: usize) -> &[u8] {
        let start = self.starts.get(index).map_or(0, |&start| start as usize);
        let end = self.starts.get(index + 1).map_or(0, |&end| end as usize);
        self.bytes.get(start..end).unwrap_or_default()
    }

    /// Calls `found` with the index and the length of every string that `text` begins with, shorter
    /// ones first.
    pub(super) fn prefixes_of(&self, text: &[u8], mut found: impl FnMut(usize, usize)) {
        let Some(&first) = text.first() else { return };
        // A string of one byte sorts before all pairs with that byte but the one with zero.
        let single = self.bucket(pair(first, 0)).start;
        let has_single = self.get(single) == [first];
        if has_single {
            found(single, 1);
        }
        let Some(&second) = text.get(1) else { return };
        let mut range = self.bucket(pair(first, second));
        if second == 0 && has_single {
            range.start += 1;
        }
        let mut depth = 2;
        while !range.is_empty() {
            if self.get(range.start).len() == depth {
                found(range.start, depth);
                range.start += 1;
            }
            if range.len() == 1 {
                let string = self.get(range.start);
                if text.starts_with(string) {
                    found(range.start, string.len());
                }
                return;
            }
            let Some(&byte) = text.get(depth) else { return };
            range = self.narrow(range, depth, byte);
            depth += 1;
        }
    }

    fn bucket(&self, pair: usize) -> Range<usize> {
        let at = |pair: usize| self.by_pair.get(pair).map_or(0, |&index| index as usize);
        at(pair)..at(pair + 1)
    }

    /// The part of a range whose strings have `byte` at `depth`; all have more bytes than that.
    fn narrow(&self, range: Range<usize>, depth: usize, byte: u8) -> Range<usize> {
        let starts = self.starts.get(range.clone()).unwrap_or_default();
        let at = |&start: &u32| self.bytes.get(start as usize + depth).copied().unwrap_or_default();
        let first = starts.partition_point(|start| at(start) < byte);
        let rest = starts.get(first..).unwrap_or_default();
        let count = rest.partition_point(|start| at(start) == byte);
        range.start + first..range.start + first + count
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_shorter_and_longer() {
        let strings = Strings::new(["a", "an", "and", "ant", "b", "中", "中国"].into_iter());
        let found = |text: &str| {
            let mut all = Vec::new();
            strings.prefixes_of(text.as_bytes(), |index, length| all.push((index, length)));
            all
        };
        assert_eq!(found("andes"), [(0, 1), (1, 2), (2, 3)]);
        assert_eq!(found("a"), [(0, 1)]);
        assert_eq!(found("b!"), [(4, 1)]);
        assert_eq!(found("中国"), [(5, 3), (6, 6)]);
        assert_eq!(found("zebra"), []);
        assert_eq!(found(""), []);
    }

    proptest! {
        #[test]
        fn finds_what_a_scan_of_all_would_find(
            mut list in prop::collection::vec("[ab\u{0}é中]{1,5}", 0..30),
            text in "[ab\u{0}é中]{0,8}",
        ) {
            list.sort();
            list.dedup();
            let strings = Strings::new(list.iter().map(String::as_str));
            let mut found = Vec::new();
            strings.prefixes_of(text.as_bytes(), |index, length| found.push((index, length)));
            let mut expected: Vec<(usize, usize)> = list
                .iter()
                .enumerate()
                .filter(|(_, string)| text.starts_with(string.as_str()))
                .map(|(index, string)| (index, string.len()))
                .collect();
            expected.sort_by_key(|&(_, length)| length);
            prop_assert_eq!(found, expected);
        }
    }
}
