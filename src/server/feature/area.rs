//! Areas and places as GeoJSON features. Coordinates are written with up to seven decimals from integers, because a
//! district has a few hundred thousand of them and they are written while the wall waits.

use geo::{Coord, Geometry, LineString, MultiPolygon, Polygon};
use serde::Serialize;

use super::push_json;
use crate::domain::{Area, GridKind, Place, PlaceKind};

/// Appends `area` as a feature. An area without a usable boundary has `"geometry":null`.
pub fn area_feature(out: &mut Vec<u8>, area: &Area) {
    out.extend_from_slice(b"{\"type\":\"Feature\",\"id\":");
    push_json(out, &area.code);
    out.extend_from_slice(b",\"geometry\":");
    if area.boundary.0.is_empty() {
        out.extend_from_slice(b"null");
    } else {
        push_multi_polygon(out, &area.boundary);
    }
    out.extend_from_slice(b",\"properties\":");
    push_json(
        out,
        &AreaProperties {
            code: area.code.as_str(),
            name: &area.name,
            name_en: area.name_en.as_deref(),
            level: area.level.key(),
            kind: area.kind,
            parent_code: area.parent.as_ref().map(|code| code.as_str()),
            households: area.households,
            population: area.population,
            valid_from: None,
            valid_to: None,
        },
    );
    out.push(b'}');
}

/// Appends `place` as a feature; its id is its number in the list.
pub fn place_feature(out: &mut Vec<u8>, number: usize, place: &Place) {
    out.extend_from_slice(format!("{{\"type\":\"Feature\",\"id\":\"p{number}\",\"geometry\":").as_bytes());
    push_geometry(out, &place.shape);
    out.extend_from_slice(b",\"properties\":");
    push_json(
        out,
        &PlaceProperties {
            kind: place.kind,
            name: place.name.as_deref(),
            name_en: place.name_en.as_deref(),
            width_m: place.width_m,
        },
    );
    out.push(b'}');
}

/// A geometry as GeoJSON text.
pub fn geometry_json(geometry: &Geometry<f64>) -> String {
    let mut out = Vec::new();
    push_geometry(&mut out, geometry);
    String::from_utf8(out).unwrap_or_default()
}

#[derive(Serialize)]
struct AreaProperties<'a> {
    code: &'a str,
    name: &'a str,
    name_en: Option<&'a str>,
    level: &'static str,
    kind: Option<GridKind>,
    parent_code: Option<&'a str>,
    households: Option<u32>,
    population: Option<u32>,
    valid_from: Option<&'a str>,
    valid_to: Option<&'a str>,
}

#[derive(Serialize)]
struct PlaceProperties<'a> {
    kind: PlaceKind,
    name: Option<&'a str>,
    name_en: Option<&'a str>,
    width_m: Option<f32>,
}

fn push_geometry(out: &mut Vec<u8>, geometry: &Geometry<f64>) {
    match geometry {
        Geometry::Point(point) => {
            open(out, "Point");
            push_coord(out, point.0);
        }
        Geometry::MultiPoint(points) => {
            open(out, "MultiPoint");
            push_list(out, &points.0, |out, point| push_coord(out, point.0));
        }
        Geometry::Line(line) => {
            open(out, "LineString");
            push_list(out, &[line.start, line.end], |out, coord| push_coord(out, *coord));
        }
        Geometry::LineString(line) => {
            open(out, "LineString");
            push_line(out, line);
        }
        Geometry::MultiLineString(lines) => {
            open(out, "MultiLineString");
            push_list(out, &lines.0, push_line);
        }
        Geometry::Polygon(polygon) => {
            open(out, "Polygon");
            push_polygon(out, polygon);
        }
        Geometry::MultiPolygon(polygons) => return push_multi_polygon(out, polygons),
        Geometry::Rect(rect) => {
            open(out, "Polygon");
            push_polygon(out, &rect.to_polygon());
        }
        Geometry::Triangle(triangle) => {
            open(out, "Polygon");
            push_polygon(out, &triangle.to_polygon());
        }
        Geometry::GeometryCollection(parts) => {
            out.extend_from_slice(b"{\"type\":\"GeometryCollection\",\"geometries\":");
            push_list(out, &parts.0, push_geometry);
        }
    }
    out.push(b'}');
}

fn push_multi_polygon(out: &mut Vec<u8>, polygons: &MultiPolygon<f64>) {
    open(out, "MultiPolygon");
    push_list(out, &polygons.0, push_polygon);
    out.push(b'}');
}

fn open(out: &mut Vec<u8>, kind: &str) {
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"coordinates\":");
}

fn push_polygon(out: &mut Vec<u8>, polygon: &Polygon<f64>) {
    out.push(b'[');
    push_line(out, polygon.exterior());
    for ring in polygon.interiors() {
        out.push(b',');
        push_line(out, ring);
    }
    out.push(b']');
}

fn push_line(out: &mut Vec<u8>, line: &LineString<f64>) {
    push_list(out, &line.0, |out, coord| push_coord(out, *coord));
}

fn push_list<T>(out: &mut Vec<u8>, items: &[T], mut push: impl FnMut(&mut Vec<u8>, &T)) {
    out.push(b'[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        push(out, item);
    }
    out.push(b']');
}

fn push_coord(out: &mut Vec<u8>, coord: Coord<f64>) {
    out.push(b'[');
    push_degrees(out, coord.x);
    out.push(b',');
    push_degrees(out, coord.y);
    out.push(b']');
}

/// Seven decimals, without trailing zeros. Not a number and beyond any angle becomes 0: such geometry is refused before
/// it gets here.
fn push_degrees(out: &mut Vec<u8>, degrees: f64) {
    let scaled = (degrees * 1e7).round();
    let scaled = if scaled.abs() < 1e16 { scaled as i64 } else { 0 };
    if scaled < 0 {
        out.push(b'-');
    }
    let (whole, mut fraction) = (scaled.unsigned_abs() / 10_000_000, scaled.unsigned_abs() % 10_000_000);
    let mut digits = [0_u8; 20];
    let mut start = digits.len();
    let mut left = whole;
    loop {
        start -= 1;
        digits[start] = b'0' + (left % 10) as u8;
        left /= 10;
        if left == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[start..]);
    if fraction != 0 {
        let mut decimals = [b'0'; 7];
        for place in decimals.iter_mut().rev() {
            *place = b'0' + (fraction % 10) as u8;
            fraction /= 10;
        }
        let used = decimals.iter().rposition(|digit| *digit != b'0').map_or(0, |last| last + 1);
        out.push(b'.');
        out.extend_from_slice(&decimals[..used]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_are_short_and_exact_to_the_centimetre() {
        let text = |degrees| {
            let mut out = Vec::new();
            push_degrees(&mut out, degrees);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(109.3), "109.3");
        assert_eq!(text(-0.000_000_1), "-0.0000001");
        assert_eq!(text(21.0), "21");
        assert_eq!(text(121.565_418_749), "121.5654187");
        assert_eq!(text(-71.050_000_04), "-71.05");
        assert_eq!(text(f64::NAN), "0");
        for step in -2000..2000 {
            let degrees = f64::from(step) * 0.089_765_432_1;
            assert!((text(degrees).parse::<f64>().unwrap() - degrees).abs() <= 0.6e-7);
        }
    }

    #[test]
    fn every_kind_of_geometry_is_valid_geojson() {
        let square = geo::Rect::new((0.0, 0.0), (1.0, 1.0));
        let line = LineString::from(vec![(0.0, 0.5), (1.0, 1.25)]);
        let shapes = [
            Geometry::Point(geo::Point::new(1.0, 2.0)),
            Geometry::LineString(line.clone()),
            Geometry::MultiLineString(geo::MultiLineString(vec![line.clone()])),
            Geometry::Polygon(square.to_polygon()),
            Geometry::MultiPolygon(MultiPolygon(vec![square.to_polygon()])),
            Geometry::Rect(square),
            Geometry::GeometryCollection(geo::GeometryCollection(vec![Geometry::LineString(line)])),
        ];
        for shape in shapes {
            let text = geometry_json(&shape);
            let parsed: geojson::Geometry = text.parse().expect(&text);
            let back = Geometry::<f64>::try_from(parsed).unwrap();
            let same = match &shape {
                Geometry::Rect(rect) => back == Geometry::Polygon(rect.to_polygon()),
                other => back == *other,
            };
            assert!(same, "{text}");
        }
    }
}
