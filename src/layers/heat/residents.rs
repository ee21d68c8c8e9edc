//! How many people live where, as densely as the communities tell: each community's residents spread evenly over it,
//! then blurred as the events are, so that a rate divides like by like.

use std::sync::Arc;

use bevy::prelude::*;

use crate::domain::{AreaId, AreaTable, Level};
use crate::heat::blur::{Density, blurred, half_kernel, kernel_sigma};
use crate::heat::field::Grid;
use crate::map::AreaIndex;

/// Residents per km², kept for one bandwidth.
#[derive(Resource, Default)]
pub(super) struct Residents {
    of: Option<(usize, u32, u64)>,
    density: Option<Density>,
}

impl Residents {
    /// Residents per km² on a level; `None` where no community tells its residents.
    pub fn density(
        &mut self,
        table: &Arc<AreaTable>,
        index: &AreaIndex,
        grid: &Grid,
        level: u32,
        sigma_m: f64,
    ) -> Option<&Density> {
        let of = (Arc::as_ptr(table) as usize, level, sigma_m.to_bits());
        if self.of != Some(of) {
            self.of = Some(of);
            self.density = spread(table, index, grid, level, sigma_m);
        }
        self.density.as_ref()
    }
}

/// Residents of an area: its own figure, or the sum of its parts if every part has one.
pub(super) fn people(table: &AreaTable, id: AreaId) -> Option<u32> {
    let own = table.get(id).population;
    if own.is_some() || table.children(id).is_empty() {
        return own;
    }
    table.children(id).iter().map(|child| people(table, *child)).sum()
}

fn spread(table: &AreaTable, index: &AreaIndex, grid: &Grid, level: u32, sigma_m: f64) -> Option<Density> {
    if !table.at_level(Level::Community).any(|id| people(table, id).is_some()) {
        return None;
    }
    let (width, height) = grid.size_at(level);
    let cell_m = grid.cell_m_at(level);
    let owners: Vec<_> = (0..width * height)
        .map(|at| {
            let middle = |i: usize, axis: usize| (grid.origin[axis] + (i as f64 + 0.5) * cell_m) as f32;
            index.pick(Vec2::new(middle(at % width, 0), middle(at / width, 1)), Level::Community)
        })
        .collect();
    let mut cells = vec![0_u32; table.len()];
    owners.iter().flatten().for_each(|id| cells[id.index()] += 1);
    let per_km2 = (1e6 / (cell_m * cell_m)) as f32;
    let values: Vec<f32> = owners
        .iter()
        .map(|id| {
            let share = |id: &AreaId| Some(people(table, *id)? as f32 / cells[id.index()].max(1) as f32 * per_km2);
            id.as_ref().and_then(share).unwrap_or(0.0)
        })
        .collect();
    Some(blurred(&values, width, height, &half_kernel(kernel_sigma(sigma_m, cell_m))))
}
