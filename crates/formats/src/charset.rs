//! Bytes to text in whatever charset they were written.
//!
//! Order of trust: a byte order mark, then valid UTF-8, then what the source declares, then the
//! guess of chardetng. A declared charset comes after UTF-8 because mail programs mislabel UTF-8
//! as Latin-1 daily, while text in another charset is practically never valid UTF-8 by chance.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// How much the guess looks at: more does not change it.
const GUESS_BYTES: usize = 256 * 1024;

/// Decoded text, line ends as `\n`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) charset: &'static str,
    /// Whether bytes had to be replaced.
    pub(crate) lossy: bool,
}

/// Decodes `bytes`; `declared` is the charset's label in the source, if it has one.
pub(crate) fn decode(bytes: &[u8], declared: Option<&str>) -> Decoded {
    if let Some((encoding, mark)) = Encoding::for_bom(bytes) {
        return with(encoding, bytes.get(mark..).unwrap_or_default());
    }
    if let Some(encoding) = unmarked_utf16(bytes) {
        return with(encoding, bytes);
    }
    // ISO-2022-JP writes Japanese in ASCII with escapes; it is valid UTF-8 and means something else.
    let escapes = bytes.contains(&0x1b);
    if !escapes && let Some(text) = utf8(bytes) {
        return Decoded { text: line_feeds(text), charset: "UTF-8", lossy: false };
    }
    let declared = declared
        .and_then(|label| Encoding::for_label(label.trim().as_bytes()))
        .filter(|encoding| *encoding != UTF_8);
    if let Some(encoding) = declared {
        let decoded = with(wider(encoding), bytes);
        if !decoded.lossy {
            return decoded;
        }
    }
    let guessed = with(wider(guess(bytes)), bytes);
    match declared {
        // Both fail somewhere: the source's word counts more.
        Some(encoding) if guessed.lossy => with(wider(encoding), bytes),
        _ => guessed,
    }
}

/// The text of UTF-8, even if it was cut within its last character. A single odd byte at the end
/// of ASCII may as well be Latin-1.
fn utf8(bytes: &[u8]) -> Option<&str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            let whole = bytes.get(..error.valid_up_to())?;
            std::str::from_utf8(whole).ok().filter(|text| !text.is_ascii())
        }
        Err(_) => None,
    }
}

/// Whether these bytes are no text in any charset: control characters that no text has.
pub(crate) fn is_binary(bytes: &[u8]) -> bool {
    if Encoding::for_bom(bytes).is_some() || unmarked_utf16(bytes).is_some() {
        return false;
    }
    let sample = bytes.get(..bytes.len().min(64 * 1024)).unwrap_or_default();
    // Tab, line feed, form feed, carriage return and escape (ISO-2022-JP) occur in text.
    let control =
        |byte: &&u8| (**byte < 0x20 && !b"\t\n\x0c\r\x1b".contains(byte)) || **byte == 0x7f;
    let count = sample.iter().filter(control).count();
    // One in two hundred: a stray control character is a typing accident, more is a program.
    sample.contains(&0) || count * 200 > sample.len()
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    let sample = bytes.get(..bytes.len().min(GUESS_BYTES)).unwrap_or_default();
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(sample, sample.len() == bytes.len());
    detector.guess(None, Utf8Detection::Allow)
}

/// GB18030 reads all that GBK does, and the four-byte characters.
fn wider(encoding: &'static Encoding) -> &'static Encoding {
    if encoding == GBK { GB18030 } else { encoding }
}

fn with(encoding: &'static Encoding, bytes: &[u8]) -> Decoded {
    let (text, lossy) = encoding.decode_without_bom_handling(bytes);
    Decoded { text: line_feeds(&text), charset: encoding.name(), lossy }
}

/// `\r\n` and lone `\r` as `\n`; a byte order mark inside is no text.
pub(crate) fn line_feeds(text: &str) -> String {
    let text = text.trim_start_matches('\u{feff}');
    if text.contains('\r') {
        text.replace("\r\n", "\n").replace('\r', "\n")
    } else {
        text.to_owned()
    }
}

/// UTF-16 that lacks its mark: half of the bytes of Latin letters, of spaces and of line feeds are
/// zero, always on the same side.
fn unmarked_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    let sample = bytes.get(..bytes.len().min(4096) & !1).unwrap_or_default();
    if sample.len() < 4 || !sample.contains(&0) {
        return None;
    }
    let units = |encoding: &'static Encoding| {
        sample.as_chunks::<2>().0.iter().map(move |pair| {
            if encoding == UTF_16LE { u16::from_le_bytes(*pair) } else { u16::from_be_bytes(*pair) }
        })
    };
    [UTF_16LE, UTF_16BE].into_iter().find(|encoding| {
        let plausible = units(encoding).filter(|unit| is_common(*unit)).count();
        plausible * 50 >= units(encoding).count() * 49
    })
}

/// Characters that make up text in the languages we read.
fn is_common(unit: u16) -> bool {
    matches!(unit,
        0x09 | 0x0a | 0x0d | 0x20..=0x7e | 0xa0..=0x52f | 0x2010..=0x203a | 0x20ac
        | 0x3000..=0x30ff | 0x4e00..=0x9fff | 0xac00..=0xd7a3 | 0xff00..=0xffef)
}
