// Plain surfaces on the ground with a colour per vertex: lakes, the veil outside the selection, the tint inside.
// Partner: layers/flat.rs.
#import gridwall::map::{clip_from_world, colour_out}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Each surface has one colour.
    @location(0) @interpolate(flat) color: vec4<f32>,
}

@vertex
fn vertex(@location(0) position: vec3<f32>, @location(1) color: vec4<f32>) -> Varying {
    var out: Varying;
    out.clip = clip_from_world(position);
    out.color = color;
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    return colour_out(in.color);
}
