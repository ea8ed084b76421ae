//! The answer as people read it: one model behind the terminal and the HTML page.
//!
//! Reasons are numbered in the order in which the text shows them, one for each indicator and side; every
//! marked stretch carries the numbers of its reasons.

use countersign_core::assess::{self, Assessment, Assessor, Verdict};
use countersign_core::pack::schema::{Family, Text};
use countersign_core::recognise::Finding;
use countersign_core::thread::Thread;
use jiff::civil::Date;

/// A stretch of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) text: String,
    /// The reason that the stretch shows, if any.
    pub(crate) mark: Option<Mark>,
}

/// A marked stretch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The numbers of its reasons.
    pub(crate) numbers: Vec<usize>,
    pub(crate) tone: Tone,
}

/// How a stretch is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// An act of the other side that speaks for an approach.
    For,
    /// Whatever speaks against one.
    Against,
    /// What the receiver says and what speaks for an approach of the other side: nothing to be blamed for.
    Reply,
}

/// One message as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) from: String,
    pub(crate) when: String,
    pub(crate) parts: Vec<Part>,
}

/// One reason, with its number, heading and weight.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Reason {
    pub(crate) number: usize,
    pub(crate) title: String,
    pub(crate) means: String,
    pub(crate) quotes: Vec<String>,
    /// Log-odds.
    pub(crate) weight: f64,
}

/// A rung of the ladder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rung {
    pub(crate) title: String,
    pub(crate) is_reached: bool,
    pub(crate) is_current: bool,
}

/// Everything that is shown about one thread.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answer {
    pub(crate) source: String,
    pub(crate) verdict: Verdict,
    pub(crate) headline: String,
    pub(crate) summary: String,
    pub(crate) figures: String,
    pub(crate) ladder: Vec<Rung>,
    pub(crate) said: Vec<Said>,
    pub(crate) reasons_for: Vec<Reason>,
    pub(crate) reasons_against: Vec<Reason>,
    pub(crate) sought: Vec<(String, String)>,
    pub(crate) advice: Vec<String>,
    pub(crate) limits: Vec<String>,
}

impl Answer {
    /// Whether nothing was found.
    pub(crate) fn is_clear(&self) -> bool {
        self.verdict == Verdict::Clear
    }
}

/// Log-odds that fill a bar; more from one sign is rare.
const BAR_WEIGHT: f64 = 2.5;
/// Cells of a full bar.
const BAR_CELLS: f64 = 10.0;

impl Reason {
    /// How long the bar behind the reason is, 1 to 10.
    pub(crate) fn bar_cells(&self) -> usize {
        let cells = (self.weight.abs() / BAR_WEIGHT * BAR_CELLS).round().clamp(1.0, BAR_CELLS);
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "clamped to 1..=10"
        )]
        let cells = cells as usize;
        cells
    }
}

/// A sign that adds less than this to the log-odds is left to `--json`.
const WEIGHT_SHOWN_MIN: f64 = 0.05;
/// Reasons shown on each side; the weakest are left to `--json`.
const REASONS_SHOWN_MAX: usize = 12;
/// Texts longer than this are shown as excerpts around the marks.
const SAID_BYTES_MAX: usize = 4_000;
/// Context kept on each side of a mark in an excerpt.
const EXCERPT_BYTES: usize = 160;

/// Puts an assessment into words.
pub(crate) fn answer(
    assessor: &Assessor,
    thread: &Thread,
    assessment: &Assessment,
    as_of: Date,
) -> Answer {
    let pack = assessor.pack();
    let (numbers, reasons_for, reasons_against) = reasons(assessor, thread, assessment);
    let kind = assessment
        .kinds
        .first()
        .and_then(|(id, _)| pack.kinds.iter().find(|kind| kind.id.get_ref() == id));
    let stage = pack.stages.iter().find(|stage| stage.id.get_ref() == &assessment.stage);
    let reached = pack.stages.iter().position(|stage| stage.id.get_ref() == &assessment.stage);
    let summary = match (assessment.verdict, kind, stage) {
        (Verdict::Clear, _, _) => {
            "Nothing here calls for more than ordinary care. Come back if what is asked for changes.".to_owned()
        }
        (verdict, Some(kind), Some(stage)) => {
            let lead = if verdict == Verdict::Approach { "" } else { "If it is one: " };
            format!("{lead}{}, at the stage “{}”. {}", english(&kind.title), english(&stage.title), stage.means)
        }
        _ => String::new(),
    };
    Answer {
        source: thread.source.clone(),
        verdict: assessment.verdict,
        headline: headline(assessment).to_owned(),
        summary,
        figures: figures(thread, assessment),
        ladder: pack
            .stages
            .iter()
            .enumerate()
            .map(|(at, stage)| Rung {
                title: english(&stage.title),
                is_reached: reached.is_some_and(|reached| at <= reached),
                is_current: reached == Some(at),
            })
            .collect(),
        said: said(thread, assessment, &numbers, as_of),
        reasons_for,
        reasons_against,
        sought: sought(assessor, assessment),
        advice: assessment
            .advice
            .iter()
            .filter_map(|id| pack.advice.iter().find(|advice| advice.id.get_ref() == id))
            .map(|advice| english(&advice.text))
            .collect(),
        limits: assessment.limits.clone(),
    }
}

fn english(text: &Text) -> String {
    text.en.clone()
}

/// The verdict in words. Likelihood words are those of `assess::likelihood`.
pub(crate) fn headline(assessment: &Assessment) -> &'static str {
    match assessment.verdict {
        Verdict::Clear => "No approach recognised",
        Verdict::Caution => "Some signs of an approach, not enough to call it one",
        Verdict::Approach => match assess::likelihood(assessment.probability) {
            "almost certain" => "Almost certainly an approach",
            "very likely" => "Very likely an approach",
            "likely" => "Likely an approach",
            "roughly even chance" => "As likely as not an approach",
            _ => "Signs of an approach",
        },
    }
}

fn figures(thread: &Thread, assessment: &Assessment) -> String {
    let messages = match thread.messages.len() {
        1 => "one message".to_owned(),
        count => format!("{count} messages"),
    };
    format!(
        "Likelihood {} in 100 ({}). Confidence {}: {messages}, {} words, from the words alone. Nothing left this device.",
        in_hundred(assessment.probability),
        assess::likelihood(assessment.probability),
        assessment.confidence.id(),
        assessment.recognised.own_words(),
    )
}

/// A probability in hundredths; never 0 or 100, which would claim to know.
fn in_hundred(probability: f64) -> String {
    let hundredths = (probability * 100.0).round();
    if probability > 0.0 && hundredths < 1.0 {
        "less than 1".to_owned()
    } else {
        format!("{}", hundredths.min(99.0))
    }
}

/// What one line of reasons is about: an indicator, and whether it was the suspected side.
type Key = (usize, bool);

/// Findings of one indicator and side.
struct Group {
    key: Key,
    weight: f64,
    quotes: Vec<String>,
}

/// The key of a finding, if it has a line: what is quoted or cited has none.
fn key_of(assessment: &Assessment, finding: &Finding) -> Option<Key> {
    let of_suspect = finding.side == assessment.suspect;
    finding.role.is_own_voice().then_some((finding.indicator, of_suspect))
}

/// The number of each reason that is shown, and the reasons for and against, strongest first and the wording last.
fn reasons(
    assessor: &Assessor,
    thread: &Thread,
    assessment: &Assessment,
) -> (Vec<(Key, usize)>, Vec<Reason>, Vec<Reason>) {
    let mut groups: Vec<Group> = Vec::new();
    for reason in &assessment.reasons {
        let Some(key) = key_of(assessment, &reason.finding) else { continue };
        let quote = reason.finding.quote(thread).unwrap_or_default();
        let quote = quote.split_whitespace().collect::<Vec<_>>().join(" ");
        match groups.iter_mut().find(|group| group.key == key) {
            Some(group) => {
                group.weight += reason.weight;
                if !group.quotes.contains(&quote) {
                    group.quotes.push(quote);
                }
            }
            None => groups.push(Group { key, weight: reason.weight, quotes: vec![quote] }),
        }
    }
    groups.retain(|group| group.weight.abs() >= WEIGHT_SHOWN_MIN);
    // Keep the strongest of each side, in the order of the text.
    for speaks_for in [true, false] {
        let on_it = |group: &Group| (group.weight > 0.0) == speaks_for;
        let mut weights: Vec<f64> =
            groups.iter().filter(|group| on_it(group)).map(|group| group.weight.abs()).collect();
        weights.sort_by(|a, b| b.total_cmp(a));
        if let Some(&least) = weights.get(REASONS_SHOWN_MAX) {
            groups.retain(|group| !on_it(group) || group.weight.abs() > least);
        }
    }
    let mut numbers = Vec::new();
    let (mut speak_for, mut speak_against) = (Vec::new(), Vec::new());
    for (group, number) in groups.into_iter().zip(1..) {
        let (indicator, of_suspect) = group.key;
        let Some(entry) = assessor.pack().indicators.get(indicator) else { continue };
        numbers.push((group.key, number));
        // A reply is told as the receiver's anyway; all else is told as what the other side does.
        let is_receivers = !of_suspect && entry.family != Some(Family::Reply);
        let title = english(&entry.title);
        let reason = Reason {
            number,
            title: if is_receivers { format!("{title} (you)") } else { title },
            means: if is_receivers {
                "Here the receiving side says so, which is ordinary care.".to_owned()
            } else {
                entry.means.clone()
            },
            quotes: group.quotes.into_iter().filter(|quote| !quote.is_empty()).collect(),
            weight: group.weight,
        };
        if group.weight > 0.0 { speak_for.push(reason) } else { speak_against.push(reason) }
    }
    speak_for.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    speak_against.sort_by(|a, b| a.weight.total_cmp(&b.weight));
    // Last, however much it adds: it has no words to show.
    if let Some(reason) = wording(assessment, numbers.len() + 1) {
        if reason.weight > 0.0 {
            speak_for.push(reason);
        } else {
            speak_against.push(reason);
        }
    }
    (numbers, speak_for, speak_against)
}

/// What the choice of words as a whole adds, if it is worth a line.
fn wording(assessment: &Assessment, number: usize) -> Option<Reason> {
    let weight = assessment.wording;
    let likened = if weight > 0.0 { "known approaches" } else { "ordinary mail" };
    (weight.abs() >= WEIGHT_SHOWN_MIN).then(|| Reason {
        number,
        title: "The choice of words".to_owned(),
        means: format!("Word by word, this reads more like {likened}. Words lean on the scale; they never decide."),
        quotes: Vec::new(),
        weight,
    })
}

fn sought(assessor: &Assessor, assessment: &Assessment) -> Vec<(String, String)> {
    let pack = assessor.pack();
    assessment
        .objectives
        .iter()
        .filter_map(|aligned| {
            let objective =
                pack.objectives.iter().find(|o| o.id.get_ref() == &aligned.objective)?;
            let policy =
                pack.policies.iter().find(|p| p.id.get_ref() == objective.policy.get_ref())?;
            Some((
                aligned.terms.join(", "),
                format!("{}: {}", english(&policy.title), english(&objective.title)),
            ))
        })
        .collect()
}

fn said(
    thread: &Thread,
    assessment: &Assessment,
    numbers: &[(Key, usize)],
    as_of: Date,
) -> Vec<Said> {
    let long =
        thread.messages.iter().map(|message| message.text.len()).sum::<usize>() > SAID_BYTES_MAX;
    thread
        .messages
        .iter()
        .enumerate()
        .filter_map(|(index, message)| {
            let kept = marks(assessment, index, numbers);
            if long && kept.is_empty() {
                return None;
            }
            let from = match &message.attachment {
                Some(name) => format!("{}, attachment “{name}”", message.from.shown()),
                None => message.from.shown().to_owned(),
            };
            Some(Said {
                from,
                when: when(&message.sent, as_of),
                parts: parts(&message.text, kept, long),
            })
        })
        .collect()
}

/// A stretch of a message with the reasons that it shows.
struct Stretch {
    span: (usize, usize),
    numbers: Vec<usize>,
    /// What its reasons add to the log-odds, together.
    weight: f64,
    of_suspect: bool,
}

/// The marked stretches of a message, in its order.
///
/// Where stretches overlap, the weightiest reason keeps the words and carries the numbers of the others, so that
/// every reason has its place in the text. The tone is that of all together.
fn marks(
    assessment: &Assessment,
    message: usize,
    numbers: &[(Key, usize)],
) -> Vec<(usize, usize, Mark)> {
    let mut here: Vec<Stretch> = assessment
        .reasons
        .iter()
        .filter(|reason| {
            reason.finding.message == message && reason.finding.span.0 < reason.finding.span.1
        })
        .filter_map(|reason| {
            let key = key_of(assessment, &reason.finding)?;
            let (_, number) = numbers.iter().find(|(of, _)| *of == key)?;
            Some(Stretch {
                span: reason.finding.span,
                numbers: vec![*number],
                weight: reason.weight,
                of_suspect: key.1,
            })
        })
        .collect();
    here.sort_by(|a, b| b.weight.abs().total_cmp(&a.weight.abs()).then(a.span.cmp(&b.span)));
    let mut kept: Vec<Stretch> = Vec::new();
    for stretch in here {
        let (from, to) = stretch.span;
        match kept.iter_mut().find(|other| from < other.span.1 && other.span.0 < to) {
            Some(other) => {
                other.weight += stretch.weight;
                other.numbers.extend(stretch.numbers);
            }
            None => kept.push(stretch),
        }
    }
    kept.sort_by_key(|stretch| stretch.span);
    let mark = |stretch: Stretch| {
        let mut numbers = stretch.numbers;
        numbers.sort_unstable();
        numbers.dedup();
        let tone = match (stretch.weight > 0.0, stretch.of_suspect) {
            (true, true) => Tone::For,
            (true, false) => Tone::Reply,
            (false, _) => Tone::Against,
        };
        (stretch.span.0, stretch.span.1, Mark { numbers, tone })
    };
    kept.into_iter().map(mark).collect()
}

/// Cuts a text at its marks; in a long one, what is far from any mark becomes `[…]`.
fn parts(text: &str, marks: Vec<(usize, usize, Mark)>, long: bool) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut at = 0;
    let count = marks.len();
    for (index, (from, to, mark)) in marks.into_iter().enumerate() {
        let between = text.get(at..from).unwrap_or_default();
        push_plain(&mut parts, between, long, index > 0, true);
        parts.push(Part {
            text: text.get(from..to).unwrap_or_default().to_owned(),
            mark: Some(mark),
        });
        at = to;
    }
    push_plain(&mut parts, text.get(at..).unwrap_or_default(), long, count > 0, false);
    parts
}

fn push_plain(parts: &mut Vec<Part>, text: &str, long: bool, mark_before: bool, mark_after: bool) {
    let shown = if long && text.len() > 2 * EXCERPT_BYTES + 40 {
        let head = if mark_before { cut_at_space(text, EXCERPT_BYTES, true) } else { "" };
        let tail =
            if mark_after { cut_at_space(text, text.len() - EXCERPT_BYTES, false) } else { "" };
        format!("{head} […] {tail}")
    } else {
        text.to_owned()
    };
    if !shown.is_empty() {
        parts.push(Part { text: shown, mark: None });
    }
}

/// The head of a text up to about `at`, or the tail from about `at`, cut between words.
fn cut_at_space(text: &str, at: usize, head: bool) -> &str {
    let mut place = at.min(text.len());
    while !text.is_char_boundary(place) {
        place -= 1;
    }
    if head {
        let cut = text.get(..place).unwrap_or_default();
        cut.rfind(char::is_whitespace).and_then(|space| cut.get(..space)).unwrap_or(cut)
    } else {
        let cut = text.get(place..).unwrap_or_default();
        cut.find(char::is_whitespace).and_then(|space| cut.get(space + 1..)).unwrap_or(cut)
    }
}

/// `4 March`, with the year when it is not the reader's.
fn when(sent: &str, as_of: Date) -> String {
    let date: Option<Date> = sent.get(..10).and_then(|day| day.parse().ok());
    match date {
        Some(date) if date.year() == as_of.year() => date.strftime("%-d %B").to_string(),
        Some(date) => date.strftime("%-d %B %Y").to_string(),
        None => sent.to_owned(),
    }
}
