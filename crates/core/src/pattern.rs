//! The pattern language of the packs, compiled so that one pass over a text finds every phrase.
//!
//! A pattern is a conjunction of chains of phrases inside one sentence (`knowledge/README.md`). All
//! phrases of all languages go into one Aho-Corasick automaton; a [`Hit`] says which *atom* (a class
//! or a set of alternatives) stands where. Rules are then checked only in sentences that hold their
//! rarest atom. No backtracking over text, no regular expressions: the cost of a message is its
//! length plus its hits, whatever an adversary writes.
//!
//! A gap (`..`) may hold [`GAP_WORDS_MAX`] words that begin with a small letter. Capitalised words are
//! not counted: a limit on all words would let a longer name change the verdict (invariant 1). Scripts
//! without spaces have no limit inside a sentence, which is short there.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, AhoCorasickKind, MatchKind};

use crate::fold::{fold, is_unspaced};
use crate::language::{Language, LanguageSet};
use crate::pack::{Pack, PackError, PackErrors, Written};

/// The atom of a sum of money; hits are supplied by [`crate::money`].
const AMOUNT: AtomId = 0;
/// The atom of a question; its hit is the end of the sentence.
const QUESTION: AtomId = AtomId::MAX;
/// So common that a rule should wait for anything else.
const QUESTION_SIZE: usize = 5_000;

/// Words with a small initial that may stand between two parts of a chain.
///
/// Acts are said in one breath. Without a limit, the long sentences of reports and mailing lists hold
/// any two words somewhere; 12 keeps relative clauses and apologies in between.
pub const GAP_WORDS_MAX: usize = 12;

/// Alternatives from which a phrase is cut into neighbouring pieces instead of being multiplied out.
const ALTERNATIVES_CUT: usize = 64;
/// Alternatives of one piece; more is a mistake in its parentheses.
const ALTERNATIVES_MAX: usize = 2_000;

type AtomId = u32;

/// Where an atom stands in folded text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hit {
    atom: AtomId,
    start: usize,
    end: usize,
}

/// A compiled set of patterns.
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
    /// Names of classes; a class of several languages is one.
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
    language: Language,
    /// The word may go on behind the phrase.
    open_end: bool,
}

#[derive(Debug)]
struct Rule {
    indicator: u32,
    language: Language,
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
    /// Index into [`Pack::indicators`].
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
}

impl Patterns {
    /// Compiles the lexicon and the patterns of a pack.
    ///
    /// # Errors
    ///
    /// Every pattern that cannot be read, with file, line and remedy.
    pub fn compile(pack: &Pack) -> Result<Self, PackErrors> {
        let mut compiler = Compiler::default();
        let indicators: HashMap<&str, u32> =
            pack.indicators.iter().zip(0..).map(|(indicator, at)| (indicator.id.get_ref().as_str(), at)).collect();
        for (&language, rules) in &pack.rules {
            for (class, phrases) in &rules.classes {
                compiler.class(language, class, phrases);
            }
            for (id, patterns) in &rules.patterns {
                let Some(&indicator) = indicators.get(id.as_str()) else { continue };
                for pattern in patterns {
                    compiler.rule(language, indicator, pattern);
                }
            }
        }
        compiler.finish()
    }

    /// Finds every phrase of the given languages in folded text, in order of their starts.
    pub fn hits(&self, folded: &str, languages: LanguageSet) -> Vec<Hit> {
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
                if languages.contains(usage.language) && (ends_word || usage.open_end) {
                    hits.push(Hit { atom: usage.atom, start: found.start(), end: found.end() });
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
        languages: LanguageSet,
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
                if !languages.contains(rule.language) {
                    continue;
                }
                if let Some(range) = rule.matches(folded, small_words, &by_atom) {
                    found.push(Found { indicator: rule.indicator as usize, range, rule: index as usize });
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
                while let Some((start, end)) = find_sequence(folded, by_atom, &composite.sequence, from) {
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

    /// The names of all word classes, the same class of every language being one.
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

/// Adds places to atoms, each list sorted and without repetitions.
fn merge(by_atom: &mut BTreeMap<AtomId, Vec<(usize, usize)>>, added: Vec<(AtomId, (usize, usize))>) {
    let atoms: std::collections::BTreeSet<AtomId> = added.iter().map(|&(atom, _)| atom).collect();
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
    'starts: for &(start, end) in by_atom.get(first)? {
        if start < from {
            continue;
        }
        let mut reached = end;
        for atom in rest {
            let next = by_atom.get(atom)?.iter().find(|&&(next, _)| next >= reached && is_next(folded, reached, next));
            match next {
                Some(&(_, next_end)) => reached = next_end,
                None => continue 'starts,
            }
        }
        return Some((start, reached));
    }
    None
}

/// Whether only the rest of a word, spaces and light punctuation lie between two phrases.
fn is_next(folded: &str, end: usize, start: usize) -> bool {
    let between = folded.get(end..start).unwrap_or("?");
    let tail = between.trim_start_matches(|c: char| c.is_alphanumeric() && !is_unspaced(c));
    tail.chars().all(|c| matches!(c, ' ' | ',' | '\'' | '"' | '-' | '\n' | ':' | '('))
}

#[derive(Default)]
struct Compiler {
    strings: Vec<String>,
    uses: Vec<Vec<PhraseUse>>,
    string_ids: HashMap<String, usize>,
    classes: HashMap<(Language, String), (AtomId, usize)>,
    literals: HashMap<(Language, Vec<String>), AtomId>,
    next_atom: AtomId,
    rules: Vec<Rule>,
    by_key: HashMap<AtomId, Vec<u32>>,
    composites: HashMap<AtomId, Vec<Composite>>,
    groups: HashMap<AtomId, Vec<AtomId>>,
    errors: Vec<PackError>,
}

/// One element of a chain while it is read.
enum Element {
    Words(Vec<String>),
    Class(String),
    /// Alternatives of which some are classes.
    Group(Vec<String>, Vec<String>),
}

impl Compiler {
    fn new_atom(&mut self) -> AtomId {
        self.next_atom += 1;
        self.next_atom
    }

    fn class(&mut self, language: Language, class: &str, phrases: &[Written]) {
        let atom = self.new_atom();
        let mut count = 0;
        for phrase in phrases {
            match pieces(&fold(phrase.text.trim())) {
                Ok(pieces) => match pieces.as_slice() {
                    [alternatives] => {
                        for words in alternatives {
                            count += 1;
                            self.phrase(language, atom, words, phrase);
                        }
                    }
                    _ => {
                        count += 1;
                        let sequence: Vec<AtomId> =
                            pieces.into_iter().map(|words| self.literal(language, words, phrase)).collect();
                        if let Some(&first) = sequence.first() {
                            self.composites.entry(first).or_default().push(Composite { class: atom, sequence });
                        }
                    }
                },
                Err(problem) => self.fail(phrase, problem),
            }
        }
        self.classes.insert((language, class.to_owned()), (atom, count));
    }

    /// Adds one string for an atom.
    fn phrase(&mut self, language: Language, atom: AtomId, words: &str, place: &Written) {
        // `(a*|b*)(c|)*` multiplies out to `a**`, which means no more than `a*`.
        let collapsed = words.replace("**", "*");
        let (text, open_end) = match collapsed.strip_suffix('*') {
            Some(stem) => (stem.trim_end_matches('*'), true),
            None => (collapsed.as_str(), false),
        };
        if text.contains('*') {
            // The word goes on in the middle: pieces that stand in a row.
            let pieces: Vec<String> = text.split_inclusive('*').map(|piece| piece.trim().to_owned()).collect();
            let last = pieces.len().saturating_sub(1);
            let sequence: Vec<AtomId> = pieces
                .into_iter()
                .enumerate()
                .map(|(at, piece)| if at == last && open_end { format!("{piece}*") } else { piece })
                .filter(|piece| !piece.is_empty() && piece != "*")
                .map(|piece| self.literal(language, vec![piece], place))
                .collect();
            if let Some(&first) = sequence.first() {
                self.composites.entry(first).or_default().push(Composite { class: atom, sequence });
            }
            return;
        }
        if text.is_empty() || text.contains(['<', '>', '&', '!']) || text.contains("..") {
            self.fail(place, format!("`{words}` is no phrase: `..`, `&`, `!` and `<class>` stand outside of words"));
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
            uses.push(PhraseUse { atom, language, open_end });
        }
    }

    fn literal(&mut self, language: Language, alternatives: Vec<String>, place: &Written) -> AtomId {
        let key = (language, alternatives);
        if let Some(&atom) = self.literals.get(&key) {
            return atom;
        }
        let atom = self.new_atom();
        for words in key.1.clone() {
            self.phrase(language, atom, &words, place);
        }
        self.literals.insert(key, atom);
        atom
    }

    /// The atom of a class and how many phrases it has; the built-in ones exist in every language.
    fn class_atom(&self, language: Language, class: &str) -> Option<(AtomId, usize)> {
        match class {
            "amount" => Some((AMOUNT, 5)),
            "question" => Some((QUESTION, QUESTION_SIZE)),
            // A class is met more often than a literal of the same size.
            _ => self.classes.get(&(language, class.to_owned())).map(|&(atom, size)| (atom, size + 4)),
        }
    }

    /// The atom of a group: its words, and every hit of its classes.
    fn group(
        &mut self,
        language: Language,
        words: Vec<String>,
        classes: &[String],
        place: &Written,
    ) -> Option<(AtomId, usize)> {
        let mut size = words.len();
        let atom = self.new_atom();
        for words in words {
            self.phrase(language, atom, &words, place);
        }
        for class in classes {
            let Some((member, phrases)) = self.class_atom(language, class) else {
                self.fail(place, format!("no class `{class}` in this language's lexicon"));
                return None;
            };
            self.groups.entry(member).or_default().push(atom);
            size += phrases;
        }
        Some((atom, size))
    }

    fn rule(&mut self, language: Language, indicator: u32, written: &Written) {
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
                        Element::Class(class) => match self.class_atom(language, &class) {
                            Some(sized) => sized,
                            None => return self.fail(written, format!("no class `{class}` in this language's lexicon")),
                        },
                        Element::Words(alternatives) => {
                            let size = alternatives.len();
                            (self.literal(language, alternatives, written), size)
                        }
                        Element::Group(words, classes) => match self.group(language, words, &classes, written) {
                            Some(sized) => sized,
                            None => return,
                        },
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
                    return self.fail(written, "what follows `!` must be one class or one set of words".to_owned());
                }
            } else {
                chains.push(chain);
            }
        }
        let Some((_, key)) = key else {
            return self.fail(written, "the pattern says only what must be absent".to_owned());
        };
        let index = u32::try_from(self.rules.len()).unwrap_or(u32::MAX);
        self.rules.push(Rule { indicator, language, chains, without, written: written.clone() });
        self.by_key.entry(key).or_default().push(index);
    }

    fn fail(&mut self, place: &Written, problem: String) {
        // One mistake in a group shows in every alternative; the author needs it once.
        if self.errors.last().is_some_and(|last| last.file == place.file && last.line == place.line) {
            return;
        }
        self.errors.push(PackError {
            file: place.file.clone(),
            line: place.line,
            key: place.text.clone(),
            problem,
            remedy: "see \"Indicators, patterns and the lexicon\" in `knowledge/README.md`".to_owned(),
        });
    }

    fn finish(self) -> Result<Patterns, PackErrors> {
        let mut errors = self.errors;
        let names: std::collections::BTreeSet<&String> = self.classes.keys().map(|(_, name)| name).collect();
        let classes: Vec<String> = names.into_iter().cloned().chain(["amount".to_owned()]).collect();
        let index = |name: &str| classes.iter().position(|class| class == name);
        let class_of = self
            .classes
            .iter()
            .filter_map(|((_, name), &(atom, _))| Some((atom, index(name)?)))
            .chain(index("amount").map(|at| (AMOUNT, at)))
            .collect();
        let automaton = AhoCorasickBuilder::new()
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .match_kind(MatchKind::Standard)
            .build(&self.strings);
        match automaton {
            Ok(automaton) if errors.is_empty() => {
                Ok(Patterns {
                    automaton,
                    uses: self.uses,
                    rules: self.rules,
                    by_key: self.by_key,
                    composites: self.composites,
                    groups: self.groups,
                    classes,
                    class_of,
                })
            }
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

/// Splits at a character outside parentheses.
fn split_top(text: &str, at: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (offset, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            c if c == at && depth == 0 => {
                parts.extend(text.get(start..offset));
                start = offset + c.len_utf8();
            }
            _ => {}
        }
    }
    parts.extend(text.get(start..));
    parts
}

/// Reads one link of a chain: words, classes and groups next to each other.
fn elements(link: &str) -> Result<Vec<Element>, String> {
    let mut elements = Vec::new();
    let mut words = String::new();
    let flush = |words: &mut String, elements: &mut Vec<Element>| {
        let taken = std::mem::take(words);
        // Words that may all be absent beside a class or group say nothing.
        for (unit, _) in units(taken.trim()) {
            if !multiply_out(&unit)?.iter().any(String::is_empty) {
                elements.extend(pieces(taken.trim())?.into_iter().map(Element::Words));
                return Ok(());
            }
        }
        Ok::<(), String>(())
    };
    for token in split_top(&with_classes_apart(link), ' ').into_iter().filter(|token| !token.is_empty()) {
        if let Some(class) = token.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'))
            && !class.contains(['<', '>'])
        {
            flush(&mut words, &mut elements)?;
            elements.push(Element::Class(class.to_owned()));
        } else if token.contains('<') {
            for (unit, _) in units(token) {
                flush(&mut words, &mut elements)?;
                if unit.contains('<') {
                    let (classes, literal): (Vec<String>, Vec<String>) =
                        expand(&unit)?.into_iter().partition(|choice| choice.starts_with('<') && choice.ends_with('>'));
                    let classes = classes.iter().map(|class| class.trim_matches(['<', '>']).to_owned()).collect();
                    elements.push(Element::Group(literal, classes));
                } else {
                    words.push_str(&unit);
                }
            }
        } else {
            words.push(' ');
            words.push_str(token);
        }
    }
    flush(&mut words, &mut elements)?;
    if link.is_empty() {
        return Err("an empty part: something is missing beside `..` or `&`".to_owned());
    }
    Ok(elements)
}

/// Puts spaces round classes that stand outside parentheses.
fn with_classes_apart(link: &str) -> String {
    let mut depth = 0_usize;
    let mut apart = String::with_capacity(link.len() + 8);
    for character in link.chars() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            '<' if depth == 0 => apart.push(' '),
            _ => {}
        }
        apart.push(character);
        if character == '>' && depth == 0 {
            apart.push(' ');
        }
    }
    apart
}

/// Multiplies out a phrase with alternatives, cut into pieces that stand next to each other.
///
/// It is cut behind every `*`, because the word may go on there, and where multiplying out would make
/// too many strings.
fn pieces(words: &str) -> Result<Vec<Vec<String>>, String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut count = 1;
    for (unit, is_glued) in units(words) {
        let alternatives = multiply_out(&unit)?;
        let may_be_empty = alternatives.iter().any(String::is_empty);
        let too_many = count * alternatives.len() > ALTERNATIVES_CUT && !may_be_empty;
        if too_many && !current.is_empty() && !multiply_out(&current)?.iter().any(String::is_empty) {
            pieces.push(std::mem::take(&mut current));
            count = 1;
        }
        if !current.is_empty() && !is_glued {
            current.push(' ');
        }
        current.push_str(&unit);
        count *= alternatives.len();
    }
    pieces.push(current);
    let expanded: Vec<Vec<String>> = pieces.iter().map(|piece| expand(piece)).collect::<Result<_, _>>()?;
    if expanded.iter().any(Vec::is_empty) { Err("a phrase without words".to_owned()) } else { Ok(expanded) }
}

/// The units of a phrase that may stand as pieces of their own, and whether each is glued to the one
/// before: words between spaces, groups whose choices end in a space, and in scripts without spaces
/// every group and the text between them.
fn units(words: &str) -> Vec<(String, bool)> {
    let mut units = Vec::new();
    for token in split_top(words, ' ').into_iter().filter(|token| !token.is_empty()) {
        let unspaced = token.chars().any(is_unspaced);
        let mut depth = 0_usize;
        let mut unit = String::new();
        let mut is_glued = false;
        for character in token.chars() {
            if character == '(' && depth == 0 && unspaced && !unit.is_empty() {
                units.push((std::mem::take(&mut unit), is_glued));
                is_glued = true;
            }
            match character {
                '(' => depth += 1,
                ')' => depth = depth.saturating_sub(1),
                _ => {}
            }
            unit.push(character);
            if character == ')' && depth == 0 && (unspaced || ends_in_space(&unit)) {
                units.push((std::mem::take(&mut unit), is_glued));
                is_glued = true;
            }
        }
        if !unit.is_empty() {
            units.push((unit, is_glued));
        }
    }
    units
}

/// Whether every choice of a group ends in a space or is empty, so that a word ends with it.
fn ends_in_space(group: &str) -> bool {
    let inner = group.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'));
    inner.is_some_and(|inner| split_top(inner, '|').iter().all(|choice| choice.is_empty() || choice.ends_with(' ')))
}

/// Expands `(a|b|)` alternatives into plain strings with single spaces; the empty one is left out.
fn expand(words: &str) -> Result<Vec<String>, String> {
    let mut expanded = multiply_out(words)?;
    expanded.retain(|words| !words.is_empty());
    expanded.sort();
    expanded.dedup();
    Ok(expanded)
}

fn multiply_out(words: &str) -> Result<Vec<String>, String> {
    let Some(open) = words.find('(') else {
        if words.contains([')', '|']) {
            return Err("a `)` or `|` without `(`".to_owned());
        }
        return Ok(vec![words.split_whitespace().collect::<Vec<_>>().join(" ")]);
    };
    let mut depth = 0_usize;
    let close = words.char_indices().skip_while(|&(at, _)| at < open).find_map(|(at, character)| {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        (depth == 0).then_some(at)
    });
    let close = close.ok_or_else(|| "a `(` without `)`".to_owned())?;
    let head = words.get(..open).unwrap_or_default();
    let inner = words.get(open + 1..close).unwrap_or_default();
    let tail = words.get(close + 1..).unwrap_or_default();
    let mut expanded = Vec::new();
    for choice in split_top(inner, '|') {
        expanded.extend(multiply_out(&format!("{head}{choice}{tail}"))?);
        if expanded.len() > ALTERNATIVES_MAX {
            return Err(format!("more than {ALTERNATIVES_MAX} alternatives"));
        }
    }
    Ok(expanded)
}
