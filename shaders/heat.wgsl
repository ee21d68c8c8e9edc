// Where events are dense: values read from a texture by the cubic B-spline, coloured by a ramp, with isolines.
// Partner: layers/heat/draw.rs.
#import gridwall::map::{MapFrame, clip_from_world, px_per_u, colour_out}

// Keep in sync with `HeatParams`.
struct HeatParams {
    frame: MapFrame,
    // South-west corner and size of the texture on the ground, metres.
    place: vec4<f32>,
    hatch: vec4<f32>,
    // Values of isolines; 0 for none.
    lines: vec4<f32>,
    // Top of the scale, 1 if values have two signs, opacity, 1 if grey.
    scale: vec4<f32>,
    ramp: array<vec4<f32>, 64>,
}

@group(2) @binding(0) var<uniform> params: HeatParams;
// Value in the unit of the legend, and how many events are behind it.
@group(2) @binding(1) var values: texture_2d<f32>;
@group(2) @binding(2) var values_sampler: sampler;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) uv: vec2<f32>,
}

@vertex
fn vertex(@location(0) position: vec3<f32>) -> Varying {
    var out: Varying;
    out.uv = (position.xy - params.place.xy) / params.place.zw;
    out.clip = clip_from_world(vec3<f32>(position.xy, 0.0));
    return out;
}

fn tap(at: vec2<f32>) -> vec2<f32> {
    return textureSampleLevel(values, values_sampler, at, 0.0).rg;
}

// Sixteen neighbours by four taps between them.
fn spline(uv: vec2<f32>) -> vec2<f32> {
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

fn isoline(value: f32, slope: f32, level: f32, width: f32, alpha: f32) -> f32 {
    if level <= 0.0 {
        return 0.0;
    }
    return clamp(width * 0.5 + 0.5 - abs(value - level) / slope, 0.0, 1.0) * alpha;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let is_signed = params.scale.y > 0.5;
    let read = spline(in.uv);
    let value = read.x;
    let slope = max(fwidth(value), 1e-6);
    let share = value / params.scale.x;
    let t = clamp(select(share, 0.5 + 0.5 * share, is_signed), 0.0, 1.0);
    let strength = clamp(select(share, abs(share), is_signed), 0.0, 1.0);

    let at = t * 63.0;
    let below = min(u32(at), 62u);
    var color = mix(params.ramp[below].rgb, params.ramp[below + 1u].rgb, at - f32(below));
    // From nothing over the first part of the scale, so that the land stays readable.
    let rise = clamp((strength - 0.0105) / 0.24, 0.0, 1.0);
    var alpha = 0.95 * rise * rise * (3.0 - 2.0 * rise);
    // Fewer than five events fade out.
    alpha *= clamp((read.y - 1.0) / 4.0, 0.0, 1.0);

    let px = px_per_u(params.frame);
    let line = max(max(isoline(value, slope, params.lines.x, 1.0 * px, 0.20),
                       isoline(value, slope, params.lines.y, 1.1 * px, 0.30)),
                   isoline(value, slope, params.lines.z, 1.4 * px, 0.50));
    let seen = line * clamp((read.y - 1.0) / 4.0, 0.0, 1.0);
    if params.scale.w > 0.5 {
        color = vec3<f32>(dot(color, vec3<f32>(0.299, 0.587, 0.114)));
        let stripe = fract((in.clip.x + in.clip.y) / (14.0 * px) / 1.41421) < 0.143;
        color = mix(color, params.hatch.rgb, select(0.0, params.hatch.a, stripe));
    }
    let over = seen + alpha * (1.0 - seen);
    let mixed = (vec3<f32>(1.0) * seen + color * alpha * (1.0 - seen)) / max(over, 1e-4);
    return colour_out(vec4<f32>(mixed, over * params.scale.z));
}
