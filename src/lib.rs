//! gridwall: the wall of a district's grid-governance command centre.

pub mod city;
pub mod cli;
pub mod config;
pub mod doctor;
pub mod domain;
pub mod graphics;
pub mod launch;
pub mod layers;
pub mod locale;
pub mod map;
pub mod palette;
pub mod panels;
pub mod platform;
pub mod selection;
pub mod server;
pub mod strict_toml;
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
