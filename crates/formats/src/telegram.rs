//! `result.json` of Telegram Desktop: one chat, or all chats of an account; one thread a chat.

use countersign_core::thread::{Message, Party, Thread};
use serde::Deserialize;
use serde_json::Value;

use crate::reading::{Reading, Unreadable};
use crate::{conventions, text, time};

/// A chat with more senders is a group, whose messages are addressed to nobody in particular.
const RECIPIENTS_MAX: usize = 10;

#[derive(Deserialize)]
struct Export {
    #[serde(default)]
    personal_information: Option<Owner>,
    #[serde(default)]
    chats: Option<Chats>,
    #[serde(default)]
    left_chats: Option<Chats>,
    // The fields of one chat. Not flattened: serde would hold the whole export twice.
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    messages: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Owner {
    #[serde(default)]
    user_id: Option<i64>,
    #[serde(default)]
    first_name: String,
    #[serde(default)]
    last_name: String,
}

#[derive(Deserialize)]
struct Chats {
    #[serde(default)]
    list: Vec<Chat>,
}

#[derive(Deserialize)]
struct Chat {
    #[serde(default)]
    name: Option<String>,
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    id: Option<i64>,
    #[serde(default)]
    messages: Option<Vec<Entry>>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default, rename = "type")]
    kind: Option<String>,
    #[serde(default)]
    date: Option<String>,
    #[serde(default)]
    date_unixtime: Option<String>,
    #[serde(default)]
    from: Option<String>,
    #[serde(default)]
    from_id: Option<Value>,
    #[serde(default)]
    forwarded_from: Option<String>,
    #[serde(default)]
    text: Text,
    #[serde(default)]
    photo: Option<Value>,
    #[serde(default)]
    file: Option<Value>,
}

#[derive(Deserialize, Default)]
#[serde(untagged)]
enum Text {
    #[default]
    None,
    Plain(String),
    Pieces(Vec<Piece>),
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Piece {
    Plain(String),
    Entity {
        #[serde(default)]
        text: String,
        #[serde(default)]
        href: Option<String>,
    },
}

/// Reads an export. The second value tells whether it is one of all chats, which have ids to be
/// told apart by.
pub(crate) fn threads(
    bytes: &[u8],
    reading: &mut Reading<'_>,
) -> Result<(Vec<Thread>, bool), Unreadable> {
    let decoded = text::decode(bytes, None, reading)?;
    let export: Export = serde_json::from_str(&decoded).map_err(|error| {
        let place = format!("line {}, column {}", error.line(), error.column());
        Unreadable::malformed(if error.is_eof() {
            format!("ends at {place} in the middle of a chat: the export is not complete")
        } else if error.is_data() {
            format!("has a value of the wrong type at {place}")
        } else {
            format!("is not JSON at {place}")
        })
    })?;
    let owner = export.personal_information.as_ref().map(Owner::party);
    let all = export.chats.is_some() || export.left_chats.is_some();
    let chats: Vec<Chat> = if all {
        let lists = export.chats.into_iter().chain(export.left_chats);
        lists.flat_map(|chats| chats.list).collect()
    } else if export.messages.is_some() {
        let Export { name, kind, id, messages, .. } = export;
        vec![Chat { name, kind, id, messages }]
    } else {
        return Err(Unreadable::missing("has neither `messages` nor `chats`"));
    };
    Ok((chats.into_iter().map(|chat| thread(chat, owner.as_ref(), reading)).collect(), all))
}

impl Owner {
    fn party(&self) -> Party {
        Party {
            name: format!("{} {}", self.first_name, self.last_name).trim().to_owned(),
            handle: self.user_id.map(|id| format!("user{id}")).unwrap_or_default(),
        }
    }
}

fn thread(chat: Chat, owner: Option<&Party>, reading: &Reading<'_>) -> Thread {
    let mut limits = Vec::new();
    let mut files = 0;
    let mut messages = Vec::new();
    for entry in chat.messages.unwrap_or_default() {
        // Calls, joined members, changed titles.
        if entry.kind.as_deref() == Some("service") {
            continue;
        }
        files += usize::from(entry.photo.is_some() || entry.file.is_some());
        let mut message = message(entry);
        let max = reading.limits.text_bytes;
        if message.text.len() > max {
            message.text.truncate(message.text.floor_char_boundary(max));
            limits.push(format!("A message was cut at {max} bytes."));
        }
        if !message.text.is_empty() {
            messages.push(message);
        }
    }
    if files > 0 {
        limits.push(format!("Pictures, recordings and files of the chat were not read: {files}."));
    }
    let personal = matches!(chat.kind.as_deref(), Some("personal_chat" | "bot_chat"));
    let name = chat.name.unwrap_or_default();
    address(&mut messages, personal.then_some(&*name), owner);
    Thread {
        id: chat.id.map(|id| id.to_string()).unwrap_or_default(),
        channel: "telegram".to_owned(),
        messages,
        limits,
        ..Thread::default()
    }
}

fn message(entry: Entry) -> Message {
    let handle = match entry.from_id {
        Some(Value::String(id)) => id,
        Some(Value::Number(id)) => format!("user{id}"),
        _ => String::new(),
    };
    let absolute = entry.date_unixtime.and_then(|seconds| time::iso_unix(seconds.parse().ok()?));
    let text = conventions::keep(&written(entry.text));
    Message {
        from: Party { name: entry.from.unwrap_or_default(), handle },
        sent: absolute.or(entry.date).unwrap_or_default(),
        text: match entry.forwarded_from {
            Some(from) if !text.is_empty() => {
                format!("{}\nFrom: {from}\n\n{text}", conventions::FORWARDED)
            }
            _ => text,
        },
        ..Message::default()
    }
}

fn written(text: Text) -> String {
    let pieces = match text {
        Text::None => return String::new(),
        Text::Plain(text) => return text,
        Text::Pieces(pieces) => pieces,
    };
    let mut written = String::new();
    for piece in pieces {
        match piece {
            Piece::Plain(text) => written.push_str(&text),
            Piece::Entity { text, href } => {
                written.push_str(&text);
                if let Some(address) = href.filter(|address| *address != text) {
                    written.extend([" <", &address, ">"]);
                }
            }
        }
    }
    written
}

/// Who each message is to: the other side of a personal chat, the others of a small group.
fn address(messages: &mut [Message], partner: Option<&str>, owner: Option<&Party>) {
    let mut parties: Vec<Party> = Vec::new();
    for message in messages.iter() {
        if parties.len() <= RECIPIENTS_MAX && !parties.iter().any(|one| same(one, &message.from)) {
            parties.push(message.from.clone());
        }
    }
    if let Some(name) = partner.filter(|name| !name.is_empty()) {
        if !parties.iter().any(|party| party.name == name) {
            parties.push(Party { name: name.to_owned(), handle: String::new() });
        }
        if parties.len() < 2 {
            parties.extend(owner.cloned());
        }
    }
    if parties.len() > RECIPIENTS_MAX {
        return;
    }
    for message in messages {
        message.to = parties.iter().filter(|party| !same(party, &message.from)).cloned().collect();
    }
}

/// Whether two are one: a deleted account loses its name and keeps its id.
fn same(one: &Party, other: &Party) -> bool {
    if one.handle.is_empty() || other.handle.is_empty() {
        one.name == other.name
    } else {
        one.handle == other.handle
    }
}
