//! From a thread to findings: which signs stand where, and who said them.
//!
//! This is the seam for further recognisers (DESIGN, section 6): whatever finds signs yields
//! [`Finding`]s whose span lies in the text, or it is dropped by [`Finding::quote`].

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::encoder::{self, Meaning};
use crate::grams::{self, Gram, GramKey};
use crate::language::{self, Language, LanguageSet};
use crate::model::logistic;
use crate::money;
use crate::pack::{Pack, PackErrors, Written};
use crate::passage::{Passage, names, passages, without_names, words};
use crate::pattern::{self, Hit, Patterns};
use crate::segment::Role;
use crate::sentence;
use crate::shown::shown;
use crate::thread::{Party, Thread};

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

/// A sentence in its sender's own voice with the acts that a learned model sees in it.
#[derive(Debug, Clone, PartialEq)]
pub struct Spoken {
    /// Index into [`Thread::messages`].
    pub message: usize,
    /// Byte range in that message's text.
    pub span: (usize, usize),
    /// Whose voice it is in.
    pub role: Role,
    /// Index into [`Recognised::sides`].
    pub side: usize,
    /// The probability of each act, in the order of [`Pack::acts`].
    pub acts: Vec<f64>,
}

/// A sentence in its sender's own voice as a learned model sees it, for the fit.
#[derive(Debug)]
pub struct Seen<'t> {
    /// Index into [`Thread::messages`].
    pub message: usize,
    /// Byte range in that message's text.
    pub span: (usize, usize),
    /// Whose voice it is in.
    pub role: Role,
    /// Index into [`Recognised::sides`].
    pub side: usize,
    /// What it is made of.
    pub grams: &'t [Gram<'t>],
    /// Indicators whose patterns it matches, and [`grams::QUESTION`].
    pub signs: &'t [&'t str],
    /// What the sentence encoder is shown of it.
    pub shown: &'t str,
    /// What it means, and its neighbours ([`encoder::in_context`]).
    pub meaning: &'t [f32],
}

/// A thread cut into passages.
struct Cut<'t> {
    sides: Vec<Party>,
    side_of: Vec<usize>,
    languages: LanguageSet,
    passages: Vec<(Place, Passage<'t>)>,
}

impl<'t> Cut<'t> {
    fn new(thread: &'t Thread) -> Self {
        let (sides, side_of) = sides(thread);
        let names = names(thread);
        let texts: Vec<String> =
            thread.messages.iter().map(|message| without_names(&message.text, &names)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let mut placed = Vec::new();
        for ((message, &side), index) in thread.messages.iter().zip(&side_of).zip(0..) {
            let of_message = passages(message, &names);
            placed.extend(
                of_message
                    .map(|passage| (Place { message: index, side, role: passage.role }, passage)),
            );
        }
        Self { languages: language::detect(&texts), sides, side_of, passages: placed }
    }
}

/// A sentence in its sender's own voice, before its acts are told.
struct Heard<'p> {
    place: Place,
    /// Byte range in the message's text.
    span: (usize, usize),
    grams: Vec<Gram<'p>>,
    signs: Vec<&'p str>,
    /// What the sentence encoder may read of it.
    shown: String,
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
    /// Sentences in the order of the text.
    pub spoken: Vec<Spoken>,
    /// Grams in the senders' own voices, names left out, each with its count.
    pub grams: Vec<(GramKey, u32)>,
    /// The mean of what the sentences in the senders' own voices mean; empty without any.
    pub meaning: Vec<f32>,
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

    /// Adds a finding for each act of a sentence that is likely enough to be shown; `acts` are the
    /// indicators of [`Spoken::acts`].
    pub fn add_acts(&mut self, acts: &[usize]) {
        for spoken in &self.spoken {
            for (&probability, &indicator) in spoken.acts.iter().zip(acts) {
                if probability >= ACT_SHOWN_MIN {
                    self.findings.push(Finding {
                        indicator,
                        message: spoken.message,
                        span: spoken.span,
                        role: spoken.role,
                        side: spoken.side,
                        rule: None,
                    });
                }
            }
        }
        self.findings.sort_by_key(|f| (f.message, f.span, f.indicator, f.rule));
    }
}

/// Finds signs by the patterns of the packs.
///
/// A language is compiled when the first text needs it: most people read one or two of the eight.
#[derive(Debug)]
pub struct Recogniser {
    pack: Arc<Pack>,
    compiled: [OnceLock<Result<Patterns, PackErrors>>; Language::ALL.len()],
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

    fn compiled(&self, language: Language) -> Option<&Result<Patterns, PackErrors>> {
        let slot = self.compiled.get(language as usize)?;
        Some(slot.get_or_init(|| {
            let indicators: Vec<&str> =
                self.pack.indicators.iter().map(|i| i.id.get_ref().as_str()).collect();
            Patterns::compile(&self.pack.rules(language)?, &indicators)
        }))
    }

    /// The compiled patterns of a language; none if they cannot be read.
    pub fn patterns(&self, language: Language) -> Option<&Patterns> {
        self.compiled(language)?.as_ref().ok()
    }

    /// The pattern of a rule as its author wrote it.
    pub fn written(&self, rule: RuleId) -> Option<&Written> {
        self.patterns(rule.language)?.written(rule.index)
    }

    /// Finds the signs in each thread. Many at once are faster: what they say is encoded together.
    pub fn recognise(&self, threads: &[Thread]) -> Vec<Recognised> {
        let cut: Vec<Cut<'_>> = threads.iter().map(Cut::new).collect();
        let heard: Vec<(Recognised, Vec<Heard<'_>>)> =
            cut.iter().map(|cut| self.hear(cut)).collect();
        let sentences = heard.iter().flat_map(|(_, heard)| heard);
        let mut meanings = self.meanings(sentences).into_iter();
        let told = heard.into_iter().map(|(mut recognised, heard)| {
            self.acts(&heard, &mut meanings, &mut recognised, &mut |_| {});
            recognised.add_acts(self.pack.acts());
            recognised
        });
        told.collect()
    }

    /// Finds the signs in a thread, and shows each sentence as the learned models see it.
    ///
    /// The acts that were learned are in [`Recognised::spoken`], and no findings yet.
    pub fn recognise_and_see(&self, thread: &Thread, see: &mut dyn FnMut(&Seen<'_>)) -> Recognised {
        let cut = Cut::new(thread);
        let (mut recognised, heard) = self.hear(&cut);
        let mut meanings = self.meanings(heard.iter()).into_iter();
        self.acts(&heard, &mut meanings, &mut recognised, see);
        recognised
    }

    /// Finds what patterns see, and the sentences that are yet to be read for acts.
    fn hear<'c>(&'c self, cut: &'c Cut<'_>) -> (Recognised, Vec<Heard<'c>>) {
        let mut recognised = Recognised {
            words_of: vec![0; cut.sides.len()],
            sides: cut.sides.clone(),
            side_of: cut.side_of.clone(),
            languages: cut.languages,
            ..Recognised::default()
        };
        let mut heard = Vec::new();
        for (place, passage) in &cut.passages {
            self.passage(*place, passage, &mut recognised, &mut heard);
        }
        (recognised, heard)
    }

    fn meanings<'h>(&self, heard: impl Iterator<Item = &'h Heard<'h>>) -> Vec<Meaning> {
        let texts: Vec<&str> = heard.map(|sentence| sentence.shown.as_str()).collect();
        self.pack.encoder.map(|encoder| encoder.encode(&texts)).unwrap_or_default()
    }

    /// Finds what patterns see in a passage; its sentences in an own voice are yet to be read for acts.
    fn passage<'p>(
        &'p self,
        place: Place,
        passage: &'p Passage<'_>,
        recognised: &mut Recognised,
        heard: &mut Vec<Heard<'p>>,
    ) {
        let text = passage.folded.as_str();
        if place.role == Role::Own
            && let Some(count) = recognised.words_of.get_mut(place.side)
        {
            *count += words(passage.original);
        }
        let amounts = money::amounts(text);
        recognised.sums.extend(amounts.iter().map(|amount| Sum {
            message: place.message,
            span: passage.at(&amount.range),
            role: place.role,
            side: place.side,
            dollars: amount.dollars(),
        }));
        let hits = self.hits(passage, recognised);
        let small_words = passage.small_words();
        for sentence in sentence::sentences(text, passage.hard_wrapped) {
            let range = sentence.range;
            let sums: Vec<Range<usize>> = amounts
                .iter()
                .map(|amount| amount.range.clone())
                .filter(|sum| range.contains(&sum.start))
                .collect();
            let mut signs: Vec<&str> = Vec::new();
            for (language, patterns, hits) in &hits {
                let first = hits.partition_point(|hit| hit.start() < range.start);
                let last = hits.partition_point(|hit| hit.start() < range.end);
                let mut found = patterns.find(&pattern::Sentence {
                    folded: text,
                    small_words: &small_words,
                    hits: hits.get(first..last).unwrap_or_default(),
                    amounts: &sums,
                    question_end: sentence.is_question.then_some(range.end),
                });
                // One finding for each indicator and sentence: the longest quote says most.
                found.sort_by_key(|f| {
                    (f.indicator, std::cmp::Reverse(f.range.len()), f.range.start, f.rule)
                });
                found.dedup_by_key(|f| f.indicator);
                for f in found {
                    let indicator = self.pack.indicators.get(f.indicator);
                    signs.extend(indicator.map(|indicator| indicator.id.get_ref().as_str()));
                    recognised.findings.push(Finding {
                        indicator: f.indicator,
                        message: place.message,
                        span: passage.at(&f.range),
                        role: place.role,
                        side: place.side,
                        rule: Some(RuleId { language: *language, index: f.rule }),
                    });
                }
            }
            signs.sort_unstable();
            signs.dedup();
            if sentence.is_question {
                signs.push(grams::QUESTION);
            }
            // What is quoted or signed is nobody's act here.
            if !place.role.is_own_voice() {
                continue;
            }
            let mut seen: Vec<Gram<'_>> = Vec::new();
            let is_small = |at| passage.is_small(at);
            grams::each(text, range.clone(), &passage.masked, is_small, |gram| seen.push(gram));
            heard.push(Heard {
                place,
                span: passage.at(&range),
                grams: seen,
                signs,
                shown: shown(passage, &range, &self.pack.common_words),
            });
        }
    }

    /// Adds the sentences with their acts; `meanings` has the next for each.
    fn acts(
        &self,
        heard: &[Heard<'_>],
        meanings: &mut impl Iterator<Item = Meaning>,
        recognised: &mut Recognised,
        see: &mut dyn FnMut(&Seen<'_>),
    ) {
        let meanings: Vec<Meaning> = meanings.take(heard.len()).collect();
        let mut keys: Vec<GramKey> = Vec::new();
        for (at, sentence) in heard.iter().enumerate() {
            let Place { message, side, role } = sentence.place;
            let meaning = encoder::in_context(&meanings, at);
            let own_keys: Vec<GramKey> = sentence.grams.iter().map(Gram::key).collect();
            keys.extend_from_slice(&own_keys);
            see(&Seen {
                message,
                span: sentence.span,
                role,
                side,
                grams: &sentence.grams,
                signs: &sentence.signs,
                shown: &sentence.shown,
                meaning: &meaning,
            });
            let Some(table) = &self.pack.act_table else { continue };
            let signs = sentence.signs.iter().copied();
            let scores = table.score(&grams::count(own_keys), signs, &meaning);
            recognised.spoken.push(Spoken {
                message,
                span: sentence.span,
                role,
                side,
                acts: scores.into_iter().map(logistic).collect(),
            });
        }
        recognised.grams = grams::count(keys);
        recognised.meaning = encoder::mean(&meanings);
        recognised.findings.sort_by_key(|f| (f.message, f.span, f.indicator, f.rule));
    }

    /// The phrases of every language spoken, those in names left out.
    fn hits(
        &self,
        passage: &Passage<'_>,
        recognised: &mut Recognised,
    ) -> Vec<(Language, &Patterns, Vec<Hit>)> {
        let mut of_languages = Vec::new();
        for language in recognised.languages.iter() {
            match self.compiled(language) {
                Some(Ok(patterns)) => {
                    let mut hits = patterns.hits(passage.folded.as_str());
                    hits.retain(|hit| {
                        !passage
                            .masked
                            .iter()
                            .any(|name| hit.start() < name.end && name.start < hit.end())
                    });
                    of_languages.push((language, patterns, hits));
                }
                // Checked when the program is built and when a pack is given; should it happen all
                // the same, the answer must say so.
                Some(Err(_)) => {
                    recognised.unread.insert(language);
                }
                None => {}
            }
        }
        of_languages
    }
}

/// From this probability a learned act is a finding that an answer may show.
///
/// The models are timid by design: at a fifth an act is several times as likely as in an ordinary sentence,
/// and an answer whose reasons have no words to show convinces nobody.
pub const ACT_SHOWN_MIN: f64 = 0.2;

/// Whose words a passage has, and where.
#[derive(Debug, Clone, Copy)]
struct Place {
    message: usize,
    side: usize,
    role: Role,
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
