//! Reads the file of the encoder's weights, as `data/convert.py` writes it. All numbers are little-endian.
//!
//! | part | content |
//! |---|---|
//! | magic | `CSENC001` |
//! | sizes | `u32` pieces, `u32` numbers in an embedding |
//! | pieces | each `f32` log-probability, `u8` length, UTF-8 |
//! | embeddings | 16 × `f32` levels; `f32` mean of each piece; `f32` deviation of each; 4-bit codes, the lower half first |
//! | layers | in the order of [`read`]; a matrix is `u32` rows, `u32` columns, `f32` scale of each column, `i8` cells by row; a vector is `u32` length, `f32` values |

use ndarray::{Array1, Array2};

use super::pieces::{CONTROL, Vocabulary};
use super::{BRANCH, BRANCHES, Encoder, Layer, MEANING, Norm, Table};

const MAGIC: &[u8] = b"CSENC001";

/// Why the file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the sentence encoder cannot be read at byte {at}: {problem}")]
pub struct FileError {
    /// Where.
    pub at: usize,
    /// What is wrong.
    pub problem: &'static str,
}

/// The rest of a file.
struct Reader {
    all: usize,
    rest: &'static [u8],
}

impl Reader {
    fn error(&self, problem: &'static str) -> FileError {
        FileError { at: self.all - self.rest.len(), problem }
    }

    fn take(&mut self, count: usize) -> Result<&'static [u8], FileError> {
        let (head, rest) =
            self.rest.split_at_checked(count).ok_or_else(|| self.error("it ends too early"))?;
        self.rest = rest;
        Ok(head)
    }

    fn count(&mut self) -> Result<usize, FileError> {
        let bytes = self.take(4)?.first_chunk().copied().unwrap_or_default();
        Ok(u32::from_le_bytes(bytes) as usize)
    }

    fn floats(&mut self, count: usize) -> Result<Vec<f32>, FileError> {
        let bytes = self.take(count.saturating_mul(4))?;
        let (numbers, _) = bytes.as_chunks();
        Ok(numbers.iter().map(|&number| f32::from_le_bytes(number)).collect())
    }

    fn vector(&mut self, length: usize) -> Result<Array1<f32>, FileError> {
        if self.count()? != length {
            return Err(self.error("a vector has another length"));
        }
        Ok(Array1::from_vec(self.floats(length)?))
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Result<Array2<f32>, FileError> {
        if (self.count()?, self.count()?) != (rows, columns) {
            return Err(self.error("a matrix has another shape"));
        }
        let scales = self.floats(columns)?;
        let cells = self.take(rows * columns)?;
        let values = cells.iter().zip(scales.iter().cycle());
        let values = values.map(|(&cell, scale)| f32::from(cell.cast_signed()) * scale).collect();
        Array2::from_shape_vec((rows, columns), values)
            .map_err(|_| self.error("a matrix has another shape"))
    }

    fn layer(&mut self, rows: usize, columns: usize) -> Result<Layer, FileError> {
        Ok(Layer { weights: self.matrix(rows, columns)?, bias: self.vector(columns)? })
    }

    fn norm(&mut self, length: usize) -> Result<Norm, FileError> {
        Ok(Norm { stretch: self.vector(length)?, shift: self.vector(length)? })
    }
}

/// Reads a whole file.
pub(super) fn read(bytes: &'static [u8]) -> Result<Encoder, FileError> {
    let mut reader = Reader { all: bytes.len(), rest: bytes };
    if reader.take(MAGIC.len())? != MAGIC {
        return Err(reader.error("it does not begin with `CSENC001`"));
    }
    let pieces = reader.count()?;
    if reader.count()? != MEANING {
        return Err(reader.error("embeddings have another length"));
    }
    let vocabulary = vocabulary(&mut reader, pieces)?;
    let levels = reader.floats(16)?.try_into().unwrap_or([0.0; 16]);
    let table = Table {
        levels,
        mean: reader.floats(pieces)?,
        deviation: reader.floats(pieces)?,
        codes: reader.take(pieces.saturating_mul(MEANING / 2))?,
    };
    let joined = BRANCHES.len() * BRANCH;
    let projection = reader.layer(MEANING, joined)?;
    let projection_norm = reader.norm(joined)?;
    let mut branches = Vec::new();
    for (width, _) in BRANCHES {
        branches
            .push([reader.layer(width * BRANCH, BRANCH)?, reader.layer(width * BRANCH, BRANCH)?]);
    }
    let norm = reader.norm(MEANING + joined)?;
    let output = reader.layer(MEANING + joined, MEANING)?;
    let inner = 320;
    let dense = [
        (MEANING, inner),
        (inner, inner),
        (MEANING, inner),
        (inner, MEANING),
        (inner, MEANING),
        (MEANING, MEANING),
    ];
    let dense = dense
        .into_iter()
        .map(|(rows, columns)| reader.matrix(rows, columns))
        .collect::<Result<_, _>>()?;
    if !reader.rest.is_empty() {
        return Err(reader.error("more follows than belongs to it"));
    }
    Ok(Encoder {
        vocabulary,
        table,
        projection,
        projection_norm,
        branches,
        norm,
        output,
        dense,
        kept: std::sync::Mutex::default(),
        kept_firsts: std::sync::Mutex::default(),
    })
}

fn vocabulary(reader: &mut Reader, pieces: usize) -> Result<Vocabulary, FileError> {
    let (mut texts, mut scores) = (Vec::new(), Vec::new());
    for _ in 0..pieces {
        scores.extend(reader.floats(1)?);
        let length = reader.take(1)?.first().copied().map_or(0, usize::from);
        let text = std::str::from_utf8(reader.take(length)?)
            .map_err(|_| reader.error("a piece is no UTF-8"))?;
        texts.push(text);
    }
    if !texts.get(CONTROL..).unwrap_or_default().is_sorted() {
        return Err(reader.error("the pieces are not sorted"));
    }
    Ok(Vocabulary::new(texts, scores))
}
