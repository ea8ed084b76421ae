//! Cuts a text into pieces of words: of all ways to cut it the likeliest, as a unigram model has it.

use std::ops::Range;

use rustc_hash::FxHashMap;
use unicode_normalization::UnicodeNormalization as _;

/// Stands for the space before a word.
const SPACE: char = '\u{2581}';

/// Pieces in front of the sorted ones: unknown, begin, end.
pub(super) const UNKNOWN: usize = 0;
const BEGIN: usize = 1;
const END: usize = 2;
pub(super) const CONTROL: usize = 3;

/// An unknown character is this much less likely than the rarest piece.
const UNKNOWN_COST: f32 = 10.0;

/// The pieces with their log-probabilities, sorted but for the three in front.
pub(super) struct Vocabulary {
    texts: Vec<&'static str>,
    scores: Vec<f32>,
    unknown: f32,
    /// The pieces of which these are the first two characters, or the only one; spares most of the search.
    begin_with: FxHashMap<(char, Option<char>), Range<usize>>,
}

impl Vocabulary {
    /// The texts must be sorted by their bytes from [`CONTROL`] on.
    pub(super) fn new(texts: Vec<&'static str>, scores: Vec<f32>) -> Self {
        let least = scores.iter().copied().fold(0.0, f32::min);
        let mut begin_with: FxHashMap<_, Range<usize>> = FxHashMap::default();
        for (piece, text) in texts.iter().enumerate().skip(CONTROL) {
            let mut characters = text.chars();
            if let Some(first) = characters.next() {
                let range = begin_with.entry((first, characters.next())).or_insert(piece..piece);
                range.end = piece + 1;
            }
        }
        Self { texts, scores, unknown: least - UNKNOWN_COST, begin_with }
    }

    pub(super) fn len(&self) -> usize {
        self.texts.len()
    }

    /// A piece as it is written.
    #[cfg(test)]
    pub(super) fn text(&self, piece: usize) -> &str {
        self.texts.get(piece).copied().unwrap_or_default()
    }

    /// The numbers of the pieces of a text, between those for begin and end.
    pub(super) fn pieces(&self, text: &str) -> Vec<usize> {
        let text = normalised(text);
        let mut pieces = vec![BEGIN];
        pieces.extend(self.likeliest(&text));
        pieces.push(END);
        pieces
    }

    /// Viterbi's algorithm: the best way to each place by way of the places before it.
    fn likeliest(&self, text: &str) -> Vec<usize> {
        // For each byte the score of the best way there, and its last piece with the place it begins at.
        let mut best: Vec<(f32, usize, usize)> =
            vec![(f32::NEG_INFINITY, UNKNOWN, 0); text.len() + 1];
        if let Some(start) = best.first_mut() {
            start.0 = 0.0;
        }
        for (at, character) in text.char_indices() {
            let Some(&(here, _, _)) = best.get(at) else { continue };
            let mut reach = |end: usize, score: f32, piece: usize| {
                if let Some(there) = best.get_mut(end)
                    && here + score > there.0
                {
                    *there = (here + score, piece, at);
                }
            };
            reach(at + character.len_utf8(), self.unknown, UNKNOWN);
            if let Some(alone) = self.begin_with.get(&(character, None)) {
                let score = self.scores.get(alone.start).copied().unwrap_or_default();
                reach(at + character.len_utf8(), score, alone.start);
            }
            let rest = text.get(at..).unwrap_or_default();
            let mut ends =
                rest.char_indices().map(|(offset, c)| (offset + c.len_utf8(), c)).skip(1);
            let Some((end, second)) = ends.next() else { continue };
            let first_two = self.begin_with.get(&(character, Some(second))).cloned();
            let Some(mut range) = first_two else { continue };
            for end in std::iter::once(end).chain(ends.map(|(end, _)| end)) {
                let prefix = rest.get(..end).unwrap_or_default();
                range = self.narrowed(range, prefix);
                let Some(first) = self.texts.get(range.start).filter(|_| !range.is_empty()) else {
                    break;
                };
                if *first == prefix {
                    let score = self.scores.get(range.start).copied().unwrap_or_default();
                    reach(at + end, score, range.start);
                }
            }
        }
        let mut pieces = Vec::new();
        let mut at = text.len();
        while at > 0 {
            let Some(&(_, piece, start)) = best.get(at) else { break };
            // Neighbouring unknown characters are one unknown piece.
            if piece != UNKNOWN || pieces.last() != Some(&UNKNOWN) {
                pieces.push(piece);
            }
            at = start;
        }
        pieces.reverse();
        pieces
    }

    /// Of a range of sorted pieces those that begin with `prefix`.
    fn narrowed(&self, range: Range<usize>, prefix: &str) -> Range<usize> {
        let texts = self.texts.get(range.clone()).unwrap_or_default();
        let first = texts.partition_point(|text| *text < prefix);
        let tail = texts.get(first..).unwrap_or_default();
        let count = tail.partition_point(|text| text.starts_with(prefix));
        range.start + first..range.start + first + count
    }
}

/// Compatible forms made one, and one mark before each word.
fn normalised(text: &str) -> String {
    let compatible: String = text.nfkc().collect();
    let mut written = String::with_capacity(compatible.len() + 8);
    for word in compatible.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            written.push(SPACE);
            written.push_str(word);
        }
    }
    written
}
