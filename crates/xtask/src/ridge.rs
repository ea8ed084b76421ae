//! Least squares with a penalty, many targets at once, and what each row would be scored by a fit without it.

use anyhow::Context as _;
use nalgebra::DMatrix;

/// Linear scores of a vector.
#[derive(Debug, Clone)]
pub(crate) struct Ridge {
    /// For each number of the vector its weight for each target.
    pub(crate) weights: Vec<Vec<f64>>,
    pub(crate) intercepts: Vec<f64>,
    /// The scores of each row by the fit on all others: what has been read is scored too well.
    pub(crate) unseen: Vec<Vec<f64>>,
}

impl Ridge {
    /// Fits one score a target, near 1 where it holds and near 0 where not; `penalty` is the inverse variance of
    /// a weight. A row may be empty: it stands for zeros.
    pub(crate) fn fit(rows: &[&[f32]], targets: &[&[bool]], penalty: f64) -> anyhow::Result<Self> {
        let numbers = rows.iter().map(|row| row.len()).max().unwrap_or_default();
        let count = targets.first().map_or(0, |target| target.len());
        // A last column of ones carries the intercept.
        let inputs =
            DMatrix::from_fn(rows.len(), numbers + 1, |row, column| match rows[row].get(column) {
                Some(&value) => f64::from(value),
                None => f64::from(u8::from(column == numbers)),
            });
        let wanted = DMatrix::from_fn(rows.len(), count, |row, target| {
            f64::from(u8::from(targets[row][target]))
        });
        let turned = inputs.transpose();
        let mut squares = &turned * &inputs;
        for at in 0..=numbers {
            squares[(at, at)] += if at < numbers { penalty } else { 1e-3 };
        }
        let inverse =
            squares.cholesky().context("the meanings of sentences are no numbers")?.inverse();
        let weights = &inverse * (turned * &wanted);
        let scores = &inputs * &weights;
        let leverage = (&inputs * &inverse).component_mul(&inputs).column_sum();
        let unseen = |row: usize| {
            let left = (1.0 - leverage[row]).max(1e-6);
            let score = |target| {
                let is = wanted[(row, target)];
                is - (is - scores[(row, target)]) / left
            };
            (0..count).map(score).collect()
        };
        let of_row = |row: usize| weights.row(row).iter().copied().collect::<Vec<f64>>();
        Ok(Self {
            unseen: (0..rows.len()).map(unseen).collect(),
            weights: (0..numbers).map(of_row).collect(),
            intercepts: of_row(numbers),
        })
    }

    /// Turns a model of the scores, each multiplied with `value`, into one of the vector's numbers: both are sums.
    /// Returns what to add to its intercept, and the weights.
    pub(crate) fn resolved(&self, on_scores: &[f64], value: f64) -> (f64, Vec<f64>) {
        let sum = |of: &Vec<f64>| of.iter().zip(on_scores).map(|(a, b)| a * b * value).sum::<f64>();
        (sum(&self.intercepts), self.weights.iter().map(sum).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_scored_as_by_the_fit_without_it() {
        let rows: Vec<Vec<f32>> =
            (0_u8..9).map(|i| vec![f32::from(i % 4) - 1.0, f32::from(i * i % 7) / 3.0]).collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let targets: Vec<&[bool]> =
            (0..9).map(|i| if i % 3 == 0 { &[true][..] } else { &[false] }).collect();
        let all = Ridge::fit(&rows, &targets, 3.0).unwrap();
        let rest = Ridge::fit(&rows[1..], &targets[1..], 3.0).unwrap();
        let score = rest.intercepts[0]
            + rows[0].iter().zip(&rest.weights).map(|(&x, w)| f64::from(x) * w[0]).sum::<f64>();
        assert!((all.unseen[0][0] - score).abs() < 1e-6, "{} {score}", all.unseen[0][0]);
    }
}
