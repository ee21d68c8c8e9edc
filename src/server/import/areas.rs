//! Area files to given areas: which property is what comes from the mapping, geometry from `geometry.rs`. The levels that
//! a city does not publish are made afterwards, by `levels.rs`.

use std::collections::HashMap;
use std::io::Read;
use std::path::Path;

use serde_json::{Map, Value};

use crate::domain::text::display_text;
use crate::domain::{Area, AreaCode, GridKind, Level};

use super::levels::{GivenArea, Upper};
use super::mapping::{AreaMapping, UpperMapping, nearest};
use super::point::short;
use super::report::{FileKind, FileReport};
use super::{encoding, features, geometry};

/// Reads the features of several files.
pub struct AreaReader<'m> {
    mapping: &'m AreaMapping,
    /// Where a code was first seen: file and line.
    seen: HashMap<AreaCode, String>,
    /// What was read so far.
    pub areas: Vec<GivenArea>,
}

impl<'m> AreaReader<'m> {
    /// An empty reader.
    pub fn new(mapping: &'m AreaMapping) -> Self {
        Self { mapping, seen: HashMap::new(), areas: Vec::new() }
    }

    /// Reads one file to its end; what is wrong with it is in its report.
    pub fn read_file(&mut self, path: &Path) -> FileReport {
        let mut report = FileReport::new(path, FileKind::Areas);
        let text = encoding::open_text(path, self.mapping.encoding).and_then(|mut open| {
            let mut text = Vec::new();
            open.reader.read_to_end(&mut text).map(|_| (text, open.note))
        });
        match text {
            Ok((text, note)) => {
                report.warnings.extend(note);
                self.read_text(&text, &mut report);
            }
            Err(error) => report.failure = Some(format!("{} cannot be read: {error}", path.display())),
        }
        report
    }

    /// Reads the text of one file.
    pub fn read_text(&mut self, text: &[u8], report: &mut FileReport) {
        let cuts = features::cut(text);
        if let Some(crs) = cuts.crs.as_deref().filter(|crs| !is_lonlat(crs)) {
            let hint = "convert the file to WGS 84 (EPSG:4326) if the map looks shifted or areas are rejected";
            report.warnings.push(format!("the file says its coordinates are \"{}\"; {hint}", short(crs)));
        }
        let file = report.path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
        let (mut clockwise, mut enormous, mut codes_made) = (0u64, 0u64, 0u64);
        for cut in &cuts.features {
            report.read += 1;
            let read = self.feature(&text[cut.bytes.clone()], report.read);
            let (given, notes) = match read {
                Ok(read) => read,
                Err(reason) => {
                    report.reject(cut.line, reason);
                    continue;
                }
            };
            let code = given.area.code.clone();
            let place = format!("{file} line {}", cut.line);
            if let Some(first) = self.seen.get(&code) {
                report.reject(cut.line, format!("code {code} is already there ({first}), the first one is kept"));
                continue;
            }
            self.seen.insert(code.clone(), place);
            for repair in notes.repairs {
                // The kind of repair first, so that the summary can count by kind.
                let (kind, what) = repair.split_once(": ").unwrap_or((&repair, ""));
                let gap = if what.is_empty() { "" } else { ", " };
                report.repair(cut.line, format!("{kind}: area {code}{gap}{what}"));
            }
            clockwise += u64::from(notes.was_clockwise);
            codes_made += u64::from(notes.code_made);
            enormous += u64::from(geometry::is_enormous(&given.area.boundary));
            report.taken += 1;
            self.areas.push(given);
        }
        for (line, reason) in cuts.faults {
            report.read += 1;
            report.reject(line, format!("broken JSON: {reason}"));
        }
        let mut warn = |count: u64, what: &str| {
            if count > 0 {
                report.warnings.push(format!("{count} {what}"));
            }
        };
        warn(clockwise, "areas wind clockwise; they were turned");
        warn(enormous, "areas span more than 20 degrees; is this file a district?");
        warn(codes_made, "areas have no code; their place in the file became one");
        if report.taken == 0 && report.failure.is_none() {
            let why = report.rejected.first().map(|note| format!("; the first: {}", note.reason)).unwrap_or_default();
            report.failure = Some(format!("no area could be taken{why}"));
        }
    }

    fn feature(&self, json: &[u8], ordinal: u64) -> Result<(GivenArea, Notes), String> {
        let value: Value = serde_json::from_slice(json).map_err(|error| format!("broken JSON: {error}"))?;
        let kind = value.get("type").and_then(Value::as_str).unwrap_or("");
        let hint = match kind {
            "Topology" => Some("this is TopoJSON; convert it to GeoJSON"),
            "FeatureCollection" => Some("a collection inside a collection"),
            _ if value.get("attributes").is_some() => Some("this is Esri JSON; export the layer as GeoJSON"),
            _ if !value.is_object() => Some("a feature must be an object"),
            "Feature" | "Polygon" | "MultiPolygon" | "GeometryCollection" => None,
            _ if value.get("geometry").is_some() => None,
            _ => Some("this object is no feature"),
        };
        if let Some(hint) = hint {
            return Err(hint.to_owned());
        }
        let nothing = Map::new();
        let properties = value.get("properties").and_then(Value::as_object).unwrap_or(&nothing);
        let geometry = if kind == "Feature" || value.get("geometry").is_some() {
            value.get("geometry").unwrap_or(&Value::Null)
        } else {
            &value
        };
        let mapping = self.mapping;
        let level = self.level(properties)?;
        let mut notes = Notes::default();
        let code = match joined(properties, &mapping.own.code) {
            Ok(Some(code)) => code,
            Ok(None) => match value.get("id").and_then(scalar) {
                Some(id) => id,
                None => {
                    notes.code_made = true;
                    format!("{}-{ordinal}", level.key())
                }
            },
            Err(missing) => return Err(missing_property(&missing, properties)),
        };
        let name = mapping.own.name.as_deref().and_then(|key| text(properties, key));
        let shape = geometry::read_shape(geometry, mapping.swap_lat_lon)?;
        notes.repairs = shape.repairs;
        notes.was_clockwise = shape.was_clockwise;
        if name.is_none() && mapping.own.name.is_some() {
            notes.repairs.push("no name, the code stands for it".to_owned());
        }
        let kind = mapping.kind.as_deref().and_then(|key| text(properties, key));
        let kind = kind.and_then(|value| mapping.kind_map.get(&value)).or(mapping.kind_map.default);
        let area = Area {
            name: name.unwrap_or_else(|| code.clone()),
            code: AreaCode::new(code),
            level,
            kind: (level == Level::Grid).then_some(kind.unwrap_or(GridKind::General)),
            name_en: mapping.own.name_en.as_deref().and_then(|key| text(properties, key)),
            parent: mapping.parent.as_deref().and_then(|key| text(properties, key)).map(AreaCode::new),
            households: mapping.households.as_deref().and_then(|key| count(properties, key)),
            population: mapping.population.as_deref().and_then(|key| count(properties, key)),
            boundary: shape.boundary,
        };
        let upper = [0, 1, 2].map(|index| mapping.upper[index].as_ref().and_then(|upper| upper_of(properties, upper)));
        Ok((GivenArea { area, upper }, notes))
    }

    fn level(&self, properties: &Map<String, Value>) -> Result<Level, String> {
        let Some(column) = &self.mapping.level_column else { return Ok(self.mapping.level) };
        let written = text(properties, column).unwrap_or_default();
        let own = Level::ALL.into_iter().find(|level| level.key().eq_ignore_ascii_case(&written));
        let mapped = self.mapping.level_map.get(&written).or(own).or(self.mapping.level_map.default);
        mapped.ok_or_else(|| format!("the level '{}' in \"{column}\" is not in areas.level_map", short(&written)))
    }
}

/// What happened to one feature on the way.
#[derive(Default)]
struct Notes {
    repairs: Vec<String>,
    was_clockwise: bool,
    code_made: bool,
}

fn upper_of(properties: &Map<String, Value>, upper: &UpperMapping) -> Option<Upper> {
    let code = joined(properties, &upper.code).ok().flatten();
    let name = upper.name.as_deref().and_then(|key| text(properties, key));
    if code.is_none() && name.is_none() {
        return None;
    }
    Some(Upper { code, name, name_en: upper.name_en.as_deref().and_then(|key| text(properties, key)) })
}

/// The properties of a code joined with `-`: `None` if the mapping names none, an error with the one that is missing.
fn joined(properties: &Map<String, Value>, keys: &[String]) -> Result<Option<String>, String> {
    let mut parts = Vec::with_capacity(keys.len());
    for key in keys {
        parts.push(text(properties, key).ok_or_else(|| key.clone())?);
    }
    Ok((!parts.is_empty()).then(|| parts.join("-")))
}

fn missing_property(key: &str, properties: &Map<String, Value>) -> String {
    if property(properties, key).is_some() {
        return format!("no code: property \"{key}\" is empty");
    }
    let near = nearest(key, properties.keys().map(String::as_str));
    let hint = near.map_or_else(
        || format!("it has: {}", short(&properties.keys().cloned().collect::<Vec<_>>().join(", "))),
        |near| format!("did you mean \"{near}\"?"),
    );
    format!("no code: the feature has no property \"{key}\"; {hint}")
}

/// A property by name; capitals do not matter if nothing fits exactly.
fn property<'v>(properties: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    properties
        .get(key)
        .or_else(|| properties.iter().find(|(own, _)| own.eq_ignore_ascii_case(key)).map(|(_, value)| value))
}

/// A property as clean text, also if it is a number; `None` if it is absent, null or empty.
fn text(properties: &Map<String, Value>, key: &str) -> Option<String> {
    property(properties, key).and_then(scalar)
}

fn scalar(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => display_text(text),
        // 63000080031.0 is what spreadsheets make of a code.
        Value::Number(number) => match number.as_f64() {
            Some(float) if number.is_f64() && float.fract() == 0.0 && float.abs() < 9e15 => format!("{float:.0}"),
            _ => number.to_string(),
        },
        Value::Bool(flag) => flag.to_string(),
        Value::Null | Value::Array(_) | Value::Object(_) => return None,
    };
    (!text.is_empty()).then_some(text)
}

/// A count, also if it is written as text with separators.
fn count(properties: &Map<String, Value>, key: &str) -> Option<u32> {
    let text = text(properties, key)?.replace([',', ' '], "");
    let value = text.parse::<f64>().ok()?.round();
    (0.0..=4e9).contains(&value).then_some(value as u32)
}

/// True for the names of longitude and latitude in degrees.
fn is_lonlat(crs: &str) -> bool {
    let crs = crs.to_ascii_uppercase();
    ["CRS84", "4326", "4490", "4269", "WGS84", "WGS 84", "3824"].iter().any(|name| crs.ends_with(name))
}

#[cfg(test)]
mod tests {
    use super::super::mapping::Mapping;
    use super::*;

    fn read(areas: &str, json: &str) -> (Vec<GivenArea>, FileReport) {
        let text = format!("[site]\ntitle = \"T\"\ntime_zone = \"UTC\"\n[areas]\n{areas}");
        let mapping = Mapping::parse(Path::new("m.toml"), &text).unwrap().areas.unwrap();
        let mut reader = AreaReader::new(&mapping);
        let mut report = FileReport::new("a.geojson", FileKind::Areas);
        reader.read_text(json.as_bytes(), &mut report);
        assert!(report.balances(), "{report:?}");
        (reader.areas, report)
    }

    const SQUARE: &str = r#""geometry":{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1],[0,0]]]}"#;

    #[test]
    fn codes_are_text_whatever_they_were() {
        let json = format!(
            r#"[{{"type":"Feature","properties":{{"C":63000080031,"N":"甲"}},{SQUARE}}},
                {{"type":"Feature","properties":{{"C":"0007","N":" 乙 "}},{SQUARE}}},
                {{"type":"Feature","properties":{{"c":8.0,"N":null}},{SQUARE}}}]"#
        );
        let (areas, report) = read("level = \"grid\"\ncode = \"C\"\nname = \"N\"", &json);
        let codes: Vec<_> = areas.iter().map(|given| (given.area.code.as_str(), given.area.name.as_str())).collect();
        assert_eq!(codes, [("63000080031", "甲"), ("0007", "乙"), ("8", "8")]);
        assert_eq!(report.repaired.len(), 1);
    }

    #[test]
    fn one_bad_feature_costs_itself() {
        let json = format!(
            "[{{\"type\":\"Feature\",\"properties\":{{\"C\":1}},{SQUARE}}},\n{{\"type\":\"Feature\",\"properties\":{{\"C\":1}},{SQUARE}}},\n\
             {{\"type\":\"Feature\",\"properties\":{{\"D\":2}},{SQUARE}}},\n{{\"type\":\"Feature\",\"properties\":{{\"C\":NaN}},{SQUARE}}},\n\
             {{\"type\":\"Feature\",\"properties\":{{\"C\":5}},\"geometry\":null}},\n7]"
        );
        let (areas, report) = read("level = \"grid\"\ncode = \"C\"", &json);
        assert_eq!(areas.len(), 2);
        assert_eq!((report.read, report.taken), (6, 2));
        let lines: Vec<u64> = report.rejected.iter().map(|note| note.line).collect();
        assert_eq!(lines, [2, 3, 4, 6]);
        assert!(report.rejected[0].reason.contains("already there (a.geojson line 1)"));
        assert!(report.repaired[0].reason.contains("no geometry"));
    }

    #[test]
    fn levels_come_from_a_property_too() {
        let json = format!(
            r#"[{{"type":"Feature","properties":{{"C":"1","L":"镇"}},{SQUARE}}},{{"type":"Feature","properties":{{"C":"2","L":"grid"}},{SQUARE}}},
                {{"type":"Feature","properties":{{"C":"3","L":"县"}},{SQUARE}}}]"#
        );
        let (areas, report) = read("level_column = \"L\"\ncode = \"C\"\n[areas.level_map]\n\"镇\" = \"street\"", &json);
        assert_eq!(areas.iter().map(|given| given.area.level).collect::<Vec<_>>(), [Level::Street, Level::Grid]);
        assert!(report.rejected[0].reason.contains("'县'"));
    }
}
