//! `test`, `check` and `tidy`: what a contributor and CI run.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};
use sha2::{Digest, Sha256};

use crate::fit;
use crate::labelled;
use crate::patterns::pack_from_folder;

/// Runs every test of the workspace. Nothing has to be installed for it but the toolchain.
pub(crate) fn test() -> anyhow::Result<()> {
    run("cargo", &["test", "--release", "--workspace", "--locked"])
}

/// Formatting, lints, dependencies and [`tidy`].
pub(crate) fn check() -> anyhow::Result<()> {
    run("cargo", &["fmt", "--all", "--check"])?;
    run(
        "cargo",
        &[
            "clippy",
            "--release",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ],
    )?;
    if Command::new("cargo")
        .args(["deny", "--version"])
        .output()
        .is_ok_and(|output| output.status.success())
    {
        run("cargo", &["deny", "--all-features", "check", "bans", "licenses", "sources"])?;
    } else {
        println!("skipped: `cargo deny` is not installed (`cargo install cargo-deny --locked`)");
    }
    tidy()
}

/// What no compiler checks: packs, the split of the training threads, generated files.
pub(crate) fn tidy() -> anyhow::Result<()> {
    let pack = pack_from_folder(None)?;
    fit::compiled(&pack)?;
    split_is_by_hash()?;
    crate::generate::check()?;
    println!(
        "tidy: {} indicators, {} actors, {} sources",
        pack.indicators.len(),
        pack.actors.len(),
        pack.sources.len()
    );
    Ok(())
}

/// A thread is kept aside exactly when the hash of its group says so (`training/README.md`).
fn split_is_by_hash() -> anyhow::Result<()> {
    for (folder, aside) in [(fit::TRAINING, false), (fit::ASIDE, true)] {
        for labelled in labelled::read_folder(Path::new(folder))? {
            let id = &labelled.thread.id;
            let group = if labelled.pair.is_empty() { id } else { id.min(&labelled.pair) };
            let byte = Sha256::digest(group.as_bytes()).first().copied().unwrap_or_default();
            if (byte % 5 == 0) != aside {
                bail!(
                    "`{id}` is in `{folder}`, where its hash does not put it; move it to the other folder"
                );
            }
        }
    }
    Ok(())
}

pub(crate) fn run(program: &str, arguments: &[&str]) -> anyhow::Result<()> {
    println!("$ {program} {}", arguments.join(" "));
    let status = Command::new(program)
        .args(arguments)
        .status()
        .with_context(|| format!("could not start `{program}`"))?;
    anyhow::ensure!(status.success(), "`{program} {}` failed ({status})", arguments.join(" "));
    Ok(())
}
