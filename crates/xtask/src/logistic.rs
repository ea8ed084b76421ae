//! Penalised logistic regression, small and deterministic: no random numbers, no threads, no clock.
//!
//! Two uses: the shipped model (signs fixed, shrunk towards the strengths that the pack states) and
//! the bag-of-words baseline (sparse, shrunk towards zero). Both are convex, so that the result does
//! not depend on where it starts.

/// Rows of `(column, value)` with a 0/1 target.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sparse {
    pub(crate) rows: Vec<Vec<(usize, f64)>>,
    pub(crate) targets: Vec<f64>,
    pub(crate) columns: usize,
}

/// What a column may be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Column {
    /// Where the penalty pulls it.
    pub(crate) centre: f64,
    /// How hard: the inverse of a prior variance.
    pub(crate) penalty: f64,
    /// Lowest value.
    pub(crate) least: f64,
    /// Highest value.
    pub(crate) most: f64,
}

/// Fits by cyclic coordinate descent with a bounded Newton step each. Returns the bias and the weights.
pub(crate) fn fit(data: &Sparse, columns: &[Column], rounds: usize) -> (f64, Vec<f64>) {
    let mut by_column: Vec<Vec<(usize, f64)>> = vec![Vec::new(); data.columns];
    for (row, cells) in data.rows.iter().enumerate() {
        for &(column, value) in cells {
            by_column[column].push((row, value));
        }
    }
    let mut weights: Vec<f64> = columns.iter().map(|c| c.centre.clamp(c.least, c.most)).collect();
    let mut bias = 0.0;
    let mut margins: Vec<f64> = data
        .rows
        .iter()
        .map(|cells| cells.iter().map(|&(c, v)| weights[c] * v).sum::<f64>())
        .collect();
    for _ in 0..rounds {
        let mut moved = 0.0_f64;
        let step =
            step(&margins, &data.targets, (0..margins.len()).map(|row| (row, 1.0)), 0.0, 0.0);
        bias += step;
        for margin in &mut margins {
            *margin += step;
        }
        moved = moved.max(step.abs());
        for (index, column) in columns.iter().enumerate() {
            let cells = &by_column[index];
            let pull = column.penalty * (weights[index] - column.centre);
            let step =
                self::step(&margins, &data.targets, cells.iter().copied(), pull, column.penalty);
            let next = (weights[index] + step).clamp(column.least, column.most);
            let step = next - weights[index];
            if step != 0.0 {
                weights[index] = next;
                for &(row, value) in cells {
                    margins[row] += step * value;
                }
                moved = moved.max(step.abs());
            }
        }
        if moved < 1e-7 {
            break;
        }
    }
    (bias, weights)
}

/// One Newton step for one coordinate, at most 2 long so that it cannot overshoot on separable data.
fn step(
    margins: &[f64],
    targets: &[f64],
    cells: impl Iterator<Item = (usize, f64)>,
    pull: f64,
    penalty: f64,
) -> f64 {
    let mut gradient = pull;
    let mut curvature = penalty + 1e-9;
    for (row, value) in cells {
        let probability = 1.0 / (1.0 + (-margins[row]).exp());
        gradient += (probability - targets[row]) * value;
        curvature += probability * (1.0 - probability) * value * value;
    }
    (-gradient / curvature).clamp(-2.0, 2.0)
}

/// A sparse matrix by columns, for many targets over the same rows.
#[derive(Debug)]
pub(crate) struct Columns {
    rows: usize,
    cells: Vec<Vec<(usize, f64)>>,
}

impl Columns {
    pub(crate) fn new(rows: &[Vec<(usize, f64)>], columns: usize) -> Self {
        let mut cells: Vec<Vec<(usize, f64)>> = vec![Vec::new(); columns];
        for (row, of_row) in rows.iter().enumerate() {
            for &(column, value) in of_row {
                cells[column].push((row, value));
            }
        }
        Self { rows: rows.len(), cells }
    }
}

/// Newton steps of [`fit_ridge`]; the weights hardly move after the sixth.
const NEWTON_STEPS: usize = 8;
/// Passes of coordinate descent for one Newton step.
const PASSES: usize = 4;
/// The least curvature of a row: keeps a step finite where the fit is already sure.
const CURVATURE_MIN: f64 = 1e-3;

/// Logistic regression with one penalty on all weights but the bias, by Newton's method with coordinate
/// descent inside. Returns the bias and the weights.
///
/// A step that makes the fit worse is halved until it does not: far from the end, where a row is sure of what is
/// wrong, a whole step goes astray and never comes back.
pub(crate) fn fit_ridge(matrix: &Columns, targets: &[bool], penalty: f64) -> (f64, Vec<f64>) {
    let share = targets.iter().filter(|&&is| is).count() as f64 / targets.len().max(1) as f64;
    let bias = countersign_core::model::log_odds(share);
    let mut at =
        Point { bias, weights: vec![0.0; matrix.cells.len()], margins: vec![bias; matrix.rows] };
    let mut loss = at.loss(targets, penalty);
    for _ in 0..NEWTON_STEPS {
        let mut next = at.newton(matrix, targets, penalty);
        let mut next_loss = next.loss(targets, penalty);
        let mut halvings = 0;
        while next_loss > loss && halvings < HALVINGS_MAX {
            next = next.halfway_to(&at);
            next_loss = next.loss(targets, penalty);
            halvings += 1;
        }
        if next_loss > loss {
            break;
        }
        let gain = loss - next_loss;
        at = next;
        loss = next_loss;
        if gain < LOSS_GAIN_MIN {
            break;
        }
    }
    (at.bias, at.weights)
}

/// Halvings of one step; a thousandth of a step that does no good is no step.
const HALVINGS_MAX: usize = 10;
/// Steps end when they gain less than this in log-likelihood.
const LOSS_GAIN_MIN: f64 = 1e-3;

/// A model during its fit, with the log-odds that it gives each row.
#[derive(Debug, Clone)]
struct Point {
    bias: f64,
    weights: Vec<f64>,
    margins: Vec<f64>,
}

impl Point {
    /// The penalised negative log-likelihood.
    fn loss(&self, targets: &[bool], penalty: f64) -> f64 {
        let of_row = |(&margin, &is): (&f64, &bool)| {
            let wrong = if is { -margin } else { margin };
            wrong.max(0.0) + (-wrong.abs()).exp().ln_1p()
        };
        let squares: f64 = self.weights.iter().map(|weight| weight * weight).sum();
        self.margins.iter().zip(targets).map(of_row).sum::<f64>() + penalty / 2.0 * squares
    }

    fn halfway_to(&self, other: &Self) -> Self {
        let mean =
            |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| f64::midpoint(*a, *b)).collect();
        Self {
            bias: f64::midpoint(self.bias, other.bias),
            weights: mean(&self.weights, &other.weights),
            margins: mean(&self.margins, &other.margins),
        }
    }

    /// One step of Newton's method.
    fn newton(&self, matrix: &Columns, targets: &[bool], penalty: f64) -> Self {
        let Self { mut bias, mut weights, mut margins } = self.clone();
        let mut curvatures = vec![0.0; matrix.rows];
        // What is left to explain of each row, in log-odds times curvature.
        let mut residuals = vec![0.0; matrix.rows];
        for (row, &is) in targets.iter().enumerate() {
            let probability = countersign_core::model::logistic(margins[row]);
            curvatures[row] = (probability * (1.0 - probability)).max(CURVATURE_MIN);
            residuals[row] = f64::from(u8::from(is)) - probability;
        }
        for _ in 0..PASSES {
            let step = residuals.iter().sum::<f64>() / curvatures.iter().sum::<f64>();
            bias += step;
            for row in 0..matrix.rows {
                residuals[row] -= curvatures[row] * step;
                margins[row] += step;
            }
            for (column, cells) in matrix.cells.iter().enumerate() {
                let (mut gradient, mut curvature) = (-penalty * weights[column], penalty);
                for &(row, value) in cells {
                    gradient += value * residuals[row];
                    curvature += value * value * curvatures[row];
                }
                let step = gradient / curvature;
                if step.abs() < 1e-9 {
                    continue;
                }
                weights[column] += step;
                for &(row, value) in cells {
                    residuals[row] -= curvatures[row] * value * step;
                    margins[row] += value * step;
                }
            }
        }
        Self { bias, weights, margins }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Many columns that say the same, and rows that are rare and clear: whole Newton steps go astray here.
    #[test]
    fn a_fit_ends_near_where_no_weight_can_be_bettered() {
        let rows: Vec<Vec<(usize, f64)>> = (0..2000_usize)
            .map(|row| {
                let is_hit = row % 40 == 0;
                let value = |column: usize| {
                    f64::from(u8::from(is_hit)) * 3.0 + (row * (column + 7) % 13) as f64 / 26.0
                };
                (0..30).map(|column| (column, value(column))).collect()
            })
            .collect();
        let targets: Vec<bool> = (0..2000).map(|row| row % 40 == 0 && row % 200 != 0).collect();
        let penalty = 2.0;
        let (bias, weights) = fit_ridge(&Columns::new(&rows, 30), &targets, penalty);
        let off: Vec<f64> = rows
            .iter()
            .zip(&targets)
            .map(|(cells, &is)| {
                let margin = bias + cells.iter().map(|&(c, v)| weights[c] * v).sum::<f64>();
                countersign_core::model::logistic(margin) - f64::from(u8::from(is))
            })
            .collect();
        assert!(off.iter().sum::<f64>().abs() < 1.5, "bias {bias}: {}", off.iter().sum::<f64>());
        for (column, weight) in weights.iter().enumerate() {
            let slope = penalty * weight
                + rows.iter().zip(&off).map(|(cells, off)| cells[column].1 * off).sum::<f64>();
            assert!(slope.abs() < 6.0, "column {column}: {slope}");
        }
    }
}
