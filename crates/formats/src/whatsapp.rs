//! A chat as WhatsApp exports it: lines of text, each message with its date and sender.
//!
//! The export says neither its language nor its date order, and times have no zone. The order of
//! day and month is told by the whole file ([`order`]); where the file does not tell, a limit says
//! what was assumed. Pictures and recordings are not in the text; they are counted.

mod line;
mod order;

use countersign_core::thread::{Message, Party, Thread};

use self::line::Head;
use crate::reading::{Reading, Unreadable};
use crate::{conventions, text, time};

/// A chat with more senders is a group, whose messages are addressed to nobody in particular.
const RECIPIENTS_MAX: usize = 10;

/// Whether a line starts a message of a chat.
pub(crate) fn starts_message(written: &str) -> bool {
    line::head(written).is_some()
}

/// A message with its date as written.
struct Entry {
    head: Head,
    sender: String,
    text: String,
}

/// Reads an exported chat as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let chat = text::decode(bytes, None, reading)?;
    let mut entries: Vec<Entry> = Vec::new();
    let mut heads: Vec<Head> = Vec::new();
    // A system line ("Ada joined") is no message; neither are the lines that continue it.
    let mut in_message = false;
    let mut lost = 0;
    for written in chat.lines() {
        match line::head(written) {
            Some((head, rest)) => {
                heads.push(head);
                match line::sender(rest) {
                    Some((sender, text)) => {
                        // `~` marks a name that its owner chose and the receiver has not stored.
                        let sender = sender.trim_start_matches(['~', ' ', '\u{202f}', '\u{a0}']);
                        in_message = true;
                        entries.push(Entry {
                            head,
                            sender: sender.to_owned(),
                            text: text.to_owned(),
                        });
                    }
                    None => in_message = false,
                }
            }
            None => match entries.last_mut() {
                Some(entry) if in_message => {
                    entry.text.push('\n');
                    entry.text.push_str(line::without_marks(written));
                }
                _ => lost += usize::from(heads.is_empty() && !written.trim().is_empty()),
            },
        }
    }
    if heads.is_empty() {
        return Err(Unreadable::malformed("has no line with a date and a sender, as a chat has"));
    }
    if lost > 0 {
        reading.note(format!(
            "The chat starts in the middle of a message: {lost} lines before the first date were \
             left out."
        ));
    }
    let order = order::infer(&heads);
    if let Some(note) = order.note {
        reading.note(note);
    }
    let senders = senders(&entries);
    let mut without_text = 0;
    let mut messages = Vec::new();
    for entry in entries {
        let text = conventions::keep(line::without_edit_mark(&entry.text));
        if line::is_media(&text) {
            without_text += 1;
            continue;
        }
        let mut message = Message {
            sent: time::iso_local(order.order.date(&entry.head), entry.head.clock)
                .unwrap_or_default(),
            to: others(&senders, &entry.sender),
            from: party(&entry.sender),
            text,
            ..Message::default()
        };
        reading.cut(&mut message.text, "A message");
        messages.push(message);
    }
    if without_text > 0 {
        reading.note(format!(
            "Pictures, recordings and files of the chat were not read: {without_text}."
        ));
    }
    Ok(Thread { channel: "whatsapp".to_owned(), messages, ..Thread::default() })
}

/// A contact's name, or the number of somebody who is none.
fn party(sender: &str) -> Party {
    let number = sender.starts_with('+')
        && sender.chars().all(|c| c.is_ascii_digit() || c.is_whitespace() || "+-()".contains(c));
    if number {
        Party { name: String::new(), handle: sender.to_owned() }
    } else {
        Party { name: sender.to_owned(), handle: String::new() }
    }
}

fn senders(entries: &[Entry]) -> Vec<String> {
    let mut senders: Vec<String> = Vec::new();
    for entry in entries {
        if senders.len() <= RECIPIENTS_MAX && !senders.contains(&entry.sender) {
            senders.push(entry.sender.clone());
        }
    }
    senders
}

fn others(senders: &[String], sender: &str) -> Vec<Party> {
    if senders.len() > RECIPIENTS_MAX {
        return Vec::new();
    }
    senders.iter().filter(|other| *other != sender).map(|other| party(other)).collect()
}
