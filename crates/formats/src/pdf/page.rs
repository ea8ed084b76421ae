//! Puts the text of pages together from where its pieces are drawn.
//!
//! A PDF has no lines and often no spaces: a piece that starts lower begins a line, a gap on the
//! same line is a space. Pieces are taken in the order in which they are drawn, which for written
//! documents is the order of reading.

use std::collections::HashMap;
use std::rc::Rc;

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, ObjectId, Stream};

use super::font::Font;

/// Drawing operations over all pages. A dense page has 20,000; two seconds of work.
const OPERATIONS_MAX: usize = 4_000_000;

/// Drawings within drawings.
const DEPTH_MAX: usize = 8;

/// Saved graphics states; the standard's own limit is 28.
const STATES_MAX: usize = 64;

/// One page's drawing, unpacked. Maps have tens of megabytes of lines and little text.
const CONTENT_BYTES_MAX: usize = 16 * 1024 * 1024;

/// Gap that is a space, as a share of the type size: a third of a word space.
const GAP_SPACE: f32 = 0.15;

/// Change of height that is a new line; less is a raised or lowered figure.
const DROP_LINE: f32 = 0.45;

/// Change of height that is a new paragraph; usual line spacing is 1.2 to 1.5.
const DROP_PARAGRAPH: f32 = 1.9;

/// An affine map, as PDF writes it: `[a b c d e f]`.
#[derive(Debug, Clone, Copy)]
struct Matrix([f32; 6]);

impl Matrix {
    const UNIT: Self = Self([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);

    fn of(operands: &[Object]) -> Option<Self> {
        let mut matrix = [0.0; 6];
        for (slot, operand) in matrix.iter_mut().zip(operands) {
            *slot = operand.as_float().ok()?;
        }
        (operands.len() >= 6).then_some(Self(matrix))
    }

    /// First `self`, then `outer`.
    fn then(self, outer: Self) -> Self {
        let [xx, xy, yx, yy, x, y] = self.0;
        let [to_x, to_y] = [[outer.0[0], outer.0[2]], [outer.0[1], outer.0[3]]];
        let turned = |x: f32, y: f32| [x * to_x[0] + y * to_x[1], x * to_y[0] + y * to_y[1]];
        let ([xx, xy], [yx, yy], [x, y]) = (turned(xx, xy), turned(yx, yy), turned(x, y));
        Self([xx, xy, yx, yy, x + outer.0[4], y + outer.0[5]])
    }

    fn moved(self, x: f32, y: f32) -> Self {
        Self([1.0, 0.0, 0.0, 1.0, x, y]).then(self)
    }
}

#[derive(Clone)]
struct TextState<'d> {
    outer: Matrix,
    text: Matrix,
    line: Matrix,
    font: Option<Rc<Font<'d>>>,
    size: f32,
    leading: f32,
    char_space: f32,
    scale: f32,
}

/// Reads pages into one text.
pub(super) struct Pages<'d> {
    document: &'d Document,
    fonts: HashMap<usize, Rc<Font<'d>>>,
    operations: usize,
    bytes_left: usize,
    text: String,
    text_bytes_max: usize,
    page_start: usize,
    /// Where the last piece ended: x, y.
    last: Option<(f32, f32)>,
    undecoded: usize,
    /// The forms that are being drawn, so that none draws itself.
    drawing: Vec<usize>,
}

impl<'d> Pages<'d> {
    pub(super) fn new(document: &'d Document, bytes_left: usize, text_bytes_max: usize) -> Self {
        Self {
            document,
            fonts: HashMap::new(),
            operations: 0,
            bytes_left,
            text: String::new(),
            text_bytes_max,
            page_start: 0,
            last: None,
            undecoded: 0,
            drawing: Vec::new(),
        }
    }

    /// Whether a bound was reached and no further page is read.
    pub(super) fn is_exhausted(&self) -> bool {
        self.operations >= OPERATIONS_MAX
            || self.bytes_left == 0
            || self.text.len() > self.text_bytes_max
    }

    /// What is left of the bound on unpacked bytes.
    pub(super) fn bytes_left(&self) -> usize {
        self.bytes_left
    }

    /// Characters whose font does not tell what they are.
    pub(super) fn undecoded(&self) -> usize {
        self.undecoded
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn read(&mut self, page: ObjectId) -> Result<(), lopdf::Error> {
        let max = self.bytes_left.min(CONTENT_BYTES_MAX);
        let content = self.document.get_page_content_with_limit(page, max)?;
        self.bytes_left = self.bytes_left.saturating_sub(content.len());
        let (own, inherited) = self.document.get_page_resources(page)?;
        let mut resources: Vec<&'d Dictionary> = own.into_iter().collect();
        let inherited =
            inherited.into_iter().filter_map(|id| self.document.get_dictionary(id).ok());
        resources.extend(inherited);
        self.run(&content, &resources, Matrix::UNIT, 0)
    }

    /// Ends a page, with its links behind it that the text does not show.
    pub(super) fn end_page(&mut self, links: &[String]) {
        for link in links {
            let shown = self.text.get(self.page_start..).unwrap_or_default();
            if !shown.contains(link.as_str()) {
                self.text.push_str("\n<");
                self.text.push_str(link);
                self.text.push('>');
            }
        }
        if self.text.len() > self.page_start {
            self.text.push_str("\n\n");
        }
        self.page_start = self.text.len();
        self.last = None;
    }

    fn run(
        &mut self,
        content: &[u8],
        resources: &[&'d Dictionary],
        outer: Matrix,
        depth: usize,
    ) -> Result<(), lopdf::Error> {
        let mut state = TextState {
            outer,
            text: Matrix::UNIT,
            line: Matrix::UNIT,
            font: None,
            size: 0.0,
            leading: 0.0,
            char_space: 0.0,
            scale: 1.0,
        };
        let mut saved = Vec::new();
        for operation in Content::decode_iter(content) {
            let operation = operation?;
            self.operations += 1;
            if self.is_exhausted() {
                return Ok(());
            }
            match &*operation.operator {
                "q" if saved.len() < STATES_MAX => saved.push(state.clone()),
                "Q" => state = saved.pop().unwrap_or(state),
                "Do" => self.draw(&operation, resources, state.outer, depth)?,
                "Tf" => {
                    let name = operation.operands.first().and_then(|name| name.as_name().ok());
                    state.font = name.and_then(|name| self.font(name, resources));
                    state.size = number(&operation, 1);
                }
                _ => self.text_operation(&operation, &mut state),
            }
        }
        Ok(())
    }

    fn text_operation(&mut self, operation: &Operation, state: &mut TextState<'d>) {
        match &*operation.operator {
            "cm" => {
                if let Some(matrix) = Matrix::of(&operation.operands) {
                    state.outer = matrix.then(state.outer);
                }
            }
            "BT" => {
                state.text = Matrix::UNIT;
                state.line = Matrix::UNIT;
            }
            "Tm" => {
                if let Some(matrix) = Matrix::of(&operation.operands) {
                    state.text = matrix;
                    state.line = matrix;
                }
            }
            "Td" | "TD" => {
                let (x, y) = (number(operation, 0), number(operation, 1));
                if operation.operator == "TD" {
                    state.leading = -y;
                }
                state.line = state.line.moved(x, y);
                state.text = state.line;
            }
            "T*" => state.next_line(),
            "TL" => state.leading = number(operation, 0),
            "Tc" => state.char_space = number(operation, 0),
            "Tz" => state.scale = number(operation, 0) / 100.0,
            "Tj" => self.show_all(&operation.operands, state),
            "TJ" => {
                if let Some(Ok(pieces)) = operation.operands.first().map(Object::as_array) {
                    self.show_all(pieces, state);
                }
            }
            "'" => {
                state.next_line();
                self.show_all(&operation.operands, state);
            }
            "\"" => {
                state.next_line();
                self.show_all(operation.operands.get(2..).unwrap_or_default(), state);
            }
            _ => {}
        }
    }

    fn show_all(&mut self, pieces: &[Object], state: &mut TextState<'d>) {
        for piece in pieces {
            if let Ok(bytes) = piece.as_str() {
                self.show(bytes, state);
            } else if let Ok(back) = piece.as_float() {
                state.text = state.text.moved(-back / 1000.0 * state.size * state.scale, 0.0);
            }
        }
    }

    fn show(&mut self, bytes: &[u8], state: &mut TextState<'d>) {
        let Some(font) = state.font.clone() else {
            self.undecoded += bytes.len();
            return;
        };
        let (count, width) = font.measure(bytes);
        let place = state.text.then(state.outer);
        let [_, _, c, d, x, y] = place.0;
        let height = (state.size * c.hypot(d)).abs().max(0.01);
        self.separate(x, y, height);
        match font.decode(bytes) {
            Some(text) => {
                self.undecoded += text.matches('\u{fffd}').count();
                // Ligatures and private characters aside, control characters are no text.
                self.text.extend(text.chars().filter(|c| !c.is_control()));
            }
            None => self.undecoded += count,
        }
        let advance = (width / 1000.0 * state.size + state.char_space * count as f32) * state.scale;
        state.text = state.text.moved(advance, 0.0);
        let [_, _, _, _, x, y] = state.text.then(state.outer).0;
        self.last = Some((x, y));
    }

    /// Writes the space or line break that lies between the last piece and the next.
    fn separate(&mut self, x: f32, y: f32, height: f32) {
        let Some((last_x, last_y)) = self.last else { return };
        let drop = (y - last_y).abs() / height;
        let gap = (x - last_x) / height;
        if self.text.ends_with("\n\n") {
            return;
        }
        if drop > DROP_PARAGRAPH {
            self.text.push_str("\n\n");
        } else if drop > DROP_LINE {
            self.text.push('\n');
        } else if !(-1.0..=GAP_SPACE).contains(&gap) && !self.text.ends_with(char::is_whitespace) {
            self.text.push(' ');
        }
    }

    fn font(&mut self, name: &[u8], resources: &[&'d Dictionary]) -> Option<Rc<Font<'d>>> {
        let font = self.resource(b"Font", name, resources)?.as_dict().ok()?;
        // The dictionary lives as long as the document: its address is its identity.
        let key = std::ptr::from_ref(font).addr();
        if let Some(font) = self.fonts.get(&key) {
            return Some(Rc::clone(font));
        }
        let font = Rc::new(Font::new(self.document, font, self.bytes_left));
        self.fonts.insert(key, Rc::clone(&font));
        Some(font)
    }

    fn resource(
        &self,
        kind: &[u8],
        name: &[u8],
        resources: &[&'d Dictionary],
    ) -> Option<&'d Object> {
        resources.iter().find_map(|resources| {
            let entries =
                resources.get_deref(kind, self.document).and_then(Object::as_dict).ok()?;
            entries.get_deref(name, self.document).ok()
        })
    }

    /// Draws a form, which may have text of its own; pictures have none.
    fn draw(
        &mut self,
        operation: &Operation,
        resources: &[&'d Dictionary],
        outer: Matrix,
        depth: usize,
    ) -> Result<(), lopdf::Error> {
        let name = operation.operands.first().and_then(|name| name.as_name().ok());
        let form = name
            .and_then(|name| self.resource(b"XObject", name, resources))
            .and_then(|object| object.as_stream().ok())
            .filter(|stream| is_form(stream));
        let Some(form) = form.filter(|_| depth < DEPTH_MAX) else { return Ok(()) };
        let key = std::ptr::from_ref(form).addr();
        if self.drawing.contains(&key) {
            return Ok(());
        }
        let max = self.bytes_left.min(CONTENT_BYTES_MAX);
        let content = form.get_plain_content_with_limit(max)?;
        // An empty form costs something too, else it could be drawn for ever.
        self.bytes_left = self.bytes_left.saturating_sub(content.len().max(64));
        let own = form.dict.get_deref(b"Resources", self.document).and_then(Object::as_dict).ok();
        let resources: Vec<&'d Dictionary> =
            own.into_iter().chain(resources.iter().copied()).take(DEPTH_MAX + 8).collect();
        let matrix = form
            .dict
            .get_deref(b"Matrix", self.document)
            .and_then(Object::as_array)
            .ok()
            .and_then(|operands| Matrix::of(operands))
            .unwrap_or(Matrix::UNIT);
        self.drawing.push(key);
        let drawn = self.run(&content, &resources, matrix.then(outer), depth + 1);
        self.drawing.pop();
        drawn
    }
}

impl TextState<'_> {
    fn next_line(&mut self) {
        self.line = self.line.moved(0.0, -self.leading);
        self.text = self.line;
    }
}

fn is_form(stream: &Stream) -> bool {
    stream.dict.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Form")
}

fn number(operation: &Operation, at: usize) -> f32 {
    operation.operands.get(at).and_then(|operand| operand.as_float().ok()).unwrap_or(0.0)
}
