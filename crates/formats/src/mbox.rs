//! Mailboxes: mails one behind the other, each after a line `From sender date`.
//!
//! Read one mail at a time; a mail above the bound keeps its beginning and says so. The four
//! dialects (mboxo, mboxrd, mboxcl, mboxcl2) differ in how they protect lines `From …` of a text.
//! We undo `>From `; we do not trust `Content-Length`, which is wrong whenever a mailbox was
//! edited. A line `From …` starts a mail only if it has a date and a header line follows, so that
//! an unprotected sentence ("From Monday on …") does not tear a mail apart.

use std::io::BufRead;

use countersign_core::thread::Thread;

use crate::bounded;
use crate::error::{ReadError, ReadErrorKind};
use crate::mail;
use crate::reading::{ReadLimits, Reading};

/// Longest line that is looked at as a possible start of a mail.
const FROM_LINE_MAX: usize = 1000;

/// The mails of a mailbox, each a thread.
pub(crate) struct Mailbox<'a> {
    file: String,
    input: Box<dyn BufRead + 'a>,
    limits: ReadLimits,
    number: usize,
    /// Lines read ahead to see where the next mail starts.
    ahead: Vec<u8>,
    /// Whether this writer dates its `From ` lines; told by the first one.
    dated: bool,
    ended: bool,
}

/// A mail's bytes, and whether they are all of it.
struct Record {
    bytes: Vec<u8>,
    cut: bool,
}

impl<'a> Mailbox<'a> {
    pub(crate) fn new(file: &str, input: Box<dyn BufRead + 'a>, limits: ReadLimits) -> Self {
        Self {
            file: file.to_owned(),
            input,
            limits,
            number: 0,
            ahead: Vec::new(),
            dated: true,
            ended: false,
        }
    }

    /// Reads up to the line `From …` of the next mail, which stays in `ahead`.
    fn record(&mut self) -> std::io::Result<Option<Record>> {
        let max = self.limits.record_bytes;
        let mut record = Record { bytes: Vec::new(), cut: false };
        let mut line = std::mem::take(&mut self.ahead);
        if self.number == 0 {
            self.first_line(&mut line)?;
        }
        if is_from_line(&line, self.dated) {
            line.clear();
            if bounded::read_line(&mut *self.input, &mut line, max)? == 0 {
                return Ok(None);
            }
        }
        let mut any = false;
        loop {
            if line.is_empty() {
                // What was kept of an overlong line does not end with a line feed.
                break;
            }
            any = true;
            let from = is_from_line(&line, self.dated);
            if from {
                let mut next = Vec::new();
                bounded::read_line(&mut *self.input, &mut next, max)?;
                if is_header_line(&next) {
                    // The header line is part of the next mail: put both back.
                    self.ahead = next;
                    return Ok(Some(record));
                }
                record.push(&line, max);
                line = next;
                continue;
            }
            record.push(&line, max);
            line.clear();
            let read = bounded::read_line(&mut *self.input, &mut line, max)?;
            record.cut |= read > line.len();
        }
        self.ended = true;
        Ok(any.then_some(record))
    }

    /// Skips a byte order mark and empty lines; learns whether `From ` lines have dates.
    fn first_line(&mut self, line: &mut Vec<u8>) -> std::io::Result<()> {
        loop {
            line.clear();
            let read = bounded::read_line(&mut *self.input, line, self.limits.record_bytes)?;
            if line.starts_with(b"\xef\xbb\xbf") {
                line.drain(..3);
            }
            if read == 0 || !line.trim_ascii().is_empty() {
                break;
            }
        }
        self.dated = !line.starts_with(b"From ") || is_from_line(line, true);
        Ok(())
    }

    fn thread(&self, record: &Record) -> Result<Thread, ReadError> {
        let mut reading = Reading::new(&self.limits);
        if record.cut {
            reading.note(format!(
                "The mail is larger than {} bytes; only its beginning was read.",
                self.limits.record_bytes
            ));
        }
        let number = self.number;
        let mut thread = mail::thread(&record.bytes, &mut reading).map_err(|unreadable| {
            ReadError::new(ReadErrorKind::Malformed, &self.file)
                .at(format!("mail {number}"))
                .what(unreadable.because)
                .remedy("look at it in a mail program; the other mails were read")
        })?;
        thread.source = if thread.id.is_empty() {
            format!("{}#{number}", self.file)
        } else {
            format!("{}#{}", self.file, thread.id)
        };
        thread.limits = reading.into_notes();
        Ok(thread)
    }
}

impl Iterator for Mailbox<'_> {
    type Item = Result<Thread, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        match self.record() {
            Ok(Some(record)) => {
                self.number += 1;
                Some(self.thread(&record))
            }
            Ok(None) => {
                self.ended = true;
                None
            }
            Err(error) => {
                self.ended = true;
                Some(Err(ReadError::io(&self.file, error)))
            }
        }
    }
}

impl Record {
    /// Adds a line, with one `>` before `From ` taken off.
    fn push(&mut self, line: &[u8], max: usize) {
        let quoted = line.iter().take_while(|&&b| b == b'>').count();
        let protects = quoted > 0 && line.get(quoted..).is_some_and(|l| l.starts_with(b"From "));
        if protects && self.bytes.is_empty() {
            // An older `From ` line, kept by a program that moved the mail.
            return;
        }
        let line = if protects { line.get(1..).unwrap_or_default() } else { line };
        let keep = line.len().min(max - self.bytes.len().min(max));
        self.cut |= keep < line.len();
        self.bytes.extend_from_slice(line.get(..keep).unwrap_or_default());
    }
}

/// Whether a text starts like a mailbox.
pub(crate) fn starts_mailbox(start: &str) -> bool {
    let mut lines = start.lines();
    let first = lines.next().unwrap_or_default();
    let next = lines.next().unwrap_or_default();
    is_from_line(first.as_bytes(), false)
        && (is_header_line(next.as_bytes()) || next.starts_with(">From "))
}

/// `From sender Thu Mar  5 10:12:00 2026`, with an optional zone.
fn is_from_line(line: &[u8], dated: bool) -> bool {
    if !line.starts_with(b"From ") || line.len() > FROM_LINE_MAX {
        return false;
    }
    if !dated {
        return true;
    }
    let clock = |word: &[u8]| {
        word.len() >= 4
            && word.contains(&b':')
            && word.iter().all(|b| b.is_ascii_digit() || *b == b':')
    };
    let year = |word: &[u8]| {
        word.len() == 4
            && word.iter().all(u8::is_ascii_digit)
            && (word.starts_with(b"19") || word.starts_with(b"20"))
    };
    let words = || line.split(u8::is_ascii_whitespace);
    words().any(clock) && words().any(year)
}

/// A name of printable characters and a colon, as headers start.
fn is_header_line(line: &[u8]) -> bool {
    let name = line.iter().take_while(|b| b.is_ascii_graphic() && **b != b':').count();
    (name > 0 && line.get(name) == Some(&b':')) || line.starts_with(b">From ")
}
