//! HTML as the receiver reads it: text with its lines, quotes and links, and nothing hidden.
//!
//! html5gum tokenizes (WHATWG); no tree is built. A tree costs quadratic time on hostile nesting
//! (each tag looks up the whole stack) and so do long attribute lists in other tokenizers; a
//! stack of open elements with a stated depth does for text.
//!
//! Not done: style sheets. Text that is hidden by a class in `<style>` is read as visible, which
//! errs on the side of showing.

mod style;
mod writer;

use countersign_core::thread::{Message, Thread};
use html5gum::emitters::default::{DefaultEmitter, StartTag};
use html5gum::{Token, Tokenizer};

use self::style::{Colours, hides};
use self::writer::Writer;
use crate::reading::{Reading, Unreadable};
use crate::{conventions, text};

/// Open elements kept. Real mails stay below 100; what is nested deeper is read as if it were
/// this deep.
const DEPTH_MAX: usize = 256;

/// Longest link that is repeated in the text; trackers are longer and say nothing.
const LINK_BYTES_MAX: usize = 2000;

/// Hidden characters that are worth a sentence. Newsletters hide a line of preview text.
const HIDDEN_CHARS_NOTED: usize = 200;

/// What was in an HTML document.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    pub(crate) text: String,
}

/// Reads a whole HTML file as one thread.
pub(crate) fn thread(bytes: &[u8], reading: &mut Reading<'_>) -> Result<Thread, Unreadable> {
    let page = page(bytes, None, reading)?;
    let mut message = Message { subject: page.title, text: page.text, ..Message::default() };
    reading.cut(&mut message.text, "The page");
    Ok(Thread { channel: "document".to_owned(), messages: vec![message], ..Thread::default() })
}

/// Decodes and reads HTML; the charset may be declared outside or in the page's head.
pub(crate) fn page(
    bytes: &[u8],
    declared: Option<&str>,
    reading: &mut Reading<'_>,
) -> Result<Page, Unreadable> {
    let inside = meta_charset(bytes);
    let html = text::decode(bytes, declared.or(inside.as_deref()), reading)?;
    Ok(read(&html, reading))
}

/// `<meta charset=…>` or `<meta http-equiv=… content="…; charset=…">` in the first bytes.
fn meta_charset(bytes: &[u8]) -> Option<String> {
    let head = bytes.get(..bytes.len().min(4096)).unwrap_or_default();
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let at = head.find("charset")?;
    let rest = head.get(at + "charset".len()..)?.trim_start().strip_prefix('=')?;
    let label: String = rest
        .trim_start_matches(['"', '\'', ' '])
        .chars()
        .take_while(|c| c.is_ascii_alphanumeric() || "-_:".contains(*c))
        .collect();
    Some(label).filter(|label| !label.is_empty())
}

/// An element that was opened and not yet closed.
struct Open {
    name: String,
    hidden: bool,
    quotes: usize,
    preformatted: bool,
    colours: Colours,
    /// The link's address, and where its shown text starts.
    link: Option<(String, usize)>,
}

struct Reader {
    writer: Writer,
    open: Vec<Open>,
    title: String,
    /// Visible characters that a style hides.
    hidden_chars: usize,
    too_deep: bool,
}

/// Reads decoded HTML.
pub(crate) fn read(html: &str, reading: &mut Reading<'_>) -> Page {
    let mut emitter = DefaultEmitter::default();
    emitter.naively_switch_states(true);
    let mut reader = Reader {
        writer: Writer::new(reading.limits.text_bytes.saturating_mul(2)),
        open: Vec::new(),
        title: String::new(),
        hidden_chars: 0,
        too_deep: false,
    };
    for token in Tokenizer::new_with_emitter(html, emitter) {
        let Ok(token) = token;
        match token {
            Token::StartTag(tag) => reader.start(&tag),
            Token::EndTag(tag) => reader.end(&String::from_utf8_lossy(&tag.name)),
            Token::String(string) => reader.text(&String::from_utf8_lossy(&string)),
            Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
        }
    }
    reader.end_all();
    if reader.hidden_chars >= HIDDEN_CHARS_NOTED {
        reading.note(format!(
            "{} characters of HTML that the reader does not see were left out.",
            reader.hidden_chars
        ));
    }
    if reader.too_deep {
        reading.note("The HTML is nested too deeply; its layout was read in part.");
    }
    let title = reader.title.split_whitespace().collect::<Vec<_>>().join(" ");
    Page { title, text: conventions::keep(&reader.writer.finish()) }
}

impl Reader {
    fn start(&mut self, tag: &StartTag<()>) {
        let name = String::from_utf8_lossy(&tag.name).into_owned();
        let attribute = |name: &str| {
            tag.attributes.get(name.as_bytes()).map(|value| String::from_utf8_lossy(value))
        };
        self.close_implied(&name);
        let parent = self.open.last();
        let style = attribute("style").unwrap_or_default();
        let colours = parent.map(|parent| parent.colours).unwrap_or_default().inside(
            &style,
            attribute("bgcolor").as_deref(),
            attribute("color").as_deref(),
        );
        let hidden = parent.is_some_and(|parent| parent.hidden)
            || attribute("hidden").is_some()
            || hides(&style)
            || colours.hide_text();
        let quotes = parent.map_or(0, |parent| parent.quotes) + usize::from(name == "blockquote");
        let preformatted = parent.is_some_and(|parent| parent.preformatted)
            || matches!(&*name, "pre" | "textarea");
        if hidden || is_skipped(&name) {
            self.push(Open { name, hidden: true, quotes, preformatted, colours, link: None });
            return;
        }
        match &*name {
            "br" => self.writer.line_break(),
            "hr" => self.writer.paragraph(),
            "img" => {
                if let Some(alt) = attribute("alt") {
                    self.writer.text(&alt, false);
                }
            }
            _ => {}
        }
        self.break_before(&name, quotes);
        let link = (name == "a")
            .then(|| attribute("href"))
            .flatten()
            .map(|address| (address.trim().to_owned(), self.writer.len()));
        self.push(Open { name, hidden, quotes, preformatted, colours, link });
    }

    fn break_before(&mut self, name: &str, quotes: usize) {
        match name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
            | "pre" | "blockquote" => self.writer.paragraph(),
            "td" | "th" => self.writer.cell(),
            _ if is_block(name) => self.writer.line(),
            _ => {}
        }
        self.writer.set_quotes(quotes);
        if name == "li" {
            self.writer.text("- ", true);
        }
    }

    fn push(&mut self, open: Open) {
        const VOID: [&str; 14] = [
            "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
            "source", "track", "wbr",
        ];
        if VOID.contains(&&*open.name) {
            return;
        }
        if self.open.len() < DEPTH_MAX {
            self.open.push(open);
        } else {
            self.too_deep = true;
        }
    }

    /// Elements that end when the next of their kind starts.
    fn close_implied(&mut self, name: &str) {
        self.leave_unclosed(name);
        let (ends, within): (&[&str], &[&str]) = match name {
            "li" => (&["li"], &["ul", "ol"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            "tr" => (&["tr"], &["table"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "option" => (&["option"], &["select"]),
            _ if is_block(name) => {
                if self.open.last().is_some_and(|top| top.name == "p") {
                    self.end("p");
                }
                return;
            }
            _ => return,
        };
        let found = self
            .open
            .iter()
            .rev()
            .take_while(|open| !within.contains(&&*open.name))
            .find(|open| ends.contains(&&*open.name))
            .map(|open| open.name.clone());
        if let Some(name) = found {
            self.end(&name);
        }
    }

    /// Leaves a head or drawing that was never closed when ordinary content starts, as browsers
    /// do; else the rest of the page would be lost.
    fn leave_unclosed(&mut self, name: &str) {
        const HEAD: [&str; 8] =
            ["title", "meta", "link", "style", "script", "base", "noscript", "template"];
        if let Some(at) = self.open.iter().position(|open| open.name == "head") {
            if !HEAD.contains(&name) && at + 1 == self.open.len() {
                self.end("head");
            }
        } else if is_block(name) {
            let drawing = |open: &Open| matches!(&*open.name, "svg" | "math");
            if let Some(at) = self.open.iter().position(drawing) {
                while self.open.len() > at {
                    self.close_top();
                }
            }
        }
    }

    fn end(&mut self, name: &str) {
        if let Some(at) = self.open.iter().rposition(|open| open.name == name) {
            while self.open.len() > at {
                self.close_top();
            }
        } else if name == "p" || name == "br" {
            self.writer.line();
        }
    }

    fn end_all(&mut self) {
        while !self.open.is_empty() {
            self.close_top();
        }
    }

    fn close_top(&mut self) {
        let Some(open) = self.open.pop() else { return };
        if open.hidden {
            return;
        }
        if let Some((address, start)) = &open.link
            && let Some(address) = told_apart(address, self.writer.since(*start))
        {
            self.writer.text(&format!(" <{address}>"), false);
        }
        let quotes = self.open.last().map_or(0, |top| top.quotes);
        match &*open.name {
            "p" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "ul" | "ol" | "dl" | "table"
            | "pre" | "blockquote" => self.writer.paragraph(),
            "td" | "th" => {}
            name if is_block(name) => self.writer.line(),
            _ => {}
        }
        self.writer.set_quotes(quotes);
    }

    fn text(&mut self, text: &str) {
        let Some(top) = self.open.last() else {
            self.writer.text(text, false);
            return;
        };
        if top.name == "title" {
            self.title.push_str(text);
        } else if !top.hidden {
            let preformatted = top.preformatted;
            self.writer.text(text, preformatted);
        } else if !self.open.iter().any(|open| is_skipped(&open.name)) {
            // Fillers of preview lines are invisible anyway.
            let visible = |c: &char| {
                !c.is_whitespace() && !matches!(c, '\u{200b}'..='\u{200f}' | '\u{34f}' | '\u{ad}')
            };
            self.hidden_chars += text.chars().filter(visible).count();
        }
    }
}

/// Elements whose content is no text for the reader.
fn is_skipped(name: &str) -> bool {
    matches!(
        name,
        "head" | "script" | "style" | "title" | "template" | "svg" | "math" | "iframe" | "noframes"
    )
}

fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "tfoot"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// The address of a link, if it says something that the shown text does not.
fn told_apart<'a>(address: &'a str, shown: &str) -> Option<&'a str> {
    let scheme = address.split_once(':')?.0.to_ascii_lowercase();
    if !matches!(&*scheme, "http" | "https" | "mailto" | "ftp" | "tel" | "tg" | "whatsapp") {
        return None;
    }
    let address = if scheme == "mailto" {
        address.split_once('?').map_or(address, |(address, _)| address)
    } else {
        address
    };
    if address.len() > LINK_BYTES_MAX || bare(address) == bare(shown) {
        return None;
    }
    Some(address)
}

/// An address without what browsers leave out when they show it.
fn bare(address: &str) -> String {
    let address = address.trim().to_lowercase();
    let address = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| address.strip_prefix(scheme))
        .unwrap_or(&address);
    let address = address.strip_prefix("www.").unwrap_or(address);
    address.trim_end_matches('/').to_owned()
}
