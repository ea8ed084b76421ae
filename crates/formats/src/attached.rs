//! Documents enclosed in a mail: each becomes a message of its own, or a sentence that says why
//! not.

use countersign_core::thread::Message;

use crate::detect::detect;
use crate::format::Format;
use crate::mail::{self, Mail};
use crate::reading::{Reading, Unreadable};
use crate::{html, text};

/// Something enclosed: its bytes, and what the sender says about them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Enclosed<'e> {
    pub(crate) name: &'e str,
    pub(crate) bytes: &'e [u8],
    /// The declared type, such as `text/plain`. A hint only: the content decides.
    pub(crate) kind: &'e str,
    pub(crate) charset: Option<&'e str>,
}

impl Enclosed<'_> {
    /// Whether it is a picture by its content.
    pub(crate) fn is_picture(&self) -> bool {
        let looks = text::name_of(self.bytes).starts_with("a picture");
        looks || (self.kind == "image/svg+xml")
    }
}

/// A file name without folders and control characters, or the name that `otherwise` gives.
pub(crate) fn clean_name(written: Option<&str>, otherwise: impl FnOnce() -> String) -> String {
    let name: String = written
        .unwrap_or_default()
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect();
    let name = name.trim();
    if name.is_empty() { otherwise() } else { name.to_owned() }
}

/// Reads an enclosed document as messages of `carrier`'s sender; what cannot be read is noted.
pub(crate) fn read(
    enclosed: &Enclosed<'_>,
    carrier: &Message,
    reading: &mut Reading<'_>,
) -> Vec<Message> {
    if enclosed.bytes.trim_ascii().is_empty() {
        reading.note(format!("The attachment `{}` is empty.", enclosed.name));
        return Vec::new();
    }
    if reading.documents >= reading.limits.documents {
        reading.note(format!(
            "The mail has more than {} attachments; the rest was not read, from `{}` on.",
            reading.limits.documents, enclosed.name
        ));
        return Vec::new();
    }
    reading.documents += 1;
    match content(enclosed, reading) {
        Ok(contents) => contents
            .into_iter()
            .map(|mut content| {
                reading.cut(&mut content.text, &format!("The attachment `{}`", content.name));
                Message {
                    from: carrier.from.clone(),
                    to: carrier.to.clone(),
                    sent: carrier.sent.clone(),
                    subject: content.subject,
                    text: content.text,
                    attachment: Some(content.name),
                    ..Message::default()
                }
            })
            .collect(),
        Err(unreadable) => {
            reading.note(format!(
                "The attachment `{}` {}: it was not read.",
                enclosed.name, unreadable.because
            ));
            Vec::new()
        }
    }
}

/// Reads a mail within a mail, one level deeper; a failure is noted under the name `what`.
pub(crate) fn enclosed_mail(bytes: &[u8], what: &str, reading: &mut Reading<'_>) -> Option<Mail> {
    if reading.depth >= reading.limits.depth {
        reading.note(format!(
            "{what} lies more than {} levels deep: it was not read.",
            reading.limits.depth
        ));
        return None;
    }
    reading.depth += 1;
    let mail = mail::read(bytes, reading);
    reading.depth -= 1;
    match mail {
        Ok(mail) => Some(mail),
        Err(unreadable) => {
            reading.note(format!("{what} {}: it was not read.", unreadable.because));
            None
        }
    }
}

/// The text of one document.
struct Content {
    name: String,
    subject: String,
    text: String,
}

fn content(enclosed: &Enclosed<'_>, reading: &mut Reading<'_>) -> Result<Vec<Content>, Unreadable> {
    let one = |subject: String, text: String| {
        Ok(vec![Content { name: enclosed.name.to_owned(), subject, text }])
    };
    match detect(enclosed.bytes) {
        Format::Html => {
            let page = html::page(enclosed.bytes, enclosed.charset, reading)?;
            one(page.title, page.text)
        }
        Format::Eml => {
            let what = format!("The attached mail `{}`", enclosed.name);
            let Some(mail) = enclosed_mail(enclosed.bytes, &what, reading) else {
                return Ok(Vec::new());
            };
            Ok(mail_contents(enclosed.name, mail))
        }
        _ => one(String::new(), text::decode(enclosed.bytes, enclosed.charset, reading)?),
    }
}

/// A mail as a document: itself in the forwarded form, then its own documents.
fn mail_contents(name: &str, mail: Mail) -> Vec<Content> {
    let own = Content {
        name: name.to_owned(),
        subject: mail.message.subject.clone(),
        text: mail.as_forwarded(),
    };
    let attached = mail.attached.into_iter().map(|message| Content {
        name: message.attachment.unwrap_or_default(),
        subject: message.subject,
        text: message.text,
    });
    std::iter::once(own).chain(attached).collect()
}
