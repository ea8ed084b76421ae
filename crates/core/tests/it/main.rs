//! The recogniser and the model as a whole, on the shipped packs and the training threads.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a test may stop at the first surprise"
)]

mod fairness;
mod origin;
mod packs;
mod spans;
mod support;
mod together;
