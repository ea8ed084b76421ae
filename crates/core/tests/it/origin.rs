//! Invariant 1, read off the definitions: nothing that the model sees can see origin.

use std::collections::BTreeSet;
use std::sync::Arc;

use countersign_core::model::CITED_SIGNS;
use countersign_core::pack::Pack;
use countersign_core::recognise::Recogniser;
use countersign_core::{fold, origin};

use crate::support::{ASSESSOR, repository, training};

/// Words for peoples, states, languages, religions and cities, folded.
fn origin_words() -> BTreeSet<String> {
    origin::words().map(str::to_owned).collect()
}

/// Whether a pattern holds an origin word: as a word in spaced scripts, as a string in the others.
fn seen<'w>(pattern: &str, words: &'w BTreeSet<String>) -> Option<&'w String> {
    let pattern = fold(pattern);
    let tokens: BTreeSet<&str> = pattern.split(|c: char| !c.is_alphanumeric()).collect();
    words.iter().find(|word| {
        if word.is_ascii() || word.chars().all(|c| ('а'..='я').contains(&c)) {
            tokens.contains(word.as_str())
        } else {
            pattern.contains(word.as_str())
        }
    })
}

#[test]
fn no_pattern_or_phrase_names_an_origin() {
    let words = origin_words();
    assert!(words.len() > 500, "the list of origin words is missing");
    let mut refused = Vec::new();
    for language in ASSESSOR.pack().languages() {
        let rules = ASSESSOR.pack().rules(language).unwrap();
        for written in rules.classes.values().chain(rules.patterns.values()).flatten() {
            if let Some(word) = seen(&written.text, &words) {
                refused.push(format!(
                    "{}:{}: `{word}` in `{}`",
                    written.file, written.line, written.text
                ));
            }
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
}

#[test]
fn the_refusal_can_refuse() {
    let words = origin_words();
    assert!(seen("(our|the) Chinese friend", &words).is_some());
    assert!(seen("русск* друг", &words).is_some() || seen("русский друг", &words).is_some());
    assert!(seen("中国客户", &words).is_some());
    assert!(seen("no need to tell your employer", &words).is_none());
}

#[test]
fn every_feature_is_a_sign() {
    let pack = ASSESSOR.pack();
    for name in ASSESSOR.weights().terms.keys() {
        let id = name.trim_end_matches("@other");
        assert!(name == CITED_SIGNS || pack.indicator(id).is_some(), "`{name}` is no sign");
    }
}

#[test]
fn no_gram_of_a_learned_model_tells_origin() {
    let words = origin_words();
    for table in ["acts", "wording"] {
        let path = repository(&format!("knowledge/base/{table}.tsv"));
        let text = std::fs::read_to_string(path).unwrap();
        let mut grams = 0;
        for gram in text.lines().filter_map(|line| line.split('\t').next()) {
            let Some((_, written)) = gram.split_once(':') else { continue };
            grams += 1;
            assert_eq!(seen(written, &words), None, "`{gram}` in {table}.tsv");
        }
        assert!(grams > 1_000, "{table}.tsv has only {grams} grams");
    }
}

#[test]
fn the_sentence_encoder_is_shown_no_origin() {
    let words = origin_words();
    let recogniser = Recogniser::new(Arc::new(Pack::embedded().unwrap()));
    let mut sentences = 0;
    for thread in training() {
        let mut shown = String::new();
        recogniser.recognise_and_see(&thread, &mut |seen| {
            sentences += 1;
            shown.push_str(seen.shown);
            shown.push('\n');
        });
        assert_eq!(seen(&shown, &words), None, "{}: {shown}", thread.id);
    }
    assert!(sentences > 10_000, "only {sentences} sentences");
}
