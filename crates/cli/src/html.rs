//! The answer as one self-contained HTML file: no script, no request, light and dark, printable.

use askama::Template;
use countersign_core::assess::Verdict;

use crate::answer::Answer;

const STYLE: &str = concat!(include_str!("../assets/tokens.css"), include_str!("../assets/answer.css"));

#[derive(Template)]
#[template(path = "answers.html")]
struct Page<'a> {
    style: &'a str,
    answers: &'a [Answer],
    clear: usize,
    as_of: &'a str,
    version: &'a str,
}

/// Renders answers; those that are clear are shown in full only when there is a single one.
pub(crate) fn render(answers: &[Answer], clear: usize, as_of: &str) -> anyhow::Result<String> {
    Ok(Page { style: STYLE, answers, clear, as_of, version: env!("CARGO_PKG_VERSION") }.render()?)
}

/// The width class of a weight's bar, 1 to 10.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "askama passes fields by reference")]
fn bar(weight: &f64) -> u8 {
    let cells = (weight.abs() / 2.5 * 10.0).round().clamp(1.0, 10.0);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 1..=10")]
    let cells = cells as u8;
    cells
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "askama passes fields by reference")]
fn is_clear(verdict: &Verdict) -> bool {
    *verdict == Verdict::Clear
}
