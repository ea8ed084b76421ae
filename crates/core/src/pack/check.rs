//! Cross-references, vocabularies and dates of the packs.

use std::collections::{BTreeMap, BTreeSet};

use toml::Spanned;

use super::schema::Reference;
use super::{File, Pack, PackError, line_of};

const SOURCE_KINDS: &[&str] = &["article", "court", "government", "list", "study", "standard"];
const ACTOR_KINDS: &[&str] = &[
    "service",
    "bureau",
    "military",
    "state_firm",
    "university",
    "research_institute",
    "contractor",
    "programme",
    "front",
    "party_body",
    "association",
];
const CONFIDENCES: &[&str] = &["high", "moderate", "low"];
const VERDICTS: &[&str] = &["approach", "caution", "clear"];

/// Checks everything that spans files.
pub(super) fn check(pack: &Pack, files: &BTreeMap<&str, &File>, errors: &mut Vec<PackError>) {
    let mut checker = Checker { files, errors };
    let sources = checker.unique("source", pack.sources.iter().map(|s| &s.id));
    let mut stages = checker.unique("stage", pack.stages.iter().map(|s| &s.id));
    stages.insert("none".to_owned());
    let kinds = checker.unique("kind", pack.kinds.iter().map(|k| &k.id));
    let policies = checker.unique("policy", pack.policies.iter().map(|p| &p.id));
    let objectives = checker.unique("objective", pack.objectives.iter().map(|o| &o.id));
    let technologies = checker.unique("technology", pack.technologies.iter().map(|t| &t.id));
    let actors = checker.unique("actor", pack.actors.iter().map(|a| &a.id));
    checker.unique("indicator", pack.indicators.iter().map(|i| &i.id));
    let operations = checker.unique("operation", pack.operations.iter().map(|m| &m.id));
    let contacts = checker.unique("contact", pack.contacts.iter().map(|m| &m.id));
    checker.unique("advice", pack.advice.iter().map(|a| &a.id));
    checker.unique("lesson", pack.lessons.iter().map(|l| &l.id));
    checker.unique("reportable contact", pack.reportable.iter().map(|r| &r.id));

    let mut cited: Vec<&Reference> = Vec::new();
    cited.extend(pack.stages.iter().flat_map(|s| &s.sources));
    cited.extend(pack.kinds.iter().flat_map(|k| &k.sources));
    cited.extend(pack.advice.iter().flat_map(|a| &a.sources));
    cited.extend(pack.operations.iter().chain(&pack.contacts).flat_map(|m| &m.sources));
    cited.extend(pack.counts.iter().flat_map(|c| &c.sources));
    cited.extend(pack.reportable.iter().flat_map(|r| &r.sources));
    cited.extend(pack.lessons.iter().flat_map(|l| &l.sources));
    cited.extend(pack.indicators.iter().flat_map(|i| &i.sources));
    cited.extend(pack.policies.iter().flat_map(|p| &p.sources));
    cited.extend(pack.objectives.iter().flat_map(|o| &o.sources));
    cited.extend(pack.technologies.iter().flat_map(|t| &t.sources));
    cited.extend(pack.actors.iter().flat_map(|a| &a.statements).flat_map(|s| &s.sources));
    checker.exist("source", &sources, cited);

    let mut kind_references: Vec<&Reference> = Vec::new();
    kind_references.extend(pack.indicators.iter().flat_map(|i| &i.kinds));
    kind_references.extend(pack.advice.iter().flat_map(|a| &a.when.kinds));
    kind_references.extend(pack.operations.iter().chain(&pack.contacts).flat_map(|m| &m.kinds));
    kind_references.extend(pack.lessons.iter().flat_map(|l| &l.kinds));
    checker.exist("kind", &kinds, kind_references);

    let stage_references = pack.indicators.iter().map(|i| &i.stage);
    checker.exist(
        "stage",
        &stages,
        stage_references.chain(pack.advice.iter().flat_map(|a| &a.when.stages)),
    );
    checker.exist("policy", &policies, pack.objectives.iter().map(|o| &o.policy));
    checker.exist("objective", &objectives, pack.technologies.iter().flat_map(|t| &t.objectives));
    checker.exist("technology", &technologies, pack.actors.iter().flat_map(|a| &a.focus));
    checker.exist("actor", &actors, pack.actors.iter().filter_map(|a| a.parent.as_ref()));
    checker.exist("operation", &operations, pack.counts.iter().map(|c| &c.operation));
    checker.exist("contact", &contacts, pack.counts.iter().map(|c| &c.contact));

    checker.one_of("kind", SOURCE_KINDS, pack.sources.iter().map(|s| &s.kind));
    checker.one_of("kind", ACTOR_KINDS, pack.actors.iter().map(|a| &a.kind));
    checker.one_of("verdicts", VERDICTS, pack.advice.iter().flat_map(|a| &a.when.verdicts));
    let crosswalk = pack.technologies.iter().flat_map(|t| &t.crosswalk);
    checker.one_of("confidence", CONFIDENCES, crosswalk.map(|c| &c.confidence));
    let computed = pack.indicators.iter().filter_map(|i| i.computed.as_ref());
    checker.one_of("computed", crate::sequence::COMPUTED, computed);

    checker.dates(pack.packs.iter().map(|p| &p.date));
    checker.dates(pack.sources.iter().map(|s| &s.date));
    checker.dates(pack.policies.iter().map(|p| &p.date));
    checker.dates(pack.actors.iter().flat_map(|a| &a.statements).map(|s| &s.date));
}

struct Checker<'a> {
    files: &'a BTreeMap<&'a str, &'a File>,
    errors: &'a mut Vec<PackError>,
}

impl Checker<'_> {
    /// The ids of one sort of entry, each reported if it occurs twice or is no id.
    fn unique<'i>(
        &mut self,
        what: &str,
        ids: impl Iterator<Item = &'i Spanned<String>>,
    ) -> BTreeSet<String> {
        let mut seen = BTreeSet::new();
        for id in ids {
            let written = id.get_ref();
            let is_id = !written.is_empty()
                && written
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"-_/".contains(&b));
            if !is_id {
                self.report(
                    id,
                    format!("is no {what} id"),
                    "use small letters, digits and hyphens",
                );
            }
            if !seen.insert(written.clone()) {
                self.report(
                    id,
                    format!("is the id of two entries of the sort {what}"),
                    "rename or merge one",
                );
            }
        }
        seen
    }

    fn exist<'i>(
        &mut self,
        what: &str,
        known: &BTreeSet<String>,
        used: impl IntoIterator<Item = &'i Reference>,
    ) {
        for reference in used {
            if !known.contains(reference.get_ref()) {
                let remedy = format!("add that {what}, or correct the id");
                self.report(reference, format!("no {what} has this id"), &remedy);
            }
        }
    }

    fn one_of<'i>(
        &mut self,
        key: &str,
        allowed: &[&str],
        used: impl IntoIterator<Item = &'i Spanned<String>>,
    ) {
        for value in used {
            if !allowed.contains(&value.get_ref().as_str()) {
                let remedy = format!("`{key}` is one of: {}", allowed.join(", "));
                self.report(value, "is not a known value".to_owned(), &remedy);
            }
        }
    }

    fn dates<'i>(&mut self, dates: impl IntoIterator<Item = &'i Spanned<String>>) {
        for date in dates {
            if !is_partial_date(date.get_ref()) {
                self.report(date, "is no date".to_owned(), "write 2021, 2021-11 or 2021-11-05");
            }
        }
    }

    /// Finds the file in which this very span holds this very value.
    ///
    /// Spans carry no file; two files with the same text at the same place are told apart by nothing,
    /// and then the first is named, which holds the same mistake.
    fn report(&mut self, value: &Spanned<String>, problem: String, remedy: &str) {
        let span = value.span();
        let place = self.files.values().find(|file| {
            let inner = file.text.get(span.clone()).map(|raw| raw.trim_matches(['"', '\'']));
            inner == Some(value.get_ref().as_str())
        });
        self.errors.push(PackError {
            file: place.map_or_else(String::new, |file| file.path.clone()),
            line: place.map_or(0, |file| line_of(&file.text, span.start)),
            key: value.get_ref().clone(),
            problem,
            remedy: remedy.to_owned(),
        });
    }
}

/// `2021`, `2021-11` or `2021-11-05`.
fn is_partial_date(written: &str) -> bool {
    let parts: Vec<&str> = written.split('-').collect();
    let in_range = |part: &str, length: usize, most: u32| {
        part.len() == length && part.parse::<u32>().is_ok_and(|value| (1..=most).contains(&value))
    };
    match parts.as_slice() {
        [year] => in_range(year, 4, 9999),
        [year, month] => in_range(year, 4, 9999) && in_range(month, 2, 12),
        [year, month, day] => {
            in_range(year, 4, 9999) && in_range(month, 2, 12) && in_range(day, 2, 31)
        }
        _ => false,
    }
}
