//! Dates with the month as a word, as mail programs print them when a mail is quoted or pasted:
//! `Wednesday, March 4, 2026 10:12 AM`, `Mittwoch, 4. März 2026 10:12`.

/// Beginnings of the names of months, in lower case, longest first where one begins another.
const MONTHS: [(&str, u32); 41] = [
    ("jan", 1),
    ("ene", 1),
    ("янв", 1),
    ("feb", 2),
    ("fév", 2),
    ("fev", 2),
    ("фев", 2),
    ("mar", 3),
    ("mär", 3),
    ("мар", 3),
    ("apr", 4),
    ("avr", 4),
    ("abr", 4),
    ("апр", 4),
    ("may", 5),
    ("mai", 5),
    ("мая", 5),
    ("май", 5),
    ("juin", 6),
    ("jun", 6),
    ("июн", 6),
    ("juil", 7),
    ("jul", 7),
    ("июл", 7),
    ("aug", 8),
    ("aoû", 8),
    ("aou", 8),
    ("ago", 8),
    ("авг", 8),
    ("sep", 9),
    ("сен", 9),
    ("oct", 10),
    ("okt", 10),
    ("окт", 10),
    ("nov", 11),
    ("ноя", 11),
    ("dec", 12),
    ("dez", 12),
    ("déc", 12),
    ("dic", 12),
    ("дек", 12),
];

/// Reads such a date without a zone; `None` if a part is missing or named twice.
pub(super) fn read(written: &str) -> Option<String> {
    let lower = written.to_lowercase();
    let (mut year, mut month, mut day, mut clock) = (None, None, None, None);
    let mut afternoon = None;
    for word in lower.split(|c: char| !(c.is_alphanumeric() || c == ':')) {
        if word.contains(':') {
            clock = clock.or_else(|| read_clock(word));
        } else if let Some(number) = leading_number(word) {
            match number {
                1..=31 if day.is_none() => day = Some(number),
                1900..=2999 if year.is_none() => year = Some(number),
                _ => return None,
            }
        } else if matches!(word, "am" | "pm") {
            afternoon = Some(word == "pm");
        } else if month.is_none() {
            month = MONTHS.iter().find(|(name, _)| word.starts_with(name)).map(|(_, month)| *month);
        }
    }
    let (hour, minute, second) = clock.unwrap_or_default();
    let hour = match afternoon {
        Some(true) if hour < 12 => hour + 12,
        Some(false) if hour == 12 => 0,
        _ => hour,
    };
    let local = super::iso_local((year?, month?, day?), (hour, minute, second))?;
    Some(if clock.is_some() { local } else { local.get(..10)?.to_owned() })
}

fn read_clock(word: &str) -> Option<(u32, u32, u32)> {
    let mut parts = word.split(':').map(str::parse::<u32>);
    let (hour, minute) = (parts.next()?.ok()?, parts.next()?.ok()?);
    Some((hour, minute, parts.next().and_then(Result::ok).unwrap_or(0)))
}

/// `4`, `4th`, `1er`.
fn leading_number(word: &str) -> Option<u32> {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    word.get(..digits)?.parse().ok()
}
