//! How fast something grows, told from noise: the median of the slopes between all pairs of measurements (Theil and Sen),
//! which one step or one outlier does not move, with a range from the rank statistics of Kendall. Sen: Estimates of the
//! Regression Coefficient Based on Kendall's Tau, 1968.

/// More points than this are first averaged in equal groups.
const MOST: usize = 400;
/// Of the normal distribution: 95 in 100 lie within.
const NORMAL: f64 = 1.96;

/// The slope of measurements, per unit of x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The slope.
    pub per_x: f64,
    /// With 95 % certainty it is not below this.
    pub low: f64,
    /// With 95 % certainty it is not above this.
    pub high: f64,
    /// From the first x to the last.
    pub span: f64,
}

impl Slope {
    /// Of `(x, y)` in the order of x; `None` for fewer than three points, or all at one x.
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        let points = thinned(points);
        if points.len() < 3 {
            return None;
        }
        let mut slopes: Vec<f64> = Vec::with_capacity(points.len() * points.len() / 2);
        for (index, (x, y)) in points.iter().enumerate() {
            let later = points[index + 1..].iter().filter(|(later, _)| later - x > f64::EPSILON);
            slopes.extend(later.map(|(later, value)| (value - y) / (later - x)));
        }
        if slopes.is_empty() {
            return None;
        }
        slopes.sort_unstable_by(f64::total_cmp);
        let n = points.len() as f64;
        let doubt = NORMAL * (n * (n - 1.0) * (2.0 * n + 5.0) / 18.0).sqrt();
        let all = slopes.len() as f64;
        let at = |rank: f64| slopes[(rank.max(0.0) as usize).min(slopes.len() - 1)];
        Some(Self {
            per_x: median(&slopes),
            low: at((all - doubt) / 2.0),
            high: at((all + doubt) / 2.0),
            span: points[points.len() - 1].0 - points[0].0,
        })
    }

    /// True if the slope is above `limit` beyond doubt.
    pub fn is_above(&self, limit: f64) -> bool {
        self.low > limit
    }
}

/// The middle of sorted numbers.
fn median(sorted: &[f64]) -> f64 {
    let middle = sorted.len() / 2;
    if sorted.len().is_multiple_of(2) { (sorted[middle - 1] + sorted[middle]) / 2.0 } else { sorted[middle] }
}

/// At most [`MOST`] points, each the mean of as many.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let group = points.len().div_ceil(MOST).max(1);
    let mean = |group: &[(f64, f64)]| {
        let count = group.len() as f64;
        let (x, y) = group.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0, y + point.1));
        (x / count, y / count)
    };
    points.chunks(group).map(mean).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_no_doubt() {
        let line: Vec<_> = (0..10).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        let slope = Slope::of(&line).unwrap();
        assert!((slope.per_x - 2.0).abs() < 1e-9 && slope.is_above(1.0) && !slope.is_above(2.5), "{slope:?}");
        assert_eq!(slope.span, 9.0);
        let long: Vec<_> = (0..5_000).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        assert!((Slope::of(&long).unwrap().per_x - 2.0).abs() < 1e-6, "thinned, and the same");
    }

    #[test]
    fn noise_is_not_called_a_leak() {
        let noise = [5.0, -4.0, 6.0, -7.0, 3.0, 4.0, -6.0, 5.0, -3.0, 2.0];
        let points: Vec<_> = noise.iter().enumerate().map(|(x, y)| (x as f64 / 60.0, 300.0 + y)).collect();
        let slope = Slope::of(&points).unwrap();
        assert!(!slope.is_above(1.0), "{slope:?}");
        let leak: Vec<_> = points.iter().map(|(x, y)| (*x, y + 600.0 * x)).collect();
        assert!(Slope::of(&leak).unwrap().is_above(1.0));
        assert_eq!(Slope::of(&points[..2]), None);
        assert_eq!(Slope::of(&[(1.0, 1.0); 5]), None);
    }

    #[test]
    fn one_step_is_no_slope() {
        let wobble = |x: u64| (x * 7_919 % 100) as f64 / 50.0;
        let step = |x: u64| 338.0 + if x > 30 { 20.0 } else { 0.0 };
        let points: Vec<_> = (0..120).map(|x| (x as f64 / 60.0, step(x) + wobble(x))).collect();
        let slope = Slope::of(&points).unwrap();
        assert!(slope.per_x < 8.0, "by least squares it would be about 8: {slope:?}");
        let late: Vec<_> =
            (0..120).map(|x| (x as f64 / 60.0, if x > 110 { 358.0 } else { 338.0 } + wobble(x))).collect();
        assert!(!Slope::of(&late).unwrap().is_above(1.0), "one step at the end");
    }
}
