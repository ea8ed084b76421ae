//! Threads that are assessed together get the answers that each gets alone.

use countersign_core::assess::PRIOR_CHECKED;

use crate::support::{ASSESSOR, training};

#[test]
fn an_answer_does_not_depend_on_its_company() {
    // One in twenty: of every set and language.
    let threads: Vec<_> = training().into_iter().step_by(20).collect();
    let together = ASSESSOR.assess_many(&threads, PRIOR_CHECKED);
    assert_eq!(together.len(), threads.len());
    for (thread, answer) in threads.iter().zip(&together) {
        let alone = ASSESSOR.assess(thread, PRIOR_CHECKED);
        assert!(alone == *answer, "{}: {alone:?} is not {answer:?}", thread.id);
    }
    assert!(threads.len() > 300, "only {} threads", threads.len());
}
