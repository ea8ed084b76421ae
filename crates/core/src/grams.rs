//! What the learned models see of a text, and how they score it.
//!
//! A *gram* is a word, a stem, two words in a row, or a few characters of a script without spaces. The
//! models never see what could tell origin: words with a capital (names, places, peoples), the names
//! of the thread's people in any script, and words for origin ([`crate::origin`]), which the fit
//! leaves out.
//!
//! A [`GramTable`] holds linear models over grams, one a column, as `cargo xtask fit` wrote them.

use std::fmt;
use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;

use ndarray::{Array1, ArrayView1};
use rustc_hash::{FxHashMap, FxHasher};

use crate::encoder::IN_CONTEXT;
use crate::fold::is_unspaced;

/// A piece of folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Gram<'t> {
    /// A word.
    Word(&'t str),
    /// The first letters of a longer word, which endings leave alone.
    Stem(&'t str),
    /// Two words in a row.
    Pair(&'t str, &'t str),
    /// Two or three characters in a row: of a script without spaces, or inside a Korean word, whose
    /// endings are many.
    Characters(&'t str),
}

/// The number that stands for a gram; two grams share one as good as never.
pub type GramKey = u64;

impl Gram<'_> {
    /// Its number, the same for as long as a program runs.
    pub fn key(&self) -> GramKey {
        let mut hasher = FxHasher::default();
        self.hash(&mut hasher);
        hasher.finish()
    }

    /// Reads a gram as [`fmt::Display`] writes it.
    fn parse(written: &str) -> Option<Gram<'_>> {
        let (kind, text) = written.split_once(':')?;
        match kind {
            "w" => Some(Gram::Word(text)),
            "s" => Some(Gram::Stem(text)),
            "b" => text.split_once(' ').map(|(first, second)| Gram::Pair(first, second)),
            "z" => Some(Gram::Characters(text)),
            _ => None,
        }
    }
}

impl fmt::Display for Gram<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "w:{word}"),
            Self::Stem(stem) => write!(f, "s:{stem}"),
            Self::Pair(first, second) => write!(f, "b:{first} {second}"),
            Self::Characters(characters) => write!(f, "z:{characters}"),
        }
    }
}

/// Letters of a longer word that stand for its stem.
const STEM_CHARS: usize = 5;

/// Calls `see` for every gram in a range of folded text. `masked` are the places of names; `is_small`
/// tells whether the word that begins at a place may be seen.
pub fn each<'t>(
    folded: &'t str,
    range: Range<usize>,
    masked: &[Range<usize>],
    is_small: impl Fn(usize) -> bool,
    mut see: impl FnMut(Gram<'t>),
) {
    let is_masked = |at: usize| masked.iter().any(|name| name.contains(&at));
    let text = folded.get(range.clone()).unwrap_or_default();
    let piece = |from: usize, to: usize| folded.get(from..to).unwrap_or_default();
    let mut previous: Option<&'t str> = None;
    // Where the last two characters of an unspaced run began.
    let mut run: [Option<usize>; 2] = [None, None];
    // Whether the character before is the last of a name, onto which Korean writes its particles.
    let mut after_name = false;
    let mut characters = text.char_indices().map(|(at, c)| (range.start + at, c)).peekable();
    while let Some((start, character)) = characters.next() {
        if is_unspaced(character) {
            previous = None;
            after_name = is_masked(start);
            if after_name {
                run = [None, None];
                continue;
            }
            let end = start + character.len_utf8();
            for from in run.into_iter().flatten() {
                see(Gram::Characters(piece(from, end)));
            }
            run = [run[1], Some(start)];
            continue;
        }
        run = [None, None];
        if !character.is_alphabetic() {
            after_name = false;
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
        let word = piece(start, end).trim_end_matches('\'');
        if is_masked(start) || after_name || !is_small(start) {
            previous = None;
            after_name = false;
            continue;
        }
        see(Gram::Word(word));
        if let Some((cut, _)) = word.char_indices().nth(STEM_CHARS) {
            see(Gram::Stem(word.get(..cut).unwrap_or_default()));
        }
        if word.chars().any(is_hangul) {
            let ends = word.char_indices().map(|(at, c)| (at, at + c.len_utf8()));
            for ((from, _), (_, to)) in ends.clone().zip(ends.skip(1)) {
                see(Gram::Characters(word.get(from..to).unwrap_or_default()));
            }
        }
        if let Some(before) = previous {
            see(Gram::Pair(before, word));
        }
        previous = Some(word);
    }
}

/// Whether a character is a syllable of the Korean script.
pub(crate) fn is_hangul(character: char) -> bool {
    matches!(character, '\u{ac00}'..='\u{d7a3}')
}

/// Linear models over grams: for each gram how telling it is, and what it weighs in each model.
///
/// A text is scored by length-normalised TF-IDF, so a long one counts no more than a short one. Grams that
/// the table does not know count for the length, as rare ones: of a text in words that the fit has never
/// seen little can be said, whatever the few known words are.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GramTable {
    columns: Vec<Column>,
    /// The inverse document frequency of a gram that is not in the table.
    unknown_idf: f64,
    /// Inverse document frequency, and the range in `weights`.
    rows: FxHashMap<GramKey, (f64, Range<usize>)>,
    weights: Vec<(usize, f64)>,
    /// What an indicator in the text, or a question, adds in each model.
    signs: FxHashMap<String, Vec<(usize, f64)>>,
    /// What each number of a meaning adds in each model, or, where there are units, each unit.
    meaning: Vec<Vec<(usize, f64)>>,
    /// What is made of the numbers of a meaning before they count.
    units: Vec<Unit>,
}

/// A hidden unit: a sum over the numbers of a meaning, and never less than zero.
#[derive(Debug, Clone, Default, PartialEq)]
struct Unit {
    bias: f32,
    inputs: Array1<f32>,
}

impl Unit {
    fn value(&self, meaning: &ArrayView1<'_, f32>) -> f32 {
        (self.bias + self.inputs.dot(meaning)).max(0.0)
    }
}

/// One model of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The score of a text without known grams.
    pub intercept: f64,
}

/// The sign of a sentence that ends with a question mark.
pub const QUESTION: &str = "question";

/// Why a line of a table cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// From 1.
    pub line: usize,
    /// What is wrong.
    pub problem: String,
}

impl GramTable {
    /// Reads a table: `column NAME INTERCEPT`, `unknown gram IDF`, `sign NAME WEIGHTS`, `unit BIAS INPUTS` with one
    /// number for each of a meaning in context, `meaning INDEX WEIGHTS` with indices from 0 and in their order, and `GRAM IDF
    /// WEIGHTS`, with tabs between; weights are `COLUMN:WEIGHT`, and as inputs with spaces between, all numbers
    /// in thousandths. Where there are units, `meaning` lines weigh them and not the meaning's own numbers.
    ///
    /// # Errors
    ///
    /// The first line that is none of these.
    pub fn parse(text: &str) -> Result<Self, LineError> {
        let mut table = Self::default();
        for (line, number) in text.lines().zip(1..) {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            table.read_line(line).ok_or_else(|| LineError {
                line: number,
                problem: format!("`{line}` cannot be read"),
            })?;
        }
        Ok(table)
    }

    fn read_line(&mut self, line: &str) -> Option<()> {
        let mut fields = line.split('\t');
        let (kind, second, third) = (fields.next()?, fields.next()?, fields.next()?);
        match kind {
            "column" => {
                self.columns
                    .push(Column { name: second.to_owned(), intercept: thousandths(third)? });
            }
            "unknown" => self.unknown_idf = thousandths(third)?,
            "sign" => {
                let weights = self.read_weights(third)?;
                self.signs.insert(second.to_owned(), weights);
            }
            "meaning" => {
                let weights = self.read_weights(third)?;
                (second.parse() == Ok(self.meaning.len())).then(|| self.meaning.push(weights))?;
            }
            "unit" => {
                let inputs = third.split(' ').map(short_thousandths);
                let inputs = inputs.collect::<Option<Array1<f32>>>()?;
                (inputs.len() == IN_CONTEXT).then_some(())?;
                self.units.push(Unit { bias: short_thousandths(second)?, inputs });
            }
            gram => {
                let first = self.weights.len();
                let weights = self.read_weights(third)?;
                self.weights.extend(weights);
                let row = (thousandths(second)?, first..self.weights.len());
                self.rows.insert(Gram::parse(gram)?.key(), row);
            }
        }
        fields.next().is_none().then_some(())
    }

    fn read_weights(&self, written: &str) -> Option<Vec<(usize, f64)>> {
        let pairs = written.split(' ').filter(|pair| !pair.is_empty()).map(|pair| {
            let (column, weight) = pair.split_once(':')?;
            let column: usize = column.parse().ok()?;
            (column < self.columns.len()).then_some((column, thousandths(weight)?))
        });
        pairs.collect()
    }

    /// The models, in the order of scores.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The names of the signs that it knows.
    pub fn signs(&self) -> impl Iterator<Item = &str> {
        self.signs.keys().map(String::as_str)
    }

    /// The score of each model for a text with these grams, each with its count and in the order of
    /// keys, these signs, and this meaning (see [`crate::encoder`]; in context where there are units; may be empty).
    pub fn score<'s>(
        &self,
        counted: &[(GramKey, u32)],
        signs: impl Iterator<Item = &'s str>,
        meaning: &[f32],
    ) -> Vec<f64> {
        let mut squares = 0.0;
        let mut known: Vec<(f64, &[(usize, f64)])> = Vec::new();
        for &(key, count) in counted {
            let row = self.rows.get(&key);
            let idf = row.map_or(self.unknown_idf, |(idf, _)| *idf);
            let value = term_frequency(count) * idf;
            squares += value * value;
            known
                .extend(row.and_then(|(_, range)| Some((value, self.weights.get(range.clone())?))));
        }
        let length = squares.sqrt().max(1e-9);
        let mut scores: Vec<f64> = self.columns.iter().map(|column| column.intercept).collect();
        let mut add = |weights: &[(usize, f64)], value: f64| {
            for &(column, weight) in weights {
                if let Some(score) = scores.get_mut(column) {
                    *score += value * weight;
                }
            }
        };
        for (value, weights) in known {
            add(weights, value / length);
        }
        for sign in signs {
            add(self.signs.get(sign).map(Vec::as_slice).unwrap_or_default(), SIGN_VALUE);
        }
        let units: Vec<f32>;
        let numbers = if self.units.is_empty() || meaning.len() != IN_CONTEXT {
            meaning
        } else {
            let meaning = ArrayView1::from(meaning);
            units = self.units.iter().map(|unit| unit.value(&meaning)).collect();
            &units
        };
        for (weights, &value) in self.meaning.iter().zip(numbers) {
            add(weights, f64::from(value));
        }
        scores
    }
}

/// The value of a sign beside grams whose squares sum to one.
pub const SIGN_VALUE: f64 = 0.6;

/// The value of a gram that stands `count` times: its first place says most.
pub fn term_frequency(count: u32) -> f64 {
    1.0 + f64::from(count.max(1)).ln()
}

fn thousandths(written: &str) -> Option<f64> {
    written.parse::<i32>().ok().map(|number| f64::from(number) / 1e3)
}

/// The same in the precision of a meaning.
fn short_thousandths(written: &str) -> Option<f32> {
    #[expect(clippy::cast_possible_truncation, reason = "the precision of the numbers beside it")]
    thousandths(written).map(|number| number as f32)
}

/// Sorts keys and counts equal ones.
pub fn count(mut keys: Vec<GramKey>) -> Vec<(GramKey, u32)> {
    keys.sort_unstable();
    keys.chunk_by(|a, b| a == b)
        .filter_map(|same| Some((*same.first()?, u32::try_from(same.len()).unwrap_or(u32::MAX))))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grams(text: &str, masked: &[Range<usize>], is_small: impl Fn(usize) -> bool) -> Vec<String> {
        let mut found = Vec::new();
        each(text, 0..text.len(), masked, is_small, |gram| found.push(gram.to_string()));
        found.sort();
        found
    }

    #[test]
    fn sees_small_words_stems_pairs_and_characters() {
        assert_eq!(
            grams("send the drawings 请发给", &[], |_| true),
            [
                "b:send the",
                "b:the drawings",
                "s:drawi",
                "w:drawings",
                "w:send",
                "w:the",
                "z:发给",
                "z:请发",
                "z:请发给"
            ]
        );
        assert_eq!(grams("자료를", &[], |_| true), ["w:자료를", "z:료를", "z:자료"]);
    }

    #[test]
    fn names_and_capitals_leave_no_gram() {
        let found = grams("marta sends", std::slice::from_ref(&(0..5)), |at| at != 6);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_written_gram_is_read_back() {
        for gram in [
            Gram::Word("send"),
            Gram::Stem("drawi"),
            Gram::Pair("a", "b"),
            Gram::Characters("请发"),
        ] {
            assert_eq!(Gram::parse(&gram.to_string()), Some(gram));
        }
    }

    #[test]
    fn scores_known_grams_and_signs() {
        let table = GramTable::parse(
            "# c\ncolumn\task\t-1000\nsign\tq\t0:500\nmeaning\t0\t0:4000\nw:send\t2000\t0:3000\n",
        )
        .unwrap();
        let keys = count(vec![Gram::Word("send").key(), Gram::Word("unknown").key()]);
        assert_eq!(table.score(&keys, std::iter::empty(), &[]), [2.0]);
        assert_eq!(table.score(&[], ["q"].into_iter(), &[]), [-1.0 + SIGN_VALUE * 0.5]);
        assert_eq!(table.score(&[], std::iter::empty(), &[0.5, 9.0]), [1.0]);
    }

    #[test]
    fn a_broken_line_is_named() {
        let error = GramTable::parse("column\ta\t0\nw:x\t1000\t1:5\n").unwrap_err();
        assert_eq!(error.line, 2);
    }
}
