//! One mail as Outlook saves it (MS-OXMSG): a compound file of properties.
//!
//! The transport headers, if Outlook kept them, are read like those of any mail; properties fill
//! what they lack. Of the bodies, plain text and HTML are weighed as in other mails; an RTF body
//! is read if there is no other.

mod properties;

use std::io::Cursor;

use cfb::CompoundFile;
use countersign_core::thread::{Message, Party, Thread};

use self::properties::Properties;
use crate::attached::{self, Enclosed};
use crate::guarded::guarded;
use crate::mail::{self, Mail};
use crate::reading::{Reading, Unreadable};
use crate::rtf::{self, Rtf};
use crate::{conventions, html, text, time};

type File<'b> = CompoundFile<Cursor<&'b [u8]>>;

/// Recipients that are read; as for other mails.
const RECIPIENTS_MAX: usize = 500;

/// Property ids (MS-OXPROPS).
const SUBJECT: u16 = 0x0037;
const CLIENT_SUBMIT_TIME: u16 = 0x0039;
const REPRESENTING_NAME: u16 = 0x0042;
const REPRESENTING_ADDRESS: u16 = 0x0065;
const TRANSPORT_HEADERS: u16 = 0x007d;
const SENDER_NAME: u16 = 0x0c1a;
const SENDER_ADDRESS: u16 = 0x0c1f;
const DISPLAY_TO: u16 = 0x0e04;
const DELIVERY_TIME: u16 = 0x0e06;
const BODY: u16 = 0x1000;
const RTF_COMPRESSED: u16 = 0x1009;
const HTML: u16 = 0x1013;
const MESSAGE_ID: u16 = 0x1035;
const DISPLAY_NAME: u16 = 0x3001;
const EMAIL_ADDRESS: u16 = 0x3003;
const ATTACH_DATA: u16 = 0x3701;
const ATTACH_FILENAME: u16 = 0x3704;
const ATTACH_LONG_FILENAME: u16 = 0x3707;
const ATTACH_MIME: u16 = 0x370e;
const SMTP_ADDRESS: u16 = 0x39fe;
const SENDER_SMTP: u16 = 0x5d01;
const REPRESENTING_SMTP: u16 = 0x5d02;

/// Reads a whole MSG file as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    Ok(read(bytes, reading)?.into_thread())
}

/// Reads one MSG.
pub(crate) fn read(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Mail, Unreadable> {
    guarded(|| {
        let mut file = CompoundFile::open(Cursor::new(bytes))
            .map_err(|_| Unreadable::malformed("is a damaged Outlook message"))?;
        if !file.exists("/__properties_version1.0") {
            return Err(other_kind(&file));
        }
        Ok(message(&mut file, "", reading))
    })
}

/// What a compound file is that is no message.
fn other_kind(file: &File<'_>) -> Unreadable {
    if file.exists("/EncryptedPackage") {
        Unreadable::closed("is an Office document encrypted with a password")
    } else if file.exists("/WordDocument") {
        Unreadable::unknown("is a document of an old Word (.doc); save it as .docx or PDF")
    } else if file.exists("/Workbook") || file.exists("/PowerPoint Document") {
        Unreadable::unknown("is a document of an old Office; save it in a present format")
    } else {
        Unreadable::unknown("is a compound file, but no Outlook message")
    }
}

/// Reads the message in a storage: the root, or an enclosed one.
fn message(file: &mut File<'_>, storage: &str, reading: &mut Reading<'_>) -> Mail {
    let properties = Properties::new(file, storage, reading.limits.file_bytes);
    let headers = properties.text(file, TRANSPORT_HEADERS).unwrap_or_default();
    // Without a body, so that nothing but the headers is taken.
    let mut mail = mail::head(&headers, reading).unwrap_or_default();
    fill(&mut mail, file, &properties);
    let recipients = recipients(file, storage, &properties);
    if !recipients.is_empty() {
        mail.message.to = recipients;
    } else if mail.message.to.is_empty() {
        mail.message.to = text::parties(&properties.text(file, DISPLAY_TO).unwrap_or_default());
    }
    mail.message.text = body(file, &properties, reading);
    attachments(file, storage, &properties, &mut mail, reading);
    // Enclosed messages are part of the text.
    reading.cut(&mut mail.message.text, "The mail");
    mail
}

/// Fills from properties what the headers did not say.
fn fill(mail: &mut Mail, file: &mut File<'_>, properties: &Properties) {
    let mut first = |ids: &[u16]| {
        ids.iter()
            .filter_map(|id| properties.text(file, *id))
            .map(|text| text.trim().to_owned())
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    };
    if mail.message.from.is_empty() {
        let name = first(&[SENDER_NAME, REPRESENTING_NAME]);
        let smtp = first(&[SENDER_SMTP, REPRESENTING_SMTP]);
        let address = first(&[SENDER_ADDRESS, REPRESENTING_ADDRESS]);
        // Within a company, the address is a directory path ("/O=…"), which tells nobody anything.
        let directory = address.starts_with('/');
        let handle = if smtp.is_empty() && !directory { address } else { smtp };
        let name = if name == handle { String::new() } else { name };
        mail.message.from = Party { name, handle };
    }
    if mail.message.subject.is_empty() {
        mail.message.subject = first(&[SUBJECT]);
    }
    if mail.id.is_empty() {
        first(&[MESSAGE_ID]).trim_matches(['<', '>']).clone_into(&mut mail.id);
    }
    if mail.message.sent.is_empty() {
        let moment = properties.time(CLIENT_SUBMIT_TIME).or(properties.time(DELIVERY_TIME));
        mail.message.sent = moment.and_then(time::iso_unix).unwrap_or_default();
    }
}

fn recipients(file: &mut File<'_>, storage: &str, parent: &Properties) -> Vec<Party> {
    let storages = properties::storages(file, storage, "__recip_version1.0_#");
    let mut recipients = Vec::new();
    for storage in storages.into_iter().take(RECIPIENTS_MAX) {
        let properties = parent.of_part(file, &storage);
        let mut text = |id| properties.text(file, id).unwrap_or_default();
        let name = text(DISPLAY_NAME).trim().trim_matches('\'').to_owned();
        let smtp = text(SMTP_ADDRESS);
        let address = text(EMAIL_ADDRESS);
        let handle = if smtp.is_empty() && !address.starts_with('/') { address } else { smtp };
        let name = if name == handle { String::new() } else { name };
        let party = Party { name, handle };
        if !party.is_empty() {
            recipients.push(party);
        }
    }
    recipients
}

fn body(file: &mut File<'_>, properties: &Properties, reading: &mut Reading<'_>) -> String {
    let plain = properties.text(file, BODY).unwrap_or_default();
    let plain = conventions::keep(&crate::charset::line_feeds(&plain));
    let html = match properties.bytes(file, HTML) {
        Some(bytes) => html::page(&bytes, properties.charset(), reading).ok(),
        None => properties.text(file, HTML).map(|html| html::read(&html, reading)),
    };
    let html = html.map(|page| page.text).unwrap_or_default();
    let text = mail::choose(plain, html, reading);
    if !text.is_empty() {
        return text;
    }
    let Some(compressed) = properties.bytes(file, RTF_COMPRESSED) else { return text };
    if let Some(rtf) = decompress(&compressed, reading) {
        return rtf_text(&rtf, reading);
    }
    reading.note("The mail has an RTF body that could not be unpacked; it was not read.");
    text
}

/// Unpacks compressed RTF (MS-OXRTFCP).
fn decompress(compressed: &[u8], reading: &Reading<'_>) -> Option<Vec<u8>> {
    // The crate trusts the stated size and reserves it at once.
    let stated = u32::from_le_bytes(compressed.get(4..8)?.try_into().ok()?) as usize;
    if compressed.len() < 16 || stated > reading.unpack_left() {
        return None;
    }
    let unpacked = guarded(|| {
        compressed_rtf::decompress_rtf(compressed).map_err(|_| Unreadable::malformed("is damaged"))
    });
    // Each byte came back as a character of its own.
    Some(unpacked.ok()?.chars().map(|c| u8::try_from(c).unwrap_or(b'?')).collect())
}

/// The text of RTF, or of the HTML that it wraps.
pub(crate) fn rtf_text(rtf: &[u8], reading: &mut Reading<'_>) -> String {
    match rtf::read(rtf) {
        Rtf::Text(text) => conventions::keep(&text),
        Rtf::Html(html) => html::read(&html, reading).text,
    }
}

fn attachments(
    file: &mut File<'_>,
    storage: &str,
    parent: &Properties,
    mail: &mut Mail,
    reading: &mut Reading<'_>,
) {
    let mut pictures = Vec::new();
    let storages = properties::storages(file, storage, "__attach_version1.0_#");
    for (number, storage) in storages.iter().enumerate() {
        let properties = parent.of_part(file, storage);
        let mut text = |id| properties.text(file, id);
        let name = text(ATTACH_LONG_FILENAME).or_else(|| text(ATTACH_FILENAME));
        let name = name.or_else(|| text(DISPLAY_NAME));
        let kind = text(ATTACH_MIME).unwrap_or_default().to_lowercase();
        let name = attached::clean_name(name.as_deref(), || format!("attachment {}", number + 1));
        let inner = format!("{storage}/__substg1.0_{ATTACH_DATA:04X}000D");
        if file.is_storage(&inner) {
            enclosed_message(file, &inner, &name, mail, reading);
            continue;
        }
        let Some(bytes) = properties.bytes(file, ATTACH_DATA) else {
            reading.note(format!("The attachment `{name}` is only a reference: it was not read."));
            continue;
        };
        let enclosed = Enclosed { name: &name, bytes: &bytes, kind: &kind, charset: None };
        if enclosed.is_picture() {
            pictures.push(format!("`{name}`"));
            continue;
        }
        let mut messages = attached::read(&enclosed, &mail.message, reading);
        mail.attached.append(&mut messages);
    }
    if !pictures.is_empty() {
        reading.note(format!("Pictures were not read: {}.", pictures.join(", ")));
    }
}

/// A message within the message: a forward, like an enclosed mail.
fn enclosed_message(
    file: &mut File<'_>,
    storage: &str,
    name: &str,
    mail: &mut Mail,
    reading: &mut Reading<'_>,
) {
    if !file.exists(format!("{storage}/__properties_version1.0")) {
        reading.note(format!("The attachment `{name}` is an embedded object: it was not read."));
        return;
    }
    let what = format!("The enclosed message `{name}`");
    let inner = attached::deeper(&what, reading, |reading| Ok(message(file, storage, reading)));
    let Some(inner) = inner else { return };
    let text = &mut mail.message.text;
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(&inner.as_forwarded());
    let Message { from, to, sent, .. } = &mail.message;
    mail.attached.extend(inner.attached.into_iter().map(|attached| Message {
        from: from.clone(),
        to: to.clone(),
        sent: sent.clone(),
        ..attached
    }));
}
