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
