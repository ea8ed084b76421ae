//! What the sentence encoder may read of a sentence: its words without those that could tell origin.
//!
//! An encoder knows names, places and peoples, so they must not reach it. Left out are the names of the
//! thread's people, words for origin, addresses and links, and every word with a capital but an ordinary one
//! at the beginning of a sentence. What is left is written in small letters.

use std::collections::HashSet;
use std::ops::Range;

use rustc_hash::FxBuildHasher;

use crate::fold::is_unspaced;
use crate::grams::is_hangul;
use crate::origin;
use crate::passage::Passage;

/// Ordinary words, folded: what may stand with a capital at the beginning of a sentence.
pub type CommonWords = HashSet<String, FxBuildHasher>;

/// Words that are written with a capital wherever they stand, folded: "I", and the polite forms of German.
const ALWAYS_CAPITAL: &[&str] =
    &["i", "i'm", "i'd", "i'll", "i've", "sie", "ihnen", "ihr", "ihre", "ihren", "ihrem", "ihrer"];

/// Writes what may be read of a range of a passage's folded text.
pub(crate) fn shown(passage: &Passage<'_>, range: &Range<usize>, common: &CommonWords) -> String {
    let text = passage.folded.as_str().get(range.clone()).unwrap_or_default();
    let origins: Vec<Range<usize>> = origin::places(text).collect();
    let is_masked = |at: usize| {
        origins.iter().any(|place| place.contains(&(at - range.start)))
            || passage.masked.iter().any(|name| name.contains(&at))
    };
    let mut shown = String::with_capacity(text.len());
    let mut begins = true;
    // Whether the word before, up to a hyphen, was left out: "Anna-maria" is one name.
    let mut after_hidden = false;
    // Up to where an address has been looked for: where none begins, none begins inside.
    let mut searched = 0;
    let mut skip_to = 0;
    let mut tokens = text.char_indices().peekable();
    while let Some((offset, character)) = tokens.next() {
        let at = range.start + offset;
        if at < skip_to {
            continue;
        }
        if at >= searched {
            let run = address_run(text.get(offset..).unwrap_or_default());
            searched = at + run.len();
            let address = address_in(run);
            if !address.is_empty() {
                skip_to = at + address.len();
                shown.push(' ');
                continue;
            }
        }
        if is_unspaced(character) {
            let end = offset + character.len_utf8();
            let behind = text.get(end..).unwrap_or_default();
            let begins_word = text
                .get(..offset)
                .and_then(|head| head.chars().next_back())
                .is_none_or(|before| !is_unspaced(before));
            // Korean writes particles onto Chinese characters too.
            after_hidden = is_masked(at) || begins_word && is_family_name(character, behind);
            if !after_hidden {
                shown.push_str(written(passage, at..at + character.len_utf8()));
            }
            begins = false;
            continue;
        }
        if !character.is_alphabetic() {
            begins |= matches!(character, '.' | '!' | '?' | ':' | ';' | '\n');
            after_hidden &= character == '-';
            shown.push(if character == '-' { ' ' } else { character });
            continue;
        }
        let mut word_end = at + character.len_utf8();
        while let Some(&(next_offset, next)) = tokens.peek() {
            if !(next.is_alphabetic() && !is_unspaced(next) || next == '\'') {
                break;
            }
            word_end = range.start + next_offset + next.len_utf8();
            tokens.next();
        }
        let word = passage.folded.as_str().get(at..word_end).unwrap_or_default();
        let bare = word.trim_end_matches('\'');
        let is_plain = passage.is_small(at)
            || ALWAYS_CAPITAL.contains(&bare)
            || begins && common.contains(bare);
        let is_hidden = !is_plain
            || after_hidden
            || is_masked(at)
            || origin::is_word(bare)
            || is_single_hangul(bare);
        if !is_hidden {
            shown.extend(written(passage, at..word_end).chars().flat_map(char::to_lowercase));
        }
        after_hidden = is_hidden;
        begins = false;
    }
    tidied(&shown)
}

/// Leaves punctuation only behind words, and no space beside characters of a script without spaces: a name
/// that was left out must not be told by its commas, nor by the spaces in it.
fn tidied(text: &str) -> String {
    let mut tidy = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let last_letter = tidy.chars().rev().find(|c| c.is_alphanumeric());
        let after_unspaced = last_letter.is_some_and(is_unspaced);
        let bare = word.trim_start_matches(|c: char| !c.is_alphanumeric());
        if after_unspaced {
            tidy.push_str(word);
        } else if !bare.is_empty() {
            if !tidy.is_empty() && !bare.starts_with(is_unspaced) {
                tidy.push(' ');
            }
            tidy.push_str(bare);
        }
    }
    tidy
}

/// Titles behind a family name of one character: 王教授.
const TITLES: &[&str] = &[
    "先生", "女士", "小姐", "老师", "教授", "博士", "经理", "主任", "处长", "院长", "部长", "局长",
    "科长", "总", "工", "さん", "様", "氏", "君", "课长", "社长",
];

/// Whether a character is a family name, to tell by the title behind it.
fn is_family_name(character: char, behind: &str) -> bool {
    matches!(character, '\u{4e00}'..='\u{9fff}')
        && TITLES.iter().any(|title| behind.starts_with(title))
}

/// The words of a text as they were written, accents and all.
fn written<'p>(passage: &'p Passage<'_>, folded: Range<usize>) -> &'p str {
    let (from, to) = passage.folded.original_range(folded.start, folded.end);
    passage.original.get(from..to).unwrap_or_default()
}

/// The characters that a text begins with and that addresses and links are made of.
fn address_run(text: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "@._-+/:%?=&#~".contains(c);
    let end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

/// The address or link that a run is, without the punctuation behind it, or nothing: `a.b@c.example`,
/// `https://…`, `files.c.example/x`.
fn address_in(run: &str) -> &str {
    let run = run.trim_end_matches(['.', ':', '?', '-', '/']);
    let is_inside = |dot: usize| {
        let letter = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphabetic());
        letter(run.get(dot + 1..).and_then(|rest| rest.chars().next()))
            && run.get(..dot).is_some_and(|head| head.len() >= 2)
    };
    let is_address = run.contains("://")
        || run.find('@').is_some_and(|at| at + 1 < run.len())
        || run.match_indices('.').any(|(dot, _)| is_inside(dot));
    if is_address { run } else { "" }
}

/// Whether a word is one Korean syllable: a family name, or too short to say anything.
fn is_single_hangul(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(is_hangul) && characters.next().is_none()
}

/// Whether a word of a text may be counted among the ordinary ones: small, and no word for origin.
pub fn is_ordinary(folded: &str) -> bool {
    !folded.is_empty()
        && !origin::is_word(folded)
        && folded
            .chars()
            .all(|c| c.is_alphabetic() && !is_unspaced(c) && !is_hangul(c) || c == '\'')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::passage::{names, passages};
    use crate::thread::{Message, Party, Thread};

    fn of(people: &[&str], text: &str) -> String {
        let from = Party::parse(people.first().copied().unwrap_or_default());
        let to = people.iter().skip(1).map(|name| Party::parse(name)).collect();
        let message = Message { from, to, text: text.to_owned(), ..Message::default() };
        let thread = Thread { messages: vec![message], ..Thread::default() };
        let common = ["dear", "please", "send", "could"].map(str::to_owned).into_iter().collect();
        let names = names(&thread);
        passages(&thread.messages[0], &names)
            .map(|passage| shown(&passage, &(0..passage.folded.as_str().len()), &common))
            .collect()
    }

    #[test]
    fn names_origins_and_addresses_are_left_out() {
        assert_eq!(
            of(
                &["Marta Lind", "Wei Zhang"],
                "Dear Marta, please ask Wei-ming at Leeds about the Chinese partner (m.lind@ulv.example). Send it!",
            ),
            "dear please ask at about the partner send it!"
        );
        assert_eq!(of(&[], "pour notre agent d'Izmir, l'envoi"), "pour notre agent l'envoi");
        assert_eq!(of(&[], "see https://files.ulv.example/x and i.e. this"), "see and i.e. this");
        assert_eq!(of(&["李明"], "王教授您好,李明请中国客户发图纸。"), "教授您好,请客户发图纸。");
        assert_eq!(of(&["성국"], "성국아 도면 보내 줘"), "도면 보내");
    }

    #[test]
    fn a_longer_name_tells_nothing() {
        let text =
            |name: &str| of(&[name], &format!("Could you help, {name}? I ask ({name}) - now."));
        assert_eq!(text("Ana"), text("Anna-Maria von Hohenfeld"));
        let text = |name: &str| of(&[name], &format!("您好,{name}。请{name}发来。"));
        assert_eq!(text("王小明"), text("Marta Lind"));
    }

    #[test]
    fn the_accents_of_words_stay() {
        assert_eq!(
            of(&[], "envíenos el plan añadido, I'm sure"),
            "envíenos el plan añadido, i'm sure"
        );
    }
}
