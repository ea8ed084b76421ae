//! The real binary on real files.
#![allow(clippy::print_stderr, reason = "what was skipped is said")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod check;
mod evaluate;
mod shared_material;

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// Runs the binary in the repository with the given arguments.
pub(crate) fn countersign(arguments: &[&str]) -> Output {
    command(arguments).output().expect("the binary starts")
}

/// Runs the binary with text on standard input.
pub(crate) fn countersign_with_input(arguments: &[&str], input: &[u8]) -> Output {
    use std::io::Write as _;
    let mut child = command(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_countersign"));
    command.current_dir(repository("")).args(arguments).env("NO_COLOR", "1");
    command
}

/// Standard output as text.
pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("the output is UTF-8")
}

/// Standard error as text.
pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("the messages are UTF-8")
}

/// The JSON lines of standard output.
pub(crate) fn json_lines(output: &Output) -> Vec<serde_json::Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON object a line"))
        .collect()
}
