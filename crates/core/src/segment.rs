//! What the sender wrote, told apart from what the message carries along.
//!
//! Mail quotes, forwards, signs and disclaims. A sentence means something else when it is quoted in
//! a report, so each stretch of a message gets a [`Role`], and the recogniser weighs only what the
//! sender says in their own voice. Readers mark quotes and forwards by the conventions of
//! [`crate::thread::Message::text`]; signatures, disclaimers and quotation marks are found here.

use std::ops::Range;

/// Whose voice a stretch of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The sender's own words.
    Own,
    /// An earlier message quoted below or between.
    Quoted,
    /// A message of somebody else that is passed on.
    Forwarded,
    /// Words between quotation marks, long enough to be somebody's sentence.
    Cited,
    /// Name, title, address under the message.
    Signature,
    /// A standard notice about confidentiality, viruses or liability.
    Disclaimer,
}

impl Role {
    /// Whether the words are the sender's own or passed on as such; only these count for what somebody does.
    pub fn is_own_voice(self) -> bool {
        matches!(self, Self::Own | Self::Forwarded)
    }
}

/// A stretch of one message's text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Segment {
    /// Byte range in the message's text.
    pub range: Range<usize>,
    /// Whose voice it is.
    pub role: Role,
}

/// Words between quotation marks from which they count as a cited sentence and not as a title or a word held at
/// arm's length. A word has no capital and four letters here, as no part of a name has ("von der Heide"): what
/// people are called must change nothing.
const CITED_WORDS_MIN: usize = 3;
const CITED_WORD_LETTERS_MIN: usize = 4;
/// The same for the characters of scripts without spaces.
const CITED_UNSPACED_CHARS_MIN: usize = 10;
/// Quotation marks farther apart than this are not a pair: one of them was forgotten.
const CITED_CHARS_MAX: usize = 1_500;

/// Lines that open a forwarded message, in lower case, as mail programs write them.
const FORWARD_LINES: &[&str] = &[
    "forwarded message",
    "begin forwarded",
    "weitergeleitete nachricht",
    "message transféré",
    "mensaje reenviado",
    "пересылаемое сообщение",
    "пересланное сообщение",
    "转发的邮件",
    "轉寄的郵件",
    "轉寄郵件",
    "转发邮件",
    "————转发",
    "転送メッセージ",
    "전달된 메시지",
    "전달된 메일",
];

/// Lines that open a quoted message ("On … wrote:") end so, in lower case.
const WROTE_ENDINGS: &[&str] = &[
    "wrote:",
    "schrieb:",
    "a écrit :",
    "a écrit:",
    "escribió:",
    "написал:",
    "написала:",
    "пишет:",
    "写道：",
    "寫道：",
    "写道:",
    "寫道:",
    "さんは書きました:",
    "님이 작성:",
    "작성:",
];

/// Words of a notice that says the mail is confidential or was sent by error, one list a language.
/// A paragraph is a disclaimer when it has at least two of them.
const DISCLAIMER_WORDS: &[&str] = &[
    "intended recipient",
    "intended only for",
    "intended solely",
    "received this message in error",
    "received it in error",
    "received this e-mail in error",
    "received this email in error",
    "notify the sender",
    "delete it",
    "destroy it",
    "any attachments",
    "confidentiality notice",
    "privileged",
    "unauthorised",
    "unauthorized",
    "disclosure, copying",
    "views expressed",
    "free of viruses",
    "vertrauliche informationen",
    "irrtümlich erhalten",
    "rechtlich geschützte",
    "confidentiel",
    "destinataire",
    "par erreur",
    "información confidencial",
    "destinatario",
    "por error",
    "конфиденциальн",
    "по ошибке",
    "仅供收件人",
    "僅供收件人",
    "误收",
    "誤收",
    "機密情報",
    "誤って受信",
    "수신인",
    "잘못 수신",
];

/// The longest paragraph, in bytes, that can be a disclaimer. Longer ones are text.
const DISCLAIMER_BYTES_MAX: usize = 1_600;

/// Splits `text` into segments that cover it without gaps and in order.
pub fn segment(text: &str) -> Vec<Segment> {
    let mut lines = LineRoles::default();
    let mut segments: Vec<Segment> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let role = lines.role_of(line);
        push(&mut segments, at..at + line.len(), role);
        at += line.len();
    }
    let segments = mark_disclaimers(text, segments);
    mark_citations(text, segments)
}

/// Initials or a first name that some programs put before the mark of a quoted line have no more letters.
const QUOTED_NAME_CHARS_MAX: usize = 10;

/// Whether a line, without the space around it, is marked as quoted: by `>`, by somebody's initials or name before
/// it, or by `|` or `}` as older programs do.
fn is_quote_line(line: &str) -> bool {
    if line.starts_with("| ") || line.starts_with("} ") {
        return true;
    }
    line.split_once('>').is_some_and(|(before, after)| {
        before.is_empty()
            || before.len() <= QUOTED_NAME_CHARS_MAX
                && before.chars().all(char::is_alphabetic)
                && (after.is_empty() || after.starts_with([' ', '>']))
    })
}

/// Adds a range, joined to the one before when the voice is the same.
fn push(segments: &mut Vec<Segment>, range: Range<usize>, role: Role) {
    if range.is_empty() {
        return;
    }
    match segments.last_mut() {
        Some(last) if last.role == role && last.range.end == range.start => {
            last.range.end = range.end;
        }
        _ => segments.push(Segment { range, role }),
    }
}

/// The state while going down the lines of a message.
#[derive(Default)]
struct LineRoles {
    forwarded: bool,
    quoted_to_end: bool,
    signature: bool,
}

impl LineRoles {
    fn role_of(&mut self, line: &str) -> Role {
        let trimmed = line.trim();
        if is_quote_line(trimmed) {
            self.signature = false;
            return Role::Quoted;
        }
        let lower = trimmed.to_lowercase();
        if is_forward_line(&lower) {
            self.forwarded = true;
            self.signature = false;
        } else if lower.contains("original message") && lower.starts_with('-')
            || lower.contains("ursprüngliche nachricht") && lower.starts_with('-')
            || lower.contains("原始邮件") && lower.starts_with('-')
        {
            self.quoted_to_end = true;
            self.signature = false;
        } else if is_wrote_line(&lower) {
            return if self.forwarded { Role::Forwarded } else { Role::Quoted };
        } else if line.trim_end_matches(['\r', '\n']) == "-- " || trimmed == "--" {
            self.signature = true;
        }
        if self.signature {
            Role::Signature
        } else if self.forwarded {
            Role::Forwarded
        } else if self.quoted_to_end {
            Role::Quoted
        } else {
            Role::Own
        }
    }
}

fn is_forward_line(lower: &str) -> bool {
    let marked = lower.starts_with(['-', '_', '—', '=', '*']) || lower.starts_with("begin");
    marked && FORWARD_LINES.iter().any(|words| lower.contains(words))
}

fn is_wrote_line(lower: &str) -> bool {
    // "On 4 March … wrote:" stands alone and is short; a sentence that ends in "wrote:" is longer.
    lower.len() <= 160 && WROTE_ENDINGS.iter().any(|ending| lower.ends_with(ending))
}

/// Turns own paragraphs that are a standard notice into disclaimers.
fn mark_disclaimers(text: &str, segments: Vec<Segment>) -> Vec<Segment> {
    let mut marked = Vec::with_capacity(segments.len());
    for segment in segments {
        if !matches!(segment.role, Role::Own | Role::Signature) {
            push(&mut marked, segment.range, segment.role);
            continue;
        }
        let mut at = segment.range.start;
        let own = text.get(segment.range.clone()).unwrap_or_default();
        for paragraph in paragraphs(own) {
            let role = if is_disclaimer(paragraph) { Role::Disclaimer } else { segment.role };
            push(&mut marked, at..at + paragraph.len(), role);
            at += paragraph.len();
        }
    }
    marked
}

fn is_disclaimer(paragraph: &str) -> bool {
    if paragraph.len() > DISCLAIMER_BYTES_MAX {
        return false;
    }
    let lower = paragraph.to_lowercase();
    DISCLAIMER_WORDS.iter().filter(|words| lower.contains(*words)).count() >= 2
}

/// Splits after each blank line; the pieces cover the text.
fn paragraphs(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let mut end = rest.len();
        let mut from = 0;
        while let Some(newline) = rest.get(from..).and_then(|tail| tail.find('\n')) {
            let after = from + newline + 1;
            let next_line =
                rest.get(after..).unwrap_or_default().split('\n').next().unwrap_or_default();
            if next_line.trim().is_empty() && after < rest.len() {
                end = (after + next_line.len() + 1).min(rest.len());
                break;
            }
            from = after;
        }
        let (paragraph, tail) = rest.split_at_checked(end).unwrap_or((rest, ""));
        rest = tail;
        Some(paragraph)
    })
}

/// Cuts sentences between quotation marks out of own segments.
fn mark_citations(text: &str, segments: Vec<Segment>) -> Vec<Segment> {
    let mut marked = Vec::with_capacity(segments.len());
    for segment in segments {
        if segment.role != Role::Own {
            push(&mut marked, segment.range, segment.role);
            continue;
        }
        let own = text.get(segment.range.clone()).unwrap_or_default();
        let mut at = 0;
        for cited in citations(own) {
            push(
                &mut marked,
                segment.range.start + at..segment.range.start + cited.start,
                Role::Own,
            );
            push(
                &mut marked,
                segment.range.start + cited.start..segment.range.start + cited.end,
                Role::Cited,
            );
            at = cited.end;
        }
        push(&mut marked, segment.range.start + at..segment.range.end, Role::Own);
    }
    marked
}

/// The closing mark of an opening quotation mark. Apostrophes are never quotes.
fn closing(open: char) -> Option<&'static [char]> {
    match open {
        '"' => Some(&['"']),
        '“' => Some(&['”', '"']),
        '„' => Some(&['“', '”', '"']),
        '«' => Some(&['»']),
        '»' => Some(&['«']),
        '「' => Some(&['」']),
        '『' => Some(&['』']),
        _ => None,
    }
}

/// Whether what stands between quotation marks is long enough for a sentence.
fn is_sentence(cited: &str) -> bool {
    let unspaced = cited.chars().filter(|&c| crate::fold::is_unspaced(c)).count();
    let words = cited
        .split(|c: char| !c.is_alphabetic() && c != '\'' || crate::fold::is_unspaced(c))
        .filter(|word| word.chars().count() >= CITED_WORD_LETTERS_MIN)
        .filter(|word| !word.starts_with(char::is_uppercase));
    unspaced >= CITED_UNSPACED_CHARS_MIN || words.count() >= CITED_WORDS_MIN
}

/// Ranges of sentences between quotation marks.
fn citations(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut skip_to = 0;
    for (start, open) in text.char_indices() {
        if start < skip_to {
            continue;
        }
        let Some(closing) = closing(open) else { continue };
        let after = start + open.len_utf8();
        let rest = text.get(after..).unwrap_or_default();
        let end = rest.char_indices().take(CITED_CHARS_MAX).find(|(_, c)| closing.contains(c));
        let Some((offset, mark)) = end else { continue };
        if is_sentence(rest.get(..offset).unwrap_or_default()) {
            found.push(start..after + offset + mark.len_utf8());
        }
        skip_to = after + offset + mark.len_utf8();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(Role, &str)]) {
        let segments = segment(text);
        let found: Vec<(Role, &str)> = segments
            .iter()
            .map(|segment| (segment.role, text.get(segment.range.clone()).unwrap_or_default()))
            .collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn quoted_lines_and_signatures_are_apart() {
        check(
            "I say no.\nOn 4 March Ada wrote:\n> Send the file\n\n-- \nBo Lind\nExample Ltd\n",
            &[
                (Role::Own, "I say no.\n"),
                (Role::Quoted, "On 4 March Ada wrote:\n> Send the file\n"),
                (Role::Own, "\n"),
                (Role::Signature, "-- \nBo Lind\nExample Ltd\n"),
            ],
        );
    }

    #[test]
    fn quotes_with_a_name_or_a_bar_are_apart() {
        check(
            "EL> Who knows?\nGuido> I do.\n| Old line.\nNo: a > b, and x>y.\n",
            &[
                (Role::Quoted, "EL> Who knows?\nGuido> I do.\n| Old line.\n"),
                (Role::Own, "No: a > b, and x>y.\n"),
            ],
        );
    }

    #[test]
    fn a_forward_lasts_to_the_end() {
        check(
            "Please look.\n---------- Forwarded message ----------\nFrom: x\nSend the file.",
            &[
                (Role::Own, "Please look.\n"),
                (
                    Role::Forwarded,
                    "---------- Forwarded message ----------\nFrom: x\nSend the file.",
                ),
            ],
        );
    }

    #[test]
    fn a_cited_sentence_is_not_the_senders() {
        check(
            "He said \"please send it to my private address\" and \"bye\".",
            &[
                (Role::Own, "He said "),
                (Role::Cited, "\"please send it to my private address\""),
                (Role::Own, " and \"bye\"."),
            ],
        );
    }

    #[test]
    fn a_standard_notice_is_a_disclaimer() {
        let notice =
            "This message is for the intended recipient. If you are not, notify the sender.";
        let text = format!("Hello.\n\n{notice}");
        check(&text, &[(Role::Own, "Hello.\n\n"), (Role::Disclaimer, notice)]);
    }
}
