//! An error says what, where and what to do, and reading goes on where it can.

use std::io::{self, Read};

use countersign_formats::{Format, ReadErrorKind, ReadLimits, open};

use crate::read;

#[track_caller]
fn check(bytes: &[u8], format: Option<Format>, kind: ReadErrorKind, parts: &[&str]) {
    let read = read(bytes, format, ReadLimits::default());
    let error = match read {
        Err(error) => error,
        Ok(threads) => threads.into_iter().find_map(Result::err).expect("an error"),
    };
    assert_eq!(error.kind(), kind, "{error}");
    let said = error.to_string();
    for part in parts {
        assert!(said.contains(part), "`{part}` is not in `{said}`");
    }
}

#[test]
fn each_refusal_says_what_to_do() {
    use ReadErrorKind as Kind;
    check(b"", None, Kind::Empty, &["`file`", "is empty"]);
    check(b" \r\n\t", Some(Format::Mbox), Kind::Empty, &["is empty"]);
    check(b"\x89PNG\r\n\x1a\n\0\0\0", None, Kind::UnknownFormat, &["a picture (PNG)", "text, eml"]);
    check(b"\x7fELF\x02\x01\x01\0\0", None, Kind::UnknownFormat, &["a program", "--format"]);
    check(b"%PDF-1.4\nnot much", None, Kind::Malformed, &["damaged PDF", "fetch it again"]);
    check(b"plain", Some(Format::Pdf), Kind::Malformed, &["read as pdf"]);
    check(b"plain", Some(Format::Docx), Kind::Malformed, &["damaged zip"]);
    check(b"plain", Some(Format::Msg), Kind::Malformed, &["damaged Outlook message"]);
    check(b"plain", Some(Format::LinkedinCsv), Kind::Missing, &["CONVERSATION ID"]);
    check(b"plain", Some(Format::WhatsappText), Kind::Malformed, &["no line with a date"]);
    check(b"plain", Some(Format::TelegramJson), Kind::Malformed, &["not JSON at line 1"]);
    check(b"{\"x\":1}", Some(Format::TelegramJson), Kind::Missing, &["`messages` nor `chats`"]);
}

#[test]
fn a_thread_line_is_named_with_its_key() {
    use ReadErrorKind as Kind;
    let lines = Some(Format::ThreadJsonl);
    check(b"{\"id\":\"a\"}", lines, Kind::Missing, &["line 1", "`messages`", "FORMAT.md"]);
    check(b"\n\n{\"messages\":[{}]}", lines, Kind::Missing, &["line 3", "`text`", "in a message"]);
    check(b"{\"messages\":[]}", lines, Kind::Missing, &["line 1", "`messages` is empty"]);
    check(b"[1]", lines, Kind::Malformed, &["line 1"]);
    check(b"nonsense", lines, Kind::Malformed, &["line 1", "not JSON"]);
    check(
        b"{\"messages\":[{\"text\":5}]}",
        lines,
        Kind::Malformed,
        &["`text` of message 1 must be a string"],
    );
}

#[test]
fn an_error_never_repeats_what_was_written() {
    let secret = b"{\"id\":\"a\",\"messages\":[{\"text\":{\"secret\":\"words\"}}]}";
    let error = read(secret, None, ReadLimits::default()).unwrap().remove(0).unwrap_err();
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
fn lines_behind_a_bad_one_are_read() {
    let lines = b"{\"messages\":[{\"text\":\"one\"}]}\n{\n{\"messages\":[{\"text\":\"two\"}]}\n";
    let read = read(lines, None, ReadLimits::default()).unwrap();
    let texts: Vec<_> =
        read.iter().flatten().map(|thread| thread.messages[0].text.as_str()).collect();
    assert_eq!(texts, ["one", "two"]);
    assert_eq!(read[1].as_ref().unwrap_err().place(), Some("line 2"));
    assert_eq!(read[2].as_ref().unwrap().source, "file#3");
}

#[test]
fn a_line_too_long_is_an_error_and_the_next_is_read() {
    let long = format!("{{\"messages\":[{{\"text\":\"{}\"}}]}}", "x".repeat(500));
    let lines = format!("{long}\n{{\"messages\":[{{\"text\":\"two\"}}]}}\n");
    let limits = ReadLimits { record_bytes: 200, ..ReadLimits::default() };
    let read = read(lines.as_bytes(), None, limits).unwrap();
    assert_eq!(read[0].as_ref().unwrap_err().kind(), ReadErrorKind::TooLarge);
    assert_eq!(read[1].as_ref().unwrap().messages[0].text, "two");
}

#[test]
fn a_container_too_large_is_refused_and_text_is_cut() {
    let limits = || ReadLimits { file_bytes: 100, text_bytes: 50, ..ReadLimits::default() };
    let pdf = [b"%PDF-1.4\n".to_vec(), vec![b' '; 500]].concat();
    let error = read(&pdf, None, limits()).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::TooLarge);
    let text = "ä".repeat(500);
    let thread = read(text.as_bytes(), None, limits()).unwrap().remove(0).unwrap();
    assert_eq!(thread.messages[0].text, "ä".repeat(25));
    assert!(thread.limits.iter().any(|limit| limit.contains("100 bytes")), "{:?}", thread.limits);
}

/// Fails after its first bytes, as a broken disk does.
struct Breaks(bool);

impl Read for Breaks {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if std::mem::replace(&mut self.0, true) {
            return Err(io::Error::other("disk on fire"));
        }
        let line = b"{\"messages\":[{\"text\":\"one\"}]}\n";
        buffer[..line.len()].copy_from_slice(line);
        Ok(line.len())
    }
}

#[test]
fn a_broken_disk_is_told_with_its_cause() {
    let error = open("disk", Box::new(Breaks(false)), None, ReadLimits::default()).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::Io);
    assert!(std::error::Error::source(&error).unwrap().to_string().contains("on fire"));
}
