//! The readers through the public API, in one binary. Cases are data: `golden` compares each file
//! of `testdata/formats` with what was read from it before.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that panics is a test that fails"
)]

mod detecting;
mod errors;
mod golden;
mod hostile;
mod mails;
mod outlook;
mod pages;
mod property;
mod streaming;

use countersign_core::thread::Thread;
use countersign_formats::{Format, ReadError, ReadLimits, open};

/// Everything that is read from `bytes`, threads and errors.
pub(crate) fn read(
    bytes: &[u8],
    format: Option<Format>,
    limits: ReadLimits,
) -> Result<Vec<Result<Thread, ReadError>>, ReadError> {
    Ok(open("file", Box::new(bytes), format, limits)?.collect())
}

/// The only thread of `bytes`, whose format is found by its content.
#[track_caller]
pub(crate) fn only(bytes: &[u8]) -> Thread {
    let mut threads = read(bytes, None, ReadLimits::default()).expect("a known format");
    assert_eq!(threads.len(), 1, "one thread");
    threads.remove(0).expect("a readable thread")
}
