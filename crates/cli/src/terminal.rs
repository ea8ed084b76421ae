//! The answer on a terminal. Colour repeats what a sign or a word already says, so that the answer
//! reads the same without it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use countersign_core::assess::Verdict;

use crate::answer::{Answer, Reason, Tone};

/// Narrower than this nothing fits, wider nothing reads well.
const WIDTH: std::ops::RangeInclusive<usize> = 40..=100;
/// Renders one answer. The text has colours; the writer strips them where they do not belong.
pub(crate) fn render(answer: &Answer, show_source: bool) -> String {
    let width = textwrap::termwidth().clamp(*WIDTH.start(), *WIDTH.end());
    let colour = colour(answer.verdict);
    let bold = colour.bold();
    let dim = Style::new().dimmed();
    let mut out = String::new();
    if show_source {
        let _ = writeln!(out, "{dim}{}{dim:#}", answer.source);
    }
    let _ = writeln!(out, "{bold}{}{bold:#}", answer.headline);
    wrap(&mut out, &answer.summary, width, "");
    wrap(&mut out, &answer.figures, width, "");
    out.push('\n');
    ladder(&mut out, answer, colour);
    for said in &answer.said {
        let separator = if said.from.is_empty() || said.when.is_empty() { "" } else { " · " };
        let _ = writeln!(out, "\n{dim}{}{separator}{}{dim:#}", said.from, said.when);
        let mut text = String::new();
        for part in &said.parts {
            match &part.mark {
                None => text.push_str(&part.text),
                Some(mark) => {
                    let (open, close) = match mark.tone {
                        Tone::For => ('[', ']'),
                        Tone::Against => ('(', ')'),
                        Tone::Reply => ('‹', '›'),
                    };
                    let numbers: Vec<String> =
                        mark.numbers.iter().map(|&number| superscript(number)).collect();
                    let _ = write!(text, "{open}{}{close}{}", part.text.trim(), numbers.join(","));
                }
            }
        }
        for paragraph in text.lines() {
            wrap(&mut out, paragraph, width, "│ ");
        }
    }
    reasons(
        &mut out,
        "What speaks for it",
        &answer.reasons_for,
        width,
        AnsiColor::Red.on_default(),
    );
    reasons(
        &mut out,
        "What speaks against it",
        &answer.reasons_against,
        width,
        AnsiColor::Green.on_default(),
    );
    if !answer.sought.is_empty() {
        heading(&mut out, "What it is about (not part of the likelihood)");
        for (terms, objective) in &answer.sought {
            item(&mut out, &format!("{terms}: {objective}"), width);
        }
    }
    if !answer.advice.is_empty() {
        heading(&mut out, if answer.verdict == Verdict::Clear { "If in doubt" } else { "Do now" });
        for advice in &answer.advice {
            item(&mut out, advice, width);
        }
    }
    heading(&mut out, "Not judged");
    for limit in &answer.limits {
        item(&mut out, limit, width);
    }
    out
}

fn colour(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Approach => AnsiColor::Red.on_default(),
        Verdict::Caution => AnsiColor::Yellow.on_default(),
        Verdict::Clear => AnsiColor::Green.on_default(),
    }
}

fn ladder(out: &mut String, answer: &Answer, colour: Style) {
    let bold = colour.bold();
    let dim = Style::new().dimmed();
    let rungs: Vec<String> = answer
        .ladder
        .iter()
        .map(|rung| match (rung.is_current, rung.is_reached) {
            (true, _) => format!("{bold}▶ {}{bold:#}", rung.title),
            (false, true) => format!("{colour}■ {}{colour:#}", rung.title),
            (false, false) => format!("{dim}· {}{dim:#}", rung.title),
        })
        .collect();
    let _ = writeln!(out, "{}", rungs.join("   "));
}

fn reasons(out: &mut String, title: &str, reasons: &[Reason], width: usize, colour: Style) {
    if reasons.is_empty() {
        return;
    }
    heading(out, title);
    let bold = Style::new().bold();
    for reason in reasons {
        let _ = writeln!(
            out,
            "{:>3}  {bold}{}{bold:#}  {colour}{}{colour:#}",
            reason.number,
            reason.title,
            "█".repeat(reason.bar_cells())
        );
        wrap(out, &reason.means, width, "     ");
    }
}

fn heading(out: &mut String, title: &str) {
    let style = Style::new().bold().underline();
    let _ = writeln!(out, "\n{style}{title}{style:#}");
}

fn item(out: &mut String, text: &str, width: usize) {
    let options = textwrap::Options::new(width).initial_indent("  • ").subsequent_indent("    ");
    let _ = writeln!(out, "{}", textwrap::fill(text, options));
}

fn wrap(out: &mut String, text: &str, width: usize, indent: &str) {
    let options = textwrap::Options::new(width).initial_indent(indent).subsequent_indent(indent);
    let _ = writeln!(out, "{}", textwrap::fill(text, options));
}

fn superscript(number: usize) -> String {
    number
        .to_string()
        .chars()
        .map(|digit| match digit {
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            '4' => '⁴',
            '5' => '⁵',
            '6' => '⁶',
            '7' => '⁷',
            '8' => '⁸',
            '9' => '⁹',
            _ => '⁰',
        })
        .collect()
}
