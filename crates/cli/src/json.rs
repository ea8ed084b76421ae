//! The wire form of `check --json`: a contract that scripts rest on. Core types are not serialised
//! themselves, so that they can change without it.

use countersign_core::assess::{self, Assessment, Assessor};
use countersign_core::thread::Thread;
use serde::Serialize;

/// One line of `check --json`.
#[derive(Debug, Serialize)]
pub(crate) struct Checked<'a> {
    source: &'a str,
    id: &'a str,
    verdict: &'static str,
    probability: f64,
    likelihood: &'static str,
    confidence: &'static str,
    stage: &'a str,
    stages: serde_json::Map<String, serde_json::Value>,
    kinds: Vec<KindBody<'a>>,
    findings: Vec<FindingBody<'a>>,
    counterparts: Vec<CounterpartBody<'a>>,
    objectives: Vec<ObjectiveBody<'a>>,
    advice: Vec<&'a str>,
    limits: &'a [String],
    prior: f64,
    /// What the choice of words as a whole adds to the log-odds, apart from the findings.
    wording: f64,
}

#[derive(Debug, Serialize)]
struct KindBody<'a> {
    kind: &'a str,
    probability: f64,
}

#[derive(Debug, Serialize)]
struct FindingBody<'a> {
    indicator: &'a str,
    /// Index into the thread's messages, from 0.
    message: usize,
    /// Bytes in that message's text.
    span: (usize, usize),
    quote: &'a str,
    /// Log-odds; below zero speaks against an approach.
    weight: f64,
    why: &'a str,
}

#[derive(Debug, Serialize)]
struct CounterpartBody<'a> {
    name: &'a str,
    /// Filled from the screening index once lists are imported.
    hits: [(); 0],
}

#[derive(Debug, Serialize)]
struct ObjectiveBody<'a> {
    id: &'a str,
    score: f64,
    terms: &'a [String],
}

/// Builds the line of one thread.
pub(crate) fn checked<'a>(
    assessor: &'a Assessor,
    thread: &'a Thread,
    assessment: &'a Assessment,
) -> Checked<'a> {
    let pack = assessor.pack();
    let findings = assessment.reasons.iter().filter_map(|reason| {
        let indicator = pack.indicators.get(reason.finding.indicator)?;
        Some(FindingBody {
            indicator: indicator.id.get_ref(),
            message: reason.finding.message,
            span: reason.finding.span,
            quote: reason.finding.quote(thread)?,
            weight: round(reason.weight),
            why: &indicator.means,
        })
    });
    let advice = assessment
        .advice
        .iter()
        .filter_map(|id| pack.advice.iter().find(|advice| advice.id.get_ref() == id))
        .map(|advice| advice.text.en.as_str());
    Checked {
        source: &thread.source,
        id: &thread.id,
        verdict: assessment.verdict.id(),
        probability: round(assessment.probability),
        likelihood: assess::likelihood(assessment.probability),
        confidence: assessment.confidence.id(),
        stage: &assessment.stage,
        stages: assessment
            .stages
            .iter()
            .map(|(id, p)| (id.clone(), serde_json::json!(round(*p))))
            .collect(),
        kinds: assessment
            .kinds
            .iter()
            .map(|(kind, p)| KindBody { kind, probability: round(*p) })
            .collect(),
        findings: findings.collect(),
        counterparts: assessment
            .counterparts
            .iter()
            .map(|name| CounterpartBody { name, hits: [] })
            .collect(),
        objectives: assessment
            .objectives
            .iter()
            .map(|aligned| ObjectiveBody {
                id: &aligned.objective,
                score: round(aligned.score),
                terms: &aligned.terms,
            })
            .collect(),
        advice: advice.collect(),
        limits: &assessment.limits,
        prior: assessment.prior,
        wording: round(assessment.wording),
    }
}

/// Four decimals: the model knows no more, and the bytes are the same everywhere.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
