//! The format is told by the content.

use countersign_formats::{Format, detect};

#[track_caller]
fn check(head: &[u8], expected: Format) {
    assert_eq!(detect(head), expected, "{:?}", String::from_utf8_lossy(head));
}

#[test]
fn names_come_back() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse::<Format>().unwrap(), format);
    }
    let error = "docm".parse::<Format>().unwrap_err().to_string();
    assert!(error.contains("`docm`") && error.contains("telegram-json"), "{error}");
}

#[test]
fn text_that_looks_like_something_is_text() {
    check(b"", Format::Text);
    check(b"From Monday on I am away.\nSee you: soon\n", Format::Text);
    check(b"Note: this is no mail\n\nbody", Format::Text);
    check(b"From: Ada\nTo: Jo\n\nbody", Format::Text);
    check(b"{ is a brace", Format::Text);
    check(b"<3 you", Format::Text);
    check(b"a,b,c\n1,2,3\n", Format::Text);
    check(b"On 31/12/2023, 21:15 - Ada wrote", Format::Text);
    check(b"The meeting is on 12.03.2026 at 10:00 - please come: thanks\n", Format::Text);
}

#[test]
fn formats_are_told_by_structure() {
    check(b"From a@b.example Wed Mar  4 10:12:00 2026\nFrom: a@b.example\n", Format::Mbox);
    check(b"From - Wed Mar  4 10:12:00 2026\r\nX-Mozilla-Status: 0001\r\n", Format::Mbox);
    check(b"\xef\xbb\xbfReceived: from x\n\tby y\nSubject: z\n\nbody", Format::Eml);
    check(b"Subject: z\nMIME-Version: 1.0\n\nbody", Format::Eml);
    check(b"From: a@b.example\nDate: Wed, 4 Mar 2026 10:12:00 +0000\n\nbody", Format::Eml);
    check(b"\n <!-- saved -->\n<HTML lang=en>", Format::Html);
    check(b"<?xml version='1.0'?><!DOCTYPE html><html>", Format::Html);
    check(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", Format::Pdf);
    check(b"junk\0\n%PDF-1.4\n", Format::Pdf);
    check(b"The mark %PDF-1.4 begins a PDF.", Format::Text);
    check(b"PK\x03\x04\x14\x00", Format::Docx);
    check(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", Format::Msg);
    check(b"begin:vcalendar\r\nVERSION:2.0\r\n", Format::Ics);
    check(b"Conversation ID\tFrom\tTo\tContent\n", Format::LinkedinCsv);
    check(b"[31.12.23, 21:15:07] Ada: Hallo\n", Format::WhatsappText);
    check(b"{\"id\":\"x\",\"messages\":[{\"text\":\"hi\"}]}\n", Format::ThreadJsonl);
    check(
        b"{\n \"name\": \"A\",\n \"type\": \"private_group\",\n \"messages\": [",
        Format::TelegramJson,
    );
}

#[test]
fn a_head_that_ends_within_a_character() {
    let chat = "2023/12/31 下午9:15 - 李华: 您好\n".repeat(3_000);
    for end in [65_536, 65_537, 65_538] {
        check(&chat.as_bytes()[..end], Format::WhatsappText);
    }
}

#[test]
fn utf16_hides_nothing() {
    let utf16 = |text: &str| {
        let mut bytes = vec![0xff, 0xfe];
        bytes.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        bytes
    };
    check(&utf16("<html><body>x"), Format::Html);
    check(&utf16("Received: from x\nSubject: y\n\nbody"), Format::Eml);
    check(&utf16("[31.12.23, 21:15:07] Ada: Hallo\n"), Format::WhatsappText);
}
