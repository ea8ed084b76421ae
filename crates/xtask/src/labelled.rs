//! The labelled threads of a folder.

use std::path::Path;

use anyhow::Context;
pub(crate) use countersign_formats::labelled::Labelled;
use countersign_formats::labelled::read;

/// Reads every `*.jsonl` of a folder, in the order of names.
pub(crate) fn read_folder(folder: &Path) -> anyhow::Result<Vec<Labelled>> {
    let mut paths: Vec<_> = std::fs::read_dir(folder)
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
    let bytes =
        std::fs::read(path).with_context(|| format!("could not read `{}`", path.display()))?;
    let set = path.file_stem().unwrap_or_default().to_string_lossy();
    Ok(read(&path.display().to_string(), &set, &bytes)?)
}
