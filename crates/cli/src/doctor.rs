//! `countersign doctor`: what is installed and whether it is sound.

use std::io::{self, Write as _};
use std::path::PathBuf;

use anyhow::Context;
use countersign_core::assess::PRIOR_CHECKED;
use countersign_core::language::Language;
use countersign_core::thread::{Message, Thread};
use jiff::civil::Date;

use crate::{Found, input};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// A knowledge pack's folder to lay over the shipped ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
    /// The date to reckon from; today if left out
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
}

/// Days after which a pack's facts deserve another look.
const PACK_DAYS_MAX: i32 = 365;

pub(crate) fn run(options: &Options) -> anyhow::Result<Found> {
    let assessor = input::assessor(&options.pack)?;
    let as_of = input::as_of(options.as_of);
    let pack = assessor.pack();
    let mut out = io::stdout().lock();
    let mut problems = Vec::new();
    writeln!(out, "Countersign {}", env!("CARGO_PKG_VERSION"))?;
    writeln!(out, "\nKnowledge packs")?;
    for file in &pack.packs {
        let date: Option<Date> = file.date.get_ref().parse().ok();
        let days = date.and_then(|date| as_of.since(date).ok()).map(|age| age.get_days());
        let age = days.map_or_else(String::new, |days| format!(", {days} days old"));
        writeln!(
            out,
            "  {} {}, looked at on {}{age}: {}",
            file.id.get_ref(),
            file.version,
            file.date.get_ref(),
            file.title
        )?;
        if days.is_some_and(|days| days > PACK_DAYS_MAX) {
            problems.push(format!(
                "The facts of the pack `{}` are more than a year old; get a newer one.",
                file.id.get_ref()
            ));
        }
    }
    writeln!(
        out,
        "  {} indicators, {} objectives, {} technologies, {} actors, {} sources",
        pack.indicators.len(),
        pack.objectives.len(),
        pack.technologies.len(),
        pack.actors.len(),
        pack.sources.len()
    )?;
    assessor.recogniser().check().context("the knowledge pack cannot be used")?;
    let sizes = pack
        .languages()
        .filter_map(|language| Some(assessor.recogniser().patterns(language)?.sizes()));
    let (phrases, patterns) = sizes.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    let languages: Vec<&str> = pack.languages().map(Language::code).collect();
    writeln!(out, "  {patterns} patterns over {phrases} phrases in {}", languages.join(", "))?;
    let provenance = &assessor.weights().provenance;
    writeln!(
        out,
        "\nWeights\n  fitted on {} threads on {} by `{}`",
        provenance.threads, provenance.date, provenance.command
    )?;
    writeln!(out, "  training data SHA-256 {}", provenance.data_sha256)?;
    if self_test(&assessor) {
        writeln!(out, "\nSelf-test\n  a plain approach and a plain message are told apart")?;
    } else {
        problems.push(
            "The self-test failed: a plain approach and a plain message are not told apart."
                .to_owned(),
        );
    }
    writeln!(out, "\nLists\n  none imported; `check` names counterparts without screening them")?;
    for problem in &problems {
        writeln!(out, "\nProblem: {problem}")?;
    }
    Ok(if problems.is_empty() { Found::Nothing } else { Found::Something })
}

/// Tells one plain approach from one plain message.
fn self_test(assessor: &countersign_core::assess::Assessor) -> bool {
    let probability = |text: &str| {
        let message = Message { text: text.to_owned(), ..Message::default() };
        assessor
            .assess(&Thread { messages: vec![message], ..Thread::default() }, PRIOR_CHECKED)
            .probability
    };
    let approach = probability(
        "Your paper was excellent and the fee of USD 900 has been sent to your private account. For the next one \
         please send us the internal test data that is not published. No need to tell your employer, and let us \
         continue on Signal.",
    );
    let plain =
        probability("The meeting moves to Thursday at ten, room 4. The agenda is on the portal.");
    approach > 0.5 && plain < 0.2
}
