//! Labelled threads, for fitting and measuring (`training/FORMAT.md`).
//!
//! The thread itself goes through [`crate::open`], which has no field for a label: what is measured
//! here never reaches the recogniser.

use countersign_core::thread::Thread;
use serde::Deserialize;

use crate::error::{ReadError, ReadErrorKind};
use crate::format::Format;
use crate::reading::ReadLimits;
use crate::threads::open;

/// A thread with what its author says about it.
#[derive(Debug, Clone, Default)]
pub struct Labelled {
    /// What was said.
    pub thread: Thread,
    /// The name of the set, given by the caller.
    pub set: String,
    /// ISO 639-1 code of the messages.
    pub language: String,
    /// Whether it is an approach.
    pub is_approach: bool,
    /// The kind of approach, or `none`.
    pub kind: String,
    /// The furthest stage, or `none`.
    pub stage: String,
    /// The id of its counterfactual twin, or empty.
    pub pair: String,
}

#[derive(Deserialize)]
struct Labels {
    label: String,
    #[serde(default)]
    language: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    stage: String,
    #[serde(default)]
    pair: String,
}

/// Reads the labelled threads of one file's content; `name` is what errors call it.
///
/// # Errors
///
/// The first line that is no labelled thread: its number, its missing key and what to do.
pub fn read(name: &str, set: &str, bytes: &[u8]) -> Result<Vec<Labelled>, ReadError> {
    let threads = open(name, Box::new(bytes), Some(Format::ThreadJsonl), ReadLimits::default())?;
    let lines = bytes.split(|&byte| byte == b'\n').enumerate();
    let lines = lines.filter(|(_, line)| !line.trim_ascii().is_empty());
    threads
        .zip(lines)
        .map(|(thread, (number, line))| {
            let thread = thread?;
            let refuse = |what: String, remedy: &str| {
                ReadError::new(ReadErrorKind::Malformed, name)
                    .at(format!("line {}", number + 1))
                    .what(what)
                    .remedy(remedy)
            };
            let labels: Labels = serde_json::from_slice(line).map_err(|_| {
                refuse(
                    "has no key `label` with text in it".to_owned(),
                    "add it (see `training/FORMAT.md`)",
                )
            })?;
            let is_approach = match labels.label.as_str() {
                "approach" => true,
                "benign" => false,
                other => {
                    return Err(refuse(
                        format!("`label` is `{other}`"),
                        "write `approach` or `benign`",
                    ));
                }
            };
            Ok(Labelled {
                thread,
                set: set.to_owned(),
                language: labels.language,
                is_approach,
                kind: labels.kind,
                stage: labels.stage,
                pair: labels.pair,
            })
        })
        .collect()
}
