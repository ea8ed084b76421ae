//! The answer as one self-contained HTML file: no script, no request, light and dark, printable.

use askama::Template;

use crate::answer::{Answer, Tone};

const STYLE: &str =
    concat!(include_str!("../assets/tokens.css"), include_str!("../assets/answer.css"));

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
