//! The meaning of a sentence as 512 numbers, near each other for sentences that say nearly the same, in
//! whatever of our eight languages.
//!
//! The models of acts read words; words they have not met say nothing to them. This encoder was trained
//! by others on sixteen languages (`data/README.md`), so that "send me the drawings" and "пришлите чертежи"
//! lie close together before any thread of ours is seen. It finds nothing itself: what it yields is one more
//! thing that the models of acts are fitted on, and what they find is still a sentence that can be quoted.
//!
//! It must never see who is named or where somebody comes from: [`crate::shown`] decides what it reads.

mod file;
mod pieces;

use std::fmt;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView2, ArrayViewMut1, ArrayViewMut2, Axis, Slice, concatenate};

pub use file::FileError;
use pieces::Vocabulary;
use rustc_hash::FxHashMap;

/// Numbers in the meaning of a sentence.
pub const MEANING: usize = 512;

/// The meaning of a sentence: a vector of length 1, or of zeros for a text without a piece.
pub type Meaning = Arc<[f32]>;

/// Sentences whose meaning is kept: mail repeats itself, and so do the threads of one mailbox.
const KEPT_MAX: usize = 8192;

/// Width of one branch of convolutions.
const BRANCH: usize = 256;
/// For each branch how many pieces in a row it reads, and how many of them stand before the one it is at.
const BRANCHES: [(usize, usize); 3] = [(2, 0), (3, 1), (5, 2)];
/// Empty rows between two sentences: the farthest that a branch looks.
const GAP: usize = 2;
/// Rows that are worked on at once: enough to read each matrix seldom, few enough to stay in the cache.
const ROWS_MAX: usize = 384;
/// Pieces of a sentence that are read; sentences are cut long before.
const PIECES_MAX: usize = 320;

/// A multilingual sentence encoder: embeddings of pieces of words, three branches of convolutions over them,
/// and a small network on their mean.
pub struct Encoder {
    vocabulary: Vocabulary,
    table: Table,
    projection: Layer,
    projection_norm: Norm,
    branches: Vec<[Layer; 2]>,
    norm: Norm,
    output: Layer,
    /// Six matrices: two blocks, each with a shortcut.
    dense: Vec<Array2<f32>>,
    /// What was encoded before.
    kept: Mutex<FxHashMap<String, Meaning>>,
}

impl fmt::Debug for Encoder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoder").field("pieces", &self.vocabulary.len()).finish_non_exhaustive()
    }
}

/// Embeddings in four bits a number.
struct Table {
    levels: [f32; 16],
    mean: Vec<f32>,
    deviation: Vec<f32>,
    codes: &'static [u8],
}

impl Table {
    /// Writes the embedding of a piece.
    fn write(&self, piece: usize, mut row: ArrayViewMut1<'_, f32>) {
        let mean = self.mean.get(piece).copied().unwrap_or_default();
        let deviation = self.deviation.get(piece).copied().unwrap_or_default();
        let codes = self.codes.get(piece * MEANING / 2..(piece + 1) * MEANING / 2);
        let values = self.levels.map(|level| level * deviation + mean);
        let value = |code: u8| values.get(usize::from(code & 15)).copied().unwrap_or_default();
        let numbers =
            codes.unwrap_or_default().iter().flat_map(|&pair| [value(pair), value(pair >> 4)]);
        row.iter_mut().zip(numbers).for_each(|(cell, number)| *cell = number);
    }
}

/// A matrix and what is added.
struct Layer {
    weights: Array2<f32>,
    bias: Array1<f32>,
}

/// Brings the numbers of a row to mean 0 and deviation 1, then stretches and shifts each column.
struct Norm {
    stretch: Array1<f32>,
    shift: Array1<f32>,
}

/// Keeps a division finite where all numbers of a row are the same.
const EPSILON: f32 = 1e-12;

impl Norm {
    fn apply(&self, mut rows: ArrayViewMut2<'_, f32>) {
        for mut row in rows.rows_mut() {
            let count = row.len() as f32;
            let mean = row.sum() / count;
            row.mapv_inplace(|value| value - mean);
            let variance = row.iter().map(|value| value * value).sum::<f32>() / count;
            let scale = (variance + EPSILON).sqrt().recip();
            row.iter_mut()
                .zip(&self.stretch)
                .zip(&self.shift)
                .for_each(|((value, stretch), shift)| *value = *value * scale * stretch + shift);
        }
    }
}

/// A sentence in a batch: its first row, and how many it has.
#[derive(Debug, Clone, Copy)]
struct Place {
    first: usize,
    rows: usize,
}

impl Place {
    fn slice(self) -> Slice {
        Slice::from(self.first..self.first + self.rows)
    }
}

/// The numbers of one branch, or of one row that it reads, among several in a row.
fn branch_of(index: usize) -> Slice {
    Slice::from(index * BRANCH..(index + 1) * BRANCH)
}

static SHIPPED: LazyLock<Result<Encoder, FileError>> =
    LazyLock::new(|| file::read(include_bytes!("../../data/sentence-encoder.bin")));

impl Encoder {
    /// The encoder that the program ships.
    ///
    /// # Errors
    ///
    /// Only when the shipped file is broken, which the tests refuse.
    pub fn shipped() -> Result<&'static Self, FileError> {
        SHIPPED.as_ref().map_err(Clone::clone)
    }

    /// The meaning of each text. What one text means does not depend on the others.
    pub fn encode(&self, texts: &[String]) -> Vec<Meaning> {
        let mut meanings: Vec<Option<Meaning>> = {
            // A thread that stopped while it held the map has left it whole.
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().map(|text| kept.get(text).cloned()).collect()
        };
        let new: Vec<&String> = texts
            .iter()
            .zip(&meanings)
            .filter(|(_, known)| known.is_none())
            .map(|(text, _)| text)
            .collect();
        if !new.is_empty() {
            let encoded = self.encode_new(&new);
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() + new.len() > KEPT_MAX {
                kept.clear();
            }
            for (text, meaning) in new.into_iter().zip(&encoded) {
                kept.insert(text.clone(), Arc::clone(meaning));
            }
            let unknown = meanings.iter_mut().filter(|meaning| meaning.is_none());
            unknown.zip(encoded).for_each(|(slot, meaning)| *slot = Some(meaning));
        }
        meanings.into_iter().flatten().collect()
    }

    fn encode_new(&self, texts: &[&String]) -> Vec<Meaning> {
        let mut meanings = Vec::with_capacity(texts.len());
        let mut batch: Vec<Vec<usize>> = Vec::new();
        let mut rows = 0;
        for text in texts {
            let mut pieces = self.vocabulary.pieces(text);
            pieces.truncate(PIECES_MAX);
            if rows + pieces.len() > ROWS_MAX {
                meanings.extend(self.encode_batch(&std::mem::take(&mut batch)));
                rows = 0;
            }
            rows += pieces.len() + GAP;
            batch.push(pieces);
        }
        meanings.extend(self.encode_batch(&batch));
        meanings
    }

    fn encode_batch(&self, batch: &[Vec<usize>]) -> Vec<Meaning> {
        let mut places = Vec::with_capacity(batch.len());
        let mut rows = GAP;
        for pieces in batch {
            places.push(Place { first: rows, rows: pieces.len() });
            rows += pieces.len() + GAP;
        }
        let mut embedded = Array2::zeros((rows, MEANING));
        for (pieces, place) in batch.iter().zip(&places) {
            for (&piece, at) in pieces.iter().zip(place.first..) {
                self.table.write(piece, embedded.row_mut(at));
            }
        }
        let mut projected = embedded.dot(&self.projection.weights) + &self.projection.bias;
        self.projection_norm.apply(projected.view_mut());
        clear_gaps(&mut projected, &places);
        let mut seen = vec![embedded];
        for (branch, (layers, (width, before))) in self.branches.iter().zip(BRANCHES).enumerate() {
            let mut input = projected.slice_axis(Axis(1), branch_of(branch)).to_owned();
            for layer in layers {
                let mut next = convolved(&input, layer, width, before);
                next += &input;
                clear_gaps(&mut next, &places);
                input = next;
            }
            seen.push(input);
        }
        let views: Vec<ArrayView2<'_, f32>> = seen.iter().map(|rows| rows.view()).collect();
        // All have the same number of rows, so that they can only be joined.
        let Ok(mut joined) = concatenate(Axis(1), &views) else { return Vec::new() };
        self.norm.apply(joined.view_mut());
        let mut sums = Array2::zeros((places.len(), joined.ncols()));
        for (mut sum, place) in sums.rows_mut().into_iter().zip(&places) {
            sum.assign(&joined.slice_axis(Axis(0), place.slice()).sum_axis(Axis(0)));
        }
        let mut outputs = sums.dot(&self.output.weights);
        for (mut output, place) in outputs.rows_mut().into_iter().zip(&places) {
            let count = place.rows as f32;
            output.scaled_add(count, &self.output.bias);
            output /= count.max(1.0).sqrt();
        }
        self.finish(&outputs, &places)
    }

    /// The two blocks at the end, and the length brought to 1.
    fn finish(&self, input: &Array2<f32>, places: &[Place]) -> Vec<Meaning> {
        let [inner, back, shortcut, inner_2, shortcut_2, back_2] = self.dense.as_slice() else {
            return Vec::new();
        };
        let positive = |rows: Array2<f32>| rows.mapv_into(|value| value.max(0.0));
        let first = positive(positive(input.dot(inner)).dot(back) + input.dot(shortcut));
        let last = positive(first.dot(inner_2)).dot(back_2) + first.dot(shortcut_2);
        let outputs = last.mapv_into(f32::tanh);
        let meaning = |(row, place): (ndarray::ArrayView1<'_, f32>, &Place)| {
            let length = row.dot(&row).max(EPSILON).sqrt();
            let has_text = place.rows > CONTROL_ROWS;
            row.iter().map(|value| if has_text { value / length } else { 0.0 }).collect()
        };
        outputs.rows().into_iter().zip(places).map(meaning).collect()
    }
}

/// The mean of several meanings; nothing if there are none.
pub fn mean(meanings: &[Meaning]) -> Vec<f32> {
    let mut sum = vec![0.0; if meanings.is_empty() { 0 } else { MEANING }];
    for meaning in meanings {
        sum.iter_mut().zip(meaning.iter()).for_each(|(sum, value)| *sum += value);
    }
    let count = meanings.len().max(1) as f32;
    for value in &mut sum {
        *value /= count;
    }
    sum
}

/// The two pieces that mark begin and end.
const CONTROL_ROWS: usize = 2;

/// One convolution: at each row the sum over `width` rows, of which `before` stand before it, and never less
/// than zero.
fn convolved(input: &Array2<f32>, layer: &Layer, width: usize, before: usize) -> Array2<f32> {
    let rows = input.nrows();
    let mut output = Array2::zeros(input.raw_dim());
    output += &layer.bias;
    for tap in 0..width {
        let weights = layer.weights.slice_axis(Axis(0), branch_of(tap));
        // Row r reads row r + tap - before.
        let (from, to) = (tap.saturating_sub(before), before.saturating_sub(tap));
        let count = rows.saturating_sub(from.max(to));
        general_mat_mul(
            1.0,
            &input.slice_axis(Axis(0), Slice::from(from..from + count)),
            &weights,
            1.0,
            &mut output.slice_axis_mut(Axis(0), Slice::from(to..to + count)),
        );
    }
    output.mapv_inplace(|value| value.max(0.0));
    output
}

/// Sets the rows between sentences to zero, so that none reads its neighbour.
fn clear_gaps(rows: &mut Array2<f32>, places: &[Place]) {
    let mut at = 0;
    for place in places {
        rows.slice_axis_mut(Axis(0), Slice::from(at..place.first)).fill(0.0);
        at = place.first + place.rows;
    }
    rows.slice_axis_mut(Axis(0), Slice::from(at..)).fill(0.0);
}

#[cfg(test)]
mod tests;
