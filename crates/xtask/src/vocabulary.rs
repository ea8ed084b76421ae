//! Fits the model of wording: which words, and what each weighs.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::LazyLock;

use countersign_core::fold;
use countersign_core::wording::{Grams, WordingModel};

use crate::fit::{Example, round};
use crate::logistic::{self, Column, Sparse};

/// Inverse regularisation of 3: less than usual, because hands differ.
const PENALTY: f64 = 1.0 / 3.0;
const ROUNDS: usize = 60;
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

/// Whether a gram could tell origin.
fn tells_origin(gram: &str) -> bool {
    let words = gram.get(2..).unwrap_or_default();
    words.split(' ').any(|word| {
        let stem = gram.starts_with("s:");
        ORIGIN.contains(word) || stem && ORIGIN.iter().any(|origin| origin.starts_with(word))
    })
}

/// Fits on the given examples.
pub(crate) fn train(examples: &[&Example], scale: f64) -> WordingModel {
    let mut seen: HashMap<&str, (usize, BTreeSet<&str>)> = HashMap::new();
    for example in examples {
        for gram in example.grams.keys() {
            let (threads, sets) = seen.entry(gram).or_default();
            *threads += 1;
            sets.insert(&example.labelled.set);
        }
    }
    let mut known: BTreeMap<&str, f64> = BTreeMap::new();
    for (gram, (threads, sets)) in seen {
        if threads >= THREADS_MIN && sets.len() >= SETS_MIN && !tells_origin(gram) {
            let idf = ((1.0 + examples.len() as f64) / (1.0 + threads as f64)).ln() + 1.0;
            known.insert(gram, round(idf));
        }
    }
    let columns: HashMap<&str, usize> =
        known.keys().zip(0..).map(|(gram, at)| (*gram, at)).collect();
    let row = |grams: &Grams| {
        let mut cells: Vec<(usize, f64)> = grams
            .iter()
            .filter_map(|(gram, &count)| {
                let &at = columns.get(gram.as_str())?;
                Some((at, (1.0 + f64::from(count).ln()) * known[gram.as_str()]))
            })
            .collect();
        cells.sort_by_key(|&(at, _)| at);
        let length = cells.iter().map(|(_, value)| value * value).sum::<f64>().sqrt().max(1e-9);
        cells.into_iter().map(|(at, value)| (at, value / length)).collect()
    };
    let data = Sparse {
        rows: examples.iter().map(|example| row(&example.grams)).collect(),
        targets: examples
            .iter()
            .map(|example| f64::from(u8::from(example.labelled.is_approach)))
            .collect(),
        columns: columns.len(),
    };
    let shape =
        Column { centre: 0.0, penalty: PENALTY, least: f64::NEG_INFINITY, most: f64::INFINITY };
    let (intercept, weights) = logistic::fit(&data, &vec![shape; columns.len()], ROUNDS);
    let grams = known
        .into_iter()
        .zip(&weights)
        .map(|((gram, idf), weight)| {
            (gram.to_owned(), [idf, if weight.abs() < WEIGHT_MIN { 0.0 } else { round(*weight) }])
        })
        .collect();
    WordingModel { intercept: round(intercept), scale: round(scale), grams }
}

/// Writes the model.
pub(crate) fn write(model: &WordingModel) -> String {
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. For each gram its inverse document frequency and its weight.\n\n",
    );
    let _ =
        writeln!(text, "intercept = {:?}\nscale = {:?}\n\n[grams]", model.intercept, model.scale);
    for (gram, [idf, weight]) in &model.grams {
        let _ = writeln!(text, "{gram:?} = [{idf:?}, {weight:?}]");
    }
    text
}
