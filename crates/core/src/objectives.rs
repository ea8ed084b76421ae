//! What a text is about, in the terms of what is being sought: technologies and policy objectives.
//!
//! Alignment is context, never evidence: that a thread is about turbine blades says what would be at
//! stake, not that somebody wants it. Nothing here enters the probability.

use std::collections::{BTreeMap, BTreeSet};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fold::{Folded, fold, is_unspaced};
use crate::pack::Pack;
use crate::thread::Thread;

/// An objective with the terms that point to it.
#[derive(Debug, Clone, PartialEq)]
pub struct Aligned {
    /// The objective's id.
    pub objective: String,
    /// How well the terms cover it, from 0 to 1: `1 − 0.5^n` for `n` different terms.
    pub score: f64,
    /// The terms as they stand in the text, in the order of the alphabet.
    pub terms: Vec<String>,
    /// The technologies behind the terms.
    pub technologies: Vec<String>,
}

/// Finds terms of technologies in text.
#[derive(Debug)]
pub struct Aligner {
    automaton: Option<AhoCorasick>,
    /// For each term, indices into [`Pack::technologies`].
    technologies: Vec<Vec<usize>>,
}

/// Objectives shown in an answer; more would bury the strongest.
const ALIGNED_MAX: usize = 6;

impl Aligner {
    /// Compiles the terms of a pack.
    pub fn new(pack: &Pack) -> Self {
        let mut by_term: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (index, technology) in pack.technologies.iter().enumerate() {
            for term in technology.terms.en.iter().chain(&technology.terms.zh) {
                let users = by_term.entry(fold(term.get_ref())).or_default();
                if !users.contains(&index) {
                    users.push(index);
                }
            }
        }
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(by_term.keys())
            .ok();
        Self { automaton, technologies: by_term.into_values().collect() }
    }

    /// Aligns a thread with objectives, strongest first.
    pub fn align(&self, pack: &Pack, thread: &Thread) -> Vec<Aligned> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut found: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for text in thread.messages.iter().flat_map(|message| [&message.subject, &message.text]) {
            let folded = Folded::new(text);
            let folded = folded.as_str();
            for hit in automaton.find_iter(folded) {
                if !is_word(folded, hit.start(), hit.end()) {
                    continue;
                }
                let term = folded.get(hit.range()).unwrap_or_default();
                for &technology in
                    self.technologies.get(hit.pattern().as_usize()).into_iter().flatten()
                {
                    found.entry(technology).or_default().insert(term.to_owned());
                }
            }
        }
        let mut by_objective: BTreeMap<&str, (BTreeSet<String>, Vec<String>)> = BTreeMap::new();
        for (index, terms) in found {
            let Some(technology) = pack.technologies.get(index) else { continue };
            for objective in &technology.objectives {
                let (all, technologies) = by_objective.entry(objective.get_ref()).or_default();
                all.extend(terms.iter().cloned());
                technologies.push(technology.id.get_ref().clone());
            }
        }
        let mut aligned: Vec<Aligned> = by_objective
            .into_iter()
            .map(|(objective, (terms, technologies))| Aligned {
                objective: objective.to_owned(),
                score: 1.0 - 0.5_f64.powi(i32::try_from(terms.len()).unwrap_or(i32::MAX)),
                terms: terms.into_iter().collect(),
                technologies,
            })
            .collect();
        aligned.sort_by(|a, b| {
            b.score.total_cmp(&a.score).then_with(|| a.objective.cmp(&b.objective))
        });
        aligned.truncate(ALIGNED_MAX);
        aligned
    }
}

/// Whether a hit is a whole word, a plural `s` allowed. Scripts without spaces have no such boundary.
fn is_word(text: &str, start: usize, end: usize) -> bool {
    let before = text.get(..start).and_then(|head| head.chars().next_back());
    let mut after = text.get(end..).unwrap_or_default().chars();
    let mut next = after.next();
    if next == Some('s') {
        next = after.next();
    }
    let joins = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() && !is_unspaced(c));
    let first = text.get(start..end).and_then(|term| term.chars().next());
    first.is_some_and(is_unspaced) || !joins(before) && !joins(next)
}
