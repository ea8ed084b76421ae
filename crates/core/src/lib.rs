//! The heart of Countersign: what an espionage approach looks like, and how to tell one.

pub mod thread;
