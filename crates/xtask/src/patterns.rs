//! How often each indicator and pattern hits approaches and harmless threads: a tool for authors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use countersign_core::language::Language;
use countersign_core::pack::{File, Pack};
use countersign_core::recognise::RuleId;
use countersign_core::segment::Role;
use countersign_core::sequence;

use crate::labelled::{self, Labelled};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only patterns of this language.
    #[arg(long)]
    lang: Option<String>,
    /// Training sets to read, by name.
    #[arg(long, value_delimiter = ',', default_value = "train_a,train_b,train_c,train_d,train_e")]
    sets: Vec<String>,
    /// Show the findings of one thread, or of every thread whose id starts so.
    #[arg(long)]
    thread: Option<String>,
    /// Leave out single patterns, show indicators only.
    #[arg(long)]
    brief: bool,
}

/// The packs without what is fitted, which may belong to other indicators than there are now.
pub(crate) fn unfitted_pack() -> anyhow::Result<Arc<Pack>> {
    read_pack(|inside| !FITTED.contains(&inside))
}

/// What `cargo xtask fit` writes and what belongs to the indicators there were: not the ordinary words.
const FITTED: &[&str] = &["base/weights.toml", "base/acts.tsv", "base/wording.tsv"];

/// Reads the packs from the folder, not from the binary, so that authors need no build.
///
/// With a language, only what that language's author needs: the others may be half written.
pub(crate) fn pack_from_folder(lang: Option<&str>) -> anyhow::Result<Arc<Pack>> {
    let Some(lang) = lang else { return read_pack(|_| true) };
    read_pack(|inside| {
        let Some(name) = inside.strip_prefix("base/") else { return false };
        let of_language = name.starts_with("lexicon/") || name.starts_with("patterns/");
        let mine = |name: &str| name.split(['.', '-']).next() == Some(lang);
        !FITTED.contains(&inside) && (!of_language || name.rsplit('/').next().is_some_and(mine))
    })
}

/// Reads the files of the packs whose path inside `knowledge` is wanted.
fn read_pack(is_wanted: impl Fn(&str) -> bool) -> anyhow::Result<Arc<Pack>> {
    fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                walk(root, &path, files)?;
            } else if path.extension().is_some_and(|ending| ending == "toml" || ending == "tsv") {
                let inside = path.strip_prefix(root)?.to_string_lossy().replace('\\', "/");
                files.push(File { path: inside, text: std::fs::read_to_string(&path)? });
            }
        }
        Ok(())
    }
    let mut files = Vec::new();
    walk(Path::new("knowledge"), Path::new("knowledge"), &mut files)?;
    files.retain(|file| is_wanted(&file.path));
    Ok(Arc::new(Pack::load(&files)?))
}

pub(crate) fn run(options: &Options) -> anyhow::Result<()> {
    let pack = pack_from_folder(options.lang.as_deref())?;
    let recogniser = crate::fit::compiled(&pack)?;
    let sizes =
        pack.languages().filter_map(|language| Some(recogniser.patterns(language)?.sizes()));
    let (phrases, rules) = sizes.fold((0, 0), |(a, b), (c, d)| (a + c, b + d));
    println!("{phrases} phrases, {rules} patterns, {} indicators", pack.indicators.len());
    let mut threads: Vec<Labelled> = Vec::new();
    for set in &options.sets {
        threads
            .extend(labelled::read_file(&PathBuf::from(format!("training/threads/{set}.jsonl")))?);
    }
    if let Some(lang) = &options.lang {
        threads.retain(|labelled| &labelled.language == lang || lang == "en");
    }
    let mut by_indicator: BTreeMap<usize, [BTreeSet<String>; 2]> = BTreeMap::new();
    let mut by_rule: BTreeMap<(usize, RuleId), [usize; 2]> = BTreeMap::new();
    for labelled in &threads {
        let mut recognised = recogniser.recognise_and_see(&labelled.thread, &mut |_| {});
        recognised.add_acts(pack.acts());
        sequence::add_computed(&pack, &labelled.thread, &mut recognised);
        let shown =
            options.thread.as_ref().is_some_and(|id| labelled.thread.id.starts_with(id.as_str()));
        if shown {
            println!(
                "\n## {} {}",
                labelled.thread.id,
                if labelled.is_approach { "approach" } else { "benign" }
            );
        }
        for finding in &recognised.findings {
            let id =
                pack.indicators.get(finding.indicator).map_or("?", |i| i.id.get_ref().as_str());
            if shown {
                let quote = finding.quote(&labelled.thread).unwrap_or_default().replace('\n', " ");
                println!(
                    "  {} {:?} side {} {id}: {quote}",
                    finding.message, finding.role, finding.side
                );
            }
            if finding.role != Role::Own {
                continue;
            }
            let column = usize::from(!labelled.is_approach);
            if let Some(sets) = by_indicator.entry(finding.indicator).or_default().get_mut(column) {
                sets.insert(labelled.thread.id.clone());
            }
            if let Some(rule) = finding.rule
                && let Some(count) =
                    by_rule.entry((finding.indicator, rule)).or_default().get_mut(column)
            {
                *count += 1;
            }
        }
    }
    if options.thread.is_some() {
        return Ok(());
    }
    let approaches = threads.iter().filter(|labelled| labelled.is_approach).count();
    println!("threads hit, of {approaches} approaches and {} harmless", threads.len() - approaches);
    for (at, indicator) in pack.indicators.iter().enumerate() {
        let [hit, missed] = by_indicator.get(&at).map_or([0, 0], |[a, b]| [a.len(), b.len()]);
        println!("{hit:4} {missed:4}  {} ({:?})", indicator.id.get_ref(), indicator.polarity);
        if options.brief {
            continue;
        }
        for ((_, rule), [hit, missed]) in
            by_rule.range((at, first_rule())..).take_while(|((indicator, _), _)| *indicator == at)
        {
            if let Some(written) = recogniser.written(*rule) {
                println!(
                    "          {hit:3} {missed:3}  {}:{} {}",
                    written.file, written.line, written.text
                );
            }
        }
    }
    Ok(())
}

/// The least rule of all.
fn first_rule() -> RuleId {
    RuleId { language: Language::En, index: 0 }
}
