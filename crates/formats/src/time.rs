//! Dates and times as ISO 8601, with a zone only if the source states one.

mod words;

use mail_parser::DateTime;

/// A mail's date; empty if it is none.
pub(crate) fn iso(date: &DateTime) -> String {
    if date.is_valid() { date.to_rfc3339() } else { String::new() }
}

/// Seconds since 1970 in UTC.
pub(crate) fn iso_unix(seconds: i64) -> Option<String> {
    // Years 1970 to 2999: beyond, it is not a time but a broken field.
    (0..32_503_680_000).contains(&seconds).then(|| DateTime::from_timestamp(seconds).to_rfc3339())
}

/// A date as the parts of a clock on the wall; `None` if there is no such date.
pub(crate) fn iso_local(date: (u32, u32, u32), clock: (u32, u32, u32)) -> Option<String> {
    let ((year, month, day), (hour, minute, second)) = (date, clock);
    let exists = (1900..3000).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 61;
    exists.then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"))
}

/// A date as people and programs write it, in the few ways that cannot be misread: RFC 5322,
/// ISO 8601, `2026-03-04 10:12:00 UTC`, `2026年3月4日 10:12`. `None` if it is none of them.
pub(crate) fn iso_written(written: &str) -> Option<String> {
    let written = written.trim();
    let year_first = written.get(..4).is_some_and(|year| year.bytes().all(|b| b.is_ascii_digit()));
    if year_first {
        return iso_year_first(written);
    }
    let Some(date) = DateTime::parse_rfc822(written).filter(DateTime::is_valid) else {
        return words::read(written);
    };
    let iso = date.to_rfc3339();
    // The parser takes a missing zone for UTC; we do not.
    let last = written.split([' ', '(']).rfind(|word| !word.is_empty())?;
    let zoned = written.contains('(')
        || last.starts_with(['+', '-'])
        || last.chars().all(|c| c.is_ascii_alphabetic());
    Some(if zoned { iso } else { iso.trim_end_matches('Z').to_owned() })
}

fn iso_year_first(written: &str) -> Option<String> {
    let mut numbers = [0u32; 6];
    let mut count = 0;
    let mut rest = written;
    while count < 6 {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 || digits > 4 {
            break;
        }
        if let Some(slot) = numbers.get_mut(count) {
            *slot = rest.get(..digits)?.parse().ok()?;
        }
        count += 1;
        rest = rest.get(digits..)?;
        if count == 6 {
            break;
        }
        // Between day and hour stands whatever the language puts there: `T`, `日 (星期三) `.
        let zone_follows = count >= 5 && rest.trim_start().starts_with(['+', '-', 'Z', 'U']);
        if zone_follows {
            break;
        }
        rest = rest.trim_start_matches(|c: char| !c.is_ascii_digit());
    }
    if count < 3 {
        return None;
    }
    let [year, month, day, hour, minute, second] = numbers;
    let local = iso_local((year, month, day), (hour, minute, second))?;
    if count < 5 {
        return local.get(..10).map(str::to_owned);
    }
    let fraction = rest.strip_prefix('.').unwrap_or("");
    let zone = if fraction.is_empty() {
        rest.trim()
    } else {
        fraction.trim_start_matches(|c: char| c.is_ascii_digit()).trim()
    };
    Some(format!("{local}{}", iso_zone(zone)))
}

/// `Z`, `+02:00` or nothing.
fn iso_zone(zone: &str) -> String {
    if matches!(zone, "Z" | "UTC" | "GMT") {
        return "Z".to_owned();
    }
    let digits: String = zone.chars().filter(char::is_ascii_digit).collect();
    match (zone.get(..1), digits.get(..2), digits.get(2..4)) {
        (Some(sign @ ("+" | "-")), Some(hours), minutes) => {
            format!("{sign}{hours}:{}", minutes.unwrap_or("00"))
        }
        _ => String::new(),
    }
}

/// The basic form of ISO 8601 that calendars use: `20260304T101200Z`, `20260304`.
pub(crate) fn iso_basic(written: &str) -> Option<String> {
    let part = |range: std::ops::Range<usize>| written.get(range)?.parse::<u32>().ok();
    let date = (part(0..4)?, part(4..6)?, part(6..8)?);
    if written.len() == 8 {
        return iso_local(date, (0, 0, 0))?.get(..10).map(str::to_owned);
    }
    let local = iso_local(date, (part(9..11)?, part(11..13)?, part(13..15)?))?;
    Some(if written.ends_with('Z') { format!("{local}Z") } else { local })
}
