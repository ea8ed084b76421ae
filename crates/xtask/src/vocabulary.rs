//! Fits the model of wording: which words, and what each weighs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use countersign_core::grams::term_frequency;
use countersign_core::{origin, shown};
use rustc_hash::FxHashMap;

use crate::fit::Example;
use crate::labelled::Labelled;
use crate::logistic::{self, Columns};
use crate::ridge::Ridge;
use crate::table::{self, Layout, Least, Model, idf_of};

/// Inverse variance of a weight. Chosen on leave-one-set-out and on real mail among 0.1 and 0.3.
const PENALTY: f64 = 0.1;
/// Inverse variance of a weight on a number of the mean meaning.
const MEANING_PENALTY: f64 = 1.0;
/// What the score of the meaning is multiplied with beside grams whose squares sum to one.
const MEANING_VALUE: f64 = 3.0;
/// A gram must stand in this many threads …
const THREADS_MIN: usize = 3;
/// … by this many hands: what one author likes to write is no sign.
const SETS_MIN: usize = 2;
/// Weights that are too small for the file; those of numbers are few, and all kept.
const LEAST: Least = Least { of_word: 0.01, of_number: 0.0 };

/// Whether a gram, as it is written in a table, could tell origin: a word of the list, a form of one, or
/// characters that hold one.
pub(crate) fn tells_origin(gram: &str) -> bool {
    let (kind, words) = gram.split_once(':').unwrap_or(("", gram));
    if kind == "z" {
        let ends: Vec<usize> =
            words.char_indices().map(|(at, _)| at).chain([words.len()]).collect();
        let pieces = ends.iter().flat_map(|&from| ends.iter().map(move |&to| (from, to)));
        return pieces.filter_map(|(from, to)| words.get(from..to)).any(origin::is_listed);
    }
    words.split(' ').any(|word| origin::is_word(word) || origin::places(word).next().is_some())
}

/// The grams of a thread in its senders' own voices, each with its count.
pub(crate) type Counted = BTreeMap<String, u32>;

/// For each gram its column and its inverse document frequency.
pub(crate) type Numbered<'g> = FxHashMap<&'g str, (usize, f64)>;

/// Numbers grams in their order.
pub(crate) fn numbered<'g>(known: &BTreeMap<&'g str, f64>) -> Numbered<'g> {
    known.iter().zip(0..).map(|((gram, idf), at)| (*gram, (at, *idf))).collect()
}

/// A text as [`countersign_core::grams::GramTable::score`] weighs it.
pub(crate) fn row(counted: &Counted, known: &Numbered<'_>, unknown_idf: f64) -> Vec<(usize, f64)> {
    let mut squares = 0.0;
    let mut cells: Vec<(usize, f64)> = Vec::new();
    for (gram, &count) in counted {
        let column = known.get(gram.as_str());
        let value = term_frequency(count) * column.map_or(unknown_idf, |&(_, idf)| idf);
        squares += value * value;
        cells.extend(column.map(|&(at, _)| (at, value)));
    }
    let length = squares.sqrt().max(1e-9);
    for (_, value) in &mut cells {
        *value /= length;
    }
    cells
}

/// Fits on the given examples; returns the table as a file.
pub(crate) fn train(examples: &[&Example]) -> anyhow::Result<String> {
    let mut seen: FxHashMap<&str, (usize, BTreeSet<&str>)> = FxHashMap::default();
    for example in examples {
        for gram in example.counted.keys() {
            let (threads, sets) = seen.entry(gram).or_default();
            *threads += 1;
            sets.insert(&example.labelled.set);
        }
    }
    let known: BTreeMap<&str, f64> = seen
        .into_iter()
        .filter(|(gram, (threads, sets))| {
            *threads >= THREADS_MIN && sets.len() >= SETS_MIN && !tells_origin(gram)
        })
        .map(|(gram, (threads, _))| (gram, idf_of(examples.len(), threads)))
        .collect();
    let columns = numbered(&known);
    let unknown_idf = idf_of(examples.len(), 1);
    let targets: Vec<[bool; 1]> =
        examples.iter().map(|example| [example.labelled.is_approach]).collect();
    let meanings: Vec<&[f32]> =
        examples.iter().map(|example| example.recognised.meaning.as_slice()).collect();
    let wanted: Vec<&[bool]> = targets.iter().map(<[bool; 1]>::as_slice).collect();
    let meaning = Ridge::fit(&meanings, &wanted, MEANING_PENALTY)?;
    let rows: Vec<Vec<(usize, f64)>> = examples
        .iter()
        .zip(&meaning.unseen)
        .map(|(example, score)| {
            let mut row = row(&example.counted, &columns, unknown_idf);
            row.push((columns.len(), score[0] * MEANING_VALUE));
            row
        })
        .collect();
    let targets: Vec<bool> = targets.into_iter().map(|[is]| is).collect();
    let (intercept, mut weights) =
        logistic::fit_ridge(&Columns::new(&rows, columns.len() + 1), &targets, PENALTY);
    let on_score = weights.split_off(columns.len());
    let (more, by_number) = meaning.resolved(&on_score, MEANING_VALUE);
    weights.extend(by_number);
    let model = Model { name: "wording", intercept: intercept + more, weights };
    let layout = Layout { grams: &known, unknown_idf, signs: &BTreeSet::new(), units: &[] };
    Ok(table::write("How approaches are worded", &layout, &[model], LEAST))
}

/// A word must stand in small letters in this many threads to be an ordinary one.
const COMMON_THREADS_MIN: usize = 3;

/// The ordinary words of the training threads, as `knowledge/base/common_words.tsv` has them.
pub(crate) fn common_words(threads: &[Labelled]) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for labelled in threads {
        let texts = labelled.thread.messages.iter().map(|message| message.text.as_str());
        let words: BTreeSet<String> = texts
            .flat_map(|text| text.split(|c: char| !c.is_alphabetic() && c != '\'' && c != '’'))
            .filter(|word| word.starts_with(char::is_lowercase))
            .map(countersign_core::fold)
            .map(|word| word.trim_end_matches('\'').to_owned())
            .filter(|word| shown::is_ordinary(word))
            .collect();
        for word in words {
            *seen.entry(word).or_default() += 1;
        }
    }
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. Words that stand in small letters in several threads.\n",
    );
    for (word, _) in seen.into_iter().filter(|(_, threads)| *threads >= COMMON_THREADS_MIN) {
        let _ = writeln!(text, "{word}");
    }
    text
}
