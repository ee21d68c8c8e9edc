// Areas: the land and over it flat fills, or prisms when tilted. Flat, land and fills are drawn one after the other: the
// land stays while colours change, and a fill is a colour and nothing else. Partner: layers/areas/mod.rs.
#import gridwall::map::{AreaRecord, MapFrame, NO_FEATURE, FLAG_OUTSIDE, top_of, clip_from_world, px_per_u, colour_out}

// Keep in sync with `AreaMaterial`.
struct AreaParams {
    frame: MapFrame,
    // Hatching, when the counts are stale; alpha 0 otherwise.
    hatch: vec4<f32>,
    // What is outside the selection fades towards this; alpha is how far.
    outside: vec4<f32>,
    // South-west corner and size of the ground texture, metres.
    ground: vec4<f32>,
}

@group(2) @binding(0) var<uniform> params: AreaParams;
@group(2) @binding(1) var<storage, read> areas: array<AreaRecord>;
@group(2) @binding(2) var ground: texture_2d<f32>;
@group(2) @binding(3) var ground_sampler: sampler;

struct Vertex {
    // x, y and what it is: 0 top, 1 upper end of a wall, 2 its foot.
    @location(0) position: vec3<f32>,
    @location(1) owners: vec2<u32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
#ifndef COVER
    @location(0) uv: vec2<f32>,
#endif
    // Of the count, with how much of the land it covers.
    @location(1) @interpolate(flat) cover: vec4<f32>,
#ifdef RAISED
    @location(2) world: vec3<f32>,
    // 1 on a wall; 2 more when outside the selection.
    @location(3) @interpolate(flat) kind: u32,
#endif
}

@vertex
fn vertex(in: Vertex) -> Varying {
    var out: Varying;
#ifndef COVER
    let uv = (in.position.xy - params.ground.xy) / params.ground.zw;
    out.uv = vec2<f32>(uv.x, 1.0 - uv.y);
#endif
#ifdef RAISED
    // A wall stands between two features (or a feature and the outside) and shows the higher one.
    let is_wall = in.position.z > 0.5;
    var record: AreaRecord;
    var z = 0.0;
    if in.owners.x != NO_FEATURE {
        record = areas[in.owners.x];
        z = top_of(record, params.frame);
    }
    if is_wall {
        var other_z = 0.0;
        if in.owners.y != NO_FEATURE {
            let other = areas[in.owners.y];
            other_z = top_of(other, params.frame);
            if other_z > z || in.owners.x == NO_FEATURE {
                record = other;
            }
        }
        z = select(min(z, other_z), max(z, other_z), in.position.z < 1.5);
    }
    out.kind = select(0u, 1u, is_wall) | ((record.flags & FLAG_OUTSIDE) << 1u);
    out.world = vec3<f32>(in.position.xy, z);
    out.cover = unpack4x8unorm(record.color);
    out.clip = clip_from_world(out.world);
#else
    out.cover = unpack4x8unorm(areas[in.owners.x].color);
    out.clip = clip_from_world(vec3<f32>(in.position.xy, 0.0));
#ifdef COVER
    // Plain land has no fill.
    if out.cover.a <= 0.0 {
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
    }
#endif
#endif
    return out;
}

// Part of a stripe of stripes so far apart, u, at 45°, in screen space so that it does not swim.
fn is_striped(clip: vec4<f32>, apart_u: f32, share: f32) -> bool {
    return fract((clip.x + clip.y) / (apart_u * px_per_u(params.frame)) / 1.41421) < share;
}

#ifdef LAND
@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    // The colour of the land, with parks and relief.
    return colour_out(vec4<f32>(textureSample(ground, ground_sampler, in.uv).rgb, 1.0));
}
#else
#ifdef COVER
@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
#ifdef HATCHED
    // As below: an alpha of 1/255 is a value that is withheld. Each is a layer of hatching over one of colour.
    let is_withheld = in.cover.a > 0.0 && in.cover.a < 0.006;
    let is_stale = params.hatch.a > 0.0;
    let stale = select(0.0, params.hatch.a, is_striped(in.clip, 14.0, 0.143) && in.cover.a > 0.0);
    let withheld = select(0.0, 0.5, is_withheld && is_striped(in.clip, 9.0, 0.2));
    let over = select(withheld, stale, is_stale);
    let under = select(in.cover.a, 0.0, is_withheld) * (1.0 - over);
    let alpha = over + under;
    return colour_out(vec4<f32>((in.cover.rgb * under + params.hatch.rgb * over) / max(alpha, 1e-4), alpha));
#else
    return colour_out(in.cover);
#endif
}
#else
@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    // The colour of the land, with parks and relief.
    let land = textureSample(ground, ground_sampler, in.uv).rgb;
    // An alpha of 1/255 is no colour: the value is withheld, which is hatched.
    let is_withheld = in.cover.a > 0.0 && in.cover.a < 0.006;
    var color = mix(land, in.cover.rgb, select(in.cover.a, 0.0, is_withheld));
    if params.hatch.a > 0.0 {
        // 2 of 14 px; only where there is something to doubt.
        let stripe = is_striped(in.clip, 14.0, 0.143);
        color = mix(color, params.hatch.rgb, select(0.0, params.hatch.a, stripe && in.cover.a > 0.0));
    } else if is_withheld {
        let stripe = is_striped(in.clip, 9.0, 0.2);
        color = mix(color, params.hatch.rgb, select(0.0, 0.5, stripe));
    }
#ifdef RAISED
    // Walls: darker than the top, darkest to the east, as the light comes from the north-west.
    let across = cross(dpdx(in.world), dpdy(in.world));
    let normal = normalize(across + vec3<f32>(0.0, 0.0, 1e-9)) * select(1.0, -1.0, across.y > 0.0);
    if (in.kind & 1u) == 1u {
        color *= mix(0.56, 0.72, 0.5 - 0.5 * normal.x);
    }
    color = mix(color, params.outside.rgb, select(0.0, params.outside.a, (in.kind & 2u) == 2u));
#endif
    return colour_out(vec4<f32>(color, 1.0));
}
#endif
#endif
