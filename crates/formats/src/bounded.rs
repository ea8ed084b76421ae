//! Reading with a bound: a line or a whole input never takes more memory than stated.

use std::io::{self, BufRead, Read};

/// Appends the next line, with its line feed, to `line`, keeping at most `max` bytes of it.
///
/// Returns how many bytes the line had; 0 at the end of the input. What is beyond `max` is read
/// and dropped, so that the next call starts at the next line.
pub(crate) fn read_line(
    input: &mut dyn BufRead,
    line: &mut Vec<u8>,
    max: usize,
) -> io::Result<usize> {
    let mut total = 0;
    let mut kept = 0;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        if chunk.is_empty() {
            return Ok(total);
        }
        let end = chunk.iter().position(|&byte| byte == b'\n').map(|at| at + 1);
        let used = end.unwrap_or(chunk.len());
        let keep = used.min(max - kept);
        line.extend_from_slice(chunk.get(..keep).unwrap_or_default());
        kept += keep;
        total += used;
        input.consume(used);
        if end.is_some() {
            return Ok(total);
        }
    }
}

/// Reads `max` bytes, or all if there are fewer.
pub(crate) fn read_head(input: &mut dyn Read, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    input.take(max as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Reads up to `max` bytes; the second value tells whether there was more.
pub(crate) fn read_whole(input: &mut dyn Read, max: usize) -> io::Result<(Vec<u8>, bool)> {
    let mut bytes = Vec::new();
    input.take(max as u64 + 1).read_to_end(&mut bytes)?;
    let more = bytes.len() > max;
    bytes.truncate(max);
    Ok((bytes, more))
}
