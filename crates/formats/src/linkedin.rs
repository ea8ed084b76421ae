//! `messages.csv` of LinkedIn's data export: one thread a conversation.
//!
//! Columns are found by name, for LinkedIn adds and moves them. The export has the newest message
//! first; threads have it last.

use std::collections::HashMap;

use countersign_core::thread::{Message, Party, Thread};
use csv::{ReaderBuilder, StringRecord};

use crate::reading::{Reading, Unreadable};
use crate::{conventions, html, text, time};

/// Where the columns are. Only the first three must be there.
struct Columns {
    conversation: usize,
    from: usize,
    content: usize,
    from_profile: Option<usize>,
    to: Option<usize>,
    to_profiles: Option<usize>,
    date: Option<usize>,
    subject: Option<usize>,
    title: Option<usize>,
    draft: Option<usize>,
    attachments: Option<usize>,
}

impl Columns {
    fn find(header: &StringRecord) -> Result<Self, Unreadable> {
        let column = |name: &str| {
            header.iter().position(|written| written.trim().eq_ignore_ascii_case(name))
        };
        let needed = |name: &str| {
            column(name).ok_or_else(|| Unreadable::missing(format!("has no column `{name}`")))
        };
        Ok(Self {
            conversation: needed("CONVERSATION ID")?,
            from: needed("FROM")?,
            content: needed("CONTENT")?,
            from_profile: column("SENDER PROFILE URL"),
            to: column("TO"),
            to_profiles: column("RECIPIENT PROFILE URLS"),
            date: column("DATE"),
            subject: column("SUBJECT"),
            title: column("CONVERSATION TITLE"),
            draft: column("IS MESSAGE DRAFT"),
            attachments: column("ATTACHMENTS"),
        })
    }
}

/// Reads the export as threads, in the order in which conversations first appear.
pub(crate) fn threads(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Vec<Thread>, Unreadable> {
    let decoded = text::decode(bytes, None, reading)?;
    let table = from_header(&decoded)?;
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter(table))
        .flexible(true)
        .from_reader(table.as_bytes());
    let header = reader.headers().map_err(|_| Unreadable::malformed("has no header line"))?;
    let columns = Columns::find(header)?;
    let mut conversations: Vec<Conversation> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for (row, record) in reader.records().enumerate() {
        let record = record
            .map_err(|_| Unreadable::malformed(format!("is damaged at message {}", row + 1)))?;
        let id = record.get(columns.conversation).unwrap_or_default().trim();
        if record.iter().all(|field| field.trim().is_empty()) {
            continue;
        }
        let at = *known.entry(id.to_owned()).or_insert_with(|| {
            conversations.push(Conversation { id: id.to_owned(), ..Conversation::default() });
            conversations.len() - 1
        });
        if let Some(conversation) = conversations.get_mut(at) {
            conversation.add(&record, &columns, row + 1, reading);
        }
    }
    Ok(conversations.into_iter().map(Conversation::into_thread).collect())
}

#[derive(Default)]
struct Conversation {
    id: String,
    messages: Vec<Message>,
    limits: Vec<String>,
    drafts: usize,
    attachments: usize,
}

impl Conversation {
    fn add(
        &mut self,
        record: &StringRecord,
        columns: &Columns,
        row: usize,
        reading: &mut Reading<'_>,
    ) {
        let field = |column: Option<usize>| {
            column.and_then(|column| record.get(column)).unwrap_or_default().trim()
        };
        if field(columns.draft).eq_ignore_ascii_case("yes") {
            self.drafts += 1;
            return;
        }
        if record.get(columns.content).is_none() {
            self.limits.push(format!("Row {row} of the export is cut off."));
        }
        self.attachments += usize::from(!field(columns.attachments).is_empty());
        let date = field(columns.date);
        let sent = time::iso_written(date).unwrap_or_default();
        if sent.is_empty() && !date.is_empty() {
            self.limits.push(format!("The date of row {row} could not be read."));
        }
        let subject = match field(columns.subject) {
            "" => field(columns.title),
            subject => subject,
        };
        let mut text = content(field(Some(columns.content)), reading);
        let max = reading.limits.text_bytes;
        if text.len() > max {
            text.truncate(text.floor_char_boundary(max));
            self.limits.push(format!("The message of row {row} was cut at {max} bytes."));
        }
        self.messages.push(Message {
            from: Party {
                name: field(Some(columns.from)).to_owned(),
                handle: field(columns.from_profile).to_owned(),
            },
            to: recipients(field(columns.to), field(columns.to_profiles)),
            sent,
            subject: subject.to_owned(),
            text,
            ..Message::default()
        });
    }

    fn into_thread(mut self) -> Thread {
        // Rows of the same second are in the reverse order of time, as the whole file is.
        let newest_first = match (self.messages.first(), self.messages.last()) {
            (Some(first), Some(last)) => first.sent >= last.sent,
            _ => false,
        };
        if newest_first {
            self.messages.reverse();
        }
        self.messages.sort_by(|a, b| a.sent.cmp(&b.sent));
        if self.drafts > 0 {
            self.limits
                .push(format!("Drafts that were never sent were left out: {}.", self.drafts));
        }
        if self.attachments > 0 {
            self.limits.push(format!(
                "Attachments that the export does not contain were not read: {}.",
                self.attachments
            ));
        }
        Thread {
            id: self.id,
            channel: "linkedin".to_owned(),
            messages: self.messages,
            limits: self.limits,
            ..Thread::default()
        }
    }
}

/// The table from its header line on; LinkedIn puts notes before some of its tables.
fn from_header(decoded: &str) -> Result<&str, Unreadable> {
    let mut start = 0;
    for line in decoded.split_inclusive('\n').take(20) {
        let upper = line.to_uppercase();
        if upper.contains("CONVERSATION ID")
            || (upper.contains("FROM") && upper.contains("CONTENT"))
        {
            return Ok(decoded.get(start..).unwrap_or_default());
        }
        start += line.len();
    }
    Err(Unreadable::missing("has no header line with `CONVERSATION ID`, `FROM` and `CONTENT`"))
}

/// Spreadsheets write back what they read with other separators.
fn delimiter(table: &str) -> u8 {
    let header = table.lines().next().unwrap_or_default();
    let count = |separator: char| header.matches(separator).count();
    if count(';') > count(',') {
        b';'
    } else if count('\t') > count(',') {
        b'\t'
    } else {
        b','
    }
}

/// Advertisers' messages are HTML.
fn content(written: &str, reading: &mut Reading<'_>) -> String {
    let lower = written.to_ascii_lowercase();
    if lower.contains("</p>") || lower.contains("<br") || lower.contains("</div>") {
        html::read(written, reading).text
    } else {
        conventions::keep(written)
    }
}

/// Names and profiles are lists of the same length; else the names stand alone.
fn recipients(names: &str, profiles: &str) -> Vec<Party> {
    let list = |written: &str| -> Vec<String> {
        let parts = written.split([',', ';']).map(|part| part.trim().to_owned());
        parts.filter(|part| !part.is_empty()).collect()
    };
    let profiles = list(profiles);
    if profiles.len() <= 1 {
        let handle = profiles.into_iter().next().unwrap_or_default();
        let party = Party { name: names.to_owned(), handle };
        return if party.is_empty() { Vec::new() } else { vec![party] };
    }
    let names = list(names);
    let paired = names.len() == profiles.len();
    let mut names = names.into_iter();
    let mut name = || if paired { names.next().unwrap_or_default() } else { String::new() };
    profiles.into_iter().map(|handle| Party { name: name(), handle }).collect()
}
