//! The weights: what each sign adds to or takes from the odds, as fitted.
//!
//! The model is additive on purpose. The logit is a sum of one term for each sign, so an answer can
//! say what each sign contributed, and a reader can check the sum. It sees only [`Features`], which
//! are made of findings: no name, no place, no language, no sender (invariant 1).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::pack::Pack;
use crate::pack::schema::{Family, Indicator, Polarity};
use crate::recognise::{Recognised, Spoken};

/// `base/weights.toml`, written by `cargo xtask fit`.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Weights {
    /// How and when they were fitted.
    pub provenance: Provenance,
    /// The term that every thread starts from.
    pub bias: f64,
    /// The share of approaches to which the bias belongs.
    pub prior: f64,
    /// What the score of the wording is multiplied with before it is bounded.
    pub wording: f64,
    /// Log-odds for each unit of a feature.
    pub terms: BTreeMap<String, f64>,
    /// For each stage, what each feature adds to its score.
    pub stages: BTreeMap<String, BTreeMap<String, f64>>,
    /// For each kind, what each feature adds to its score.
    pub kinds: BTreeMap<String, BTreeMap<String, f64>>,
}

/// How the weights came about.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// The command.
    pub command: String,
    /// When.
    pub date: String,
    /// SHA-256 of the training files, in the order of their names.
    pub data_sha256: String,
    /// How many threads.
    pub threads: u32,
}

/// One term of the model: a sign and whose it was.
#[derive(Debug, Clone, PartialEq)]
pub struct Feature {
    /// The indicator's id, with `@other` when it counts for the side that is not suspected.
    pub name: String,
    /// How much of it there is: 1 for once, more for more, never above [`REPEATS_MAX`].
    pub value: f64,
    /// What it counts.
    pub source: Source,
}

/// What a feature counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Findings of an indicator: an index into [`Pack::indicators`].
    Indicator(usize),
    /// Sentences with a learned act: an index into [`Pack::indicators`].
    Act(usize),
    /// Signs in quoted or cited words.
    Cited,
}

/// What the model sees of a thread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Features {
    /// The side whose acts are weighed.
    pub suspect: usize,
    /// Terms with a value above zero.
    pub terms: Vec<Feature>,
    /// The score of the wording, if there is a model of it.
    pub wording: f64,
}

/// The value of a sign that is repeated over and over: repetition adds, but not without end.
pub const REPEATS_MAX: f64 = 2.0;

/// A sign's value for `count` sentences: 1, 1.5, 1.75, … towards [`REPEATS_MAX`].
fn repeats(count: usize) -> f64 {
    let exponent = i32::try_from(count).unwrap_or(i32::MAX);
    REPEATS_MAX * (1.0 - 0.5_f64.powi(exponent))
}

/// The most that the choice of words may add to or take from the log-odds.
///
/// Words say what a text is about; acts say what somebody does. A bag of words learns authors and
/// trades (it calls two of three ordinary mails an approach), so it may lean on the scale, by e^2.5 or
/// about 12 to one, but never add more than the signs do: see [`Weights::words`].
pub const WORDS_LOGIT_MAX: f64 = 2.5;

/// The name of the feature that counts signs which only stand in quoted or cited words.
pub const CITED_SIGNS: &str = "cited-signs";

/// Words of one side from which its signs weigh less.
///
/// The longest messages of real approaches have some 300 words; a report or a digest has thousands, and
/// among thousands of words some will match any pattern by chance. The chance grows with the length,
/// so the weight of a sign falls with it: half at twice this length, a quarter at four times.
const WORDS_FULL_WEIGHT: f64 = 300.0;

/// The share of its weight that a sign keeps in a text of `words` words.
fn length_share(words: usize) -> f64 {
    (WORDS_FULL_WEIGHT / (words as f64).max(WORDS_FULL_WEIGHT)).min(1.0)
}

/// Builds the features of a thread.
///
/// The suspected side is the one whose own words carry most acts that speak for an approach. Of the
/// other side only replies and what speaks against an approach count: whoever is asked for something may
/// repeat it, praise or complain without being the one to fear.
pub fn features(pack: &Pack, recognised: &Recognised) -> Features {
    let suspect = suspect(pack, recognised);
    let mut counts: BTreeMap<(usize, bool), usize> = BTreeMap::new();
    let mut cited = 0;
    for finding in &recognised.findings {
        let Some(indicator) = pack.indicators.get(finding.indicator) else { continue };
        if indicator.learned.is_some() {
            continue;
        }
        let is_own = finding.role.is_own_voice();
        if !is_own {
            cited += usize::from(indicator.polarity == Polarity::For);
            continue;
        }
        let of_suspect = finding.side == suspect;
        if counts_for(indicator, of_suspect) {
            *counts.entry((finding.indicator, of_suspect)).or_default() += 1;
        }
    }
    let share = length_share(recognised.words_of.get(suspect).copied().unwrap_or_default());
    let mut terms: Vec<Feature> = counts
        .into_iter()
        .filter_map(|((indicator, of_suspect), count)| {
            let id = pack.indicators.get(indicator)?.id.get_ref();
            let name = if of_suspect { id.clone() } else { format!("{id}@other") };
            Some(Feature {
                name,
                value: share * repeats(count),
                source: Source::Indicator(indicator),
            })
        })
        .collect();
    if cited > 0 {
        terms.push(Feature {
            name: CITED_SIGNS.to_owned(),
            value: repeats(cited),
            source: Source::Cited,
        });
    }
    terms.extend(acts(pack, recognised, suspect, share));
    let wording = pack
        .wording
        .as_ref()
        .and_then(|table| {
            table.score(&recognised.grams, std::iter::empty(), &recognised.meaning).first().copied()
        })
        .unwrap_or_default();
    Features { suspect, terms, wording }
}

/// What a sentence without any act may score: a long text has many sentences, and what each has too
/// much must not add up.
const ACT_NOISE: f64 = 0.05;
/// Sentences of a side that count for an act, the likeliest first: the fifth threat adds nothing, and a
/// long text must not make an act out of many small likenesses.
const ACT_SENTENCES_MAX: usize = 4;

/// One feature for each learned act and side: the logarithm of how many sentences have it, as expected.
fn acts(pack: &Pack, recognised: &Recognised, suspect: usize, share: f64) -> Vec<Feature> {
    let mut terms = Vec::new();
    for of_suspect in [true, false] {
        let spoken: Vec<&Spoken> = recognised
            .spoken
            .iter()
            .filter(|spoken| (spoken.side == suspect) == of_suspect)
            .collect();
        for (column, &indicator) in pack.acts().iter().enumerate() {
            let mut likely: Vec<f64> = spoken
                .iter()
                .filter_map(|spoken| spoken.acts.get(column))
                .map(|probability| (probability - ACT_NOISE).max(0.0))
                .collect();
            likely.sort_by(|a, b| b.total_cmp(a));
            let expected: f64 = likely.iter().take(ACT_SENTENCES_MAX).sum();
            let Some(entry) = pack.indicators.get(indicator) else { continue };
            if expected > 0.0 && counts_for(entry, of_suspect) {
                let id = entry.id.get_ref();
                terms.push(Feature {
                    name: if of_suspect { id.clone() } else { format!("{id}@other") },
                    value: share * expected.ln_1p(),
                    source: Source::Act(indicator),
                });
            }
        }
    }
    terms
}

/// Whether a sign of one side counts: the suspect's acts, the receiver's replies, and what speaks against an
/// approach, whoever does it.
pub fn counts_for(indicator: &Indicator, of_suspect: bool) -> bool {
    match (indicator.family, indicator.polarity) {
        (Some(Family::Reply), _) => !of_suspect,
        (_, Polarity::Against) => true,
        (_, Polarity::For) => of_suspect,
    }
}

/// The side with most acts that speak for an approach: learned ones by their probability, those found
/// by patterns by the strength that the pack states.
fn suspect(pack: &Pack, recognised: &Recognised) -> usize {
    let mut scores = vec![0.0_f64; recognised.sides.len()];
    let is_act = |indicator: &Indicator| {
        indicator.polarity == Polarity::For && indicator.family != Some(Family::Reply)
    };
    for spoken in &recognised.spoken {
        for (probability, &indicator) in spoken.acts.iter().zip(pack.acts()) {
            if pack.indicators.get(indicator).is_some_and(is_act)
                && let Some(score) = scores.get_mut(spoken.side)
            {
                *score += probability;
            }
        }
    }
    for finding in &recognised.findings {
        let Some(indicator) = pack.indicators.get(finding.indicator) else { continue };
        if indicator.learned.is_none()
            && is_act(indicator)
            && finding.role.is_own_voice()
            && let Some(score) = scores.get_mut(finding.side)
        {
            *score += prior_weight(indicator.strength);
        }
    }
    let best = scores.iter().copied().fold(0.0, f64::max);
    scores.iter().position(|&score| score >= best).unwrap_or_default()
}

/// Log-odds that a sign's stated strength stands for before any fit: e^1.4 ≈ 4, e^0.7 ≈ 2.
pub fn prior_weight(strength: crate::pack::schema::Strength) -> f64 {
    match strength {
        crate::pack::schema::Strength::Strong => 1.4,
        crate::pack::schema::Strength::Moderate => 0.7,
        crate::pack::schema::Strength::Weak => 0.25,
    }
}

impl Weights {
    /// What each feature adds to the log-odds.
    pub fn contribution(&self, feature: &Feature) -> f64 {
        self.terms.get(&feature.name).copied().unwrap_or_default() * feature.value
    }

    /// What the choice of words adds to the log-odds: within [`WORDS_LOGIT_MAX`], and never more than what
    /// the signs add that speak for an approach. A text without a sign is no approach, however it is worded.
    pub fn words(&self, features: &Features) -> f64 {
        let signs: f64 =
            features.terms.iter().map(|feature| self.contribution(feature).max(0.0)).sum();
        let most = WORDS_LOGIT_MAX.min(signs);
        (self.wording * features.wording).clamp(-WORDS_LOGIT_MAX, most)
    }

    /// The log-odds of an approach at the prior the weights were fitted for.
    pub fn logit(&self, features: &Features) -> f64 {
        self.bias
            + features.terms.iter().map(|feature| self.contribution(feature)).sum::<f64>()
            + self.words(features)
    }

    /// The probability at another prior: Bayes' rule shifts the log-odds.
    pub fn probability(&self, features: &Features, prior: f64) -> f64 {
        logistic(self.logit(features) + log_odds(prior) - log_odds(self.prior))
    }

    /// A distribution over `classes` from their scores.
    pub fn distribution(
        classes: &BTreeMap<String, BTreeMap<String, f64>>,
        features: &Features,
    ) -> BTreeMap<String, f64> {
        let scores: BTreeMap<&String, f64> = classes
            .iter()
            .map(|(class, terms)| {
                let base = terms.get("bias").copied().unwrap_or_default();
                let sum: f64 = features
                    .terms
                    .iter()
                    .map(|f| terms.get(&f.name).copied().unwrap_or_default() * f.value)
                    .sum();
                (class, base + sum)
            })
            .collect();
        let most = scores.values().copied().fold(f64::NEG_INFINITY, f64::max);
        let total: f64 = scores.values().map(|score| (score - most).exp()).sum();
        scores
            .into_iter()
            .map(|(class, score)| (class.clone(), (score - most).exp() / total))
            .collect()
    }
}

/// The logistic function.
pub fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Log-odds of a probability, kept finite.
pub fn log_odds(probability: f64) -> f64 {
    let probability = probability.clamp(1e-9, 1.0 - 1e-9);
    (probability / (1.0 - probability)).ln()
}
