//! The heart of Countersign: what an espionage approach looks like, and how to tell one.

mod fold;
mod han_table;
pub mod language;
pub mod model;
mod money;
pub mod pack;
mod pattern;
pub mod recognise;
pub mod segment;
mod sentence;
pub mod sequence;
pub mod thread;

pub use fold::fold;
