//! Writes the file of a [`GramTable`](countersign_core::grams::GramTable).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::files::thousandths;
use crate::network::Unit;

/// What a table's models are made of: grams with their inverse document frequency, then signs, then the numbers
/// of a meaning, or the units made of them. The weights of a [`Model`] stand in this order.
pub(crate) struct Layout<'g> {
    pub(crate) grams: &'g BTreeMap<&'g str, f64>,
    pub(crate) unknown_idf: f64,
    pub(crate) signs: &'g BTreeSet<&'g str>,
    pub(crate) units: &'g [Unit],
}

/// One linear model: a column of the table.
pub(crate) struct Model<'n> {
    pub(crate) name: &'n str,
    pub(crate) intercept: f64,
    pub(crate) weights: Vec<f64>,
}

/// Weights nearer to zero are left out of a file: most of them, and hardly any of what they say.
#[derive(Clone, Copy)]
pub(crate) struct Least {
    /// Of a gram or a sign.
    pub(crate) of_word: f64,
    /// Of a number of the meaning.
    pub(crate) of_number: f64,
}

/// Writes a table; `about` says in one line what its models know.
pub(crate) fn write(
    about: &str,
    layout: &Layout<'_>,
    models: &[Model<'_>],
    least: Least,
) -> String {
    let mut text =
        format!("# Written by `cargo xtask fit`; do not edit. {about}, in thousandths.\n");
    let whole = |value: f64| (value * 1e3).round();
    for model in models {
        let _ = writeln!(text, "column\t{}\t{}", model.name, whole(model.intercept));
    }
    let _ = writeln!(text, "unknown\tgram\t{}", whole(layout.unknown_idf));
    let weights = |at: usize, least: f64| {
        let cells = models
            .iter()
            .enumerate()
            .filter(|(_, model)| model.weights[at].abs() >= least)
            .map(|(column, model)| format!("{column}:{}", whole(model.weights[at])));
        cells.collect::<Vec<_>>().join(" ")
    };
    let mut at = layout.grams.len();
    for sign in layout.signs {
        let _ = writeln!(text, "sign\t{sign}\t{}", weights(at, least.of_word));
        at += 1;
    }
    for unit in layout.units {
        let inputs: Vec<String> = unit.inputs.iter().map(|&w| whole(w).to_string()).collect();
        let _ = writeln!(text, "unit\t{}\t{}", whole(unit.bias), inputs.join(" "));
    }
    let end = models.first().map_or(at, |model| model.weights.len());
    for (number, at) in (at..end).enumerate() {
        let _ = writeln!(text, "meaning\t{number}\t{}", weights(at, least.of_number));
    }
    for ((gram, idf), at) in layout.grams.iter().zip(0..) {
        let _ = writeln!(text, "{gram}\t{}\t{}", whole(*idf), weights(at, least.of_word));
    }
    text
}

/// The inverse document frequency of a gram that stands in `with` of `all` texts.
pub(crate) fn idf_of(all: usize, with: usize) -> f64 {
    thousandths(((1.0 + all as f64) / (1.0 + with as f64)).ln() + 1.0)
}
