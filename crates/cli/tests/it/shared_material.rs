//! Checks on material that may not be committed. Where it is absent they say so and pass.

use std::path::PathBuf;

use crate::{countersign, countersign_with_input, json_lines, repository, stderr};

/// A folder of the material beside the repository.
fn material(folder: &str) -> Option<PathBuf> {
    let path = repository("../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    eprintln!("skipped: the material `{folder}` is not here");
    None
}

#[test]
fn articles_about_espionage_are_not_approaches() {
    let Some(folder) = material("articles") else { return };
    let files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 5);
    for file in files {
        let output = countersign(&["check", "--json", file.to_str().unwrap()]);
        let lines = json_lines(&output);
        assert_eq!(lines[0]["verdict"], "clear", "{} {}", file.display(), lines[0]["probability"]);
    }
}

#[test]
fn court_releases_are_not_approaches() {
    let Some(folder) = material("cases") else { return };
    let text = std::fs::read_to_string(folder.join("doj_releases.jsonl")).unwrap();
    let mut count = 0;
    for line in text.lines().filter(|line| !line.trim().is_empty()) {
        let release: serde_json::Value = serde_json::from_str(line).unwrap();
        let longest = release
            .as_object()
            .unwrap()
            .values()
            .filter_map(|value| value.as_str())
            .max_by_key(|text| text.len());
        let output = countersign_with_input(
            &["check", "--json", "--format", "text"],
            longest.unwrap().as_bytes(),
        );
        let lines = json_lines(&output);
        assert_eq!(lines.len(), 1, "{}", stderr(&output));
        assert_eq!(lines[0]["verdict"], "clear", "release {count}: {}", lines[0]["probability"]);
        count += 1;
    }
    assert_eq!(count, 10);
}
