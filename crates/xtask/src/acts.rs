//! Learns what acts look like: one linear model an act, from sentences that people have marked.
//!
//! `training/acts/SET.jsonl` says for threads of `training/threads/SET.jsonl` which characters of which
//! message do what (`training/FORMAT.md`). A sentence of which at least half is marked has the act.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use anyhow::Context;
use countersign_core::encoder::MEANING;
use countersign_core::grams::{GramKey, GramTable, SIGN_VALUE};
use countersign_core::pack::Pack;
use countersign_core::recognise::{Seen, Spoken};
use countersign_core::segment::Role;
use countersign_core::thread::Thread;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Deserialize;

use crate::fit::{Example, thousandths};
use crate::logistic::{self, Columns};
use crate::ridge::Ridge;
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
/// Weights below this are left out of the file: most of them, and hardly any of what they say.
const WEIGHT_MIN: f64 = 0.08;
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

    /// Whether it is in its sender's own voice.
    pub(crate) fn is_own(&self) -> bool {
        matches!(self.role, Role::Own | Role::Forwarded)
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
pub(crate) fn train(pack: &Pack, examples: &[&Example]) -> anyhow::Result<String> {
    let marked: Vec<(usize, &Sentence, &[bool])> = examples
        .iter()
        .enumerate()
        .flat_map(|(thread, example)| {
            let own = example.sentences.iter().filter(|sentence| sentence.is_own());
            own.filter_map(move |sentence| Some((thread, sentence, sentence.acts.as_deref()?)))
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
    let meaning = Ridge::fit(&meanings, &targets, MEANING_PENALTY)?;
    let by_words: Vec<Vec<(usize, f64)>> = marked
        .iter()
        .map(|(_, sentence, _)| {
            let mut row = vocabulary::row(&sentence.grams, &grams, unknown_idf);
            let here = sentence.signs.iter().filter_map(|sign| sign_columns.get(sign.as_str()));
            row.extend(here.map(|&at| (at, SIGN_VALUE)));
            row
        })
        .collect();
    let scaled =
        |scores: &Vec<f64>| scores.iter().map(|score| score * MEANING_VALUE).collect::<Vec<_>>();
    let by_meaning: Vec<Vec<(usize, f64)>> =
        meaning.unseen.iter().map(|scores| (0..).zip(scaled(scores)).collect()).collect();
    let words = Columns::new(&by_words, known.len() + signs.len());
    let meanings = Columns::new(&by_meaning, names(pack).len());
    let fits: Vec<(f64, Vec<f64>)> = (0..names(pack).len())
        .into_par_iter()
        .map(|act| {
            let targets: Vec<bool> = targets.iter().map(|acts| acts[act]).collect();
            if targets.iter().filter(|&&is| is).count() < SENTENCES_MIN {
                return (NEVER, vec![0.0; known.len() + signs.len() + MEANING]);
            }
            let by_words = logistic::fit_ridge(&words, &targets, PENALTY);
            let by_meaning =
                with_numbers(&logistic::fit_ridge(&meanings, &targets, PENALTY), &meaning);
            joined(by_words, by_meaning)
        })
        .collect();
    Ok(write(pack, &known, unknown_idf, &signs, &fits))
}

/// What the model of words and signs, and what the model of the meaning counts for in their sum.
///
/// They are fitted apart, so that a sentence needs both to be sure of an act: fitted as one, the meaning alone
/// called three times as much ordinary mail an approach. Chosen on leave-one-set-out and on real mail among 0.6
/// and 0.6, and these.
const SHARES: (f64, f64) = (0.6, 0.9);

/// The weighted sum of two models; a sum of sums, so that one table says it all.
fn joined(words: (f64, Vec<f64>), meaning: (f64, Vec<f64>)) -> (f64, Vec<f64>) {
    let (s, m) = SHARES;
    let weights = words.1.into_iter().map(|weight| weight * s);
    let numbers = meaning.1.into_iter().map(|weight| weight * m);
    (words.0 * s + meaning.0 * m, weights.chain(numbers).collect())
}

/// Turns the weights on scores of the meaning into weights on its numbers.
fn with_numbers(on_scores: &(f64, Vec<f64>), meaning: &Ridge) -> (f64, Vec<f64>) {
    let sum = |of: &Vec<f64>| {
        of.iter().zip(&on_scores.1).map(|(a, b)| a * b * MEANING_VALUE).sum::<f64>()
    };
    (on_scores.0 + sum(&meaning.intercepts), meaning.weights.iter().map(sum).collect())
}

/// Inverse variance of a weight on a number of a sentence's meaning.
const MEANING_PENALTY: f64 = 3.0;

/// What a score of the meaning is multiplied with beside grams whose squares sum to one.
const MEANING_VALUE: f64 = 5.0;

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

/// The inverse document frequency of a gram that stands in `with` of `all` texts.
pub(crate) fn idf_of(all: usize, with: usize) -> f64 {
    thousandths(((1.0 + all as f64) / (1.0 + with as f64)).ln() + 1.0)
}

/// Writes a table as [`GramTable::parse`] reads it.
fn write(
    pack: &Pack,
    known: &BTreeMap<&str, f64>,
    unknown_idf: f64,
    signs: &BTreeSet<&str>,
    fits: &[(f64, Vec<f64>)],
) -> String {
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. What sentences of each act are made of, in thousandths.\n",
    );
    let whole = |value: f64| (value * 1e3).round();
    for (name, (intercept, _)) in names(pack).iter().zip(fits) {
        let _ = writeln!(text, "column\t{name}\t{}", whole(*intercept));
    }
    let _ = writeln!(text, "unknown\tgram\t{}", whole(unknown_idf));
    let weights = |at: usize| {
        let cells = fits
            .iter()
            .enumerate()
            .filter(|(_, (_, weights))| weights[at].abs() >= WEIGHT_MIN)
            .map(|(act, (_, weights))| format!("{act}:{}", whole(weights[at])));
        cells.collect::<Vec<_>>().join(" ")
    };
    for (sign, at) in signs.iter().zip(known.len()..) {
        let _ = writeln!(text, "sign\t{sign}\t{}", weights(at));
    }
    for (index, at) in (0..MEANING).zip(known.len() + signs.len()..) {
        let _ = writeln!(text, "meaning\t{index}\t{}", weights(at));
    }
    for ((gram, idf), at) in known.iter().zip(0..) {
        let _ = writeln!(text, "{gram}\t{}\t{}", whole(*idf), weights(at));
    }
    text
}
