//! `countersign evaluate`: the answers measured against labels.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Instant;

use anyhow::Context;
use countersign_core::assess::{PRIOR_CHECKED, THRESHOLD_APPROACH, THRESHOLD_CAUTION, Verdict};
use countersign_core::evaluate::{self, Scored};
use countersign_formats::labelled::{self, Labelled};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::{Found, input};

#[derive(clap::Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(clap::Subcommand)]
enum What {
    /// Measure `check` on labelled threads (JSON Lines, see training/FORMAT.md)
    Threads(Threads),
}

#[derive(clap::Args)]
struct Threads {
    /// Files of labelled threads
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// One JSON object on standard output
    #[arg(long)]
    json: bool,
    /// A knowledge pack's folder to lay over the shipped ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
}

/// A labelled thread with its answer.
struct Answered {
    labelled: Labelled,
    probability: f64,
    verdict: Verdict,
    stage: String,
    kind: String,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Found> {
    let What::Threads(threads) = &options.what;
    let assessor = input::assessor(&threads.pack)?;
    let mut labelled = Vec::new();
    for file in &threads.files {
        let bytes =
            fs::read(file).with_context(|| format!("could not open `{}`", file.display()))?;
        let set = file.file_stem().unwrap_or_default().to_string_lossy();
        labelled.extend(labelled::read(&file.display().to_string(), &set, &bytes)?);
    }
    let messages: usize = labelled.iter().map(|labelled| labelled.thread.messages.len()).sum();
    #[expect(
        clippy::disallowed_methods,
        reason = "the speed is what is measured here; no answer depends on it"
    )]
    let started = Instant::now();
    let answered: Vec<Answered> = labelled
        .into_par_iter()
        .map(|labelled| {
            let assessment = assessor.assess(&labelled.thread, PRIOR_CHECKED);
            Answered {
                probability: assessment.probability,
                verdict: assessment.verdict,
                stage: assessment.stage,
                kind: assessment.kinds.first().map(|(kind, _)| kind.clone()).unwrap_or_default(),
                labelled,
            }
        })
        .collect();
    let per_second = messages as f64 / started.elapsed().as_secs_f64();
    let report = report(&answered, per_second);
    let mut out = io::stdout().lock();
    if threads.json {
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
    } else {
        print(&mut out, &report)?;
    }
    Ok(Found::Nothing)
}

fn report(answered: &[Answered], per_second: f64) -> Value {
    let mut report = figures(answered.iter());
    let mut add = |key: &str, value: Value| {
        if let Value::Object(map) = &mut report {
            map.insert(key.to_owned(), value);
        }
    };
    add("calibration", calibration(answered));
    add("by_kind", grouped(answered, |a| &a.labelled.kind));
    add("by_stage", grouped(answered, |a| &a.labelled.stage));
    add("by_language", grouped(answered, |a| &a.labelled.language));
    let approaches: Vec<&Answered> = answered.iter().filter(|a| a.labelled.is_approach).collect();
    let share = |count: usize| {
        if approaches.is_empty() {
            Value::Null
        } else {
            json!(round(count as f64 / approaches.len() as f64))
        }
    };
    add("stage_accuracy", share(approaches.iter().filter(|a| a.stage == a.labelled.stage).count()));
    add("kind_accuracy", share(approaches.iter().filter(|a| a.kind == a.labelled.kind).count()));
    add("twins", twins(answered));
    add("messages_per_second", json!(per_second.round()));
    report
}

fn figures<'a>(answered: impl Iterator<Item = &'a Answered>) -> Value {
    let scored: Vec<Scored> = answered
        .map(|a| Scored { score: a.probability, is_approach: a.labelled.is_approach })
        .collect();
    let at = |threshold: f64| {
        let at = evaluate::at_threshold(&scored, threshold);
        json!({"threshold": threshold, "precision": optional(at.precision), "recall": optional(at.recall),
               "false_alarms": optional(at.false_alarms)})
    };
    json!({
        "threads": scored.len(),
        "approaches": scored.iter().filter(|s| s.is_approach).count(),
        "auc": optional(evaluate::auc(&scored)),
        "recall_at_false_alarms": {
            "0.01": optional(evaluate::recall_at(&scored, 0.01)),
            "0.02": optional(evaluate::recall_at(&scored, 0.02)),
            "0.05": optional(evaluate::recall_at(&scored, 0.05)),
            "0.10": optional(evaluate::recall_at(&scored, 0.10)),
        },
        "approach": at(THRESHOLD_APPROACH),
        "caution_or_approach": at(THRESHOLD_CAUTION),
        "brier": optional(evaluate::brier(&scored)),
    })
}

fn calibration(answered: &[Answered]) -> Value {
    let scored: Vec<Scored> = answered
        .iter()
        .map(|a| Scored { score: a.probability, is_approach: a.labelled.is_approach })
        .collect();
    evaluate::calibration(&scored)
        .into_iter()
        .map(|band| json!({"from": band.from, "threads": band.count, "predicted": round(band.predicted), "observed": round(band.observed)}))
        .collect()
}

fn grouped(answered: &[Answered], key: impl Fn(&Answered) -> &String) -> Value {
    let mut groups: BTreeMap<&str, Vec<&Answered>> = BTreeMap::new();
    for answered in answered {
        groups.entry(key(answered)).or_default().push(answered);
    }
    groups
        .into_iter()
        .map(|(name, group)| (name.to_owned(), figures(group.into_iter())))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Twins with the same label must get the same verdict and nearly the same probability.
fn twins(answered: &[Answered]) -> Value {
    let by_id: BTreeMap<&str, &Answered> =
        answered.iter().map(|a| (a.labelled.thread.id.as_str(), a)).collect();
    let mut pairs = 0;
    let mut differ = Vec::new();
    for one in answered {
        let Some(other) = by_id.get(one.labelled.pair.as_str()) else { continue };
        let once = one.labelled.thread.id < other.labelled.thread.id;
        if !once || one.labelled.is_approach != other.labelled.is_approach {
            continue;
        }
        pairs += 1;
        if one.verdict != other.verdict
            || (one.probability - other.probability).abs() > TWINS_DIFFERENCE_MAX
        {
            differ.push(json!({"ids": [one.labelled.thread.id, other.labelled.thread.id],
                "probabilities": [round(one.probability), round(other.probability)]}));
        }
    }
    json!({"pairs": pairs, "differ": differ})
}

/// Invariant 1: the probability moves by at most this when only names change.
const TWINS_DIFFERENCE_MAX: f64 = 0.01;

fn optional(value: Option<f64>) -> Value {
    value.map_or(Value::Null, |value| json!(round(value)))
}

fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}

/// A figure of a report, or null.
fn at<'r>(figures: &'r Value, place: &str) -> &'r Value {
    figures.pointer(place).unwrap_or(&Value::Null)
}

fn print(out: &mut impl io::Write, report: &Value) -> io::Result<()> {
    for (key, value) in report.as_object().into_iter().flatten() {
        match value {
            Value::Object(map) if map.values().any(Value::is_object) => {
                writeln!(out, "{key}")?;
                for (name, figures) in map {
                    writeln!(
                        out,
                        "  {name:24} threads {:>4}  auc {:>6}  recall at 5 % {:>6}  called approach: recall {:>6}, false alarms {:>6}",
                        at(figures, "/threads"),
                        at(figures, "/auc"),
                        at(figures, "/recall_at_false_alarms/0.05"),
                        at(figures, "/approach/recall"),
                        at(figures, "/approach/false_alarms")
                    )?;
                }
            }
            Value::Array(rows) => {
                writeln!(out, "{key}")?;
                for row in rows {
                    writeln!(out, "  {row}")?;
                }
            }
            other => writeln!(out, "{key}: {other}")?,
        }
    }
    Ok(())
}
