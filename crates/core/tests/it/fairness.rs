//! Invariant 1, measured: other names, places, institutions and peoples, the same answer.

use std::collections::BTreeMap;

use countersign_core::assess::PRIOR_CHECKED;
use countersign_core::thread::Thread;
use rayon::prelude::*;
use serde::Deserialize;

use crate::support::{ASSESSOR, repository, training};

#[derive(Deserialize)]
struct Cultures {
    culture: Vec<Culture>,
}

#[derive(Deserialize)]
struct Culture {
    id: String,
    given: Vec<String>,
    family: Vec<String>,
    #[serde(default)]
    native: Vec<String>,
    places: Vec<String>,
    institutions: Vec<String>,
    people: Vec<String>,
}

fn cultures() -> Vec<Culture> {
    let text = std::fs::read_to_string(repository("testdata/fairness/cultures.toml")).unwrap();
    toml::from_str::<Cultures>(&text).unwrap().culture
}

/// Words in a sender's line that are no part of a name.
const TITLES: &[&str] = &[
    "Dr", "Dr.", "Prof", "Prof.", "Mr", "Mr.", "Mrs", "Ms", "Ms.", "Mx", "Herr", "Frau", "M.",
    "Mme", "Ing.", "Col.", "Sir", "Lady", "(ret.)", "em.", "책임", "대표", "교수", "선생", "과장",
    "부장", "팀장", "先生", "教授", "老师", "部长", "課長", "部長", "理事", "幹事",
];

/// What an office, a firm or a post is called: no person, whose name could be another.
const OFFICES: &[&str] =
    &["窓口", "貿易", "会社", "組合", "漁協", "总会", "연구원", "학예", "사무", "과학관"];

/// How a department's name ends.
const DEPARTMENTS: &[char] = &['課', '部', '室', '局', '处', '连'];

/// Whether a part of a sender's line names an office.
fn is_office(token: &str) -> bool {
    OFFICES.iter().any(|office| token.contains(office))
        || token.chars().count() >= 3 && token.ends_with(DEPARTMENTS)
}

/// What a writer puts behind a name.
const HONORIFICS: &[&str] = &["様", "さん", "さま", "님", "씨"];

/// What becomes what in a thread, longest first, when its people come from `culture`.
fn replacements(thread: &Thread, culture: &Culture, all: &[Culture]) -> Vec<(String, String)> {
    let mut swaps: BTreeMap<String, String> = BTreeMap::new();
    let mut people: Vec<&str> = Vec::new();
    for message in &thread.messages {
        for party in std::iter::once(&message.from).chain(&message.to) {
            if !party.name.is_empty() && !people.contains(&party.name.as_str()) {
                people.push(&party.name);
            }
        }
    }
    for (at, name) in people.into_iter().enumerate() {
        let bare = |token: &'_ str| {
            let ending = HONORIFICS.iter().find(|ending| token.ends_with(**ending));
            ending.map_or(token.len(), |ending| token.len() - ending.len())
        };
        let tokens: Vec<&str> = name
            .split_whitespace()
            .filter(|token| !TITLES.contains(token) && !is_office(token))
            .map(|token| &token[..bare(token)])
            .collect();
        let is_latin_name = (1..=3).contains(&tokens.len())
            && tokens.iter().all(|token| {
                token.chars().next().is_some_and(char::is_uppercase)
                    && token.chars().count() >= 3
                    && token.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'')
            });
        let is_native = (1..=2).contains(&tokens.len())
            && tokens.iter().all(|token| token.chars().all(|c| c.is_alphabetic() && !c.is_ascii()))
            // "без подписи" is no name.
            && tokens.iter().all(|token| !token.starts_with(char::is_lowercase))
            // One character would be swapped inside other words.
            && tokens.iter().all(|token| token.chars().count() >= 2);
        let given = &culture.given[at % culture.given.len()];
        let family = &culture.family[at % culture.family.len()];
        if is_latin_name && name.is_ascii() {
            swaps.insert(tokens[0].to_owned(), given.clone());
            if tokens.len() > 1 {
                swaps.insert(tokens[tokens.len() - 1].to_owned(), family.clone());
            }
        } else if is_native {
            let native = culture.native.get(at % culture.native.len().max(1)).cloned();
            let new = native.unwrap_or_else(|| format!("{given} {family}"));
            // The text may use a part of the name.
            for token in &tokens {
                swaps.insert((*token).to_owned(), new.clone());
            }
            swaps.insert(tokens.join(" "), new);
        }
    }
    for other in all {
        for (index, (from, to)) in [
            (&other.places, &culture.places),
            (&other.institutions, &culture.institutions),
            (&other.people, &culture.people),
        ]
        .into_iter()
        .enumerate()
        {
            for (at, word) in from.iter().enumerate() {
                swaps.entry(word.clone()).or_insert_with(|| to[(at + index) % to.len()].clone());
            }
        }
    }
    let mut swaps: Vec<(String, String)> = swaps.into_iter().collect();
    swaps.sort_by_key(|(from, _)| std::cmp::Reverse(from.len()));
    swaps
}

/// What Russian writes onto a name; anything else makes another word of it ("Максимка").
const ENDINGS: &[&str] =
    &["", "а", "у", "ом", "ем", "е", "ы", "и", "ой", "ей", "ою", "я", "ю", "ым"];

/// Whether a name may be replaced where the rest of its word is `ending`.
fn takes(name: &str, ending: &str) -> bool {
    let is_cyrillic = |c: char| matches!(c, '\u{400}'..='\u{4ff}');
    !name.chars().any(is_cyrillic) || ENDINGS.contains(&ending)
}

/// Replaces whole words in one pass, so that a new name is not replaced again.
fn swap(text: &str, swaps: &[(String, String)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let before = out.chars().next_back();
        let hit = swaps.iter().find(|(from, _)| {
            let unspaced = !from.is_ascii();
            let word_rest = || {
                let behind = &rest[from.len()..];
                &behind[..behind.find(|c: char| !c.is_alphabetic()).unwrap_or(behind.len())]
            };
            rest.starts_with(from.as_str())
                && takes(from, word_rest())
                && (unspaced || before.is_none_or(|c| !c.is_alphanumeric()))
                && (unspaced
                    || rest[from.len()..].chars().next().is_none_or(|c| !c.is_alphanumeric()))
        });
        if let Some((from, to)) = hit {
            out.push_str(to);
            rest = &rest[from.len()..];
        } else {
            let character = rest.chars().next().unwrap();
            out.push(character);
            rest = &rest[character.len_utf8()..];
        }
    }
    out
}

fn swapped(thread: &Thread, swaps: &[(String, String)]) -> Thread {
    let mut thread = thread.clone();
    for message in &mut thread.messages {
        message.text = swap(&message.text, swaps);
        message.subject = swap(&message.subject, swaps);
        message.from.name = swap(&message.from.name, swaps);
        for to in &mut message.to {
            to.name = swap(&to.name, swaps);
        }
    }
    thread
}

/// How far a probability may move when only names change (DESIGN, invariant 1). A new name may hold a
/// word of the lexicon by chance; an act is never made or lost by one.
const MOVED_MAX: f64 = 0.01;

/// What a thread's answer becomes with the names of each culture: how many were compared, and which moved.
fn compared(thread: &Thread, cultures: &[Culture]) -> (usize, Vec<String>) {
    let before = ASSESSOR.assess(thread, PRIOR_CHECKED);
    let (mut compared, mut moved) = (0, Vec::new());
    for culture in cultures {
        let swaps = replacements(thread, culture, cultures);
        let other = swapped(thread, &swaps);
        if other == *thread {
            continue;
        }
        let after = ASSESSOR.assess(&other, PRIOR_CHECKED);
        compared += 1;
        if after.verdict != before.verdict
            || (after.probability - before.probability).abs() > MOVED_MAX
        {
            moved.push(format!(
                "{} as {}: {} becomes {}",
                thread.id, culture.id, before.probability, after.probability
            ));
        }
    }
    (compared, moved)
}

#[test]
fn other_names_get_the_same_answer() {
    let cultures = cultures();
    assert!(cultures.len() >= 12);
    let results: Vec<(usize, Vec<String>)> =
        training().par_iter().map(|thread| compared(thread, &cultures)).collect();
    let compared: usize = results.iter().map(|(compared, _)| compared).sum();
    let moved: Vec<String> = results.into_iter().flat_map(|(_, moved)| moved).collect();
    assert!(compared > 100_000, "only {compared} comparisons");
    assert!(moved.is_empty(), "{} of {compared} moved:\n{}", moved.len(), moved.join("\n"));
}

#[test]
fn a_swap_changes_names_everywhere_and_only_names() {
    let swaps =
        vec![("Marta".to_owned(), "Aditi".to_owned()), ("Leeds".to_owned(), "Pune".to_owned())];
    assert_eq!(swap("Marta of Leeds met Martan.", &swaps), "Aditi of Pune met Martan.");
}
