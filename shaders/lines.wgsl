// Lines of constant width on the screen: borders, roads, rivers, outlines. Partner: layers/lines.rs; the vertices come
// from layers/mesh/line.rs.
#import bevy_sprite::mesh2d_view_bindings::view
#import gridwall::map::{AreaRecord, MapFrame, NO_FEATURE, top_of, clip_from_world, lifted, px_per_m, px_per_u, u_per_km, colour_out}

// Keep in sync with `LineStyle` in layers/lines.rs.
struct LineStyle {
    color: vec4<f32>,
    width_u: f32,
    // The scale (u per km) at which the width is as given; the width follows the scale between the two factors.
    scale_ref: f32,
    scale_min: f32,
    scale_max: f32,
    // u drawn and u left out; 0 for a solid line.
    dash_u: f32,
    gap_u: f32,
    // Fades in between these scales (u per km).
    fade_from: f32,
    fade_to: f32,
    // The scale from which it is dashed.
    dash_from: f32,
    // Wider than the line's width on the ground by this much, u.
    extra_u: f32,
    // How far ends reach beyond their points, as a share of half the width.
    cap: f32,
    // On a coloured area the line is that colour times this; 0 keeps the line's own.
    on_colour: f32,
}

struct LineParams {
    frame: MapFrame,
    styles: array<LineStyle, 15>,
}

@group(2) @binding(0) var<uniform> params: LineParams;
@group(2) @binding(1) var<storage, read> areas: array<AreaRecord>;

struct Vertex {
    // x, y and metres along the line.
    @location(0) position: vec3<f32>,
    // The points before (xy) and after (zw).
    @location(1) neighbours: vec4<f32>,
    // Side, style, width in metres, opacity.
    @location(2) look: vec4<f32>,
    @location(3) owners: vec2<u32>,
}

struct Varying {
    @builtin(position) clip: vec4<f32>,
    // Pixels from the middle, pixels along, opacity.
    @location(0) across: vec3<f32>,
    // Half the width in pixels; pixels drawn, and drawn and left out together: 0 for a solid line. What is the same for
    // all of a line is looked up once for its ends and not for every pixel.
    @location(1) @interpolate(flat) stroke: vec3<f32>,
    @location(2) @interpolate(flat) color: vec3<f32>,
}

fn screen_from_clip(clip: vec4<f32>) -> vec2<f32> {
    return clip.xy / clip.w * 0.5 * view.viewport.zw;
}

// A value that is withheld has an alpha of 1/255 and no colour of its own, as in areas.wgsl.
fn is_coloured(cover: vec4<f32>) -> bool {
    return cover.a > 0.006;
}

@vertex
fn vertex(in: Vertex) -> Varying {
    var out: Varying;
    let style = params.styles[u32(in.look.y)];
    let scale = u_per_km(params.frame);
    let fade = smoothstep(style.fade_from, style.fade_to, scale);

    var z = 0.0;
    var cover = vec4<f32>(0.0);
    if in.owners.x != NO_FEATURE {
        let record = areas[in.owners.x];
        z = top_of(record, params.frame);
        cover = unpack4x8unorm(record.color);
    }
    if in.owners.y != NO_FEATURE {
        let record = areas[in.owners.y];
        z = max(z, top_of(record, params.frame));
        let other = unpack4x8unorm(record.color);
        cover = select(cover, other, is_coloured(other) && (!is_coloured(cover) || other.g > cover.g));
    }
    out.color = select(style.color.rgb, cover.rgb * style.on_colour, is_coloured(cover) && style.on_colour > 0.0);

    let px_u = px_per_u(params.frame);
    var width_px = style.width_u * clamp(scale / style.scale_ref, style.scale_min, style.scale_max) * px_u;
    if in.look.z > 0.0 && style.color.a > 0.0 {
        width_px = max(in.look.z * px_per_m() + style.extra_u * px_u, width_px);
    }
    let half_px = width_px * 0.5;

    // A line is wider than its place on a tilted plane: lift it by that much.
    let clip = lifted(clip_from_world(vec3<f32>(in.position.xy, z)), (half_px + 2.0) / px_per_m());
    let here = screen_from_clip(clip);
    let before = screen_from_clip(clip_from_world(vec3<f32>(in.neighbours.xy, z)));
    let after = screen_from_clip(clip_from_world(vec3<f32>(in.neighbours.zw, z)));
    let is_start = distance(before, here) < 1e-4;
    let is_end = distance(after, here) < 1e-4;
    var arriving = here - before;
    var leaving = after - here;
    if is_start {
        arriving = leaving;
    }
    if is_end {
        leaving = arriving;
    }
    arriving = normalize(arriving + vec2<f32>(1e-6, 0.0));
    leaving = normalize(leaving + vec2<f32>(1e-6, 0.0));
    let tangent = normalize(arriving + leaving + vec2<f32>(1e-6, 0.0));
    let mitre = vec2<f32>(-tangent.y, tangent.x);
    let stretch = 1.0 / max(dot(mitre, vec2<f32>(-leaving.y, leaving.x)), 0.5);
    // A pixel more on each side for the soft edge.
    let reach = half_px + 1.0;
    var moved = here + mitre * stretch * in.look.x * reach;
    let cap = min(half_px, 4.0 * px_u) * style.cap;
    if is_start {
        moved -= tangent * cap;
    } else if is_end {
        moved += tangent * cap;
    }
    out.across = vec3<f32>(in.look.x * reach, in.position.z * px_per_m(), in.look.w * fade * style.color.a);
    let is_dashed = style.dash_u > 0.0 && scale >= style.dash_from;
    let dash = select(vec2<f32>(0.0), vec2<f32>(style.dash_u, style.dash_u + style.gap_u) * px_u, is_dashed);
    out.stroke = vec3<f32>(half_px, dash);
    if fade * style.color.a <= 0.0 || width_px <= 0.0 {
        // Nothing to see: all vertices in one place.
        out.clip = vec4<f32>(2.0, 2.0, 0.0, 1.0);
    } else {
        out.clip = vec4<f32>(moved / (0.5 * view.viewport.zw) * clip.w, clip.zw);
    }
    return out;
}

@fragment
fn fragment(in: Varying) -> @location(0) vec4<f32> {
    // Lines thinner than a pixel are a pixel wide and paler.
    let half_px = max(in.stroke.x, 0.5);
    var alpha = clamp(half_px + 0.5 - abs(in.across.x), 0.0, 1.0) * min(in.stroke.x * 2.0, 1.0);
    let period = in.stroke.z;
    if period > 0.0 {
        let at = in.across.y - floor(in.across.y / period) * period;
        alpha *= clamp(in.stroke.y - at + 0.5, 0.0, 1.0);
    }
    return colour_out(vec4<f32>(in.color, in.across.z * alpha));
}
