//! Geometry as it comes: any GeoJSON geometry is read without an allocation per point, then checked. A broken part of a
//! shape is left out and counted; nothing that is not finite and on the globe gets past this file.

use std::fmt;

use geo::orient::{Direction, Orient};
use geo::{Coord, Geometry, LineString, MultiLineString, MultiPolygon, Point, Polygon};
use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::loose::Loose;

/// Most rings kept of one feature.
pub const MAX_RINGS: usize = 1_000;
/// Most vertices kept of one feature.
pub const MAX_VERTICES: usize = 200_000;

/// A GeoJSON geometry object, unchecked.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Shape<'a> {
    /// The geometry type.
    #[serde(borrow, rename = "type")]
    pub kind: Loose<'a>,
    /// The coordinates, however deep.
    pub coordinates: Nest,
}

/// Nested coordinates by depth.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Nest {
    /// Absent, empty, or not numbers.
    #[default]
    Odd,
    /// A bare number.
    Number(f64),
    /// A position; a third number and more are dropped.
    Position([f64; 2]),
    /// Positions: a line or a ring.
    Line(Vec<[f64; 2]>),
    /// Lines or the rings of a polygon.
    Lines(Vec<Vec<[f64; 2]>>),
    /// The polygons of a multi-polygon.
    Polygons(Vec<Vec<Vec<[f64; 2]>>>),
}

impl<'de> Deserialize<'de> for Nest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NestVisitor)
    }
}

struct NestVisitor;

impl<'de> Visitor<'de> for NestVisitor {
    type Value = Nest;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("coordinates")
    }
    fn visit_i64<E>(self, value: i64) -> Result<Nest, E> {
        Ok(Nest::Number(value as f64))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Nest, E> {
        Ok(Nest::Number(value as f64))
    }
    fn visit_f64<E>(self, value: f64) -> Result<Nest, E> {
        Ok(Nest::Number(value))
    }
    fn visit_unit<E>(self) -> Result<Nest, E> {
        Ok(Nest::Odd)
    }
    fn visit_bool<E>(self, _: bool) -> Result<Nest, E> {
        Ok(Nest::Odd)
    }
    fn visit_str<E>(self, _: &str) -> Result<Nest, E> {
        Ok(Nest::Odd)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Nest, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Nest::Odd)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Nest, A::Error> {
        let mut first = seq.next_element::<Nest>()?;
        // A bad first part must not hide the good ones behind it.
        let mut is_first_bad = false;
        while let Some(Nest::Odd) = first {
            is_first_bad = true;
            first = seq.next_element::<Nest>()?;
        }
        let nest = match first {
            Some(Nest::Number(x)) if !is_first_bad => match seq.next_element::<Nest>()? {
                Some(Nest::Number(y)) => Nest::Position([x, y]),
                _ => Nest::Odd,
            },
            // A bad position inside a line stays visible as not-a-number, so that the check can see it.
            Some(Nest::Position(position)) => {
                let mut line = if is_first_bad { vec![[f64::NAN; 2], position] } else { vec![position] };
                while let Some(next) = seq.next_element::<Nest>()? {
                    line.push(if let Nest::Position(position) = next { position } else { [f64::NAN; 2] });
                }
                return Ok(Nest::Line(line));
            }
            Some(Nest::Line(line)) => {
                let mut lines = if is_first_bad { vec![Vec::new(), line] } else { vec![line] };
                while let Some(next) = seq.next_element::<Nest>()? {
                    lines.push(if let Nest::Line(line) = next { line } else { Vec::new() });
                }
                return Ok(Nest::Lines(lines));
            }
            Some(Nest::Lines(lines)) => {
                let mut polygons = if is_first_bad { vec![Vec::new(), lines] } else { vec![lines] };
                while let Some(next) = seq.next_element::<Nest>()? {
                    polygons.push(if let Nest::Lines(lines) = next { lines } else { Vec::new() });
                }
                return Ok(Nest::Polygons(polygons));
            }
            Some(Nest::Number(_) | Nest::Polygons(_) | Nest::Odd) | None => Nest::Odd,
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(nest)
    }
}

impl Shape<'_> {
    /// The position of a point, if it is one on the globe. (0, 0) is what broken geocoders send and counts as none.
    pub fn lonlat(&self) -> Option<(f64, f64)> {
        match self.coordinates {
            Nest::Position([lon, lat]) if is_on_globe(lon, lat) && (lon, lat) != (0.0, 0.0) => Some((lon, lat)),
            _ => None,
        }
    }

    /// The polygons of an area, outer rings anticlockwise, and how many parts were unusable. Rings are closed, repeated
    /// points dropped; a part with a bad vertex or fewer than three different points is left out.
    pub fn polygons(&self) -> (MultiPolygon<f64>, usize) {
        let one: [&Vec<Vec<[f64; 2]>>; 1];
        let parts: Vec<&Vec<Vec<[f64; 2]>>> = match &self.coordinates {
            Nest::Lines(rings) => {
                one = [rings];
                one.to_vec()
            }
            Nest::Polygons(parts) => parts.iter().collect(),
            Nest::Odd => return (MultiPolygon(Vec::new()), 0),
            _ => return (MultiPolygon(Vec::new()), 1),
        };
        let rings = parts.iter().map(|part| part.len()).sum::<usize>();
        let vertices = parts.iter().flat_map(|part| part.iter()).map(Vec::len).sum::<usize>();
        if rings > MAX_RINGS || vertices > MAX_VERTICES {
            return (MultiPolygon(Vec::new()), parts.len());
        }
        let mut bad = 0;
        let mut polygons = Vec::with_capacity(parts.len());
        for part in parts {
            let mut rings = part.iter().map(|ring| checked_ring(ring));
            let Some(Some(outer)) = rings.next() else {
                bad += 1;
                continue;
            };
            let mut holes = Vec::new();
            for hole in rings {
                match hole {
                    Some(hole) => holes.push(hole),
                    None => bad += 1,
                }
            }
            polygons.push(Polygon::new(outer, holes));
        }
        (MultiPolygon(polygons).orient(Direction::Default), bad)
    }

    /// Any shape of the base map; `None` if nothing of it is usable.
    pub fn any(&self) -> Option<Geometry<f64>> {
        match (&self.coordinates, self.kind.text()) {
            (Nest::Position(_), _) => self.lonlat().map(|(lon, lat)| Geometry::Point(Point::new(lon, lat))),
            (Nest::Line(line), Some("LineString")) => checked_line(line).map(Geometry::LineString),
            (Nest::Lines(lines), Some("MultiLineString")) => {
                let lines: Vec<_> = lines.iter().filter_map(|line| checked_line(line)).collect();
                (!lines.is_empty()).then_some(Geometry::MultiLineString(MultiLineString(lines)))
            }
            (Nest::Lines(_) | Nest::Polygons(_), Some("Polygon" | "MultiPolygon")) => {
                let (polygons, _) = self.polygons();
                (!polygons.0.is_empty()).then_some(Geometry::MultiPolygon(polygons))
            }
            _ => None,
        }
    }
}

fn is_on_globe(lon: f64, lat: f64) -> bool {
    // Not-a-number fails both comparisons.
    lon.abs() <= 180.0 && lat.abs() <= 90.0
}

fn checked_ring(ring: &[[f64; 2]]) -> Option<LineString<f64>> {
    let mut line = points_apart(ring)?;
    if line.len() > 1 && line.first() == line.last() {
        line.pop();
    }
    if line.len() < 3 {
        return None;
    }
    line.push(line[0]);
    Some(LineString(line))
}

fn checked_line(line: &[[f64; 2]]) -> Option<LineString<f64>> {
    if line.len() > MAX_VERTICES {
        return None;
    }
    points_apart(line).filter(|line| line.len() > 1).map(LineString)
}

/// The points without immediate repeats; `None` if one is not on the globe.
fn points_apart(line: &[[f64; 2]]) -> Option<Vec<Coord<f64>>> {
    let mut out: Vec<Coord<f64>> = Vec::with_capacity(line.len() + 1);
    for &[x, y] in line {
        if !is_on_globe(x, y) {
            return None;
        }
        let point = Coord { x, y };
        if out.last() != Some(&point) {
            out.push(point);
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(json: &str) -> Shape<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn points_are_on_the_globe_or_nowhere() {
        let at = |coordinates: &str| {
            let json = format!("{{\"type\":\"Point\",\"coordinates\":{coordinates}}}");
            shape(&json).lonlat()
        };
        assert_eq!(at("[109.3,21.2]"), Some((109.3, 21.2)));
        assert_eq!(at("[109.3,21.2,17.5]"), Some((109.3, 21.2)));
        for nowhere in
            ["[]", "[109.3]", "[0,0]", "[1e308,21.2]", "[109.3,91]", "[\"a\",2]", "null", "{}", "[[1,2]]", "7"]
        {
            assert_eq!(at(nowhere), None, "{nowhere}");
        }
    }

    #[test]
    fn a_bad_part_costs_the_part_not_the_area() {
        let good = "[[[0,0],[0,1],[1,1],[1,1],[1,0]]]";
        let json = format!(
            "{{\"type\":\"MultiPolygon\",\"coordinates\":[[],{good},[[[5,5],[6,6],[5,5]]],[[[5,5],[6,600],[7,7],[5,5]]],[],7]}}"
        );
        let (polygons, bad) = shape(&json).polygons();
        assert_eq!((polygons.0.len(), bad), (1, 5));
        let ring = &polygons.0[0].exterior().0;
        assert_eq!(ring.len(), 5, "closed, without the repeat");
        assert_eq!(ring.first(), ring.last());
        use geo::winding_order::{Winding, WindingOrder};
        assert_eq!(polygons.0[0].exterior().winding_order(), Some(WindingOrder::CounterClockwise));
    }

    #[test]
    fn shapes_of_the_base_map() {
        assert!(matches!(
            shape("{\"type\":\"LineString\",\"coordinates\":[[1,2],[3,4]]}").any(),
            Some(Geometry::LineString(_))
        ));
        assert!(matches!(
            shape("{\"type\":\"Polygon\",\"coordinates\":[[[1,2],[3,4],[3,2],[1,2]]]}").any(),
            Some(Geometry::MultiPolygon(_))
        ));
        assert!(shape("{\"type\":\"LineString\",\"coordinates\":[[1,2]]}").any().is_none());
        assert!(shape("{\"type\":\"LineString\",\"coordinates\":[[1,2],[\"x\",4],[5,6]]}").any().is_none());
        assert!(shape("{\"type\":\"GeometryCollection\",\"geometries\":[]}").any().is_none());
    }

    #[test]
    fn enormous_shapes_are_refused() {
        let ring = "[0,0],".repeat(MAX_VERTICES + 1);
        let json = format!("{{\"type\":\"Polygon\",\"coordinates\":[[{}]]}}", ring.trim_end_matches(','));
        assert_eq!(shape(&json).polygons().1, 1);
    }
}
