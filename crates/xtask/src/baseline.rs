//! The baseline that the model has to beat: TF-IDF of words and characters with logistic regression.

use std::collections::{BTreeMap, HashMap};

use countersign_core::fold;

use crate::labelled::Labelled;
use crate::logistic::{self, Column, Sparse};

/// Inverse regularisation of 10, usual for rows of length one.
const PENALTY: f64 = 0.1;
const ROUNDS: usize = 60;
/// A gram that only one training thread has cannot generalise.
const THREADS_MIN: usize = 2;

/// Fits on some threads and scores others with probabilities.
pub(crate) fn scores(train: &[&Labelled], test: &[&Labelled]) -> Vec<f64> {
    let counted: Vec<HashMap<String, f64>> = train.iter().map(|labelled| grams(labelled)).collect();
    let mut frequency: BTreeMap<&str, usize> = BTreeMap::new();
    for grams in &counted {
        for gram in grams.keys() {
            *frequency.entry(gram).or_default() += 1;
        }
    }
    frequency.retain(|_, count| *count >= THREADS_MIN);
    let threads = train.len() as f64;
    let columns: HashMap<&str, (usize, f64)> = frequency
        .iter()
        .zip(0..)
        .map(|((&gram, &count), at)| {
            (gram, (at, ((1.0 + threads) / (1.0 + count as f64)).ln() + 1.0))
        })
        .collect();
    let row = |grams: &HashMap<String, f64>| {
        let mut cells: Vec<(usize, f64)> = grams
            .iter()
            .filter_map(|(gram, count)| {
                let &(at, weight) = columns.get(gram.as_str())?;
                Some((at, (1.0 + count.ln()) * weight))
            })
            .collect();
        cells.sort_by_key(|&(at, _)| at);
        let length = cells.iter().map(|(_, value)| value * value).sum::<f64>().sqrt().max(1e-9);
        for (_, value) in &mut cells {
            *value /= length;
        }
        cells
    };
    let data = Sparse {
        rows: counted.iter().map(row).collect(),
        targets: train.iter().map(|labelled| f64::from(u8::from(labelled.is_approach))).collect(),
        columns: columns.len(),
    };
    let shape =
        Column { centre: 0.0, penalty: PENALTY, least: f64::NEG_INFINITY, most: f64::INFINITY };
    let (bias, weights) = logistic::fit(&data, &vec![shape; columns.len()], ROUNDS);
    test.iter()
        .map(|labelled| {
            let margin = bias
                + row(&grams(labelled)).iter().map(|&(at, value)| weights[at] * value).sum::<f64>();
            1.0 / (1.0 + (-margin).exp())
        })
        .collect()
}

/// Words, pairs of words, and runs of two to five characters inside words.
fn grams(labelled: &Labelled) -> HashMap<String, f64> {
    let mut counts: HashMap<String, f64> = HashMap::new();
    for message in &labelled.thread.messages {
        let text = fold(&format!("{} {}", message.subject, message.text));
        let words: Vec<&str> =
            text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
        for (at, word) in words.iter().enumerate() {
            *counts.entry(format!("w {word}")).or_default() += 1.0;
            if let Some(next) = words.get(at + 1) {
                *counts.entry(format!("w {word} {next}")).or_default() += 1.0;
            }
            let padded: Vec<char> =
                std::iter::once(' ').chain(word.chars()).chain(std::iter::once(' ')).collect();
            for length in 2..=5 {
                for window in padded.windows(length) {
                    *counts
                        .entry(format!("c {}", window.iter().collect::<String>()))
                        .or_default() += 1.0;
                }
            }
        }
    }
    counts
}
