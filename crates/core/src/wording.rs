//! How a text is worded as a whole: a bag of words, kept on a short lead.
//!
//! Signs are acts that somebody thought of beforehand; real writers find other ways to say them. What
//! the words of a text have in common with those of known approaches helps where no sign matches.
//! It also learns authors and trades, so its say is bounded by [`crate::model::WORDS_LOGIT_MAX`], and
//! it never sees what could tell origin: words with a capital (names, places, peoples), the names of
//! the thread's people in any script, and the words of `testdata/fairness/origin_words.txt`, which the
//! fit leaves out.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use serde::Deserialize;

use crate::fold::is_unspaced;

/// `base/wording.toml`, written by `cargo xtask fit`.
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WordingModel {
    /// The term of a text without known words.
    pub intercept: f64,
    /// What the score is multiplied with before it is bounded.
    pub scale: f64,
    /// For each gram its inverse document frequency and its weight.
    pub grams: BTreeMap<String, [f64; 2]>,
}

/// How often each gram stands in a text.
pub type Grams = HashMap<String, u32>;

/// Letters of a longer word that stand for its stem.
const STEM_CHARS: usize = 5;

/// Adds the grams of a folded text: words, pairs of words, stems, and pairs of characters in scripts
/// without spaces. `is_small` tells whether the word that begins at a place may be counted.
pub fn count_grams(
    folded: &str,
    masked: &[Range<usize>],
    is_small: impl Fn(usize) -> bool,
    grams: &mut Grams,
) {
    let mut add = |gram: String| *grams.entry(gram).or_default() += 1;
    let is_masked = |at: usize| masked.iter().any(|name| name.contains(&at));
    let mut previous: Option<&str> = None;
    let mut characters = folded.char_indices().peekable();
    let mut pair: Option<char> = None;
    while let Some((start, character)) = characters.next() {
        if is_unspaced(character) {
            previous = None;
            if is_masked(start) {
                pair = None;
                continue;
            }
            if let Some(first) = pair {
                add(format!("z:{first}{character}"));
            }
            pair = Some(character);
            continue;
        }
        pair = None;
        if !character.is_alphabetic() {
            if matches!(character, '.' | '!' | '?' | '\n' | ':' | ';') {
                previous = None;
            }
            continue;
        }
        let mut end = start + character.len_utf8();
        while let Some(&(at, next)) = characters.peek() {
            if !(next.is_alphabetic() && !is_unspaced(next) || next == '\'') {
                break;
            }
            end = at + next.len_utf8();
            characters.next();
        }
        let word = folded.get(start..end).unwrap_or_default().trim_end_matches('\'');
        if is_masked(start) || !is_small(start) {
            previous = None;
            continue;
        }
        add(format!("w:{word}"));
        if word.chars().count() > STEM_CHARS {
            add(format!("s:{}", word.chars().take(STEM_CHARS).collect::<String>()));
        }
        if let Some(before) = previous {
            add(format!("b:{before} {word}"));
        }
        previous = Some(word);
    }
}

impl WordingModel {
    /// The weight of each known gram of a text, by length-normalised TF-IDF.
    pub fn row<'m>(&'m self, grams: &'m Grams) -> Vec<(&'m str, f64)> {
        let mut row: Vec<(&str, f64, f64)> = grams
            .iter()
            .filter_map(|(gram, &count)| {
                let &[idf, weight] = self.grams.get(gram)?;
                Some((gram.as_str(), (1.0 + f64::from(count).ln()) * idf, weight))
            })
            .collect();
        // Sums of floats depend on their order, and a hash map has none.
        row.sort_by(|a, b| a.0.cmp(b.0));
        let length = row.iter().map(|(_, value, _)| value * value).sum::<f64>().sqrt().max(1e-9);
        row.into_iter().map(|(gram, value, weight)| (gram, value / length * weight)).collect()
    }

    /// The score of a text: log-odds before scaling.
    pub fn score(&self, grams: &Grams) -> f64 {
        self.intercept + self.row(grams).iter().map(|(_, weight)| weight).sum::<f64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_small_words_stems_and_pairs() {
        let mut grams = Grams::new();
        count_grams("send the drawings 请发", &[], |_| true, &mut grams);
        let mut found: Vec<&str> = grams.keys().map(String::as_str).collect();
        found.sort_unstable();
        assert_eq!(
            found,
            ["b:send the", "b:the drawings", "s:drawi", "w:drawings", "w:send", "w:the", "z:请发"]
        );
    }

    #[test]
    fn names_and_capitals_leave_no_gram() {
        let mut grams = Grams::new();
        count_grams("marta sends", std::slice::from_ref(&(0..5)), |at| at != 6, &mut grams);
        assert!(grams.is_empty(), "{grams:?}");
    }
}
