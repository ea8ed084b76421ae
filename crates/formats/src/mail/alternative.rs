//! Which of two versions of the same text to read: the plain one or the HTML one.
//!
//! Plain text is preferred, because nothing can hide in it. But a receiver's program shows the
//! HTML, so the plain version must say the same: a stub ("your program cannot show HTML"), or a
//! harmless text beside an HTML part that says something else, is not what was read.

use std::collections::HashSet;

use crate::reading::Reading;

/// Words of the HTML version that the plain one must have, of ten. Converters drop links, buttons
/// and small print, seldom more than half.
const SHARED_TENTHS: usize = 4;

/// Fewer words than this cannot be compared; the plain version is taken if it has any.
const WORDS_MIN: usize = 8;

/// Chooses between the versions of one text.
pub(crate) fn choose(plain: String, html: String, reading: &mut Reading<'_>) -> String {
    if plain.trim().is_empty() {
        return html;
    }
    if html.trim().is_empty() {
        return plain;
    }
    let (said, shown) = (words(&plain), words(&html));
    if shown.len() < WORDS_MIN {
        return plain;
    }
    let shared = shown.intersection(&said).count();
    if shared * 10 >= shown.len() * SHARED_TENTHS {
        return plain;
    }
    // A stub is common and harmless; two long texts that differ are neither.
    if said.len() >= shown.len() / 2 {
        reading.note(
            "The mail's plain and HTML versions differ; the HTML version, which mail programs \
             show, was read.",
        );
    }
    html
}

/// Distinct words in lower case; where no spaces divide words, characters.
fn words(text: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        if word.chars().any(|c| c >= '\u{2e80}') {
            words.extend(word.chars().map(String::from));
        } else {
            words.insert(word.to_lowercase());
        }
    }
    words
}
