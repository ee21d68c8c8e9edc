//! gridwall: the wall of a district's grid-governance command centre.
//!
//! `domain` holds the nouns and knows nobody. `platform` talks to a platform, `server` is one. `city` is the live model,
//! `map` the space it lies in; `layers` and `panels` draw it and never see each other; `wall` joins them in a window or a
//! picture. `cli`, `config`, `launch` and `doctor` put the parts together;
//! `supervise` starts the whole again when it ends.

pub mod bench;
pub mod city;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod graphics;
pub mod heap;
pub mod heat;
pub mod launch;
pub mod layers;
pub mod locale;
pub mod log_file;
pub mod map;
pub mod metrics;
#[cfg(test)]
mod mutation;
pub mod palette;
pub mod panels;
pub mod platform;
pub mod process;
pub mod scene;
pub mod selection;
pub mod server;
pub mod soak;
pub mod strict_toml;
pub mod supervise;
pub mod vitals;
pub mod wall;

/// The order of a frame, once and for all. A system that fits nowhere is a sign that the order is wrong.
#[derive(bevy::prelude::SystemSet, Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum WallSystems {
    /// Deliveries of the platform thread enter the city's resources.
    Receive,
    /// What follows from them: tallies, selection, camera, hover.
    Settle,
    /// What is drawn follows the resources: meshes, materials, labels.
    Draw,
}
