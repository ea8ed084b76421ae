//! The parts of a mail: which are its text, which are documents, which are neither.

use countersign_core::thread::Message;
use mail_parser::decoders::base64::base64_decode;
use mail_parser::decoders::quoted_printable::quoted_printable_decode;
use mail_parser::{ContentType, Encoding, Message as Parsed, MessagePart, MimeHeaders, PartType};

use super::{alternative, nested};
use crate::attached::{self, Enclosed};
use crate::reading::Reading;
use crate::{charset, conventions, html};

/// Multiparts within multiparts; real mails have four levels.
const LEVELS_MAX: usize = 32;

/// The text of a mail and its documents.
#[derive(Debug, Default)]
pub(super) struct Body {
    pub(super) text: String,
    pub(super) attached: Vec<Message>,
}

pub(super) fn read(parsed: &Parsed<'_>, carrier: &Message, reading: &mut Reading<'_>) -> Body {
    let mut walk = Walk { parsed, carrier, reading, attached: Vec::new(), pictures: Vec::new() };
    let content = walk.part(0, 0, "mixed");
    if !walk.pictures.is_empty() {
        let names = walk.pictures.join(", ");
        walk.reading.note(format!("Pictures were not read: {names}."));
    }
    Body { text: conventions::keep(&content.into_text(walk.reading)), attached: walk.attached }
}

/// The text of a part, in the versions in which it has it.
#[derive(Debug, Default)]
struct Content {
    plain: String,
    html: String,
    /// Enclosed mails, which belong behind the text whichever version is chosen.
    forwarded: Vec<String>,
}

impl Content {
    fn into_text(self, reading: &mut Reading<'_>) -> String {
        let mut text = alternative::choose(self.plain, self.html, reading);
        for forwarded in self.forwarded {
            join(&mut text, &forwarded);
        }
        text
    }
}

fn join(text: &mut String, more: &str) {
    if !text.trim().is_empty() && !more.trim().is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

struct Walk<'w, 'l> {
    parsed: &'w Parsed<'w>,
    carrier: &'w Message,
    reading: &'w mut Reading<'l>,
    attached: Vec<Message>,
    /// Names of pictures, for one sentence.
    pictures: Vec<String>,
}

impl Walk<'_, '_> {
    fn part(&mut self, id: u32, level: usize, parent: &str) -> Content {
        let Some(part) = self.parsed.parts.get(id as usize) else { return Content::default() };
        if level > LEVELS_MAX {
            self.reading.note("The mail is nested too deeply; the innermost parts were not read.");
            return Content::default();
        }
        let kind = Kind::of(part);
        match &part.body {
            PartType::Multipart(ids) => self.multipart(ids, &kind, level),
            PartType::Text(text) if kind.is_body(id, parent) => {
                let text = self.decoded(part, text, &kind);
                if parent == nested::DIGEST && kind.full.is_empty() {
                    return self.enclosed_mail(text.as_bytes());
                }
                Content { plain: text, ..Content::default() }
            }
            PartType::Html(text) if kind.is_body(id, parent) => {
                let text = self.decoded(part, text, &kind);
                let html = html::read(&text, self.reading).text;
                Content { html, ..Content::default() }
            }
            _ => self.enclosure(id, part, &kind),
        }
    }

    fn multipart(&mut self, ids: &[u32], kind: &Kind, level: usize) -> Content {
        if kind.subtype == "encrypted" {
            self.reading.note("The mail is encrypted: its text was not read.");
        }
        let mut whole = Content::default();
        for &id in ids {
            let mut content = self.part(id, level + 1, &kind.subtype);
            whole.forwarded.append(&mut content.forwarded);
            if kind.subtype == "alternative" {
                join(&mut whole.plain, &content.plain);
                join(&mut whole.html, &content.html);
            } else {
                // Parts side by side are all shown: each in its better version.
                let text = alternative::choose(content.plain, content.html, self.reading);
                join(&mut whole.plain, &text);
            }
        }
        whole
    }

    /// A part that is not the mail's own text.
    fn enclosure(&mut self, id: u32, part: &MessagePart<'_>, kind: &Kind) -> Content {
        match &*kind.full {
            "application/pgp-signature"
            | "application/pkcs7-signature"
            | "application/x-pkcs7-signature"
            | "application/pgp-encrypted"
            | "text/x-amp-html"
            | "text/rfc822-headers"
            | "message/delivery-status"
            | "message/disposition-notification"
            | "message/feedback-report" => return Content::default(),
            "application/pkcs7-mime" | "application/x-pkcs7-mime" => {
                self.reading
                    .note("The mail is encrypted or sealed (S/MIME): its text was not read.");
                return Content::default();
            }
            _ => {}
        }
        // Text is taken as it came, for its charset may differ from what the parser decoded.
        let raw = self.raw(part);
        let bytes = match (&part.body, &raw) {
            (PartType::Text(_) | PartType::Html(_), Some(raw)) => raw,
            (_, Some(raw)) if part.is_encoding_problem => raw,
            _ => part.contents(),
        };
        if kind.full == format!("message/{}", nested::ENCLOSED) {
            return self.enclosed_mail(bytes);
        }
        let name = attached::clean_name(part.attachment_name(), || {
            let kind = if kind.full.is_empty() { "unknown type" } else { &kind.full };
            format!("attachment {id} ({kind})")
        });
        let enclosed =
            Enclosed { name: &name, bytes, kind: &kind.full, charset: kind.charset.as_deref() };
        if enclosed.is_picture() {
            self.pictures.push(format!("`{name}`"));
            return Content::default();
        }
        let mut messages = attached::read(&enclosed, self.carrier, self.reading);
        self.attached.append(&mut messages);
        Content::default()
    }

    fn enclosed_mail(&mut self, bytes: &[u8]) -> Content {
        let mut forwarded = Vec::new();
        let mail = attached::deeper("An enclosed mail", self.reading, |reading| {
            super::read(bytes, reading)
        });
        if let Some(mail) = mail {
            forwarded.push(mail.as_forwarded());
            let inherit = mail.attached.into_iter().map(|message| Message {
                from: self.carrier.from.clone(),
                to: self.carrier.to.clone(),
                sent: self.carrier.sent.clone(),
                ..message
            });
            self.attached.extend(inherit);
        }
        Content { forwarded, ..Content::default() }
    }

    /// The part's text; decoded anew where the parser had no good charset to go by.
    fn decoded(&mut self, part: &MessagePart<'_>, text: &str, kind: &Kind) -> String {
        let vague = match kind.charset.as_deref() {
            None => true,
            Some(label) => {
                let label = label.to_ascii_lowercase();
                label.contains("ascii") || label.contains("8859-1") || label.contains("unknown")
            }
        };
        let broken = part.is_encoding_problem && claims_base64(part);
        if broken {
            self.reading.note("A part of the mail is damaged or cut off; it was read in part.");
        }
        let doubtful = broken || text.contains('\u{fffd}') || (vague && !text.is_ascii());
        if !doubtful {
            return charset::line_feeds(text);
        }
        let Some(raw) = self.raw(part) else { return charset::line_feeds(text) };
        let decoded = charset::decode(&raw, kind.charset.as_deref());
        if decoded.lossy {
            self.reading.note("Some characters of the mail could not be decoded.");
        }
        decoded.text
    }

    /// The part's bytes with their transfer encoding undone.
    fn raw(&self, part: &MessagePart<'_>) -> Option<Vec<u8>> {
        let range = part.offset_body as usize..part.offset_end as usize;
        let raw = self.parsed.raw_message.get(range)?;
        match part.encoding {
            // The parser takes base64 that is cut off for plain text.
            Encoding::None if part.is_encoding_problem && claims_base64(part) => {
                Some(base64_as_far_as_it_goes(raw))
            }
            Encoding::None => Some(raw.to_vec()),
            Encoding::Base64 => base64_decode(raw),
            Encoding::QuotedPrintable => quoted_printable_decode(raw),
        }
    }
}

fn claims_base64(part: &MessagePart<'_>) -> bool {
    part.content_transfer_encoding().is_some_and(|name| name.eq_ignore_ascii_case("base64"))
}

/// Decodes base64 that is cut off or has foreign characters in it.
fn base64_as_far_as_it_goes(raw: &[u8]) -> Vec<u8> {
    let of_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut digits: Vec<u8> = raw.iter().copied().filter(of_base64).collect();
    digits.truncate(digits.len() / 4 * 4);
    base64_decode(&digits).unwrap_or_default()
}

/// What a part's headers say it is.
struct Kind {
    /// `type/subtype` in lower case; empty if it does not say.
    full: String,
    subtype: String,
    charset: Option<String>,
    named: bool,
    attachment: bool,
}

impl Kind {
    fn of(part: &MessagePart<'_>) -> Self {
        let declared = part.content_type();
        let disposition = part.content_disposition();
        let subtype =
            declared.and_then(ContentType::subtype).unwrap_or_default().to_ascii_lowercase();
        let full = declared
            .map(|declared| format!("{}/{subtype}", declared.ctype().to_ascii_lowercase()))
            .unwrap_or_default();
        Self {
            full,
            subtype,
            charset: declared.and_then(|d| d.attribute("charset")).map(str::to_owned),
            named: part.attachment_name().is_some(),
            attachment: disposition.is_some_and(ContentType::is_attachment),
        }
    }

    /// Whether a text part is the mail's own text, not a document. The first part is, even if a
    /// program gave it a name.
    fn is_body(&self, id: u32, parent: &str) -> bool {
        let typed = matches!(
            &*self.full,
            "" | "text/plain" | "text/html" | "text/enriched" | "text/markdown"
        );
        let alone = id == 0 || (id == 1 && !self.attachment);
        typed && (alone || !(self.attachment || (self.named && parent != "alternative")))
    }
}
