//! What all targets do: read everything, and look at what came out.

use std::sync::Once;

use countersign_formats::{Format, ReadLimits, open};

/// Reads `data` as `format`, to the end.
///
/// # Panics
///
/// If a thread breaks what `Thread` promises; that is a finding.
pub fn read(format: Option<Format>, data: &[u8]) {
    forgive_parsers();
    let limits = ReadLimits {
        record_bytes: 1 << 20,
        file_bytes: 1 << 20,
        unpacked_bytes: 1 << 20,
        text_bytes: 1 << 16,
        ..ReadLimits::default()
    };
    let text_max = limits.text_bytes;
    let Ok(threads) = open("file", Box::new(data), format, limits) else { return };
    for thread in threads.into_iter().flatten() {
        assert!(!thread.source.is_empty());
        assert!(!thread.messages.is_empty() || !thread.limits.is_empty());
        let cut = format != Some(Format::ThreadJsonl);
        assert!(thread.messages.iter().all(|m| !cut || m.text.len() <= text_max));
    }
}

/// libFuzzer aborts at every panic, also at those that the readers catch. Panics whose place is in
/// a crate from the registry are left to the readers.
fn forgive_parsers() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let abort = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            let foreign =
                info.location().is_some_and(|place| place.file().contains("/registry/src/"));
            if !foreign {
                abort(info);
            }
        }));
    });
}
