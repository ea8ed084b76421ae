//! One line of an exported chat: its date, its sender, what its text stands for.

/// The date and time of a message as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// The three numbers of the date in the order of the line.
    pub(super) numbers: [u32; 3],
    /// Whether the first number has four digits, and so is the year.
    pub(super) year_first: bool,
    /// The sign between the numbers.
    pub(super) separator: char,
    /// Hour of 24, minute, second.
    pub(super) clock: (u32, u32, u32),
    /// Whether the time was written in the twelve-hour manner, in Latin letters.
    pub(super) twelve_hours: bool,
}

/// Reads the date at the start of a line; the rest is sender and text.
///
/// Android writes `31/12/2023, 21:15 - `, iOS `[31.12.23, 21:15:07] `, each in the manner of the
/// phone's region.
pub(super) fn head(line: &str) -> Option<(Head, &str)> {
    let line = without_marks(line);
    let (bracketed, mut rest) = match line.strip_prefix('[') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (first, digits, after) = number(rest)?;
    let year_first = digits == 4;
    let (separator, after) = separated(after)?;
    let (second, _, after) = number(after)?;
    let (_, after) = separated(after)?;
    let (third, _, after) = number(after)?;
    rest = after.trim_start_matches(['日', '일', '.', ',', '،', '、']);
    rest = rest.strip_prefix(" at ").or_else(|| rest.strip_prefix(" um ")).unwrap_or(rest);
    rest = rest.trim_start_matches(blank);
    let (before, after) = half_of_day(rest);
    let (hour, digits, after) = number(after.trim_start_matches(blank))?;
    let after = after.strip_prefix([':', '.', '時', '시']).filter(|_| digits <= 2)?;
    let (minute, digits, after) = number(after.trim_start_matches(blank))?;
    if digits != 2 {
        return None;
    }
    let (seconds, after) = match after.strip_prefix([':', '.']).and_then(number) {
        Some((seconds, 2, after)) => (seconds, after),
        _ => (0, after),
    };
    let (behind, after) = half_of_day(after.trim_start_matches(blank));
    let rest = if bracketed {
        after.trim_start_matches(blank).strip_prefix(']')?
    } else {
        let after = after.trim_start_matches(blank);
        let after = after.strip_prefix(['-', '–', '—'])?;
        if !after.starts_with(blank) && !after.is_empty() {
            return None;
        }
        after
    };
    let half = before.or(behind);
    let head = Head {
        numbers: [first, second, third],
        year_first,
        separator,
        clock: (hour_of_24(hour, half)?, minute, seconds),
        twelve_hours: behind.is_some(),
    };
    Some((head, without_marks(rest.trim_start_matches(blank))))
}

/// Sender and text; `None` for a line that the program wrote ("Ada joined").
pub(super) fn sender(rest: &str) -> Option<(&str, &str)> {
    // Longest name that WhatsApp lets people choose is 25; contacts may be longer.
    const NAME_CHARS_MAX: usize = 100;
    let (sender, text) = rest.split_once(':')?;
    let sender = without_marks(sender).trim();
    let named = !sender.is_empty()
        && sender.chars().count() <= NAME_CHARS_MAX
        && !sender.contains(['"', '“', '«', '„']);
    let separated = text.is_empty() || text.starts_with(blank) || text.starts_with(mark);
    (named && separated).then(|| (sender, without_marks(text.trim_start_matches(blank))))
}

/// Without the invisible direction marks at the start.
pub(super) fn without_marks(text: &str) -> &str {
    text.trim_start_matches(mark)
}

fn mark(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{202f}' | '\u{2009}') || mark(c)
}

/// Up to four digits: value, their count, what follows.
fn number(text: &str) -> Option<(u32, usize, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if !(1..=4).contains(&digits) {
        return None;
    }
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, digits, rest))
}

fn separated(text: &str) -> Option<(char, &str)> {
    let separator = text.chars().next().filter(|c| "/.-年月년월".contains(*c))?;
    let rest = text.get(separator.len_utf8()..)?;
    Some((separator, rest.trim_start_matches(blank)))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Morning,
    Afternoon,
}

fn half_of_day(text: &str) -> (Option<Half>, &str) {
    const WORDS: [(&str, Half); 16] = [
        ("上午", Half::Morning),
        ("凌晨", Half::Morning),
        ("清晨", Half::Morning),
        ("早上", Half::Morning),
        ("中午", Half::Afternoon),
        ("下午", Half::Afternoon),
        ("晚上", Half::Afternoon),
        ("午前", Half::Morning),
        ("午後", Half::Afternoon),
        ("오전", Half::Morning),
        ("오후", Half::Afternoon),
        ("ص", Half::Morning),
        ("م", Half::Afternoon),
        ("ق.ظ", Half::Morning),
        ("ب.ظ", Half::Afternoon),
        ("पूर्वाह्न", Half::Morning),
    ];
    for (word, half) in WORDS {
        if let Some(rest) = text.strip_prefix(word) {
            return (Some(half), rest);
        }
    }
    // `AM`, `p.m.`, `a. m.`, `p. m.` with any blank between.
    let mut chars = text.char_indices().filter(|(_, c)| *c != '.' && !blank(*c));
    let half = match chars.next().map(|(_, c)| c.to_ascii_lowercase()) {
        Some('a') => Half::Morning,
        Some('p') => Half::Afternoon,
        _ => return (None, text),
    };
    match chars.next() {
        Some((at, 'm' | 'M')) if at <= 6 => {
            let rest = text.get(at + 1..).unwrap_or_default();
            let rest = rest.strip_prefix('.').unwrap_or(rest);
            if rest.starts_with(char::is_alphanumeric) { (None, text) } else { (Some(half), rest) }
        }
        _ => (None, text),
    }
}

fn hour_of_24(hour: u32, half: Option<Half>) -> Option<u32> {
    let hour = match half {
        Some(Half::Morning) if hour == 12 => 0,
        Some(Half::Afternoon) if hour < 12 => hour + 12,
        _ => hour,
    };
    (hour < 24).then_some(hour)
}

/// Whether the text only stands for something that the export leaves out.
pub(super) fn is_media(text: &str) -> bool {
    const OMITTED: [&str; 17] = [
        "omitted",
        "ausgeschlossen",
        "weggelassen",
        "omis",
        "omise",
        "omises",
        "omitido",
        "omitida",
        "omitidos",
        "omessi",
        "без медиафайлов",
        "файл пропущен",
        "忽略多媒体文件",
        "略過多媒體檔案",
        "已忽略",
        "メディアは含まれていません",
        "미디어 파일을 제외했습니다",
    ];
    let text = text.trim_matches(|c: char| mark(c) || c == '<' || c == '>' || c.is_whitespace());
    if text.is_empty() {
        return true;
    }
    if text.chars().count() > 40 || text.contains('\n') {
        return false;
    }
    let text = text.to_lowercase();
    OMITTED.iter().any(|omitted| {
        text.strip_suffix(omitted).is_some_and(|before| before.split_whitespace().count() <= 3)
    })
}

/// Without the mark that WhatsApp adds to a message that was edited.
pub(super) fn without_edit_mark(text: &str) -> &str {
    let trimmed = text.trim_end();
    for mark in ["<This message was edited>", "<Diese Nachricht wurde bearbeitet.>"] {
        if let Some(text) = trimmed.strip_suffix(mark) {
            return text.trim_end_matches(['\u{200e}', ' ']);
        }
    }
    text
}
