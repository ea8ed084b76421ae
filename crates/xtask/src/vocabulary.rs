//! Fits the model of wording: which words, and what each weighs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::sync::LazyLock;

use countersign_core::fold;
use countersign_core::grams::term_frequency;
use rustc_hash::FxHashMap;

use crate::acts::idf_of;
use crate::fit::Example;
use crate::logistic::{self, Columns};

/// Inverse regularisation of 3: less than usual, because hands differ.
const PENALTY: f64 = 1.0 / 3.0;
/// A gram must stand in this many threads …
const THREADS_MIN: usize = 3;
/// … by this many hands: what one author likes to write is no sign.
const SETS_MIN: usize = 2;
/// Weights below this are left out of the file.
const WEIGHT_MIN: f64 = 0.01;

/// Words for peoples, states, languages, religions and cities; no gram may hold one.
static ORIGIN: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let text = std::fs::read_to_string("testdata/fairness/origin_words.txt").unwrap_or_default();
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(fold)
        .collect()
});

/// Whether a gram, as it is written in a table, could tell origin.
pub(crate) fn tells_origin(gram: &str) -> bool {
    let (kind, words) = gram.split_once(':').unwrap_or(("", gram));
    words.split(' ').any(|word| {
        // The first letters of a word for origin tell as much as the word.
        let begins = || {
            let from = ORIGIN.range(word.to_owned()..).next();
            from.is_some_and(|origin| origin.starts_with(word))
        };
        ORIGIN.contains(word) || kind == "s" && begins()
    })
}

/// The grams of a thread in its senders' own voices, each with its count.
pub(crate) type Counted = BTreeMap<String, u32>;

/// Fits on the given examples; returns the table as a file.
pub(crate) fn train(examples: &[&Example]) -> String {
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
    let columns: FxHashMap<&str, (usize, f64)> =
        known.iter().zip(0..).map(|((gram, idf), at)| (*gram, (at, *idf))).collect();
    let unknown_idf = idf_of(examples.len(), 1);
    let rows: Vec<Vec<(usize, f64)>> = examples
        .iter()
        .map(|example| {
            let mut squares = 0.0;
            let mut cells: Vec<(usize, f64)> = Vec::new();
            for (gram, &count) in &example.counted {
                let known = columns.get(gram.as_str());
                let value = term_frequency(count) * known.map_or(unknown_idf, |&(_, idf)| idf);
                squares += value * value;
                cells.extend(known.map(|&(at, _)| (at, value)));
            }
            let length = squares.sqrt().max(1e-9);
            cells.iter_mut().for_each(|(_, value)| *value /= length);
            cells
        })
        .collect();
    let targets: Vec<bool> = examples.iter().map(|example| example.labelled.is_approach).collect();
    let (intercept, weights) =
        logistic::fit_ridge(&Columns::new(&rows, columns.len()), &targets, PENALTY);
    let whole = |value: f64| (value * 1e3).round();
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. How approaches are worded, in thousandths.\n",
    );
    let _ = writeln!(text, "column\twording\t{}", whole(intercept));
    let _ = writeln!(text, "unknown\tgram\t{}", whole(unknown_idf));
    for ((gram, idf), weight) in known.iter().zip(&weights) {
        let weight =
            if weight.abs() < WEIGHT_MIN { String::new() } else { format!("0:{}", whole(*weight)) };
        let _ = writeln!(text, "{gram}\t{}\t{weight}", whole(*idf));
    }
    text
}
