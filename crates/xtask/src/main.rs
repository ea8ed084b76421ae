//! Tasks of this repository. `cargo xtask help` lists them.
#![allow(clippy::print_stdout, reason = "a task runner talks to the terminal")]
#![allow(
    clippy::indexing_slicing,
    reason = "a panic in a task stops the task, which is what it should do"
)]

mod acts;
mod baseline;
mod bench;
mod explore;
mod files;
mod fit;
mod generate;
mod labelled;
mod logistic;
mod network;
mod patterns;
mod quality;
mod ridge;
mod table;
mod tasks;
mod vocabulary;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Tasks of this repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Runs every test.
    Test,
    /// Formatting, lints, dependencies and tidy.
    Check,
    /// Packs, the split of the training threads, generated files.
    Tidy,
    /// Writes what is generated and committed.
    Generate,
    /// Fits the model's weights on the training threads.
    Fit(fit::Options),
    /// Measures speed and memory and writes bench/README.md.
    Bench(bench::Options),
    /// Writes the measured part of docs/quality.md.
    Quality(quality::Options),
    /// Shows leave-one-set-out figures on the fitting parts.
    Explore(explore::Options),
    /// Shows how often each pattern hits approaches and harmless threads.
    Patterns(patterns::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Test => tasks::test(),
        Task::Check => tasks::check(),
        Task::Tidy => tasks::tidy(),
        Task::Generate => generate::run(),
        Task::Fit(options) => fit::run(&options),
        Task::Bench(options) => bench::run(&options),
        Task::Quality(options) => quality::run(&options),
        Task::Explore(options) => explore::run(&options),
        Task::Patterns(options) => patterns::run(&options),
    }
}
