// The picture of a heat field for measurements: the whole target, coloured by a ramp. Partner: bench/picture.rs.

struct Params {
    // From target pixels to texture coordinates.
    scale: vec2<f32>,
    // The value of the ramp's end.
    top: f32,
    // 1: by the B-spline, as the wall draws; 0: nearest, as controls.
    smooth_read: f32,
    ramp: array<vec4<f32>, 64>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var values: texture_2d<f32>;
@group(0) @binding(2) var values_sampler: sampler;

@vertex
fn whole(@builtin(vertex_index) index: u32) -> @builtin(position) vec4<f32> {
    let corner = vec2<f32>(f32(index & 1u), f32(index >> 1u)) * 4.0 - 1.0;
    return vec4<f32>(corner, 0.0, 1.0);
}

fn tap(at: vec2<f32>) -> f32 {
    return textureSampleLevel(values, values_sampler, at, 0.0).r;
}

fn spline(uv: vec2<f32>) -> f32 {
    let size = vec2<f32>(textureDimensions(values));
    let place = uv * size - 0.5;
    let corner = floor(place);
    let t = place - corner;
    let s = 1.0 - t;
    let w0 = s * s * s / 6.0;
    let w1 = (4.0 - 6.0 * t * t + 3.0 * t * t * t) / 6.0;
    let w3 = t * t * t / 6.0;
    let g0 = w0 + w1;
    let g1 = 1.0 - g0;
    let a = (corner - 0.5 + w1 / g0) / size;
    let b = (corner + 1.5 + w3 / g1) / size;
    return g0.y * (g0.x * tap(a) + g1.x * tap(vec2<f32>(b.x, a.y)))
        + g1.y * (g0.x * tap(vec2<f32>(a.x, b.y)) + g1.x * tap(b));
}

@fragment
fn coloured(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = at.xy * params.scale;
    var value = 0.0;
    if params.smooth_read > 0.5 {
        value = spline(uv);
    } else {
        let size = vec2<f32>(textureDimensions(values));
        value = textureLoad(values, vec2<u32>(clamp(uv * size, vec2<f32>(0.0), size - 1.0)), 0).r;
    }
    let share = clamp(value / params.top, 0.0, 1.0) * 63.0;
    let below = min(u32(share), 62u);
    return mix(params.ramp[below], params.ramp[below + 1u], share - f32(below));
}

@group(0) @binding(3) var picture: texture_2d<f32>;

// As the wall draws on a software adapter: painted before, only copied here.
@fragment
fn painted(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    return textureLoad(picture, vec2<i32>(at.xy), 0);
}
