//! Every finding quotes words that stand in the text, whatever the text.

use countersign_core::assess::PRIOR_CHECKED;
use countersign_core::fold;
use proptest::prelude::*;

use crate::support::{ASSESSOR, message, training};

/// Every quote is a stretch of the text that is not empty, on character boundaries; the contributions
/// are finite; the probability is one.
fn check(text: &str) {
    let thread = message(text);
    let assessment = ASSESSOR.assess(&thread, PRIOR_CHECKED);
    for reason in &assessment.reasons {
        let quote = reason.finding.quote(&thread).expect("the span lies in the text");
        assert!(reason.weight.is_finite());
        if reason.finding.rule.is_some() {
            assert!(!quote.trim().is_empty());
            // The quote is what was matched: folded, it begins and ends with the matched words.
            assert_eq!(fold(quote).trim(), fold(quote), "no loose space around `{quote}`");
        }
    }
    assert!((0.0..=1.0).contains(&assessment.probability));
    let sum: f64 = assessment.stages.iter().map(|(_, probability)| probability).sum();
    assert!((sum - 1.0).abs() < 1e-6, "stages sum to {sum}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_unicode(text in "\\PC{0,400}") {
        check(&text);
    }

    /// Telling sentences with arbitrary characters between and inside them.
    #[test]
    fn telling_words_in_arbitrary_unicode(
        noise in proptest::collection::vec("[\\PC\n]{0,30}", 1..8),
        seed in 0_usize..10_000,
    ) {
        let threads = training();
        let mut text = String::new();
        for (at, noise) in noise.iter().enumerate() {
            let thread = &threads[(seed + at * 131) % threads.len()];
            let said = &thread.messages[0].text;
            let cut = said.char_indices().map(|(at, _)| at).nth(seed % 97).unwrap_or(0);
            text.push_str(&said[..cut]);
            text.push_str(noise);
            text.push_str(&said[cut..]);
        }
        check(&text);
    }
}

#[test]
fn accents_and_widths_are_quoted_as_written() {
    let thread = message("Please sénd me the ＵＮＰＵＢＬＩＳＨＥＤ test data of your group.");
    let assessment = ASSESSOR.assess(&thread, PRIOR_CHECKED);
    let quotes: Vec<&str> =
        assessment.reasons.iter().filter_map(|reason| reason.finding.quote(&thread)).collect();
    assert!(quotes.iter().any(|quote| quote.contains("ＵＮＰＵＢＬＩＳＨＥＤ")), "{quotes:?}");
}
