//! gridwall: the wall of a district's grid-governance command centre.

pub mod city;
pub mod domain;
pub mod layers;
pub mod map;
pub mod panels;
pub mod platform;
pub mod selection;
pub mod server;
pub mod wall;
