// Marks of tickets: a shape and a colour by source, with a dark casing; a ring around the selected one.
// Partner: layers/tickets.rs.
#import bevy_sprite::mesh2d_view_bindings::view
#import gridwall::map::{AreaRecord, MapFrame, NO_FEATURE, top_of, clip_from_world, lifted, px_per_m, px_per_u, u_per_km, colour_out}

// Keep in sync with `MarkMaterial`.
struct MarkParams {
    frame: MapFrame,
    casing: vec4<f32>,
    ring: vec4<f32>,
    // Sources in the order of `Source::ALL`.
    colors: array<vec4<f32>, 4>,
    // Radius in u; marks fade in between these scales (u per km); opacity outside the selection, and of the layer.
    radius_u: f32,
    fade_from: f32,
    fade_to: f32,
    outside: f32,
    opacity: f32,
}

@group(2) @binding(0) var<uniform> params: MarkParams;
@group(2) @binding(1) var<storage, read> areas: array<AreaRecord>;

const ALWAYS: u32 = 1u;
const SELECTED: u32 = 2u;
const OUTSIDE: u32 = 4u;

struct Vertex {
    @location(0) position: vec3<f32>,
    // Corner (±1, ±1), source, flags.
    @location(1) mark: vec4<f32>,
    @location(2) owners: vec2<u32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the middle.
    @location(0) offset: vec2<f32>,
    @location(1) alpha: f32,
    @location(2) @interpolate(flat) kind: vec2<u32>,
}

// u from the middle to the edge of the quad.
const REACH: f32 = 3.6;

@vertex
fn vertex(in: Vertex) -> Varying {
    var out: Varying;
    let flags = u32(in.mark.w);
    out.kind = vec2<u32>(u32(in.mark.z), flags);
    out.alpha = smoothstep(params.fade_from, params.fade_to, u_per_km(params.frame));
    if (flags & (ALWAYS | SELECTED)) != 0u {
        out.alpha = 1.0;
    }
    if (flags & OUTSIDE) != 0u {
        out.alpha *= params.outside;
    }
    // What is selected is always seen.
    if (flags & SELECTED) == 0u {
        out.alpha *= params.opacity;
    }
    var z = 0.0;
    if in.owners.x != NO_FEATURE {
        z = top_of(areas[in.owners.x], params.frame);
    }
    let reach = select(1.5, REACH, (flags & SELECTED) != 0u) * params.radius_u * px_per_u(params.frame);
    let clip = lifted(clip_from_world(vec3<f32>(in.position.xy, z)), reach / px_per_m());
    out.offset = in.mark.xy * reach;
    out.clip = vec4<f32>(clip.xy + out.offset / (0.5 * view.viewport.zw) * clip.w, clip.zw);
    if out.alpha <= 0.0 {
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
    }
    return out;
}

fn box_distance(offset: vec2<f32>, half_size: vec2<f32>) -> f32 {
    let d = abs(offset) - half_size;
    return length(max(d, vec2<f32>(0.0))) + min(max(d.x, d.y), 0.0);
}

// Signed distance to the shape of a source, pixels.
fn shape(kind: u32, p: vec2<f32>, r: f32) -> f32 {
    switch kind {
        case 0u: { return length(p) - r; }
        case 1u: { return box_distance(p, vec2<f32>(r * 0.92)); }
        case 2u: { return abs(length(p) - r * 0.82) - r * 0.22; }
        default: { return min(box_distance(p, vec2<f32>(r, r * 0.3)), box_distance(p, vec2<f32>(r * 0.3, r))); }
    }
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = px_per_u(params.frame);
    let r = params.radius_u * px;
    let d = shape(in.kind.x, in.offset, r);
    let fill = clamp(0.5 - d, 0.0, 1.0);
    let casing = clamp(0.5 - d + 1.6 * px, 0.0, 1.0) * params.casing.a;
    var color = mix(params.casing.rgb, params.colors[in.kind.x].rgb, fill);
    var alpha = max(fill, casing);
    if (in.kind.y & SELECTED) != 0u {
        let from_middle = length(in.offset);
        let ring = clamp(1.4 * px + 0.5 - abs(from_middle - 2.4 * r), 0.0, 1.0);
        let halo = 0.5 * clamp(0.7 * px + 0.5 - abs(from_middle - 3.3 * r), 0.0, 1.0);
        let around = max(ring, halo) * params.ring.a;
        color = mix(color, params.ring.rgb, select(0.0, 1.0, around > alpha));
        alpha = max(alpha, around);
    }
    return colour_out(vec4<f32>(color, alpha * in.alpha));
}
