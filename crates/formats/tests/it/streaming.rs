//! Mailboxes and thread lines are read a record at a time.

use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use countersign_formats::{Format, ReadLimits, open};

/// A mailbox of any size that is written while it is read; counts what was taken from it.
struct Endless {
    record: Box<dyn Fn(usize) -> String>,
    records: usize,
    next: usize,
    pending: Vec<u8>,
    taken: Rc<Cell<usize>>,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.pending.is_empty() && self.next < self.records {
            self.pending = (self.record)(self.next).into_bytes();
            self.next += 1;
        }
        let count = self.pending.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.pending[..count]);
        self.pending.drain(..count);
        self.taken.set(self.taken.get() + count);
        Ok(count)
    }
}

/// Reads `records` records and checks that the reader never runs ahead of what it has given.
#[track_caller]
fn check(format: Format, records: usize, record: impl Fn(usize) -> String + 'static) {
    // The head for detection and the buffer; far less than the whole.
    const AHEAD_MAX: usize = 512 * 1024;
    let taken = Rc::new(Cell::new(0));
    let size = record(1_000).len() + 64;
    let input = Endless {
        record: Box::new(record),
        records,
        next: 0,
        pending: Vec::new(),
        taken: Rc::clone(&taken),
    };
    let threads = open("big", Box::new(input), None, ReadLimits::default()).unwrap();
    assert_eq!(threads.format(), format);
    let mut count = 0;
    for thread in threads {
        let thread = thread.unwrap();
        count += 1;
        assert_eq!(thread.messages.len(), 1);
        assert!(taken.get() <= count * size + AHEAD_MAX, "read ahead at record {count}");
    }
    assert_eq!(count, records);
}

#[test]
fn a_mailbox_of_a_hundred_megabytes() {
    let body = "We would pay for a short paper.\n".repeat(600);
    check(Format::Mbox, 5_200, move |number| {
        format!(
            "From a@b.example Wed Mar  4 10:12:00 2026\nFrom: A <a@b.example>\n\
             Message-ID: <{number}@b.example>\nSubject: {number}\n\n{body}\n"
        )
    });
}

#[test]
fn a_hundred_thousand_lines() {
    check(Format::ThreadJsonl, 100_000, |number| {
        format!("{{\"id\":\"t-{number}\",\"messages\":[{{\"text\":\"hello\"}}]}}\n")
    });
}

#[test]
fn a_mail_above_the_limit_keeps_its_beginning() {
    let limits = ReadLimits { record_bytes: 10_000, ..ReadLimits::default() };
    for long in ["a line\n".repeat(10_000), "x".repeat(100_000) + "\n"] {
        let mailbox = format!(
            "From a@b.example Wed Mar  4 10:12:00 2026\nSubject: long\nFrom: a@b.example\n\n\
             start\n{long}\n\
             From a@b.example Wed Mar  4 10:12:01 2026\nSubject: short\nFrom: a@b.example\n\nend\n"
        );
        let read = crate::read(mailbox.as_bytes(), None, limits.clone()).unwrap();
        assert_eq!(read.len(), 2);
        let (first, second) = (read[0].as_ref().unwrap(), read[1].as_ref().unwrap());
        assert!(first.messages[0].text.starts_with("start\n"));
        assert!(first.messages[0].text.len() <= 10_000);
        assert!(first.limits[0].contains("larger than 10000 bytes"), "{:?}", first.limits);
        assert_eq!(second.messages[0].text, "end");
        assert!(second.limits.is_empty());
    }
}
