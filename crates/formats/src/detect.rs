//! Which format it is, by the content; the ending of the name says nothing, for it is what a
//! sender chooses.
//!
//! Magic numbers come first, then structure, strictest first. What is no other format is
//! [`Format::Text`]; the text reader then refuses what is no text.

use crate::charset;
use crate::format::Format;
use crate::{mail, mbox, whatsapp};

/// The bytes that [`detect`] can make use of; more do not change its mind.
pub(crate) const HEAD_BYTES: usize = 64 * 1024;

/// The first bytes of a compound file, which Outlook's MSG is.
const COMPOUND_FILE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// Tells the format from the first bytes (64 KiB are plenty).
///
/// Never fails: bytes that are nothing known are [`Format::Text`], which [`crate::open`] refuses
/// when they are no text. Any zip archive is [`Format::Docx`] and any compound file
/// [`Format::Msg`]; their readers say what is inside if it is something else.
///
/// ```
/// use countersign_formats::{Format, detect};
/// assert_eq!(detect(b"%PDF-1.7\n"), Format::Pdf);
/// assert_eq!(detect(b"31/12/2023, 21:15 - Ada: Hello"), Format::WhatsappText);
/// ```
pub fn detect(head: &[u8]) -> Format {
    let head = head.get(..head.len().min(HEAD_BYTES)).unwrap_or_default();
    if let Some(format) = by_magic(head) {
        return format;
    }
    if charset::is_binary(head) {
        // Mails may carry attachments as they are; their own head is text.
        let mail_head = head.get(..mail::head_len(head)).unwrap_or_default();
        let format = by_structure(&String::from_utf8_lossy(mail_head));
        let is_mail = matches!(format, Format::Eml | Format::Mbox);
        return if is_mail && !charset::is_binary(mail_head) { format } else { Format::Text };
    }
    by_structure(&charset::decode(head, None).text)
}

fn by_magic(head: &[u8]) -> Option<Format> {
    // Junk before the mark is common; readers accept it within the first kilobyte.
    let first = head.get(..head.len().min(1024)).unwrap_or_default();
    if first.windows(5).any(|window| window == b"%PDF-") && !first.starts_with(b"From ") {
        let at_line = first.starts_with(b"%PDF-") || charset::is_binary(head);
        if at_line {
            return Some(Format::Pdf);
        }
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Some(Format::Docx);
    }
    head.starts_with(COMPOUND_FILE).then_some(Format::Msg)
}

fn by_structure(head: &str) -> Format {
    let start = head.trim_start();
    if mbox::starts_mailbox(start) {
        return Format::Mbox;
    }
    if is_html(start) {
        return Format::Html;
    }
    if start.get(..15).is_some_and(|mark| mark.eq_ignore_ascii_case("BEGIN:VCALENDAR")) {
        return Format::Ics;
    }
    if start.starts_with('{') || start.starts_with("[{") || start.starts_with("[\n") {
        if is_telegram(start) {
            return Format::TelegramJson;
        }
        if start.contains("\"messages\"") || start.contains("\"text\"") {
            return Format::ThreadJsonl;
        }
    }
    if is_linkedin(start) {
        return Format::LinkedinCsv;
    }
    if is_mail(start) {
        return Format::Eml;
    }
    if is_whatsapp(start) {
        return Format::WhatsappText;
    }
    Format::Text
}

/// The tags by which browsers tell HTML (WHATWG MIME sniffing), and a few that saved mails open
/// with.
fn is_html(start: &str) -> bool {
    const TAGS: [&str; 22] = [
        "!doctype html",
        "html",
        "head",
        "body",
        "script",
        "iframe",
        "h1",
        "div",
        "font",
        "table",
        "style",
        "title",
        "b",
        "br",
        "p",
        "a",
        "span",
        "meta",
        "center",
        "blockquote",
        "ul",
        "h2",
    ];
    let mut rest = start;
    // Comments and an XML declaration may come first.
    for _ in 0..20 {
        rest = rest.trim_start();
        let Some(skipped) = (if rest.starts_with("<!--") {
            rest.split_once("-->")
        } else if rest.starts_with("<?xml") {
            rest.split_once("?>")
        } else {
            None
        }) else {
            break;
        };
        rest = skipped.1;
    }
    let Some(rest) = rest.strip_prefix('<') else { return false };
    TAGS.iter().any(|tag| {
        rest.get(..tag.len()).is_some_and(|written| written.eq_ignore_ascii_case(tag))
            && rest.get(tag.len()..).is_some_and(|after| {
                after.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            })
    })
}

/// One chat has a `type` and dated messages of type `message`; a full export has `chats`.
fn is_telegram(start: &str) -> bool {
    let has = |key: &str| start.contains(key);
    has("\"date_unixtime\"")
        || (has("\"chats\"") && has("\"list\""))
        || (has("\"personal_information\"") && has("\"about\""))
        || (has("\"messages\"")
            && [
                "personal_chat",
                "private_group",
                "private_supergroup",
                "public_supergroup",
                "private_channel",
                "public_channel",
                "bot_chat",
                "saved_messages",
            ]
            .iter()
            .any(|kind| has(kind)))
}

fn is_linkedin(start: &str) -> bool {
    start.lines().take(10).any(|line| {
        let line = line.to_lowercase();
        line.contains("conversation id")
            && line.contains("content")
            && line.contains([',', ';', '\t'])
    })
}

/// Header lines down to an empty line, with one that only mail programs write, or a sender and a
/// date in the form of mails. Other heads (`From: …` typed by a person) are pasted text.
fn is_mail(start: &str) -> bool {
    const MACHINE: [&str; 16] = [
        "received",
        "return-path",
        "delivered-to",
        "mime-version",
        "message-id",
        "content-type",
        "dkim-signature",
        "content-transfer-encoding",
        "authentication-results",
        "arc-seal",
        "x-mailer",
        "x-originating-ip",
        "x-received",
        "received-spf",
        "list-id",
        "user-agent",
    ];
    let (mut fields, mut machine, mut from, mut date) = (0, false, false, false);
    for line in start.lines() {
        if line.is_empty() {
            break;
        }
        if line.starts_with([' ', '\t']) && fields > 0 {
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { return false };
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_graphic()) {
            return false;
        }
        fields += 1;
        let name = name.to_ascii_lowercase();
        machine |= MACHINE.contains(&name.as_str());
        from |= name == "from" && value.contains('@');
        date |= name == "date" && mail_parser::DateTime::parse_rfc822(value).is_some();
    }
    fields >= 2 && (machine || (from && date))
}

/// A chat's first line is dated; a text that merely has such a line further down is none.
fn is_whatsapp(start: &str) -> bool {
    let lines = start.lines().filter(|line| !line.trim().is_empty()).take(30);
    let dated = |line: &&str| whatsapp::starts_message(line);
    let mut lines = lines.peekable();
    lines.peek().is_some_and(dated) || lines.filter(dated).count() >= 3
}
