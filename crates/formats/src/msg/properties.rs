//! The properties of one storage of an MSG file.
//!
//! Texts and binaries are streams of their own, named by property id and type; numbers and times
//! are rows of 16 bytes in one stream.

use std::io::Read;

use encoding_rs::{Encoding, UTF_16LE, WINDOWS_1252};

use super::File;
use crate::charset;
use crate::rtf::codepage;

/// Property types: 16-bit text, 8-bit text, bytes.
const TEXT_WIDE: u16 = 0x001f;
const TEXT_NARROW: u16 = 0x001e;
const BYTES: u16 = 0x0102;

const MESSAGE_CODEPAGE: u16 = 0x3ffd;
const INTERNET_CODEPAGE: u16 = 0x3fde;

/// A row of the stream of numbers: type, id, flags, value.
const ROW_BYTES: usize = 16;

pub(super) struct Properties {
    storage: String,
    /// Rows of fixed size: id and value.
    rows: Vec<(u16, u64)>,
    charset: Option<&'static Encoding>,
    /// Charset of the HTML body.
    html_charset: Option<&'static Encoding>,
    bytes_max: usize,
}

impl Properties {
    pub(super) fn new(file: &mut File<'_>, storage: &str, bytes_max: usize) -> Self {
        // The header of the stream is 32 bytes at the root and 24 in an enclosed message.
        let header = if storage.is_empty() { 32 } else { 24 };
        let mut properties = Self::read(file, storage, header, bytes_max);
        let page = |id| properties.number(id).and_then(|number| i64::try_from(number).ok());
        let internet = codepage(page(INTERNET_CODEPAGE));
        properties.charset = codepage(page(MESSAGE_CODEPAGE)).or(internet);
        properties.html_charset = internet;
        properties
    }

    /// The properties of a recipient or attachment, whose texts have the message's charset.
    pub(super) fn of_part(&self, file: &mut File<'_>, storage: &str) -> Self {
        let mut properties = Self::read(file, storage, 8, self.bytes_max);
        properties.charset = self.charset;
        properties
    }

    fn read(file: &mut File<'_>, storage: &str, header: usize, bytes_max: usize) -> Self {
        let path = format!("{storage}/__properties_version1.0");
        let bytes = stream(file, &path, bytes_max).unwrap_or_default();
        let rows = bytes.get(header..).unwrap_or_default().chunks_exact(ROW_BYTES);
        let rows = rows.filter_map(|row| {
            let id = u16::from_le_bytes(row.get(2..4)?.try_into().ok()?);
            let value = u64::from_le_bytes(row.get(8..16)?.try_into().ok()?);
            Some((id, value))
        });
        Self {
            storage: storage.to_owned(),
            rows: rows.collect(),
            charset: None,
            html_charset: None,
            bytes_max,
        }
    }

    fn number(&self, id: u16) -> Option<u64> {
        let value = self.rows.iter().find(|(row, _)| *row == id)?.1;
        Some(value & 0xffff_ffff)
    }

    /// A time as seconds since 1970; the file counts in units of 100 ns since 1601.
    pub(super) fn time(&self, id: u16) -> Option<i64> {
        const SECONDS_1601_TO_1970: i64 = 11_644_473_600;
        let ticks = self.rows.iter().find(|(row, _)| *row == id)?.1;
        Some(i64::try_from(ticks / 10_000_000).ok()? - SECONDS_1601_TO_1970)
    }

    /// The label of the HTML body's charset.
    pub(super) fn charset(&self) -> Option<&'static str> {
        self.html_charset.map(Encoding::name)
    }

    pub(super) fn text(&self, file: &mut File<'_>, id: u16) -> Option<String> {
        if let Some(bytes) = self.stream(file, id, TEXT_WIDE) {
            let (text, _) = UTF_16LE.decode_without_bom_handling(&bytes);
            return Some(text.trim_end_matches('\0').to_owned());
        }
        let bytes = self.stream(file, id, TEXT_NARROW)?;
        let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
        let bytes = bytes.get(..end).unwrap_or_default();
        let charset = self.charset.unwrap_or(WINDOWS_1252);
        Some(charset::decode(bytes, Some(charset.name())).text)
    }

    pub(super) fn bytes(&self, file: &mut File<'_>, id: u16) -> Option<Vec<u8>> {
        self.stream(file, id, BYTES)
    }

    fn stream(&self, file: &mut File<'_>, id: u16, kind: u16) -> Option<Vec<u8>> {
        let path = format!("{}/__substg1.0_{id:04X}{kind:04X}", self.storage);
        stream(file, &path, self.bytes_max)
    }
}

fn stream(file: &mut File<'_>, path: &str, bytes_max: usize) -> Option<Vec<u8>> {
    if !file.is_stream(path) {
        return None;
    }
    let mut bytes = Vec::new();
    file.open_stream(path).ok()?.take(bytes_max as u64).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

/// The storages within `storage` whose name starts with `prefix`, in order.
pub(super) fn storages(file: &File<'_>, storage: &str, prefix: &str) -> Vec<String> {
    let path = if storage.is_empty() { "/" } else { storage };
    let Ok(entries) = file.read_storage(path) else { return Vec::new() };
    let mut names: Vec<String> = entries
        .filter(|entry| entry.is_storage() && entry.name().starts_with(prefix))
        .map(|entry| format!("{storage}/{}", entry.name()))
        .collect();
    names.sort();
    names
}
