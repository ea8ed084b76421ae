//! From the packs' words to one automaton and a list of rules.

use std::collections::{BTreeSet, HashMap};

use aho_corasick::{AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use super::syntax::{Element, elements, pieces, split_top};
use super::{AMOUNT, AtomId, Composite, Patterns, PhraseUse, QUESTION, Rule};
use crate::fold::fold;
use crate::pack::{PackError, PackErrors, Written};

/// So common that a rule should wait for anything else.
const QUESTION_SIZE: usize = 5_000;

/// What has been compiled so far.
#[derive(Default)]
pub(super) struct Compiler {
    strings: Vec<String>,
    uses: Vec<Vec<PhraseUse>>,
    string_ids: HashMap<String, usize>,
    classes: HashMap<String, (AtomId, usize)>,
    literals: HashMap<Vec<String>, AtomId>,
    next_atom: AtomId,
    rules: Vec<Rule>,
    by_key: HashMap<AtomId, Vec<u32>>,
    composites: HashMap<AtomId, Vec<Composite>>,
    groups: HashMap<AtomId, Vec<AtomId>>,
    errors: Vec<PackError>,
}

impl Compiler {
    fn new_atom(&mut self) -> AtomId {
        self.next_atom += 1;
        self.next_atom
    }

    /// Adds a word class.
    pub(super) fn class(&mut self, class: &str, phrases: &[Written]) {
        let atom = self.new_atom();
        let mut count = 0;
        for phrase in phrases {
            match pieces(&fold(phrase.text.trim())) {
                Ok(pieces) => match pieces.as_slice() {
                    [alternatives] => {
                        for words in alternatives {
                            count += 1;
                            self.phrase(atom, words, phrase);
                        }
                    }
                    _ => {
                        count += 1;
                        let sequence: Vec<AtomId> =
                            pieces.into_iter().map(|words| self.literal(words, phrase)).collect();
                        if let Some(&first) = sequence.first() {
                            self.composites
                                .entry(first)
                                .or_default()
                                .push(Composite { class: atom, sequence });
                        }
                    }
                },
                Err(problem) => self.fail(phrase, problem),
            }
        }
        self.classes.insert(class.to_owned(), (atom, count));
    }

    /// Adds one string for an atom.
    fn phrase(&mut self, atom: AtomId, words: &str, place: &Written) {
        // `(a*|b*)(c|)*` multiplies out to `a**`, which means no more than `a*`.
        let collapsed = words.replace("**", "*");
        let (text, open_end) = match collapsed.strip_suffix('*') {
            Some(stem) => (stem.trim_end_matches('*'), true),
            None => (collapsed.as_str(), false),
        };
        if text.contains('*') {
            // The word goes on in the middle: pieces that stand in a row.
            let pieces: Vec<String> =
                text.split_inclusive('*').map(|piece| piece.trim().to_owned()).collect();
            let last = pieces.len().saturating_sub(1);
            let sequence: Vec<AtomId> = pieces
                .into_iter()
                .enumerate()
                .map(|(at, piece)| if at == last && open_end { format!("{piece}*") } else { piece })
                .filter(|piece| !piece.is_empty() && piece != "*")
                .map(|piece| self.literal(vec![piece], place))
                .collect();
            if let Some(&first) = sequence.first() {
                self.composites.entry(first).or_default().push(Composite { class: atom, sequence });
            }
            return;
        }
        if text.is_empty() || text.contains(['<', '>', '&', '!']) || text.contains("..") {
            self.fail(
                place,
                format!(
                    "`{words}` is no phrase: `..`, `&`, `!` and `<class>` stand outside of words"
                ),
            );
            return;
        }
        let string = match self.string_ids.get(text) {
            Some(&id) => id,
            None => {
                let id = self.strings.len();
                self.strings.push(text.to_owned());
                self.uses.push(Vec::new());
                self.string_ids.insert(text.to_owned(), id);
                id
            }
        };
        if let Some(uses) = self.uses.get_mut(string) {
            uses.push(PhraseUse { atom, open_end });
        }
    }

    fn literal(&mut self, alternatives: Vec<String>, place: &Written) -> AtomId {
        if let Some(&atom) = self.literals.get(&alternatives) {
            return atom;
        }
        let atom = self.new_atom();
        for words in &alternatives {
            self.phrase(atom, words, place);
        }
        self.literals.insert(alternatives, atom);
        atom
    }

    /// The atom of a class and how many phrases it has; the built-in ones exist in every language.
    fn class_atom(&self, class: &str) -> Option<(AtomId, usize)> {
        match class {
            "amount" => Some((AMOUNT, 5)),
            "question" => Some((QUESTION, QUESTION_SIZE)),
            // A class is met more often than a literal of the same size.
            _ => self.classes.get(class).map(|&(atom, size)| (atom, size + 4)),
        }
    }

    /// The atom of a group: its words, and every hit of its classes.
    fn group(
        &mut self,
        words: Vec<String>,
        classes: &[String],
        place: &Written,
    ) -> Option<(AtomId, usize)> {
        let mut size = words.len();
        let atom = self.new_atom();
        for words in words {
            self.phrase(atom, &words, place);
        }
        for class in classes {
            let Some((member, phrases)) = self.class_atom(class) else {
                self.fail(place, format!("no class `{class}` in this language's lexicon"));
                return None;
            };
            self.groups.entry(member).or_default().push(atom);
            size += phrases;
        }
        Some((atom, size))
    }

    /// Adds a pattern of an indicator.
    pub(super) fn rule(&mut self, indicator: u32, written: &Written) {
        let mut chains = Vec::new();
        let mut without = Vec::new();
        // The atom with the fewest phrases is the rarest guess: rules wait for it.
        let mut key: Option<(usize, AtomId)> = None;
        for part in split_top(&fold(written.text.trim()), '&') {
            let part = part.trim().trim_end_matches(" ..");
            let (part, negated) = match part.strip_prefix('!') {
                Some(rest) => (rest.trim(), true),
                None => (part, false),
            };
            let mut chain = Vec::new();
            for link in part.split(" .. ") {
                let elements = match elements(link.trim()) {
                    Ok(elements) => elements,
                    Err(problem) => return self.fail(written, problem),
                };
                let mut sequence = Vec::new();
                for element in elements {
                    let (atom, size) = match element {
                        Element::Class(class) => match self.class_atom(&class) {
                            Some(sized) => sized,
                            None => {
                                return self.fail(
                                    written,
                                    format!("no class `{class}` in this language's lexicon"),
                                );
                            }
                        },
                        Element::Words(alternatives) => {
                            let size = alternatives.len();
                            (self.literal(alternatives, written), size)
                        }
                        Element::Group(words, classes) => {
                            match self.group(words, &classes, written) {
                                Some(sized) => sized,
                                None => return,
                            }
                        }
                    };
                    if !negated && key.is_none_or(|(least, _)| size < least) {
                        key = Some((size, atom));
                    }
                    sequence.push(atom);
                }
                // A part of which every word is optional says nothing.
                if !sequence.is_empty() {
                    chain.push(sequence);
                }
            }
            if chain.is_empty() {
                return self.fail(written, "every word of a part is optional".to_owned());
            }
            if negated {
                if let ([sequence], true) = (chain.as_slice(), chain.len() == 1)
                    && let [atom] = sequence.as_slice()
                {
                    without.push(*atom);
                } else {
                    return self.fail(
                        written,
                        "what follows `!` must be one class or one set of words".to_owned(),
                    );
                }
            } else {
                chains.push(chain);
            }
        }
        let Some((_, key)) = key else {
            return self.fail(written, "the pattern says only what must be absent".to_owned());
        };
        let index = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        self.rules.push(Rule { indicator, chains, without, written: written.clone() });
        self.by_key.entry(key).or_default().push(index);
    }

    fn fail(&mut self, place: &Written, problem: String) {
        // One mistake in a group shows in every alternative; the author needs it once.
        if self.errors.last().is_some_and(|last| last.file == place.file && last.line == place.line)
        {
            return;
        }
        self.errors.push(PackError {
            file: place.file.clone(),
            line: place.line,
            key: place.text.clone(),
            problem,
            remedy: "see \"Indicators, patterns and the lexicon\" in `knowledge/README.md`"
                .to_owned(),
        });
    }

    /// Builds the automaton.
    pub(super) fn finish(self) -> Result<Patterns, PackErrors> {
        let mut errors = self.errors;
        let names: BTreeSet<&String> = self.classes.keys().collect();
        let classes: Vec<String> =
            names.into_iter().cloned().chain(["amount".to_owned()]).collect();
        let index = |name: &str| classes.iter().position(|class| class == name);
        let class_of = self
            .classes
            .iter()
            .filter_map(|(name, &(atom, _))| Some((atom, index(name)?)))
            .chain(index("amount").map(|at| (AMOUNT, at)))
            .collect();
        let automaton = AhoCorasickBuilder::new()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(&self.strings);
        match automaton {
            Ok(automaton) if errors.is_empty() => Ok(Patterns {
                automaton,
                uses: self.uses,
                rules: self.rules,
                by_key: self.by_key,
                composites: self.composites,
                groups: self.groups,
                classes,
                class_of,
            }),
            Ok(_) => Err(PackErrors(errors)),
            Err(error) => {
                errors.push(PackError {
                    file: String::new(),
                    line: 0,
                    key: "lexicon".to_owned(),
                    problem: format!("too large to compile: {error}"),
                    remedy: "shorten the word lists".to_owned(),
                });
                Err(PackErrors(errors))
            }
        }
    }
}
