//! The passages of a message, in whose voice each is, and where people are named in them.

use std::ops::Range;

use crate::fold::{Folded, fold, is_unspaced};
use crate::grams;
use crate::segment::{self, Role};
use crate::sentence;
use crate::thread::{Message, Thread};

/// A stretch of a message in one voice, folded.
pub(crate) struct Passage<'m> {
    /// Whose.
    pub(crate) role: Role,
    /// Where it begins in the message.
    start: usize,
    /// As it was written.
    pub(crate) original: &'m str,
    /// Folded.
    pub(crate) folded: Folded,
    /// Where names stand in the folded text.
    pub(crate) masked: Vec<Range<usize>>,
    /// Whether a mail program has wrapped the message.
    pub(crate) hard_wrapped: bool,
}

impl Passage<'_> {
    /// The place in the message of a range of folded text.
    pub(crate) fn at(&self, range: &Range<usize>) -> (usize, usize) {
        let (from, to) = self.folded.original_range(range.start, range.end);
        (self.start + from, self.start + to)
    }

    /// The character as it was written of which a folded character came.
    fn written(&self, at: usize) -> Option<char> {
        self.original.get(self.folded.original_offset(at)..)?.chars().next()
    }

    /// Whether the word that begins at a place has no capital, neither there nor behind an apostrophe: the
    /// "d'" of "d'Izmir" is small, and what follows is a name.
    pub(crate) fn is_small(&self, at: usize) -> bool {
        let is_capital = |at: usize| self.written(at).is_none_or(char::is_uppercase);
        let rest = self.folded.as_str().get(at..).unwrap_or_default();
        let is_outside = |c: char| !c.is_alphabetic() && c != '\'' || is_unspaced(c);
        let end = rest.find(is_outside).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or_default();
        let mut elisions = word.match_indices('\'').map(|(offset, _)| offset + 1);
        !is_capital(at) && !elisions.any(|offset| offset < end && is_capital(at + offset))
    }

    /// The places in the folded text where words begin with a small letter in the original.
    pub(crate) fn small_words(&self) -> Vec<usize> {
        let mut starts = Vec::new();
        let mut in_word = false;
        for (at, character) in self.folded.as_str().char_indices() {
            let is_letter = character.is_alphabetic() && !is_unspaced(character);
            let begins = is_letter && !in_word;
            if begins && self.written(at).is_some_and(char::is_lowercase) && self.is_small(at) {
                starts.push(at);
            }
            in_word = is_letter || character == '\'';
        }
        starts
    }
}

/// The passages of a message; signatures and disclaimers are nobody's words.
pub(crate) fn passages<'m>(
    message: &'m Message,
    names: &[String],
) -> impl Iterator<Item = Passage<'m>> {
    let hard_wrapped = sentence::is_hard_wrapped(&message.text);
    segment::segment(&message.text)
        .into_iter()
        .filter(|segment| !matches!(segment.role, Role::Signature | Role::Disclaimer))
        .map(move |segment| {
            let original = message.text.get(segment.range.clone()).unwrap_or_default();
            let folded = Folded::new(original);
            let masked = places_of_names(original, &folded, names);
            Passage {
                role: segment.role,
                start: segment.range.start,
                original,
                folded,
                masked,
                hard_wrapped,
            }
        })
}

/// The names of the people of a thread, folded: whole names, and their parts of two letters and more.
///
/// A name may be a word of some lexicon ("Grant", "Will", a character of 高). It is masked where the
/// text mentions its bearer, so that what people are called can neither make nor break a sign.
pub(crate) fn names(thread: &Thread) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for party in
        thread.messages.iter().flat_map(|message| std::iter::once(&message.from).chain(&message.to))
    {
        let parts = party.name.split(|c: char| c.is_whitespace() || c == ',');
        let parts: Vec<&str> = parts.map(without_honorific).collect();
        let is_person = parts.len() <= NAME_PARTS_MAX
            && parts.iter().all(|part| !part.chars().any(char::is_numeric));
        if !is_person {
            continue;
        }
        // "von der Heide": the small words belong to the name.
        let starts = |part: &&str, is: fn(char) -> bool| part.chars().next().is_some_and(is);
        for at in (0..parts.len())
            .filter(|&at| parts.get(at).is_some_and(|part| starts(part, char::is_lowercase)))
        {
            let tail = parts.get(at..).unwrap_or_default();
            if let Some(end) = tail.iter().position(|part| starts(part, char::is_uppercase)) {
                names.push(fold(&tail.get(..=end).unwrap_or_default().join(" ")));
            }
        }
        let capitalised =
            parts.iter().filter(|part| part.chars().next().is_some_and(|c| !c.is_lowercase()));
        names.extend(capitalised.map(|part| fold(part)).filter(|part| part.chars().count() >= 2));
    }
    names.sort();
    names.dedup();
    names
}

/// What Japanese and Korean write onto a name in an address, and leave out or change in a text.
const HONORIFICS: &[&str] = &["様", "さん", "さま", "殿", "氏", "님", "씨"];

/// A part of a name without the honorific behind it.
fn without_honorific(part: &str) -> &str {
    HONORIFICS.iter().find_map(|honorific| part.strip_suffix(honorific)).unwrap_or(part)
}

/// A sender's line with more words is an office, not a person.
const NAME_PARTS_MAX: usize = 6;

/// Where names stand in folded text: whole words that are written with a capital, or in a script that
/// has none.
fn places_of_names(original: &str, folded: &Folded, names: &[String]) -> Vec<Range<usize>> {
    let text = folded.as_str();
    let mut places = Vec::new();
    for name in names {
        for (at, _) in text.match_indices(name.as_str()) {
            let end = at + name.len();
            let before = text.get(..at).and_then(|head| head.chars().next_back());
            let after = text.get(end..).and_then(|tail| tail.chars().next());
            // A Korean particle behind a name is no part of the name.
            let takes_particles = name.is_ascii() || name.chars().all(grams::is_hangul);
            let is_letter = |c: char| c.is_alphanumeric() && !is_unspaced(c);
            let joins = |c: Option<char>, particles: bool| {
                c.is_some_and(|c| is_letter(c) && !(particles && grams::is_hangul(c)))
            };
            let unspaced = name.chars().next().is_some_and(is_unspaced);
            let written =
                original.get(folded.original_offset(at)..).and_then(|rest| rest.chars().next());
            let capital = name.contains(' ') || written.is_some_and(|c| !c.is_lowercase());
            if capital
                && (unspaced || !joins(before, name.is_ascii()) && !joins(after, takes_particles))
            {
                places.push(at..end);
            }
        }
    }
    places
}

/// Folded text with the names taken out, from which the language is told.
pub(crate) fn without_names(original: &str, names: &[String]) -> String {
    let folded = Folded::new(original);
    let mut places = places_of_names(original, &folded, names);
    places.sort_by_key(|place| place.start);
    let mut text = String::with_capacity(folded.as_str().len());
    let mut at = 0;
    for place in places {
        text.push_str(folded.as_str().get(at..place.start).unwrap_or_default());
        at = at.max(place.end);
    }
    text.push_str(folded.as_str().get(at..).unwrap_or_default());
    text
}

/// Words of a text that do not begin with a capital; two characters of an unspaced script count as one.
///
/// Capitalised words are left out so that a longer name does not make a longer text.
pub(crate) fn words(text: &str) -> usize {
    let unspaced = text.chars().filter(|&c| is_unspaced(c)).count();
    let spaced = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().next().is_some_and(|c| !c.is_uppercase() && !is_unspaced(c)))
        .count();
    spaced + unspaced / 2
}
