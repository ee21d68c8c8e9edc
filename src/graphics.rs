//! What graphics this machine has: Bevy panics where there is no adapter, and does not say what to do.
//!
//! Used by `launch.rs` to say it, and by `doctor.rs` to list what is there.

use bevy::prelude::*;
use bevy::render::mesh::allocator::MeshAllocatorSettings;
use bevy::render::settings::WgpuSettings;
use bevy::render::slab_allocator::SlabAllocatorSettings;
use bevy::render::{RenderApp, RenderPlugin};
use wgpu::{Adapter, Backends, DeviceType, Instance, InstanceDescriptor, MemoryHints};

/// What to install where there is no adapter.
pub const NO_ADAPTER: &str = "no Vulkan (or DX12, Metal) graphics adapter was found. Install the driver of the graphics \
card; on Debian `apt-get install libvulkan1 mesa-vulkan-drivers` gives a driver for most cards and one in software";

/// The largest texture that the wall needs, pixels a side.
pub const NEEDED_TEXTURE: u32 = 8_192;

/// What the wall draws with: Vulkan, DX12 or Metal, unless the environment (`WGPU_BACKEND`) says otherwise. OpenGL is not
/// even looked for: it lacks what the map needs, and only starting it takes time. Memory is taken in small blocks: a wall
/// has few buffers, and with the usual 64 and 128 MB most of a block is never used.
pub fn settings() -> WgpuSettings {
    WgpuSettings {
        backends: Some(Backends::from_env().unwrap_or(Backends::PRIMARY)),
        memory_hints: MemoryHints::MemoryUsage,
        ..Default::default()
    }
}

/// Bevy's renderer with these [`settings`].
pub fn renderer() -> RenderPlugin {
    RenderPlugin { render_creation: settings().into(), ..Default::default() }
}

/// Gives every mesh buffers of its own. Bevy would put many into one buffer, with 4 MB of book-keeping for each layout of
/// vertices; the wall has few meshes and as many layouts.
pub fn meshes_apart(app: &mut App) {
    let apart = SlabAllocatorSettings { large_threshold: 0, ..Default::default() };
    if let Some(render) = app.get_sub_app_mut(RenderApp) {
        render.insert_resource(MeshAllocatorSettings { slab_allocator_settings: apart, ..Default::default() });
    }
}

/// What the wall must know about an adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AdapterFacts {
    /// Name, driver and interface, for people.
    pub name: String,
    /// True for a software rasteriser.
    pub is_software: bool,
    /// Largest texture, pixels a side.
    pub max_texture: u32,
    /// Storage buffers that a vertex shader can read.
    pub vertex_storage_buffers: u32,
}

/// All adapters, in the order the system lists them.
pub fn adapters() -> Vec<AdapterFacts> {
    let mut descriptor = InstanceDescriptor::new_without_display_handle();
    descriptor.backends = Backends::PRIMARY;
    let instance = Instance::new(descriptor);
    let adapters: Vec<Adapter> = bevy::tasks::block_on(instance.enumerate_adapters(Backends::PRIMARY));
    adapters.iter().map(facts).collect()
}

fn facts(adapter: &Adapter) -> AdapterFacts {
    let info = adapter.get_info();
    let limits = adapter.limits();
    AdapterFacts {
        name: format!("{} ({:?}, {} {})", info.name, info.backend, info.driver, info.driver_info),
        is_software: info.device_type == DeviceType::Cpu,
        max_texture: limits.max_texture_dimension_2d,
        vertex_storage_buffers: limits.max_storage_buffers_per_shader_stage,
    }
}
