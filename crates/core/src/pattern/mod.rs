//! The pattern language of the packs, compiled so that one pass over a text finds every phrase.
//!
//! A pattern is a conjunction of chains of phrases inside one sentence (`knowledge/README.md`). All
//! phrases of a language go into one Aho-Corasick automaton; a [`Hit`] says which *atom* (a class
//! or a set of alternatives) stands where. Rules are then checked only in sentences that hold their
//! rarest atom. No backtracking over text, no regular expressions: the cost of a message is its
//! length plus its hits, whatever an adversary writes.
//!
//! A gap (`..`) may hold [`GAP_WORDS_MAX`] words that begin with a small letter. Capitalised words are
//! not counted: a limit on all words would let a longer name change the verdict (invariant 1). Scripts
//! without spaces have no limit inside a sentence, which is short there.

mod compile;
mod syntax;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Range;

use aho_corasick::AhoCorasick;

use crate::fold::is_unspaced;
use crate::pack::{LanguageRules, PackErrors, Written};
use compile::Compiler;

/// The atom of a sum of money; hits are supplied by [`crate::money`].
const AMOUNT: AtomId = 0;
/// The atom of a question; its hit is the end of the sentence.
const QUESTION: AtomId = AtomId::MAX;
/// Words with a small initial that may stand between two parts of a chain.
///
/// Acts are said in one breath. Without a limit, the long sentences of reports and mailing lists hold
/// any two words somewhere; 12 keeps relative clauses and apologies in between.
pub const GAP_WORDS_MAX: usize = 12;

type AtomId = u32;

/// Where an atom stands in folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    atom: AtomId,
    start: usize,
    end: usize,
}

/// The compiled patterns of one language.
#[derive(Debug)]
pub struct Patterns {
    automaton: AhoCorasick,
    /// For each string of the automaton, who uses it.
    uses: Vec<Vec<PhraseUse>>,
    rules: Vec<Rule>,
    /// Rules by the atom that must be present first.
    by_key: HashMap<AtomId, Vec<u32>>,
    /// Phrases of classes that are several pieces next to each other, by their first piece.
    composites: HashMap<AtomId, Vec<Composite>>,
    /// Groups of alternatives that hold a class, by that class's atom.
    groups: HashMap<AtomId, Vec<AtomId>>,
    /// Names of classes.
    classes: Vec<String>,
    /// Which of them an atom is.
    class_of: HashMap<AtomId, usize>,
}

/// A phrase of a class, made of pieces: they stand for the class where they stand in a row.
#[derive(Debug)]
struct Composite {
    class: AtomId,
    sequence: Vec<AtomId>,
}

#[derive(Debug, Clone, Copy)]
struct PhraseUse {
    atom: AtomId,
    /// The word may go on behind the phrase.
    open_end: bool,
}

#[derive(Debug)]
struct Rule {
    indicator: u32,
    chains: Vec<Vec<Vec<AtomId>>>,
    without: Vec<AtomId>,
    written: Written,
}

/// What one sentence holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InSentence {
    /// Patterns that match.
    pub found: Vec<Found>,
    /// Word classes, each with the first place where one of its phrases stands.
    pub classes: Vec<(usize, Range<usize>)>,
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
        let mut compiler = Compiler::default();
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
        let mut hits = Vec::new();
        for found in self.automaton.find_overlapping_iter(folded) {
            let Some(uses) = self.uses.get(found.pattern().as_usize()) else { continue };
            let before = folded.get(..found.start()).and_then(|text| text.chars().next_back());
            let after = folded.get(found.end()..).and_then(|text| text.chars().next());
            let phrase = folded.get(found.range()).unwrap_or_default();
            let starts_word = is_boundary(before, phrase.chars().next());
            if !starts_word {
                continue;
            }
            let ends_word = is_boundary(phrase.chars().next_back(), after);
            for usage in uses {
                if ends_word || usage.open_end {
                    let end =
                        if ends_word { found.end() } else { end_of_word(folded, found.end()) };
                    hits.push(Hit { atom: usage.atom, start: found.start(), end });
                }
            }
        }
        hits.sort_unstable_by_key(|hit| (hit.start, hit.end, hit.atom));
        hits
    }

    /// Checks all rules against one sentence, and tells which word classes it holds.
    ///
    /// `small_words` are the places in the whole text where words with a small initial begin; `hits` are
    /// those that lie in the sentence, `amounts` the sums of money in it, and
    /// `question_end` is its end if it is a question.
    pub fn find(
        &self,
        folded: &str,
        small_words: &[usize],
        hits: &[Hit],
        amounts: &[Range<usize>],
        question_end: Option<usize>,
    ) -> InSentence {
        let mut by_atom: BTreeMap<AtomId, Vec<(usize, usize)>> = BTreeMap::new();
        for hit in hits {
            by_atom.entry(hit.atom).or_default().push((hit.start, hit.end));
        }
        for amount in amounts {
            by_atom.entry(AMOUNT).or_default().push((amount.start, amount.end));
        }
        if let Some(end) = question_end {
            by_atom.insert(QUESTION, vec![(end, end)]);
        }
        self.add_composites(folded, &mut by_atom);
        let mut found = Vec::new();
        for atom in by_atom.keys() {
            for &index in self.by_key.get(atom).into_iter().flatten() {
                let Some(rule) = self.rules.get(index as usize) else { continue };
                if let Some(range) = rule.matches(folded, small_words, &by_atom) {
                    found.push(Found {
                        indicator: rule.indicator as usize,
                        range,
                        rule: index as usize,
                    });
                }
            }
        }
        let classes = by_atom
            .iter()
            .filter_map(|(atom, places)| {
                let &(start, end) = places.first()?;
                Some((*self.class_of.get(atom)?, start..end))
            })
            .collect();
        InSentence { found, classes }
    }

    /// Adds the hits of phrases that are pieces in a row, and of groups that hold a class.
    fn add_composites(&self, folded: &str, by_atom: &mut BTreeMap<AtomId, Vec<(usize, usize)>>) {
        let mut added: Vec<(AtomId, (usize, usize))> = Vec::new();
        for atom in by_atom.keys() {
            for composite in self.composites.get(atom).into_iter().flatten() {
                let mut from = 0;
                while let Some((start, end)) =
                    find_sequence(folded, by_atom, &composite.sequence, from)
                {
                    added.push((composite.class, (start, end)));
                    from = start + 1;
                }
            }
        }
        merge(by_atom, added);
        let mut of_groups: Vec<(AtomId, (usize, usize))> = Vec::new();
        for (atom, places) in by_atom.iter() {
            for &group in self.groups.get(atom).into_iter().flatten() {
                of_groups.extend(places.iter().map(|&place| (group, place)));
            }
        }
        merge(by_atom, of_groups);
    }

    /// The names of the word classes.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The pattern as its author wrote it.
    pub fn written(&self, rule: usize) -> Option<&Written> {
        self.rules.get(rule).map(|rule| &rule.written)
    }

    /// How many phrases and rules there are.
    pub fn sizes(&self) -> (usize, usize) {
        (self.uses.len(), self.rules.len())
    }
}

/// Where the word goes on to that a phrase with `*` has begun: a quote shows whole words.
fn end_of_word(folded: &str, from: usize) -> usize {
    let rest = folded.get(from..).unwrap_or_default();
    let tail = rest.find(|c: char| !c.is_alphanumeric() || is_unspaced(c)).unwrap_or(rest.len());
    from + tail
}

/// Adds places to atoms, each list sorted and without repetitions.
fn merge(
    by_atom: &mut BTreeMap<AtomId, Vec<(usize, usize)>>,
    added: Vec<(AtomId, (usize, usize))>,
) {
    let atoms: BTreeSet<AtomId> = added.iter().map(|&(atom, _)| atom).collect();
    for (atom, place) in added {
        by_atom.entry(atom).or_default().push(place);
    }
    for atom in atoms {
        if let Some(places) = by_atom.get_mut(&atom) {
            places.sort_unstable();
            places.dedup();
        }
    }
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

impl Rule {
    fn matches(
        &self,
        folded: &str,
        small_words: &[usize],
        by_atom: &BTreeMap<AtomId, Vec<(usize, usize)>>,
    ) -> Option<Range<usize>> {
        if self.without.iter().any(|atom| by_atom.contains_key(atom)) {
            return None;
        }
        let mut whole: Option<Range<usize>> = None;
        for chain in &self.chains {
            let found = find_chain(folded, small_words, by_atom, chain)?;
            if found.is_empty() {
                // The question mark is no part of the quote.
                continue;
            }
            whole = Some(match whole {
                None => found,
                Some(range) => range.start.min(found.start)..range.end.max(found.end),
            });
        }
        whole
    }
}

/// The first place where the sequences of a chain follow each other without too wide a gap.
fn find_chain(
    folded: &str,
    small_words: &[usize],
    by_atom: &BTreeMap<AtomId, Vec<(usize, usize)>>,
    chain: &[Vec<AtomId>],
) -> Option<Range<usize>> {
    let (first, rest) = chain.split_first()?;
    let mut from = 0;
    'starts: loop {
        let (start, mut end) = find_sequence(folded, by_atom, first, from)?;
        for sequence in rest {
            let (next, next_end) = find_sequence(folded, by_atom, sequence, end)?;
            let small = |place: usize| small_words.partition_point(|&word| word < place);
            // The end of a sentence (a question) is near everything in it.
            if next < next_end && small(next).saturating_sub(small(end)) > GAP_WORDS_MAX {
                from = start + 1;
                continue 'starts;
            }
            end = next_end;
        }
        return Some(start..end);
    }
}

/// The earliest place at or behind `from` where the atoms stand next to each other.
fn find_sequence(
    folded: &str,
    by_atom: &BTreeMap<AtomId, Vec<(usize, usize)>>,
    sequence: &[AtomId],
    from: usize,
) -> Option<(usize, usize)> {
    let (first, rest) = sequence.split_first()?;
    let starts = by_atom.get(first)?.iter().filter(|&&(start, _)| start >= from);
    starts.copied().find_map(|(start, end)| Some((start, end_of_row(folded, by_atom, rest, end)?)))
}

/// Where a row of atoms ends that goes on at `reached`.
///
/// An atom may have a shorter and a longer phrase at one place (`colleague`, `colleague's`); each is
/// tried, because only one of them may be followed by the next atom.
fn end_of_row(
    folded: &str,
    by_atom: &BTreeMap<AtomId, Vec<(usize, usize)>>,
    row: &[AtomId],
    reached: usize,
) -> Option<usize> {
    let Some((atom, rest)) = row.split_first() else { return Some(reached) };
    let places = by_atom.get(atom)?;
    let near = places.partition_point(|&(start, _)| start < reached);
    places
        .iter()
        .skip(near)
        .take_while(|&&(start, _)| start <= reached + NEAR_BYTES_MAX)
        .filter(|&&(start, _)| is_next(folded, reached, start))
        .find_map(|&(_, end)| end_of_row(folded, by_atom, rest, end))
}

/// The rest of a word and a little punctuation: what may lie between two phrases in a row.
const NEAR_BYTES_MAX: usize = 60;

/// Whether only the rest of a word, spaces and light punctuation lie between two phrases.
fn is_next(folded: &str, end: usize, start: usize) -> bool {
    let between = folded.get(end..start).unwrap_or("?");
    let tail = between.trim_start_matches(|c: char| c.is_alphanumeric() && !is_unspaced(c));
    tail.chars().all(|c| matches!(c, ' ' | ',' | '\'' | '"' | '-' | '\n' | ':' | '('))
}
