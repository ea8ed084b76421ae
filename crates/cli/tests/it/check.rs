//! `countersign check`: answers, contract, errors.

use serde_json::Value;

use crate::{countersign, countersign_with_input, json_lines, repository, stderr, stdout};

const THREAD: &str = r#"{"id":"t-1","channel":"linkedin","messages":[{"from":"Rohan <in/rohan>","to":"Claire","sent":"2026-03-04T10:12:00Z","text":"Payment of USD 900 has been sent to your private account. For the next paper please send us the internal test data that is not published. No need to tell your employer, and let us continue on Signal."}]}"#;

#[test]
fn the_json_of_a_thread_keeps_its_contract() {
    let output = countersign_with_input(
        &["check", "-", "--json", "--as-of", "2026-11-25"],
        THREAD.as_bytes(),
    );
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let lines = json_lines(&output);
    let [line] = lines.as_slice() else { panic!("{} lines", lines.len()) };
    assert_eq!(line["source"], "standard input#t-1");
    assert_eq!(line["id"], "t-1");
    assert_eq!(line["verdict"], "approach");
    let keys: Vec<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
    let expected = [
        "source",
        "id",
        "verdict",
        "probability",
        "likelihood",
        "confidence",
        "stage",
        "stages",
        "kinds",
        "findings",
        "counterparts",
        "objectives",
        "advice",
        "limits",
        "prior",
        "wording",
    ];
    assert_eq!(keys, expected);
    let stages: Vec<&str> =
        line["stages"].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(stages, ["none", "spot", "assess", "develop", "recruit", "handle", "coerce"]);
    let text: Value = serde_json::from_str(THREAD).unwrap();
    let text = text["messages"][0]["text"].as_str().unwrap();
    let findings = line["findings"].as_array().unwrap();
    assert!(!findings.is_empty());
    for finding in findings {
        let at = |index: usize| usize::try_from(finding["span"][index].as_u64().unwrap()).unwrap();
        assert_eq!(finding["message"], 0);
        assert_eq!(&text[at(0)..at(1)], finding["quote"].as_str().unwrap());
    }
    assert_eq!(line["counterparts"][0]["name"], "Rohan");
    assert!(!line["advice"].as_array().unwrap().is_empty());
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let run = || {
        countersign_with_input(&["check", "--json", "--as-of", "2026-11-25"], THREAD.as_bytes())
            .stdout
    };
    assert_eq!(run(), run());
}

#[test]
fn an_approach_is_answered_in_words() {
    let output = countersign_with_input(&["check", "--as-of", "2026-11-25"], THREAD.as_bytes());
    let text = stdout(&output);
    for part in ["an approach", "What speaks for it", "Do now", "Not judged", "4 March"] {
        assert!(text.contains(part), "`{part}` is missing:\n{text}");
    }
}

#[test]
fn an_ordinary_message_is_clear() {
    let output = countersign_with_input(
        &["check"],
        b"The meeting moves to Thursday at ten, room 4. Bring the minutes.",
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("No approach recognised"));
}

/// The verdict that each thread of an example must get; `docs/guide/examples.md` says
/// the same.
const EXAMPLES: &[(&str, &[&str])] = &[
    ("conference-invitation.eml", &["approach"]),
    ("expert-network.eml", &["clear"]),
    ("friend-of-a-friend.json", &["approach"]),
    ("investor.pdf", &["approach"]),
    ("odd-order.mbox", &["clear", "approach", "clear"]),
    ("portal-login.html", &["approach"]),
    ("security-newsletter.msg", &["clear"]),
    ("site-visit.ics", &["clear"]),
    ("talent-plan.docx", &["approach"]),
    ("think-tank-paper.csv", &["clear", "approach"]),
    ("uncle.txt", &["approach"]),
];

#[test]
fn the_examples_get_their_verdicts() {
    let mut wrong = Vec::new();
    for (name, expected) in EXAMPLES {
        // An example is what somebody found odd, a mailbox among them.
        let path = format!("examples/{name}");
        let output = countersign(&["check", "--json", "--prior", "0.3", &path]);
        let verdicts: Vec<String> = json_lines(&output)
            .iter()
            .map(|line| line["verdict"].as_str().unwrap().to_owned())
            .collect();
        if verdicts != *expected {
            wrong.push(format!("{name}: {verdicts:?} and not {expected:?} {}", stderr(&output)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let files = std::fs::read_dir(repository("examples")).unwrap().count();
    assert_eq!(files, EXAMPLES.len(), "an example without a verdict");
}

#[test]
fn every_reason_has_its_place_and_the_receiver_is_not_blamed() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["think-tank-paper.csv", "expert-network.eml", "talent-plan.docx", "uncle.txt"] {
        let page = folder.path().join("answer.html");
        countersign(&["check", &format!("examples/{name}"), "--html", page.to_str().unwrap()]);
        let html = std::fs::read_to_string(&page).unwrap();
        let between = |text: &str, from: &str, to: &str| -> Vec<String> {
            let pieces = text.split(from).skip(1);
            pieces.map(|piece| piece.split(to).next().unwrap().to_owned()).collect()
        };
        let marked: Vec<String> = between(&html, "<sup>", "</sup>")
            .iter()
            .flat_map(|numbers| numbers.split(", ").map(str::to_owned).collect::<Vec<_>>())
            .collect();
        let listed: Vec<String> = between(&html, "<li ", "</li>")
            .into_iter()
            .filter(|item| item.contains("data-n=") && !item.contains("The choice of words"))
            .map(|item| between(&item, "data-n=\"", "\"").remove(0))
            .collect();
        assert!(!listed.is_empty(), "{name}: no reasons");
        for number in listed {
            assert!(marked.contains(&number), "{name}: reason {number} has no place in the text");
        }
        // The receiver of the think tank's mail does nothing that would speak for an approach.
        for said in between(&html, "<article class=\"said\">", "</article>") {
            let is_receiver = said.contains("<span>Ines Falk</span>");
            assert!(!is_receiver || !said.contains("mark class=\"for\""), "{said}");
        }
    }
}

#[test]
fn the_html_page_is_self_contained() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("answer.html");
    let output = countersign(&[
        "check",
        "examples/think-tank-paper.csv",
        "--as-of",
        "2026-11-25",
        "--html",
        page.to_str().unwrap(),
    ]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let html = std::fs::read_to_string(page).unwrap();
    assert!(html.contains("<mark class=\"for\">") && html.contains("Do now"));
    assert!(
        !html.contains("<script") && !html.contains("src=") && !html.contains("href="),
        "the page asks for something"
    );
    assert!(stdout(&output).is_empty(), "the answer went to the file");
}

#[test]
fn text_in_the_page_is_escaped() {
    let folder = tempfile::tempdir().unwrap();
    let page = folder.path().join("answer.html");
    let text = b"Please send me the unpublished <script>alert(1)</script> test data to my private address.";
    countersign_with_input(&["check", "-", "--html", page.to_str().unwrap()], text);
    let html = std::fs::read_to_string(page).unwrap();
    assert!(!html.contains("<script>"), "{html}");
}

#[track_caller]
fn refused(arguments: &[&str], parts: &[&str]) {
    let output = countersign(arguments);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    for part in parts {
        assert!(stderr(&output).contains(part), "`{part}` is missing in: {}", stderr(&output));
    }
}

#[test]
fn wrong_input_is_refused_with_what_where_and_what_to_do() {
    refused(&["check", "no-such-file.eml"], &["could not open `no-such-file.eml`"]);
    refused(&["check", "examples"], &["`examples` is a folder; name the files in it"]);
    refused(&["check", "--prior", "2", "examples/uncle.txt"], &["must lie between 0 and 1"]);
    refused(&["check", "--format", "word", "examples/uncle.txt"], &["word"]);
    refused(&["check", "--pack", "docs", "examples/uncle.txt"], &["`docs` has no `pack.toml`"]);
    refused(&["check", "--as-of", "yesterday", "examples/uncle.txt"], &["yesterday"]);
    refused(&["chek"], &["chek"]);
}

#[test]
fn one_bad_line_does_not_lose_the_others() {
    let lines = format!("{THREAD}\n{{\"id\":\"broken\"}}\n{}\n", THREAD.replace("t-1", "t-2"));
    let output =
        countersign_with_input(&["check", "--json", "--format", "thread-jsonl"], lines.as_bytes());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(json_lines(&output).len(), 2);
    assert!(
        stderr(&output).contains("line 2") && stderr(&output).contains("messages"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn a_pack_can_be_laid_over_the_shipped_ones() {
    let output =
        countersign(&["check", "--json", "--pack", "knowledge/base", "examples/uncle.txt"]);
    assert_eq!(json_lines(&output).len(), 1, "{}", stderr(&output));
}

#[test]
fn the_doctor_says_what_is_installed() {
    let output = countersign(&["doctor", "--as-of", "2026-11-26"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
    for part in ["base", "china", "Weights", "told apart", "none imported"] {
        assert!(stdout(&output).contains(part), "`{part}` is missing");
    }
}
