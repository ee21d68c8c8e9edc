//! Rivers and main roads of the sketch: lines through towns, over hills and out into the world. Partner: `sketch`.

use super::super::curves::{Point, left_of, lerp, nearest, spline};
use super::super::noise::{Dice, ramp, rough};
use super::sketch::Sketch;

impl Sketch {
    /// From `start` further and further out in the direction `toward`, winding.
    fn outward(&self, dice: &mut Dice, start: Point, toward: Point, winding: f64) -> Vec<Point> {
        let mut line = vec![start];
        let mut step = 0.35;
        let mut at = start;
        while at[0].abs().max(at[1].abs()) < self.far && line.len() < 60 {
            let sway = winding * dice.signed();
            at = [at[0] + step * (toward[0] - toward[1] * sway), at[1] + step * (toward[1] + toward[0] * sway)];
            line.push(at);
            step *= 1.25;
        }
        line
    }

    /// Draws the rivers: one through the middle, a branch of it, one in the west. Each mouth comes with its index on
    /// the coast.
    pub(super) fn place_rivers(&mut self, dice: &mut Dice, seed: u64, mouths: [(Point, usize); 2]) {
        let wind = |line: Vec<Point>| -> Vec<Point> {
            let line = spline(&line, 10, false);
            let last = line.len() - 1;
            line.iter()
                .enumerate()
                .map(|(index, p)| {
                    let loose = 0.035 * ramp((last - index).min(index + 3) as f64, 0.0, 8.0);
                    [
                        p[0] + loose * rough(seed ^ 0x21, p[0] * 4.0, p[1] * 4.0, 2),
                        p[1] + loose * rough(seed ^ 0x22, p[0] * 4.0, p[1] * 4.0, 2),
                    ]
                })
                .collect()
        };
        let (mouth, index) = mouths[0];
        let into_sea = left_of(self.coast[index - 2], self.coast[index + 2]);
        let entry = [dice.between(0.16, 0.28), 0.78];
        let mut main: Vec<Point> = self.outward(dice, entry, [0.0, 1.0], 0.5);
        main.reverse();
        main.extend([
            [entry[0] + 0.05, 0.55],
            [entry[0] - 0.05, 0.42],
            [entry[0] + 0.06, 0.29],
            [entry[0] - 0.03, 0.17],
            lerp([entry[0] - 0.13, 0.06], mouth, 0.15),
            lerp([entry[0] - 0.13, 0.06], mouth, 0.6),
            mouth,
            [mouth[0] - into_sea[0] * 0.03, mouth[1] - into_sea[1] * 0.03],
        ]);
        let main = wind(main);
        let join = nearest(&main, [entry[0], 0.30]).0;
        let branch =
            wind(vec![[0.84, 0.29], [0.73, 0.23], [0.62, 0.29], [0.52, 0.23], lerp([0.45, 0.26], join, 0.45), join]);
        let (mouth, index) = mouths[1];
        let into_sea = left_of(self.coast[index - 2], self.coast[index + 2]);
        let west = wind(vec![
            [-0.60, 0.50],
            [-0.56, 0.36],
            [-0.65, 0.24],
            [-0.63, 0.10],
            lerp([-0.72, 0.03], mouth, 0.4),
            mouth,
            [mouth[0] - into_sea[0] * 0.03, mouth[1] - into_sea[1] * 0.03],
        ]);
        self.rivers = vec![(main, 1.0), (branch, 0.5), (west, 0.6)];
    }

    /// Draws expressways, trunk roads and the shore road, which runs `along` that stretch of the coast.
    pub(super) fn place_roads(&mut self, dice: &mut Dice, seed: u64, along: [usize; 2]) {
        let soft = |line: Vec<Point>| -> Vec<Point> {
            spline(&line, 8, false)
                .iter()
                .map(|p| {
                    let shift = |salt| 0.018 * rough(seed ^ salt, p[0] * 2.0, p[1] * 2.0, 2);
                    [p[0] + shift(0x31), p[1] + shift(0x32)]
                })
                .collect()
        };
        let through = |sketch: &Self, dice: &mut Dice, west: Point, middle: &[Point], east: Point, to: [Point; 2]| {
            let mut line = sketch.outward(dice, west, to[0], 0.25);
            line.reverse();
            line.extend_from_slice(middle);
            line.extend(sketch.outward(dice, east, to[1], 0.25));
            line
        };
        let north = dice.between(0.32, 0.38);
        let ring_road = through(
            self,
            dice,
            [-1.3, north],
            &[
                [-0.9, north - 0.01],
                [-0.5, north - 0.08],
                [-0.15, north],
                [0.2, north + 0.02],
                [0.55, north + 0.05],
                [0.9, 0.22],
            ],
            [1.3, 0.24],
            [[-1.0, 0.12], [1.0, 0.1]],
        );
        let [old, second, third, inner, west_town, port] = [0, 1, 2, 3, 4, 5].map(|index: usize| self.towns[index].at);
        let mut highway = self.outward(dice, [-0.46, 0.95], [-0.1, 1.0], 0.25);
        highway.reverse();
        highway.extend([[-0.40, 0.55], [-0.34, 0.30], lerp([-0.3, 0.1], old, 0.3), [old[0] - 0.13, old[1] + 0.02]]);
        let mut eastern = self.outward(dice, [0.62, 0.95], [0.15, 1.0], 0.25);
        eastern.reverse();
        eastern.extend([[0.55, 0.52], [0.44, 0.26], [0.47, 0.08], [third[0] - 0.05, third[1] + 0.06], third]);
        let cross_town = through(
            self,
            dice,
            [-1.4, 0.05],
            &[
                [-0.98, 0.06],
                [west_town[0] - 0.05, west_town[1] - 0.06],
                [old[0] - 0.05, old[1] + 0.11],
                lerp(old, second, 0.6),
                [second[0] + 0.05, second[1] + 0.10],
                lerp(second, third, 0.6),
                [third[0] + 0.08, third[1] + 0.05],
            ],
            [1.45, 0.12],
            [[-1.0, 0.0], [1.0, 0.15]],
        );
        let valley = vec![[inner[0] + 0.1, 0.62], [inner[0] + 0.01, 0.36], inner, lerp(inner, second, 0.5), second];
        let western = vec![[west_town[0] - 0.04, 0.42], west_town, lerp(west_town, port, 0.5), port];
        // The shore road keeps its distance from the sea.
        let inside: Vec<Point> = (along[0]..along[1])
            .step_by(14)
            .map(|index| {
                let back = index.saturating_sub(12);
                let left = left_of(self.coast[back], self.coast[(index + 12).min(self.coast.len() - 1)]);
                [self.coast[index][0] + left[0] * 0.055, self.coast[index][1] + left[1] * 0.055]
            })
            .filter(|p| nearest(&self.coast, *p).1 > 0.04 * 0.04)
            .collect();
        let shore_road: Vec<Point> = inside.iter().copied().step_by(2).collect();
        self.roads = vec![
            (soft(ring_road), true, true),
            (soft(highway), true, true),
            (soft(eastern), true, false),
            (soft(cross_town), false, true),
            (soft(valley), false, false),
            (soft(western), false, false),
            (spline(&shore_road, 4, false), false, false),
        ];
    }
}
