//! Quick leave-one-set-out figures while patterns are being written.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::evaluate::{self, Scored};
use countersign_core::model::{Feature, Provenance};
use countersign_core::pack::Pack;
use countersign_core::recognise::Recogniser;
use rayon::prelude::*;
use serde_json::json;

use crate::fit::{self, Example, Fitted};
use crate::labelled;
use crate::patterns::unfitted_pack;

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Show the scores of this set, or of `all`, the highest first.
    #[arg(long)]
    errors: Option<String>,
    /// Score the labelled threads of this file with a fit on all training threads.
    #[arg(long)]
    score: Option<PathBuf>,
    /// How many fits; sets are held out together when there are fewer than sets.
    #[arg(long)]
    folds: Option<NonZeroUsize>,
    /// Harmless mail, one labelled thread a line: shows the recall at the threshold that keeps false
    /// alarms among it to 2 in 1,000.
    #[arg(long)]
    mail: Option<PathBuf>,
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let pack = unfitted_pack()?;
    let recogniser = Recogniser::new(Arc::clone(&pack));
    if let Err(errors) = recogniser.check() {
        // Other authors may be in the middle of a line: their language is left out here.
        println!("left out: {errors:.300}");
    }
    let examples =
        fit::examples(&pack, &recogniser, labelled::read_folder(Path::new(fit::TRAINING))?)?;
    if let Some(path) = &options.score {
        let fitted = fit::train(&pack, &examples.iter().collect::<Vec<_>>(), no_provenance())?;
        for example in fit::examples(&pack, &recogniser, labelled::read_file(path)?)? {
            println!("{}", scored_line(&pack, &fitted, &example, &recogniser));
        }
        return Ok(());
    }
    let mut sets: Vec<String> = examples.iter().map(|e| e.labelled.set.clone()).collect();
    sets.dedup();
    let folds = options.folds.map_or(sets.len(), |folds| folds.get().min(sets.len()));
    let fold_of = |set: &str| sets.iter().position(|s| s == set).unwrap_or_default() % folds;
    let score_fold = |fold: usize| -> anyhow::Result<Vec<(String, f64, &Example)>> {
        let (held, rest): (Vec<&Example>, Vec<&Example>) =
            examples.iter().partition(|e| fold_of(&e.labelled.set) == fold);
        let fitted = fit::train(&pack, &rest, no_provenance())?;
        let scored = held.into_iter();
        Ok(scored.map(|e| (e.labelled.set.clone(), fitted.probability(&pack, e, 0.3), e)).collect())
    };
    let scored: Vec<_> =
        (0..folds).into_par_iter().map(score_fold).collect::<anyhow::Result<_>>()?;
    let results: Vec<(String, Vec<(f64, &Example)>)> = sets
        .iter()
        .map(|set| {
            let of_set = scored.iter().flatten().filter(|(name, _, _)| name == set);
            (set.clone(), of_set.map(|&(_, score, e)| (score, e)).collect())
        })
        .collect();
    println!("{:10} {:>4} {:>6} {:>6} {:>6} {:>6}", "set", "n", "auc", "r@2", "r@5", "r@10");
    let mut means = [0.0; 4];
    let two_sided = |scored: &[(f64, &Example)]| scored.iter().any(|(_, e)| e.labelled.is_approach);
    let count = results.iter().filter(|(_, scored)| two_sided(scored)).count() as f64;
    for (set, scored) in &results {
        let table: Vec<Scored> = scored
            .iter()
            .map(|(score, e)| Scored { score: *score, is_approach: e.labelled.is_approach })
            .collect();
        let figures = [
            evaluate::auc(&table),
            evaluate::recall_at(&table, 0.02),
            evaluate::recall_at(&table, 0.05),
            evaluate::recall_at(&table, 0.10),
        ]
        .map(Option::unwrap_or_default);
        if table.iter().any(|s| s.is_approach) {
            means.iter_mut().zip(figures).for_each(|(mean, figure)| *mean += figure / count);
        }
        let [auc, two, five, ten] = figures;
        println!("{set:10} {:4} {auc:6.3} {two:6.2} {five:6.2} {ten:6.2}", table.len());
    }
    let [auc, two, five, ten] = means;
    println!("{:10} {:4} {auc:6.3} {two:6.2} {five:6.2} {ten:6.2}", "mean", "");
    if let Some(path) = &options.mail {
        let fitted = fit::train(&pack, &examples.iter().collect::<Vec<_>>(), no_provenance())?;
        let mut mail: Vec<f64> = fit::examples(&pack, &recogniser, labelled::read_file(path)?)?
            .par_iter()
            .map(|example| fitted.probability(&pack, example, 0.3))
            .collect();
        mail.sort_by(|a, b| b.total_cmp(a));
        let threshold = mail[mail.len() / 500];
        let unread: Vec<&(f64, &Example)> = results
            .iter()
            .filter(|(set, _)| !set.starts_with("train_"))
            .flat_map(|(_, scored)| scored)
            .collect();
        let share = |is_approach: bool| {
            let group: Vec<_> =
                unread.iter().filter(|(_, e)| e.labelled.is_approach == is_approach).collect();
            let above = group.iter().filter(|(score, _)| *score > threshold).count();
            above as f64 / group.len() as f64
        };
        let above = |least: f64| mail.partition_point(|&score| score >= least);
        println!(
            "mail: 2 in 1,000 above {threshold:.3}; there recall {:.2}, false alarms {:.3} (sets that authors of patterns had not read); {} of {} at 0.55",
            share(true),
            share(false),
            above(0.55),
            mail.len(),
        );
    }
    if let Some(set) = &options.errors {
        for (_, mut scored) in results.into_iter().filter(|(name, _)| name == set || set == "all") {
            scored.sort_by(|a, b| b.0.total_cmp(&a.0));
            for (score, example) in scored {
                let label = if example.labelled.is_approach { "A" } else { "b" };
                let kind = &example.labelled.kind;
                println!("{score:.3} {label} {} {kind}", example.labelled.thread.id);
            }
        }
    }
    Ok(())
}

/// A thread with its probability, its terms and its quotes, as JSON.
fn scored_line(
    pack: &Pack,
    fitted: &Fitted,
    example: &Example,
    recogniser: &Recogniser,
) -> serde_json::Value {
    let thread = &example.labelled.thread;
    let features = fitted.features(pack, example);
    let contribution = |term: &Feature| json!([term.name, fitted.weights.contribution(term)]);
    let terms: Vec<_> = features.terms.iter().map(contribution).collect();
    let recognised = recogniser.recognise(std::slice::from_ref(thread));
    let quotes: Vec<_> = recognised
        .iter()
        .flat_map(|recognised| &recognised.findings)
        .filter_map(|finding| {
            let written = finding.rule.and_then(|rule| recogniser.written(rule));
            Some(json!([
                pack.indicators.get(finding.indicator)?.id.get_ref(),
                finding.quote(thread)?,
                written.map(|written| format!("{}:{}", written.file, written.line)),
                format!("{:?}", finding.role),
            ]))
        })
        .collect();
    json!({
        "id": thread.id,
        "p": fitted.weights.probability(&features, 0.3),
        "wording": fitted.weights.words(&features),
        "label": example.labelled.is_approach,
        "terms": terms,
        "quotes": quotes,
    })
}

/// For fits that are thrown away.
pub(crate) fn no_provenance() -> Provenance {
    Provenance {
        command: String::new(),
        date: String::new(),
        data_sha256: String::new(),
        threads: 0,
    }
}
