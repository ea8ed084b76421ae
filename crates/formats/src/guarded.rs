//! Calls into parsers of others, so that a panic of theirs is an answer and not the end.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::reading::Unreadable;

/// Runs `parse`; a panic becomes [`Unreadable`].
///
/// What `parse` changed before it panicked is only ever added notes and counters, so that no
/// broken state can be seen afterwards.
pub(crate) fn guarded<T>(parse: impl FnOnce() -> Result<T, Unreadable>) -> Result<T, Unreadable> {
    catch_unwind(AssertUnwindSafe(parse)).unwrap_or_else(|_| {
        Err(Unreadable::malformed("breaks the rules of its format in a way that stops the reader"))
    })
}
