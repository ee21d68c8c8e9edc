// Care counts by community: a disc with a ring whose arc is the share visited; hatched where the number is withheld.
// Partner: layers/care.rs.
#import bevy_sprite::mesh2d_view_bindings::view
#import gridwall::map::{MapFrame, clip_from_world, lifted, px_per_m, px_per_u, colour_out}

// Keep in sync with `CareParams`.
struct CareParams {
    frame: MapFrame,
    disc: vec4<f32>,
    track: vec4<f32>,
    arc: vec4<f32>,
    hatch: vec4<f32>,
    classes: array<vec4<f32>, 5>,
    opacity: f32,
    // Width of the ring, u.
    stroke_u: f32,
    is_grey: u32,
    pad: u32,
}

@group(2) @binding(0) var<uniform> params: CareParams;

const TAU: f32 = 6.28318530718;

struct Vertex {
    @location(0) position: vec3<f32>,
    // Corner (±1, ±1), radius in u, share (0–1, −1 withheld, −2 not known, −3 no data at all).
    @location(1) mark: vec4<f32>,
    // Class of the share.
    @location(2) owners: vec2<u32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the middle, y up.
    @location(0) offset: vec2<f32>,
    @location(1) @interpolate(flat) look: vec2<f32>,
    @location(2) @interpolate(flat) kind: u32,
}

@vertex
fn vertex(in: Vertex) -> Varying {
    var out: Varying;
    out.look = in.mark.zw;
    out.kind = in.owners.x;
    let reach = (in.mark.z + 4.0) * px_per_u(params.frame);
    // z is the top of what it stands on.
    let clip = lifted(clip_from_world(in.position), reach / px_per_m());
    out.offset = in.mark.xy * reach;
    out.clip = vec4<f32>(clip.xy + out.offset / (0.5 * view.viewport.zw) * clip.w, clip.zw);
    if params.opacity <= 0.0 {
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
    }
    return out;
}

// How much of a pixel at signed distance `d` is covered.
fn cover(d: f32) -> f32 {
    return clamp(0.5 - d, 0.0, 1.0);
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = px_per_u(params.frame);
    let r = in.look.x * px;
    let share = in.look.y;
    let away = length(in.offset);
    if share < -0.5 && share > -1.5 {
        // Withheld: hatched, whatever the reason.
        let ring = cover(abs(away - r) - 0.9 * px);
        let across = (in.offset.x + in.offset.y) * 0.70710678;
        let step = 6.0 * px;
        let line = cover(abs(across - step * round(across / step)) - 0.8 * px);
        let inside = cover(away - r);
        let ink = max(ring, line * inside);
        let color = mix(params.disc.rgb, params.hatch.rgb, ink);
        let alpha = max(ink * params.hatch.a, inside * 0.55);
        return colour_out(vec4<f32>(color, alpha * params.opacity));
    }
    if share < -2.5 {
        // No data: a dash, and nothing that could be taken for a small number.
        let dash = cover(abs(in.offset.x) - r) * cover(abs(in.offset.y) - 1.3 * px);
        let around = cover(abs(in.offset.x) - r - 2.0 * px) * cover(abs(in.offset.y) - 3.3 * px);
        let shade = mix(params.disc.rgb, params.hatch.rgb, dash);
        return colour_out(vec4<f32>(shade, max(dash * params.hatch.a, around * 0.55) * params.opacity));
    }
    let half = 0.5 * params.stroke_u * px;
    let middle = r - half;
    // A dark rim keeps ring and land apart.
    let rim = cover(away - r - 2.0 * px);
    var color = params.disc.rgb;
    if in.kind < 5u && params.is_grey == 0u {
        color = mix(color, params.classes[in.kind].rgb, 0.30);
    }
    let ring = cover(abs(away - middle) - half);
    var turn = atan2(in.offset.x, in.offset.y) / TAU;
    if turn < 0.0 {
        turn += 1.0;
    }
    // The ends of the arc are smoothed by their length along the ring.
    let along = (turn - max(share, 0.0)) * TAU * middle;
    let lit = select(cover(along), 1.0, share > 0.999) * step_at_top(turn, middle);
    let ink = mix(params.track.rgb, params.arc.rgb, select(0.0, lit, share >= 0.0));
    color = mix(color, ink, ring);
    let alpha = max(rim * params.disc.a, ring);
    return colour_out(vec4<f32>(color, alpha * params.opacity));
}

// The arc begins at the top.
fn step_at_top(turn: f32, middle: f32) -> f32 {
    return clamp(turn * TAU * middle + 0.5, 0.0, 1.0);
}
