//! The one binary: flags, files and glue. What it knows about approaches is in `countersign-core`.
#![allow(clippy::print_stderr, reason = "the command line talks to people on standard error")]

mod answer;
mod check;
mod doctor;
mod evaluate;
mod html;
mod input;
mod json;
mod terminal;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Exit status: done, nothing found.
const NOTHING_FOUND: u8 = 0;
/// Exit status: done, something found.
const SOMETHING_FOUND: u8 = 1;
/// Exit status: an error; what was printed before it is still true.
const FAILED: u8 = 2;

/// Tells an espionage approach from ordinary mail, and says why. Works offline; nothing is sent.
#[derive(Parser)]
#[command(
    name = "countersign",
    version,
    after_help = "Exit status: 0 nothing found, 1 something found, 2 error."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Check a message, a conversation or a document for the signs of an approach
    Check(check::Options),
    /// Measure the answers against labelled examples
    Evaluate(evaluate::Options),
    /// Say what is installed and whether it is sound
    Doctor(doctor::Options),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers, not errors; anything else is status 2, as for all errors.
            let status = if error.use_stderr() { FAILED } else { NOTHING_FOUND };
            let _ = error.print();
            return ExitCode::from(status);
        }
    };
    let done = match &arguments.command {
        Command::Check(options) => check::run(options),
        Command::Evaluate(options) => evaluate::run(options),
        Command::Doctor(options) => doctor::run(options),
    };
    match done {
        Ok(Found::Nothing) => ExitCode::from(NOTHING_FOUND),
        Ok(Found::Something) => ExitCode::from(SOMETHING_FOUND),
        Ok(Found::WithErrors) => ExitCode::from(FAILED),
        // The reader of our output went away (`| head`): nothing is wrong.
        Err(error) if is_broken_pipe(&error) => ExitCode::from(NOTHING_FOUND),
        Err(error) => {
            eprintln!("countersign: {error:#}");
            ExitCode::from(FAILED)
        }
    }
}

/// What a command found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    Nothing,
    Something,
    /// The work was done, but parts of the input could not be read; each was reported.
    WithErrors,
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error
        .chain()
        .filter_map(|cause| cause.downcast_ref::<std::io::Error>())
        .any(|cause| cause.kind() == std::io::ErrorKind::BrokenPipe)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_flags_are_consistent() {
        use clap::CommandFactory as _;
        super::Arguments::command().debug_assert();
    }
}
