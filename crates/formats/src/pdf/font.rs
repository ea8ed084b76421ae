//! From the codes of a PDF's strings to characters, and how wide they are.

use std::collections::HashMap;

use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, SHIFT_JIS, UTF_16BE};
use lopdf::{Dictionary, Document, Encoding, Object};

/// Width of a character of which nothing is known, in thousandths of the type size: that of a
/// lower-case letter of Helvetica.
const WIDTH_UNKNOWN: f32 = 500.0;

pub(super) struct Font<'d> {
    encoding: Option<Encoding<'d>>,
    widths: HashMap<u32, f32>,
    width_default: f32,
    /// Whether a code has two bytes.
    wide: bool,
}

/// Codes of a font whose widths are kept.
const WIDTHS_MAX: usize = 70_000;

impl<'d> Font<'d> {
    pub(super) fn new(document: &'d Document, font: &'d Dictionary, bytes_max: usize) -> Self {
        let subtype = font.get(b"Subtype").and_then(Object::as_name).unwrap_or_default();
        let wide = subtype == b"Type0";
        let mut widths = HashMap::new();
        let width_default = if wide {
            wide_widths(document, font, &mut widths)
        } else {
            narrow_widths(document, font, &mut widths);
            WIDTH_UNKNOWN
        };
        // lopdf falls back to a one-byte encoding, which would make letters of glyph numbers.
        let encoding = encoding(document, font, bytes_max)
            .filter(|encoding| !(wide && matches!(encoding, Encoding::OneByteEncoding(_))));
        Self { encoding, widths, width_default, wide }
    }

    /// The characters of a string; `None` if the font does not tell.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self.encoding.as_ref()? {
            Encoding::SimpleEncoding(name) => {
                let (text, _) = predefined(name)?.decode_without_bom_handling(bytes);
                Some(text.into_owned())
            }
            encoding => encoding.bytes_to_string(bytes).ok(),
        }
    }

    /// Number of characters and the sum of their widths, in thousandths of the type size.
    pub(super) fn measure(&self, bytes: &[u8]) -> (usize, f32) {
        let width = |code: u32| self.widths.get(&code).copied().unwrap_or(self.width_default);
        if self.wide {
            let codes = bytes.as_chunks::<2>().0;
            let sum = codes.iter().map(|pair| width(u32::from(u16::from_be_bytes(*pair)))).sum();
            (codes.len(), sum)
        } else {
            (bytes.len(), bytes.iter().map(|&byte| width(u32::from(byte))).sum())
        }
    }
}

/// The map to Unicode that the font carries, else its declared encoding.
fn encoding<'d>(
    document: &'d Document,
    font: &'d Dictionary,
    bytes_max: usize,
) -> Option<Encoding<'d>> {
    let declared = || font.get_font_encoding_with_limit(document, bytes_max).ok();
    let has_map = font.get_deref(b"ToUnicode", document).and_then(Object::as_stream).is_ok();
    if !has_map {
        return declared();
    }
    // lopdf prefers the encoding, whose glyph names may be invented; hide it to get the map. The
    // map owns what it needs, so that the copy of the dictionary may go.
    let mut mapped = font.clone();
    mapped.remove(b"Encoding");
    match mapped.get_font_encoding_with_limit(document, bytes_max) {
        Ok(Encoding::UnicodeMapEncoding(map)) => Some(Encoding::UnicodeMapEncoding(map)),
        _ => declared(),
    }
}

/// The charsets behind the character maps that PDF predefines for Chinese, Japanese and Korean.
fn predefined(name: &[u8]) -> Option<&'static encoding_rs::Encoding> {
    let name = std::str::from_utf8(name).ok()?;
    let any = |parts: &[&str]| parts.iter().any(|part| name.contains(part));
    if any(&["UCS2", "UTF16"]) {
        Some(UTF_16BE)
    } else if any(&["GB"]) {
        Some(GB18030)
    } else if any(&["B5", "HKscs", "CNS"]) {
        Some(BIG5)
    } else if any(&["RKSJ"]) {
        Some(SHIFT_JIS)
    } else if any(&["KSC"]) {
        Some(EUC_KR)
    } else if name == "EUC-H" || name == "EUC-V" {
        Some(EUC_JP)
    } else {
        None
    }
}

fn narrow_widths(document: &Document, font: &Dictionary, widths: &mut HashMap<u32, f32>) {
    let first = font.get_deref(b"FirstChar", document).and_then(Object::as_i64).unwrap_or(0);
    let Ok(first) = u32::try_from(first) else { return };
    let list = font.get_deref(b"Widths", document).and_then(Object::as_array);
    for (at, width) in list.map(Vec::as_slice).unwrap_or_default().iter().take(256).enumerate() {
        if let Ok(width) = width.as_float() {
            widths.insert(first.saturating_add(u32::try_from(at).unwrap_or(0)), width);
        }
    }
}

/// Reads `W` of a composite font: `code [w w w]` or `first last w`. Returns the default width.
fn wide_widths(document: &Document, font: &Dictionary, widths: &mut HashMap<u32, f32>) -> f32 {
    let descendant = font
        .get_deref(b"DescendantFonts", document)
        .and_then(Object::as_array)
        .ok()
        .and_then(|fonts| document.dereference(fonts.first()?).ok()?.1.as_dict().ok());
    let Some(descendant) = descendant else { return 1000.0 };
    let list = descendant.get_deref(b"W", document).and_then(Object::as_array);
    let mut entries = list.map(Vec::as_slice).unwrap_or_default().iter();
    while let (Some(first), Some(second)) = (entries.next(), entries.next()) {
        let Some(first) = first.as_i64().ok().and_then(|code| u32::try_from(code).ok()) else {
            break;
        };
        let second = document.dereference(second).map_or(second, |(_, object)| object);
        if let Ok(each) = second.as_array() {
            for (code, width) in (first..).zip(each) {
                insert(widths, code, width);
            }
        } else if let Ok(last) = second.as_i64()
            && let Some(width) = entries.next()
        {
            let end = u32::try_from(last).unwrap_or(0).min(0xffff);
            for code in first..=end {
                insert(widths, code, width);
            }
        }
    }
    descendant.get_deref(b"DW", document).and_then(Object::as_float).unwrap_or(1000.0)
}

fn insert(widths: &mut HashMap<u32, f32>, code: u32, width: &Object) {
    if let Ok(width) = width.as_float()
        && widths.len() < WIDTHS_MAX
    {
        widths.insert(code, width);
    }
}
