//! Lines and rings in metres on a plane: smoothing, measuring, walking along. Partner: `terrain`, which draws with them.
//!
//! Only additions, multiplications and square roots, so that results are the same on every platform.

/// A point in metres (x east, y north).
pub type Point = [f64; 2];

/// `a + (b - a) · t`.
pub fn lerp(a: Point, b: Point, t: f64) -> Point {
    [a[0] + (b[0] - a[0]) * t, a[1] + (b[1] - a[1]) * t]
}

/// Squared distance.
pub fn distance2(a: Point, b: Point) -> f64 {
    let (dx, dy) = (a[0] - b[0], a[1] - b[1]);
    dx * dx + dy * dy
}

/// Distance.
pub fn distance(a: Point, b: Point) -> f64 {
    distance2(a, b).sqrt()
}

/// Twice the signed area of the triangle; positive if `a`, `b`, `c` turn left.
pub fn cross(a: Point, b: Point, c: Point) -> f64 {
    (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
}

/// The unit vector to the left of `a → b`; zero for equal points.
pub fn left_of(a: Point, b: Point) -> Point {
    let length = distance(a, b);
    if length > 0.0 { [(a[1] - b[1]) / length, (b[0] - a[0]) / length] } else { [0.0, 0.0] }
}

/// A smooth line through all `control` points (Catmull–Rom), `per_span` pieces between two of them.
pub fn spline(control: &[Point], per_span: usize, closed: bool) -> Vec<Point> {
    let count = control.len();
    if count < 3 {
        return control.to_vec();
    }
    let at = |index: isize| {
        if closed {
            control[index.rem_euclid(count as isize) as usize]
        } else {
            control[index.clamp(0, count as isize - 1) as usize]
        }
    };
    let spans = if closed { count } else { count - 1 };
    let mut line = Vec::with_capacity(spans * per_span + 1);
    for span in 0..spans as isize {
        let (a, b, c, d) = (at(span - 1), at(span), at(span + 1), at(span + 2));
        for piece in 0..per_span {
            let t = piece as f64 / per_span as f64;
            let on = |k: usize| {
                let (p, q, r, s) = (a[k], b[k], c[k], d[k]);
                0.5 * (2.0 * q + t * (r - p + t * (2.0 * p - 5.0 * q + 4.0 * r - s + t * (3.0 * (q - r) + s - p))))
            };
            line.push([on(0), on(1)]);
        }
    }
    if !closed {
        line.push(control[count - 1]);
    }
    line
}

/// Signed area of a ring given without its closing point; positive if anticlockwise.
pub fn ring_area(ring: &[Point]) -> f64 {
    let count = ring.len();
    let twice: f64 = (0..count)
        .map(|i| {
            let (a, b) = (ring[i], ring[(i + 1) % count]);
            a[0] * b[1] - b[0] * a[1]
        })
        .sum();
    twice * 0.5
}

/// True if the point lies inside the ring (even–odd rule; the ring is closed implicitly).
pub fn is_inside(ring: &[Point], p: Point) -> bool {
    let mut inside = false;
    let mut previous = ring.len().wrapping_sub(1);
    for (index, a) in ring.iter().enumerate() {
        let b = ring[previous];
        if (a[1] > p[1]) != (b[1] > p[1]) && p[0] < (b[0] - a[0]) * (p[1] - a[1]) / (b[1] - a[1]) + a[0] {
            inside = !inside;
        }
        previous = index;
    }
    inside
}

/// The nearest point of the line, and its squared distance.
pub fn nearest(line: &[Point], p: Point) -> (Point, f64) {
    let mut best = (line.first().copied().unwrap_or(p), f64::INFINITY);
    for pair in line.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        let along = (b[0] - a[0]) * (p[0] - a[0]) + (b[1] - a[1]) * (p[1] - a[1]);
        let foot = lerp(a, b, (along / distance2(a, b).max(1e-9)).clamp(0.0, 1.0));
        let gap = distance2(foot, p);
        if gap < best.1 {
            best = (foot, gap);
        }
    }
    best
}

/// One stop of a walk along a line.
#[derive(Clone, Copy, Debug)]
pub struct Stop {
    /// Where.
    pub at: Point,
    /// The unit vector to the left of the walk.
    pub left: Point,
    /// Index of the line's segment.
    pub segment: usize,
}

/// Walks along the line and stops at every `step(position)` metres, first after half a step.
pub fn walk(line: &[Point], step: impl Fn(Point) -> f64) -> Vec<Stop> {
    let mut stops = Vec::new();
    let Some(first) = line.first() else { return stops };
    let mut until = step(*first) * 0.5;
    for (segment, pair) in line.windows(2).enumerate() {
        let span = distance(pair[0], pair[1]);
        let mut done = 0.0;
        while span - done >= until && span > 0.0 {
            done += until;
            let at = lerp(pair[0], pair[1], done / span);
            stops.push(Stop { at, left: left_of(pair[0], pair[1]), segment });
            until = step(at).max(1e-3);
        }
        until -= span - done;
    }
    stops
}

/// Breaks a line up: `levels` times every piece is halved and its middle moved sideways by up to `amount` of its length.
/// `chance` gives numbers in [-1, 1].
pub fn crumple(line: &[Point], levels: u32, amount: f64, mut chance: impl FnMut() -> f64) -> Vec<Point> {
    let mut line = line.to_vec();
    for _ in 0..levels {
        let mut finer = Vec::with_capacity(line.len() * 2);
        for pair in line.windows(2) {
            let (a, b) = (pair[0], pair[1]);
            let shift = chance() * amount;
            finer.push(a);
            finer.push([(a[0] + b[0]) * 0.5 - (b[1] - a[1]) * shift, (a[1] + b[1]) * 0.5 + (b[0] - a[0]) * shift]);
        }
        finer.extend(line.last());
        line = finer;
    }
    line
}

/// Cuts the corners of an open line (Chaikin), keeping its ends.
pub fn cut_corners(line: &[Point], times: u32) -> Vec<Point> {
    let mut line = line.to_vec();
    for _ in 0..times {
        let (Some(first), Some(last)) = (line.first().copied(), line.last().copied()) else { return line };
        let mut softer = vec![first];
        for pair in line.windows(2) {
            softer.push(lerp(pair[0], pair[1], 0.25));
            softer.push(lerp(pair[0], pair[1], 0.75));
        }
        softer.push(last);
        line = softer;
    }
    line
}

/// A round-ish closed ring of `count` points around `centre`: half axes `along` (in direction `axis`, a unit vector)
/// and `across`, each radius changed by up to `wobble` of itself. `chance` gives numbers in [-1, 1].
pub fn blob(
    centre: Point,
    axis: Point,
    along: f64,
    across: f64,
    count: usize,
    wobble: f64,
    mut chance: impl FnMut() -> f64,
) -> Vec<Point> {
    let control: Vec<Point> = (0..count)
        .map(|index| {
            // Points on a square's outline, pushed out to the circle: no trigonometry needed.
            let turn = index as f64 / count as f64 * 4.0;
            let side = turn - turn.floor();
            let corner = match turn as u32 {
                0 => [1.0, side * 2.0 - 1.0],
                1 => [1.0 - side * 2.0, 1.0],
                2 => [-1.0, 1.0 - side * 2.0],
                _ => [side * 2.0 - 1.0, -1.0],
            };
            let reach = (1.0 + chance() * wobble) / distance(corner, [0.0, 0.0]);
            let (u, v) = (corner[0] * reach * along, corner[1] * reach * across);
            [centre[0] + u * axis[0] - v * axis[1], centre[1] + u * axis[1] + v * axis[0]]
        })
        .collect();
    spline(&control, 5, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_stops_at_even_steps_round_corners() {
        let stops = walk(&[[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]], |_| 4.0);
        let along: Vec<f64> = stops.iter().map(|stop| stop.at[0] + stop.at[1]).collect();
        assert_eq!(along, [2.0, 6.0, 10.0, 14.0, 18.0]);
        assert_eq!(stops[0].left, [0.0, 1.0]);
        assert_eq!(stops[4].left, [-1.0, 0.0]);
    }

    #[test]
    fn blobs_are_anticlockwise_and_contain_their_centre() {
        let ring = blob([5.0, -3.0], [0.6, 0.8], 4.0, 2.0, 12, 0.0, || 0.0);
        let area = ring_area(&ring);
        assert!((area - std::f64::consts::PI * 8.0).abs() < 2.0, "{area}");
        assert!(is_inside(&ring, [5.0, -3.0]));
        assert!(!is_inside(&ring, [5.0, 3.0]));
    }

    #[test]
    fn nearest_finds_the_foot_or_the_end() {
        let line = [[0.0, 0.0], [10.0, 0.0]];
        assert_eq!(nearest(&line, [4.0, 3.0]), ([4.0, 0.0], 9.0));
        assert_eq!(nearest(&line, [-3.0, 4.0]), ([0.0, 0.0], 25.0));
    }

    #[test]
    fn splines_pass_through_their_points() {
        let control = [[0.0, 0.0], [3.0, 1.0], [5.0, -1.0], [9.0, 0.0]];
        let line = spline(&control, 4, false);
        assert_eq!(line.len(), 13);
        for (index, point) in control.iter().enumerate() {
            assert!(distance(line[index * 4], *point) < 1e-12);
        }
    }
}
