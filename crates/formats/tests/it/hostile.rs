//! Files that are made to exhaust time, memory or the stack. Each must come to an end.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use countersign_formats::{Format, ReadErrorKind, ReadLimits};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::{only, read};

fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in entries {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

#[test]
fn html_that_is_deep_or_wide() {
    for part in
        ["<div>", "<p>", "<table><tr><td>", "<blockquote>x", "<a href=x>", "<svg>", "</div>"]
    {
        let html = format!("<html><body>{}end", part.repeat(200_000));
        let thread = only(html.as_bytes());
        if part != "<svg>" {
            let whole = thread.messages[0].text.contains("end");
            assert!(whole || !thread.limits.is_empty(), "{part}");
        }
    }
    let attributes = (0..200_000).fold(String::new(), |all, n| all + " a" + &n.to_string());
    assert_eq!(only(format!("<html><p{attributes}>end").as_bytes()).messages[0].text, "end");
}

#[test]
fn mails_in_mails_in_mails() {
    let enclosed = "Content-Type: message/rfc822\n\n".repeat(20_000);
    let mail = format!("From: a@b.example\nMIME-Version: 1.0\n{enclosed}Subject: x\n\nend\n");
    let thread = only(mail.as_bytes());
    assert!(thread.limits.iter().any(|limit| limit.contains("levels deep")), "{:?}", thread.limits);

    let mut mail = "From: a@b.example\nMIME-Version: 1.0\n".to_owned();
    for number in 0..5_000 {
        writeln!(mail, "Content-Type: multipart/mixed; boundary=b{number}\n\n--b{number}").unwrap();
    }
    only((mail + "\nend\n").as_bytes());
}

#[test]
fn an_archive_that_unpacks_to_gigabytes() {
    let limits = ReadLimits { unpacked_bytes: 1 << 20, ..ReadLimits::default() };
    let bomb = zip(&[("word/document.xml", &vec![b' '; 8 << 20])]);
    let error = read(&bomb, None, limits).unwrap_err();
    assert_eq!(error.kind(), ReadErrorKind::TooLarge);
}

#[test]
fn archives_in_archives() {
    let mut archive = zip(&[("x.txt", b"innermost")]);
    for _ in 0..20 {
        archive = zip(&[("inner.zip", &archive)]);
    }
    let mut mail = b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; \
        boundary=b\n\n--b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: application/zip; \
        name=x.zip\nContent-Disposition: attachment\nContent-Transfer-Encoding: binary\n\n"
        .to_vec();
    mail.extend_from_slice(&archive);
    mail.extend_from_slice(b"\n--b--\n");
    let thread = only(&mail);
    assert_eq!(thread.messages.len(), 1);
    assert!(thread.limits.iter().any(|limit| limit.contains("levels deep")), "{:?}", thread.limits);
}

#[test]
fn many_attachments() {
    let part = "--b\nContent-Type: text/csv; name=x.csv\nContent-Disposition: attachment\n\na,b\n";
    let mail = format!(
        "From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n{}--b--",
        part.repeat(3_000)
    );
    let thread = only(mail.as_bytes());
    assert_eq!(thread.messages.len(), 101);
    assert!(thread.limits[0].contains("more than 100 attachments"), "{:?}", thread.limits);
}

#[test]
fn documents_nested_beyond_reason() {
    for (format, text) in [
        (Format::Ics, "BEGIN:VCALENDAR\n".to_owned() + &"BEGIN:VEVENT\n".repeat(100_000)),
        (Format::ThreadJsonl, "{\"messages\":".to_owned() + &"[".repeat(100_000)),
        (Format::TelegramJson, "{\"messages\":".to_owned() + &"[".repeat(100_000)),
        (Format::Text, "{\\rtf1 ".to_owned() + &"{".repeat(1_000_000)),
        (Format::Pdf, "%PDF-1.4\n1 0 obj\n".to_owned() + &"[".repeat(100_000)),
        (Format::Pdf, "%PDF-1.4\n1 0 obj\n".to_owned() + &"<</A".repeat(100_000)),
    ] {
        let _ = read(text.as_bytes(), Some(format), ReadLimits::default());
    }
    let deep = "<w:p>".repeat(300_000);
    let document = zip(&[("word/document.xml", deep.as_bytes())]);
    let _ = read(&document, None, ReadLimits::default());
}
