//! A straight line through measurements by least squares, with the error of its slope: enough to tell a leak from noise.

/// Slope of a line through points, per unit of x.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Slope {
    /// The slope.
    pub per_x: f64,
    /// Its standard error; what is within two of them may be chance.
    pub error: f64,
}

impl Slope {
    /// Of `(x, y)`; `None` for fewer than three points, or all at one x.
    pub fn of(points: &[(f64, f64)]) -> Option<Self> {
        let n = points.len() as f64;
        if points.len() < 3 {
            return None;
        }
        let mean_x = points.iter().map(|(x, _)| x).sum::<f64>() / n;
        let mean_y = points.iter().map(|(_, y)| y).sum::<f64>() / n;
        let xx: f64 = points.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
        if xx <= f64::EPSILON {
            return None;
        }
        let xy: f64 = points.iter().map(|(x, y)| (x - mean_x) * (y - mean_y)).sum();
        let per_x = xy / xx;
        let rest: f64 = points.iter().map(|(x, y)| (y - mean_y - per_x * (x - mean_x)).powi(2)).sum();
        Some(Self { per_x, error: (rest / (n - 2.0) / xx).sqrt() })
    }

    /// True if the slope is above `limit` beyond doubt: by two standard errors.
    pub fn is_above(&self, limit: f64) -> bool {
        self.per_x - 2.0 * self.error > limit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope_and_no_error() {
        let line: Vec<_> = (0..10).map(|x| (f64::from(x), 3.0 + 2.0 * f64::from(x))).collect();
        let slope = Slope::of(&line).unwrap();
        assert!((slope.per_x - 2.0).abs() < 1e-9 && slope.error < 1e-9 && slope.is_above(1.0) && !slope.is_above(2.5));
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
}
