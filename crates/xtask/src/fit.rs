//! Fits the weights of the model on `training/threads` and writes `knowledge/base/weights.toml`.
//!
//! The model is logistic regression with two kinds of prior knowledge built in. A sign that speaks
//! for an approach can never count against one, nor the other way round; and every weight is pulled
//! towards what the pack says of the sign's strength, so that a sign that the training threads
//! hardly show keeps the value that its sources give it. The result is a pure function of the
//! training files, the packs and `--date`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use countersign_core::model::{self, CITED_SIGNS, Features, Provenance, WORD_PREFIX, Weights};
use countersign_core::pack::Pack;
use countersign_core::pack::schema::Polarity;
use countersign_core::recognise::Recogniser;
use countersign_core::sequence;
use countersign_core::wording::{Grams, WordingModel};
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::labelled::{self, Labelled};
use crate::logistic::{self, Column, Sparse};
use crate::patterns::pack_from_folder;
use crate::vocabulary;

/// Where the weights go.
const WEIGHTS: &str = "knowledge/base/weights.toml";
/// Where the model of wording goes.
const WORDING: &str = "knowledge/base/wording.toml";
/// The threads to fit on.
pub(crate) const TRAINING: &str = "training/threads";
/// The threads that nothing is fitted on.
pub(crate) const ASIDE: &str = "training/aside";

/// How hard every weight is pulled towards the pack's strength.
///
/// The inverse of a variance in log-odds: 3 stands for a standard deviation of about 0.6. Chosen on
/// leave-one-set-out over the fitting parts among 1.5, 3 and 6; it
/// hardly matters (mean AUC 0.908, 0.911 and 0.911).
const PENALTY: f64 = 3.0;
/// The same for word classes, which are pulled towards zero, and harder: each says little.
const WORD_PENALTY: f64 = 10.0;
/// The share of the pack's stated strength that a single sign starts from: signs overlap.
const STRENGTH_SHARE: f64 = 0.6;
/// The share of that start which a sign keeps even if the training threads do not bear it out: what
/// public accounts of real approaches describe must not be silent in an answer.
const FLOOR_SHARE: f64 = 0.3;
/// No sign may say more than e^2.5, twelve to one, by itself.
const WEIGHT_MAX: f64 = 2.5;
/// Rounds of coordinate descent; it stops earlier once nothing moves.
const ROUNDS: usize = 300;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// The date to write into the file.
    #[arg(long)]
    date: String,
    /// Compare with the file instead of writing it; fails when they differ.
    #[arg(long)]
    check: bool,
}

/// A thread reduced to what the model sees, with its labels.
#[derive(Debug, Clone)]
pub(crate) struct Example {
    pub(crate) features: Features,
    pub(crate) labelled: Labelled,
    /// Words and pairs of words.
    pub(crate) grams: Grams,
    /// Twins share a group.
    pub(crate) group: String,
}

/// A recogniser with every language compiled, so that a broken pattern stops the task.
pub(crate) fn compiled(pack: &Arc<Pack>) -> anyhow::Result<Recogniser> {
    let recogniser = Recogniser::new(Arc::clone(pack));
    recogniser.check()?;
    Ok(recogniser)
}

/// Recognises every thread.
pub(crate) fn examples(
    pack: &Pack,
    recogniser: &Recogniser,
    threads: Vec<Labelled>,
) -> Vec<Example> {
    threads
        .into_par_iter()
        .map(|labelled| {
            let mut recognised = recogniser.recognise(&labelled.thread);
            sequence::add_computed(pack, &labelled.thread, &mut recognised);
            let features = model::features(pack, &recognised);
            let id = &labelled.thread.id;
            let group = if labelled.pair.is_empty() { id } else { id.min(&labelled.pair) }.clone();
            Example { features, labelled, grams: recognised.grams, group }
        })
        .collect()
}

/// The model's columns: one for every feature that the pack's indicators can yield.
fn columns(pack: &Pack, examples: &[&Example]) -> Vec<(String, Column)> {
    let mut columns = Vec::new();
    for indicator in &pack.indicators {
        let id = indicator.id.get_ref().clone();
        let strength = model::prior_weight(indicator.strength) * STRENGTH_SHARE;
        let column = |centre, least, most| Column { centre, penalty: PENALTY, least, most };
        match indicator.polarity {
            Polarity::For if id.starts_with("receiver-") => {
                columns.push((format!("{id}@other"), column(0.1, -1.0, 1.0)));
            }
            Polarity::For => {
                columns.push((id, column(strength, strength * FLOOR_SHARE, WEIGHT_MAX)));
            }
            Polarity::Against => {
                columns.push((id.clone(), column(-strength, -WEIGHT_MAX, 0.0)));
                columns.push((format!("{id}@other"), column(-strength / 2.0, -WEIGHT_MAX, 0.0)));
            }
        }
    }
    let words: std::collections::BTreeSet<&str> = examples
        .iter()
        .flat_map(|example| &example.features.terms)
        .map(|term| term.name.as_str())
        .filter(|name| name.starts_with(WORD_PREFIX))
        .collect();
    let word = Column { centre: 0.0, penalty: WORD_PENALTY, least: -1.0, most: 1.0 };
    columns.extend(words.into_iter().map(|name| (name.to_owned(), word)));
    columns.push((
        CITED_SIGNS.to_owned(),
        Column { centre: -0.4, penalty: PENALTY, least: -2.0, most: 0.0 },
    ));
    columns
}

fn sparse(
    names: &BTreeMap<&str, usize>,
    examples: &[&Example],
    target: impl Fn(&Example) -> bool,
) -> Sparse {
    let row = |example: &Example| {
        let terms = example.features.terms.iter();
        terms.filter_map(|term| Some((*names.get(term.name.as_str())?, term.value))).collect()
    };
    Sparse {
        rows: examples.iter().map(|example| row(example)).collect(),
        targets: examples.iter().map(|example| f64::from(u8::from(target(example)))).collect(),
        columns: names.len(),
    }
}

/// A fitted model.
pub(crate) struct Fitted {
    pub(crate) weights: Weights,
    pub(crate) wording: WordingModel,
}

impl Fitted {
    /// The probability of an approach, for an example whose features were made with any model of wording.
    pub(crate) fn probability(&self, example: &Example, prior: f64) -> f64 {
        let wording = self.wording.scale * self.wording.score(&example.grams);
        self.weights.probability(&Features { wording, ..example.features.clone() }, prior)
    }
}

/// Fits everything on the given examples.
pub(crate) fn train(pack: &Pack, examples: &[&Example], provenance: Provenance) -> Fitted {
    let columns = columns(pack, examples);
    let names: BTreeMap<&str, usize> =
        columns.iter().zip(0..).map(|((name, _), at)| (name.as_str(), at)).collect();
    let shapes: Vec<Column> = columns.iter().map(|(_, column)| *column).collect();
    let is_approach = |example: &Example| example.labelled.is_approach;
    let all = sparse(&names, examples, is_approach);
    let (bias, weights) = logistic::fit(&all, &shapes, ROUNDS);
    let Calibration { slope, shift, scale } = calibrate(&names, &shapes, examples);
    let wording = vocabulary::train(examples, scale);
    let is_word: Vec<bool> =
        columns.iter().map(|(name, _)| name.starts_with(WORD_PREFIX)).collect();
    let words_sum: f64 = all
        .rows
        .iter()
        .flatten()
        .filter(|(at, _)| is_word[*at])
        .map(|(at, v)| weights[*at] * v)
        .sum();
    let words_centre = words_sum / all.rows.len() as f64;
    let terms = columns
        .iter()
        .zip(&weights)
        .map(|((name, _), weight)| (name.clone(), round(weight * slope)))
        .filter(|(_, weight)| *weight != 0.0)
        .collect();
    let approaches: Vec<&Example> =
        examples.iter().copied().filter(|example| is_approach(example)).collect();
    let prior = approaches.len() as f64 / examples.len() as f64;
    let stage = |id: &str, example: &Example| example.labelled.stage == id;
    let kind = |id: &str, example: &Example| example.labelled.kind == id;
    let weights = Weights {
        provenance,
        bias: round((bias + words_centre) * slope + shift),
        words_centre: round(words_centre * slope),
        prior: round(prior),
        terms,
        stages: classes(
            pack,
            &names,
            &approaches,
            pack.stages.iter().map(|s| s.id.get_ref()),
            &stage,
            &|i, id| f64::from(u8::from(i.stage.get_ref() == id)),
        ),
        kinds: classes(
            pack,
            &names,
            &approaches,
            pack.kinds.iter().map(|k| k.id.get_ref()),
            &kind,
            &|i, id| match i.kinds.iter().position(|kind| kind.get_ref() == id) {
                Some(0) => 1.0,
                Some(_) => 0.5,
                None => 0.0,
            },
        ),
    };
    Fitted { weights, wording }
}

/// What turns scores into log-odds.
struct Calibration {
    slope: f64,
    shift: f64,
    /// What the wording is multiplied with before it is bounded.
    scale: f64,
}

/// Log-odds of the wording are stretched by this before they are bounded: length-normalised TF-IDF with a
/// strong penalty is timid. Chosen on leave-one-set-out among 0.5, 1, 1.5, 2 and 3.
const WORDING_STRETCH: f64 = 2.0;

/// Platt's scaling on scores of threads that the fit had not seen (five folds, twins together), for
/// the signs and the wording at once.
fn calibrate(
    names: &BTreeMap<&str, usize>,
    shapes: &[Column],
    examples: &[&Example],
) -> Calibration {
    let mut data = Sparse { columns: 2, ..Sparse::default() };
    for fold in 0..FOLDS {
        let (held, rest): (Vec<&Example>, Vec<&Example>) =
            examples.iter().copied().partition(|example| fold_of(&example.group) == fold);
        let train = sparse(names, &rest, |example| example.labelled.is_approach);
        let test = sparse(names, &held, |example| example.labelled.is_approach);
        let (bias, weights) = logistic::fit(&train, shapes, ROUNDS);
        let wording = vocabulary::train(&rest, WORDING_STRETCH);
        for ((row, target), example) in test.rows.iter().zip(&test.targets).zip(&held) {
            let logit =
                bias + row.iter().map(|&(column, value)| weights[column] * value).sum::<f64>();
            data.rows.push(vec![
                (0, logit),
                (1, model::bounded(wording.scale * wording.score(&example.grams))),
            ]);
            data.targets.push(*target);
        }
    }
    let shape = Column { centre: 1.0, penalty: 1.0, least: 0.2, most: 2.0 };
    // The wording is never stretched further: its bound is a promise.
    let (shift, slopes) =
        logistic::fit(&data, &[shape, Column { least: 0.0, most: 1.0, ..shape }], ROUNDS);
    Calibration { slope: slopes[0], shift, scale: WORDING_STRETCH * slopes[1] }
}

/// Folds of the grouped cross-validation.
pub(crate) const FOLDS: usize = 5;

/// The fold of a group: by the hash of its name, so that adding threads moves no others.
pub(crate) fn fold_of(group: &str) -> usize {
    // The first byte decides what is kept aside; the second is independent of it.
    Sha256::digest(group.as_bytes()).get(1).map_or(0, |&byte| usize::from(byte)) % FOLDS
}

type Classes = BTreeMap<String, BTreeMap<String, f64>>;

/// One score a class, each against the rest, pulled towards what the pack says of each sign.
fn classes<'p>(
    pack: &Pack,
    names: &BTreeMap<&str, usize>,
    approaches: &[&Example],
    ids: impl Iterator<Item = &'p String>,
    is: &dyn Fn(&str, &Example) -> bool,
    belongs: &dyn Fn(&countersign_core::pack::schema::Indicator, &str) -> f64,
) -> Classes {
    ids.map(|id| {
        let shapes: Vec<Column> = names
            .keys()
            .collect::<Vec<_>>()
            .into_iter()
            .map(|name| {
                let indicator = pack.indicator(name.trim_end_matches("@other"));
                let centre = indicator.map_or(0.0, |indicator| 1.5 * belongs(indicator, id));
                let penalty = if name.starts_with(WORD_PREFIX) { WORD_PENALTY } else { 4.0 };
                (names[name], Column { centre, penalty, least: -3.0, most: 3.0 })
            })
            .collect::<BTreeMap<_, _>>()
            .into_values()
            .collect();
        let data = sparse(names, approaches, |example| is(id, example));
        let (bias, weights) = logistic::fit(&data, &shapes, ROUNDS);
        let mut terms: BTreeMap<String, f64> = names
            .iter()
            .map(|(name, &at)| ((*name).to_owned(), round(weights[at])))
            .filter(|(_, weight)| weight.abs() >= 0.01)
            .collect();
        terms.insert("bias".to_owned(), round(bias));
        (id.clone(), terms)
    })
    .collect()
}

/// Three decimals: enough for a probability, and the same on every machine.
pub(crate) fn round(value: f64) -> f64 {
    let rounded = (value * 1e3).round() / 1e3;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// SHA-256 over the training files in the order of their names.
fn data_hash() -> anyhow::Result<String> {
    let mut paths: Vec<_> = std::fs::read_dir(TRAINING)?
        .collect::<Result<Vec<_>, _>>()?
        .into_iter()
        .map(|e| e.path())
        .collect();
    paths.sort();
    let mut hash = Sha256::new();
    for path in paths {
        hash.update(
            std::fs::read(&path).with_context(|| format!("could not read `{}`", path.display()))?,
        );
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Writes a weights file.
fn write_weights(weights: &Weights) -> String {
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. See docs/quality.md for what it is worth.\n\n",
    );
    let _ = writeln!(
        text,
        "bias = {:?}\nprior = {:?}\nwords_centre = {:?}",
        weights.bias, weights.prior, weights.words_centre
    );
    let provenance = &weights.provenance;
    let _ = writeln!(
        text,
        "\n[provenance]\ncommand = {:?}\ndate = {:?}\ndata_sha256 = {:?}\nthreads = {}",
        provenance.command, provenance.date, provenance.data_sha256, provenance.threads
    );
    let mut table = |name: &str, terms: &BTreeMap<String, f64>| {
        let _ = writeln!(text, "\n[{name}]");
        for (term, weight) in terms {
            let _ = writeln!(text, "{term:?} = {weight:?}");
        }
    };
    table("terms", &weights.terms);
    for (id, terms) in &weights.stages {
        table(&format!("stages.{id}"), terms);
    }
    for (id, terms) in &weights.kinds {
        table(&format!("kinds.{id}"), terms);
    }
    text
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let pack = pack_from_folder(None)?;
    let recogniser = compiled(&pack)?;
    let examples = examples(&pack, &recogniser, labelled::read_folder(Path::new(TRAINING))?);
    let provenance = Provenance {
        command: format!("cargo xtask fit --date {}", options.date),
        date: options.date.clone(),
        data_sha256: data_hash()?,
        threads: u32::try_from(examples.len())?,
    };
    let fitted = train(&pack, &examples.iter().collect::<Vec<_>>(), provenance);
    for (path, text) in
        [(WEIGHTS, write_weights(&fitted.weights)), (WORDING, vocabulary::write(&fitted.wording))]
    {
        if options.check {
            let committed = std::fs::read_to_string(path)
                .with_context(|| format!("could not read `{path}`"))?;
            anyhow::ensure!(
                committed == text,
                "`{path}` is not what the fit gives; run `cargo xtask fit --date …`"
            );
        } else {
            std::fs::write(path, text).with_context(|| format!("could not write `{path}`"))?;
        }
    }
    Ok(())
}
