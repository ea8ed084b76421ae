//! The text of RTF, as Outlook keeps some bodies and as documents are attached.
//!
//! Outlook wraps HTML in RTF (MS-OXRTFEX): the HTML stands in groups `\*\htmltag`, and what is
//! between `\htmlrtf` and `\htmlrtf0` is only for readers of RTF. Such a body is unwrapped to HTML.

use encoding_rs::{Encoding, WINDOWS_1252};

/// Groups within groups. Kept flat in a vector; the bound is on memory, not on the stack.
const DEPTH_MAX: usize = 10_000;

/// What was in the RTF.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rtf {
    Text(String),
    Html(String),
}

/// Whether bytes are RTF.
pub(crate) fn is_rtf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"{\\rtf")
}

#[derive(Clone, Copy)]
struct Group {
    /// Fonts, styles, pictures and other groups without text.
    skipped: bool,
    /// Between `\htmlrtf` and `\htmlrtf0`.
    rtf_only: bool,
    /// Bytes that stand in for a character `\u`, for old readers.
    fallback: usize,
}

struct Reader {
    groups: Vec<Group>,
    group: Group,
    text: String,
    /// Bytes in the document's charset that are not decoded yet.
    pending: Vec<u8>,
    charset: &'static Encoding,
    html: bool,
    /// Fallback bytes yet to skip.
    skip: usize,
    /// A high surrogate that waits for its other half.
    surrogate: Option<u16>,
}

/// Reads RTF.
pub(crate) fn read(rtf: &[u8]) -> Rtf {
    let mut reader = Reader {
        groups: Vec::new(),
        group: Group { skipped: false, rtf_only: false, fallback: 1 },
        text: String::new(),
        pending: Vec::new(),
        charset: WINDOWS_1252,
        html: false,
        skip: 0,
        surrogate: None,
    };
    let mut rest = rtf;
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        match byte {
            b'{' => reader.open(),
            b'}' => reader.close(),
            b'\\' => rest = reader.control(after),
            b'\r' | b'\n' | 0 => {}
            _ => reader.byte(byte),
        }
    }
    reader.flush();
    if reader.html { Rtf::Html(reader.text) } else { Rtf::Text(reader.text) }
}

impl Reader {
    fn open(&mut self) {
        self.flush();
        self.skip = 0;
        if self.groups.len() < DEPTH_MAX {
            self.groups.push(self.group);
        }
    }

    fn close(&mut self) {
        self.flush();
        self.skip = 0;
        if let Some(group) = self.groups.pop() {
            self.group = group;
        }
    }

    /// Reads what follows a backslash; returns what follows that.
    fn control<'r>(&mut self, after: &'r [u8]) -> &'r [u8] {
        let Some((&first, rest)) = after.split_first() else { return after };
        if !first.is_ascii_alphabetic() {
            return self.symbol(first, rest);
        }
        let length = after.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let (word, rest) = after.split_at(length);
        let sign = usize::from(rest.first() == Some(&b'-'));
        let digits = rest.iter().skip(sign).take_while(|b| b.is_ascii_digit()).count();
        let (number, rest) = rest.split_at(if digits > 0 { sign + digits } else { 0 });
        let number: Option<i64> =
            std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        let rest = rest.strip_prefix(b" ").unwrap_or(rest);
        if word == b"bin" {
            let length = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(0);
            return rest.get(length..).unwrap_or_default();
        }
        self.word(word, number);
        rest
    }

    fn symbol<'r>(&mut self, symbol: u8, rest: &'r [u8]) -> &'r [u8] {
        match symbol {
            b'\'' => {
                let hex = rest.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
                if let Some(byte) = hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
                    self.byte(byte);
                    return rest.get(2..).unwrap_or_default();
                }
            }
            // A group that older readers do not know has no text, but for Outlook's HTML.
            b'*' => self.group.skipped |= !rest.starts_with(b"\\htmltag"),
            b'~' => self.put('\u{a0}'),
            b'_' => self.put('-'),
            b'\r' | b'\n' => self.put('\n'),
            b'\\' | b'{' | b'}' => self.byte(symbol),
            _ => {}
        }
        rest
    }

    fn word(&mut self, word: &[u8], number: Option<i64>) {
        match word {
            b"par" | b"line" | b"row" | b"sect" | b"page" => self.put('\n'),
            b"tab" | b"cell" => self.put('\t'),
            b"lquote" => self.put('‘'),
            b"rquote" => self.put('’'),
            b"ldblquote" => self.put('“'),
            b"rdblquote" => self.put('”'),
            b"bullet" => self.put('•'),
            b"endash" => self.put('–'),
            b"emdash" => self.put('—'),
            b"u" => self.unicode(number.unwrap_or(0)),
            b"uc" => {
                self.group.fallback = number.and_then(|n| usize::try_from(n).ok()).unwrap_or(1);
            }
            b"ansicpg" => {
                let label = format!("windows-{}", number.unwrap_or(1252));
                self.charset = codepage(number)
                    .or_else(|| Encoding::for_label(label.as_bytes()))
                    .unwrap_or(WINDOWS_1252);
            }
            b"fromhtml" => self.html = true,
            b"htmlrtf" => {
                self.flush();
                self.group.rtf_only = number != Some(0);
            }
            b"fonttbl" | b"colortbl" | b"stylesheet" | b"info" | b"pict" | b"object"
            | b"header" | b"footer" | b"themedata" | b"listtable" | b"datastore" => {
                self.group.skipped = true;
            }
            _ => {}
        }
    }

    fn unicode(&mut self, number: i64) {
        let skip = self.group.fallback;
        // Codes above 32767 are written as negative numbers.
        let unit = u16::try_from(number.rem_euclid(65536)).unwrap_or_default();
        match (self.surrogate.take(), unit) {
            (_, 0xd800..=0xdbff) => self.surrogate = Some(unit),
            (high, _) => {
                let units = high.into_iter().chain([unit]);
                for c in char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')) {
                    self.put(c);
                }
            }
        }
        self.skip = skip;
    }

    fn byte(&mut self, byte: u8) {
        if self.skip > 0 {
            self.skip -= 1;
        } else if !self.group.skipped && !self.group.rtf_only {
            self.pending.push(byte);
        }
    }

    fn put(&mut self, c: char) {
        self.flush();
        if !self.group.skipped && !self.group.rtf_only {
            self.text.push(c);
        }
    }

    fn flush(&mut self) {
        if !self.pending.is_empty() {
            let (text, _) = self.charset.decode_without_bom_handling(&self.pending);
            self.text.push_str(&text);
            self.pending.clear();
        }
    }
}

/// Windows code pages by number, where the label is not `windows-N`.
pub(crate) fn codepage(number: Option<i64>) -> Option<&'static Encoding> {
    let label = match number? {
        932 => "shift_jis",
        936 | 54936 => "gb18030",
        949 | 51949 => "euc-kr",
        950 => "big5",
        866 => "ibm866",
        20866 => "koi8-r",
        20932 | 51932 => "euc-jp",
        21866 => "koi8-u",
        50220..=50222 => "iso-2022-jp",
        28591 | 20127 => "windows-1252",
        28592 => "iso-8859-2",
        28595 => "iso-8859-5",
        28605 => "iso-8859-15",
        65001 => "utf-8",
        other => return Encoding::for_label(format!("windows-{other}").as_bytes()),
    };
    Encoding::for_label(label.as_bytes())
}
