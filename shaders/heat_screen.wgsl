// The heat where the GPU is the CPU: a picture painted for exactly these pixels, cut by the land's coast.
// Partners: heat/paint.rs, layers/heat/screen.rs.
#import gridwall::map::{clip_from_world, colour_out}

// Column and row on the screen of the picture's first pixel.
@group(2) @binding(0) var<uniform> first: vec4<i32>;
@group(2) @binding(1) var picture: texture_2d<f32>;

@vertex
fn vertex(@location(0) position: vec3<f32>) -> @builtin(position) vec4<f32> {
    return clip_from_world(vec3<f32>(position.xy, 0.0));
}

@fragment
fn fragment(@builtin(position) at: vec4<f32>) -> @location(0) vec4<f32> {
    let last = vec2<i32>(textureDimensions(picture)) - 1;
    let pixel = clamp(vec2<i32>(at.xy) - first.xy, vec2<i32>(0), last);
    return colour_out(textureLoad(picture, pixel, 0));
}
