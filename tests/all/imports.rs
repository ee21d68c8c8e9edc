//! Who may import whom: reads the `use` lines of `src/` and holds them against the table.

use std::path::Path;

/// Module, and what of this crate it may name. Leaves (`config`, `heat`, `palette`, `selection`, `scene`, `locale`, `strict_toml`) are
/// named where they are used; `lib`, `main`, `cli`, `launch`, `doctor` and `graphics` put the parts together.
const TABLE: [(&str, &[&str]); 22] = [
    ("domain", &[]),
    ("platform", &["domain", "config"]),
    ("server", &["domain", "strict_toml"]),
    ("city", &["domain", "config", "platform", "selection", "WallSystems"]),
    ("map", &["domain", "city", "selection", "scene", "locale", "palette", "WallSystems"]),
    ("layers", &["domain", "city", "heat", "map", "selection", "palette", "scene", "WallSystems"]),
    (
        "panels",
        &[
            "domain",
            "config",
            "city",
            "heat",
            "map",
            "selection",
            "palette",
            "locale",
            "scene",
            "process",
            "vitals",
            "WallSystems",
        ],
    ),
    (
        "wall",
        &[
            "domain",
            "config",
            "map",
            "city",
            "heat",
            "selection",
            "layers",
            "panels",
            "locale",
            "palette",
            "platform",
            "launch",
            "scene",
            "graphics",
            "heap",
            "log_file",
            "metrics",
            "process",
            "supervise",
            "vitals",
            "WallSystems",
        ],
    ),
    ("config", &["domain", "locale", "log_file", "palette", "scene", "strict_toml"]),
    ("palette", &["domain"]),
    ("selection", &["domain"]),
    ("locale", &["domain", "scene"]),
    ("heat", &["domain", "strict_toml"]),
    ("scene", &["domain", "strict_toml"]),
    ("strict_toml", &[]),
    ("graphics", &[]),
    ("heap", &[]),
    ("supervise", &[]),
    ("vitals", &[]),
    ("log_file", &[]),
    ("process", &[]),
    ("metrics", &["domain", "platform", "process", "vitals"]),
];

#[test]
fn modules_import_only_what_the_table_allows() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut offences = Vec::new();
    let mut seen = 0;
    for (module, allowed) in TABLE {
        for file in rust_files(&src, module) {
            seen += 1;
            let text = std::fs::read_to_string(&file).unwrap();
            // Tests of a module may use more, for example a real server.
            let code = text.split("#[cfg(test)]").next().unwrap_or("");
            for (line, named) in crate_names(code) {
                if named != module && !allowed.contains(&named.as_str()) {
                    offences.push(format!("{}:{line}: {module} names {named}", file.display()));
                }
            }
            for (forbidden, modules) in
                [("bevy", ["domain", "platform", "server"]), ("egui", ["domain", "city", "layers"])]
            {
                if modules.contains(&module)
                    && code.lines().any(|line| line.trim_start().starts_with(&format!("use {forbidden}")))
                {
                    offences.push(format!("{}: {module} names {forbidden}", file.display()));
                }
            }
        }
    }
    assert!(seen > 20, "only {seen} files found");
    assert!(offences.is_empty(), "{}", offences.join("\n"));
}

/// `src/NAME.rs` and everything under `src/NAME/`, files of tests left out.
fn rust_files(src: &Path, module: &str) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    let single = src.join(format!("{module}.rs"));
    if single.is_file() {
        files.push(single);
    }
    let mut folders = vec![src.join(module)];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs")
                && !path.file_stem().is_some_and(|stem| stem == "fixture" || stem.to_string_lossy().ends_with("tests"))
            {
                files.push(path);
            }
        }
    }
    files
}

/// The modules named after `crate::` outside comments, with their line numbers; `crate::{a, b::C}` names a and b.
fn crate_names(code: &str) -> Vec<(usize, String)> {
    let mut names = Vec::new();
    for (index, line) in code.lines().enumerate() {
        let line_code = line.split("//").next().unwrap_or("");
        for rest in line_code.split("crate::").skip(1) {
            let parts: Vec<&str> = match rest.strip_prefix('{') {
                Some(group) => group.split(',').collect(),
                None => vec![rest],
            };
            for part in parts {
                let name: String = part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                if !name.is_empty() {
                    names.push((index + 1, name));
                }
            }
        }
    }
    names
}

#[test]
fn names_behind_crate_are_found() {
    let code = "use crate::domain::Area;\nuse crate::{city, map::MapView};\n// crate::server\nlet x = crate::platform::start();";
    let names: Vec<String> = crate_names(code).into_iter().map(|(_, name)| name).collect();
    assert_eq!(names, ["domain", "city", "map", "platform"]);
}
