//! What the tests share: the shipped assessor and the training threads.

use std::path::PathBuf;
use std::sync::LazyLock;

use countersign_core::assess::Assessor;
use countersign_core::pack::Pack;
use countersign_core::thread::{Message, Party, Thread};
use serde_json::Value;

/// The shipped packs, compiled once for all tests.
pub(crate) static ASSESSOR: LazyLock<Assessor> =
    LazyLock::new(|| Assessor::new(Pack::embedded().unwrap()).unwrap());

/// A file or folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(path)
}

/// The training threads, without their labels.
pub(crate) fn training() -> Vec<Thread> {
    let mut paths: Vec<PathBuf> = std::fs::read_dir(repository("training/threads"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    let lines = paths.into_iter().map(|path| std::fs::read_to_string(path).unwrap());
    lines
        .flat_map(|text| {
            text.lines().filter(|line| !line.trim().is_empty()).map(thread).collect::<Vec<_>>()
        })
        .collect()
}

fn thread(line: &str) -> Thread {
    let value: Value = serde_json::from_str(line).unwrap();
    let messages = value["messages"].as_array().unwrap().iter().map(|message| {
        let field = |name: &str| message[name].as_str().unwrap_or_default();
        Message {
            from: Party::parse(field("from")),
            to: vec![Party::parse(field("to"))],
            sent: field("sent").to_owned(),
            subject: field("subject").to_owned(),
            text: field("text").to_owned(),
            ..Message::default()
        }
    });
    Thread {
        id: value["id"].as_str().unwrap_or_default().to_owned(),
        channel: value["channel"].as_str().unwrap_or_default().to_owned(),
        messages: messages.collect(),
        ..Thread::default()
    }
}

/// A thread of one message.
pub(crate) fn message(text: &str) -> Thread {
    let message = Message { text: text.to_owned(), ..Message::default() };
    Thread { messages: vec![message], ..Thread::default() }
}
