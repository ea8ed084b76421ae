//! From a thread to findings: which signs stand where, and who said them.
//!
//! This is the seam for further recognisers (DESIGN, section 6): whatever finds signs yields
//! [`Finding`]s whose span lies in the text, or it is dropped by [`Finding::quote`].

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::fold::{Folded, fold};
use crate::language::{self, Language, LanguageSet};
use crate::money::{self, Amount};
use crate::pack::{Pack, PackErrors, Written};
use crate::pattern::{self, InSentence, Patterns};
use crate::segment::{self, Role};
use crate::sentence;
use crate::thread::{Message, Party, Thread};
use crate::wording::{self, Grams};

/// A pattern: its language and its number there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleId {
    /// The language whose patterns it belongs to.
    pub language: Language,
    /// The number in [`Patterns::written`].
    pub index: usize,
}

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
    pub rule: Option<RuleId>,
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
    /// The name of the class, the same in every language.
    pub class: Arc<str>,
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
    /// Words and pairs of words in the senders' own voices, names left out.
    pub grams: Grams,
    /// Languages that are spoken but whose patterns could not be read.
    pub unread: LanguageSet,
    /// Languages spoken.
    pub languages: LanguageSet,
    /// Words in each side's own voice; see [`words`].
    pub words_of: Vec<usize>,
}

impl Recognised {
    /// Words in the senders' own voices, all sides together.
    pub fn own_words(&self) -> usize {
        self.words_of.iter().sum()
    }
}

/// Finds signs by the patterns of the packs.
///
/// A language is compiled when the first text needs it: most people read one or two of the eight.
#[derive(Debug)]
pub struct Recogniser {
    pack: Arc<Pack>,
    compiled: [OnceLock<Result<Compiled, PackErrors>>; Language::ALL.len()],
}

/// The patterns of one language and the names of its classes.
#[derive(Debug)]
struct Compiled {
    patterns: Patterns,
    classes: Vec<Arc<str>>,
}

impl Recogniser {
    /// Prepares the packs. Patterns are read when a text needs their language, or by [`Self::check`].
    pub fn new(pack: Arc<Pack>) -> Self {
        Self { pack, compiled: [const { OnceLock::new() }; Language::ALL.len()] }
    }

    /// Compiles all languages.
    ///
    /// # Errors
    ///
    /// Every pattern that cannot be read, with file, line and remedy.
    pub fn check(&self) -> Result<(), PackErrors> {
        let errors: Vec<_> = self
            .pack
            .languages()
            .filter_map(|language| self.compiled(language)?.as_ref().err())
            .collect();
        if errors.is_empty() {
            return Ok(());
        }
        Err(PackErrors(errors.into_iter().flat_map(|errors| errors.0.clone()).collect()))
    }

    fn compiled(&self, language: Language) -> Option<&Result<Compiled, PackErrors>> {
        let slot = self.compiled.get(language as usize)?;
        Some(slot.get_or_init(|| {
            let indicators: Vec<&str> =
                self.pack.indicators.iter().map(|i| i.id.get_ref().as_str()).collect();
            let patterns = Patterns::compile(&self.pack.rules(language)?, &indicators)?;
            let classes =
                patterns.classes().iter().map(|class| Arc::from(class.as_str())).collect();
            Ok(Compiled { patterns, classes })
        }))
    }

    /// The compiled patterns of a language; none if they cannot be read.
    pub fn patterns(&self, language: Language) -> Option<&Patterns> {
        self.compiled(language)?.as_ref().ok().map(|compiled| &compiled.patterns)
    }

    /// The pattern of a rule as its author wrote it.
    pub fn written(&self, rule: RuleId) -> Option<&Written> {
        self.patterns(rule.language)?.written(rule.index)
    }

    /// Finds the signs in a thread.
    pub fn recognise(&self, thread: &Thread) -> Recognised {
        let (sides, side_of) = sides(thread);
        let names = names(thread);
        let texts: Vec<String> =
            thread.messages.iter().map(|message| without_names(&message.text, &names)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut recognised = Recognised {
            words_of: vec![0; sides.len()],
            sides,
            side_of,
            languages: language::detect(&texts),
            ..Recognised::default()
        };
        for (index, message) in thread.messages.iter().enumerate() {
            self.message(index, message, &names, &mut recognised);
        }
        recognised.findings.sort_by_key(|f| (f.message, f.span, f.indicator, f.rule));
        recognised
    }

    fn message(
        &self,
        index: usize,
        message: &Message,
        names: &[String],
        recognised: &mut Recognised,
    ) {
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
                *count += words(original);
            }
            let amounts = money::amounts(text);
            let small_words = small_words(original, &folded);
            let at = |range: std::ops::Range<usize>| {
                let (from, to) = folded.original_range(range.start, range.end);
                (segment.range.start + from, segment.range.start + to)
            };
            for Amount { range, .. } in &amounts {
                let dollars =
                    amounts.iter().find(|a| a.range == *range).map_or(0.0, Amount::dollars);
                let sum = Sum {
                    message: index,
                    span: at(range.clone()),
                    role: segment.role,
                    side,
                    dollars,
                };
                recognised.sums.push(sum);
            }
            let masked = places_of_names(original, &folded, names);
            if matches!(segment.role, Role::Own | Role::Forwarded) {
                let is_small = |at: usize| {
                    let written = original
                        .get(folded.original_offset(at)..)
                        .and_then(|rest| rest.chars().next());
                    written.is_some_and(|c| !c.is_uppercase())
                };
                wording::count_grams(text, &masked, is_small, &mut recognised.grams);
            }
            let sentences = sentence::sentences(text, hard_wrapped);
            for language in recognised.languages.iter() {
                let compiled = match self.compiled(language) {
                    Some(Ok(compiled)) => compiled,
                    Some(Err(_)) => {
                        // Checked when the program is built and when a pack is given; should it happen all
                        // the same, the answer must say so.
                        recognised.unread.insert(language);
                        continue;
                    }
                    None => continue,
                };
                let mut hits = compiled.patterns.hits(text);
                hits.retain(|hit| {
                    !masked.iter().any(|name| hit.start() < name.end && name.start < hit.end())
                });
                for sentence in &sentences {
                    let first = hits.partition_point(|hit| hit.start() < sentence.range.start);
                    let last = hits.partition_point(|hit| hit.start() < sentence.range.end);
                    let inside = hits.get(first..last).unwrap_or_default();
                    if inside.is_empty() {
                        continue;
                    }
                    let sums: Vec<_> = amounts
                        .iter()
                        .map(|amount| amount.range.clone())
                        .filter(|range| {
                            sentence.range.start <= range.start && range.start < sentence.range.end
                        })
                        .collect();
                    let question_end = sentence.is_question.then_some(sentence.range.end);
                    let InSentence { mut found, classes } =
                        compiled.patterns.find(&pattern::Sentence {
                            folded: text,
                            small_words: &small_words,
                            hits: inside,
                            amounts: &sums,
                            question_end,
                        });
                    recognised.words.extend(classes.into_iter().filter_map(|(class, range)| {
                        let class = compiled.classes.get(class)?.clone();
                        Some(Word {
                            class,
                            message: index,
                            span: at(range),
                            role: segment.role,
                            side,
                        })
                    }));
                    // One finding for each indicator and sentence: the longest quote says most.
                    found.sort_by_key(|f| {
                        (f.indicator, std::cmp::Reverse(f.range.len()), f.range.start, f.rule)
                    });
                    found.dedup_by_key(|f| f.indicator);
                    recognised.findings.extend(found.into_iter().map(|f| Finding {
                        indicator: f.indicator,
                        message: index,
                        span: at(f.range),
                        role: segment.role,
                        side,
                        rule: Some(RuleId { language, index: f.rule }),
                    }));
                }
            }
        }
    }
}

/// The names of the people of a thread, folded: whole names, and their parts of two letters and more.
///
/// A name may be a word of some lexicon ("Grant", "Will", a character of 高). It is masked where the
/// text mentions its bearer, so that what people are called can neither make nor break a sign.
fn names(thread: &Thread) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for party in
        thread.messages.iter().flat_map(|message| std::iter::once(&message.from).chain(&message.to))
    {
        let parts: Vec<&str> = party.name.split(|c: char| c.is_whitespace() || c == ',').collect();
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

/// A sender's line with more words is an office, not a person.
const NAME_PARTS_MAX: usize = 6;

/// Where names stand in folded text: whole words that are written with a capital, or in a script that
/// has none.
fn places_of_names(
    original: &str,
    folded: &Folded,
    names: &[String],
) -> Vec<std::ops::Range<usize>> {
    let text = folded.as_str();
    let mut places = Vec::new();
    for name in names {
        for (at, _) in text.match_indices(name.as_str()) {
            let end = at + name.len();
            let before = text.get(..at).and_then(|head| head.chars().next_back());
            let after = text.get(end..).and_then(|tail| tail.chars().next());
            // A Korean particle behind a name in Latin letters is no part of the name.
            let is_latin = name.is_ascii();
            let joins = |c: Option<char>| {
                c.is_some_and(|c| {
                    c.is_alphanumeric()
                        && !crate::fold::is_unspaced(c)
                        && !(is_latin && is_hangul(c))
                })
            };
            let unspaced = name.chars().next().is_some_and(crate::fold::is_unspaced);
            let written =
                original.get(folded.original_offset(at)..).and_then(|rest| rest.chars().next());
            let capital = name.contains(' ') || written.is_some_and(|c| !c.is_lowercase());
            if capital && (unspaced || !joins(before) && !joins(after)) {
                places.push(at..end);
            }
        }
    }
    places
}

fn is_hangul(character: char) -> bool {
    matches!(character, '\u{ac00}'..='\u{d7a3}')
}

/// Folded text with the names taken out, from which the language is told.
fn without_names(original: &str, names: &[String]) -> String {
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

/// Where in the folded text words begin whose first letter is small in the original.
fn small_words(original: &str, folded: &Folded) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut in_word = false;
    for (at, character) in folded.as_str().char_indices() {
        let is_letter = character.is_alphabetic() && !crate::fold::is_unspaced(character);
        if is_letter && !in_word {
            let written =
                original.get(folded.original_offset(at)..).and_then(|rest| rest.chars().next());
            if written.is_some_and(char::is_lowercase) {
                starts.push(at);
            }
        }
        in_word = is_letter || character == '\'';
    }
    starts
}

/// Words of a text that do not begin with a capital; two characters of an unspaced script count as one.
///
/// Capitalised words are left out so that a longer name does not make a longer text.
fn words(text: &str) -> usize {
    let unspaced = text.chars().filter(|&c| crate::fold::is_unspaced(c)).count();
    let spaced = text
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| {
            word.chars().next().is_some_and(|c| !c.is_uppercase() && !crate::fold::is_unspaced(c))
        })
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
        let keys: Vec<String> = [&party.handle, &party.name]
            .into_iter()
            .filter(|key| !key.is_empty())
            .map(|key| key.to_lowercase())
            .collect();
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
