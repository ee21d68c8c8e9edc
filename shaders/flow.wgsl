// Tickets in motion: rings, arcs with a fading tail, their traces, ribbons and streams. Everything follows from the
// birth of a pulse and the time; nothing is sent from frame to frame. Partners: layers/flow/ring.rs (the records),
// layers/flow/path.rs (the same curve), layers/flow/material.rs.
#import bevy_sprite::mesh2d_view_bindings::{view, globals}
#import gridwall::map::{MapFrame, clip_from_world, lifted, px_per_m, px_per_u, colour_out}

// Keep in sync with `FlowParams` in layers/flow/material.rs.
struct FlowParams {
    frame: MapFrame,
    up: vec4<f32>,
    down: vec4<f32>,
    closing: vec4<f32>,
    ribbon: vec4<f32>,
    // Of the whole layer, and of what is outside the selection.
    opacity: f32,
    outside: f32,
    // How long a trace stays, seconds.
    keep_s: f32,
    // 1 where the site wants no motion.
    is_still: f32,
}

// Keep in sync with `Pulse::encode` in layers/flow/ring.rs: plain words, 24 bytes.
struct Pulse {
    from_x: f32,
    from_y: f32,
    to_x: f32,
    to_y: f32,
    birth: f32,
    look: u32,
}

@group(2) @binding(0) var<uniform> params: FlowParams;
@group(2) @binding(1) var<storage, read> pulses: array<Pulse>;

const ARRIVAL: u32 = 1u;
const CLOSING: u32 = 2u;
const UP: u32 = 3u;
const DOWN: u32 = 4u;
const RIBBON: u32 = 5u;
const STREAM_UP: u32 = 6u;
const STREAM_DOWN: u32 = 7u;

const TO_CENTRE: u32 = 256u;
const OUTSIDE: u32 = 512u;
const TRACELESS: u32 = 1024u;

const FLIGHT_S: f32 = 2.4;
const RING_S: f32 = 1.6;
// A tail goes out so fast once its arc has arrived.
const OUT_S: f32 = 0.6;
// Without motion everything only fades, so fast.
const FADE_S: f32 = 0.15;
// The tail, as a share of the way.
const TAIL: f32 = 0.6;
const BEND: f32 = 0.41;
const BEND_TO_CENTRE: f32 = 0.13;
const RISE: f32 = 0.10;
// Marks lie above whatever is raised.
const LIFT_M: f32 = 6000.0;

struct Vertex {
    // On a strip: way (0–1) and side (±1). On a square: corner (±1, ±1). Then 0 for a strip, 1 for a square.
    @location(0) position: vec3<f32>,
    @location(1) slot: u32,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Strip: pixels across and the way. Square: pixels from the middle.
    @location(0) at: vec2<f32>,
    // Half the width in pixels, the age, how far the head is, length in u.
    @location(1) @interpolate(flat) line: vec4<f32>,
    // Kind with flags, and 1 for a square.
    @location(2) @interpolate(flat) kind: vec2<u32>,
}

fn curve(p: Pulse, t: f32) -> vec2<f32> {
    let a = vec2<f32>(p.from_x, p.from_y);
    let b = vec2<f32>(p.to_x, p.to_y);
    let along = b - a;
    let bend = select(BEND, BEND_TO_CENTRE, (p.look & TO_CENTRE) != 0u);
    let side = (a + b) * 0.5 + vec2<f32>(-along.y, along.x) * bend + vec2<f32>(0.0, length(along) * RISE);
    return a * (1.0 - t) * (1.0 - t) + side * (2.0 * t * (1.0 - t)) + b * (t * t);
}

fn ground_m() -> f32 {
    return params.frame.slab_m * params.frame.tilt;
}

fn clip_of(world: vec2<f32>) -> vec4<f32> {
    return lifted(clip_from_world(vec3<f32>(world, ground_m())), LIFT_M * params.frame.tilt);
}

fn screen_of(world: vec2<f32>) -> vec2<f32> {
    let clip = clip_of(world);
    return clip.xy / clip.w * 0.5 * view.viewport.zw;
}

// How far the head has come: it starts fast and arrives slowly.
fn head_at(age: f32) -> f32 {
    let t = clamp(age / FLIGHT_S, 0.0, 1.0);
    return max(1.0 - (1.0 - t) * (1.0 - t), params.is_still);
}

@vertex
fn vertex(in: Vertex) -> Varying {
    var out: Varying;
    let p = pulses[in.slot];
    let kind = p.look & 255u;
    let is_square = in.position.z > 0.5;
    out.kind = vec2<u32>(p.look, select(0u, 1u, is_square));
    let px = px_per_u(params.frame);
    let age = max(globals.time - p.birth, 0.0);
    let is_arc = kind == UP || kind == DOWN;
    let is_ring = kind == ARRIVAL || kind == CLOSING;
    let is_band = kind == RIBBON || kind == STREAM_UP || kind == STREAM_DOWN;
    let head = head_at(age);
    let is_gone = (is_ring && age > RING_S)
        || (is_arc && age > params.keep_s)
        || (is_arc && is_square && (age > FLIGHT_S + OUT_S || params.is_still > 0.5))
        || (is_arc && (p.look & TRACELESS) != 0u && age > FLIGHT_S + OUT_S);
    let is_drawn = (is_square && (is_ring || is_arc)) || (!is_square && (is_arc || is_band));
    if !is_drawn || is_gone || params.opacity <= 0.0 {
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
        return out;
    }
    if is_square {
        let reach = select(12.0, 29.0, is_ring) * px;
        let clip = clip_of(curve(p, select(0.0, head, is_arc)));
        out.at = in.position.xy * reach;
        out.line = vec4<f32>(reach, age, head, 0.0);
        out.clip = vec4<f32>(clip.xy + out.at / (0.5 * view.viewport.zw) * clip.w, clip.zw);
        return out;
    }
    let t = in.position.x;
    let here = screen_of(curve(p, t));
    let before = screen_of(curve(p, max(t - 0.01, 0.0)));
    let after = screen_of(curve(p, min(t + 0.01, 1.0)));
    let tangent = normalize(after - before + vec2<f32>(1e-6, 0.0));
    // Bands grow towards the centre; `birth` is their width.
    let to_centre = select(t, 1.0 - t, kind == STREAM_DOWN);
    let half_px = select(1.9, 0.5 * p.birth * (0.35 + 0.65 * to_centre), is_band) * px;
    let reach = half_px + 1.0;
    let clip = clip_of(curve(p, t));
    let moved = here + vec2<f32>(-tangent.y, tangent.x) * in.position.y * reach;
    let long_u = distance(vec2<f32>(p.from_x, p.from_y), vec2<f32>(p.to_x, p.to_y)) * px_per_m() / px;
    out.at = vec2<f32>(in.position.y * reach, t);
    out.line = vec4<f32>(p.birth * 0.5 * px, age, head, long_u);
    out.clip = vec4<f32>(moved / (0.5 * view.viewport.zw) * clip.w, clip.zw);
    return out;
}

// Cover of a line of this width, px; thinner than a pixel is paler.
fn cover(across: f32, half_px: f32) -> f32 {
    return clamp(max(half_px, 0.5) + 0.5 - abs(across), 0.0, 1.0) * min(half_px * 2.0, 1.0);
}

fn fade_in(age: f32) -> f32 {
    return select(1.0, clamp(age / FADE_S, 0.0, 1.0), params.is_still > 0.5);
}

fn ring_alpha(in: Varying, is_closing: bool, px: f32) -> f32 {
    let t = clamp(in.line.y / RING_S, 0.0, 1.0);
    let eased = 1.0 - (1.0 - t) * (1.0 - t);
    var radius = mix(9.0, 26.0, select(eased, 1.0 - eased, is_closing)) * px;
    var alpha = 0.9 * (1.0 - t * t);
    if params.is_still > 0.5 {
        radius = 15.0 * px;
        alpha = 0.9 * fade_in(in.line.y) * clamp((RING_S - in.line.y) / FADE_S, 0.0, 1.0);
    }
    return alpha * cover(length(in.at) - radius, 0.8 * px);
}

fn arc_alpha(in: Varying, px: f32) -> f32 {
    let t = in.at.y;
    let age = in.line.y;
    let head = in.line.z;
    if t > head {
        return 0.0;
    }
    // Near the head 1, at the end of the tail 0.
    let tail = clamp((t - head + TAIL) / TAIL, 0.0, 1.0);
    let light = select(1.0 - clamp((age - FLIGHT_S) / OUT_S, 0.0, 1.0), 0.0, params.is_still > 0.5);
    let comet = 0.95 * pow(tail, 1.6) * light * cover(in.at.x, (0.5 + 1.3 * tail) * px);
    // The trace pales within its hour, and is stronger at its end, so that its way can be read.
    let stays = select(1.0, light, (in.kind.x & TRACELESS) != 0u);
    let trace = mix(0.85, 0.22, clamp(age / params.keep_s, 0.0, 1.0)) * mix(0.3, 1.0, t * t) * stays * fade_in(age);
    return max(comet, trace * cover(in.at.x, mix(0.5, 0.8, t) * px));
}

fn band_alpha(in: Varying, kind: u32) -> f32 {
    let t = in.at.y;
    let to_centre = select(t, 1.0 - t, kind == STREAM_DOWN);
    let half_px = in.line.x * (0.35 + 0.65 * to_centre);
    let body = cover(in.at.x, half_px);
    if kind == RIBBON {
        return 0.42 * (0.35 + 0.65 * to_centre) * body;
    }
    // Waves on their way; their number in an hour is whole, so that they go on when the clock starts anew.
    let wave = fract(in.line.w / 56.0 * t - globals.time * 1.25);
    // Bright at the front, which is soft, and paling behind it.
    let front = wave * wave * (1.0 - smoothstep(0.82, 1.0, wave));
    let crest = select(front * 1.4, 0.5, params.is_still > 0.5);
    return (0.24 + 0.5 * crest) * body;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    let px = px_per_u(params.frame);
    let kind = in.kind.x & 255u;
    var color = select(params.up, params.down, kind == DOWN || kind == STREAM_DOWN).rgb;
    var alpha = 0.0;
    switch kind {
        case 1u, 2u: {
            color = select(params.up.rgb, params.closing.rgb, kind == CLOSING);
            alpha = ring_alpha(in, kind == CLOSING, px);
        }
        case 3u, 4u: {
            if in.kind.y == 1u {
                let from_middle = length(in.at);
                let light = 1.0 - clamp((in.line.y - FLIGHT_S) / OUT_S, 0.0, 1.0);
                let core = clamp(4.6 * px + 0.5 - from_middle, 0.0, 1.0);
                let halo = 0.22 * clamp(10.0 * px + 0.5 - from_middle, 0.0, 1.0);
                alpha = max(core, halo) * light;
            } else {
                alpha = arc_alpha(in, px);
            }
        }
        default: {
            color = select(color, params.ribbon.rgb, kind == RIBBON);
            alpha = band_alpha(in, kind);
        }
    }
    alpha *= params.opacity * select(1.0, params.outside, (in.kind.x & OUTSIDE) != 0u);
    return colour_out(vec4<f32>(color, alpha));
}
