//! What golden files cannot show well: mailbox dialects, versions of a text, bulk, charsets.

use crate::{only, read};
use countersign_formats::ReadLimits;

/// The texts of a mailbox's mails.
#[track_caller]
fn check_mailbox(mailbox: &str, expected: &[&str]) {
    let read = read(mailbox.as_bytes(), None, ReadLimits::default()).unwrap();
    let texts: Vec<_> =
        read.into_iter().map(|thread| thread.unwrap().messages[0].text.clone()).collect();
    assert_eq!(texts, expected);
}

#[test]
fn mailboxes_of_all_dialects() {
    // Carriage returns; no empty line between mails; no line feed at the end.
    check_mailbox(
        "From a Wed Mar  4 10:12:00 2026\r\nSubject: x\r\n\r\none\r\n\r\n\
         From a Wed Mar  4 10:12:00 2026\r\nSubject: y\r\n\r\ntwo",
        &["one", "two"],
    );
    check_mailbox(
        "From a Wed Mar  4 10:12:00 2026\nSubject: x\n\none\n\
         From a Wed Mar  4 10:12:00 2026\nSubject: y\n\ntwo\n",
        &["one", "two"],
    );
    // A writer that does not date its lines.
    check_mailbox(
        "From a@b.example\nSubject: x\n\none\n\nFrom a@b.example\nSubject: y\n\ntwo\n",
        &["one", "two"],
    );
    // Protected and unprotected lines in a text, also as its last line.
    check_mailbox(
        "From a Wed Mar  4 10:12:00 2026\nSubject: x\n\n>From one\n>>From two\n> From three\n\
         From four 10:00 2026\n",
        &["From one\n>From two\n> From three\nFrom four 10:00 2026"],
    );
    // An older line that a program kept in the head.
    check_mailbox(
        "From a Wed Mar  4 10:12:00 2026\n>From b Tue Mar  3 10:12:00 2026\nSubject: x\n\none\n",
        &["one"],
    );
}

/// The text of a mail with a plain and an HTML version.
#[track_caller]
fn check_versions(plain: &str, html: &str, expected: &str, noted: bool) {
    let mail = format!(
        "From: a@b.example\nMIME-Version: 1.0\n\
         Content-Type: multipart/alternative; boundary=b\n\n--b\nContent-Type: text/plain\n\n\
         {plain}\n--b\nContent-Type: text/html\n\n{html}\n--b--\n"
    );
    let thread = only(mail.as_bytes());
    assert_eq!(thread.messages[0].text, expected);
    assert_eq!(!thread.limits.is_empty(), noted, "{:?}", thread.limits);
}

#[test]
fn of_two_versions_the_plain_one_unless_it_says_something_else() {
    let said = "We would like to invite you to a conference in May about optics and sensors";
    check_versions(said, &format!("<p>{said}</p>"), said, false);
    check_versions("", &format!("<p>{said}</p>"), said, false);
    check_versions("Please enable HTML.", &format!("<p>{said}</p>"), said, false);
    check_versions(said, "<img src=x>", said, false);
    let harmless = "Here is our monthly letter with news from the garden and recipes for soup";
    check_versions(harmless, &format!("<p>{said}</p>"), said, true);
}

#[test]
fn mailings_are_told() {
    let bulk = |header: &str| {
        let mail = format!("From: a@b.example\nMIME-Version: 1.0\n{header}\n\nbody\n");
        only(mail.as_bytes()).messages[0].bulk.clone()
    };
    assert_eq!(
        bulk("List-Id: Talks <talks.b.example>").as_deref(),
        Some("Talks <talks.b.example>")
    );
    assert_eq!(bulk("Precedence: Bulk").as_deref(), Some("Precedence: bulk"));
    assert_eq!(
        bulk("List-Unsubscribe: <https://b.example/u>").as_deref(),
        Some("List-Unsubscribe")
    );
    assert_eq!(bulk("Precedence: normal"), None);
}

#[test]
fn an_answer_goes_elsewhere_only_if_the_address_differs() {
    let reply = |header: &str| {
        let mail = format!("From: A <a@b.example>\nReply-To: {header}\nMIME-Version: 1.0\n\nx\n");
        only(mail.as_bytes()).messages[0].reply_to.clone().map(|party| party.handle)
    };
    assert_eq!(reply("a@B.example"), None);
    assert_eq!(reply("Other <c@d.example>").as_deref(), Some("c@d.example"));
}

/// The text of a mail body in a charset that is stated wrongly, or not at all.
#[track_caller]
fn check_charset(header: &str, body: &[u8], expected: &str) {
    let mut mail = format!("From: a@b.example\nMIME-Version: 1.0\n{header}\n\n").into_bytes();
    mail.extend_from_slice(body);
    assert_eq!(only(&mail).messages[0].text, expected);
}

#[test]
fn charsets_that_are_not_or_wrongly_stated() {
    let russian = "Здравствуйте, нам очень интересна ваша работа";
    let koi8: Vec<u8> = b"\xfa\xc4\xd2\xc1\xd7\xd3\xd4\xd7\xd5\xca\xd4\xc5, \xce\xc1\xcd \xcf\xde\
        \xc5\xce\xd8 \xc9\xce\xd4\xc5\xd2\xc5\xd3\xce\xc1 \xd7\xc1\xdb\xc1 \xd2\xc1\xc2\xcf\xd4\xc1"
        .to_vec();
    check_charset("X-Mailer: x", &koi8, russian);
    check_charset("Content-Type: text/plain; charset=koi8-r", &koi8, russian);
    check_charset("Content-Type: text/plain; charset=us-ascii", russian.as_bytes(), russian);
    check_charset("Content-Type: text/plain; charset=iso-8859-1", russian.as_bytes(), russian);
    check_charset("Content-Type: text/plain; charset=x-nothing", russian.as_bytes(), russian);
    check_charset("Content-Type: text/plain; charset=iso-8859-1", b"K\xf6ln", "Köln");
}

#[test]
fn base64_that_is_cut_off_is_no_text() {
    let mail =
        b"From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n\
        --b\nContent-Type: text/plain\n\nhello\n--b\nContent-Type: application/pdf; name=x.pdf\n\
        Content-Disposition: attachment; filename=x.pdf\nContent-Transfer-Encoding: base64\n\n\
        JVBERi0xLjQKJcOkw7zDtsOfCjIgMCBvYmoKPDwvTGVu";
    let thread = only(mail);
    assert_eq!(thread.messages.len(), 1);
    assert_eq!(thread.messages[0].text, "hello");
    assert!(thread.limits.iter().any(|limit| limit.contains("`x.pdf`")), "{:?}", thread.limits);
}
