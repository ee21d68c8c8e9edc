// Draws egui's triangles on a picture that holds sRGB values as plain numbers, which is how egui means its colours to be
// multiplied and blended: nothing is converted. Partner: wall/picture.rs, which also sees to it that egui's textures are
// read as plain numbers.

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

@vertex
fn vs_main(
    @location(0) position: vec2<f32>,
    @location(1) uv: vec2<f32>,
    @location(2) color: vec4<f32>,
) -> VertexOutput {
    return VertexOutput(vec4<f32>(position * transform.scale + transform.translation, 0.0, 1.0), color, uv);
}

@fragment
fn fs_main(in: VertexOutput) -> @location(0) vec4<f32> {
    return in.color * textureSample(image_texture, image_sampler, in.uv);
}
