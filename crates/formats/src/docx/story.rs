//! One part of a Word document, from its XML to text.

use std::collections::HashMap;

use quick_xml::events::{BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

/// The text of a part.
#[derive(Debug, Default)]
pub(super) struct Story {
    pub(super) text: String,
    pub(super) hidden_chars: usize,
    /// Whether the XML ended before its time.
    pub(super) damaged: bool,
}

#[derive(Default)]
struct Writer<'l> {
    story: Story,
    links: Option<&'l HashMap<String, String>>,
    /// The links that are open: their address, and where their shown text starts.
    open_links: Vec<(String, usize)>,
    /// Elements within which nothing is text: deleted runs, the older form of a drawing.
    skipped: usize,
    in_text: bool,
    in_instruction: bool,
    instruction: String,
    /// The addresses of the fields that are open, empty where a field is no link.
    fields: Vec<String>,
    run_hidden: bool,
    cells: usize,
}

/// Reads a part; `links` are the addresses of its links by id.
pub(super) fn read(xml: &str, links: &HashMap<String, String>) -> Story {
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_end_names = false;
    let mut writer = Writer { links: Some(links), ..Writer::default() };
    loop {
        match reader.read_event() {
            Ok(Event::Start(tag)) => writer.start(&tag),
            Ok(Event::Empty(tag)) => {
                writer.start(&tag);
                writer.end(tag.local_name().as_ref());
            }
            Ok(Event::End(tag)) => writer.end(tag.local_name().as_ref()),
            Ok(Event::Text(text)) => writer.text(&text.xml10_content()),
            Ok(Event::CData(text)) => writer.text(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let character = match &*reference.xml10_content() {
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "amp" => Some('&'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => reference.resolve_char_ref().ok().flatten(),
                };
                writer.text(character.map(String::from).as_deref().unwrap_or_default());
            }
            Ok(Event::Eof) => break,
            Ok(_) => {}
            Err(_) => {
                writer.story.damaged = true;
                break;
            }
        }
    }
    // A field that never ended.
    while !writer.fields.is_empty() {
        writer.field(Some("end"));
    }
    writer.story
}

/// The value of an attribute, whatever its prefix.
pub(super) fn attribute(tag: &BytesStart<'_>, name: &str) -> Option<String> {
    tag.attributes()
        .flatten()
        .find(|attribute| attribute.key.local_name().as_ref() == name)
        .and_then(|attribute| {
            attribute.normalized_value(XmlVersion::Implicit1_0).ok().map(String::from)
        })
}

impl Writer<'_> {
    fn start(&mut self, tag: &BytesStart<'_>) {
        let local = tag.local_name();
        let name: &str = local.as_ref();
        if self.skipped > 0 || matches!(name, "del" | "moveFrom" | "Fallback" | "pict") {
            self.skipped += 1;
            return;
        }
        match name {
            "t" => self.in_text = true,
            "instrText" => self.in_instruction = true,
            "r" => self.run_hidden = false,
            "vanish" | "webHidden" => {
                let off = attribute(tag, "val").is_some_and(|v| matches!(&*v, "0" | "false"));
                self.run_hidden = !off;
            }
            "tab" => self.write("\t"),
            "br" | "cr" => self.write("\n"),
            "noBreakHyphen" => self.write("-"),
            "tr" => self.cells = 0,
            "tc" => {
                if self.cells > 0 {
                    // Paragraphs end with a line feed; cells of a row stay on one line.
                    self.story.text.truncate(self.story.text.trim_end().len());
                    self.write("\t");
                }
                self.cells += 1;
            }
            "fldSimple" => {
                let instruction = attribute(tag, "instr").unwrap_or_default();
                self.fields.push(field_link(&instruction).unwrap_or_default().to_owned());
            }
            "fldChar" => self.field(attribute(tag, "fldCharType").as_deref()),
            "hyperlink" => {
                let id = attribute(tag, "id");
                let address = id.and_then(|id| self.links?.get(&id).cloned()).unwrap_or_default();
                self.open_links.push((address, self.story.text.len()));
            }
            "comment" => {
                let author = attribute(tag, "author").unwrap_or_default();
                if !author.is_empty() {
                    self.write(&format!("{author}: "));
                }
            }
            "footnoteReference" | "endnoteReference" => {
                if let Some(id) = attribute(tag, "id") {
                    self.write(&format!("[{id}]"));
                }
            }
            _ => {}
        }
    }

    fn end(&mut self, name: &str) {
        if self.skipped > 0 {
            self.skipped -= 1;
            return;
        }
        match name {
            "t" => self.in_text = false,
            "instrText" => {
                self.in_instruction = false;
                let instruction = std::mem::take(&mut self.instruction);
                if let (Some(address), Some(field)) =
                    (field_link(&instruction), self.fields.last_mut())
                {
                    address.clone_into(field);
                }
            }
            "p" => self.story.text.push('\n'),
            "fldSimple" => self.field(Some("end")),
            "hyperlink" => {
                if let Some((address, start)) = self.open_links.pop() {
                    let shown = self.story.text.get(start..).unwrap_or_default().trim();
                    if !address.is_empty() && shown != address {
                        self.write(&format!(" <{address}>"));
                    }
                }
            }
            _ => {}
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipped > 0 {
            return;
        }
        if self.in_instruction {
            self.instruction.push_str(text);
        } else if self.in_text && self.run_hidden {
            self.story.hidden_chars += text.chars().count();
        } else if self.in_text {
            self.write(text);
        }
    }

    /// A field is a link if its instruction says so; its shown text comes before its end.
    fn field(&mut self, kind: Option<&str>) {
        match kind {
            Some("begin") => self.fields.push(String::new()),
            Some("end") => {
                if let Some(address) = self.fields.pop().filter(|address| !address.is_empty()) {
                    self.write(&format!(" <{address}>"));
                }
            }
            _ => {}
        }
    }

    fn write(&mut self, text: &str) {
        self.story.text.push_str(text);
    }
}

/// The address in a field `HYPERLINK "https://…"`.
fn field_link(instruction: &str) -> Option<&str> {
    let rest = instruction.trim_start().strip_prefix("HYPERLINK")?;
    let address = rest.split('"').nth(1)?;
    address.contains(':').then_some(address)
}
