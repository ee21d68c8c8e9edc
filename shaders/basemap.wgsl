// The world around the district: sea with depth bands, neighbouring land, the shadow that lifts the district.
// Partner: layers/basemap.rs; the distances come from layers/ground.rs.
#import gridwall::map::{MapFrame, clip_from_world, px_per_m, px_per_u, colour_out}

// Keep in sync with `BaseMaterial`.
struct BaseParams {
    frame: MapFrame,
    // South-west corner and size of the ground texture, metres.
    ground: vec4<f32>,
    deep: vec4<f32>,
    shelf: vec4<f32>,
    isobath: vec4<f32>,
    land_out: vec4<f32>,
    // Alpha is the darkest the shadow gets.
    shadow: vec4<f32>,
}

@group(2) @binding(0) var<uniform> params: BaseParams;
@group(2) @binding(1) var ground: texture_2d<f32>;
@group(2) @binding(2) var ground_sampler: sampler;

struct Varying {
    @builtin(position) clip: vec4<f32>,
    @location(0) world: vec2<f32>,
    @location(1) @interpolate(flat) is_land: u32,
}

@vertex
fn vertex(@location(0) position: vec3<f32>) -> Varying {
    var out: Varying;
    out.world = position.xy;
    out.is_land = u32(position.z);
    out.clip = clip_from_world(vec3<f32>(position.xy, 0.0));
    return out;
}

fn ground_at(world: vec2<f32>) -> vec4<f32> {
    let uv = (world - params.ground.xy) / params.ground.zw;
    return textureSample(ground, ground_sampler, vec2<f32>(uv.x, 1.0 - uv.y));
}

// Four bands at these distances from the shore (km), lighter towards it, with a hairline where they meet.
const BAND_KM: vec4<f32> = vec4<f32>(2.6, 1.7, 1.0, 0.45);
const BAND_LIGHT: vec4<f32> = vec4<f32>(0.18, 0.4, 0.65, 1.0);

fn sea(from_shore_km: f32, px_km: f32) -> vec3<f32> {
    var color = params.deep.rgb;
    for (var band = 0; band < 4; band++) {
        let inside_px = (BAND_KM[band] - from_shore_km) * px_km;
        let line = clamp(inside_px + 0.5, 0.0, 1.0) - clamp(inside_px - 0.5, 0.0, 1.0);
        color = mix(color, mix(params.deep.rgb, params.shelf.rgb, BAND_LIGHT[band]), clamp(inside_px, 0.0, 1.0));
        color = mix(color, params.isobath.rgb, line * params.isobath.a);
    }
    return color;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px_m = px_per_m();
    let px_u = px_per_u(params.frame);
    let here = ground_at(in.world);
    // The shadow falls 8 u to the south and is 26 u soft.
    let above = ground_at(in.world + vec2<f32>(0.0, 8.0 * px_u / px_m));
    let from_district_u = above.g * 1000.0 * px_m / px_u;
    let shadow = params.shadow.a * (1.0 - smoothstep(-16.0, 26.0, from_district_u));
    var color = select(sea(here.r, 1000.0 * px_m), params.land_out.rgb, in.is_land == 1u);
    color = mix(color, params.shadow.rgb, shadow);
    return colour_out(vec4<f32>(color, 1.0));
}
