//! Prepares a mail's bytes for the parser.
//!
//! Two things are done. Headers in a raw charset (old Chinese and Russian programs write them) are
//! decoded, because the parser takes headers for UTF-8. And the type of enclosed mails is renamed,
//! so that the parser hands them over as bytes: it nests as deeply as the sender likes, and
//! freeing such a nest overflows the stack.

use std::borrow::Cow;

use crate::charset;

/// Subtype of an enclosed mail after renaming, as long as `rfc822`.
pub(super) const ENCLOSED: &str = "x-mail";

/// Subtype of a digest after renaming, as long as `digest`: its parts are mails unless they say
/// otherwise.
pub(super) const DIGEST: &str = "x-dige";

pub(super) fn prepare(bytes: &[u8]) -> Cow<'_, [u8]> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    // A mail that was opened and saved again by an editor.
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Cow::Owned(rename(charset::decode(bytes, None).text.into_bytes()));
    }
    let start = bytes.iter().position(|b| !b.is_ascii_whitespace()).unwrap_or(0);
    let bytes = bytes.get(start..).unwrap_or_default();
    let (head, body) = bytes.split_at(head_len(bytes));
    let decoded = std::str::from_utf8(head).is_err().then(|| {
        let mut whole = charset::decode(head, None).text.into_bytes();
        whole.extend_from_slice(body);
        whole
    });
    match decoded {
        Some(whole) => Cow::Owned(rename(whole)),
        None if encloses(bytes) => Cow::Owned(rename(bytes.to_vec())),
        None => Cow::Borrowed(bytes),
    }
}

/// Length of the header block: up to the first empty line.
pub(crate) fn head_len(bytes: &[u8]) -> usize {
    let mut start = 0;
    for line in bytes.split_inclusive(|&b| b == b'\n') {
        if line.trim_ascii().is_empty() {
            break;
        }
        start += line.len();
    }
    start
}

/// The subtypes to rename, each with its new name of the same length.
const RENAMED: [(&[u8], &[u8]); 3] = [
    (b"rfc822", ENCLOSED.as_bytes()),
    (b"global", ENCLOSED.as_bytes()),
    (b"digest", DIGEST.as_bytes()),
];

fn encloses(bytes: &[u8]) -> bool {
    content_type_lines(bytes).any(|(_, line)| subtype(line).is_some())
}

fn rename(mut bytes: Vec<u8>) -> Vec<u8> {
    let found: Vec<_> = content_type_lines(&bytes)
        .filter_map(|(start, line)| subtype(line).map(|(at, new)| (start + at, new)))
        .collect();
    for (at, new) in found {
        if let Some(slot) = bytes.get_mut(at..at + new.len()) {
            slot.copy_from_slice(new);
        }
    }
    bytes
}

/// Lines that begin with `Content-Type`, and the folded lines behind them, with their offset.
fn content_type_lines(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let mut offset = 0;
    let mut within = false;
    bytes.split_inclusive(|&b| b == b'\n').filter_map(move |line| {
        let start = offset;
        offset += line.len();
        let begins = line.get(..12).is_some_and(|name| name.eq_ignore_ascii_case(b"content-type"));
        within =
            begins || (within && line.starts_with(b" ")) || (within && line.starts_with(b"\t"));
        within.then_some((start, line))
    })
}

/// Where a subtype to rename stands: behind the slash, with nothing else before it.
fn subtype(line: &[u8]) -> Option<(usize, &'static [u8])> {
    let slash = line.iter().position(|&b| b == b'/')?;
    let behind = line.get(slash + 1..)?;
    let blanks = behind.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let name = behind.get(blanks..)?;
    let before = line.get(..slash)?.to_ascii_lowercase();
    let before = before.trim_ascii_end();
    if !before.ends_with(b"message") && !before.ends_with(b"multipart") {
        return None;
    }
    RENAMED.iter().find_map(|(old, new)| {
        name.get(..old.len())
            .is_some_and(|written| written.eq_ignore_ascii_case(old))
            .then_some((slash + 1 + blanks, *new))
    })
}
