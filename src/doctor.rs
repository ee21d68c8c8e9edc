//! `gridwall doctor`: checks this machine, the configuration and the platform. Each line says ok or what to do.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::config::{Config, ConfigError, SourceConfig};
use crate::{graphics, launch, panels};

/// One line of the report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was checked.
    pub what: String,
    /// What was found, or what is wrong and what to do.
    pub result: Result<String, String>,
}

impl Finding {
    fn ok(what: &str, found: impl Into<String>) -> Self {
        Self { what: what.into(), result: Ok(found.into()) }
    }

    fn wrong(what: &str, advice: impl Into<String>) -> Self {
        Self { what: what.into(), result: Err(advice.into()) }
    }
}

/// Checks everything and prints a line for each. The exit status says whether all is well.
pub fn run(config: Result<Config, ConfigError>) -> anyhow::Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    let mut is_well = true;
    let mut tell = |findings: Vec<Finding>| -> std::io::Result<()> {
        for Finding { what, result } in findings {
            match result {
                Ok(found) => writeln!(out, "ok    {what}: {found}")?,
                Err(advice) => {
                    is_well = false;
                    writeln!(out, "WRONG {what}: {advice}")?;
                }
            }
            out.flush()?;
        }
        Ok(())
    };
    tell(libraries())?;
    tell(vec![display()])?;
    tell(adapter(&graphics::adapters()))?;
    tell(fonts())?;
    tell(vec![certificates()])?;
    match config {
        Err(error) => tell(vec![Finding::wrong("configuration", error.to_string())])?,
        Ok(config) => {
            tell(vec![Finding::ok("configuration", describe(&config))])?;
            tell(displays(&config))?;
            tell(vec![
                writable("cache folder", &config.cache_dir, true),
                writable("current folder", Path::new("."), false),
            ])?;
            tell(launch::probe(&config))?;
        }
    }
    Ok(if is_well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn describe(config: &Config) -> String {
    match &config.source {
        SourceConfig::Platform { url, .. } => format!("platform {url}"),
        SourceConfig::Embedded(demo) => match &demo.db {
            Some(db) => format!("reference platform in this process, database {}", db.display()),
            None => format!("reference platform in this process, district {}, seed {}", demo.district, demo.seed),
        },
    }
}

/// What the file alone tells of the displays; monitors are looked for when the wall is open.
fn displays(config: &Config) -> Vec<Finding> {
    if config.displays.is_empty() {
        return Vec::new();
    }
    vec![match launch::check_displays(config) {
        Ok(()) => {
            let names: Vec<&str> = config.displays.iter().map(|display| display.name.as_str()).collect();
            Finding::ok("displays", names.join(", "))
        }
        Err(error) => Finding::wrong("displays", format!("{error:#}")),
    }]
}

/// The libraries of the window systems, which are opened at run time.
#[cfg(target_os = "linux")]
fn libraries() -> Vec<Finding> {
    let advice = |package: &str| format!("cannot be opened; on Debian: apt-get install {package}");
    let lib = |what: &str, is_there: bool, package: &str| match is_there {
        true => Finding::ok(what, "found"),
        false => Finding::wrong(what, advice(package)),
    };
    vec![
        lib("X11 library libX11", x11_dl::xlib::Xlib::open().is_ok(), "libx11-6"),
        lib("X11 library libX11-xcb", x11_dl::xlib_xcb::Xlib_xcb::open().is_ok(), "libx11-xcb1"),
        lib("X11 library libXcursor", x11_dl::xcursor::Xcursor::open().is_ok(), "libxcursor1"),
        lib("X11 library libXi", x11_dl::xinput2::XInput2::open().is_ok(), "libxi6"),
        lib(
            "keyboard library libxkbcommon-x11",
            xkbcommon_dl::x11::xkbcommon_x11_option().is_some(),
            "libxkbcommon-x11-0",
        ),
        lib("keyboard library libxkbcommon", xkbcommon_dl::xkbcommon_option().is_some(), "libxkbcommon0"),
        lib("Wayland library libwayland-client", wayland_sys::client::is_lib_available(), "libwayland-client0"),
    ]
}

#[cfg(not(target_os = "linux"))]
fn libraries() -> Vec<Finding> {
    Vec::new()
}

fn display() -> Finding {
    match launch::display_name() {
        Some(name) => Finding::ok("display", name),
        None => Finding::wrong(
            "display",
            "neither DISPLAY nor WAYLAND_DISPLAY is set: no window can open; `gridwall snapshot OUT.png` works without",
        ),
    }
}

fn adapter(adapters: &[graphics::AdapterFacts]) -> Vec<Finding> {
    if adapters.is_empty() {
        return vec![Finding::wrong("graphics adapter", graphics::NO_ADAPTER)];
    }
    let check = |adapter: &graphics::AdapterFacts| {
        let software = if adapter.is_software { "; in software: fine for pictures, slow for a wall" } else { "" };
        if adapter.max_texture < graphics::NEEDED_TEXTURE {
            let advice = format!(
                "{}: textures up to {} px, {} are needed; update the driver",
                adapter.name,
                adapter.max_texture,
                graphics::NEEDED_TEXTURE
            );
            Finding::wrong("graphics adapter", advice)
        } else if adapter.vertex_storage_buffers == 0 {
            Finding::wrong(
                "graphics adapter",
                format!("{}: no storage buffers in shaders; update the driver", adapter.name),
            )
        } else {
            Finding::ok(
                "graphics adapter",
                format!("{}, textures up to {} px{software}", adapter.name, adapter.max_texture),
            )
        }
    };
    adapters.iter().map(check).collect()
}

fn fonts() -> Vec<Finding> {
    let missing = panels::style::missing_glyphs(&crate::locale::all_text());
    vec![match missing.is_empty() {
        true => Finding::ok("fonts", "built in; every character of both languages has a glyph"),
        false => Finding::wrong("fonts", format!("no glyph for {}", missing.iter().collect::<String>())),
    }]
}

fn certificates() -> Finding {
    let stores = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];
    let own = std::env::var_os("SSL_CERT_FILE").map(std::path::PathBuf::from);
    let found = own.into_iter().chain(stores.map(Into::into)).find(|path| path.is_file());
    match found {
        Some(path) => Finding::ok("certificate store", path.display().to_string()),
        None if cfg!(target_os = "linux") => Finding::ok(
            "certificate store",
            "none on this machine, the built-in roots are used; a platform with a certificate of its own needs \
             `apt-get install ca-certificates` and its root there",
        ),
        None => Finding::ok("certificate store", "the system's"),
    }
}

fn writable(what: &str, folder: &Path, create: bool) -> Finding {
    let probe = folder.join(format!(".gridwall-doctor-{}", std::process::id()));
    let made = if create { std::fs::create_dir_all(folder) } else { Ok(()) };
    match made.and_then(|()| std::fs::write(&probe, b"")).and_then(|()| std::fs::remove_file(&probe)) {
        Ok(()) => Finding::ok(what, format!("{} can be written", folder.display())),
        Err(error) => Finding::wrong(
            what,
            format!(
                "{} cannot be written ({error}); the wall runs, but pictures and caches must go elsewhere",
                folder.display()
            ),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_adapter_says_what_to_install() {
        let findings = adapter(&[]);
        assert!(findings[0].result.as_ref().unwrap_err().contains("mesa-vulkan-drivers"));
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_named() {
        let finding = writable("cache folder", Path::new("/proc/gridwall"), true);
        assert!(finding.result.unwrap_err().contains("/proc/gridwall"));
    }
}
