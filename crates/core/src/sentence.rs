//! Sentences of folded text: the window in which the parts of a pattern must stand together.

use std::ops::Range;

use crate::fold::is_unspaced;

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Byte range in the folded text, without surrounding space.
    pub range: Range<usize>,
    /// Whether it ends with a question mark.
    pub is_question: bool,
}

/// Short words before a full stop that do not end a sentence: titles, units, references.
const ABBREVIATIONS: &[&str] = &[
    "dr", "mr", "mrs", "ms", "prof", "st", "no", "nr", "vs", "etc", "approx", "ing", "sr", "sra",
    "dipl", "bzw", "ca", "inc", "ltd", "co", "corp", "fig", "ref", "dept", "tel", "ext", "max",
    "min", "mme", "mlle", "e.g", "i.e", "z.b", "u.a", "d.h", "p.s", "a.m", "p.m",
];

/// A sentence longer than this is cut at a space: a wall of text must not make every word a
/// neighbour of every other.
const SENTENCE_BYTES_MAX: usize = 700;

/// Columns between which the full lines of a mail lie that a program has wrapped.
const WRAP_COLUMNS: std::ops::RangeInclusive<usize> = 55..=82;
/// Full lines that a text must have before its line breaks count as wraps.
const WRAPPED_LINES_MIN: usize = 3;

/// Whether a mail program has wrapped this text: several full lines and none that is much longer.
///
/// Only then is a line break inside a sentence possible; in chats and lists each line is its own.
pub fn is_hard_wrapped(text: &str) -> bool {
    let mut full = 0;
    for line in text.lines() {
        let columns = line.trim_end().chars().count();
        if columns > 100 {
            return false;
        }
        full += usize::from(WRAP_COLUMNS.contains(&columns));
    }
    full >= WRAPPED_LINES_MIN
}

/// Splits folded text into sentences.
///
/// A line break ends one, unless the text is `hard_wrapped` (see [`is_hard_wrapped`]) and the line
/// stops in the middle of words.
pub fn sentences(folded: &str, hard_wrapped: bool) -> Vec<Sentence> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut characters = folded.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let after = at + character.len_utf8();
        let next = characters.peek().map(|&(_, next)| next);
        let ends = match character {
            '。' => true,
            // Not inside an address; behind a script without spaces a Latin name may follow at once.
            '!' | '?' => {
                next.is_none_or(|next| !next.is_alphanumeric() || !next.is_ascii())
                    || folded
                        .get(..at)
                        .and_then(|head| head.chars().next_back())
                        .is_some_and(is_unspaced)
            }
            '.' => {
                next.is_none_or(|next| next.is_whitespace() || matches!(next, '"' | '\'' | ')'))
                    && !is_abbreviation(folded.get(start..at).unwrap_or_default())
            }
            '\n' => {
                !hard_wrapped
                    || !wraps(
                        folded.get(start..at).unwrap_or_default(),
                        folded.get(after..).unwrap_or_default(),
                    )
            }
            _ => character.is_whitespace() && after - start > SENTENCE_BYTES_MAX,
        };
        if ends {
            push(&mut found, folded, start..after);
            start = after;
        }
    }
    push(&mut found, folded, start..folded.len());
    found
}

fn push(found: &mut Vec<Sentence>, folded: &str, range: Range<usize>) {
    let text = folded.get(range.clone()).unwrap_or_default();
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return;
    }
    let start = range.start + (text.len() - text.trim_start().len());
    let is_question = trimmed.trim_end_matches(['"', '\'', ')', ' ', '」', '』']).ends_with('?');
    found.push(Sentence { range: start..start + trimmed.len(), is_question });
}

fn is_abbreviation(before: &str) -> bool {
    let word = before.rsplit(|c: char| c.is_whitespace() || c == '(').next().unwrap_or_default();
    // One letter is an initial or part of "z. B."; a number is "4. March" in many languages.
    let is_initial = word.chars().count() == 1 && word.chars().all(char::is_alphabetic);
    let is_ordinal =
        !word.is_empty() && word.len() <= 2 && word.bytes().all(|b| b.is_ascii_digit());
    is_initial || is_ordinal || ABBREVIATIONS.contains(&word)
}

/// Whether the line goes on: it did not end a sentence, and the next starts with a word, not a bullet.
fn wraps(before: &str, after: &str) -> bool {
    let next_line = after.split('\n').next().unwrap_or_default().trim_start();
    let starts_with_word = next_line.chars().next().is_some_and(char::is_alphabetic);
    let last = before.trim_end().chars().next_back();
    starts_with_word && last.is_some_and(|last| last.is_alphanumeric() || matches!(last, ',' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(folded: &str, expected: &[&str]) {
        let found: Vec<&str> = sentences(folded, is_hard_wrapped(folded))
            .into_iter()
            .map(|s| folded.get(s.range).unwrap_or_default())
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn ends_where_a_reader_would_end() {
        check("hello. could you send it? thanks", &["hello.", "could you send it?", "thanks"]);
        check(
            "dr. j. p. berg pays usd 1.500 on 4. march.",
            &["dr. j. p. berg pays usd 1.500 on 4. march."],
        );
        check("请发给我。不要告诉单位!", &["请发给我。", "不要告诉单位!"]);
        check("好。anna先生吗?bob先生", &["好。", "anna先生吗?", "bob先生"]);
        check("see https://x.example/?a=1 now", &["see https://x.example/?a=1 now"]);
    }

    #[test]
    fn a_wrapped_line_goes_on_and_a_list_does_not() {
        let wrapped = "we would be most obliged if you could find the time to send us\nthe drawings of the seal, and of the housing as well, before the\nmeeting of the committee which will be held at the end of the\nmonth.";
        check(wrapped, &[wrapped]);
        check("questions:\n- who pays\n- who knows", &["questions:", "- who pays", "- who knows"]);
    }
}
