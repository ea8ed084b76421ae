//! Zip archives: Word documents are such, and mails carry others.
//!
//! An entry is unpacked as far as the record's bound allows, so that a small archive cannot fill
//! the memory.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use crate::reading::{Reading, Unreadable};

/// Entries of an archive that are looked at.
const ENTRIES_MAX: usize = 200;

pub(crate) struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
}

impl<'b> Archive<'b> {
    pub(crate) fn open(bytes: &'b [u8]) -> Result<Self, Unreadable> {
        let zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|_| Unreadable::malformed("is a damaged zip archive"))?;
        Ok(Self { zip })
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.zip.index_for_name(name).is_some()
    }

    /// The names of the files in it, in order, up to a bound; and whether there are more.
    pub(crate) fn names(&self) -> (Vec<String>, bool) {
        let names =
            self.zip.file_names_raw().map(|name| String::from_utf8_lossy(name).into_owned());
        let names: Vec<String> = names.take(ENTRIES_MAX).collect();
        let more = self.zip.len() > names.len();
        (names, more)
    }

    /// Unpacks the entry at an index in the order of [`names`](Self::names).
    pub(crate) fn entry(
        &mut self,
        index: usize,
        reading: &mut Reading<'_>,
    ) -> Result<Vec<u8>, Unreadable> {
        let entry = self.zip.by_index(index).map_err(|error| match error {
            ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)
            | ZipError::InvalidPassword => Unreadable::closed("is encrypted with a password"),
            ZipError::UnsupportedArchive(_) | ZipError::CompressionMethodNotSupported(_) => {
                Unreadable::closed("is compressed in a way that is not read")
            }
            _ => Unreadable::malformed("is damaged"),
        })?;
        let left = reading.unpack_left();
        let mut bytes = Vec::new();
        entry
            .take(left as u64 + 1)
            .read_to_end(&mut bytes)
            .map_err(|_| Unreadable::malformed("is damaged"))?;
        reading.unpacked += bytes.len();
        if bytes.len() > left {
            return Err(Unreadable::too_large(format!(
                "unpacks to more than {} bytes",
                reading.limits.unpacked_bytes
            )));
        }
        Ok(bytes)
    }

    /// Unpacks the entry of a name; `None` if there is none.
    pub(crate) fn named(
        &mut self,
        name: &str,
        reading: &mut Reading<'_>,
    ) -> Result<Option<Vec<u8>>, Unreadable> {
        match self.zip.index_for_name(name) {
            Some(index) => self.entry(index, reading).map(Some),
            None => Ok(None),
        }
    }
}
