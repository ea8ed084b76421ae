//! `countersign evaluate threads`.

use crate::{countersign, json_lines, stderr, stdout};

#[test]
fn the_report_has_the_figures_of_the_contract() {
    let output = countersign(&["evaluate", "threads", "training/threads/train_d.jsonl", "--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let lines = json_lines(&output);
    let report = &lines[0];
    for key in [
        "auc",
        "recall_at_false_alarms",
        "approach",
        "brier",
        "calibration",
        "by_kind",
        "by_stage",
        "by_language",
        "twins",
        "messages_per_second",
    ] {
        assert!(!report[key].is_null(), "`{key}` is missing");
    }
    assert_eq!(report["threads"], 79);
    assert_eq!(report["twins"]["differ"], serde_json::json!([]));
}

#[test]
fn the_report_reads_on_a_terminal() {
    let output = countersign(&["evaluate", "threads", "training/threads/train_d.jsonl"]);
    assert!(stdout(&output).contains("by_language"), "{}", stdout(&output));
}

#[test]
fn a_line_without_a_label_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("set.jsonl");
    std::fs::write(&path, "{\"id\":\"a\",\"messages\":[{\"text\":\"hello\"}]}\n").unwrap();
    let output = countersign(&["evaluate", "threads", path.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("line 1") && stderr(&output).contains("label"),
        "{}",
        stderr(&output)
    );
}
