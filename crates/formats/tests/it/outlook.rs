//! Outlook messages, written here property by property, for no other program here writes them.

use std::io::{Cursor, Write};

use cfb::CompoundFile;

use crate::only;

type File = CompoundFile<Cursor<Vec<u8>>>;

/// A value of a property.
enum Value<'v> {
    Wide(&'v str),
    Narrow(&'v [u8]),
    Bytes(&'v [u8]),
}

fn put(file: &mut File, storage: &str, id: u16, value: &Value<'_>) {
    let (kind, bytes) = match value {
        Value::Wide(text) => (0x001f, text.encode_utf16().flat_map(u16::to_le_bytes).collect()),
        Value::Narrow(bytes) => (0x001e, bytes.to_vec()),
        Value::Bytes(bytes) => (0x0102, bytes.to_vec()),
    };
    let path = format!("{storage}/__substg1.0_{id:04X}{kind:04X}");
    file.create_stream(path).unwrap().write_all(&bytes).unwrap();
}

/// Writes the stream of numbers: a header and rows of kind, id, flags and value.
fn rows(file: &mut File, storage: &str, header: usize, rows: &[(u16, u16, u64)]) {
    let mut bytes = vec![0; header];
    for (id, kind, value) in rows {
        bytes.extend(kind.to_le_bytes());
        bytes.extend(id.to_le_bytes());
        bytes.extend(6_u32.to_le_bytes());
        bytes.extend(value.to_le_bytes());
    }
    let path = format!("{storage}/__properties_version1.0");
    file.create_stream(path).unwrap().write_all(&bytes).unwrap();
}

/// 2026-03-04T10:12:00Z in units of 100 ns since 1601.
const SENT: u64 = (1_772_619_120 + 11_644_473_600) * 10_000_000;

fn message(build: impl FnOnce(&mut File)) -> Vec<u8> {
    let mut file = CompoundFile::create(Cursor::new(Vec::new())).unwrap();
    build(&mut file);
    file.flush().unwrap();
    file.into_inner().into_inner()
}

/// The message that is also the sample `testdata/formats/outlook.msg`.
fn sample() -> Vec<u8> {
    message(|file| {
        rows(file, "", 32, &[(0x0039, 0x0040, SENT), (0x3ffd, 3, 936)]);
        put(file, "", 0x0037, &Value::Wide("合作 proposal"));
        put(file, "", 0x0c1a, &Value::Wide("Li Hua"));
        put(file, "", 0x0c1f, &Value::Wide("/O=ORG/OU=X/CN=LI"));
        put(file, "", 0x5d01, &Value::Wide("li@institute.example"));
        put(file, "", 0x1000, &Value::Wide("Dear Jo,\r\nplease see the attached.\r\n"));
        put(file, "", 0x1035, &Value::Wide("<o1@institute.example>"));
        let recipient = "/__recip_version1.0_#00000000";
        file.create_storage(recipient).unwrap();
        rows(file, recipient, 8, &[]);
        put(file, recipient, 0x3001, &Value::Narrow(b"\xbd\xf0\xb2\xa9\xca\xbf"));
        put(file, recipient, 0x39fe, &Value::Wide("jo.kim@lab.test"));
        let attachment = "/__attach_version1.0_#00000000";
        file.create_storage(attachment).unwrap();
        rows(file, attachment, 8, &[]);
        put(file, attachment, 0x3707, &Value::Wide("terms.html"));
        put(file, attachment, 0x3701, &Value::Bytes(b"<html><p>500 a page</p></html>"));
        let attachment = "/__attach_version1.0_#00000001";
        let inner = format!("{attachment}/__substg1.0_3701000D");
        file.create_storage(attachment).unwrap();
        file.create_storage(&inner).unwrap();
        rows(file, attachment, 8, &[]);
        put(file, attachment, 0x3001, &Value::Wide("Tasking"));
        rows(file, &inner, 24, &[]);
        put(file, &inner, 0x0037, &Value::Wide("Tasking"));
        put(file, &inner, 0x0c1a, &Value::Wide("Third"));
        put(file, &inner, 0x1000, &Value::Wide("Get the data sheet."));
    })
}

#[test]
fn a_message_with_attachments_and_an_enclosed_one() {
    let thread = only(&sample());
    assert_eq!(thread.id, "o1@institute.example");
    let [mail, attached] = thread.messages.as_slice() else { panic!("{thread:#?}") };
    assert_eq!((&*mail.from.name, &*mail.from.handle), ("Li Hua", "li@institute.example"));
    assert_eq!((&*mail.to[0].name, &*mail.to[0].handle), ("金博士", "jo.kim@lab.test"));
    assert_eq!(mail.sent, "2026-03-04T10:12:00Z");
    assert_eq!(mail.subject, "合作 proposal");
    assert_eq!(
        mail.text,
        "Dear Jo,\nplease see the attached.\n\n---------- Forwarded message ----------\n\
         From: Third\nSubject: Tasking\n\nGet the data sheet."
    );
    assert_eq!(attached.attachment.as_deref(), Some("terms.html"));
    assert_eq!((&*attached.text, &attached.from), ("500 a page", &mail.from));
}

/// The text of a message that has only this body.
#[track_caller]
fn check_body(id: u16, value: &Value<'_>, codepage: u64, expected: &str) {
    let bytes = message(|file| {
        rows(file, "", 32, &[(0x3ffd, 3, codepage), (0x3fde, 3, codepage)]);
        put(file, "", id, value);
    });
    assert_eq!(only(&bytes).messages[0].text, expected);
}

#[test]
fn bodies_in_all_their_forms() {
    let russian = b"\xcf\xf0\xe8\xe2\xe5\xf2";
    check_body(0x1000, &Value::Narrow(russian), 1251, "Привет");
    check_body(0x1000, &Value::Narrow(b"\xc4\xe3\xba\xc3"), 936, "你好");
    let html = [b"<html><p>".as_slice(), russian, b"</p></html>"].concat();
    check_body(0x1013, &Value::Bytes(&html), 1251, "Привет");
    check_body(0x1013, &Value::Wide("<p>你好</p>"), 65001, "你好");
    let rtf =
        compressed_rtf::compress_rtf(r"{\rtf1\ansi\ansicpg1251 \'cf\'f0\'e8\'e2\'e5\'f2\par}");
    check_body(0x1009, &Value::Bytes(&rtf.unwrap()), 1251, "Привет");
    let wrapped = compressed_rtf::compress_rtf(
        r"{\rtf1\ansi\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\htmltag64 <p>}\htmlrtf \par\htmlrtf0 See {\*\htmltag84 <a href=\'22https://x.example\'22>}here{\*\htmltag92 </a>}{\*\htmltag72 </p>}}",
    );
    check_body(0x1009, &Value::Bytes(&wrapped.unwrap()), 1252, "See here <https://x.example>");
}

#[test]
fn headers_that_outlook_kept_count_more() {
    let bytes = message(|file| {
        rows(file, "", 32, &[(0x0039, 0x0040, SENT)]);
        let headers = "From: Ada <ada@b.example>\r\nReply-To: c@d.example\r\n\
                       Date: Wed, 4 Mar 2026 18:12:00 +0800\r\nList-Id: <l.b.example>\r\n\r\n";
        put(file, "", 0x007d, &Value::Wide(headers));
        put(file, "", 0x0c1a, &Value::Wide("Somebody else"));
        put(file, "", 0x0e04, &Value::Wide("Jo Kim; Second"));
        put(file, "", 0x1000, &Value::Wide("text"));
    });
    let mail = &only(&bytes).messages[0];
    assert_eq!(mail.from.handle, "ada@b.example");
    assert_eq!(mail.reply_to.as_ref().unwrap().handle, "c@d.example");
    assert_eq!(mail.sent, "2026-03-04T18:12:00+08:00");
    assert!(mail.bulk.is_some());
    assert_eq!(mail.to.len(), 2);
}

#[test]
fn compound_files_that_are_no_message() {
    let encrypted = message(|file| {
        file.create_stream("/EncryptedPackage").unwrap().write_all(b"x").unwrap();
    });
    let thread = only(&encrypted);
    assert!(thread.messages.is_empty());
    assert!(thread.limits[0].contains("encrypted with a password"), "{:?}", thread.limits);
    let old = message(|file| {
        file.create_stream("/WordDocument").unwrap().write_all(b"x").unwrap();
    });
    let error = crate::read(&old, None, countersign_formats::ReadLimits::default()).unwrap_err();
    assert!(error.to_string().contains("old Word"), "{error}");
}

#[test]
fn write_sample() {
    // The container has the time of its making in it, so that the sample is written only on
    // request and compared by what is read from it.
    if std::env::var_os("BLESS_SAMPLES").is_some() {
        std::fs::write(crate::golden::folder().join("outlook.msg"), sample()).unwrap();
    }
}
