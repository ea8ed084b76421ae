//! The knowledge packs: loaded, validated, and ready for the recogniser.
//!
//! A pack is data about an adversary and about approaches (`knowledge/README.md`). [`Pack::embedded`]
//! is what the program ships; [`Pack::load`] takes files that the caller has read, because this crate
//! does no IO. Loading either succeeds whole or says everything that is wrong, with file, line, key
//! and remedy: a pack that is half read would be a silent default.

mod check;
mod error;
pub mod schema;

use std::collections::BTreeMap;

use include_dir::{Dir, include_dir};
use serde::de::DeserializeOwned;

pub use error::{PackError, PackErrors};

use crate::encoder::Encoder;
use crate::grams::GramTable;
use crate::language::Language;
use crate::shown::CommonWords;
use schema::{
    Actor, Advice, Count, Indicator, Kind, Lesson, Method, Objective, PackFile, Policy, Reportable,
    Source, Stage, Technology,
};

static KNOWLEDGE: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../knowledge");

/// A file of a pack, read by the caller.
#[derive(Debug, Clone)]
pub struct File {
    /// The path from the pack's parent folder, with `/`: `base/indicators/money.toml`.
    pub path: String,
    /// Its content.
    pub text: String,
}

/// A phrase or pattern with the place where it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// As written.
    pub text: String,
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Word classes and patterns of one language, in the order of their names.
#[derive(Debug, Clone, Default)]
pub struct LanguageRules {
    /// Class → phrases.
    pub classes: BTreeMap<String, Vec<Written>>,
    /// Indicator id → patterns.
    pub patterns: BTreeMap<String, Vec<Written>>,
}

/// All packs together.
#[derive(Debug, Clone, Default)]
pub struct Pack {
    /// The `pack.toml` of each, in the order in which they were loaded.
    pub packs: Vec<PackFile>,
    /// Published texts.
    pub sources: Vec<Source>,
    /// The ladder, lowest first.
    pub stages: Vec<Stage>,
    /// Kinds of approach.
    pub kinds: Vec<Kind>,
    /// What to do next.
    pub advice: Vec<Advice>,
    /// Methods of operation.
    pub operations: Vec<Method>,
    /// Methods of contact.
    pub contacts: Vec<Method>,
    /// Counts of the two.
    pub counts: Vec<Count>,
    /// What to report.
    pub reportable: Vec<Reportable>,
    /// Seeds of lessons.
    pub lessons: Vec<Lesson>,
    /// Observable signs.
    pub indicators: Vec<Indicator>,
    /// The files of words and patterns, read when a text needs their language: see [`Pack::rules`].
    language_files: BTreeMap<Language, Vec<File>>,
    /// What a state wants.
    pub policies: Vec<Policy>,
    /// Its sectors and items.
    pub objectives: Vec<Objective>,
    /// What is sought.
    pub technologies: Vec<Technology>,
    /// Who seeks it.
    pub actors: Vec<Actor>,
    /// The fitted weights (`base/weights.toml`), if present.
    pub weights: Option<crate::model::Weights>,
    /// The fitted model of wording (`base/wording.tsv`), if present.
    pub wording: Option<GramTable>,
    /// The fitted model of acts (`base/acts.tsv`), if present: a column for each act.
    pub act_table: Option<GramTable>,
    /// Indicators that are learned from marked sentences, as the table's columns have them.
    acts: Vec<usize>,
    /// Ordinary words (`base/common_words.tsv`), for [`crate::shown`].
    pub common_words: CommonWords,
    /// What tells the meaning of sentences.
    pub encoder: Option<&'static Encoder>,
}

impl Pack {
    /// The packs compiled into the program.
    ///
    /// # Errors
    ///
    /// Only when the shipped data is broken, which `cargo xtask tidy` refuses.
    pub fn embedded() -> Result<Self, PackErrors> {
        Self::load(&embedded_files())
    }

    /// Loads and validates packs from files.
    ///
    /// A file whose path is given twice is read once, from its last mention: an overlay replaces the
    /// shipped file of the same name.
    ///
    /// # Errors
    ///
    /// Everything that is wrong in the files.
    pub fn load(files: &[File]) -> Result<Self, PackErrors> {
        let mut by_path: BTreeMap<&str, &File> = BTreeMap::new();
        for file in files {
            by_path.insert(&file.path, file);
        }
        let mut pack = Self::default();
        let mut errors = Vec::new();
        match Encoder::shipped() {
            Ok(encoder) => pack.encoder = Some(encoder),
            Err(error) => errors.push(PackError {
                file: "data/sentence-encoder.bin".to_owned(),
                line: 0,
                key: "encoder".to_owned(),
                problem: error.to_string(),
                remedy: "write it anew with `crates/core/data/convert.py`".to_owned(),
            }),
        }
        for file in by_path.values() {
            pack.add(file, &mut errors);
        }
        if errors.is_empty() {
            check::check(&pack, &by_path, &mut errors);
            pack.link_acts(&mut errors);
        }
        if errors.is_empty() { Ok(pack) } else { Err(PackErrors(errors)) }
    }

    fn add(&mut self, file: &File, errors: &mut Vec<PackError>) {
        // `base/indicators/money.toml` → `indicators/`, `money.toml`.
        let inside = file.path.split_once('/').map_or(file.path.as_str(), |(_, rest)| rest);
        let (folder, name) = inside.rsplit_once('/').unwrap_or(("", inside));
        match (folder, name) {
            ("", "pack.toml") => self.packs.extend(parse::<PackFile>(file, errors)),
            ("", "sources.toml") => {
                self.sources.extend(
                    parse::<schema::SourcesFile>(file, errors).into_iter().flat_map(|f| f.source),
                );
            }
            ("", "stages.toml") => {
                self.stages.extend(
                    parse::<schema::StagesFile>(file, errors).into_iter().flat_map(|f| f.stage),
                );
            }
            ("", "kinds.toml") => {
                self.kinds.extend(
                    parse::<schema::KindsFile>(file, errors).into_iter().flat_map(|f| f.kind),
                );
            }
            ("", "advice.toml") => {
                self.advice.extend(
                    parse::<schema::AdviceFile>(file, errors).into_iter().flat_map(|f| f.advice),
                );
            }
            ("", "methods.toml") => {
                if let Some(methods) = parse::<schema::MethodsFile>(file, errors) {
                    self.operations.extend(methods.operation);
                    self.contacts.extend(methods.contact);
                    self.counts.extend(methods.count);
                }
            }
            ("", "reportable.toml") => {
                let contacts = parse::<schema::ReportableFile>(file, errors)
                    .into_iter()
                    .flat_map(|f| f.contact);
                self.reportable.extend(contacts);
            }
            ("", "objectives.toml") => {
                if let Some(objectives) = parse::<schema::ObjectivesFile>(file, errors) {
                    self.policies.extend(objectives.policy);
                    self.objectives.extend(objectives.objective);
                }
            }
            ("", "technologies.toml") => {
                let found = parse::<schema::TechnologiesFile>(file, errors)
                    .into_iter()
                    .flat_map(|f| f.technology);
                self.technologies.extend(found);
            }
            ("", "weights.toml") => self.weights = parse(file, errors),
            ("", "wording.tsv") => self.wording = parse_table(file, errors),
            ("", "acts.tsv") => self.act_table = parse_table(file, errors),
            ("", "common_words.tsv") => {
                let words = file.text.lines().filter(|line| !line.starts_with('#'));
                self.common_words.extend(words.map(str::to_owned));
            }
            ("lessons", _) => self.lessons.extend(parse::<Lesson>(file, errors)),
            ("actors", _) => {
                self.actors.extend(
                    parse::<schema::ActorsFile>(file, errors).into_iter().flat_map(|f| f.actor),
                );
            }
            ("indicators", _) => {
                let found = parse::<schema::IndicatorsFile>(file, errors)
                    .into_iter()
                    .flat_map(|f| f.indicator);
                self.indicators.extend(found);
            }
            ("lexicon" | "patterns", _) => self.add_language(file, name, errors),
            _ => errors.push(PackError {
                file: file.path.clone(),
                line: 0,
                key: name.to_owned(),
                problem: "no such file belongs to a pack".to_owned(),
                remedy: "see `knowledge/README.md` for the names of files".to_owned(),
            }),
        }
    }

    /// Lists the learned indicators, and refuses a table that was fitted for others.
    fn link_acts(&mut self, errors: &mut Vec<PackError>) {
        let learned = self.indicators.iter().zip(0..).filter_map(|(indicator, index)| {
            Some((index, indicator.learned.as_ref()?.get_ref().as_str()))
        });
        let (acts, names): (Vec<usize>, Vec<&str>) = learned.unzip();
        if let Some(table) = &self.act_table
            && !table.columns().iter().map(|column| column.name.as_str()).eq(names)
        {
            errors.push(PackError {
                file: "base/acts.tsv".to_owned(),
                line: 0,
                key: "column".to_owned(),
                problem: "its columns are not the learned indicators in their order".to_owned(),
                remedy: "write it anew with `cargo xtask fit`".to_owned(),
            });
        }
        self.acts = acts;
    }

    /// Indices of the learned indicators, in the order of the columns of the table of acts.
    pub fn acts(&self) -> &[usize] {
        &self.acts
    }

    fn add_language(&mut self, file: &File, name: &str, errors: &mut Vec<PackError>) {
        if let Some(language) = language_of(file, name, errors) {
            self.language_files.entry(language).or_default().push(file.clone());
        }
    }

    /// The languages that have words and patterns.
    pub fn languages(&self) -> impl Iterator<Item = Language> + '_ {
        self.language_files.keys().copied()
    }

    /// Reads the words and patterns of one language.
    ///
    /// They are the bulk of a pack, and a text needs one or two languages of eight.
    ///
    /// # Errors
    ///
    /// What is wrong in that language's files.
    pub fn rules(&self, language: Language) -> Result<LanguageRules, PackErrors> {
        let mut rules = LanguageRules::default();
        let mut errors = Vec::new();
        for file in self.language_files.get(&language).into_iter().flatten() {
            let lines = Lines::new(&file.text);
            if file.path.contains("/lexicon/") {
                for (class, phrases) in
                    parse::<schema::LexiconFile>(file, &mut errors).unwrap_or_default()
                {
                    let written = phrases.into_iter().map(|phrase| lines.written(file, phrase));
                    rules.classes.entry(class).or_default().extend(written);
                }
                continue;
            }
            for (id, found) in parse::<schema::PatternsFile>(file, &mut errors).unwrap_or_default()
            {
                if self.indicator(id.get_ref()).is_none() {
                    errors.push(PackError {
                        file: file.path.clone(),
                        line: line_of(&file.text, id.span().start),
                        key: id.get_ref().clone(),
                        problem: "is no indicator".to_owned(),
                        remedy: "use an id from `indicators/`".to_owned(),
                    });
                }
                let written = found.matches.into_iter().map(|pattern| lines.written(file, pattern));
                rules.patterns.entry(id.into_inner()).or_default().extend(written);
            }
        }
        if errors.is_empty() { Ok(rules) } else { Err(PackErrors(errors)) }
    }

    /// The indicator of an id.
    pub fn indicator(&self, id: &str) -> Option<&Indicator> {
        self.indicators.iter().find(|indicator| indicator.id.get_ref() == id)
    }
}

/// The files compiled into the program.
pub fn embedded_files() -> Vec<File> {
    fn walk(dir: &Dir<'_>, files: &mut Vec<File>) {
        for file in dir.files() {
            let path = file.path().to_string_lossy().replace('\\', "/");
            let ending = file.path().extension().and_then(|ending| ending.to_str());
            if path.contains('/') && matches!(ending, Some("toml" | "tsv")) {
                files.push(File {
                    path,
                    text: String::from_utf8_lossy(file.contents()).into_owned(),
                });
            }
        }
        for sub in dir.dirs() {
            walk(sub, files);
        }
    }
    let mut files = Vec::new();
    walk(&KNOWLEDGE, &mut files);
    files
}

/// Where the lines of a file begin, so that ten thousand phrases find theirs without a search each.
struct Lines(Vec<usize>);

impl Lines {
    fn new(text: &str) -> Self {
        Self(text.match_indices('\n').map(|(at, _)| at + 1).collect())
    }

    fn written(&self, file: &File, spanned: toml::Spanned<String>) -> Written {
        let start = spanned.span().start;
        let line = self.0.partition_point(|&begin| begin <= start) + 1;
        Written { text: spanned.into_inner(), file: file.path.clone(), line }
    }
}

/// The line of a byte offset, from 1.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|&byte| byte == b'\n').count() + 1
}

fn language_of(file: &File, name: &str, errors: &mut Vec<PackError>) -> Option<Language> {
    // `zh.toml`, or a part of it such as `zh-context.toml`.
    let language = Language::from_code(name.split(['.', '-']).next().unwrap_or_default());
    if language.is_none() {
        errors.push(PackError {
            file: file.path.clone(),
            line: 0,
            key: name.to_owned(),
            problem: "is not one of the languages en, zh, de, ja, ko, fr, ru, es".to_owned(),
            remedy: "name the file after an ISO 639-1 code of that list".to_owned(),
        });
    }
    language
}

fn parse_table(file: &File, errors: &mut Vec<PackError>) -> Option<GramTable> {
    match GramTable::parse(&file.text) {
        Ok(table) => Some(table),
        Err(error) => {
            errors.push(PackError {
                file: file.path.clone(),
                line: error.line,
                key: String::new(),
                problem: error.problem,
                remedy: "write it anew with `cargo xtask fit`".to_owned(),
            });
            None
        }
    }
}

fn parse<T: DeserializeOwned>(file: &File, errors: &mut Vec<PackError>) -> Option<T> {
    match toml::from_str(&file.text) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            let message = error.message().to_owned();
            let key = message.split('`').nth(1).unwrap_or_default().to_owned();
            errors.push(PackError {
                file: file.path.clone(),
                line: error.span().map_or(0, |span| line_of(&file.text, span.start)),
                key,
                problem: message,
                remedy: "write the keys as `knowledge/README.md` shows them".to_owned(),
            });
            None
        }
    }
}
