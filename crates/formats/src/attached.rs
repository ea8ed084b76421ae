//! Documents enclosed in a mail: each becomes a message of its own, or a sentence that says why
//! not.

use countersign_core::thread::Message;

use crate::archive::Archive;
use crate::detect::detect;
use crate::format::Format;
use crate::mail::{self, Mail};
use crate::reading::{Reading, Unreadable};
use crate::{conventions, docx, html, ics, msg, pdf, rtf, text};

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

/// Reads something that lies a level deeper; a failure is noted under the name `what`.
pub(crate) fn deeper<T>(
    what: &str,
    reading: &mut Reading<'_>,
    read: impl FnOnce(&mut Reading<'_>) -> Result<T, Unreadable>,
) -> Option<T> {
    if reading.depth >= reading.limits.depth {
        reading.note(format!(
            "{what} lies more than {} levels deep: it was not read.",
            reading.limits.depth
        ));
        return None;
    }
    reading.depth += 1;
    let read = read(reading);
    reading.depth -= 1;
    read.inspect_err(|unreadable| {
        reading.note(format!("{what} {}: it was not read.", unreadable.because));
    })
    .ok()
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
    let what = format!("The attachment `{}`", enclosed.name);
    let whole_mail = |mail: Option<Mail>| {
        Ok(mail.map(|mail| mail_contents(enclosed.name, mail)).unwrap_or_default())
    };
    match detect(enclosed.bytes) {
        Format::Html => {
            let page = html::page(enclosed.bytes, enclosed.charset, reading)?;
            one(page.title, page.text)
        }
        Format::Eml => {
            whole_mail(deeper(&what, reading, |reading| mail::read(enclosed.bytes, reading)))
        }
        Format::Msg => {
            whole_mail(deeper(&what, reading, |reading| msg::read(enclosed.bytes, reading)))
        }
        Format::Pdf => {
            let pdf = pdf::read(enclosed.bytes, &what, reading)?;
            one(pdf.title, pdf.text)
        }
        Format::Docx => {
            let archive = Archive::open(enclosed.bytes)?;
            if docx::is_document(&archive) {
                return one(String::new(), docx::read(enclosed.bytes, &what, reading)?);
            }
            Ok(deeper(&what, reading, |reading| Ok(archived(enclosed.name, archive, reading)))
                .unwrap_or_default())
        }
        Format::Ics => {
            let events = ics::read(enclosed.bytes, &what, reading)?;
            Ok(events.into_iter().map(|event| invitation(enclosed.name, event)).collect())
        }
        _ if rtf::is_rtf(enclosed.bytes) => {
            one(String::new(), msg::rtf_text(enclosed.bytes, reading))
        }
        _ => {
            let text = text::decode(enclosed.bytes, enclosed.charset, reading)?;
            one(String::new(), conventions::keep(&text))
        }
    }
}

/// An event as a document: who invites is said in the text, for the carrier may be another.
fn invitation(name: &str, event: Message) -> Content {
    let organiser = event.from.shown();
    let text = if organiser.is_empty() {
        event.text
    } else {
        format!("Organiser: {}\n{}", mail::written(&event.from), event.text)
    };
    Content { name: name.to_owned(), subject: event.subject, text }
}

/// The documents of an archive, named by their path in it.
fn archived(name: &str, mut archive: Archive<'_>, reading: &mut Reading<'_>) -> Vec<Content> {
    let (names, more) = archive.names();
    if more {
        reading.note(format!("The archive `{name}` has many files; only the first were read."));
    }
    let mut contents = Vec::new();
    for (index, inner) in names.iter().enumerate().filter(|(_, inner)| !inner.ends_with('/')) {
        let inner_name = format!("{name}/{}", clean_name(Some(inner), || index.to_string()));
        let bytes = match archive.entry(index, reading) {
            Ok(bytes) => bytes,
            Err(unreadable) => {
                let because = unreadable.because;
                reading.note(format!("The file `{inner_name}` {because}: it was not read."));
                continue;
            }
        };
        let enclosed = Enclosed { name: &inner_name, bytes: &bytes, kind: "", charset: None };
        let messages = read(&enclosed, &Message::default(), reading);
        contents.extend(messages.into_iter().map(|message| Content {
            name: message.attachment.unwrap_or_default(),
            subject: message.subject,
            text: message.text,
        }));
    }
    contents
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
