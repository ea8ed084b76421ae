//! Each file of `testdata/formats/` against `NAME.expected` beside it.
//!
//! `BLESS=1 cargo test -p countersign-formats golden` writes the expectations anew; look at the
//! difference before you commit it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use countersign_core::thread::{Party, Thread};
use countersign_formats::{ReadLimits, open};

pub(crate) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/formats")
}

/// The samples, in order of name, without expectations and notes.
pub(crate) fn samples() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder())
        .expect("testdata/formats is in the repository")
        .map(|entry| entry.expect("a readable folder").path())
        .filter(|path| !path.extension().is_some_and(|end| end == "expected" || end == "md"))
        .collect();
    files.sort();
    files
}

#[test]
fn every_sample_is_read_as_before() {
    let bless = std::env::var_os("BLESS").is_some();
    let mut failures = Vec::new();
    for path in samples() {
        let read = read(&path);
        let expected_path = PathBuf::from(format!("{}.expected", path.display()));
        if bless {
            fs::write(&expected_path, &read).expect("a writable folder");
            continue;
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if expected != read {
            failures
                .push(format!("== {}\n-- expected\n{expected}\n-- read\n{read}", path.display()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn every_expectation_has_a_sample() {
    for entry in fs::read_dir(folder()).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.extension().is_some_and(|end| end == "expected") {
            assert!(path.with_extension("").exists(), "{} has no sample", path.display());
        }
    }
}

/// Everything that is read from a file, as text that a person can review.
fn read(path: &Path) -> String {
    let name = path.file_name().expect("a file").to_string_lossy().into_owned();
    let bytes = fs::read(path).expect("a readable file");
    let mut out = String::new();
    match open(&name, Box::new(&*bytes), None, ReadLimits::default()) {
        Ok(threads) => {
            writeln!(out, "format: {}", threads.format()).unwrap();
            for thread in threads {
                match thread {
                    Ok(thread) => show(&mut out, &thread),
                    Err(error) => writeln!(out, "\nerror: {error}").unwrap(),
                }
            }
        }
        Err(error) => writeln!(out, "error: {error}").unwrap(),
    }
    out
}

fn show(out: &mut String, thread: &Thread) {
    let Thread { id, source, channel, messages, limits } = thread;
    writeln!(out, "\nthread: {source} | id: {id} | channel: {channel}").unwrap();
    for limit in limits {
        writeln!(out, "limit: {limit}").unwrap();
    }
    for message in messages {
        writeln!(out, "\n  from: {}", party(&message.from)).unwrap();
        for to in &message.to {
            writeln!(out, "  to: {}", party(to)).unwrap();
        }
        let optional = [
            ("reply-to", message.reply_to.as_ref().map(party).unwrap_or_default()),
            ("sent", message.sent.clone()),
            ("subject", message.subject.clone()),
            ("attachment", message.attachment.clone().unwrap_or_default()),
            ("bulk", message.bulk.clone().unwrap_or_default()),
        ];
        for (name, value) in optional.iter().filter(|(_, value)| !value.is_empty()) {
            writeln!(out, "  {name}: {value}").unwrap();
        }
        for line in message.text.lines() {
            writeln!(out, "  | {line}").unwrap();
        }
    }
}

fn party(party: &Party) -> String {
    format!("{} <{}>", party.name, party.handle)
}
