//! Has the GPU draw what lies below the areas' fills, whose each pixel is, and what lies above; then reads them back, on
//! another thread. Whose a pixel is comes from the fills themselves, drawn once with numbers for colours.

use bevy::math::{URect, Vec2};
use bevy::prelude::*;
use bevy::render::render_resource::{
    Buffer, BufferDescriptor, BufferInitDescriptor, BufferUsages, MapMode, TexelCopyBufferInfo, TexelCopyBufferLayout,
};
use bevy::render::renderer::{RenderContext, RenderDevice};
use wgpu::COPY_BYTES_PER_ROW_ALIGNMENT;

use super::Coming;
use super::mix::{Fills, Read};
use crate::layers::areas::records::RECORD_BYTES;
use crate::layers::edging::{Sight, dabs};
use crate::layers::inks::Inks;
use crate::wall::canvas::{Sheet, extent, part};

/// What is drawn on each sheet, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::wall::canvas) enum Layers {
    /// Below the fills.
    Under,
    /// The fills.
    Fills,
    /// Between fills and fine borders.
    Between,
    /// Above fine borders.
    Above,
}

/// Draws the sheets by `draw`, which clears them to nothing, and has them put together elsewhere. `sheet` is room for
/// drawing; `records` the buffer that fills read their colours from.
pub(in crate::wall::canvas) fn read(
    ctx: &mut RenderContext,
    device: &RenderDevice,
    (inks, records): (&Inks, &Buffer),
    (sheet, rect, sight): (&Sheet, URect, Sight),
    mut draw: impl FnMut(&mut RenderContext, Layers),
    to: Coming,
) {
    let count = inks.colours.len();
    let bytes = (count * RECORD_BYTES) as u64;
    if records.size() != bytes || inks.looks.is_none() {
        return;
    }
    let pitch = (rect.width() * 4).next_multiple_of(COPY_BYTES_PER_ROW_ALIGNMENT);
    let picture = u64::from(pitch) * u64::from(rect.height());
    let read = device.create_buffer(&BufferDescriptor {
        label: Some("the map's sheets"),
        size: picture * 4,
        usage: BufferUsages::COPY_DST | BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    let record = |index: usize| [(index as u32 + 1) | 0xFF00_0000, 0, 0, 0];
    let numbers: Vec<u32> = (0..count).flat_map(record).collect();
    let numbers = device.create_buffer_with_data(&BufferInitDescriptor {
        label: Some("numbers for colours"),
        contents: bytemuck::cast_slice(&numbers),
        usage: BufferUsages::COPY_SRC,
    });
    let held = device.create_buffer(&BufferDescriptor {
        label: Some("colours meanwhile"),
        size: bytes,
        usage: BufferUsages::COPY_SRC | BufferUsages::COPY_DST,
        mapped_at_creation: false,
    });
    for (index, layers) in (0_u64..).zip([Layers::Under, Layers::Fills, Layers::Between, Layers::Above]) {
        let is_numbered = layers == Layers::Fills;
        if is_numbered {
            ctx.command_encoder().copy_buffer_to_buffer(records, 0, &held, 0, bytes);
            ctx.command_encoder().copy_buffer_to_buffer(&numbers, 0, records, 0, bytes);
        }
        draw(ctx, layers);
        if is_numbered {
            ctx.command_encoder().copy_buffer_to_buffer(&held, 0, records, 0, bytes);
        }
        let layout =
            TexelCopyBufferLayout { offset: index * picture, bytes_per_row: Some(pitch), rows_per_image: None };
        ctx.command_encoder().copy_texture_to_buffer(
            part(&sheet.texture, rect.min.x, rect.min.y),
            TexelCopyBufferInfo { buffer: &read, layout },
            extent(rect.size()),
        );
    }
    let inks = inks.clone();
    let mapped = read.clone();
    ctx.command_encoder().map_buffer_on_submit(&read, MapMode::Read, .., move |result| {
        if result.is_err() {
            return;
        }
        let make = move || {
            let rows = |index: usize| {
                let bytes = mapped.slice(..).get_mapped_range();
                let (from, row) = (index * picture as usize, rect.width() as usize * 4);
                let rows = bytes[from..from + picture as usize].chunks_exact(pitch as usize);
                rows.flat_map(|padded| &padded[..row]).copied().collect::<Vec<u8>>()
            };
            let [under, owners, between, above] = [0, 1, 2, 3].map(rows);
            mapped.unmap();
            let read = Read { rect, under, owners, between, above };
            let edging = inks.looks.as_ref().and_then(|looks| dabs(&inks.edging, looks, &sight, rect));
            edging.and_then(|dabs| Fills::new(read, dabs)).into_iter().for_each(|fills| to.put(fills));
        };
        rayon::spawn(move || {
            // A device that is lost meanwhile must cost the pictures, not the wall its life.
            if std::panic::catch_unwind(std::panic::AssertUnwindSafe(make)).is_err() {
                warn!("areas in other colours are drawn: what lies around them could not be read");
            }
        });
    });
}

/// From where a view sees the ground, on a picture of this size.
pub(in crate::wall::canvas) fn sight(view: &bevy::render::view::ExtractedView, size: UVec2, height_u: f32) -> Sight {
    let world = view.world_from_view.to_matrix();
    let clip_from_world = view.clip_from_world.unwrap_or_else(|| view.clip_from_view * world.inverse());
    Sight { clip_from_world, size: Vec2::new(size.x as f32, size.y as f32), height_u }
}
