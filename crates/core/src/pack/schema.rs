//! The TOML files of a pack as they are written; `knowledge/README.md` describes them for authors.
//!
//! Unknown keys are refused, so that a misspelt key is an error and not a silent default. References
//! are [`Spanned`], so that a dangling one can be reported with its line.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

/// A text in English and Chinese.
#[derive(Debug, Clone, Default, Deserialize, PartialEq, Eq)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// English.
    pub en: String,
    /// Chinese.
    pub zh: String,
}

/// An id that must exist elsewhere, with its place in the file.
pub type Reference = Spanned<String>;

/// `pack.toml`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PackFile {
    /// The folder's name.
    pub id: Spanned<String>,
    /// For people.
    pub title: String,
    /// Of the data, not of the program.
    pub version: String,
    /// When its facts were last looked at.
    pub date: Spanned<String>,
    /// What it covers and what not.
    pub summary: String,
}

/// A published text or list that statements rest on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// Stable id.
    pub id: Spanned<String>,
    /// As published.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// When, as far as known.
    pub date: Spanned<String>,
    /// article, court, government, list, study or standard.
    pub kind: Spanned<String>,
    /// Where it was found; never fetched.
    #[serde(default)]
    pub address: String,
    /// What it is good for and what it does not show.
    #[serde(default)]
    pub note: String,
}

/// A rung of the ladder.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// As in `--json`.
    pub id: Spanned<String>,
    /// For people.
    pub title: Text,
    /// From the receiver's side.
    pub means: String,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// A kind of approach.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    /// As in `--json`.
    pub id: Spanned<String>,
    /// For people.
    pub title: Text,
    /// What it is.
    pub means: String,
    /// How it starts.
    pub looks_like: String,
    /// What is usually harmless and looks the same.
    pub innocent: Vec<String>,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// When a piece of advice applies; an empty list means any.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct When {
    /// `approach`, `caution`, `clear`.
    pub verdicts: Vec<Spanned<String>>,
    /// Stage ids.
    pub stages: Vec<Reference>,
    /// Kind ids.
    pub kinds: Vec<Reference>,
}

/// What to do next.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Advice {
    /// Stable id.
    pub id: Spanned<String>,
    /// When it applies.
    pub when: When,
    /// Lower comes first.
    pub order: u32,
    /// In the voice of a calm colleague.
    pub text: Text,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// A method of operation or of contact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Method {
    /// Stable id.
    pub id: Spanned<String>,
    /// For people.
    pub title: String,
    /// What it is.
    pub means: String,
    /// Kinds of approach that use it.
    pub kinds: Vec<Reference>,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// How often a source counted a method of operation with a method of contact.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Count {
    /// Id of the method of operation.
    pub operation: Reference,
    /// Id of the method of contact.
    pub contact: Reference,
    /// The number.
    pub value: u32,
    /// Of what.
    pub unit: String,
    /// When.
    pub period: String,
    /// Who counted.
    pub sources: Vec<Reference>,
}

/// A contact that people are asked to report.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reportable {
    /// Stable id.
    pub id: Spanned<String>,
    /// For people.
    pub title: String,
    /// What it is.
    pub means: String,
    /// Why it matters.
    pub why: String,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// The seed of a lesson.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lesson {
    /// Stable id.
    pub id: Spanned<String>,
    /// For people.
    pub title: Text,
    /// Kinds it prepares for.
    pub kinds: Vec<Reference>,
    /// Reading time.
    pub minutes: u32,
    /// What it says, a sentence each.
    pub points: Vec<String>,
    /// A belief that it corrects.
    #[serde(default)]
    pub myth: String,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// Whether a sign speaks for or against an approach.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Polarity {
    /// Speaks for an approach.
    For,
    /// Speaks against one.
    Against,
}

/// How much a sign says by itself, before any fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Strength {
    /// Rare in ordinary mail.
    Strong,
    /// Common in approaches, not rare elsewhere.
    Moderate,
    /// Says little alone.
    Weak,
}

/// An observable sign.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Stable id.
    pub id: Spanned<String>,
    /// A short heading.
    pub title: Text,
    /// What it is, from the receiver's side.
    pub means: String,
    /// For or against.
    pub polarity: Polarity,
    /// The stage it belongs to; `none` for what speaks against.
    pub stage: Reference,
    /// Kinds it belongs to, the main one first.
    pub kinds: Vec<Reference>,
    /// A start for the fit, and an order for people.
    pub strength: Strength,
    /// What evidence it encodes.
    pub why_strength: String,
    /// When it is harmless.
    pub innocent: Vec<String>,
    /// One sentence to the receiver.
    pub guidance: String,
    /// What it rests on.
    pub sources: Vec<Reference>,
    /// The name of the computation for signs that have no patterns.
    #[serde(default)]
    pub computed: Option<Spanned<String>>,
    /// The name of the act in `acts.tsv` for signs that are learned from marked sentences.
    #[serde(default)]
    pub learned: Option<Spanned<String>>,
    /// What the computations over a conversation take it for.
    #[serde(default)]
    pub family: Option<Family>,
}

/// What a sign is to computations over a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// Asks for what is not public, for papers, people or access.
    Ask,
    /// Pays or gives.
    Money,
    /// Hides.
    Secrecy,
    /// What the person says who was approached; it counts from that side only.
    Reply,
}

/// How an indicator sounds in one language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Patterns {
    /// Patterns, any of which is enough.
    #[serde(rename = "match")]
    pub matches: Vec<Spanned<String>>,
}

/// `lexicon/LANGUAGE.toml`: class → phrases.
pub type LexiconFile = BTreeMap<String, Vec<Spanned<String>>>;

/// `patterns/LANGUAGE.toml`: indicator → patterns.
pub type PatternsFile = BTreeMap<Spanned<String>, Patterns>;

/// An aim of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Aim {
    /// By when.
    pub by: String,
    /// What.
    pub text: String,
}

/// What a state has said it wants.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Stable id.
    pub id: Spanned<String>,
    /// For people.
    pub title: Text,
    /// When it was issued.
    pub date: Spanned<String>,
    /// What it says.
    pub means: String,
    /// Dated aims.
    #[serde(default)]
    pub aims: Vec<Aim>,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// A sector or item of a policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Objective {
    /// `policy/objective`.
    pub id: Spanned<String>,
    /// Its policy.
    pub policy: Reference,
    /// For people.
    pub title: Text,
    /// More words, if needed.
    #[serde(default)]
    pub means: String,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// A link from a technology to a category of another scheme.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Crosswalk {
    /// Such as `NAICS 2017`.
    pub scheme: String,
    /// The category's code.
    pub code: String,
    /// The category's title.
    #[serde(default)]
    pub title: String,
    /// high, moderate or low.
    pub confidence: Spanned<String>,
}

/// Terms of a technology by language.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// English.
    pub en: Vec<Spanned<String>>,
    /// Chinese, both scripts.
    #[serde(default)]
    pub zh: Vec<Spanned<String>>,
}

/// Something that is sought.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Technology {
    /// Stable id.
    pub id: Spanned<String>,
    /// For people.
    pub title: Text,
    /// Words that mean it, standing alone.
    pub terms: Terms,
    /// Objectives it serves.
    pub objectives: Vec<Reference>,
    /// Links to other schemes.
    #[serde(default)]
    pub crosswalk: Vec<Crosswalk>,
    /// What it rests on.
    pub sources: Vec<Reference>,
}

/// One statement about an actor, bound to its source.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// What it is said to do or be.
    pub text: String,
    /// When it was said.
    pub date: Spanned<String>,
    /// By whom.
    pub sources: Vec<Reference>,
}

/// A service, firm, university, programme or front.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// Stable id.
    pub id: Spanned<String>,
    /// In English.
    pub name: String,
    /// Names in other languages, by language code.
    #[serde(default)]
    pub names: BTreeMap<String, Vec<String>>,
    /// Other names.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// What sort of body it is.
    pub kind: Spanned<String>,
    /// The body above it.
    #[serde(default)]
    pub parent: Option<Reference>,
    /// Where it works, as the source says.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Technologies it is said to seek.
    #[serde(default)]
    pub focus: Vec<Reference>,
    /// How a front or persona is known.
    #[serde(default)]
    pub status: String,
    /// What is said of it.
    pub statements: Vec<Statement>,
}

macro_rules! files {
    ($($(#[$meta:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? })*) => {$(
        $(#[$meta])*
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct $name { $(#[serde(default)] pub(super) $field: Vec<$type>),* }
    )*};
}

files! {
    /// `sources.toml`
    SourcesFile { source: Source }
    /// `stages.toml`
    StagesFile { stage: Stage }
    /// `kinds.toml`
    KindsFile { kind: Kind }
    /// `advice.toml`
    AdviceFile { advice: Advice }
    /// `methods.toml`
    MethodsFile { operation: Method, contact: Method, count: Count }
    /// `reportable.toml`
    ReportableFile { contact: Reportable }
    /// `indicators/*.toml`
    IndicatorsFile { indicator: Indicator }
    /// `objectives.toml`
    ObjectivesFile { policy: Policy, objective: Objective }
    /// `technologies.toml`
    TechnologiesFile { technology: Technology }
    /// `actors/*.toml`
    ActorsFile { actor: Actor }
}
