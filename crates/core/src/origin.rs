//! Words that name a people, state, language, religion or city: what no model may see (invariant 1).

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};

use crate::fold::{fold, is_unspaced};
use crate::grams::is_hangul;

/// The words of `data/origin_words.txt`, folded.
static WORDS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    include_str!("../data/origin_words.txt")
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(fold)
        .collect()
});

/// Those of scripts in which a word may begin anywhere, or take endings without a space.
static RUNS: LazyLock<Option<AhoCorasick>> = LazyLock::new(|| {
    let runs = WORDS.iter().filter(|word| word.chars().all(|c| is_unspaced(c) || is_hangul(c)));
    AhoCorasickBuilder::new().match_kind(MatchKind::LeftmostLongest).build(runs).ok()
});

/// Letters that a word shares with a word for origin when it is one of its forms.
const FORM_CHARS: usize = 5;

/// All words, folded, in their order.
pub fn words() -> impl Iterator<Item = &'static str> {
    WORDS.iter().map(String::as_str)
}

/// Whether these are exactly a word for origin.
pub fn is_listed(folded: &str) -> bool {
    WORDS.contains(folded)
}

/// Whether a folded word, or a part of it before or behind an apostrophe, is a word for origin or a form of one.
pub fn is_word(folded: &str) -> bool {
    folded.split('\'').any(is_form)
}

fn is_form(folded: &str) -> bool {
    let form: String = folded.chars().take(FORM_CHARS).collect();
    let begins_one = || {
        let from = WORDS.range(form.clone()..).next();
        from.is_some_and(|origin| origin.starts_with(&form))
    };
    is_listed(folded) || form.chars().count() == FORM_CHARS && begins_one()
}

/// Where words for origin stand in folded text of a script without spaces, or in Korean.
pub fn places(folded: &str) -> impl Iterator<Item = Range<usize>> {
    RUNS.iter().flat_map(move |runs| runs.find_iter(folded)).map(|found| found.range())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_forms_and_runs_are_told() {
        assert!(is_word("russisch") && is_word("china") && is_word("chinesischer"));
        assert!(is_word("d'italie") && is_word("china's") && !is_word("l'envoi"));
        assert!(!is_word("send") && !is_word("drawings"));
        assert!(places("请中国客户").eq(std::iter::once(3..9)));
        assert_eq!(places("请把图纸发来").count(), 0);
    }
}
