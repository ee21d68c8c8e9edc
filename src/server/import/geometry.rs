//! JSON geometry to a sound boundary: read tolerantly, repaired where the meaning is clear, refused with a reason where
//! it is not. `rings.rs` finds what is unsound.

use geo::algorithm::bool_ops::{BooleanOps, FillRule};
use geo::algorithm::orient::{Direction, Orient};
use geo::{Area as _, BoundingRect, Coord, LineString, MultiPolygon, Polygon};
use serde_json::Value;

use super::point::why_out_of_range;
use super::rings;

/// The most vertices of one area.
const MAX_VERTICES: usize = 1_000_000;
/// Parts smaller than this are dust of a repair: about 0.01 m², in square degrees.
const DUST_DEG2: f64 = 1e-12;

/// A boundary and what was done to it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// Outer rings anticlockwise, sound; empty if the feature has no geometry.
    pub boundary: MultiPolygon,
    /// Each repair in words.
    pub repairs: Vec<String>,
    /// True if the outer rings were given clockwise (the older convention).
    pub was_clockwise: bool,
}

/// Reads the `geometry` of a feature. `swap` is for files with the latitude first.
pub fn read_shape(geometry: &Value, swap: bool) -> Result<Shape, String> {
    let mut reading = Reading { swap, ..Reading::default() };
    reading.geometry(geometry, 0)?;
    let mut repairs = reading.repairs();
    if reading.polygons.is_empty() {
        if reading.others > 0 {
            return Err("the geometry has points or lines only; an area needs a polygon".to_owned());
        }
        repairs.insert(0, "no geometry: listed and counted, not drawn".to_owned());
        return Ok(Shape { boundary: MultiPolygon(Vec::new()), repairs, was_clockwise: false });
    }
    let read = MultiPolygon(reading.polygons);
    let was_clockwise = read.iter().any(|polygon| signed_area(polygon.exterior()) < 0.0);
    let boundary = match rings::first_fault(&read) {
        None => read.orient(Direction::Default),
        Some(fault) => {
            let repaired = repair(&read);
            if repaired.0.is_empty() {
                return Err(format!("{} and nothing is left of the area after repair", fault.as_str()));
            }
            repairs.push(format!("invalid boundary repaired: {}", fault.as_str()));
            repaired
        }
    };
    Ok(Shape { boundary, repairs, was_clockwise })
}

/// Makes a boundary sound: what any outer ring encloses, in whatever direction, less what the holes enclose.
pub fn repair(boundary: &MultiPolygon) -> MultiPolygon {
    let nothing = MultiPolygon::<f64>(Vec::new());
    let filled =
        |ring: &LineString| Polygon::new(ring.clone(), Vec::new()).union_with_fill_rule(&nothing, FillRule::NonZero);
    let mut whole = nothing.clone();
    for polygon in boundary {
        let mut part = filled(polygon.exterior());
        for hole in polygon.interiors() {
            part = part.difference(&filled(hole));
        }
        whole = if whole.0.is_empty() { part } else { whole.union(&part) };
    }
    whole.0.retain(|polygon| polygon.unsigned_area() > DUST_DEG2);
    whole.orient(Direction::Default)
}

/// The extent of a boundary in degrees, if it is larger than any district.
pub fn is_enormous(boundary: &MultiPolygon) -> bool {
    boundary.bounding_rect().is_some_and(|rect| rect.width() > 20.0 || rect.height() > 20.0)
}

#[derive(Default)]
struct Reading {
    swap: bool,
    polygons: Vec<Polygon>,
    others: usize,
    vertices: usize,
    heights: bool,
    unclosed: usize,
    repeated: usize,
    small_rings: usize,
}

impl Reading {
    fn repairs(&self) -> Vec<String> {
        let mut repairs = Vec::new();
        let mut add = |count: usize, what: &str| {
            if count > 0 {
                repairs.push(format!("{what}: {count}"));
            }
        };
        add(self.unclosed, "unclosed rings closed");
        add(self.repeated, "repeated points dropped");
        add(self.small_rings, "rings without an area dropped");
        add(if self.polygons.is_empty() { 0 } else { self.others }, "points or lines beside the polygon left out");
        add(usize::from(self.heights), "heights (third coordinate) left out");
        repairs
    }

    fn geometry(&mut self, geometry: &Value, depth: usize) -> Result<(), String> {
        if geometry.is_null() {
            return Ok(());
        }
        let Some(kind) = geometry.get("type").and_then(Value::as_str) else {
            return Err(if geometry.get("rings").is_some() {
                "this is Esri JSON; export the layer as GeoJSON".to_owned()
            } else {
                "the geometry has no type".to_owned()
            });
        };
        let coordinates = geometry.get("coordinates").unwrap_or(&Value::Null);
        match kind {
            "Polygon" => self.polygon(coordinates),
            "MultiPolygon" => list(coordinates, "the coordinates of a MultiPolygon")?
                .iter()
                .try_for_each(|polygon| self.polygon(polygon)),
            "GeometryCollection" if depth < 8 => {
                let members = geometry.get("geometries").unwrap_or(&Value::Null);
                list(members, "the geometries of a collection")?
                    .iter()
                    .try_for_each(|member| self.geometry(member, depth + 1))
            }
            "GeometryCollection" => Err("geometry collections are nested too deeply".to_owned()),
            "Point" | "MultiPoint" | "LineString" | "MultiLineString" => {
                self.others += 1;
                Ok(())
            }
            other => Err(format!("\"{}\" is no kind of geometry", super::point::short(other))),
        }
    }

    fn polygon(&mut self, coordinates: &Value) -> Result<(), String> {
        let rings = list(coordinates, "the coordinates of a Polygon")?;
        let mut shell = None;
        let mut holes = Vec::new();
        for (index, ring) in rings.iter().enumerate() {
            let Some(ring) = self.ring(ring)? else {
                if index == 0 {
                    // Without its outer ring a polygon is nothing, holes or not.
                    return Ok(());
                }
                continue;
            };
            if index == 0 {
                shell = Some(ring);
            } else {
                holes.push(ring);
            }
        }
        self.polygons.extend(shell.map(|shell| Polygon::new(shell, holes)));
        Ok(())
    }

    /// A closed ring without repeated points; `None` if it encloses nothing.
    fn ring(&mut self, ring: &Value) -> Result<Option<LineString>, String> {
        let positions = list(ring, "a ring")?;
        self.vertices += positions.len();
        if self.vertices > MAX_VERTICES {
            return Err(format!("the boundary has more than {MAX_VERTICES} vertices; simplify it"));
        }
        let mut line: Vec<Coord> = Vec::with_capacity(positions.len() + 1);
        for position in positions {
            let at = self.position(position)?;
            if line.last() == Some(&at) {
                self.repeated += 1;
            } else {
                line.push(at);
            }
        }
        if let (Some(first), Some(last)) = (line.first().copied(), line.last().copied())
            && first != last
        {
            self.unclosed += 1;
            line.push(first);
        }
        let ring = LineString(line);
        // A bow-tie may enclose as much on the left as on the right, so the area alone does not tell.
        if ring.0.len() < 4 || is_flat(&ring) {
            self.small_rings += usize::from(!positions.is_empty());
            return Ok(None);
        }
        Ok(Some(ring))
    }

    fn position(&mut self, position: &Value) -> Result<Coord, String> {
        let numbers = list(position, "a position")?;
        let number = |index: usize| numbers.get(index).and_then(Value::as_f64);
        let (Some(first), Some(second)) = (number(0), number(1)) else {
            return Err(format!(
                "a position must be two numbers, but is {}",
                super::point::short(&position.to_string())
            ));
        };
        self.heights |= numbers.len() > 2;
        let (lon, lat) = if self.swap { (second, first) } else { (first, second) };
        if !(lon.abs() <= 180.0 && lat.abs() <= 90.0) {
            let why = why_out_of_range(lon, lat);
            let hint = if why.contains("swapped") { " (swap_lat_lon = true)" } else { "" };
            return Err(format!("coordinates unusable: {why}{hint} ({first}, {second})"));
        }
        Ok(Coord { x: lon, y: lat })
    }
}

fn list<'v>(value: &'v Value, what: &str) -> Result<&'v [Value], String> {
    match value {
        Value::Array(list) => Ok(list),
        Value::Null => Ok(&[]),
        other => Err(format!("{what} must be a list, but is {}", super::point::short(&other.to_string()))),
    }
}

/// True if all points lie on one line.
fn is_flat(ring: &LineString) -> bool {
    use geo::algorithm::kernels::{Kernel, Orientation, RobustKernel};
    let Some(first) = ring.0.first() else { return true };
    let Some(second) = ring.0.iter().find(|point| *point != first) else { return true };
    ring.0.iter().all(|point| RobustKernel::orient2d(*first, *second, *point) == Orientation::Collinear)
}

/// Positive for anticlockwise rings.
fn signed_area(ring: &LineString) -> f64 {
    let Some(origin) = ring.0.first() else { return 0.0 };
    let cross = |pair: &[Coord]| {
        (pair[0].x - origin.x) * (pair[1].y - origin.y) - (pair[1].x - origin.x) * (pair[0].y - origin.y)
    };
    ring.0.windows(2).map(cross).sum::<f64>() / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shape(geometry: Value) -> Shape {
        read_shape(&geometry, false).unwrap()
    }

    fn why(geometry: Value) -> String {
        read_shape(&geometry, false).unwrap_err()
    }

    fn area(shape: &Shape) -> f64 {
        (shape.boundary.unsigned_area() * 1e6).round() / 1e6
    }

    #[test]
    fn sound_geometry_is_not_touched() {
        let square =
            shape(json!({"type":"Polygon","coordinates":[[[0.1,0.2],[1.1,0.2],[1.1,1.2],[0.1,1.2],[0.1,0.2]]]}));
        assert!(square.repairs.is_empty() && !square.was_clockwise);
        assert_eq!(square.boundary.0[0].exterior().0[1], Coord { x: 1.1, y: 0.2 });
        let clockwise = shape(json!({"type":"Polygon","coordinates":[[[0,0],[0,1],[1,1],[1,0],[0,0]]]}));
        assert!(clockwise.was_clockwise && clockwise.repairs.is_empty());
        assert!(signed_area(clockwise.boundary.0[0].exterior()) > 0.0);
    }

    #[test]
    fn islands_holes_and_collections_are_read() {
        let islands = shape(json!({"type":"MultiPolygon","coordinates":[
            [[[0,0],[4,0],[4,4],[0,4],[0,0]],[[1,1],[1,2],[2,2],[2,1],[1,1]]],[[[6,6],[7,6],[7,7],[6,7],[6,6]]]]}));
        assert_eq!((islands.boundary.0.len(), area(&islands)), (2, 16.0));
        let collection = shape(json!({"type":"GeometryCollection","geometries":[
            {"type":"Point","coordinates":[1,1]},{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,0]]]}]}));
        assert_eq!(area(&collection), 0.5);
        assert_eq!(collection.repairs, ["points or lines beside the polygon left out: 1"]);
    }

    #[test]
    fn bow_ties_spikes_and_open_rings_are_repaired() {
        let bow = shape(json!({"type":"Polygon","coordinates":[[[0,0],[2,2],[2,0],[0,2],[0,0]]]}));
        assert_eq!((bow.boundary.0.len(), area(&bow)), (2, 2.0));
        assert!(bow.repairs[0].contains("crosses or touches itself"));
        let spike = shape(json!({"type":"Polygon","coordinates":[[[0,0],[2,0],[5,0],[2,0],[2,2],[0,2],[0,0]]]}));
        assert_eq!(area(&spike), 4.0);
        let open = shape(json!({"type":"Polygon","coordinates":[[[0,0],[2,0],[2,0],[2,2],[0,2]]]}));
        assert_eq!(area(&open), 4.0);
        assert_eq!(open.repairs, ["unclosed rings closed: 1", "repeated points dropped: 1"]);
        let loops = shape(json!({"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[1,1],[1,3],[3,1],[0,4],[0,0]]]}));
        assert!(rings::first_fault(&loops.boundary).is_none());
        let overlap = shape(json!({"type":"MultiPolygon","coordinates":[
            [[[0,0],[2,0],[2,2],[0,2],[0,0]]],[[[1,0],[3,0],[3,2],[1,2],[1,0]]]]}));
        assert_eq!(area(&overlap), 6.0);
    }

    #[test]
    fn heights_go_and_empty_is_not_an_error() {
        let high = shape(json!({"type":"Polygon","coordinates":[[[0,0,9],[1,0,9],[1,1,9],[0,0,9]]]}));
        assert_eq!(high.repairs, ["heights (third coordinate) left out: 1"]);
        for empty in [
            json!(null),
            json!({"type":"Polygon","coordinates":[]}),
            json!({"type":"MultiPolygon","coordinates":[]}),
            json!({"type":"Polygon","coordinates":[[[0,0],[1,1],[0,0]]]}),
            json!({"type":"GeometryCollection","geometries":[]}),
        ] {
            let shape = shape(empty.clone());
            assert!(shape.boundary.0.is_empty() && shape.repairs[0].starts_with("no geometry"), "{empty}");
        }
    }

    #[test]
    fn what_cannot_be_meant_is_refused_with_a_hint() {
        assert!(
            why(json!({"type":"Polygon","coordinates":[[[25.0,121.5],[25.1,121.5],[25.1,121.6],[25.0,121.5]]]}))
                .contains("swap_lat_lon = true")
        );
        assert!(why(json!({"type":"Polygon","coordinates":[[[302000.0,2770000.0],[302100.0,2770000.0],[302100.0,2770100.0]]]})).contains("EPSG:4326"));
        assert!(why(json!({"type":"Polygon","coordinates":[[["a",1],[1,1],[0,1]]]})).contains("two numbers"));
        assert!(why(json!({"type":"Polygon","coordinates":"x"})).contains("must be a list"));
        assert!(why(json!({"type":"Point","coordinates":[1,1]})).contains("points or lines only"));
        assert!(why(json!({"rings":[]})).contains("Esri JSON"));
        assert!(why(json!({"type":"Hexagon"})).contains("no kind of geometry"));
        let swapped = read_shape(
            &json!({"type":"Polygon","coordinates":[[[25.0,121.5],[25.1,121.5],[25.1,121.6],[25.0,121.5]]]}),
            true,
        );
        assert_eq!(swapped.unwrap().boundary.0[0].exterior().0[0].x, 121.5);
    }
}
