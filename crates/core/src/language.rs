//! Which languages a conversation is written in, told by script and by function words.
//!
//! A statistical detector would look at every letter, names included, and a thread whose people are
//! renamed could change its language and with it the verdict. Function words do not occur in names
//! often enough to matter, so the answer stays the same (see `docs/decisions/0003-languages.md`).

/// The languages that the lexicon knows, as bits of a [`LanguageSet`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    /// English.
    En,
    /// Chinese, both scripts.
    Zh,
    /// German.
    De,
    /// Japanese.
    Ja,
    /// Korean.
    Ko,
    /// French.
    Fr,
    /// Russian.
    Ru,
    /// Spanish.
    Es,
}

impl Language {
    /// All languages in the order in which packs list them.
    pub const ALL: [Self; 8] =
        [Self::En, Self::Zh, Self::De, Self::Ja, Self::Ko, Self::Fr, Self::Ru, Self::Es];

    /// The ISO 639-1 code.
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::Zh => "zh",
            Self::De => "de",
            Self::Ja => "ja",
            Self::Ko => "ko",
            Self::Fr => "fr",
            Self::Ru => "ru",
            Self::Es => "es",
        }
    }

    /// The language of an ISO 639-1 code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|language| language.code() == code)
    }

    fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

/// A set of languages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LanguageSet(u8);

impl LanguageSet {
    /// Adds one.
    pub fn insert(&mut self, language: Language) {
        self.0 |= language.bit();
    }

    /// Whether it is in the set.
    pub fn contains(self, language: Language) -> bool {
        self.0 & language.bit() != 0
    }

    /// Those in the set, in the order of [`Language::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Language> {
        Language::ALL.into_iter().filter(move |&language| self.contains(language))
    }
}

/// Function words that one of the Latin-script languages has and the others do not.
///
/// Words that two of them share and particles of names (`de`, `la`, `von`, `der`, `du`) are left out: a
/// name such as "de la Cruz" must not speak for Spanish.
const FUNCTION_WORDS: [(Language, &[&str]); 4] = [
    (
        Language::En,
        &[
            "the", "and", "you", "your", "is", "for", "with", "that", "this", "we", "have", "are",
            "it", "would", "not", "from", "our", "to", "of", "my", "be", "can", "what", "they",
            "if", "please",
        ],
    ),
    (
        Language::De,
        &[
            "und", "das", "nicht", "sie", "ich", "ist", "wir", "mit", "fur", "auf", "eine", "ein",
            "wenn", "auch", "ihre", "ihnen", "uns", "oder", "dass", "bitte", "kein", "dich", "dir",
            "mir",
        ],
    ),
    (
        Language::Fr,
        &[
            "et", "les", "vous", "nous", "est", "une", "pour", "dans", "pas", "votre", "avec",
            "je", "qui", "sur", "ce", "au", "mais", "cette", "sont", "ou", "notre", "aux", "c'est",
            "j'ai",
        ],
    ),
    (
        Language::Es,
        &[
            "una", "por", "para", "con", "usted", "pero", "muy", "esta", "como", "su", "sus",
            "mas", "nos", "ya", "hay", "nuestro", "nuestra", "gracias", "porque", "cuando", "todo",
            "estoy",
        ],
    ),
];

/// The share of function words from which a second language counts as spoken too.
///
/// A mixed conversation has a tenth or more; a quoted phrase or a greeting has less.
const SECOND_LANGUAGE_SHARE: f64 = 0.1;

/// The languages of `folded` text (see [`crate::fold`]).
///
/// English is always among them: addresses, subjects and product names are in English everywhere,
/// and its patterns need English function words to match.
pub fn detect(folded: &[&str]) -> LanguageSet {
    let mut words = [0_usize; FUNCTION_WORDS.len()];
    let (mut han, mut hiragana, mut hangul, mut cyrillic) = (0_usize, 0_usize, 0_usize, 0_usize);
    for text in folded {
        for character in text.chars() {
            match character {
                '\u{3041}'..='\u{309f}' => hiragana += 1,
                '\u{3400}'..='\u{9fff}' => han += 1,
                '\u{ac00}'..='\u{d7a3}' => hangul += 1,
                '\u{0400}'..='\u{04ff}' => cyrillic += 1,
                _ => {}
            }
        }
        for word in text.split(|c: char| !c.is_alphabetic() && c != '\'') {
            for (count, (_, list)) in words.iter_mut().zip(FUNCTION_WORDS.iter()) {
                *count += usize::from(list.contains(&word));
            }
        }
    }
    let mut set = LanguageSet::default();
    set.insert(Language::En);
    let total: usize = words.iter().sum();
    for (count, (language, _)) in words.iter().zip(FUNCTION_WORDS.iter()) {
        if *count > 0 && *count as f64 >= SECOND_LANGUAGE_SHARE * total as f64 {
            set.insert(*language);
        }
    }
    // Japanese sentences need hiragana; katakana alone may be a foreign name in Chinese text.
    if hiragana > 0 && hiragana * 8 >= han {
        set.insert(Language::Ja);
    }
    if han > 0 && !(set.contains(Language::Ja) && hiragana * 3 >= han) {
        set.insert(Language::Zh);
    }
    if hangul > 0 {
        set.insert(Language::Ko);
    }
    if cyrillic > 0 {
        set.insert(Language::Ru);
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fold::fold;

    #[track_caller]
    fn check(text: &str, expected: &[Language]) {
        let folded = fold(text);
        assert_eq!(detect(&[&folded]).iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tells_script_and_function_words() {
        check("Could you send the file to my private address?", &[Language::En]);
        check(
            "Können Sie uns die Datei bitte an die private Adresse schicken?",
            &[Language::En, Language::De],
        );
        check("请把文件发给我", &[Language::En, Language::Zh]);
        check("ファイルを送ってください", &[Language::En, Language::Ja]);
        check("파일을 보내 주세요", &[Language::En, Language::Ko]);
        check("Отправьте мне файл", &[Language::En, Language::Ru]);
    }

    #[test]
    fn a_name_does_not_change_the_language() {
        let expected = [Language::En];
        check("Dear Juan de la Cruz, could you send me the file this week?", &expected);
        check(
            "Dear Klaus von der Heide, could you send me the file this week and the next?",
            &expected,
        );
    }
}
