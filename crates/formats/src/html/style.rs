//! What an inline style hides.

/// Whether the style keeps its element's text from the reader.
pub(super) fn hides(style: &str) -> bool {
    if style.is_empty() {
        return false;
    }
    let mut height_zero = false;
    let mut overflow_hidden = false;
    for (property, value) in declarations(style) {
        match (&*property, &*value) {
            ("display", "none") | ("visibility", "hidden" | "collapse") | ("mso-hide", "all") => {
                return true;
            }
            // A pixel of type cannot be read.
            ("font-size" | "opacity", value) if number(value).is_some_and(|n| n <= 0.01) => {
                return true;
            }
            ("font-size", "1px") => return true,
            ("height" | "max-height" | "width" | "max-width", value) => {
                height_zero |= number(value) == Some(0.0);
            }
            ("overflow" | "overflow-x" | "overflow-y", "hidden") => overflow_hidden = true,
            // Text pushed off the screen.
            ("text-indent" | "left" | "margin-left" | "top", value)
                if number(value).is_some_and(|n| n <= -999.0) =>
            {
                return true;
            }
            _ => {}
        }
    }
    height_zero && overflow_hidden
}

/// The colours that inline styles and attributes state for text and its ground.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Colours {
    text: Option<[u8; 3]>,
    ground: Option<[u8; 3]>,
}

impl Colours {
    /// The colours inside an element with this style.
    pub(super) fn inside(mut self, style: &str, ground: Option<&str>, text: Option<&str>) -> Self {
        if let Some(colour) = text.and_then(colour) {
            self.text = Some(colour);
        }
        if let Some(colour) = ground.and_then(colour) {
            self.ground = Some(colour);
        }
        for (property, value) in declarations(style) {
            match &*property {
                "color" => self.text = colour(&value).or(self.text),
                "background-color" => self.ground = colour(&value),
                // A picture may be behind the text: nothing is known.
                "background" | "background-image" => {
                    self.ground =
                        value.split(' ').find_map(colour).filter(|_| !value.contains("url"));
                }
                _ => {}
            }
        }
        self
    }

    /// Text in the very colour of its ground, both stated.
    pub(super) fn hide_text(self) -> bool {
        self.text.is_some() && self.text == self.ground
    }
}

fn declarations(style: &str) -> impl Iterator<Item = (String, String)> {
    style.split(';').filter_map(|declaration| {
        let (property, value) = declaration.split_once(':')?;
        let value = value.trim().to_ascii_lowercase();
        let value = value.trim_end_matches("!important").trim_end().to_owned();
        Some((property.trim().to_ascii_lowercase(), value))
    })
}

fn number(value: &str) -> Option<f64> {
    let end = value
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '-' | '+')))
        .unwrap_or(value.len());
    value.get(..end)?.parse().ok()
}

fn colour(value: &str) -> Option<[u8; 3]> {
    let value = value.trim().to_ascii_lowercase();
    match &*value {
        "white" => return Some([255; 3]),
        "black" => return Some([0; 3]),
        _ => {}
    }
    if let Some(hex) = value.strip_prefix('#').filter(|hex| hex.is_ascii()) {
        let pair = |at: usize| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok();
        let single = |at: usize| u8::from_str_radix(hex.get(at..=at)?, 16).ok().map(|n| n * 17);
        return match hex.len() {
            3 => Some([single(0)?, single(1)?, single(2)?]),
            6 => Some([pair(0)?, pair(2)?, pair(4)?]),
            _ => None,
        };
    }
    let inner = value.strip_prefix("rgb(")?.strip_suffix(')')?;
    let mut parts = inner.split([',', ' ']).filter(|part| !part.is_empty());
    let mut next = || parts.next()?.trim().parse().ok();
    Some([next()?, next()?, next()?])
}
