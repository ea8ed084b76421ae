//! Text reduced to what patterns are written in, with the way back to the original bytes.
//!
//! Folding makes `Ｐrésumé`, `résumé` and `RESUME` one string: lower case, no accents on Latin,
//! Cyrillic and Greek letters, full width to half, one kind of quote, dash and space, traditional
//! Chinese characters to simplified. Marks that do not show (zero width, direction) go.
//!
//! A finding must quote the words as they were written, so [`Folded`] remembers for every byte where
//! its character began. What folding refuses to do: it never reorders and never splits words.

use unicode_normalization::UnicodeNormalization;

use crate::han_table::HAN_TO_SIMPLIFIED;

/// Folded text with the byte offset of the original character behind every folded byte.
#[derive(Debug, Clone, Default)]
pub struct Folded {
    text: String,
    /// One entry for each byte of `text`, and one more for the end.
    starts: Vec<u32>,
}

impl Folded {
    /// Folds `original`.
    ///
    /// Texts above 4 GiB are not supported by the offset table; readers cut long before.
    pub fn new(original: &str) -> Self {
        let mut folded = Self {
            text: String::with_capacity(original.len()),
            starts: Vec::with_capacity(original.len() + 1),
        };
        for (offset, character) in original.char_indices() {
            let start = u32::try_from(offset).unwrap_or(u32::MAX);
            if character.is_ascii() {
                folded.text.push(character.to_ascii_lowercase());
                folded.starts.push(start);
            } else {
                fold_char(character, &mut folded.text);
                folded.starts.resize(folded.text.len(), start);
            }
        }
        folded.starts.push(u32::try_from(original.len()).unwrap_or(u32::MAX));
        folded
    }

    /// The folded text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The original byte offset of the character behind folded byte `at`.
    pub fn original_offset(&self, at: usize) -> usize {
        self.starts.get(at).or(self.starts.last()).map_or(0, |&start| start as usize)
    }

    /// The original byte range of a folded range.
    ///
    /// The end is the start of the next original character, so that a mark that was dropped stays
    /// with the letter before it.
    pub fn original_range(&self, from: usize, to: usize) -> (usize, usize) {
        let start = self.original_offset(from);
        let mut end = self.original_offset(to);
        if end <= start {
            // The range ends inside what one original character became (`ß` to `ss`).
            let tail = self.starts.iter().skip(to).find(|&&next| next as usize > start);
            end = tail.map_or(start, |&next| next as usize);
        }
        (start, end)
    }
}

/// Folds text that is only compared, never quoted: a pattern, a term, a name.
pub fn fold(original: &str) -> String {
    let mut text = String::with_capacity(original.len());
    for character in original.chars() {
        if character.is_ascii() {
            text.push(character.to_ascii_lowercase());
        } else {
            fold_char(character, &mut text);
        }
    }
    text
}

fn fold_char(character: char, out: &mut String) {
    match character {
        // Quotes, dashes and spaces that people and programs use without a difference in meaning.
        '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}' | '\u{02bc}' | '\u{00b4}' => {
            out.push('\'');
        }
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{00ab}' | '\u{00bb}' => out.push('"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => out.push('-'),
        '\u{00a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
            out.push(' ');
        }
        '\u{2028}' | '\u{2029}' => out.push('\n'),
        // Not shown: soft hyphen, zero width, direction marks, variation selectors, byte order mark.
        '\u{00ad}'
        | '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}'
        | '\u{feff}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{0300}'..='\u{036f}' => {}
        // Letters that carry no separate accent but are typed without it.
        'ß' | 'ẞ' => out.push_str("ss"),
        'æ' | 'Æ' => out.push_str("ae"),
        'œ' | 'Œ' => out.push_str("oe"),
        'ø' | 'Ø' => out.push('o'),
        'ł' | 'Ł' => out.push('l'),
        'đ' | 'Đ' => out.push('d'),
        'ı' | 'İ' => out.push('i'),
        'а'..='я' if character != 'й' => out.push(character),
        // Hangul syllables and kana are written composed in patterns and in text.
        '\u{ac00}'..='\u{d7a3}' | '\u{3041}'..='\u{30ff}' => out.push(character),
        // Two that the conversion table leaves alone because they are also words of their own; here
        // both sides of a comparison are folded, so that nothing is lost.
        '著' => out.push('着'),
        '妳' => out.push('你'),
        '\u{3400}'..='\u{9fff}' => out.push(simplified(character)),
        _ => {
            for part in std::iter::once(character).nfkd() {
                if !matches!(part, '\u{0300}'..='\u{036f}') {
                    out.extend(part.to_lowercase());
                }
            }
        }
    }
}

/// The simplified form of a Han character, or the character itself.
fn simplified(character: char) -> char {
    HAN_TO_SIMPLIFIED
        .binary_search_by_key(&character, |&(traditional, _)| traditional)
        .ok()
        .and_then(|at| HAN_TO_SIMPLIFIED.get(at))
        .map_or(character, |&(_, simple)| simple)
}

/// Whether a character is written without spaces between words: Han or kana.
pub fn is_unspaced(character: char) -> bool {
    matches!(character, '\u{3041}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(original: &str, expected: &str) {
        assert_eq!(fold(original), expected);
        assert_eq!(Folded::new(original).as_str(), expected, "with offsets");
    }

    #[test]
    fn forms_that_mean_the_same_fold_together() {
        check("Résumé — “draft”", "resume - \"draft\"");
        check("ＵＳＤ　１，５００", "usd 1,500");
        check("Straße", "strasse");
        check("не публикуйте Ёлку", "не публикуите елку");
        check("資料請傳給我", "资料请传给我");
        check("pass\u{200b}word", "password");
    }

    #[test]
    fn a_range_leads_back_to_the_original_words() {
        let original = "Der Schlüssel für die Straße";
        let folded = Folded::new(original);
        let at = folded.as_str().find("strasse").unwrap_or_default();
        let (from, to) = folded.original_range(at, at + "strasse".len());
        assert_eq!(original.get(from..to), Some("Straße"));
    }
}
