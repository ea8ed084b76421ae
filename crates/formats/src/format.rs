//! The formats by name, as `--format` takes them.

use std::fmt;
use std::str::FromStr;

use crate::error::{ReadError, ReadErrorKind};

/// A format that can be read.
///
/// ```
/// use countersign_formats::Format;
/// assert_eq!("linkedin-csv".parse::<Format>()?, Format::LinkedinCsv);
/// assert_eq!(Format::ThreadJsonl.to_string(), "thread-jsonl");
/// # Ok::<(), countersign_formats::ReadError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// Plain text in any charset, or a mail that was pasted as text.
    Text,
    /// One mail (RFC 5322, MIME).
    Eml,
    /// A mailbox: many mails, each behind a `From ` line.
    Mbox,
    /// One mail as Outlook saves it.
    Msg,
    /// A web page or a saved HTML mail.
    Html,
    /// A PDF document.
    Pdf,
    /// A Word document.
    Docx,
    /// A calendar invitation.
    Ics,
    /// `messages.csv` of LinkedIn's data export.
    LinkedinCsv,
    /// A chat as WhatsApp exports it.
    WhatsappText,
    /// `result.json` of Telegram Desktop: one chat or all.
    TelegramJson,
    /// Threads as JSON, one a line (`training/FORMAT.md`).
    ThreadJsonl,
}

impl Format {
    /// Every format, in the order in which help texts list them.
    pub const ALL: [Self; 12] = [
        Self::Text,
        Self::Eml,
        Self::Mbox,
        Self::Msg,
        Self::Html,
        Self::Pdf,
        Self::Docx,
        Self::Ics,
        Self::LinkedinCsv,
        Self::WhatsappText,
        Self::TelegramJson,
        Self::ThreadJsonl,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Eml => "eml",
            Self::Mbox => "mbox",
            Self::Msg => "msg",
            Self::Html => "html",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Ics => "ics",
            Self::LinkedinCsv => "linkedin-csv",
            Self::WhatsappText => "whatsapp-text",
            Self::TelegramJson => "telegram-json",
            Self::ThreadJsonl => "thread-jsonl",
        }
    }

    /// The names of all formats in one line, for messages.
    pub(crate) fn list() -> String {
        Self::ALL.map(Self::name).join(", ")
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = ReadError;

    fn from_str(written: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|format| format.name() == written).ok_or_else(|| {
            ReadError::new(ReadErrorKind::UnknownFormat, "")
                .what(format!("`{written}` is not a format"))
                .remedy(format!("use one of: {}", Self::list()))
        })
    }
}
