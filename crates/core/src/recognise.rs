//! From a thread to findings: which signs stand where, and who said them.
//!
//! This is the seam for further recognisers (DESIGN, section 6): whatever finds signs yields
//! [`Finding`]s whose span lies in the text, or it is dropped by [`Finding::quote`].

use std::collections::HashMap;

use crate::fold::Folded;
use crate::language::{self, LanguageSet};
use crate::money::{self, Amount};
use crate::pack::{Pack, PackErrors};
use crate::pattern::{InSentence, Patterns};
use crate::segment::{self, Role};
use crate::sentence;
use crate::thread::{Message, Party, Thread};

/// An indicator seen in a thread, with its span.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Index into [`Pack::indicators`].
    pub indicator: usize,
    /// Index into [`Thread::messages`].
    pub message: usize,
    /// Byte range in that message's text.
    pub span: (usize, usize),
    /// Whose voice the words are in.
    pub role: Role,
    /// Index into [`Recognised::sides`].
    pub side: usize,
    /// The rule that found it, or none for what was computed.
    pub rule: Option<usize>,
}

impl Finding {
    /// The exact words, if the span lies in the text.
    pub fn quote<'t>(&self, thread: &'t Thread) -> Option<&'t str> {
        thread.messages.get(self.message)?.text.get(self.span.0..self.span.1)
    }
}

/// A word class met in a sentence: what is talked about, not yet a sign of anything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Index into [`Patterns::classes`].
    pub class: usize,
    /// Index into [`Thread::messages`].
    pub message: usize,
    /// Byte range in that message's text.
    pub span: (usize, usize),
    /// Whose voice it is in.
    pub role: Role,
    /// Index into [`Recognised::sides`].
    pub side: usize,
}

/// A sum of money in a thread.
#[derive(Debug, Clone, PartialEq)]
pub struct Sum {
    /// Index into [`Thread::messages`].
    pub message: usize,
    /// Byte range in that message's text.
    pub span: (usize, usize),
    /// Whose voice it is in.
    pub role: Role,
    /// Index into [`Recognised::sides`].
    pub side: usize,
    /// Rough value in US dollars.
    pub dollars: f64,
}

/// What was seen in a thread.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recognised {
    /// In the order of messages and spans.
    pub findings: Vec<Finding>,
    /// Sums of money.
    pub sums: Vec<Sum>,
    /// Who writes: one entry for each side, with the first form of its name.
    pub sides: Vec<Party>,
    /// The side that wrote each message.
    pub side_of: Vec<usize>,
    /// Word classes, one for each class and sentence.
    pub words: Vec<Word>,
    /// Languages spoken.
    pub languages: LanguageSet,
    /// Words (or characters of unspaced scripts, two to a word) in each side's own voice.
    pub words_of: Vec<usize>,
}

impl Recognised {
    /// Words in the senders' own voices, all sides together.
    pub fn own_words(&self) -> usize {
        self.words_of.iter().sum()
    }
}

/// Finds signs by the patterns of the packs.
#[derive(Debug)]
pub struct Recogniser {
    patterns: Patterns,
    /// For each indicator, whether it speaks for an approach.
    count: usize,
}

impl Recogniser {
    /// Compiles the patterns of a pack.
    ///
    /// # Errors
    ///
    /// Patterns that cannot be read.
    pub fn new(pack: &Pack) -> Result<Self, PackErrors> {
        Ok(Self { patterns: Patterns::compile(pack)?, count: pack.indicators.len() })
    }

    /// The compiled patterns.
    pub fn patterns(&self) -> &Patterns {
        &self.patterns
    }

    /// How many indicators there are.
    pub fn indicators(&self) -> usize {
        self.count
    }

    /// Finds the signs in a thread.
    pub fn recognise(&self, thread: &Thread) -> Recognised {
        let (sides, side_of) = sides(thread);
        let folded: Vec<Folded> = thread.messages.iter().map(|message| Folded::new(&message.text)).collect();
        let texts: Vec<&str> = folded.iter().map(Folded::as_str).collect();
        let mut recognised =
            Recognised {
                words_of: vec![0; sides.len()],
                sides,
                side_of,
                languages: language::detect(&texts),
                ..Recognised::default()
            };
        for (index, message) in thread.messages.iter().enumerate() {
            self.message(index, message, &mut recognised);
        }
        recognised
    }

    fn message(&self, index: usize, message: &Message, recognised: &mut Recognised) {
        let side = recognised.side_of.get(index).copied().unwrap_or_default();
        let hard_wrapped = sentence::is_hard_wrapped(&message.text);
        for segment in segment::segment(&message.text) {
            if matches!(segment.role, Role::Signature | Role::Disclaimer) {
                continue;
            }
            let original = message.text.get(segment.range.clone()).unwrap_or_default();
            // Quote marks inside a quoted block would break its sentences.
            let folded = Folded::new(original);
            let text = folded.as_str();
            if segment.role == Role::Own
                && let Some(count) = recognised.words_of.get_mut(side)
            {
                *count += words(text);
            }
            let hits = self.patterns.hits(text, recognised.languages);
            let amounts = money::amounts(text);
            let small_words = small_words(original, &folded);
            let at = |range: std::ops::Range<usize>| {
                let (from, to) = folded.original_range(range.start, range.end);
                (segment.range.start + from, segment.range.start + to)
            };
            for Amount { range, .. } in &amounts {
                let dollars = amounts.iter().find(|a| a.range == *range).map_or(0.0, Amount::dollars);
                let sum = Sum { message: index, span: at(range.clone()), role: segment.role, side, dollars };
                recognised.sums.push(sum);
            }
            for sentence in sentence::sentences(text, hard_wrapped) {
                let first = hits.partition_point(|hit| hit.start() < sentence.range.start);
                let last = hits.partition_point(|hit| hit.start() < sentence.range.end);
                let inside = hits.get(first..last).unwrap_or_default();
                if inside.is_empty() {
                    continue;
                }
                let sums: Vec<_> = amounts
                    .iter()
                    .map(|amount| amount.range.clone())
                    .filter(|range| sentence.range.start <= range.start && range.start < sentence.range.end)
                    .collect();
                let question_end = sentence.is_question.then_some(sentence.range.end);
                let InSentence { mut found, classes } =
                    self.patterns.find(text, &small_words, inside, &sums, question_end, recognised.languages);
                recognised.words.extend(classes.into_iter().map(|(class, range)| Word {
                    class,
                    message: index,
                    span: at(range),
                    role: segment.role,
                    side,
                }));
                // One finding for each indicator and sentence: the longest quote says most.
                found.sort_by_key(|f| (f.indicator, std::cmp::Reverse(f.range.len()), f.range.start, f.rule));
                found.dedup_by_key(|f| f.indicator);
                found.sort_by_key(|f| (f.range.start, f.range.end, f.indicator));
                recognised.findings.extend(found.into_iter().map(|f| Finding {
                    indicator: f.indicator,
                    message: index,
                    span: at(f.range),
                    role: segment.role,
                    side,
                    rule: Some(f.rule),
                }));
            }
        }
    }
}

/// Where in the folded text words begin whose first letter is small in the original.
fn small_words(original: &str, folded: &Folded) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut in_word = false;
    for (at, character) in folded.as_str().char_indices() {
        let is_letter = character.is_alphabetic() && !crate::fold::is_unspaced(character);
        if is_letter && !in_word {
            let written = original.get(folded.original_offset(at)..).and_then(|rest| rest.chars().next());
            if written.is_some_and(char::is_lowercase) {
                starts.push(at);
            }
        }
        in_word = is_letter || character == '\'';
    }
    starts
}

/// Words of folded text; two characters of an unspaced script count as one word.
fn words(folded: &str) -> usize {
    let unspaced = folded.chars().filter(|&c| crate::fold::is_unspaced(c)).count();
    let spaced = folded
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.chars().next().is_some_and(|c| !crate::fold::is_unspaced(c)))
        .count();
    spaced + unspaced / 2
}

/// Who writes, and which side wrote each message.
///
/// Two senders are one side when they share a handle or a name; a message without a sender belongs to
/// a side of its own with all others that have none.
fn sides(thread: &Thread) -> (Vec<Party>, Vec<usize>) {
    let mut sides: Vec<Party> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut side_of = Vec::with_capacity(thread.messages.len());
    for message in &thread.messages {
        let party = &message.from;
        let keys: Vec<String> =
            [&party.handle, &party.name].into_iter().filter(|key| !key.is_empty()).map(|key| key.to_lowercase()).collect();
        let keys = if keys.is_empty() { vec![String::new()] } else { keys };
        let side = keys.iter().find_map(|key| known.get(key).copied()).unwrap_or_else(|| {
            sides.push(party.clone());
            sides.len() - 1
        });
        for key in keys {
            known.entry(key).or_insert(side);
        }
        side_of.push(side);
    }
    (sides, side_of)
}
