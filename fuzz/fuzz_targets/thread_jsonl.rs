#![no_main]

use countersign_formats::Format;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| countersign_fuzz::read(Some(Format::ThreadJsonl), data));
