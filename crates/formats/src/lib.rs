//! Bytes in: mail, chat exports and documents become threads.
//!
//! [`open`] takes any of the [`Format`]s, finds out by the content which one it is, and yields one
//! [`Thread`](countersign_core::thread::Thread) a conversation, mail or document:
//!
//! ```
//! use countersign_formats::{ReadLimits, open};
//!
//! let mail = "From: Ada Berg <ada@berg.example>\nTo: Kim <kim@lab.example>\n\
//!             Subject: Your talk\nMIME-Version: 1.0\n\nMay I ask you something?\n";
//! let threads = open("talk.eml", Box::new(mail.as_bytes()), None, ReadLimits::default())?;
//! for thread in threads {
//!     let thread = thread?;
//!     assert_eq!(thread.messages[0].subject, "Your talk");
//!     assert_eq!(thread.messages[0].text, "May I ask you something?");
//! }
//! # Ok::<(), countersign_formats::ReadError>(())
//! ```
//!
//! **Nothing is judged here**, and nothing goes missing in silence: what a reader had to leave out
//! is a sentence in `Thread::limits`, and what it cannot read at all is a [`ReadError`].
//!
//! **No reader opens a file or a connection.** Remote pictures, links and external entities are
//! never followed; bytes come from the caller, and from nowhere else.
//!
//! **Every reader is bounded** by [`ReadLimits`]: mbox and thread JSON Lines are read a record at
//! a time, archives unpack to a stated size, nesting stops at a stated depth.

mod archive;
mod attached;
mod bounded;
mod charset;
mod conventions;
mod detect;
mod docx;
mod error;
mod format;
mod guarded;
mod html;
mod ics;
mod jsonl;
pub mod labelled;
mod linkedin;
mod mail;
mod mbox;
mod msg;
mod pdf;
mod reading;
mod rtf;
mod telegram;
mod text;
mod threads;
mod time;
mod whatsapp;

pub use detect::detect;
pub use error::{ReadError, ReadErrorKind};
pub use format::Format;
pub use reading::ReadLimits;
pub use threads::{Threads, open};
