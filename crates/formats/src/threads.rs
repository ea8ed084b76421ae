//! From bytes to an iterator of threads.

use std::io::{BufRead, BufReader, Cursor, Read};

use countersign_core::thread::Thread;
use encoding_rs::{Encoding, UTF_8};

use crate::bounded;
use crate::detect::{HEAD_BYTES, detect};
use crate::error::{ReadError, ReadErrorKind};
use crate::format::Format;
use crate::reading::{ReadLimits, Reading, Unreadable, UnreadableKind};
use crate::{
    charset, docx, html, ics, jsonl, linkedin, mail, mbox, msg, pdf, telegram, text, whatsapp,
};

/// The threads of one input, read as they are asked for.
///
/// An `Err` is about one record; the iterator may be asked for the next one, and ends when there
/// is none.
pub struct Threads<'a> {
    format: Format,
    records: Box<dyn Iterator<Item = Result<Thread, ReadError>> + 'a>,
}

impl Threads<'_> {
    /// The format that is being read: the given one, or what the content turned out to be.
    pub fn format(&self) -> Format {
        self.format
    }
}

impl Iterator for Threads<'_> {
    type Item = Result<Thread, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.records.next()
    }
}

impl std::fmt::Debug for Threads<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Threads").field("format", &self.format).finish_non_exhaustive()
    }
}

/// Opens `input` for reading; `name` is what errors and `Thread::source` call it.
///
/// Without a `format` the content decides ([`detect`]). Mailboxes and thread JSON Lines are read a
/// record at a time; the other formats are read whole, up to `limits`.
///
/// # Errors
///
/// [`ReadErrorKind::Empty`] for an empty input, [`ReadErrorKind::UnknownFormat`] for bytes that
/// are none of the formats, [`ReadErrorKind::Malformed`] if the input is not what `format` says,
/// [`ReadErrorKind::TooLarge`] for a document that cannot be read in part, and
/// [`ReadErrorKind::Io`].
pub fn open<'a>(
    name: &str,
    mut input: Box<dyn Read + 'a>,
    format: Option<Format>,
    limits: ReadLimits,
) -> Result<Threads<'a>, ReadError> {
    let head =
        bounded::read_head(&mut input, HEAD_BYTES).map_err(|error| ReadError::io(name, error))?;
    if head.iter().all(u8::is_ascii_whitespace) && head.len() < HEAD_BYTES {
        return Err(ReadError::new(ReadErrorKind::Empty, name)
            .what("is empty")
            .remedy("check that the export or download has finished"));
    }
    let format = format.unwrap_or_else(|| detect(&head));
    let utf16 = matches!(Encoding::for_bom(&head), Some((encoding, _)) if encoding != UTF_8);
    let input: Box<dyn Read + 'a> = Box::new(Cursor::new(head).chain(input));
    let records: Box<dyn Iterator<Item = _> + 'a> = match format {
        Format::Mbox => {
            Box::new(mbox::Mailbox::new(name, lines(input, utf16, name, &limits)?, limits))
        }
        Format::ThreadJsonl => {
            Box::new(jsonl::ThreadLines::new(name, lines(input, utf16, name, &limits)?, limits))
        }
        other => Box::new(whole(name, input, other, &limits)?.into_iter().map(Ok)),
    };
    Ok(Threads { format, records })
}

/// The input of a reader of records. UTF-16 is turned to UTF-8 in memory, for its line feeds are
/// two bytes; nobody writes large mailboxes that way.
fn lines<'a>(
    mut input: Box<dyn Read + 'a>,
    utf16: bool,
    name: &str,
    limits: &ReadLimits,
) -> Result<Box<dyn BufRead + 'a>, ReadError> {
    if !utf16 {
        return Ok(Box::new(BufReader::with_capacity(256 * 1024, input)));
    }
    let (bytes, more) = bounded::read_whole(&mut input, limits.file_bytes)
        .map_err(|error| ReadError::io(name, error))?;
    if more {
        return Err(too_large(name, limits.file_bytes));
    }
    Ok(Box::new(Cursor::new(charset::decode(&bytes, None).text.into_bytes())))
}

/// Reads an input that has one thread, or threads that must be gathered from all of it.
fn whole(
    name: &str,
    mut input: Box<dyn Read + '_>,
    format: Format,
    limits: &ReadLimits,
) -> Result<Vec<Thread>, ReadError> {
    // Running text may be cut; half a container is no container.
    let (max, may_be_cut) = match format {
        Format::Eml => (limits.record_bytes, true),
        Format::Text | Format::Html | Format::WhatsappText => (limits.file_bytes, true),
        _ => (limits.file_bytes, false),
    };
    let (bytes, more) =
        bounded::read_whole(&mut input, max).map_err(|error| ReadError::io(name, error))?;
    if more && !may_be_cut {
        return Err(too_large(name, max));
    }
    let mut reading = Reading::new(limits);
    if more {
        reading.note(format!("The file is larger than {max} bytes; only its beginning was read."));
    }
    match threads(&bytes, format, &mut reading) {
        Ok((threads, numbered)) => Ok(sourced(name, threads, numbered, &reading.into_notes())),
        Err(unreadable) if unreadable.kind == UnreadableKind::Closed => {
            reading.note(format!("The file {}: it was not judged.", unreadable.because));
            Ok(vec![Thread {
                source: name.to_owned(),
                channel: "document".to_owned(),
                limits: reading.into_notes(),
                ..Thread::default()
            }])
        }
        Err(unreadable) => Err(refusal(name, format, unreadable)),
    }
}

/// The threads of a file, and whether it is one of several, which have ids or numbers.
fn threads(
    bytes: &[u8],
    format: Format,
    reading: &mut Reading<'_>,
) -> Result<(Vec<Thread>, bool), Unreadable> {
    let one = match format {
        Format::LinkedinCsv => return Ok((linkedin::threads(bytes, reading)?, true)),
        Format::TelegramJson => return telegram::threads(bytes, reading),
        Format::Eml => mail::thread(bytes, reading),
        Format::Msg => msg::thread(bytes, reading),
        Format::Html => html::thread(bytes, reading),
        Format::Pdf => pdf::thread(bytes, reading),
        Format::Docx => docx::thread(bytes, reading),
        Format::Ics => ics::thread(bytes, reading),
        Format::WhatsappText => whatsapp::thread(bytes, reading),
        Format::Text | Format::Mbox | Format::ThreadJsonl => text::thread(bytes, reading),
    };
    Ok((vec![one?], false))
}

/// Names the source of each thread, and adds what was noted for the whole file.
fn sourced(name: &str, mut threads: Vec<Thread>, numbered: bool, notes: &[String]) -> Vec<Thread> {
    for (at, thread) in threads.iter_mut().enumerate() {
        thread.source = match (numbered, &*thread.id) {
            (false, _) => name.to_owned(),
            (true, "") => format!("{name}#{}", at + 1),
            (true, id) => format!("{name}#{id}"),
        };
        thread.limits.splice(0..0, notes.iter().cloned());
        if thread.messages.is_empty() && thread.limits.is_empty() {
            thread.limits.push("It has no message with text: nothing was judged.".to_owned());
        }
    }
    threads
}

fn too_large(name: &str, max: usize) -> ReadError {
    ReadError::new(ReadErrorKind::TooLarge, name)
        .what(format!("is larger than {max} bytes"))
        .remedy("split it, or raise the limit")
}

fn refusal(name: &str, format: Format, unreadable: Unreadable) -> ReadError {
    let formats = Format::list();
    let (kind, remedy) = match unreadable.kind {
        UnreadableKind::Unknown => (
            ReadErrorKind::UnknownFormat,
            format!("export it as text or as one of: {formats}; `--format` names the format"),
        ),
        UnreadableKind::Missing => (
            ReadErrorKind::Missing,
            format!("export it again, or name its true format (`--format`), one of: {formats}"),
        ),
        UnreadableKind::TooLarge => {
            (ReadErrorKind::TooLarge, "split it, or raise the limit".to_owned())
        }
        UnreadableKind::Malformed | UnreadableKind::Closed => (
            ReadErrorKind::Malformed,
            format!(
                "read as {format}: fetch it again if it is damaged, or name its true format \
                 (`--format`), one of: {formats}"
            ),
        ),
    };
    ReadError::new(kind, name).what(unreadable.because).remedy(remedy)
}
