//! Plain text, and mails that were pasted as text.
//!
//! A text whose head has lines such as `From: …`, `To: …`, `Sent: …`, in any of the languages we
//! read, becomes a mail with those parties. What is no text is refused here.

use countersign_core::thread::{Message, Party, Thread};

use crate::reading::{Reading, Unreadable};
use crate::{charset, conventions, msg, rtf, time};

/// Reads a whole file of text as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let text = if rtf::is_rtf(bytes) {
        msg::rtf_text(bytes, reading)
    } else {
        decode(bytes, None, reading)?
    };
    let (channel, mut message) = match pasted(&text, reading) {
        Some(message) => ("email", message),
        None => ("document", Message { text: conventions::keep(&text), ..Message::default() }),
    };
    reading.cut(&mut message.text, "The file");
    Ok(Thread { channel: channel.to_owned(), messages: vec![message], ..Thread::default() })
}

/// Decodes text, or says what the bytes are instead.
pub(crate) fn decode(
    bytes: &[u8],
    declared: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<String, Unreadable> {
    if charset::is_binary(bytes) {
        return Err(Unreadable::unknown(format!("is {}", name_of(bytes))));
    }
    let decoded = charset::decode(bytes, declared);
    if decoded.lossy {
        reading
            .note(format!("Some characters could not be decoded (read as {}).", decoded.charset));
    }
    Ok(decoded.text)
}

/// What kind of binary data this is, as far as the first bytes tell.
pub(crate) fn name_of(bytes: &[u8]) -> &'static str {
    const MAGIC: [(&[u8], &str); 20] = [
        (b"\x89PNG", "a picture (PNG)"),
        (b"\xff\xd8\xff", "a picture (JPEG)"),
        (b"GIF8", "a picture (GIF)"),
        (b"II*\0", "a picture (TIFF)"),
        (b"MM\0*", "a picture (TIFF)"),
        (b"BM", "a picture (BMP)"),
        (b"\0\0\x01\0", "a picture (icon)"),
        (b"PK", "a zip archive"),
        (b"Rar!", "a RAR archive"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
        (b"\x1f\x8b", "gzip-compressed data"),
        (b"BZh", "bzip2-compressed data"),
        (b"\xfd7zXZ", "xz-compressed data"),
        (b"MZ", "a Windows program"),
        (b"\x7fELF", "a program"),
        (b"ID3", "sound"),
        (b"OggS", "sound"),
        (b"SQLite format 3", "a database"),
        (b"\xd0\xcf\x11\xe0", "an old Office document"),
        (b"!BDN", "an Outlook data file (PST)"),
    ];
    if let Some((_, name)) = MAGIC.iter().find(|(magic, _)| bytes.starts_with(magic)) {
        return name;
    }
    match bytes.get(4..12) {
        Some(b"ftypheic" | b"ftypmif1") => "a picture (HEIC)",
        Some(brand) if brand.starts_with(b"ftyp") => "a video",
        _ if bytes.get(8..12) == Some(b"WEBP") => "a picture (WebP)",
        _ => "binary data of an unknown kind",
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Field {
    From,
    To,
    Cc,
    Date,
    Subject,
    ReplyTo,
}

/// Header names as mail programs print them, in lower case.
const FIELDS: [(&str, Field); 68] = [
    ("from", Field::From),
    ("von", Field::From),
    ("de", Field::From),
    ("expéditeur", Field::From),
    ("da", Field::From),
    ("发件人", Field::From),
    ("發件人", Field::From),
    ("寄件者", Field::From),
    ("寄件人", Field::From),
    ("差出人", Field::From),
    ("送信者", Field::From),
    ("보낸 사람", Field::From),
    ("보낸사람", Field::From),
    ("от", Field::From),
    ("от кого", Field::From),
    ("to", Field::To),
    ("an", Field::To),
    ("à", Field::To),
    ("destinataire", Field::To),
    ("para", Field::To),
    ("a", Field::To),
    ("收件人", Field::To),
    ("收件者", Field::To),
    ("宛先", Field::To),
    ("받는 사람", Field::To),
    ("받는사람", Field::To),
    ("кому", Field::To),
    ("cc", Field::Cc),
    ("kopie", Field::Cc),
    ("抄送", Field::Cc),
    ("副本", Field::Cc),
    ("копия", Field::Cc),
    ("참조", Field::Cc),
    ("date", Field::Date),
    ("sent", Field::Date),
    ("datum", Field::Date),
    ("gesendet", Field::Date),
    ("envoyé", Field::Date),
    ("envoyé le", Field::Date),
    ("enviado", Field::Date),
    ("enviado el", Field::Date),
    ("fecha", Field::Date),
    ("日期", Field::Date),
    ("时间", Field::Date),
    ("发送时间", Field::Date),
    ("发送日期", Field::Date),
    ("寄件日期", Field::Date),
    ("傳送時間", Field::Date),
    ("送信日時", Field::Date),
    ("日時", Field::Date),
    ("日付", Field::Date),
    ("보낸 날짜", Field::Date),
    ("보낸날짜", Field::Date),
    ("날짜", Field::Date),
    ("дата", Field::Date),
    ("отправлено", Field::Date),
    ("subject", Field::Subject),
    ("betreff", Field::Subject),
    ("objet", Field::Subject),
    ("asunto", Field::Subject),
    ("主题", Field::Subject),
    ("主題", Field::Subject),
    ("主旨", Field::Subject),
    ("件名", Field::Subject),
    ("제목", Field::Subject),
    ("тема", Field::Subject),
    ("reply-to", Field::ReplyTo),
    ("antwort an", Field::ReplyTo),
];

fn field(line: &str) -> Option<(Field, &str)> {
    let at = line.find([':', '：'])?;
    let (name, rest) = line.split_at_checked(at)?;
    let name = name.trim().trim_matches('*').to_lowercase();
    let field = FIELDS.iter().find(|(written, _)| *written == name)?.1;
    Some((field, rest.trim_start_matches([':', '：']).trim_start_matches('*').trim()))
}

/// A mail pasted as text: its head has a sender and one more field, each on a line of its own.
fn pasted(text: &str, reading: &mut Reading<'_>) -> Option<Message> {
    let mut message = Message::default();
    let mut seen: Vec<Field> = Vec::new();
    let mut body = text.trim_start_matches('\n');
    while let Some((line, rest)) = next_line(body) {
        if let Some((field, value)) = field(line) {
            if seen.contains(&field) && field != Field::Cc {
                break;
            }
            seen.push(field);
            set(&mut message, field, value, reading);
        } else if line.starts_with([' ', '\t']) && !line.trim().is_empty() && !seen.is_empty() {
            continue_value(&mut message, seen.last().copied(), line.trim());
        } else {
            break;
        }
        body = rest;
    }
    if !seen.contains(&Field::From) || seen.len() < 2 {
        return None;
    }
    message.text = conventions::keep(body);
    Some(message)
}

fn next_line(text: &str) -> Option<(&str, &str)> {
    if text.is_empty() {
        return None;
    }
    Some(text.split_once('\n').unwrap_or((text, "")))
}

fn set(message: &mut Message, field: Field, value: &str, reading: &mut Reading<'_>) {
    match field {
        Field::From => message.from = party(value),
        Field::To | Field::Cc => message.to.extend(parties(value)),
        Field::ReplyTo => {
            message.reply_to = Some(party(value)).filter(|to| *to != message.from);
        }
        Field::Subject => value.clone_into(&mut message.subject),
        Field::Date => match time::iso_written(value) {
            Some(sent) => message.sent = sent,
            None if value.is_empty() => {}
            None => reading.note("The date of the pasted mail could not be read."),
        },
    }
}

/// A header that goes on in the next line.
fn continue_value(message: &mut Message, field: Option<Field>, more: &str) {
    match field {
        Some(Field::To | Field::Cc) => message.to.extend(parties(more)),
        Some(Field::Subject) => {
            message.subject.push(' ');
            message.subject.push_str(more);
        }
        _ => {}
    }
}

/// One party, also in Outlook's manner: `Name [mailto:name@host]`.
fn party(written: &str) -> Party {
    let written = match written.split_once("[mailto:") {
        Some((name, address)) => format!("{name}<{}>", address.trim_end_matches(']')),
        None => written.replace("<mailto:", "<"),
    };
    Party::parse(written.trim_end_matches([';', ',']))
}

/// Parties between `;` or `,`, quoted names left whole.
pub(crate) fn parties(written: &str) -> Vec<Party> {
    let separator = if written.contains(';') { ';' } else { ',' };
    let mut parties = Vec::new();
    let (mut quoted, mut start) = (false, 0);
    for (at, c) in written.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if c == separator && !quoted {
            parties.push(party(written.get(start..at).unwrap_or_default()));
            start = at + c.len_utf8();
        }
    }
    parties.push(party(written.get(start..).unwrap_or_default()));
    parties.retain(|party| !party.is_empty());
    parties
}
