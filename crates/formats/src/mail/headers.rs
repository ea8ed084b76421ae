//! Who wrote to whom, when, about what.

use countersign_core::thread::{Message, Party};
use mail_parser::{Address, HeaderName, HeaderValue, Message as Parsed};

use super::Mail;
use crate::reading::Reading;
use crate::time;

/// Recipients beyond this are a mailing, and tell nothing more.
const RECIPIENTS_MAX: usize = 500;

pub(super) fn read(parsed: &Parsed<'_>, reading: &mut Reading<'_>) -> Mail {
    let from = parsed.from().or_else(|| parsed.sender()).map(parties).unwrap_or_default();
    if from.len() > 1 {
        reading.note("The mail names more than one sender; only the first was taken.");
    }
    let from = from.into_iter().next().unwrap_or_default();
    let to: Vec<Party> = [parsed.to(), parsed.cc(), parsed.bcc()]
        .into_iter()
        .flatten()
        .flat_map(parties)
        .take(RECIPIENTS_MAX)
        .collect();
    let reply_to = parsed
        .reply_to()
        .and_then(|address| parties(address).into_iter().next())
        .filter(|reply| !reply.handle.eq_ignore_ascii_case(&from.handle));
    let sent = parsed.date().map(time::iso).unwrap_or_default();
    if sent.is_empty() && parsed.header(HeaderName::Date).is_some() {
        reading.note("The date of the mail could not be read.");
    }
    let subject = one_line(parsed.subject().unwrap_or_default());
    let bulk = bulk(parsed);
    let message = Message { from, to, reply_to, sent, subject, bulk, ..Message::default() };
    let id = one_line(parsed.message_id().unwrap_or_default());
    Mail { id, message, attached: Vec::new() }
}

fn parties(address: &Address<'_>) -> Vec<Party> {
    let text = |part: Option<&str>| one_line(part.unwrap_or_default());
    address
        .iter()
        .map(|one| Party { name: text(one.name()), handle: text(one.address()) })
        .filter(|party| !party.is_empty())
        .collect()
}

/// `List-Id`, else a `Precedence` of mailings, else that one can unsubscribe.
fn bulk(parsed: &Parsed<'_>) -> Option<String> {
    let text = |name: HeaderName<'static>| {
        let value = parsed.header(name)?;
        match value {
            HeaderValue::Address(address) => parties(address).first().map(written),
            other => other.as_text().map(one_line),
        }
    };
    let list = text(HeaderName::ListId).filter(|list| !list.is_empty());
    let precedence = || {
        text(HeaderName::Other("Precedence".into()))
            .map(|value| value.to_lowercase())
            .filter(|value| matches!(&**value, "bulk" | "list" | "junk"))
            .map(|value| format!("Precedence: {value}"))
    };
    let unsubscribe =
        || parsed.header(HeaderName::ListUnsubscribe).map(|_| "List-Unsubscribe".to_owned());
    list.or_else(precedence).or_else(unsubscribe)
}

/// `Name <address>`, as in a mail's head.
pub(crate) fn written(party: &Party) -> String {
    match (party.name.is_empty(), party.handle.is_empty()) {
        (false, false) => format!("{} <{}>", party.name, party.handle),
        (true, _) => party.handle.clone(),
        (false, true) => party.name.clone(),
    }
}

/// Without line breaks, which encoded words may smuggle into a header.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
