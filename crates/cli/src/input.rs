//! Packs and the date: what every command needs before it starts.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use countersign_core::assess::{Assessment, Assessor};
use countersign_core::pack::{self, File, Pack};
use countersign_core::thread::Thread;
use jiff::civil::Date;
use rayon::prelude::*;

/// Loads the embedded packs with the given folders laid over them.
pub(crate) fn assessor(folders: &[PathBuf]) -> anyhow::Result<Assessor> {
    let mut files = pack::embedded_files();
    for folder in folders {
        overlay(folder, &mut files)?;
    }
    let pack = Pack::load(&files).context("the knowledge pack cannot be used")?;
    let assessor = Assessor::new(pack).context("the knowledge pack cannot be used")?;
    if !folders.is_empty() {
        // The shipped patterns were checked when the program was built; these were not.
        assessor.recogniser().check().context("the knowledge pack cannot be used")?;
    }
    Ok(assessor)
}

/// Threads that are assessed together: enough that encoding them together pays.
const TOGETHER: usize = 16;

/// Assesses threads on all cores.
pub(crate) fn assess_all(assessor: &Assessor, threads: &[Thread], prior: f64) -> Vec<Assessment> {
    let chunks = threads.par_chunks(TOGETHER);
    chunks.flat_map_iter(|chunk| assessor.assess_many(chunk, prior)).collect()
}

/// Adds the TOML files of a pack's folder. A file of the same pack and name replaces the shipped one.
fn overlay(folder: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
    if !folder.join("pack.toml").is_file() {
        anyhow::bail!(
            "`{}` has no `pack.toml`; name the folder of one pack, such as `knowledge/china`",
            folder.display()
        );
    }
    let folder =
        folder.canonicalize().with_context(|| format!("could not open `{}`", folder.display()))?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let before = files.len();
    walk(&folder, &folder, &name, files)?;
    anyhow::ensure!(files.len() > before, "`{}` has no TOML files", folder.display());
    Ok(())
}

fn walk(root: &Path, folder: &Path, name: &str, files: &mut Vec<File>) -> anyhow::Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("could not open `{}`", folder.display()))?;
    let mut paths =
        entries.map(|entry| entry.map(|entry| entry.path())).collect::<Result<Vec<_>, _>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            walk(root, &path, name, files)?;
        } else if path.extension().is_some_and(|ending| ending == "toml") {
            let inside =
                path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            let text = fs::read_to_string(&path)
                .with_context(|| format!("could not read `{}`", path.display()))?;
            files.push(File { path: format!("{name}/{inside}"), text });
        }
    }
    Ok(())
}

/// The date to reckon from: as given, else today.
pub(crate) fn as_of(given: Option<Date>) -> Date {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the clock enters; `--as-of` replaces it"
    )]
    given.unwrap_or_else(|| jiff::Zoned::now().date())
}
