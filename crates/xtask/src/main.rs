//! Tasks of this repository. `cargo xtask help` lists them.
#![allow(clippy::print_stdout, reason = "a task runner talks to the terminal")]

mod generate;
mod labelled;
mod patterns;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Tasks of this repository")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Writes what is generated and committed.
    Generate,
    /// Shows how often each pattern hits approaches and harmless threads.
    Patterns(patterns::Options),
}

fn main() -> anyhow::Result<()> {
    match Arguments::parse().task {
        Task::Generate => generate::run(),
        Task::Patterns(options) => patterns::run(&options),
    }
}
