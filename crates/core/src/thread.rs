//! What was said, by whom, to whom: the one input of the recogniser.
//!
//! Every format ends up here. A [`Thread`] is the messages of one conversation, or one document.
//! Nothing in it is judged yet, and nothing is thrown away: what a reader could not read is a
//! line in [`Thread::limits`], which the answer repeats.

/// The messages of one conversation in the order in which they were sent, or one document.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Thread {
    /// The record's own id, as given by the source (a `Message-ID`, a conversation id), or empty.
    pub id: String,
    /// Where it came from: the file's name and, behind `#`, the record's id or its number from 1.
    pub source: String,
    /// How it reached the receiver: `email`, `linkedin`, `whatsapp`, `telegram`, `document`, …
    pub channel: String,
    /// At least one message, unless everything was unreadable (then `limits` says so).
    pub messages: Vec<Message>,
    /// What could not be read or judged, each as a sentence for the person who asked.
    pub limits: Vec<String>,
}

/// One message, or one document attached to it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// Who wrote it; empty when the source does not say.
    pub from: Party,
    /// Who received it.
    pub to: Vec<Party>,
    /// Where an answer would go, when that is said to be somewhere else than `from`.
    pub reply_to: Option<Party>,
    /// When it was sent: ISO 8601, with a zone only if the source states one. Empty if unknown.
    pub sent: String,
    /// The subject line, or empty.
    pub subject: String,
    /// The text as the receiver reads it, line breaks kept.
    ///
    /// Conventions that every reader keeps, and on which [`crate::segment`] rests:
    /// quoted lines start with `>`; a forwarded message follows a line
    /// `---------- Forwarded message ----------` and its header lines; a link whose shown text is
    /// not its address reads `shown text <https://address>`.
    pub text: String,
    /// The name of the attached document that `text` was taken from, if it is one.
    pub attachment: Option<String>,
    /// The mailing list's id (`List-Id`) or another sign of bulk mail (`Precedence: bulk`).
    pub bulk: Option<String>,
}

/// One side of a message: a display name and a handle or address. Either may be empty.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Party {
    /// The name that is shown.
    pub name: String,
    /// The e-mail address, account, number or handle.
    pub handle: String,
}

impl Party {
    /// Reads `Name <handle>`, a bare address or a bare name.
    ///
    /// ```
    /// use countersign_core::thread::Party;
    /// let party = Party::parse("Ada Berg <ada@berg.example>");
    /// assert_eq!(party.name, "Ada Berg");
    /// assert_eq!(party.handle, "ada@berg.example");
    /// assert_eq!(Party::parse("@ada").handle, "@ada");
    /// ```
    pub fn parse(written: &str) -> Self {
        let written = written.trim();
        if let Some((name, rest)) = written.rsplit_once('<')
            && let Some(handle) = rest.strip_suffix('>')
        {
            let name = name.trim().trim_matches('"').trim();
            return Self { name: name.to_owned(), handle: handle.trim().to_owned() };
        }
        let is_handle = written.contains('@') && !written.contains(char::is_whitespace);
        if is_handle {
            Self { name: String::new(), handle: written.to_owned() }
        } else {
            Self { name: written.to_owned(), handle: String::new() }
        }
    }

    /// Whether neither a name nor a handle is known.
    pub fn is_empty(&self) -> bool {
        self.name.is_empty() && self.handle.is_empty()
    }

    /// The domain of an e-mail address, in lower case.
    pub fn domain(&self) -> Option<String> {
        let (_, domain) = self.handle.rsplit_once('@')?;
        (domain.contains('.') && !domain.contains(char::is_whitespace))
            .then(|| domain.trim_end_matches('.').to_lowercase())
    }

    /// The name if there is one, else the handle.
    pub fn shown(&self) -> &str {
        if self.name.is_empty() { &self.handle } else { &self.name }
    }
}
