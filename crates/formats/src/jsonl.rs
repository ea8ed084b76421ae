//! Threads as JSON, one a line (`training/FORMAT.md`).
//!
//! Only `id`, `channel` and `messages` are read. The labels of a labelled set (`label`, `kind`,
//! `stage`, `why`, …) must not reach the recogniser, so there is no field here that could hold
//! them.

use std::io::BufRead;

use countersign_core::thread::{Message, Party, Thread};
use serde::Deserialize;

use crate::bounded;
use crate::error::{ReadError, ReadErrorKind};
use crate::reading::{ReadLimits, Reading};

#[derive(Deserialize)]
struct ThreadLine {
    #[serde(default)]
    id: Id,
    #[serde(default)]
    channel: Option<String>,
    messages: Vec<MessageLine>,
}

/// An id: text, or a number that is kept as it is written.
#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Id {
    #[default]
    None,
    Text(String),
    Number(serde_json::Number),
}

#[derive(Deserialize)]
struct MessageLine {
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    to: To,
    #[serde(default)]
    sent: Option<String>,
    #[serde(default)]
    subject: Option<String>,
    text: String,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum To {
    #[default]
    None,
    One(String),
    Many(Vec<String>),
}

/// The threads of a file of lines.
pub(crate) struct ThreadLines<'a> {
    file: String,
    input: Box<dyn BufRead + 'a>,
    limits: ReadLimits,
    /// Lines read so far, empty ones included.
    line: usize,
    /// Threads read or failed so far.
    number: usize,
    ended: bool,
}

impl<'a> ThreadLines<'a> {
    pub(crate) fn new(file: &str, input: Box<dyn BufRead + 'a>, limits: ReadLimits) -> Self {
        Self { file: file.to_owned(), input, limits, line: 0, number: 0, ended: false }
    }

    fn error(&self, kind: ReadErrorKind, what: String, remedy: &str) -> ReadError {
        ReadError::new(kind, &self.file).at(format!("line {}", self.line)).what(what).remedy(remedy)
    }

    fn thread(&self, bytes: &[u8], read: usize) -> Result<Thread, ReadError> {
        if read > bytes.len() {
            let what = format!("the line is longer than {} bytes", self.limits.record_bytes);
            return Err(self.error(ReadErrorKind::TooLarge, what, "shorten its messages"));
        }
        let parsed: ThreadLine =
            serde_json::from_slice(bytes).map_err(|error| self.refusal(bytes, &error))?;
        let mut reading = Reading::new(&self.limits);
        let id = match parsed.id {
            Id::None => String::new(),
            Id::Text(id) => id,
            Id::Number(id) => id.to_string(),
        };
        if parsed.messages.is_empty() {
            let what = "`messages` is empty".to_owned();
            return Err(self.error(ReadErrorKind::Missing, what, "add the messages of the thread"));
        }
        let mut messages: Vec<_> = parsed.messages.into_iter().map(message).collect();
        for (at, message) in messages.iter_mut().enumerate() {
            reading.cut(&mut message.text, &format!("Message {}", at + 1));
        }
        let record = if id.is_empty() { self.number.to_string() } else { id.clone() };
        Ok(Thread {
            source: format!("{}#{record}", self.file),
            id,
            channel: parsed.channel.unwrap_or_default(),
            messages,
            limits: reading.into_notes(),
        })
    }

    /// Names the key that is missing or wrong, never its content.
    fn refusal(&self, bytes: &[u8], error: &serde_json::Error) -> ReadError {
        let written = error.to_string();
        if let Some(key) = written.split('`').nth(1)
            && written.starts_with("missing field")
        {
            let place = if key == "text" { " in a message" } else { "" };
            let what = format!("key `{key}` is missing{place}");
            return self.error(ReadErrorKind::Missing, what, "add it (see `training/FORMAT.md`)");
        }
        let column = error.column();
        let what = if error.is_data() {
            format!("a value is not of the right type at column {column} ({})", wrong_key(bytes))
        } else if error.is_eof() {
            "the line ends within a thread: it is cut off, or the thread is written over several \
             lines"
                .to_owned()
        } else {
            format!("is not JSON at column {column}")
        };
        self.error(ReadErrorKind::Malformed, what, "write one thread a line, as JSON")
    }
}

/// Which key has a value of the wrong type.
fn wrong_key(bytes: &[u8]) -> String {
    let Ok(value) = serde_json::from_slice::<serde_json::Value>(bytes) else {
        return "unknown key".to_owned();
    };
    let Some(thread) = value.as_object() else {
        return "the line is not an object".to_owned();
    };
    let text =
        |value: Option<&serde_json::Value>| value.is_none_or(|v| v.is_string() || v.is_null());
    if !text(thread.get("channel")) {
        return "`channel` must be a string".to_owned();
    }
    let Some(messages) = thread.get("messages").and_then(serde_json::Value::as_array) else {
        return "`messages` must be an array".to_owned();
    };
    for (at, message) in messages.iter().enumerate() {
        for key in ["from", "sent", "subject", "text"] {
            if !text(message.get(key))
                || (key == "text" && message.get(key).is_none_or(serde_json::Value::is_null))
            {
                return format!("`{key}` of message {} must be a string", at + 1);
            }
        }
    }
    "`id` must be a string or a number, `to` a string or an array of strings".to_owned()
}

fn message(line: MessageLine) -> Message {
    let to = match line.to {
        To::None => Vec::new(),
        To::One(to) => vec![Party::parse(&to)],
        To::Many(to) => to.iter().map(|to| Party::parse(to)).collect(),
    };
    Message {
        from: Party::parse(line.from.as_deref().unwrap_or_default()),
        to: to.into_iter().filter(|to| !to.is_empty()).collect(),
        sent: line.sent.unwrap_or_default(),
        subject: line.subject.unwrap_or_default(),
        // As given, to the byte: the spans of the answer point into this text.
        text: line.text,
        ..Message::default()
    }
}

impl Iterator for ThreadLines<'_> {
    type Item = Result<Thread, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended {
            let mut bytes = Vec::new();
            let read = bounded::read_line(&mut *self.input, &mut bytes, self.limits.record_bytes);
            match read {
                Ok(0) => self.ended = true,
                Ok(read) => {
                    self.line += 1;
                    let line = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
                    if !line.trim_ascii().is_empty() {
                        self.number += 1;
                        let dropped = bytes.len() - line.len();
                        return Some(self.thread(line, read - dropped));
                    }
                }
                Err(error) => {
                    self.ended = true;
                    return Some(Err(ReadError::io(&self.file, error)));
                }
            }
        }
        None
    }
}
