//! Coordinates as other systems write them: two columns, `POINT (lon lat)`, `(lat, lon)`, GeoJSON, an address with the
//! pair behind it. What cannot be longitude and latitude is told from what was never given.

/// Which number of a bare pair comes first. WKT and GeoJSON always put the longitude first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PairOrder {
    /// `(42.27, -71.07)`, as open data portals write it.
    #[default]
    LatLon,
    /// `-71.07 42.27`
    LonLat,
}

/// The point of a text column: `Ok(None)` if it is empty, an error if there is text that holds no usable point.
pub fn read_point(text: &str, order: PairOrder) -> Result<Option<(f64, f64)>, String> {
    let text = text.trim();
    if super::moment::is_placeholder(text) {
        return Ok(None);
    }
    let upper = text.to_ascii_uppercase();
    let wkt = upper.rsplit(';').next().unwrap_or("").trim_start();
    if let Some(rest) = wkt.strip_prefix("POINT") {
        if rest.trim().eq_ignore_ascii_case("EMPTY") {
            return Ok(None);
        }
        let numbers = numbers_of(rest);
        return match numbers.as_slice() {
            [lon, lat, ..] => check(*lon, *lat),
            _ => Err(unreadable(text)),
        };
    }
    if text.starts_with('{') {
        return from_object(text);
    }
    // An address may stand before the pair: the last pair in parentheses counts.
    let inner = match (text.rfind('('), text.rfind(')')) {
        (Some(open), Some(close)) if open < close => &text[open + 1..close],
        _ => text,
    };
    match (numbers_of(inner).as_slice(), order) {
        ([lat, lon], PairOrder::LatLon) | ([lon, lat], PairOrder::LonLat) => check(*lon, *lat),
        _ => Err(unreadable(text)),
    }
}

/// The point of two columns: `Ok(None)` if both are empty.
pub fn read_columns(lon: &str, lat: &str) -> Result<Option<(f64, f64)>, String> {
    if let (Some(lon), Some(lat)) = (number(lon), number(lat)) {
        return check(lon, lat);
    }
    match (super::moment::is_placeholder(lon), super::moment::is_placeholder(lat)) {
        (true, true) => Ok(None),
        (false, false) => Err(format!("longitude '{}', latitude '{}' are not numbers", short(lon), short(lat))),
        _ => Err(format!("only one coordinate is given: longitude '{}', latitude '{}'", short(lon), short(lat))),
    }
}

/// The pair if it can be a place on Earth. `0, 0` is what systems write for "unknown".
pub fn check(lon: f64, lat: f64) -> Result<Option<(f64, f64)>, String> {
    if lon == 0.0 && lat == 0.0 {
        return Ok(None);
    }
    if lon.is_finite() && lat.is_finite() && lon.abs() <= 180.0 && lat.abs() <= 90.0 {
        return Ok(Some((lon, lat)));
    }
    Err(format!("{} (longitude {lon}, latitude {lat})", why_out_of_range(lon, lat)))
}

/// Why a pair is no longitude and latitude, and what to do.
pub fn why_out_of_range(lon: f64, lat: f64) -> &'static str {
    if !lon.is_finite() || !lat.is_finite() {
        "the coordinates are not finite numbers"
    } else if lon.abs() <= 90.0 && lat.abs() <= 180.0 {
        "looks like latitude and longitude swapped; if so, say it in the mapping"
    } else if lon.abs() > 1000.0 || lat.abs() > 1000.0 {
        "looks like projected coordinates in metres or feet; convert the file to WGS 84 (EPSG:4326)"
    } else {
        "out of range: longitude is -180…180, latitude -90…90"
    }
}

/// `{"type":"Point","coordinates":[lon,lat]}` or `{"latitude":…,"longitude":…}` (also with single quotes, also as text).
fn from_object(text: &str) -> Result<Option<(f64, f64)>, String> {
    let parsed = serde_json::from_str::<serde_json::Value>(text)
        .or_else(|_| serde_json::from_str(&text.replace('\'', "\"")))
        .map_err(|_| unreadable(text))?;
    let as_number = |value: &serde_json::Value| value.as_f64().or_else(|| value.as_str().and_then(number));
    if let Some([lon, lat, ..]) = parsed.get("coordinates").and_then(|value| value.as_array()).map(Vec::as_slice) {
        return match (as_number(lon), as_number(lat)) {
            (Some(lon), Some(lat)) => check(lon, lat),
            _ => Err(unreadable(text)),
        };
    }
    let named = |names: [&str; 3]| names.iter().find_map(|name| parsed.get(*name)).and_then(as_number);
    match (named(["longitude", "lon", "lng"]), named(["latitude", "lat", "y"])) {
        (Some(lon), Some(lat)) => check(lon, lat),
        _ => Err(unreadable(text)),
    }
}

/// Every number in a text.
fn numbers_of(text: &str) -> Vec<f64> {
    text.split(|c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | ';' | '，' | '[' | ']'))
        .filter_map(number)
        .collect()
}

/// A number with a point or, where there is no point, one comma.
pub fn number(text: &str) -> Option<f64> {
    let text = text.trim().trim_matches('"');
    if text.is_empty() || text.len() > 64 || !text.contains(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value = text.parse::<f64>().ok().or_else(|| {
        let comma = !text.contains('.') && text.matches(',').count() == 1;
        if comma { text.replace(',', ".").parse().ok() } else { None }
    });
    value.filter(|value| value.is_finite())
}

fn unreadable(text: &str) -> String {
    format!("no point can be read from '{}'", short(text))
}

/// At most 60 characters of a text for a message.
pub fn short(text: &str) -> String {
    let clean = crate::domain::text::display_text(text);
    match clean.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", &clean[..at]),
        None => clean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ways_cities_write_points() {
        let here = Ok(Some((-71.0772, 42.2715)));
        for text in [
            "POINT (-71.0772 42.2715)",
            "point(-71.0772 42.2715)",
            "SRID=4326;POINT Z (-71.0772 42.2715 12.0)",
            "(42.2715, -71.0772)",
            "42.2715,-71.0772",
            "42.2715 -71.0772",
            "12 Groveland St (rear)\nMattapan, MA 02126\n(42.2715, -71.0772)",
            r#"{"type":"Point","coordinates":[-71.0772,42.2715]}"#,
            "{'latitude': '42.2715', 'longitude': '-71.0772', 'human_address': ''}",
        ] {
            assert_eq!(read_point(text, PairOrder::LatLon), here, "{text}");
        }
        assert_eq!(read_point("-71.0772,42.2715", PairOrder::LonLat), here);
        assert_eq!(read_columns("-71,0772", "42,2715"), here);
    }

    #[test]
    fn not_given_is_not_wrong() {
        for text in ["", " ", "NULL", "N/A", "POINT EMPTY", "POINT (0 0)", "(0.0, 0.0)", "-"] {
            assert_eq!(read_point(text, PairOrder::LatLon), Ok(None), "{text}");
        }
        assert_eq!(read_columns("", ""), Ok(None));
        assert_eq!(read_columns("0", "0.000"), Ok(None));
    }

    #[test]
    fn wrong_says_why() {
        let why = |lon: &str, lat: &str| read_columns(lon, lat).unwrap_err();
        assert!(why("25.03", "121.56").contains("swapped"));
        assert!(why("775432.1", "2956123.4").contains("projected"));
        assert!(why("-71.07", "").contains("only one"));
        assert!(why("east", "north").contains("not numbers"));
        assert!(why("-200", "190").contains("out of range"));
        assert!(read_point("Main St", PairOrder::LatLon).unwrap_err().contains("no point"));
    }

    proptest! {
        #[test]
        fn any_text_is_an_answer(text in "\\PC{0,60}") {
            let _ = read_point(&text, PairOrder::LatLon);
            let _ = read_columns(&text, &text);
        }

        #[test]
        fn written_points_come_back(lon in -180.0..180.0f64, lat in -90.0..90.0f64) {
            prop_assume!(lon != 0.0 || lat != 0.0);
            prop_assert_eq!(read_point(&format!("POINT ({lon} {lat})"), PairOrder::LatLon), Ok(Some((lon, lat))));
            prop_assert_eq!(read_point(&format!("({lat}, {lon})"), PairOrder::LatLon), Ok(Some((lon, lat))));
        }
    }
}
