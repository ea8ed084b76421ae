//! One sentence and its rules: where atoms stand, worked out when a rule asks and then remembered.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::{AMOUNT, AtomId, GAP_WORDS_MAX, Patterns, PhraseId, QUESTION, Rule, Sentence};
use crate::fold::is_unspaced;

/// Start and end in the folded text.
type Place = (usize, usize);

/// A sentence while its rules are checked.
pub(super) struct Window<'p> {
    patterns: &'p Patterns,
    sentence: &'p Sentence<'p>,
    /// The hits, by phrase.
    hits: Vec<(PhraseId, Place)>,
    /// Sorted places of the atoms that were asked for.
    places: FxHashMap<AtomId, Vec<Place>>,
}

impl<'p> Window<'p> {
    pub(super) fn new(patterns: &'p Patterns, sentence: &'p Sentence<'p>) -> Self {
        let mut hits: Vec<(PhraseId, Place)> =
            sentence.hits.iter().map(|hit| (hit.phrase, (hit.start, hit.end))).collect();
        hits.sort_unstable();
        Self { patterns, sentence, hits, places: FxHashMap::default() }
    }

    /// The phrases of the sentence, each once.
    pub(super) fn phrases(&self) -> impl Iterator<Item = PhraseId> {
        self.hits.chunk_by(|a, b| a.0 == b.0).filter_map(|hits| Some(hits.first()?.0))
    }

    /// Where an atom stands, sorted.
    pub(super) fn resolve(&mut self, atom: AtomId) -> &[Place] {
        if !self.places.contains_key(&atom) {
            let places = self.work_out(atom);
            self.places.insert(atom, places);
        }
        self.known(atom)
    }

    /// Where an atom stands that was resolved before.
    fn known(&self, atom: AtomId) -> &[Place] {
        self.places.get(&atom).map(Vec::as_slice).unwrap_or_default()
    }

    fn work_out(&mut self, atom: AtomId) -> Vec<Place> {
        match atom {
            AMOUNT => {
                return self
                    .sentence
                    .amounts
                    .iter()
                    .map(|range| (range.start, range.end))
                    .collect();
            }
            QUESTION => {
                return self.sentence.question_end.map(|end| (end, end)).into_iter().collect();
            }
            _ => {}
        }
        let patterns = self.patterns;
        let Some(atom) = patterns.atoms.get(atom as usize) else { return Vec::new() };
        let mut places = self.places_of(&atom.phrases);
        for sequence in &atom.composites {
            if !self.all_present(sequence) {
                continue;
            }
            let mut from = 0;
            while let Some((start, end)) = self.sequence(sequence, from) {
                places.push((start, end));
                from = start + 1;
            }
        }
        for &member in &atom.members {
            places.extend_from_slice(self.resolve(member));
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Where any of some phrases stands: the shorter list is walked, the longer one searched.
    fn places_of(&self, phrases: &[PhraseId]) -> Vec<Place> {
        if phrases.len() > self.hits.len() {
            let is_asked = |phrase: PhraseId| phrases.binary_search(&phrase).is_ok();
            let hits = self.hits.chunk_by(|a, b| a.0 == b.0);
            let asked = hits.filter(|hits| hits.first().is_some_and(|hit| is_asked(hit.0)));
            return asked.flatten().map(|&(_, place)| place).collect();
        }
        let mut places = Vec::new();
        for &phrase in phrases {
            let first = self.hits.partition_point(|hit| hit.0 < phrase);
            let hits = self.hits.iter().skip(first).take_while(|hit| hit.0 == phrase);
            places.extend(hits.map(|&(_, place)| place));
        }
        places
    }

    /// Whether every atom stands somewhere; resolves them.
    fn all_present(&mut self, sequence: &[AtomId]) -> bool {
        sequence.iter().all(|&atom| !self.resolve(atom).is_empty())
    }

    /// Where a rule matches: from its first word to its last.
    pub(super) fn matches(&mut self, rule: &Rule) -> Option<Range<usize>> {
        if !self.all_present(&rule.needs)
            || rule.without.iter().any(|&atom| !self.resolve(atom).is_empty())
        {
            return None;
        }
        let mut whole: Option<Range<usize>> = None;
        for chain in &rule.chains {
            let found = self.chain(chain)?;
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

    /// The first place where the sequences of a chain follow each other without too wide a gap.
    fn chain(&self, chain: &[Vec<AtomId>]) -> Option<Range<usize>> {
        let (first, rest) = chain.split_first()?;
        let mut from = 0;
        'starts: loop {
            let (start, mut end) = self.sequence(first, from)?;
            for sequence in rest {
                let (next, next_end) = self.sequence(sequence, end)?;
                let small =
                    |place: usize| self.sentence.small_words.partition_point(|&word| word < place);
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
    fn sequence(&self, sequence: &[AtomId], from: usize) -> Option<Place> {
        let (&first, rest) = sequence.split_first()?;
        let places = self.known(first);
        let behind = places.partition_point(|&(start, _)| start < from);
        let starts = places.iter().skip(behind);
        starts.copied().find_map(|(start, end)| Some((start, self.end_of_row(rest, end)?)))
    }

    /// Where a row of atoms ends that goes on at `reached`.
    ///
    /// An atom may have a shorter and a longer phrase at one place (`colleague`, `colleague's`); each is
    /// tried, because only one of them may be followed by the next atom.
    fn end_of_row(&self, row: &[AtomId], reached: usize) -> Option<usize> {
        let Some((&atom, rest)) = row.split_first() else { return Some(reached) };
        let places = self.known(atom);
        let near = places.partition_point(|&(start, _)| start < reached);
        places
            .iter()
            .skip(near)
            .take_while(|&&(start, _)| start <= reached + NEAR_BYTES_MAX)
            .filter(|&&(start, _)| is_next(self.sentence.folded, reached, start))
            .find_map(|&(_, end)| self.end_of_row(rest, end))
    }
}

/// The rest of a word and a little punctuation: what may lie between two phrases in a row.
const NEAR_BYTES_MAX: usize = 60;

/// Whether only the rest of a word, spaces and light punctuation lie between two phrases.
fn is_next(folded: &str, end: usize, start: usize) -> bool {
    let between = folded.get(end..start).unwrap_or("?");
    let tail = between.trim_start_matches(|c: char| c.is_alphanumeric() && !is_unspaced(c));
    tail.chars().all(|c| matches!(c, ' ' | ',' | '\'' | '"' | '-' | '\n' | ':' | '('))
}
