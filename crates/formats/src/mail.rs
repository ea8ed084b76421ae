//! One mail: its head, its text and its attached documents.
//!
//! mail-parser reads headers, encoded words, transfer encodings and the MIME structure; which part
//! is the text, and what becomes of the others, is decided in [`body`]. Mails within mails are
//! read by a call of our own per level, so that their depth is bounded by [`ReadLimits::depth`].
//!
//! [`ReadLimits::depth`]: crate::ReadLimits

mod alternative;
mod body;
mod headers;
mod nested;

pub(crate) use alternative::choose;
pub(crate) use headers::written;
pub(crate) use nested::head_len;

use countersign_core::thread::{Message, Thread};
use mail_parser::MessageParser;

use crate::conventions;
use crate::guarded::guarded;
use crate::reading::{Reading, Unreadable};

/// A mail that was read: its own text first, then its attached documents.
#[derive(Debug, Default)]
pub(crate) struct Mail {
    pub(crate) id: String,
    pub(crate) message: Message,
    pub(crate) attached: Vec<Message>,
}

impl Mail {
    /// The thread of this mail alone.
    pub(crate) fn into_thread(self) -> Thread {
        let mut messages = vec![self.message];
        messages.extend(self.attached);
        Thread { id: self.id, channel: "email".to_owned(), messages, ..Thread::default() }
    }

    /// The mail as text inside another: the convention's line, its head, its text.
    pub(crate) fn as_forwarded(&self) -> String {
        let Message { from, to, sent, subject, text, .. } = &self.message;
        let mut forwarded = format!("{}\n", conventions::FORWARDED);
        let mut line = |name: &str, value: &str| {
            if !value.is_empty() {
                forwarded.extend([name, ": ", value, "\n"]);
            }
        };
        line("From", &headers::written(from));
        line("Date", sent);
        line("Subject", subject);
        line("To", &to.iter().map(headers::written).collect::<Vec<_>>().join(", "));
        forwarded.push('\n');
        forwarded.push_str(text);
        forwarded
    }
}

/// Reads a file that is one mail.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    Ok(read(bytes, reading)?.into_thread())
}

/// Reads one mail from its bytes.
pub(crate) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Mail, Unreadable> {
    let prepared = nested::prepare(bytes);
    // The parser says that it never panics; what a stranger sent must not be what tests it.
    guarded(|| {
        let parsed = MessageParser::default()
            .parse(prepared.as_ref())
            .filter(|parsed| !parsed.parts.is_empty())
            .ok_or_else(|| Unreadable::malformed("has no mail headers"))?;
        let mut mail = headers::read(&parsed, reading);
        let body = body::read(&parsed, &mail.message, reading);
        mail.message.text = body.text;
        reading.cut(&mut mail.message.text, "The mail");
        mail.attached = body.attached;
        Ok(mail)
    })
}

/// Reads headers alone, as Outlook keeps them.
pub(crate) fn head(headers: &str, reading: &mut Reading<'_>) -> Option<Mail> {
    let parsed = guarded(|| {
        let parsed = MessageParser::default()
            .parse_headers(headers.trim_start())
            .filter(|parsed| !parsed.parts.is_empty());
        Ok(parsed.map(|parsed| headers::read(&parsed, reading)))
    });
    parsed.ok().flatten()
}
