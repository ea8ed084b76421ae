//! What can go wrong while reading, said in full: what, where, and what to do.
//!
//! Messages name the file, the place and the rule, never the words of a message: errors end up in
//! logs.

use std::fmt;
use std::io;

/// Why something could not be read. Opaque, so that it can grow; see [`ReadError::kind`].
#[derive(Debug, thiserror::Error)]
pub struct ReadError {
    kind: ReadErrorKind,
    file: String,
    place: Option<String>,
    what: String,
    remedy: String,
    #[source]
    source: Option<io::Error>,
}

/// The class of a [`ReadError`], for callers that act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReadErrorKind {
    /// The bytes could not be fetched.
    Io,
    /// There is nothing in it.
    Empty,
    /// It is none of the formats, or the name of a format is unknown.
    UnknownFormat,
    /// It is not what its format says it must be. In a file of records, only this record is lost.
    Malformed,
    /// A record lacks a key or a column.
    Missing,
    /// It is larger than a limit, and a part of it would mislead.
    TooLarge,
}

impl ReadError {
    /// The class of the error.
    pub fn kind(&self) -> ReadErrorKind {
        self.kind
    }

    /// The name of the file, as it was given to [`crate::open`].
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The line, record or part within the file, in words, if it is known.
    pub fn place(&self) -> Option<&str> {
        self.place.as_deref()
    }

    pub(crate) fn new(kind: ReadErrorKind, file: &str) -> Self {
        Self {
            kind,
            file: file.to_owned(),
            place: None,
            what: String::new(),
            remedy: String::new(),
            source: None,
        }
    }

    pub(crate) fn io(file: &str, source: io::Error) -> Self {
        let mut error = Self::new(ReadErrorKind::Io, file)
            .what("reading stopped")
            .remedy("check that the file can still be read");
        error.source = Some(source);
        error
    }

    pub(crate) fn what(mut self, what: impl Into<String>) -> Self {
        self.what = what.into();
        self
    }

    pub(crate) fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    pub(crate) fn remedy(mut self, remedy: impl Into<String>) -> Self {
        self.remedy = remedy.into();
        self
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "`{}`", self.file)?;
            if let Some(place) = &self.place {
                write!(f, ", {place}")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.what)?;
        if !self.remedy.is_empty() {
            write!(f, "; {}", self.remedy)?;
        }
        Ok(())
    }
}
