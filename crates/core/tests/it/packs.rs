//! The shipped packs are what the issue of record asks of them, and a broken pack is refused with its
//! place.

use std::collections::BTreeSet;

use countersign_core::language::Language;
use countersign_core::pack::schema::Polarity;
use countersign_core::pack::{File, Pack, embedded_files};

use crate::support::ASSESSOR;

#[test]
fn the_shipped_packs_cover_stages_kinds_and_languages() {
    let pack = ASSESSOR.pack();
    assert!(pack.indicators.len() >= 80);
    for stage in &pack.stages {
        let id = stage.id.get_ref();
        assert!(
            pack.indicators.iter().any(|i| i.stage.get_ref() == id),
            "no indicator for the stage {id}"
        );
    }
    for kind in &pack.kinds {
        let id = kind.id.get_ref();
        let has = pack.indicators.iter().any(|i| i.kinds.iter().any(|kind| kind.get_ref() == id));
        assert!(has, "no indicator for the kind {id}");
    }
    for language in Language::ALL {
        let least = if matches!(language, Language::En | Language::Zh) { 80 } else { 30 };
        let rules = pack.rules(language).unwrap();
        let covered = rules.patterns.values().filter(|patterns| !patterns.is_empty()).count();
        assert!(covered >= least, "{} indicators have patterns in {}", covered, language.code());
    }
    for indicator in &pack.indicators {
        let id = indicator.id.get_ref();
        assert!(!indicator.innocent.is_empty(), "{id} has no innocent reading");
        assert!(!indicator.sources.is_empty(), "{id} has no source");
        assert_eq!(
            indicator.polarity == Polarity::Against,
            indicator.stage.get_ref() == "none",
            "{id}"
        );
    }
}

#[test]
fn advice_of_every_answer_says_what_to_do() {
    let pack = ASSESSOR.pack();
    let verdicts: BTreeSet<&str> = pack
        .advice
        .iter()
        .flat_map(|advice| &advice.when.verdicts)
        .map(|verdict| verdict.get_ref().as_str())
        .collect();
    assert_eq!(verdicts.into_iter().collect::<Vec<_>>(), ["approach", "caution", "clear"]);
}

/// Loads the shipped files with one of them changed, and returns the refusal.
#[track_caller]
fn refusal(path: &str, from: &str, to: &str) -> String {
    let mut files = embedded_files();
    let file = files.iter_mut().find(|file| file.path == path).expect("the file exists");
    assert!(file.text.contains(from), "`{from}` is not in {path}");
    file.text = file.text.replacen(from, to, 1);
    Pack::load(&files).unwrap_err().to_string()
}

#[test]
fn a_dangling_source_names_file_line_and_remedy() {
    let refusal = refusal("base/stages.toml", "\"burkett-2013\"", "\"no-such-source\"");
    assert!(refusal.starts_with("base/stages.toml:"), "{refusal}");
    assert!(
        refusal.contains("`no-such-source`: no source has this id; add that source"),
        "{refusal}"
    );
}

#[test]
fn an_unknown_key_is_refused() {
    let refusal = refusal("base/stages.toml", "means = ", "meaning = ");
    assert!(refusal.contains("unknown field `meaning`"), "{refusal}");
}

#[test]
fn a_file_that_belongs_to_no_pack_is_refused() {
    let files = [File { path: "base/notes.toml".to_owned(), text: String::new() }];
    let refusal = Pack::load(&files).unwrap_err().to_string();
    assert!(
        refusal.contains("base/notes.toml") && refusal.contains("no such file belongs to a pack"),
        "{refusal}"
    );
}
