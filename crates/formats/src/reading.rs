//! How much is read, and what is noted on the way.

/// Upper bounds of reading, so that one hostile file costs a known amount of memory and time.
///
/// The defaults fit a laptop. A mailbox of any size stays below 200 MB; formats that must be read
/// whole take a few times the size of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLimits {
    /// One record of a stream (a mail, a line of JSON), in bytes. 40 MiB: mail services refuse
    /// more than 25 MB, which base64 makes 35. A mail above is cut and says so.
    pub record_bytes: usize,
    /// A file that must be read whole (PDF, DOCX, MSG, chat exports), in bytes.
    pub file_bytes: usize,
    /// What one archive or compressed document may unpack to, in bytes.
    pub unpacked_bytes: usize,
    /// The text of one message or attached document, in bytes; longer text is cut and says so.
    pub text_bytes: usize,
    /// Attached documents that are read for one mail.
    pub documents: usize,
    /// Mails within mails, archives within mails.
    pub depth: usize,
    /// Pages of a PDF.
    pub pages: usize,
}

impl Default for ReadLimits {
    fn default() -> Self {
        const MIB: usize = 1024 * 1024;
        Self {
            record_bytes: 40 * MIB,
            file_bytes: 128 * MIB,
            unpacked_bytes: 64 * MIB,
            text_bytes: 4 * MIB,
            documents: 100,
            depth: 8,
            pages: 2000,
        }
    }
}

/// The state of one record's reading: the bounds, what is left of them, and what was left out.
#[derive(Debug)]
pub(crate) struct Reading<'l> {
    pub(crate) limits: &'l ReadLimits,
    /// How many mails, archives or documents enclose what is being read.
    pub(crate) depth: usize,
    /// Attached documents read so far.
    pub(crate) documents: usize,
    /// Bytes unpacked so far, over all archives of the record.
    pub(crate) unpacked: usize,
    notes: Vec<String>,
}

/// More sentences than a person would read are one sentence too many.
const NOTES_MAX: usize = 100;

impl<'l> Reading<'l> {
    pub(crate) fn new(limits: &'l ReadLimits) -> Self {
        Self { limits, depth: 0, documents: 0, unpacked: 0, notes: Vec::new() }
    }

    /// Records what could not be read, as a sentence for the person who asked.
    pub(crate) fn note(&mut self, sentence: impl Into<String>) {
        let sentence = sentence.into();
        if self.notes.len() < NOTES_MAX && !self.notes.contains(&sentence) {
            self.notes.push(sentence);
        }
    }

    pub(crate) fn into_notes(self) -> Vec<String> {
        self.notes
    }

    /// What is left of the bound on unpacking.
    pub(crate) fn unpack_left(&self) -> usize {
        self.limits.unpacked_bytes.saturating_sub(self.unpacked)
    }

    /// Cuts `text` at the bound, with a note that names `part`.
    pub(crate) fn cut(&mut self, text: &mut String, part: &str) {
        let max = self.limits.text_bytes;
        if text.len() > max {
            let whole = text.len();
            text.truncate(text.floor_char_boundary(max));
            self.note(format!("{part} has {whole} bytes of text; only the first {max} were read."));
        }
    }
}

/// Why a document could not be read; the caller says which and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unreadable {
    /// Completes the sentence "The file …", such as `is encrypted`.
    pub(crate) because: String,
    pub(crate) kind: UnreadableKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnreadableKind {
    /// It is whole, but has no text for us: encrypted, or only pictures. A limit, not an error.
    Closed,
    /// It breaks the rules of its format.
    Malformed,
    /// It lacks a key or column that its format must have.
    Missing,
    /// It is none of the formats.
    Unknown,
    /// It exceeds a limit, and a part of it would mislead.
    TooLarge,
}

impl Unreadable {
    pub(crate) fn closed(because: impl Into<String>) -> Self {
        Self { because: because.into(), kind: UnreadableKind::Closed }
    }

    pub(crate) fn malformed(because: impl Into<String>) -> Self {
        Self { because: because.into(), kind: UnreadableKind::Malformed }
    }

    pub(crate) fn missing(because: impl Into<String>) -> Self {
        Self { because: because.into(), kind: UnreadableKind::Missing }
    }

    pub(crate) fn unknown(because: impl Into<String>) -> Self {
        Self { because: because.into(), kind: UnreadableKind::Unknown }
    }

    pub(crate) fn too_large(because: impl Into<String>) -> Self {
        Self { because: because.into(), kind: UnreadableKind::TooLarge }
    }
}
