//! How good scores are against labels: the figures of `evaluate threads` and of `docs/quality.md`.

/// A score with the truth about it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scored {
    /// The probability (or any score that orders).
    pub score: f64,
    /// Whether it is an approach.
    pub is_approach: bool,
}

/// Area under the ROC curve: how often an approach scores above a harmless thread; ties count half.
///
/// None when one of the two classes is missing. (Hanley and `McNeil` 1982.)
pub fn auc(scored: &[Scored]) -> Option<f64> {
    let (positive, negative) = split(scored);
    if positive.is_empty() || negative.is_empty() {
        return None;
    }
    let wins: f64 = positive
        .iter()
        .map(|p| {
            negative
                .iter()
                .map(|n| match p.partial_cmp(n) {
                    Some(std::cmp::Ordering::Greater) => 1.0,
                    Some(std::cmp::Ordering::Equal) => 0.5,
                    _ => 0.0,
                })
                .sum::<f64>()
        })
        .sum();
    Some(wins / (positive.len() * negative.len()) as f64)
}

/// The share of approaches found when at most `rate` of the harmless threads are false alarms.
///
/// The threshold is the lowest score that keeps the rate on these very threads.
pub fn recall_at(scored: &[Scored], rate: f64) -> Option<f64> {
    let (positive, mut negative) = split(scored);
    if positive.is_empty() || negative.is_empty() {
        return None;
    }
    negative.sort_by(|a, b| b.total_cmp(a));
    let allowed = allowed_alarms(rate, negative.len());
    let threshold = negative.get(allowed).copied().unwrap_or(f64::NEG_INFINITY);
    let found = positive.iter().filter(|&&score| score > threshold).count();
    Some(found as f64 / positive.len() as f64)
}

fn allowed_alarms(rate: f64, harmless: usize) -> usize {
    // Counts are small and the rate is in 0..=1, so the product fits.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a small non-negative product"
    )]
    let allowed = (rate * harmless as f64).floor() as usize;
    allowed
}

/// Mean squared distance of probabilities from the truth. (Brier 1950.)
pub fn brier(scored: &[Scored]) -> Option<f64> {
    if scored.is_empty() {
        return None;
    }
    let sum: f64 =
        scored.iter().map(|s| (s.score - f64::from(u8::from(s.is_approach))).powi(2)).sum();
    Some(sum / scored.len() as f64)
}

/// Precision and recall at a threshold.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AtThreshold {
    /// Of what is called an approach, the share that is one; none if nothing is called so.
    pub precision: Option<f64>,
    /// Of the approaches, the share that is called one.
    pub recall: Option<f64>,
    /// Of the harmless, the share that is called one.
    pub false_alarms: Option<f64>,
}

/// Precision, recall and false alarms when scores of at least `threshold` are called an approach.
pub fn at_threshold(scored: &[Scored], threshold: f64) -> AtThreshold {
    let share = |part: usize, whole: usize| (whole > 0).then(|| part as f64 / whole as f64);
    let called: Vec<&Scored> = scored.iter().filter(|s| s.score >= threshold).collect();
    let hits = called.iter().filter(|s| s.is_approach).count();
    let approaches = scored.iter().filter(|s| s.is_approach).count();
    AtThreshold {
        precision: share(hits, called.len()),
        recall: share(hits, approaches),
        false_alarms: share(called.len() - hits, scored.len() - approaches),
    }
}

/// One band of a calibration table.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    /// Lower end, inclusive.
    pub from: f64,
    /// How many threads have a probability in the band.
    pub count: usize,
    /// Their mean probability.
    pub predicted: f64,
    /// The share of them that are approaches.
    pub observed: f64,
}

/// The calibration table in five bands of equal width; bands without threads are left out.
pub fn calibration(scored: &[Scored]) -> Vec<Band> {
    (0..5)
        .filter_map(|band| {
            let from = f64::from(band) / 5.0;
            let to = if band == 4 { 1.1 } else { from + 0.2 };
            let inside: Vec<&Scored> =
                scored.iter().filter(|s| s.score >= from && s.score < to).collect();
            let count = inside.len();
            (count > 0).then(|| Band {
                from,
                count,
                predicted: inside.iter().map(|s| s.score).sum::<f64>() / count as f64,
                observed: inside.iter().filter(|s| s.is_approach).count() as f64 / count as f64,
            })
        })
        .collect()
}

fn split(scored: &[Scored]) -> (Vec<f64>, Vec<f64>) {
    let of = |approach: bool| {
        scored.iter().filter(|s| s.is_approach == approach).map(|s| s.score).collect()
    };
    (of(true), of(false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scored(pairs: &[(f64, bool)]) -> Vec<Scored> {
        pairs.iter().map(|&(score, is_approach)| Scored { score, is_approach }).collect()
    }

    #[test]
    fn figures_of_a_small_table() {
        let table = scored(&[(0.9, true), (0.8, false), (0.7, true), (0.2, false), (0.2, true)]);
        assert_eq!(auc(&table), Some((2.0 + 1.0 + 0.5) / 6.0));
        assert_eq!(recall_at(&table, 0.0), Some(1.0 / 3.0));
        assert_eq!(recall_at(&table, 0.5), Some(2.0 / 3.0));
        assert_eq!(at_threshold(&table, 0.75).precision, Some(0.5));
        assert_eq!(auc(&table[..1]), None);
    }
}
