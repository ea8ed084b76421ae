//! A small network with one hidden layer, for many yes-or-no targets at once.
//!
//! Acts share what they are told by: a hidden unit that sees "not public" serves a dozen of them, and the rare ones
//! learn from the frequent ones. Everything is in a fixed order and from fixed seeds, so that the same rows give
//! the same numbers.

use ndarray::{Array1, Array2, ArrayView1, Axis, Zip};

/// Hidden units.
const UNITS: usize = 128;
/// Passes over the rows.
const PASSES: usize = 12;
/// Rows of one step.
const BATCH: usize = 256;
/// The length of a step of Adam, and how long it remembers slopes and their squares.
const STEP: f32 = 1e-3;
const SLOPE_MEMORY: f32 = 0.9;
const SQUARE_MEMORY: f32 = 0.999;
const EPSILON: f32 = 1e-8;
/// How hard a weight is pulled towards nothing at each step. Chosen on leave-one-set-out among a third and three
/// times as much.
const PULL: f32 = 0.3 / 256.0;
/// What a meaning, a vector of length 1, is multiplied with: inputs should vary about as much as weights do.
const INPUT_VALUE: f32 = 5.0;
/// Any number does; another one gives another network, as good.
const SEED: u64 = 9;

/// A fitted network.
#[derive(Debug, Clone)]
pub(crate) struct Network {
    /// For each input its weight in each unit.
    inner: Array2<f32>,
    inner_bias: Array1<f32>,
    /// For each unit its weight for each target.
    outer: Array2<f32>,
    outer_bias: Array1<f32>,
}

/// A unit as a table writes it.
pub(crate) struct Unit {
    pub(crate) bias: f64,
    /// One for each input.
    pub(crate) inputs: Vec<f64>,
}

/// What Adam remembers of one set of numbers.
struct Memory<D: ndarray::Dimension> {
    slope: ndarray::Array<f32, D>,
    square: ndarray::Array<f32, D>,
}

impl<D: ndarray::Dimension> Memory<D> {
    fn of(weights: &ndarray::Array<f32, D>) -> Self {
        let empty = ndarray::Array::zeros(weights.raw_dim());
        Self { slope: empty.clone(), square: empty }
    }

    /// One step down the slope; `step` has what corrects young memories.
    fn descend(
        &mut self,
        weights: &mut ndarray::Array<f32, D>,
        slope: &ndarray::Array<f32, D>,
        step: f32,
    ) {
        Zip::from(weights).and(slope).and(&mut self.slope).and(&mut self.square).for_each(
            |weight, &slope, mean, square| {
                *mean = SLOPE_MEMORY * *mean + (1.0 - SLOPE_MEMORY) * slope;
                *square = SQUARE_MEMORY * *square + (1.0 - SQUARE_MEMORY) * slope * slope;
                *weight -= step * *mean / (square.sqrt() + EPSILON);
            },
        );
    }
}

impl Network {
    /// Fits one output a target. All rows have the same length, or are empty, which stands for zeros.
    pub(crate) fn fit(rows: &[&[f32]], targets: &[&[bool]]) -> Self {
        let inputs = rows.iter().map(|row| row.len()).max().unwrap_or_default();
        let outputs = targets.first().map_or(0, |target| target.len());
        let mut random = fastrand::Rng::with_seed(SEED);
        let mut network = Self::random(inputs, outputs, &mut random);
        let mut memories = (
            Memory::of(&network.inner),
            Memory::of(&network.inner_bias),
            Memory::of(&network.outer),
            Memory::of(&network.outer_bias),
        );
        let mut order: Vec<usize> = (0..rows.len()).collect();
        let (mut slope_kept, mut square_kept) = (1.0, 1.0);
        for _ in 0..PASSES {
            random.shuffle(&mut order);
            for batch in order.chunks(BATCH) {
                let mut given = Array2::zeros((batch.len(), inputs));
                for (mut row, &at) in given.rows_mut().into_iter().zip(batch) {
                    if !rows[at].is_empty() {
                        row.scaled_add(INPUT_VALUE, &ArrayView1::from(rows[at]));
                    }
                }
                let wanted = Array2::from_shape_fn((batch.len(), outputs), |(at, target)| {
                    f32::from(u8::from(targets[batch[at]][target]))
                });
                let slopes = network.slopes(&given, &wanted);
                slope_kept *= SLOPE_MEMORY;
                square_kept *= SQUARE_MEMORY;
                let step = STEP * f32::sqrt(1.0 - square_kept) / (1.0 - slope_kept);
                memories.0.descend(&mut network.inner, &slopes.inner, step);
                memories.1.descend(&mut network.inner_bias, &slopes.inner_bias, step);
                memories.2.descend(&mut network.outer, &slopes.outer, step);
                memories.3.descend(&mut network.outer_bias, &slopes.outer_bias, step);
            }
        }
        network
    }

    /// Small random weights, the smaller the more there are.
    fn random(inputs: usize, outputs: usize, random: &mut fastrand::Rng) -> Self {
        let mut layer = |from: usize, to: usize, share: f32| {
            let most = (share / (from + to).max(1) as f32).sqrt();
            Array2::from_shape_simple_fn((from, to), || (2.0 * random.f32() - 1.0) * most)
        };
        Self {
            inner: layer(inputs, UNITS, 6.0),
            inner_bias: Array1::zeros(UNITS),
            outer: layer(UNITS, outputs, 2.0),
            outer_bias: Array1::zeros(outputs),
        }
    }

    /// How the mean loss of a batch changes with each number.
    fn slopes(&self, given: &Array2<f32>, wanted: &Array2<f32>) -> Self {
        let units = (given.dot(&self.inner) + &self.inner_bias).mapv_into(|value| value.max(0.0));
        let scores = units.dot(&self.outer) + &self.outer_bias;
        let count = given.nrows().max(1) as f32;
        let mut off = scores.mapv_into(|score| 1.0 / (1.0 + (-score).exp()));
        off -= wanted;
        off /= count;
        let mut back = off.dot(&self.outer.t());
        Zip::from(&mut back).and(&units).for_each(|slope, &unit| {
            if unit <= 0.0 {
                *slope = 0.0;
            }
        });
        let pulled = |slope: Array2<f32>, weights: &Array2<f32>| {
            let mut slope = slope;
            slope.scaled_add(PULL, weights);
            slope
        };
        Self {
            inner: pulled(given.t().dot(&back), &self.inner),
            inner_bias: back.sum_axis(Axis(0)),
            outer: pulled(units.t().dot(&off), &self.outer),
            outer_bias: off.sum_axis(Axis(0)),
        }
    }

    /// The hidden units, for rows as they were given.
    pub(crate) fn units(&self) -> Vec<Unit> {
        let inputs = |unit: usize| {
            self.inner.column(unit).iter().map(|w| f64::from(w * INPUT_VALUE)).collect()
        };
        self.inner_bias
            .iter()
            .enumerate()
            .map(|(unit, bias)| Unit { bias: f64::from(*bias), inputs: inputs(unit) })
            .collect()
    }

    /// The intercept of a target, and the weight of each unit for it.
    pub(crate) fn model(&self, target: usize) -> (f64, Vec<f64>) {
        let weights = self.outer.column(target).iter().map(|&weight| f64::from(weight)).collect();
        (f64::from(self.outer_bias[target]), weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What no sum of the inputs can tell: whether exactly one of two is there.
    #[test]
    fn learns_what_no_sum_can_tell() {
        let rows: Vec<Vec<f32>> = (0..4000_u16)
            .map(|at| vec![f32::from(at % 2) - 0.5, f32::from(at / 2 % 2) - 0.5])
            .collect();
        let targets: Vec<[bool; 1]> = (0..4000_u16).map(|at| [(at % 2) != (at / 2 % 2)]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let wanted: Vec<&[bool]> = targets.iter().map(<[bool; 1]>::as_slice).collect();
        let network = Network::fit(&rows, &wanted);
        let (intercept, weights) = network.model(0);
        for (row, is) in rows.iter().zip(&targets).take(4) {
            let unit = |unit: &Unit| {
                let sum: f64 = unit.inputs.iter().zip(*row).map(|(w, &x)| w * f64::from(x)).sum();
                (unit.bias + sum).max(0.0)
            };
            let units = network.units();
            let score =
                intercept + units.iter().zip(&weights).map(|(u, w)| unit(u) * w).sum::<f64>();
            assert_eq!(score > 0.0, is[0], "{row:?}: {score}");
        }
    }

    #[test]
    fn the_same_rows_give_the_same_numbers() {
        let rows: Vec<[f32; 2]> =
            (0..300_u16).map(|at| [f32::from(at % 7), f32::from(at % 3)]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(<[f32; 2]>::as_slice).collect();
        let targets = vec![&[true, false][..]; 300];
        let fit = || Network::fit(&rows, &targets);
        assert_eq!(fit().inner, fit().inner);
    }
}
