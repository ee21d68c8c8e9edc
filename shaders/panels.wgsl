// Draws egui's triangles so that they blend over the map as if the target blended sRGB values, which it does not: it
// blends linear light. Colour and coverage are egui's (premultiplied sRGB); only what reaches the blender differs.

struct Transform {
    scale: vec2<f32>,
    translation: vec2<f32>,
}

struct VertexOutput {
    @builtin(position) position: vec4<f32>,
    @location(0) color: vec4<f32>,
    @location(1) uv: vec2<f32>,
}

@group(0) @binding(0) var<uniform> transform: Transform;
@group(1) @binding(0) var image_texture: texture_2d<f32>;
@group(1) @binding(1) var image_sampler: sampler;

fn linear_from_srgb(srgb: vec3<f32>) -> vec3<f32> {
    let high = pow((srgb + 0.055) / 1.055, vec3<f32>(2.4));
    return select(high, srgb / 12.92, srgb < vec3<f32>(0.04045));
}

fn srgb_from_linear(rgb: vec3<f32>) -> vec3<f32> {
    let high = 1.055 * pow(rgb, vec3<f32>(1.0 / 2.4)) - 0.055;
    return select(high, rgb * 12.92, rgb < vec3<f32>(0.0031308));
}

@vertex
fn vs_main(
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    @location(2) color: vec4<f32>,
) -> VertexOutput {
    return VertexOutput(vec4<f32>(position * transform.scale + transform.translation, 0.0, 1.0), color, uv);
}

// How much of a colour covers the picture when light is blended. Where sRGB values are blended, a light colour half
// drawn on a dark ground is darker than half of its light, and a dark one on a light ground covers more than half of the
// ground's; with a colour as light as its ground nothing shows. All three hold when the coverage a becomes a^2.2 for
// white and 1 - (1 - a)^2.2 for black.
fn coverage(a: f32, srgb: vec3<f32>) -> f32 {
    let lightness = dot(srgb, vec3<f32>(0.2126, 0.7152, 0.0722));
    return mix(1.0 - pow(1.0 - a, 2.2), pow(a, 2.2), lightness);
}

@fragment
fn fs_main(in: VertexOutput) -> @location(0) vec4<f32> {
    let texel = textureSample(image_texture, image_sampler, in.uv);
    let drawn = vec4<f32>(srgb_from_linear(texel.rgb), texel.a) * in.color;
    if drawn.a <= 0.0 {
        // Nothing, or light that is added.
        return vec4<f32>(linear_from_srgb(drawn.rgb), 0.0);
    }
    let srgb = min(drawn.rgb / drawn.a, vec3<f32>(1.0));
    let a = coverage(clamp(drawn.a, 0.0, 1.0), srgb);
    return vec4<f32>(linear_from_srgb(srgb) * a, a);
}
