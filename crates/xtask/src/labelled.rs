//! Labelled threads: `training/FORMAT.md`.

use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use countersign_core::thread::{Message, Party, Thread};
use serde_json::Value;

/// A thread with what its author says about it.
#[derive(Debug, Clone)]
pub(crate) struct Labelled {
    pub(crate) thread: Thread,
    pub(crate) set: String,
    pub(crate) language: String,
    pub(crate) is_approach: bool,
    pub(crate) kind: String,
    pub(crate) stage: String,
    pub(crate) pair: String,
}

/// Reads every `*.jsonl` of a folder, in the order of names.
pub(crate) fn read_folder(folder: &Path) -> anyhow::Result<Vec<Labelled>> {
    let mut paths: Vec<_> = fs::read_dir(folder)
        .with_context(|| format!("could not open `{}`", folder.display()))?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .collect();
    paths.sort();
    let mut threads = Vec::new();
    for path in paths {
        threads.extend(read_file(&path)?);
    }
    Ok(threads)
}

/// Reads one file.
pub(crate) fn read_file(path: &Path) -> anyhow::Result<Vec<Labelled>> {
    let text = fs::read_to_string(path).with_context(|| format!("could not read `{}`", path.display()))?;
    let set = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    text.lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(number, line)| parse(line, &set).with_context(|| format!("`{}`, line {}", path.display(), number + 1)))
        .collect()
}

fn parse(line: &str, set: &str) -> anyhow::Result<Labelled> {
    let value: Value = serde_json::from_str(line)?;
    let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let is_approach = match field("label").as_str() {
        "approach" => true,
        "benign" => false,
        other => bail!("`label` is `{other}`; write `approach` or `benign`"),
    };
    let messages = value.get("messages").and_then(Value::as_array).context("no `messages`")?;
    let messages = messages
        .iter()
        .map(|message| {
            let field = |name: &str| message.get(name).and_then(Value::as_str).unwrap_or_default();
            Message {
                from: Party::parse(field("from")),
                to: vec![Party::parse(field("to"))],
                sent: field("sent").to_owned(),
                subject: field("subject").to_owned(),
                text: field("text").to_owned(),
                ..Message::default()
            }
        })
        .collect();
    let id = field("id");
    let thread =
        Thread { source: format!("{set}#{id}"), id, channel: field("channel"), messages, limits: Vec::new() };
    Ok(Labelled {
        thread,
        set: set.to_owned(),
        language: field("language"),
        is_approach,
        kind: field("kind"),
        stage: field("stage"),
        pair: field("pair"),
    })
}
