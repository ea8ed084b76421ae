//! Sums of money in running text, in any of the lexicon's languages.
//!
//! `USD 1,500`, `€ 3.000`, `2k dollars`, `三千美元`, `1,2 млн руб.`, `300万円` become amounts with a
//! currency and a rough value in US dollars, so that sums of different currencies can be compared:
//! is the fee out of proportion, does it grow? The rates are round and stated; they decide orders of
//! magnitude, never cents. A number without a currency is no amount here: it may be a room.

use std::ops::Range;

/// A sum as it stands in the text.
#[derive(Debug, Clone, PartialEq)]
pub struct Amount {
    /// Byte range in the folded text.
    pub range: Range<usize>,
    /// The number, in units of the currency.
    pub value: f64,
    /// ISO 4217 code; `XXX` for units that are none (crypto-currency, "k" alone).
    pub currency: &'static str,
}

impl Amount {
    /// A rough value in US dollars, by [`RATES`].
    pub fn dollars(&self) -> f64 {
        let rate =
            RATES.iter().find(|(code, _)| *code == self.currency).map_or(1.0, |&(_, rate)| rate);
        self.value * rate
    }
}

/// US dollars for one unit, rounded to one digit: orders of magnitude for 2020 to 2026.
const RATES: &[(&str, f64)] = &[
    ("USD", 1.0),
    ("EUR", 1.1),
    ("GBP", 1.3),
    ("CHF", 1.1),
    ("CNY", 0.14),
    ("TWD", 0.03),
    ("HKD", 0.13),
    ("JPY", 0.007),
    ("KRW", 0.0008),
    ("RUB", 0.012),
    ("AUD", 0.7),
    ("CAD", 0.7),
    ("NZD", 0.6),
    ("SGD", 0.75),
    ("SEK", 0.1),
    ("NOK", 0.1),
    ("DKK", 0.15),
    ("PLN", 0.25),
    ("INR", 0.012),
    ("XXX", 1.0),
];

/// Currency words in folded text, longest first where one begins another.
const CURRENCIES: &[(&str, &str)] = &[
    ("us dollars", "USD"),
    ("u.s. dollars", "USD"),
    ("dollars", "USD"),
    ("dollar", "USD"),
    ("usdt", "USD"),
    ("usd", "USD"),
    ("us$", "USD"),
    ("a$", "AUD"),
    ("c$", "CAD"),
    ("s$", "SGD"),
    ("hk$", "HKD"),
    ("nt$", "TWD"),
    ("$", "USD"),
    ("bucks", "USD"),
    ("euros", "EUR"),
    ("euro", "EUR"),
    ("eur", "EUR"),
    ("€", "EUR"),
    ("pounds", "GBP"),
    ("quid", "GBP"),
    ("gbp", "GBP"),
    ("£", "GBP"),
    ("chf", "CHF"),
    ("franken", "CHF"),
    ("francs", "CHF"),
    ("rmb", "CNY"),
    ("yuan", "CNY"),
    ("cny", "CNY"),
    ("hkd", "HKD"),
    ("ntd", "TWD"),
    ("twd", "TWD"),
    ("jpy", "JPY"),
    ("yen", "JPY"),
    ("¥", "CNY"),
    ("krw", "KRW"),
    ("won", "KRW"),
    ("₩", "KRW"),
    ("rubles", "RUB"),
    ("roubles", "RUB"),
    ("rub", "RUB"),
    ("₽", "RUB"),
    ("aud", "AUD"),
    ("cad", "CAD"),
    ("nzd", "NZD"),
    ("sgd", "SGD"),
    ("sek", "SEK"),
    ("nok", "NOK"),
    ("dkk", "DKK"),
    ("pln", "PLN"),
    ("inr", "INR"),
    ("rupees", "INR"),
    ("btc", "XXX"),
    ("bitcoin", "XXX"),
    ("人民币", "CNY"),
    ("美元", "USD"),
    ("美金", "USD"),
    ("欧元", "EUR"),
    ("英镑", "GBP"),
    ("日元", "JPY"),
    ("日圆", "JPY"),
    ("港币", "HKD"),
    ("港元", "HKD"),
    ("台币", "TWD"),
    ("新币", "SGD"),
    ("块钱", "CNY"),
    ("块", "CNY"),
    ("元", "CNY"),
    ("円", "JPY"),
    ("圆", "JPY"),
    ("ドル", "USD"),
    ("ユーロ", "EUR"),
    ("달러", "USD"),
    ("유로", "EUR"),
    ("원", "KRW"),
    ("рублеи", "RUB"),
    ("рубля", "RUB"),
    ("руб", "RUB"),
    ("долларов", "USD"),
    ("доллара", "USD"),
    ("долл", "USD"),
    ("евро", "EUR"),
    ("dolares", "USD"),
    ("pesos", "XXX"),
];

/// Words that multiply the number before them.
const MULTIPLIERS: &[(&str, f64)] = &[
    ("millions", 1e6),
    ("million", 1e6),
    ("millionen", 1e6),
    ("millones", 1e6),
    ("mio", 1e6),
    ("mn", 1e6),
    ("m", 1e6),
    ("thousand", 1e3),
    ("tausend", 1e3),
    ("mille", 1e3),
    ("mil", 1e3),
    ("grand", 1e3),
    ("k", 1e3),
    ("тысяч", 1e3),
    ("тыс", 1e3),
    ("тысячи", 1e3),
    ("миллионов", 1e6),
    ("млн", 1e6),
    ("百万", 1e6),
    ("千万", 1e7),
    ("万", 1e4),
    ("亿", 1e8),
    ("千", 1e3),
    ("百", 1e2),
    ("백만", 1e6),
    ("천만", 1e7),
    ("만", 1e4),
    ("억", 1e8),
    ("천", 1e3),
];

/// Finds the sums in folded text, in order.
pub fn amounts(folded: &str) -> Vec<Amount> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(offset) = folded.get(at..).and_then(|rest| rest.find(starts_number)) {
        let start = at + offset;
        let (value, end) = number(folded, start);
        at = end.max(start + 1);
        while !folded.is_char_boundary(at) {
            at += 1;
        }
        // Part of a word or a longer number: "abc123", "10.2.2.1".
        let before = folded.get(..start).unwrap_or_default();
        if before
            .chars()
            .next_back()
            .is_some_and(|c| c.is_ascii_alphabetic() && !ends_with_currency(before))
        {
            continue;
        }
        let Some(value) = value else { continue };
        let (value, scaled_end, multiplied) = multiply(folded, value, end);
        let after = currency_after(folded, scaled_end);
        let ahead = currency_before(before);
        let (currency, range) = match (ahead, after) {
            (Some((code, from)), _) => (code, from..scaled_end),
            (None, Some((code, to))) => (code, start..to),
            // "2k" is money in a chat; "2 million" may be people.
            (None, None) if multiplied == Some("k") => ("XXX", start..scaled_end),
            (None, None) => continue,
        };
        at = at.max(range.end);
        found.push(Amount { range, value, currency });
    }
    found
}

fn starts_number(character: char) -> bool {
    character.is_ascii_digit() || han_digit(character).is_some()
}

/// Reads a number at `start`: its value and where it ends.
fn number(folded: &str, start: usize) -> (Option<f64>, usize) {
    let rest = folded.get(start..).unwrap_or_default();
    if rest.starts_with(|c: char| c.is_ascii_digit()) {
        let length = rest
            .char_indices()
            .find(|&(at, c)| {
                let next_is_digit = rest
                    .get(at + c.len_utf8()..)
                    .is_some_and(|tail| tail.starts_with(|n: char| n.is_ascii_digit()));
                !(c.is_ascii_digit() || matches!(c, ',' | '.' | '\'' | ' ') && next_is_digit)
            })
            .map_or(rest.len(), |(at, _)| at);
        let written = rest.get(..length).unwrap_or_default();
        (decimal(written), start + length)
    } else {
        let mut value = 0.0;
        let mut end = start;
        for character in rest.chars() {
            let Some(digit) = han_digit(character) else { break };
            value = value * 10.0 + digit;
            end += character.len_utf8();
        }
        (Some(value), end)
    }
}

/// `1,500`, `1.500`, `1 500`, `1.5`, `2,50`: a group of three digits is thousands, else a fraction.
fn decimal(written: &str) -> Option<f64> {
    let parts: Vec<&str> = written.split([',', '.', '\'', ' ']).collect();
    let (last, head) = parts.split_last()?;
    if head.is_empty() {
        return last.parse().ok();
    }
    let joined = head.concat();
    if last.len() == 3 {
        format!("{joined}{last}").parse().ok()
    } else if last.len() <= 2 && !written.ends_with(' ') {
        format!("{joined}.{last}").parse().ok()
    } else {
        None
    }
}

fn han_digit(character: char) -> Option<f64> {
    let at = "零一二三四五六七八九".chars().position(|digit| digit == character);
    at.map(|digit| digit as f64).or(match character {
        '两' => Some(2.0),
        '几' => Some(3.0),
        _ => None,
    })
}

/// Applies multiplier words after the number; more than one may follow (`3千万`).
fn multiply(folded: &str, mut value: f64, mut end: usize) -> (f64, usize, Option<&'static str>) {
    let mut multiplied = None;
    for _ in 0..2 {
        let rest = folded.get(end..).unwrap_or_default();
        let space = rest.len() - rest.trim_start_matches(' ').len();
        let word = rest.get(space..).unwrap_or_default();
        let hit =
            MULTIPLIERS.iter().find(|(name, _)| word.starts_with(name) && ends_word(word, name));
        let Some(&(name, factor)) = hit else { break };
        value *= factor;
        end += space + name.len();
        multiplied = Some(name);
    }
    (value, end, multiplied)
}

/// A Latin or Cyrillic word must end where the name ends; Han and Hangul run on.
fn ends_word(text: &str, name: &str) -> bool {
    if name
        .chars()
        .next_back()
        .is_some_and(|c| !c.is_ascii_alphabetic() && !('а'..='я').contains(&c))
    {
        return true;
    }
    text.get(name.len()..).unwrap_or_default().chars().next().is_none_or(|c| !c.is_alphabetic())
}

fn currency_after(folded: &str, end: usize) -> Option<(&'static str, usize)> {
    let rest = folded.get(end..)?;
    let space = rest.len() - rest.trim_start_matches([' ', '-', '.']).len();
    let word = rest.get(space..)?;
    if space > 2 {
        return None;
    }
    CURRENCIES
        .iter()
        .find(|(name, _)| word.starts_with(name) && ends_word(word, name))
        .map(|&(name, code)| (code, end + space + name.len()))
}

fn currency_before(before: &str) -> Option<(&'static str, usize)> {
    let trimmed = before.trim_end_matches(' ');
    if before.len() - trimmed.len() > 1 {
        return None;
    }
    CURRENCIES.iter().find_map(|&(name, code)| {
        let head = trimmed.strip_suffix(name)?;
        let alone = !name.starts_with(|c: char| c.is_ascii_alphabetic())
            || !head.chars().next_back().is_some_and(char::is_alphabetic);
        alone.then_some((code, head.len()))
    })
}

fn ends_with_currency(before: &str) -> bool {
    currency_before(before).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[(&str, f64, &str)]) {
        let folded = crate::fold::fold(text);
        let found: Vec<(String, f64, &str)> = amounts(&folded)
            .into_iter()
            .map(|a| {
                (folded.get(a.range.clone()).unwrap_or_default().to_owned(), a.value, a.currency)
            })
            .collect();
        let found: Vec<(&str, f64, &str)> =
            found.iter().map(|(t, v, c)| (t.as_str(), *v, *c)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn reads_how_people_write_sums() {
        check("we pay USD 1,500 for it", &[("usd 1,500", 1500.0, "USD")]);
        check("Honorar 3.000 €", &[("3.000 €", 3000.0, "EUR")]);
        check("£48,000 a year", &[("£48,000", 48000.0, "GBP")]);
        check("2k for each person", &[("2k", 2000.0, "XXX")]);
        check("1.5 million RMB", &[("1.5 million rmb", 1_500_000.0, "CNY")]);
        check("每篇三千美元", &[("三千美元", 3000.0, "USD")]);
        check("安家费两百万元", &[("两百万元", 2_000_000.0, "CNY")]);
        check("謝禮は30万円です", &[("30万円", 300_000.0, "JPY")]);
        check("50만원 드립니다", &[("50만원", 500_000.0, "KRW")]);
        check("заплатим 40 тыс. руб.", &[("40 тыс. руб", 40_000.0, "RUB")]);
    }

    #[test]
    fn leaves_other_numbers_alone() {
        check("room 217, 4 March, version 2.0.1, PO 7731", &[]);
        check("two million people", &[]);
    }
}
