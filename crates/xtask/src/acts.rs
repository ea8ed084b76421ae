//! Learns what acts look like from sentences that people have marked: for each act a linear model of words and
//! signs, and for all of them one network on the meaning.
//!
//! `training/acts/SET.jsonl` says for threads of `training/threads/SET.jsonl` which characters of which
//! message do what (`training/FORMAT.md`). A sentence of which at least half is marked has the act.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Context;
use countersign_core::grams::{GramKey, GramTable, SIGN_VALUE};
use countersign_core::pack::Pack;
use countersign_core::recognise::{Seen, Spoken};
use countersign_core::segment::Role;
use countersign_core::thread::Thread;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::fit::Example;
use crate::logistic::{self, Columns};
use crate::network::Network;
use crate::table::{self, Layout, Least, Model, idf_of};
use crate::vocabulary::{self, Counted};

/// Where the marks are.
pub(crate) const ACTS: &str = "training/acts";

/// Inverse variance of a weight. Chosen on leave-one-set-out and on real mail among 0.1, 0.3, 0.6, 1 and 2:
/// the less a model dares, the fewer ordinary sentences it misreads.
const PENALTY: f64 = 2.0;
/// A gram must stand in this many marked threads.
const THREADS_MIN: usize = 3;
/// An act with fewer marked sentences is not learned: its column says "never".
const SENTENCES_MIN: usize = 8;
/// Weights that are too small for the file.
const LEAST: Least = Least { of_word: 0.08, of_number: 0.08 };
/// The score of an act that is not learned.
const NEVER: f64 = -6.0;

/// The marks of one thread.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marked {
    id: String,
    /// Message, first character, end, acts.
    acts: Vec<(usize, usize, usize, Vec<String>)>,
}

/// Reads the marks of every set, by thread.
pub(crate) fn read(pack: &Pack) -> anyhow::Result<BTreeMap<String, Marked>> {
    let names = names(pack);
    let mut marks = BTreeMap::new();
    let mut paths: Vec<_> = std::fs::read_dir(ACTS)
        .with_context(|| format!("could not open `{ACTS}`"))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .collect();
    paths.sort();
    for path in paths {
        for (line, number) in std::fs::read_to_string(&path)?.lines().zip(1..) {
            let place = || format!("{}:{number}", path.display());
            let marked: Marked = serde_json::from_str(line).with_context(place)?;
            for act in marked.acts.iter().flat_map(|(_, _, _, acts)| acts) {
                anyhow::ensure!(
                    names.contains(&act.as_str()),
                    "{}: `{act}` is no act; see `knowledge/base/indicators/acts.toml`",
                    place()
                );
            }
            marks.insert(marked.id.clone(), marked);
        }
    }
    Ok(marks)
}

/// The names of the acts, in the order of the pack.
fn names(pack: &Pack) -> Vec<&str> {
    let learned = pack.acts().iter().filter_map(|&index| pack.indicators.get(index));
    learned.filter_map(|indicator| Some(indicator.learned.as_ref()?.get_ref().as_str())).collect()
}

/// A sentence for the fit.
#[derive(Debug, Clone)]
pub(crate) struct Sentence {
    /// Grams as written in a table, each with its count.
    grams: Counted,
    keys: Vec<(GramKey, u32)>,
    signs: Vec<String>,
    meaning: Vec<f32>,
    role: Role,
    message: usize,
    span: (usize, usize),
    side: usize,
    /// For each act of the pack whether it is marked; none where nobody has looked.
    acts: Option<Vec<bool>>,
}

impl Sentence {
    /// Keeps what the models see of a sentence, with its marks.
    pub(crate) fn new(
        seen: &Seen<'_>,
        pack: &Pack,
        thread: &Thread,
        marks: Option<&Marked>,
    ) -> Self {
        let keys = seen.grams.iter().map(countersign_core::grams::Gram::key).collect();
        let mut grams = Counted::new();
        for gram in seen.grams {
            *grams.entry(gram.to_string()).or_default() += 1;
        }
        Self {
            grams,
            keys: countersign_core::grams::count(keys),
            signs: seen.signs.iter().map(|&sign| sign.to_owned()).collect(),
            meaning: seen.meaning.to_vec(),
            role: seen.role,
            message: seen.message,
            span: seen.span,
            side: seen.side,
            acts: marks.map(|marked| marked_acts(seen, pack, thread, marked)),
        }
    }
}

/// For each act of the pack, whether the sentence is marked with it.
fn marked_acts(seen: &Seen<'_>, pack: &Pack, thread: &Thread, marked: &Marked) -> Vec<bool> {
    let text = &thread.messages[seen.message].text;
    let characters = |at: usize| text[..at].chars().count();
    let (start, end) = (characters(seen.span.0), characters(seen.span.1));
    let covers = |&(message, from, to): &(usize, usize, usize)| {
        let shared = end.min(to).saturating_sub(start.max(from));
        message == seen.message && shared > 0 && 2 * shared >= (end - start).min(to - from)
    };
    let here: BTreeSet<&str> = marked
        .acts
        .iter()
        .filter(|(message, from, to, _)| covers(&(*message, *from, *to)))
        .flat_map(|(_, _, _, acts)| acts.iter().map(String::as_str))
        .collect();
    names(pack).into_iter().map(|name| here.contains(name)).collect()
}

/// The probability of each act in each sentence of a thread.
pub(crate) fn spoken(table: &GramTable, sentences: &[Sentence]) -> Vec<Spoken> {
    sentences
        .iter()
        .map(|sentence| {
            let signs = sentence.signs.iter().map(String::as_str);
            let scores = table.score(&sentence.keys, signs, &sentence.meaning);
            Spoken {
                message: sentence.message,
                span: sentence.span,
                role: sentence.role,
                side: sentence.side,
                acts: scores.into_iter().map(countersign_core::model::logistic).collect(),
            }
        })
        .collect()
}

/// Fits a table on the marked sentences of the given examples; returns it as a file.
pub(crate) fn train(pack: &Pack, examples: &[&Example]) -> String {
    let marked: Vec<(usize, &Sentence, &[bool])> = examples
        .iter()
        .enumerate()
        .flat_map(|(thread, example)| {
            let sentences = example.sentences.iter();
            sentences
                .filter_map(move |sentence| Some((thread, sentence, sentence.acts.as_deref()?)))
        })
        .collect();
    let known = known_grams(&marked);
    let signs: BTreeSet<&str> =
        marked.iter().flat_map(|(_, s, _)| s.signs.iter().map(String::as_str)).collect();
    let grams = vocabulary::numbered(&known);
    let sign_columns: FxHashMap<&str, usize> =
        signs.iter().zip(known.len()..).map(|(sign, at)| (*sign, at)).collect();
    let unknown_idf = idf_of(marked.len(), 1);
    let targets: Vec<&[bool]> = marked.iter().map(|(_, _, acts)| *acts).collect();
    let meanings: Vec<&[f32]> = marked.iter().map(|(_, s, _)| s.meaning.as_slice()).collect();
    let network = Network::fit(&meanings, &targets);
    let units = network.units();
    let by_words: Vec<Vec<(usize, f64)>> = marked
        .iter()
        .map(|(_, sentence, _)| {
            let mut row = vocabulary::row(&sentence.grams, &grams, unknown_idf);
            let here = sentence.signs.iter().filter_map(|sign| sign_columns.get(sign.as_str()));
            row.extend(here.map(|&at| (at, SIGN_VALUE)));
            row
        })
        .collect();
    let words = Columns::new(&by_words, known.len() + signs.len());
    let fit = |(act, name)| {
        let targets: Vec<bool> = targets.iter().map(|acts| acts[act]).collect();
        if targets.iter().filter(|&&is| is).count() < SENTENCES_MIN {
            let weights = vec![0.0; known.len() + signs.len() + units.len()];
            return Model { name, intercept: NEVER, weights };
        }
        let by_words = logistic::fit_ridge(&words, &targets, PENALTY);
        joined(name, by_words, network.model(act))
    };
    let models: Vec<Model<'_>> = names(pack).into_par_iter().enumerate().map(fit).collect();
    let layout = Layout { grams: &known, unknown_idf, signs: &signs, units: &units };
    table::write("What sentences of each act are made of", &layout, &models, LEAST)
}

/// What the model of words and signs, and what the network on the meaning counts for in their sum.
///
/// They are fitted apart, so that a sentence needs both to be sure of an act: fitted as one, the meaning alone
/// called two and a half times as much ordinary mail an approach.
const SHARES: (f64, f64) = (0.4, 1.0);

/// The weighted sum of two models; a sum of sums, so that one table says it all.
fn joined(name: &str, words: (f64, Vec<f64>), meaning: (f64, Vec<f64>)) -> Model<'_> {
    let (of_words, of_meaning) = SHARES;
    let weights = words.1.into_iter().map(|weight| weight * of_words);
    let numbers = meaning.1.into_iter().map(|weight| weight * of_meaning);
    Model {
        name,
        intercept: words.0 * of_words + meaning.0 * of_meaning,
        weights: weights.chain(numbers).collect(),
    }
}

/// The grams to learn from, with their inverse document frequency among the marked sentences.
fn known_grams<'s>(marked: &[(usize, &'s Sentence, &[bool])]) -> BTreeMap<&'s str, f64> {
    let mut seen: FxHashMap<&str, (usize, usize, usize)> = FxHashMap::default();
    for &(thread, sentence, _) in marked {
        for gram in sentence.grams.keys() {
            // Sentences, threads, and the thread that was seen last.
            let (sentences, threads, last) = seen.entry(gram).or_insert((0, 0, usize::MAX));
            *sentences += 1;
            *threads += usize::from(*last != thread);
            *last = thread;
        }
    }
    seen.into_iter()
        .filter(|&(gram, (_, threads, _))| {
            threads >= THREADS_MIN && !vocabulary::tells_origin(gram)
        })
        .map(|(gram, (sentences, _, _))| (gram, idf_of(marked.len(), sentences)))
        .collect()
}
