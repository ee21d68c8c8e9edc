// The soft shadow that lifts the district out of its neighbourhood. Partner: layers/basemap.rs; the shadow is baked in
// layers/ground.rs. Sea and land are plain surfaces, see flat.wgsl.
#import gridwall::map::{clip_from_world, colour_out}

// Keep in sync with `ShadowParams`.
struct ShadowParams {
    // South-west corner and size of the ground texture, metres.
    ground: vec4<f32>,
    // Alpha is the darkest the shadow gets.
    color: vec4<f32>,
}

@group(2) @binding(0) var<uniform> params: ShadowParams;
@group(2) @binding(1) var ground: texture_2d<f32>;
@group(2) @binding(2) var ground_sampler: sampler;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn vertex(@location(0) position: vec3<f32>) -> Varying {
    var out: Varying;
    let uv = (position.xy - params.ground.xy) / params.ground.zw;
    out.uv = vec2<f32>(uv.x, 1.0 - uv.y);
    out.clip = clip_from_world(position);
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let shadow = textureSample(ground, ground_sampler, in.uv).a;
    return colour_out(vec4<f32>(params.color.rgb, params.color.a * shadow));
}
