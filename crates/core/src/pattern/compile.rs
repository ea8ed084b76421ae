//! From the packs' words to one automaton and a list of rules.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::syntax::{Element, elements, pieces, split_top};
use super::{AMOUNT, Atom, AtomId, Patterns, PhraseId, QUESTION, Rule, StringUse, Strings};
use crate::fold::{fold, is_unspaced};
use crate::pack::{PackError, PackErrors, Written};

/// What a sum of money or a question costs as a key: see [`Compiler::cost`].
const COMPUTED_COST: f64 = 0.3;

/// What has been compiled so far.
pub(super) struct Compiler {
    strings: FxHashMap<String, StringUse>,
    /// For each phrase, how common it may be: see [`cost_of_phrase`].
    costs: Vec<f64>,
    classes: HashMap<String, AtomId>,
    literals: FxHashMap<Vec<String>, AtomId>,
    atoms: Vec<Atom>,
    rules: Vec<Rule>,
    /// The atom that each rule waits for.
    keys: Vec<AtomId>,
    errors: Vec<PackError>,
}

/// How common a phrase may be, guessed from its length: a rule waits for its rarest part.
fn cost_of_phrase(text: &str, open_end: bool) -> f64 {
    let unspaced = text.chars().filter(|&c| is_unspaced(c)).count();
    let spaced = text.chars().count() - unspaced;
    let cost = (-0.5 * spaced as f64 - 1.5 * unspaced as f64).exp();
    if open_end { 2.0 * cost } else { cost }
}

impl Compiler {
    pub(super) fn new() -> Self {
        Self {
            strings: FxHashMap::default(),
            costs: Vec::new(),
            classes: HashMap::from([
                ("amount".to_owned(), AMOUNT),
                ("question".to_owned(), QUESTION),
            ]),
            literals: FxHashMap::default(),
            atoms: vec![Atom::default(), Atom::default()],
            rules: Vec::new(),
            keys: Vec::new(),
            errors: Vec::new(),
        }
    }

    fn new_atom(&mut self) -> AtomId {
        self.atoms.push(Atom::default());
        u32::try_from(self.atoms.len() - 1).unwrap_or(u32::MAX)
    }

    fn composite(&mut self, atom: AtomId, sequence: Vec<AtomId>) {
        if let Some(atom) = self.atoms.get_mut(atom as usize)
            && !sequence.is_empty()
        {
            atom.composites.push(sequence);
        }
    }

    /// The cost of a key: how often its phrases, all together, may be met.
    fn cost(&self, atom: AtomId) -> f64 {
        if matches!(atom, AMOUNT | QUESTION) {
            return COMPUTED_COST;
        }
        let Some(atom) = self.atoms.get(atom as usize) else { return f64::INFINITY };
        let phrases = atom.phrases.iter().filter_map(|&phrase| self.costs.get(phrase as usize));
        let rarest =
            |sequence: &Vec<AtomId>| self.rarest(sequence).map_or(0.0, |piece| self.cost(piece));
        phrases.sum::<f64>()
            + atom.composites.iter().map(rarest).sum::<f64>()
            + atom.members.iter().map(|&member| self.cost(member)).sum::<f64>()
    }

    fn rarest(&self, sequence: &[AtomId]) -> Option<AtomId> {
        sequence.iter().copied().min_by(|&a, &b| self.cost(a).total_cmp(&self.cost(b)))
    }

    /// Adds a word class.
    pub(super) fn class(&mut self, class: &str, phrases: &[Written]) {
        let atom = self.new_atom();
        for phrase in phrases {
            match pieces(&fold(phrase.text.trim())) {
                Ok(pieces) => match pieces.as_slice() {
                    [alternatives] => {
                        for words in alternatives {
                            self.phrase(atom, words, phrase);
                        }
                    }
                    _ => {
                        let sequence =
                            pieces.into_iter().map(|words| self.literal(words, phrase)).collect();
                        self.composite(atom, sequence);
                    }
                },
                Err(problem) => self.fail(phrase, problem),
            }
        }
        self.classes.insert(class.to_owned(), atom);
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
            self.composite(atom, sequence);
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
        let usage = self.strings.entry(text.to_owned()).or_default();
        let slot = if open_end { &mut usage.open_end } else { &mut usage.whole };
        let phrase = *slot.get_or_insert_with(|| {
            self.costs.push(cost_of_phrase(text, open_end));
            u32::try_from(self.costs.len() - 1).unwrap_or(u32::MAX)
        });
        if let Some(atom) = self.atoms.get_mut(atom as usize) {
            atom.phrases.push(phrase);
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

    /// The atom of a group: its words, and every hit of its classes.
    fn group(&mut self, words: Vec<String>, classes: &[String], place: &Written) -> Option<AtomId> {
        let atom = self.new_atom();
        for words in words {
            self.phrase(atom, &words, place);
        }
        for class in classes {
            let member = self.class_atom(class, place)?;
            if let Some(atom) = self.atoms.get_mut(atom as usize) {
                atom.members.push(member);
            }
        }
        Some(atom)
    }

    fn class_atom(&mut self, class: &str, place: &Written) -> Option<AtomId> {
        let atom = self.classes.get(class).copied();
        if atom.is_none() {
            self.fail(place, format!("no class `{class}` in this language's lexicon"));
        }
        atom
    }

    /// Adds a pattern of an indicator.
    pub(super) fn rule(&mut self, indicator: u32, written: &Written) {
        let mut chains = Vec::new();
        let mut without = Vec::new();
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
                    let atom = match element {
                        Element::Class(class) => self.class_atom(&class, written),
                        Element::Words(alternatives) => Some(self.literal(alternatives, written)),
                        Element::Group(words, classes) => self.group(words, &classes, written),
                    };
                    let Some(atom) = atom else { return };
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
        let mut needs: Vec<(f64, AtomId)> =
            chains.iter().flatten().flatten().map(|&atom| (self.cost(atom), atom)).collect();
        needs.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        needs.dedup();
        let needs: Vec<AtomId> = needs.into_iter().map(|(_, atom)| atom).collect();
        let Some(&key) = needs.first() else {
            return self.fail(written, "the pattern says only what must be absent".to_owned());
        };
        self.keys.push(key);
        self.rules.push(Rule { indicator, needs, chains, without, written: written.clone() });
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

    /// The phrases of which one must stand in a sentence that holds the atom.
    fn needed(&self, atom: AtomId, phrases: &mut Vec<PhraseId>) {
        let Some(atom) = self.atoms.get(atom as usize) else { return };
        phrases.extend_from_slice(&atom.phrases);
        for sequence in &atom.composites {
            if let Some(piece) = self.rarest(sequence) {
                self.needed(piece, phrases);
            }
        }
        for &member in &atom.members {
            self.needed(member, phrases);
        }
    }

    /// Builds the index, and what each phrase triggers.
    pub(super) fn finish(mut self) -> Result<Patterns, PackErrors> {
        for atom in &mut self.atoms {
            atom.phrases.sort_unstable();
            atom.phrases.dedup();
        }
        let mut triggers: Vec<Vec<u32>> = vec![Vec::new(); self.costs.len()];
        let mut phrases = Vec::new();
        let (mut on_amount, mut on_question) = (Vec::new(), Vec::new());
        for (&key, rule) in self.keys.iter().zip(0_u32..) {
            // A group may hold `<amount>` among words.
            let holds = |computed: AtomId| {
                let members = self.atoms.get(key as usize).map(|atom| atom.members.as_slice());
                key == computed || members.is_some_and(|members| members.contains(&computed))
            };
            on_amount.extend(holds(AMOUNT).then_some(rule));
            on_question.extend(holds(QUESTION).then_some(rule));
            self.needed(key, &mut phrases);
            for phrase in phrases.drain(..) {
                if let Some(triggers) = triggers.get_mut(phrase as usize) {
                    triggers.push(rule);
                }
            }
        }

        let mut strings: Vec<(String, StringUse)> = self.strings.into_iter().collect();
        strings.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if !self.errors.is_empty() {
            return Err(PackErrors(self.errors));
        }
        Ok(Patterns {
            uses: strings.iter().map(|&(_, usage)| usage).collect(),
            strings: Strings::new(strings.iter().map(|(text, _)| text.as_str())),
            atoms: self.atoms,
            triggers,
            on_amount,
            on_question,
            rules: self.rules,
        })
    }
}
