//! The heart of Countersign: what an espionage approach looks like, and how to tell one.

pub mod assess;
pub mod encoder;
pub mod evaluate;
mod fold;
pub mod grams;
mod han_table;
pub mod language;
pub mod model;
mod money;
pub mod objectives;
pub mod origin;
pub mod pack;
mod passage;
pub mod pattern;
pub mod recognise;
pub mod segment;
mod sentence;
pub mod sequence;
pub mod shown;
pub mod thread;

pub use fold::fold;
