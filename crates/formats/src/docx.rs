//! A Word document: its paragraphs, tables, notes and comments.
//!
//! Deleted and hidden text is left out, as the reader does not see it; hidden text is counted.
//! Pictures and embedded objects are not read.

mod story;

use std::collections::HashMap;

use countersign_core::thread::{Message, Thread};
use quick_xml::Reader;
use quick_xml::events::Event;

use crate::archive::Archive;
use crate::guarded::guarded;
use crate::reading::{Reading, Unreadable};
use crate::{charset, conventions};

/// Hidden characters that are worth a sentence.
const HIDDEN_CHARS_NOTED: usize = 20;

/// The parts of a document that have text, each with the title that it gets behind the first.
const STORIES: [(&str, &str); 4] = [
    ("word/document.xml", ""),
    ("word/footnotes.xml", "Footnotes:"),
    ("word/endnotes.xml", "Endnotes:"),
    ("word/comments.xml", "Comments:"),
];

/// Reads a whole Word file as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let text = read(bytes, "The document", reading)?;
    let mut message = Message { text, ..Message::default() };
    reading.cut(&mut message.text, "The document");
    Ok(Thread { channel: "document".to_owned(), messages: vec![message], ..Thread::default() })
}

/// Whether an archive is a Word document.
pub(crate) fn is_document(archive: &Archive<'_>) -> bool {
    archive.has("word/document.xml")
}

/// Reads the text of a Word document; notes call it `what`.
pub(crate) fn read(
    bytes: &[u8],
    what: &str,
    reading: &mut Reading<'_>,
) -> Result<String, Unreadable> {
    guarded(|| {
        let mut archive = Archive::open(bytes)?;
        if !is_document(&archive) {
            return Err(Unreadable::unknown(other_kind(&archive)));
        }
        let mut text = String::new();
        let mut hidden = 0;
        for (part, title) in STORIES {
            let Some(xml) = archive.named(part, reading)? else { continue };
            let links = links(&mut archive, part, reading)?;
            let story = story::read(&charset::decode(&xml, None).text, &links);
            hidden += story.hidden_chars;
            if story.damaged {
                reading.note(format!("{what} is damaged; it was read in part."));
            }
            if !story.text.trim().is_empty() {
                if !text.is_empty() {
                    text.extend(["\n\n", title, "\n"]);
                }
                text.push_str(story.text.trim_matches('\n'));
            }
        }
        if hidden >= HIDDEN_CHARS_NOTED {
            reading
                .note(format!("{what} has hidden text of {hidden} characters; it was left out."));
        }
        let text = conventions::keep(&text);
        if text.trim().is_empty() {
            return Err(Unreadable::closed("has no text, only pictures or objects"));
        }
        Ok(text)
    })
}

/// What an archive is that is no Word document.
fn other_kind(archive: &Archive<'_>) -> &'static str {
    if archive.has("xl/workbook.xml") {
        "is an Excel workbook"
    } else if archive.has("ppt/presentation.xml") {
        "is a PowerPoint presentation"
    } else if archive.has("content.xml") {
        "is an OpenDocument file"
    } else {
        "is a zip archive; unpack it and check the files in it"
    }
}

/// The addresses of a part's links by their id.
fn links(
    archive: &mut Archive<'_>,
    part: &str,
    reading: &mut Reading<'_>,
) -> Result<HashMap<String, String>, Unreadable> {
    let mut links = HashMap::new();
    let path = part.replacen("word/", "word/_rels/", 1) + ".rels";
    let Some(xml) = archive.named(&path, reading)? else { return Ok(links) };
    let xml = charset::decode(&xml, None).text;
    let mut reader = Reader::from_str(&xml);
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag) | Event::Empty(tag)) => {
                if let (Some(id), Some(target)) =
                    (story::attribute(&tag, "Id"), story::attribute(&tag, "Target"))
                {
                    links.insert(id, target);
                }
            }
            Ok(Event::Eof) | Err(_) => return Ok(links),
            Ok(_) => {}
        }
    }
}
