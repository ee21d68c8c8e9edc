// Controls for measurements: one additive quad per event, a search for the largest value, and the picture both ways.
// Partner: bench/splat.rs, bench/heat.rs.

struct Params {
    // Size of the target, texels.
    size: vec2<f32>,
    // Texels per pixel.
    scale: f32,
    // Texels.
    sigma: f32,
    // Side of the square in which the largest value is looked for.
    side: u32,
    unused_a: u32,
    unused_b: u32,
    unused_c: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
// Pixels.
@group(0) @binding(1) var<storage, read> points: array<vec2<f32>>;
@group(0) @binding(2) var weights: texture_2d<f32>;

struct Quad {
    @builtin(position) clip: vec4<f32>,
    // In sigmas.
    @location(0) offset: vec2<f32>,
}

@vertex
fn quad(@builtin(vertex_index) corner: u32, @builtin(instance_index) event: u32) -> Quad {
    var out: Quad;
    let side = vec2<f32>(f32(corner & 1u), f32(corner >> 1u)) * 2.0 - 1.0;
    out.offset = side * 3.0;
    let at = points[event] * params.scale + out.offset * params.sigma;
    out.clip = vec4<f32>(at / params.size * vec2<f32>(2.0, -2.0) + vec2<f32>(-1.0, 1.0), 0.0, 1.0);
    return out;
}

@fragment
fn kernel(in: Quad) -> @location(0) vec4<f32> {
    return vec4<f32>(0.3989 * exp(-0.5 * dot(in.offset, in.offset)), 0.0, 0.0, 1.0);
}

struct Texel {
    @builtin(position) clip: vec4<f32>,
    @location(0) @interpolate(flat) value: f32,
}

@vertex
fn each_texel(@builtin(vertex_index) index: u32) -> Texel {
    var out: Texel;
    let at = vec2<u32>(index % params.side, index / params.side);
    out.value = textureLoad(weights, min(at, textureDimensions(weights) - 1u), 0).r;
    out.clip = vec4<f32>(0.0, 0.0, 0.0, 1.0);
    return out;
}

@fragment
fn its_value(in: Texel) -> @location(0) vec4<f32> {
    return vec4<f32>(in.value, 0.0, 0.0, 1.0);
}
