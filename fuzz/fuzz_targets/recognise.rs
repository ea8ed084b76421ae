//! Arbitrary text through the recogniser and the model: no panic, and every quote stands in the text.
#![no_main]

use std::sync::LazyLock;

use countersign_core::assess::{Assessor, PRIOR_CHECKED};
use countersign_core::pack::Pack;
use countersign_core::thread::{Message, Thread};
use libfuzzer_sys::fuzz_target;

static ASSESSOR: LazyLock<Assessor> =
    LazyLock::new(|| Assessor::new(Pack::embedded().expect("the packs load")).expect("the packs have weights"));

fuzz_target!(|text: &str| {
    let message = Message { text: text.to_owned(), ..Message::default() };
    let thread = Thread { messages: vec![message], ..Thread::default() };
    let assessment = ASSESSOR.assess(&thread, PRIOR_CHECKED);
    for reason in &assessment.reasons {
        assert!(reason.finding.quote(&thread).is_some());
    }
});
