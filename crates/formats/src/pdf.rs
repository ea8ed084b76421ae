//! The text of a PDF, page by page, and where its links lead.
//!
//! lopdf reads the file; [`page`] puts the text together, with bounds on pages, operations, bytes
//! and on drawings within drawings: a panic in a parser can be caught, a stack overflow cannot,
//! which is why no crate that walks the page by itself is used.
//!
//! Refused: pictures of text (no recognition is done), and passwords other than the empty one.

mod font;
mod page;

use countersign_core::thread::{Message, Thread};
use lopdf::{Dictionary, Document, LoadOptions, Object, ObjectId, decode_text_string};

use self::page::Pages;
use crate::conventions;
use crate::guarded::guarded;
use crate::reading::{Reading, Unreadable};

/// Links of a page that are repeated behind its text.
const LINKS_MAX: usize = 50;

/// What was in a PDF.
#[derive(Debug, Default)]
pub(crate) struct Pdf {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Reads a whole PDF file as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let pdf = read(bytes, "The document", reading)?;
    let mut message = Message { subject: pdf.title, text: pdf.text, ..Message::default() };
    reading.cut(&mut message.text, "The document");
    Ok(Thread { channel: "document".to_owned(), messages: vec![message], ..Thread::default() })
}

/// Reads a PDF; notes call it `what`.
pub(crate) fn read(bytes: &[u8], what: &str, reading: &mut Reading<'_>) -> Result<Pdf, Unreadable> {
    guarded(|| {
        let options = LoadOptions {
            max_decompressed_size: Some(stream_bytes_max(bytes, reading.unpack_left())?),
            ..LoadOptions::default()
        };
        let document =
            Document::load_mem_with_options(bytes, options).map_err(|error| refusal(&error))?;
        if document.is_encrypted() {
            return Err(Unreadable::closed("is encrypted with a password"));
        }
        extract(&document, what, reading)
    })
}

/// How large one of the streams of objects may be that lopdf unpacks while it loads a file.
///
/// It bounds each and not their sum, so the bound is shared among them; but not below what writers
/// put into one (200 objects, some 100 KB).
fn stream_bytes_max(bytes: &[u8], left: usize) -> Result<usize, Unreadable> {
    const FLOOR: usize = 256 * 1024;
    const CEILING: usize = 8 * 1024 * 1024;
    // 10,000 streams have two million objects: more than any document has.
    const STREAMS_MAX: usize = 10_000;
    let streams = bytes.windows(7).filter(|window| *window == b"/ObjStm").count();
    if streams > STREAMS_MAX {
        return Err(Unreadable::too_large("has too many streams of objects"));
    }
    Ok((left / streams.max(1)).clamp(FLOOR, CEILING))
}

fn refusal(error: &lopdf::Error) -> Unreadable {
    match error {
        lopdf::Error::InvalidPassword | lopdf::Error::Decryption(_) => {
            Unreadable::closed("is encrypted with a password")
        }
        lopdf::Error::Decompress(_) => Unreadable::too_large("unpacks to more than the limit"),
        _ => Unreadable::malformed("is a damaged PDF"),
    }
}

fn extract(document: &Document, what: &str, reading: &mut Reading<'_>) -> Result<Pdf, Unreadable> {
    let pages_max = reading.limits.pages;
    let left = reading.unpack_left();
    let mut pages = Pages::new(document, left, reading.limits.text_bytes);
    let mut count = 0;
    let mut unread = 0;
    for id in document.page_iter().take(pages_max + 1) {
        count += 1;
        if count > pages_max || pages.is_exhausted() {
            reading.note(format!("{what} is long; only its first {} pages were read.", count - 1));
            break;
        }
        unread += usize::from(pages.read(id).is_err());
        pages.end_page(&links(document, id));
    }
    if unread > 0 {
        reading.note(format!("{what} has damaged pages: {unread} of {count} were read in part."));
    }
    reading.unpacked += left - pages.bytes_left();
    let undecoded = pages.undecoded();
    let text = conventions::keep(&pages.into_text());
    if text.trim().is_empty() {
        return Err(Unreadable::closed(if count == 0 {
            "has no pages"
        } else {
            "has no text, only pictures (it may be a scan)"
        }));
    }
    // A bullet in a symbol font is no loss; a font without a map of its characters is.
    if undecoded * 10 > text.chars().count() {
        reading.note(format!("{what} has fonts that hide their characters; parts were not read."));
    }
    Ok(Pdf { title: title(document).unwrap_or_default(), text })
}

fn title(document: &Document) -> Option<String> {
    let info = document.trailer.get_deref(b"Info", document).and_then(Object::as_dict).ok()?;
    let title = decode_text_string(info.get_deref(b"Title", document).ok()?).ok()?;
    Some(title.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Where the links of a page lead.
fn links(document: &Document, page: ObjectId) -> Vec<String> {
    let address = |annotation: &Dictionary| {
        let action = annotation.get_deref(b"A", document).and_then(Object::as_dict).ok()?;
        let address = action.get_deref(b"URI", document).and_then(Object::as_str).ok()?;
        Some(String::from_utf8_lossy(address).trim().to_owned())
    };
    let mut links: Vec<String> = Vec::new();
    for annotation in document.get_page_annotations(page).unwrap_or_default() {
        if let Some(address) = address(annotation)
            && links.len() < LINKS_MAX
            && !links.contains(&address)
        {
            links.push(address);
        }
    }
    links
}
