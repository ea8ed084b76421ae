//! `countersign check`: read, assess, answer.

use std::fs;
use std::io::{self, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use countersign_core::assess::{Assessment, Assessor, PRIOR_CHECKED, PRIOR_MAILBOX, Verdict};
use countersign_core::thread::Thread;
use countersign_formats::{Format, ReadLimits, open};
use indicatif::{ProgressBar, ProgressStyle};
use jiff::civil::Date;

use crate::answer::{self, Answer};
use crate::{Found, html, input, json, terminal};

#[derive(clap::Args)]
pub(crate) struct Options {
    /// Files to check; `-` or none reads standard input
    files: Vec<PathBuf>,
    /// The format, when it should not be told from the content
    #[arg(long, value_name = "FORMAT")]
    format: Option<Format>,
    /// The date to reckon from, such as 2026-03-04; today if left out
    #[arg(long, value_name = "DATE")]
    as_of: Option<Date>,
    /// The share of approaches among such threads; 0.3 for what somebody found odd, 0.0005 for a mailbox
    #[arg(long, value_name = "SHARE", value_parser = prior)]
    prior: Option<f64>,
    /// One JSON object a thread, on standard output
    #[arg(long, conflicts_with = "html")]
    json: bool,
    /// Write the answer to one self-contained HTML file
    #[arg(long, value_name = "OUT")]
    html: Option<PathBuf>,
    /// A knowledge pack's folder to lay over the shipped ones; may be repeated
    #[arg(long, value_name = "DIR")]
    pack: Vec<PathBuf>,
}

fn prior(written: &str) -> Result<f64, String> {
    let share: f64 =
        written.parse().map_err(|_| "is no number; write a share such as 0.3".to_owned())?;
    if share > 0.0 && share < 1.0 {
        Ok(share)
    } else {
        Err("must lie between 0 and 1, both excluded".to_owned())
    }
}

pub(crate) fn run(options: &Options) -> anyhow::Result<Found> {
    let assessor = input::assessor(&options.pack)?;
    let stdin = [PathBuf::from("-")];
    let files = if options.files.is_empty() { &stdin[..] } else { &options.files };
    let mut session = Session::new(options, &assessor);
    for file in files {
        if let Err(error) = session.file(file) {
            if is_pipe(&error) {
                return Err(error);
            }
            // The other files are still worth an answer; the exit status tells.
            eprintln!("countersign: {error:#}");
            session.failed = true;
        }
    }
    session.finish()
}

fn is_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

/// Threads that are read but not yet assessed: many at once are assessed faster.
#[derive(Default)]
struct Waiting {
    threads: Vec<Thread>,
    bytes: usize,
}

impl Waiting {
    /// Enough for all cores, and little to hold in memory.
    const THREADS_MAX: usize = 256;
    const BYTES_MAX: usize = 4 << 20;

    /// Whether it is time to assess them.
    fn add(&mut self, thread: Thread) -> bool {
        self.bytes += thread.messages.iter().map(|message| message.text.len()).sum::<usize>();
        self.threads.push(thread);
        self.threads.len() >= Self::THREADS_MAX || self.bytes >= Self::BYTES_MAX
    }

    fn take(&mut self) -> Vec<Thread> {
        std::mem::take(self).threads
    }
}

/// What has been checked and found so far.
struct Session<'a> {
    options: &'a Options,
    assessor: &'a Assessor,
    as_of: Date,
    out: BufWriter<anstream::AutoStream<io::Stdout>>,
    /// Held back until it is known whether there is more than one.
    first: Option<Answer>,
    checked: usize,
    clear: usize,
    found: bool,
    failed: bool,
    /// For the HTML page: everything that is not clear.
    kept: Vec<Answer>,
}

impl<'a> Session<'a> {
    fn new(options: &'a Options, assessor: &'a Assessor) -> Self {
        Self {
            options,
            assessor,
            as_of: input::as_of(options.as_of),
            out: BufWriter::new(anstream::stdout()),
            first: None,
            checked: 0,
            clear: 0,
            found: false,
            failed: false,
            kept: Vec::new(),
        }
    }

    fn file(&mut self, path: &Path) -> anyhow::Result<()> {
        let (name, input, size) = source(path)?;
        let bar = progress(size);
        let input: Box<dyn Read> = match &bar {
            Some(bar) => Box::new(bar.wrap_read(input)),
            None => input,
        };
        let threads = open(&name, input, self.options.format, ReadLimits::default())?;
        let is_mailbox = threads.format() == Format::Mbox;
        let prior =
            self.options.prior.unwrap_or(if is_mailbox { PRIOR_MAILBOX } else { PRIOR_CHECKED });
        let mut waiting = Waiting::default();
        for thread in threads {
            match thread {
                Ok(thread) => {
                    if waiting.add(thread) {
                        self.threads(&waiting.take(), prior)?;
                    }
                }
                Err(error) => {
                    eprintln!("countersign: {error}");
                    self.failed = true;
                }
            }
        }
        self.threads(&waiting.take(), prior)?;
        if let Some(bar) = bar {
            bar.finish_and_clear();
        }
        Ok(())
    }

    fn threads(&mut self, threads: &[Thread], prior: f64) -> anyhow::Result<()> {
        let assessments = input::assess_all(self.assessor, threads, prior);
        for (thread, assessment) in threads.iter().zip(&assessments) {
            self.thread(thread, assessment)?;
        }
        Ok(())
    }

    fn thread(&mut self, thread: &Thread, assessment: &Assessment) -> anyhow::Result<()> {
        self.checked += 1;
        self.clear += usize::from(assessment.verdict == Verdict::Clear);
        self.found |= assessment.verdict != Verdict::Clear;
        if self.options.json {
            serde_json::to_writer(
                &mut self.out,
                &json::checked(self.assessor, thread, assessment),
            )?;
            self.out.write_all(b"\n")?;
            return Ok(());
        }
        self.show(thread, assessment)
    }

    /// A single thread is answered in full; of many, those that are clear get one line at the end.
    fn show(&mut self, thread: &Thread, assessment: &Assessment) -> anyhow::Result<()> {
        let is_clear = assessment.verdict == Verdict::Clear;
        if is_clear && self.checked > 1 && self.first.is_none() {
            return Ok(());
        }
        let answer = answer::answer(self.assessor, thread, assessment, self.as_of);
        if self.checked == 1 {
            self.first = Some(answer);
            return Ok(());
        }
        if let Some(first) = self.first.take()
            && first.verdict != Verdict::Clear
        {
            self.put(first)?;
        }
        if is_clear { Ok(()) } else { self.put(answer) }
    }

    fn put(&mut self, answer: Answer) -> anyhow::Result<()> {
        if self.options.html.is_some() {
            self.kept.push(answer);
            return Ok(());
        }
        writeln!(self.out, "{}", terminal::render(&answer, true))?;
        Ok(())
    }

    fn finish(mut self) -> anyhow::Result<Found> {
        let alone = self.first.take();
        if let Some(answer) = alone {
            if self.options.html.is_some() {
                self.kept.push(answer);
                self.clear = 0;
            } else {
                write!(self.out, "{}", terminal::render(&answer, true))?;
            }
        } else if self.checked > 1 && !self.options.json && self.options.html.is_none() {
            writeln!(
                self.out,
                "{} checked: {} to look at, {} without signs that would call for more than ordinary care.",
                self.checked,
                self.checked - self.clear,
                self.clear
            )?;
        }
        if let Some(path) = &self.options.html {
            let page = html::render(
                &self.kept,
                self.clear,
                &self.as_of.strftime("%-d %B %Y").to_string(),
            )?;
            fs::write(path, page)
                .with_context(|| format!("could not write `{}`", path.display()))?;
            eprintln!("The answer is in `{}`.", path.display());
        }
        self.out.flush()?;
        Ok(match (self.failed, self.found) {
            (true, _) => Found::WithErrors,
            (false, true) => Found::Something,
            (false, false) => Found::Nothing,
        })
    }
}

/// Opens a file or standard input; with the size where one is known.
fn source(path: &Path) -> anyhow::Result<(String, Box<dyn Read>, Option<u64>)> {
    if path == Path::new("-") {
        if io::stdin().is_terminal() {
            eprintln!("Paste the message and end with Ctrl-D on a line of its own.");
        }
        return Ok(("standard input".to_owned(), Box::new(io::stdin()), None));
    }
    let file =
        fs::File::open(path).with_context(|| format!("could not open `{}`", path.display()))?;
    let about = file.metadata().with_context(|| format!("could not read `{}`", path.display()))?;
    anyhow::ensure!(!about.is_dir(), "`{}` is a folder; name the files in it", path.display());
    Ok((path.display().to_string(), Box::new(file), Some(about.len())))
}

/// Files from this size on take long enough for a bar.
const PROGRESS_BYTES_MIN: u64 = 4 << 20;

fn progress(size: Option<u64>) -> Option<ProgressBar> {
    let size = size.filter(|&size| size >= PROGRESS_BYTES_MIN && io::stderr().is_terminal())?;
    let style =
        ProgressStyle::with_template("Checking {bar:30} {bytes} of {total_bytes}, {eta} left")
            .ok()?;
    let bar = ProgressBar::new(size).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Some(bar)
}
