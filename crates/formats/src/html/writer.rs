//! Writes running text: collapses white space, keeps lines and paragraphs, prefixes quotes.

/// The break that is owed before the next text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Break {
    None,
    Space,
    Cell,
    Line,
    Paragraph,
}

/// Collects the text of a page.
pub(super) struct Writer {
    text: String,
    owed: Break,
    /// Quote marks before each line.
    quotes: usize,
    /// Quote marks of the last line that was written.
    quotes_before: usize,
    at_line_start: bool,
    bytes_max: usize,
}

/// Quotes of quotes beyond this tell nothing more.
const QUOTES_MAX: usize = 8;

impl Writer {
    pub(super) fn new(bytes_max: usize) -> Self {
        Self {
            text: String::new(),
            owed: Break::None,
            quotes: 0,
            quotes_before: 0,
            at_line_start: true,
            bytes_max,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// What was written since the text had `start` bytes.
    pub(super) fn since(&self, start: usize) -> &str {
        self.text.get(start..).unwrap_or_default()
    }

    /// A new line, unless one is owed already.
    pub(super) fn line(&mut self) {
        self.owed = self.owed.max(Break::Line);
    }

    /// A `<br>`: behind another line break it is an empty line.
    pub(super) fn line_break(&mut self) {
        self.owed = if self.owed >= Break::Line { Break::Paragraph } else { Break::Line };
    }

    pub(super) fn paragraph(&mut self) {
        self.owed = Break::Paragraph;
    }

    pub(super) fn cell(&mut self) {
        self.owed = self.owed.max(Break::Cell);
    }

    pub(super) fn set_quotes(&mut self, quotes: usize) {
        self.quotes = quotes.min(QUOTES_MAX);
    }

    pub(super) fn text(&mut self, text: &str, preformatted: bool) {
        if self.text.len() > self.bytes_max {
            return;
        }
        for c in text.chars() {
            if preformatted && c == '\n' {
                self.pay();
                self.break_line();
            } else if preformatted && (c == ' ' || c == '\t') {
                self.pay();
                self.put(c);
            } else if c.is_whitespace() {
                self.owed = self.owed.max(Break::Space);
            } else {
                self.pay();
                self.put(c);
            }
        }
    }

    fn put(&mut self, c: char) {
        if self.at_line_start {
            for _ in 0..self.quotes {
                self.text.push_str("> ");
            }
            self.at_line_start = false;
            self.quotes_before = self.quotes;
        }
        self.text.push(c);
    }

    /// Writes the break that is owed.
    fn pay(&mut self) {
        let owed = std::mem::replace(&mut self.owed, Break::None);
        if self.text.is_empty() {
            return;
        }
        match owed {
            Break::Space if !self.at_line_start => self.text.push(' '),
            Break::Cell if !self.at_line_start => self.text.push('\t'),
            Break::None | Break::Space | Break::Cell => {}
            Break::Line => self.break_line(),
            Break::Paragraph => {
                self.break_line();
                // The empty line between paragraphs of a quote belongs to the quote.
                for _ in 0..self.quotes.min(self.quotes_before) {
                    self.text.push_str("> ");
                }
                self.text.push('\n');
            }
        }
    }

    fn break_line(&mut self) {
        if self.at_line_start && self.quotes > 0 && self.text.ends_with('\n') {
            for _ in 0..self.quotes {
                self.text.push_str("> ");
            }
        }
        self.text.push('\n');
        self.at_line_start = true;
    }

    pub(super) fn finish(self) -> String {
        self.text
    }
}
