//! A calendar invitation: who invites whom, to what, when and where.
//!
//! The `icalendar` crate parses it. It is strict; a calendar that it refuses is read as the plain
//! text that it is, with a note, rather than not at all.

use countersign_core::thread::{Message, Party, Thread};
use icalendar::parser::{Component, Property, read_calendar_simple, unfold};

use crate::guarded::guarded;
use crate::reading::{Reading, Unreadable};
use crate::{conventions, html, text, time};

/// Components within components; calendars have three levels, and the parser recurses.
const DEPTH_MAX: usize = 10;

/// Events of one file that are read; a whole calendar is no invitation.
const EVENTS_MAX: usize = 200;

/// Reads a calendar file as one thread, an event a message.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let mut messages = read(bytes, "The calendar", reading)?;
    for message in &mut messages {
        reading.cut(&mut message.text, "An event");
    }
    Ok(Thread { channel: "calendar".to_owned(), messages, ..Thread::default() })
}

/// Reads the events of a calendar; notes call it `what`.
pub(crate) fn read(
    bytes: &[u8],
    what: &str,
    reading: &mut Reading<'_>,
) -> Result<Vec<Message>, Unreadable> {
    let decoded = text::decode(bytes, None, reading)?;
    let unfolded = unfold(&decoded);
    let mut messages = Vec::new();
    let parsed = guarded(|| {
        for calendar in calendars(&unfolded) {
            if deepest(calendar) > DEPTH_MAX {
                return Err(Unreadable::malformed("is nested too deeply"));
            }
            let components = read_calendar_simple(calendar)
                .map_err(|_| Unreadable::malformed("is a damaged calendar"))?;
            for component in components.iter().flat_map(|calendar| &calendar.components) {
                if is_event(component) && messages.len() < EVENTS_MAX {
                    messages.push(event(component, reading));
                }
            }
        }
        Ok(())
    });
    if parsed.is_err() || messages.is_empty() {
        reading.note(format!("{what} could not be read as a calendar; it was read as text."));
        messages = vec![Message { text: conventions::keep(&unfolded), ..Message::default() }];
    }
    if messages.len() == EVENTS_MAX {
        reading.note(format!("{what} is long; only its first {EVENTS_MAX} events were read."));
    }
    Ok(messages)
}

/// The calendars of a file, each from `BEGIN` to `END`.
fn calendars(unfolded: &str) -> impl Iterator<Item = &str> {
    const END: &str = "END:VCALENDAR";
    unfolded.split_inclusive(END).filter(|part| part.ends_with(END)).map(str::trim_start)
}

fn deepest(calendar: &str) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    for line in calendar.lines() {
        if line.starts_with("BEGIN:") {
            depth += 1;
            deepest = deepest.max(depth);
        } else if line.starts_with("END:") {
            depth = depth.saturating_sub(1);
        }
    }
    deepest
}

fn is_event(component: &Component<'_>) -> bool {
    matches!(component.name.as_str(), "VEVENT" | "VTODO" | "VJOURNAL")
}

fn event(component: &Component<'_>, reading: &mut Reading<'_>) -> Message {
    let value = |name: &str| component.find_prop(name).map(value).unwrap_or_default();
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        if !value.is_empty() {
            text.extend([name, ": ", value, "\n"]);
        }
    };
    let summary = value("SUMMARY");
    line(
        "When",
        [moment(component, "DTSTART"), moment(component, "DTEND")]
            .join(" – ")
            .trim_matches([' ', '–']),
    );
    line("Where", &value("LOCATION"));
    line("Link", &value("URL"));
    let description = match component.find_prop("X-ALT-DESC") {
        Some(rich) if value("DESCRIPTION").trim().is_empty() => {
            html::read(&self::value(rich), reading).text
        }
        _ => value("DESCRIPTION"),
    };
    text.push('\n');
    text.push_str(&description);
    let attendees = component.properties.iter().filter(|p| p.name.as_str() == "ATTENDEE");
    Message {
        from: component.find_prop("ORGANIZER").map(party).unwrap_or_default(),
        to: attendees.map(party).filter(|to| !to.is_empty()).collect(),
        sent: time::iso_basic(&value("DTSTAMP")).unwrap_or_default(),
        subject: summary,
        text: conventions::keep(&text),
        ..Message::default()
    }
}

fn value(property: &Property<'_>) -> String {
    property.val.clone().unescape_text().as_str().replace("\r\n", "\n")
}

/// A start or end with the zone that is stated.
fn moment(component: &Component<'_>, name: &str) -> String {
    let Some(property) = component.find_prop(name) else { return String::new() };
    let written = property.val.as_str();
    let moment = time::iso_basic(written).unwrap_or_else(|| written.to_owned());
    match parameter(property, "TZID") {
        Some(zone) => format!("{moment} ({zone})"),
        None => moment,
    }
}

fn parameter(property: &Property<'_>, name: &str) -> Option<String> {
    let found = property.params.iter().find(|p| p.key.as_str().eq_ignore_ascii_case(name))?;
    Some(found.val.as_ref()?.as_str().trim_matches('"').to_owned())
}

fn party(property: &Property<'_>) -> Party {
    let written = property.val.as_str().trim();
    let mail = written.get(..7).is_some_and(|scheme| scheme.eq_ignore_ascii_case("mailto:"));
    let handle = if mail { written.get(7..).unwrap_or_default() } else { written };
    let name = parameter(property, "CN").unwrap_or_default();
    Party { name: if name == handle { String::new() } else { name }, handle: handle.to_owned() }
}
