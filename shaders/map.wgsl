// What all layers share: the area records, scale and units of the view, and colour out.
// World is metres (x east, y north, z up). u is 1/1080 of the picture height. Colours are sRGB values, not linear light,
// because the map blends in sRGB (see layers/mod.rs).
#define_import_path gridwall::map

#import bevy_sprite::mesh2d_view_bindings::view

// Keep in sync with `AreaRecord` in layers/areas/records.rs.
struct AreaRecord {
    // sRGB bytes, red lowest; alpha is how much of it covers the land.
    color: u32,
    // Metres, now and before the last change.
    height: f32,
    prev_height: f32,
    flags: u32,
}

const NO_FEATURE: u32 = 0xffffffffu;
const FLAG_OUTSIDE: u32 = 1u;

// Keep in sync with `MapFrameUniform` in layers/frame.rs.
struct MapFrame {
    // Picture height in u.
    height_u: f32,
    // 0 flat, 1 tilted.
    tilt: f32,
    // From previous heights (0) to heights (1).
    blend: f32,
    // Height of an area of value zero when fully tilted, metres.
    slab_m: f32,
}

fn px_per_u(frame: MapFrame) -> f32 {
    return view.viewport.w / frame.height_u;
}

// The picture is parallel and north is up, so the first column holds the scale across.
fn px_per_m() -> f32 {
    return view.clip_from_world[0].x * 0.5 * view.viewport.z;
}

// The scale as the design's table has it.
fn u_per_km(frame: MapFrame) -> f32 {
    return 1000.0 * px_per_m() / px_per_u(frame);
}

fn top_of(record: AreaRecord, frame: MapFrame) -> f32 {
    return (frame.slab_m + mix(record.prev_height, record.height, frame.blend)) * frame.tilt;
}

fn clip_from_world(world: vec3<f32>) -> vec4<f32> {
    return view.clip_from_world * vec4<f32>(world, 1.0);
}

// Moves a clip position towards the viewer by metres, past what lies in the same plane.
fn lifted(clip: vec4<f32>, metres: f32) -> vec4<f32> {
    let m = view.clip_from_world;
    return vec4<f32>(clip.xy, clip.z + metres * length(vec3<f32>(m[0].z, m[1].z, m[2].z)), clip.w);
}

fn linear_from_srgb(color: vec3<f32>) -> vec3<f32> {
    return select(pow((color + 0.055) / 1.055, vec3<f32>(2.4)), color / 12.92, color <= vec3<f32>(0.04045));
}

// The colour as the camera's picture stores it.
fn colour_out(color: vec4<f32>) -> vec4<f32> {
#ifdef SRGB_OUTPUT
    return color;
#else
    return vec4<f32>(linear_from_srgb(color.rgb), color.a);
#endif
}
