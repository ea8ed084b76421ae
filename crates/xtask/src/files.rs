//! The files that a fit reads and writes, as text.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::Context;
use countersign_core::model::Weights;
use sha2::{Digest, Sha256};

/// Three decimals: enough for a probability, and the same on every machine.
pub(crate) fn thousandths(value: f64) -> f64 {
    let rounded = (value * 1e3).round() / 1e3;
    if rounded == 0.0 { 0.0 } else { rounded }
}

/// SHA-256 over all files of some folders in the order of their paths.
pub(crate) fn hash_of(folders: &[&str]) -> anyhow::Result<String> {
    let mut paths = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder)? {
            paths.push(entry?.path());
        }
    }
    paths.sort();
    let mut hash = Sha256::new();
    for path in paths {
        hash.update(
            std::fs::read(&path).with_context(|| format!("could not read `{}`", path.display()))?,
        );
    }
    Ok(hash.finalize().iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}

/// Writes a weights file.
pub(crate) fn weights_file(weights: &Weights) -> String {
    let mut text = String::from(
        "# Written by `cargo xtask fit`; do not edit. See docs/quality.md for what it is worth.\n\n",
    );
    let _ = writeln!(
        text,
        "bias = {:?}\nprior = {:?}\nwording = {:?}",
        weights.bias, weights.prior, weights.wording
    );
    let provenance = &weights.provenance;
    let _ = writeln!(
        text,
        "\n[provenance]\ncommand = {:?}\ndate = {:?}\ndata_sha256 = {:?}\nthreads = {}",
        provenance.command, provenance.date, provenance.data_sha256, provenance.threads
    );
    let mut table = |name: &str, terms: &BTreeMap<String, f64>| {
        let _ = writeln!(text, "\n[{name}]");
        for (term, weight) in terms {
            let _ = writeln!(text, "{term:?} = {weight:?}");
        }
    };
    table("terms", &weights.terms);
    for (id, terms) in &weights.stages {
        table(&format!("stages.{id}"), terms);
    }
    for (id, terms) in &weights.kinds {
        table(&format!("kinds.{id}"), terms);
    }
    text
}

/// Writes a file, or checks that it is as it would be written.
pub(crate) fn put(path: &str, text: &str, check: bool) -> anyhow::Result<()> {
    if !check {
        return std::fs::write(path, text).with_context(|| format!("could not write `{path}`"));
    }
    let committed =
        std::fs::read_to_string(path).with_context(|| format!("could not read `{path}`"))?;
    anyhow::ensure!(
        committed == text,
        "`{path}` is not what the fit gives; run `cargo xtask fit --date …`"
    );
    Ok(())
}
