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
use std::ops::Range;
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

/// Pieces whose first layers are kept, at 13 kB each.
const KEPT_FIRSTS_MAX: usize = 3072;

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
    /// What the first layers made of pieces that were met before.
    kept_firsts: Mutex<FxHashMap<usize, First>>,
}

/// What the first layers make of one piece, whatever stands around it: its projection, and then for each branch
/// and each row that the branch reads the product with that row's weights. Mail uses few pieces often, and to
/// look these sums up saves three fifths of the multiplications.
type First = Arc<[f32]>;

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
            row -= mean;
            let variance = row.dot(&row) / count;
            row *= (variance + EPSILON).sqrt().recip();
            row *= &self.stretch;
            row += &self.shift;
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
    pub fn encode(&self, texts: &[&str]) -> Vec<Meaning> {
        let mut meanings: Vec<Option<Meaning>> = {
            // A thread that stopped while it held the map has left it whole.
            let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            texts.iter().map(|text| kept.get(*text).cloned()).collect()
        };
        let with_known = texts.iter().copied().zip(&meanings);
        let new: Vec<&str> =
            with_known.filter(|(_, known)| known.is_none()).map(|(text, _)| text).collect();
        if !new.is_empty() {
            let encoded = self.encode_new(&new);
            let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() + new.len() > KEPT_MAX {
                kept.clear();
            }
            for (text, meaning) in new.into_iter().zip(&encoded) {
                kept.insert(text.to_owned(), Arc::clone(meaning));
            }
            let unknown = meanings.iter_mut().filter(|meaning| meaning.is_none());
            unknown.zip(encoded).for_each(|(slot, meaning)| *slot = Some(meaning));
        }
        meanings.into_iter().flatten().collect()
    }

    fn encode_new(&self, texts: &[&str]) -> Vec<Meaning> {
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
        let firsts = self.firsts(batch);
        let mut embedded = Array2::zeros((rows, MEANING));
        for (pieces, place) in batch.iter().zip(&places) {
            for (&piece, at) in pieces.iter().zip(place.first..) {
                self.table.write(piece, embedded.row_mut(at));
            }
        }
        let mut seen = vec![embedded];
        for (branch, [first, second]) in self.branches.iter().enumerate() {
            let Some(&(width, before)) = BRANCHES.get(branch) else { break };
            let mut input = Array2::zeros((rows, BRANCH));
            for (firsts, place) in firsts.iter().zip(&places) {
                let rows = input.slice_axis_mut(Axis(0), place.slice());
                first_convolved(firsts, branch, &first.bias, rows);
            }
            let mut output = convolved(&input, second, width, before);
            output += &input;
            clear_gaps(&mut output, &places);
            seen.push(output);
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

    /// The first layers of each piece of each sentence.
    fn firsts(&self, batch: &[Vec<usize>]) -> Vec<Vec<First>> {
        let mut known: FxHashMap<usize, First> = {
            let kept = self.kept_firsts.lock().unwrap_or_else(PoisonError::into_inner);
            let pieces = batch.iter().flatten();
            pieces.filter_map(|piece| Some((*piece, Arc::clone(kept.get(piece)?)))).collect()
        };
        let mut new: Vec<usize> =
            batch.iter().flatten().copied().filter(|piece| !known.contains_key(piece)).collect();
        new.sort_unstable();
        new.dedup();
        if !new.is_empty() {
            let made = self.firsts_of(&new);
            let mut kept = self.kept_firsts.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() + new.len() > KEPT_FIRSTS_MAX {
                kept.clear();
            }
            kept.extend(new.iter().copied().zip(made.iter().cloned()));
            known.extend(new.into_iter().zip(made));
        }
        let of_piece = |piece: &usize| known.get(piece).cloned();
        batch.iter().map(|pieces| pieces.iter().filter_map(of_piece).collect()).collect()
    }

    fn firsts_of(&self, pieces: &[usize]) -> Vec<First> {
        let mut embedded = Array2::zeros((pieces.len(), MEANING));
        for (&piece, row) in pieces.iter().zip(embedded.rows_mut()) {
            self.table.write(piece, row);
        }
        let mut projected = embedded.dot(&self.projection.weights) + &self.projection.bias;
        self.projection_norm.apply(projected.view_mut());
        let mut products = Vec::new();
        for (branch, ([first, _], (width, _))) in self.branches.iter().zip(BRANCHES).enumerate() {
            let input = projected.slice_axis(Axis(1), branch_of(branch));
            for tap in 0..width {
                products.push(input.dot(&first.weights.slice_axis(Axis(0), branch_of(tap))));
            }
        }
        let parts = |row: usize| {
            let rows = std::iter::once(&projected).chain(&products);
            rows.flat_map(move |matrix| matrix.row(row).to_vec()).collect()
        };
        (0..pieces.len()).map(parts).collect()
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

/// Numbers in the meaning of a sentence beside those of its neighbours.
pub const IN_CONTEXT: usize = 3 * MEANING;

/// How many sentences before one still say what it is about.
const BEFORE: usize = 2;
/// What the meanings before and after count beside the sentence's own.
const SHARE_BEFORE: f32 = 0.5;
const SHARE_AFTER: f32 = 0.4;

/// The meaning of the sentence at a place of a thread, the mean of those before it, and that of the next one.
///
/// "Please send it by Friday" is harmless or not by what "it" is, and that was said a sentence before.
///
/// Empty where there is no encoder.
pub fn in_context(meanings: &[Meaning], at: usize) -> Vec<f32> {
    if meanings.is_empty() {
        return Vec::new();
    }
    let of = |at: usize| meanings.get(at).map_or(&[][..], |meaning| meaning);
    let before = mean(meanings.get(at.saturating_sub(BEFORE)..at).unwrap_or_default());
    let parts = [(of(at), 1.0), (&before, SHARE_BEFORE), (of(at + 1), SHARE_AFTER)];
    let mut numbers = Vec::with_capacity(IN_CONTEXT);
    for ((part, share), end) in parts.into_iter().zip(1..) {
        numbers.extend(part.iter().map(|number| number * share));
        numbers.resize(end * MEANING, 0.0);
    }
    numbers
}

/// The two pieces that mark begin and end.
const CONTROL_ROWS: usize = 2;

/// The first convolution of a branch over one sentence, and what it reads added: at each row the sum of what was
/// made of the rows around it.
fn first_convolved(
    firsts: &[First],
    branch: usize,
    bias: &Array1<f32>,
    mut output: ArrayViewMut2<'_, f32>,
) {
    let Some(&(width, before)) = BRANCHES.get(branch) else { return };
    let taps_before: usize = BRANCHES.iter().take(branch).map(|(width, _)| width).sum();
    for (row, mut sum) in output.rows_mut().into_iter().enumerate() {
        sum.assign(bias);
        for tap in 0..width {
            // Row r reads row r + tap - before; there is nothing outside the sentence.
            let read = (row + tap).checked_sub(before).and_then(|read| firsts.get(read));
            let product = read.and_then(|f| f.get(part_of(BRANCHES.len() + taps_before + tap)));
            sum.iter_mut().zip(product.unwrap_or_default()).for_each(|(sum, value)| *sum += value);
        }
        let own = firsts.get(row).and_then(|f| f.get(part_of(branch))).unwrap_or_default();
        sum.iter_mut().zip(own).for_each(|(sum, own)| *sum = sum.max(0.0) + own);
    }
}

/// Where a part of a [`First`] lies: the projections for each branch, then the products.
fn part_of(index: usize) -> Range<usize> {
    index * BRANCH..(index + 1) * BRANCH
}

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
