//! From findings to an answer: how likely, at which stage, of what kind, why, and what to do.

use std::sync::Arc;

use crate::model::{self, Features, Source, Weights};
use crate::objectives::{Aligned, Aligner};
use crate::pack::schema::Polarity;
use crate::pack::{Pack, PackError, PackErrors};
use crate::recognise::{Finding, Recognised, Recogniser, Spoken};
use crate::sequence;
use crate::thread::Thread;

/// The share of approaches among threads that somebody found odd enough to check.
///
/// Half would be too many: most odd mail is clumsy selling. Stated in every answer; `--prior` sets it.
pub const PRIOR_CHECKED: f64 = 0.3;

/// The share of approaches among all messages of a mailbox.
pub const PRIOR_MAILBOX: f64 = 0.0005;

/// From this probability, at [`PRIOR_CHECKED`], a thread is called an approach.
///
/// Chosen on sets that the fit had not seen and on real harmless mail, of which fewer than two in a
/// thousand may be called so: see `docs/quality.md`.
pub const THRESHOLD_APPROACH: f64 = 0.71;

/// From this probability, at [`PRIOR_CHECKED`], a thread deserves a second look.
pub const THRESHOLD_CAUTION: f64 = 0.38;

/// What `check` says in one word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Nothing that would call for more than ordinary care.
    Clear,
    /// Some signs, not enough to call it; one question would settle it.
    Caution,
    /// More likely an approach than the threshold.
    Approach,
}

impl Verdict {
    /// As in `--json`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Clear => "clear",
            Self::Caution => "caution",
            Self::Approach => "approach",
        }
    }
}

/// Likelihood in the seven bands of ICD 203 (Analytic Standards, 2015, section D.6.e).
pub fn likelihood(probability: f64) -> &'static str {
    match probability {
        p if p < 0.05 => "almost no chance",
        p if p < 0.20 => "very unlikely",
        p if p < 0.45 => "unlikely",
        p if p < 0.55 => "roughly even chance",
        p if p < 0.80 => "likely",
        p if p < 0.95 => "very likely",
        _ => "almost certain",
    }
}

/// How much the answer rests on: the evidence, not the likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// Little text, or parts that could not be read.
    Low,
    /// Enough to judge, but from words alone.
    Moderate,
    /// Several messages with several signs that agree.
    High,
}

impl Confidence {
    /// As in `--json`.
    pub fn id(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Moderate => "moderate",
            Self::High => "high",
        }
    }
}

/// A finding with what it adds.
#[derive(Debug, Clone, PartialEq)]
pub struct Reason {
    /// Where and what.
    pub finding: Finding,
    /// The share of its sign's contribution to the log-odds; below zero speaks against.
    pub weight: f64,
}

/// The answer about one thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// In one word.
    pub verdict: Verdict,
    /// Of an approach, at the prior.
    pub probability: f64,
    /// The prior it was computed at.
    pub prior: f64,
    /// How much it rests on.
    pub confidence: Confidence,
    /// The furthest stage that the thread is likely to show; `none` for a clear one.
    pub stage: String,
    /// Probability of each stage, `none` first, then up the ladder; they sum to 1.
    pub stages: Vec<(String, f64)>,
    /// Probability of each kind, most likely first, given an approach.
    pub kinds: Vec<(String, f64)>,
    /// Every finding, in the order of the text.
    pub reasons: Vec<Reason>,
    /// What the choice of words as a whole adds to the log-odds, and acts of which no sentence is
    /// likely enough to be shown.
    pub wording: f64,
    /// What is sought, if the thread says so.
    pub objectives: Vec<Aligned>,
    /// Ids of the pieces of advice that apply, in order.
    pub advice: Vec<String>,
    /// What could not be judged.
    pub limits: Vec<String>,
    /// The side that makes the approach, if it is one: an index into [`Recognised::sides`].
    pub suspect: usize,
    /// Who is on the other side.
    pub counterparts: Vec<String>,
    /// What was seen, for those who want more.
    pub recognised: Recognised,
}

/// Everything that is needed to assess threads. Build it once; it is immutable.
#[derive(Debug)]
pub struct Assessor {
    pack: Arc<Pack>,
    recogniser: Recogniser,
    aligner: Aligner,
    weights: Weights,
}

/// Log-odds below which a learned act is not worth a line.
const ACT_WEIGHT_SHOWN_MIN: f64 = 0.1;
/// Kinds below this probability are not worth a line.
const KIND_PROBABILITY_MIN: f64 = 0.1;
/// Own words below which an answer cannot rest on much.
const WORDS_FEW: usize = 30;
/// Advice of one answer; more is not read.
const ADVICE_MAX: usize = 6;

impl Assessor {
    /// Prepares the packs.
    ///
    /// # Errors
    ///
    /// A pack without weights. Patterns are read later, see [`Recogniser::check`].
    pub fn new(pack: Pack) -> Result<Self, PackErrors> {
        let pack = Arc::new(pack);
        let recogniser = Recogniser::new(Arc::clone(&pack));
        let aligner = Aligner::new(&pack);
        let Some(weights) = pack.weights.clone() else {
            return Err(PackErrors(vec![PackError {
                file: "base/weights.toml".to_owned(),
                line: 0,
                key: "weights".to_owned(),
                problem: "no pack has weights".to_owned(),
                remedy: "run `cargo xtask fit`, or load the pack `base`".to_owned(),
            }]));
        };
        Ok(Self { pack, recogniser, aligner, weights })
    }

    /// The packs behind it.
    pub fn pack(&self) -> &Pack {
        &self.pack
    }

    /// The weights behind it.
    pub fn weights(&self) -> &Weights {
        &self.weights
    }

    /// The recogniser behind it.
    pub fn recogniser(&self) -> &Recogniser {
        &self.recogniser
    }

    /// Assesses one thread at a prior probability of an approach.
    pub fn assess(&self, thread: &Thread, prior: f64) -> Assessment {
        let recognised = self.recogniser.recognise(std::slice::from_ref(thread));
        self.judge(thread, recognised.into_iter().next().unwrap_or_default(), prior)
    }

    /// Assesses many threads, each as [`Self::assess`] does alone, but faster.
    pub fn assess_many(&self, threads: &[Thread], prior: f64) -> Vec<Assessment> {
        let recognised = self.recogniser.recognise(threads);
        let with_threads = threads.iter().zip(recognised);
        with_threads.map(|(thread, recognised)| self.judge(thread, recognised, prior)).collect()
    }

    fn judge(&self, thread: &Thread, mut recognised: Recognised, prior: f64) -> Assessment {
        sequence::add_computed(&self.pack, thread, &mut recognised);
        let features = model::features(&self.pack, &recognised);
        let probability = self.weights.probability(&features, prior);
        let verdict =
            verdict(self.weights.probability(&features, PRIOR_CHECKED), probability, prior);
        let stages = self.stages(&features, probability);
        let kinds = self.kinds(&features);
        let stage = match verdict {
            Verdict::Clear => "none".to_owned(),
            _ => most_likely(stages.iter().skip(1)),
        };
        self.show_best_sentences(&mut recognised, &features);
        let reasons = self.reasons(&recognised, &features);
        let wording = self.faint(&reasons, &features);
        let confidence = confidence(thread, &recognised, &features);
        let main_kind = kinds.first().map(|(kind, _)| kind.as_str()).unwrap_or_default();
        let advice = self.advice(verdict, &stage, main_kind);
        let limits = limits(thread, &recognised, prior);
        let counterparts = counterparts(thread, &recognised, features.suspect);
        let objectives = self.aligner.align(&self.pack, thread);
        Assessment {
            verdict,
            probability,
            prior,
            confidence,
            stage,
            stages,
            kinds: if verdict == Verdict::Clear { Vec::new() } else { kinds },
            reasons,
            wording,
            objectives,
            advice,
            limits,
            suspect: features.suspect,
            counterparts,
            recognised,
        }
    }

    /// `none` with what is left of the probability, then the stages up the ladder.
    fn stages(&self, features: &Features, probability: f64) -> Vec<(String, f64)> {
        let shares = Weights::distribution(&self.weights.stages, features);
        let mut stages = vec![("none".to_owned(), 1.0 - probability)];
        stages.extend(self.pack.stages.iter().map(|stage| {
            let id = stage.id.get_ref();
            (id.clone(), probability * shares.get(id).copied().unwrap_or_default())
        }));
        stages
    }

    fn kinds(&self, features: &Features) -> Vec<(String, f64)> {
        let shares = Weights::distribution(&self.weights.kinds, features);
        let mut kinds: Vec<(String, f64)> = shares.into_iter().collect();
        kinds.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        let first = kinds.first().cloned();
        kinds.retain(|(_, probability)| *probability >= KIND_PROBABILITY_MIN);
        if kinds.is_empty() { first.into_iter().collect() } else { kinds }
    }

    /// Adds a finding for each act that weighs something and of which no sentence is likely enough by
    /// itself: its likeliest sentence. A reason needs words that the reader can look at.
    fn show_best_sentences(&self, recognised: &mut Recognised, features: &Features) {
        for term in &features.terms {
            let Source::Act(indicator) = term.source else { continue };
            if self.weights.contribution(term).abs() < ACT_WEIGHT_SHOWN_MIN {
                continue;
            }
            let of_suspect = !term.name.ends_with("@other");
            let is_its = |side: usize| (side == features.suspect) == of_suspect;
            let is_shown =
                recognised.findings.iter().any(|f| f.indicator == indicator && is_its(f.side));
            let column = self.pack.acts().iter().position(|&act| act == indicator);
            let Some(column) = column.filter(|_| !is_shown) else { continue };
            let likelihood = |spoken: &Spoken| spoken.acts.get(column).copied().unwrap_or_default();
            let best = recognised
                .spoken
                .iter()
                .filter(|s| is_its(s.side))
                .max_by(|a, b| likelihood(a).total_cmp(&likelihood(b)));
            if let Some(best) = best {
                let finding = Finding {
                    indicator,
                    message: best.message,
                    span: best.span,
                    role: best.role,
                    side: best.side,
                    rule: None,
                };
                recognised.findings.push(finding);
            }
        }
        recognised.findings.sort_by_key(|f| (f.message, f.span, f.indicator, f.rule));
    }

    /// Each finding with its share of what its sign contributes.
    fn reasons(&self, recognised: &Recognised, features: &Features) -> Vec<Reason> {
        let feature_of = |finding: &Finding| {
            let indicator = self.pack.indicators.get(finding.indicator)?;
            let id = indicator.id.get_ref();
            let name = if !finding.role.is_own_voice() {
                // Only for-signs count as cited; see `model::features`.
                (indicator.polarity == Polarity::For).then(|| model::CITED_SIGNS.to_owned())?
            } else if finding.side == features.suspect {
                id.clone()
            } else {
                format!("{id}@other")
            };
            features.terms.iter().find(|term| term.name == name)
        };
        recognised
            .findings
            .iter()
            .map(|finding| {
                let weight = feature_of(finding).map_or(0.0, |feature| {
                    let same = recognised
                        .findings
                        .iter()
                        .filter(|other| feature_of(other).is_some_and(|f| f.name == feature.name))
                        .count();
                    self.weights.contribution(feature) / same.max(1) as f64
                });
                Reason { finding: finding.clone(), weight }
            })
            .collect()
    }

    /// What speaks without a quote: the wording, and acts that no single sentence shows.
    fn faint(&self, reasons: &[Reason], features: &Features) -> f64 {
        let shown: f64 = reasons.iter().map(|reason| reason.weight).sum();
        let all: f64 = features.terms.iter().map(|term| self.weights.contribution(term)).sum();
        all - shown + self.weights.words(features)
    }

    fn advice(&self, verdict: Verdict, stage: &str, kind: &str) -> Vec<String> {
        let mut fitting: Vec<_> = self
            .pack
            .advice
            .iter()
            .filter(|advice| {
                let any = |list: &[toml::Spanned<String>], id: &str| {
                    list.is_empty() || list.iter().any(|entry| entry.get_ref() == id)
                };
                any(&advice.when.verdicts, verdict.id())
                    && any(&advice.when.stages, stage)
                    && any(&advice.when.kinds, kind)
            })
            .collect();
        fitting.sort_by_key(|advice| advice.order);
        fitting.into_iter().take(ADVICE_MAX).map(|advice| advice.id.get_ref().clone()).collect()
    }

    /// Whether an indicator speaks for an approach.
    pub fn speaks_for(&self, indicator: usize) -> bool {
        self.pack
            .indicators
            .get(indicator)
            .is_some_and(|indicator| indicator.polarity == Polarity::For)
    }
}

/// The verdict: by the thresholds at the prior of a checked thread.
///
/// A sweep of a mailbox has a far lower prior. There a thread is called an approach only if it is
/// likely enough at the mailbox's own prior too; short of that it is at most worth a look.
fn verdict(checked: f64, probability: f64, prior: f64) -> Verdict {
    let by_checked = match checked {
        p if p >= THRESHOLD_APPROACH => Verdict::Approach,
        p if p >= THRESHOLD_CAUTION => Verdict::Caution,
        _ => Verdict::Clear,
    };
    if prior < PRIOR_CHECKED
        && by_checked == Verdict::Approach
        && probability < SWEEP_PROBABILITY_MIN
    {
        Verdict::Caution
    } else {
        by_checked
    }
}

/// In a sweep, a thread is called an approach from this probability at the mailbox's prior on.
///
/// One in fifty: an officer reads fifty flagged messages to find one that matters, which is bearable;
/// what stays below is shown as worth a look, never dropped.
const SWEEP_PROBABILITY_MIN: f64 = 0.02;

fn most_likely<'s>(stages: impl Iterator<Item = &'s (String, f64)>) -> String {
    stages
        .fold(None::<&(String, f64)>, |best, stage| match best {
            Some(best) if best.1 >= stage.1 => Some(best),
            _ => Some(stage),
        })
        .map_or_else(|| "none".to_owned(), |(id, _)| id.clone())
}

fn confidence(thread: &Thread, recognised: &Recognised, features: &Features) -> Confidence {
    if recognised.own_words() < WORDS_FEW || !thread.limits.is_empty() {
        Confidence::Low
    } else if thread.messages.len() >= 3
        && features.terms.iter().filter(|term| matches!(term.source, Source::Indicator(_))).count()
            >= 5
    {
        Confidence::High
    } else {
        Confidence::Moderate
    }
}

fn limits(thread: &Thread, recognised: &Recognised, prior: f64) -> Vec<String> {
    let mut limits = thread.limits.clone();
    limits.push(
        "Whether the people and organisations named here exist, and whether what they say is true."
            .to_owned(),
    );
    for language in recognised.unread.iter() {
        limits.push(format!(
            "The parts in `{}`: its patterns could not be read; run `countersign doctor`.",
            language.code()
        ));
    }
    if recognised.own_words() < WORDS_FEW {
        limits.push(format!("There are only {} words to go by.", recognised.own_words()));
    }
    limits.push(format!(
        "The likelihood assumes that {} of such threads are approaches; `--prior` changes it.",
        share(prior)
    ));
    limits
}

/// A share in words: `30 in 100`, `5 in 10,000`.
fn share(prior: f64) -> String {
    let whole = if prior >= 0.01 { 100.0 } else { 10_000.0 };
    let counted = if prior >= 0.01 { "100" } else { "10,000" };
    format!("{} in {counted}", (prior * whole * 10.0).round() / 10.0)
}

/// The suspected side first, then everybody else who is not the receiver of the first message.
fn counterparts(thread: &Thread, recognised: &Recognised, suspect: usize) -> Vec<String> {
    let first_to = thread.messages.first().map(|message| message.to.clone()).unwrap_or_default();
    let is_receiver = |index: usize| {
        recognised.sides.get(index).is_some_and(|side| {
            first_to.iter().any(|to| {
                !to.is_empty()
                    && (to.name == side.name || !to.handle.is_empty() && to.handle == side.handle)
            })
        })
    };
    let mut names = Vec::new();
    let others =
        (0..recognised.sides.len()).filter(|&index| index != suspect && !is_receiver(index));
    for index in std::iter::once(suspect).chain(others) {
        if let Some(side) = recognised.sides.get(index)
            && !side.is_empty()
            && !names.contains(&side.shown().to_owned())
        {
            names.push(side.shown().to_owned());
        }
    }
    names
}
