//! The pattern language of the packs, compiled so that one pass over a text finds every phrase.
//!
//! A pattern is a conjunction of chains of phrases inside one sentence (`knowledge/README.md`). All
//! phrases of a language are looked up at every place where a word may begin; a
//! [`Hit`] says which phrase stands where. Rules are then checked only in sentences that hold a
//! phrase of their rarest part. No regular expressions: the cost of a message is its length plus its
//! hits, whatever an adversary writes.
//!
//! A gap (`..`) may hold [`GAP_WORDS_MAX`] words that begin with a small letter. Capitalised words are
//! not counted: a limit on all words would let a longer name change the verdict (invariant 1). Scripts
//! without spaces have no limit inside a sentence, which is short there.

mod compile;
mod strings;
mod syntax;
mod window;

use std::ops::Range;

use crate::fold::is_unspaced;
use crate::pack::{LanguageRules, PackErrors, Written};
use compile::Compiler;
use strings::Strings;
use window::Window;

/// The atom of a sum of money; its places are supplied by [`crate::money`].
const AMOUNT: AtomId = 0;
/// The atom of a question; its place is the end of the sentence.
const QUESTION: AtomId = 1;
/// Words with a small initial that may stand between two parts of a chain.
///
/// Acts are said in one breath. Without a limit, the long sentences of reports and mailing lists hold
/// any two words somewhere; 12 keeps relative clauses and apologies in between.
pub const GAP_WORDS_MAX: usize = 12;

type AtomId = u32;
type PhraseId = u32;

/// Where a phrase stands in folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    phrase: PhraseId,
    start: usize,
    end: usize,
}

/// The compiled patterns of one language.
///
/// Three levels: *phrases* are strings, each once; *atoms* are sets of phrases (a word class, or the
/// alternatives of a pattern); *rules* are chains of atoms. A text is searched for phrases only. Which
/// atoms a sentence holds is worked out for those rules whose rarest atom has a phrase in it: a common
/// word belongs to hundreds of atoms, and nearly none of them matters where it stands.
pub struct Patterns {
    strings: Strings,
    /// For each string, its phrases.
    uses: Vec<StringUse>,
    atoms: Vec<Atom>,
    /// For each phrase, the rules to look into where it stands.
    triggers: Vec<Vec<u32>>,
    /// Rules that wait for a sum of money, and for a question.
    on_amount: Vec<u32>,
    on_question: Vec<u32>,
    rules: Vec<Rule>,
}

/// A string as a phrase that ends with its word, and as one behind which the word may go on.
#[derive(Debug, Clone, Copy, Default)]
struct StringUse {
    whole: Option<PhraseId>,
    open_end: Option<PhraseId>,
}

/// What counts as one element of a chain.
#[derive(Debug, Default)]
struct Atom {
    /// Sorted.
    phrases: Vec<PhraseId>,
    /// Pieces that count where they stand in a row.
    composites: Vec<Vec<AtomId>>,
    /// Atoms of which each counts as this one.
    members: Vec<AtomId>,
}

#[derive(Debug)]
struct Rule {
    indicator: u32,
    /// All atoms that must stand in the sentence, the rarest first.
    needs: Vec<AtomId>,
    chains: Vec<Vec<Vec<AtomId>>>,
    without: Vec<AtomId>,
    written: Written,
}

/// A pattern that was found: which indicator, and from where to where in the folded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Index into [`crate::pack::Pack::indicators`].
    pub indicator: usize,
    /// The words that made it, from the first to the last.
    pub range: Range<usize>,
    /// Index of the rule, for [`Patterns::written`].
    pub rule: usize,
}

/// A sentence as the rules see it: places in the whole folded text, as far as they lie in the sentence.
#[derive(Debug, Clone, Copy)]
pub struct Sentence<'t> {
    /// The whole text, folded.
    pub folded: &'t str,
    /// Where in the whole text words with a small initial begin.
    pub small_words: &'t [usize],
    /// The phrases in the sentence.
    pub hits: &'t [Hit],
    /// The sums of money in it.
    pub amounts: &'t [Range<usize>],
    /// Its end, if it is a question.
    pub question_end: Option<usize>,
}

impl Hit {
    /// Where it starts in the folded text.
    pub fn start(&self) -> usize {
        self.start
    }

    /// Where it ends.
    pub fn end(&self) -> usize {
        self.end
    }
}

impl Patterns {
    /// Compiles the lexicon and the patterns of a language; `indicators` are the ids of the pack's.
    ///
    /// # Errors
    ///
    /// Every pattern that cannot be read, with file, line and remedy.
    pub fn compile(rules: &LanguageRules, indicators: &[&str]) -> Result<Self, PackErrors> {
        let mut compiler = Compiler::new();
        for (class, phrases) in &rules.classes {
            compiler.class(class, phrases);
        }
        for (id, patterns) in &rules.patterns {
            let Some(indicator) = indicators.iter().position(|indicator| indicator == id) else {
                continue;
            };
            for pattern in patterns {
                compiler.rule(u32::try_from(indicator).unwrap_or(u32::MAX), pattern);
            }
        }
        compiler.finish()
    }

    /// Finds every phrase in folded text, in order of their starts.
    pub fn hits(&self, folded: &str) -> Vec<Hit> {
        let mut hits = Vec::with_capacity(folded.len() / 4);
        let mut before = None;
        for (start, character) in folded.char_indices() {
            let may_start = !character.is_whitespace() && is_boundary(before, Some(character));
            before = Some(character);
            if may_start {
                self.hits_at(folded, start, &mut hits);
            }
        }
        hits
    }

    /// The phrases that start at one place.
    fn hits_at(&self, folded: &str, start: usize, hits: &mut Vec<Hit>) {
        let rest = folded.get(start..).unwrap_or_default();
        self.strings.prefixes_of(rest.as_bytes(), |string, length| {
            let Some(usage) = self.uses.get(string) else { return };
            let last = rest.get(..length).and_then(|phrase| phrase.chars().next_back());
            let after = rest.get(length..).and_then(|text| text.chars().next());
            let ends_word = is_boundary(last, after);
            let mut end = start + length;
            if ends_word {
                hits.extend(usage.whole.map(|phrase| Hit { phrase, start, end }));
            } else if usage.open_end.is_some() {
                end = end_of_word(folded, end);
            }
            hits.extend(usage.open_end.map(|phrase| Hit { phrase, start, end }));
        });
    }

    /// Checks against one sentence all rules that it could match.
    pub fn find(&self, sentence: &Sentence<'_>) -> Vec<Found> {
        let mut rules: Vec<u32> = Vec::new();
        let mut window = Window::new(self, sentence);
        for phrase in window.phrases() {
            rules.extend_from_slice(
                self.triggers.get(phrase as usize).map(Vec::as_slice).unwrap_or_default(),
            );
        }
        if !sentence.amounts.is_empty() {
            rules.extend_from_slice(&self.on_amount);
        }
        if sentence.question_end.is_some() {
            rules.extend_from_slice(&self.on_question);
        }
        rules.sort_unstable();
        rules.dedup();
        let found = rules.into_iter().filter_map(|index| {
            let rule = self.rules.get(index as usize)?;
            let range = without_space_around(sentence.folded, window.matches(rule)?);
            Some(Found { indicator: rule.indicator as usize, range, rule: index as usize })
        });
        found.collect()
    }

    /// The pattern as its author wrote it.
    pub fn written(&self, rule: usize) -> Option<&Written> {
        self.rules.get(rule).map(|rule| &rule.written)
    }

    /// How many phrases and rules there are.
    pub fn sizes(&self) -> (usize, usize) {
        (self.triggers.len(), self.rules.len())
    }
}

impl std::fmt::Debug for Patterns {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (phrases, rules) = self.sizes();
        write!(f, "Patterns({phrases} phrases, {rules} rules)")
    }
}

/// Where the word goes on to that a phrase with `*` has begun: a quote shows whole words.
fn end_of_word(folded: &str, from: usize) -> usize {
    let rest = folded.get(from..).unwrap_or_default();
    let tail = rest.find(|c: char| !c.is_alphanumeric() || is_unspaced(c)).unwrap_or(rest.len());
    from + tail
}

/// Whether a word may begin or end between two characters.
///
/// Scripts without spaces have no word boundaries that a string match could see, so any place will do.
fn is_boundary(left: Option<char>, right: Option<char>) -> bool {
    let (Some(left), Some(right)) = (left, right) else { return true };
    if is_unspaced(left) || is_unspaced(right) {
        return true;
    }
    !(left.is_alphanumeric() && right.is_alphanumeric())
}
/// A range without the space at its ends: an open place of a pattern may end on it.
fn without_space_around(text: &str, range: Range<usize>) -> Range<usize> {
    let matched = text.get(range.clone()).unwrap_or_default();
    let start = range.start + (matched.len() - matched.trim_start().len());
    start..start + matched.trim().len()
}
