//! Pictures of the panels without a GPU, to look at: egui's triangles filled on the CPU. Only in tests.
//!
//! `GRIDWALL_PICTURES=folder cargo test … panels::preview -- --ignored` writes them. What runs always is the check that
//! every scene and state can be drawn at every size.

use std::collections::HashMap;

use bevy_egui::egui::{
    self, ClippedPrimitive, Color32, Pos2, RawInput, Rect, TextureId, Vec2, epaint::Primitive, pos2, vec2,
};

use super::fixture::{self, City};
use super::look::tests::{feeds, look};
use super::*;
use crate::city::{Detail, Freshness, Tallies, Tickets};
use crate::domain::{AreaTable, Level};
use crate::palette::Rgb;

/// What is shown.
pub(super) struct Shot {
    /// In u.
    pub size: Vec2,
    /// Pixels per u.
    pub pixels: f32,
    pub profile: Profile,
    pub target: Target,
    pub rung: Freshness,
    pub age_s: u64,
    pub locale: Locale,
    pub theme: Theme,
    pub query: &'static str,
    pub help: bool,
    /// The pointer lies on the map, which writes a card beside it.
    pub hover: bool,
    pub scene: &'static str,
    /// Bezels, u.
    pub seams: &'static [f32],
    /// The key of the number whose card is open.
    pub formula: Option<&'static str>,
    /// The number whose card is open that the wall counts itself.
    pub behind: Option<behind::Counted>,
    /// A drill in wartime.
    pub is_drill: bool,
}

impl Default for Shot {
    fn default() -> Self {
        Self {
            size: vec2(1920.0, 1080.0),
            pixels: 1.0,
            profile: Profile::Desk,
            target: Target::District,
            rung: Freshness::Live,
            age_s: 2,
            locale: Locale::ZhCn,
            theme: Theme::Dark,
            query: "",
            help: false,
            hover: true,
            scene: "overview",
            seams: &[],
            formula: None,
            behind: None,
            is_drill: false,
        }
    }
}

/// What is written on the map, `aside` to the right of where it stands on one screen.
fn notes(theme: Theme, aside: f32) -> MapNotes {
    let label = |x: f32, y: f32, level, text: &str, font_u, tracking_u| MapLabel {
        pos: pos2(x + aside, y),
        level,
        text: text.into(),
        font_u,
        tracking_u,
        ground: None,
    };
    MapNotes {
        labels: vec![
            label(760.0, 360.0, Level::Street, "东沚", 22.0, 5.0),
            label(1030.0, 480.0, Level::Street, "望澜", 22.0, 5.0),
            label(1100.0, 560.0, Level::Community, "盐坊社区", 20.0, 0.0),
        ],
        hovered_area: Some(crate::domain::AreaId(3)),
        hovered_ticket: None,
        hubs: None,
        legend: Some(MapLegend {
            level: Level::Community,
            classes: LegendClasses::Tickets(vec![1, 2, 4, 8, 16]),
            colours: theme.palette().choropleth[1..].to_vec(),
            is_tilted: false,
        }),
        care: Vec::new(),
        care_level: None,
        care_colours: theme.palette().choropleth[..5].to_vec(),
        m_per_u: Some(16.0),
        warnings: WarningNotes::default(),
        calls: Vec::new(),
        numbers: vec![MapNumber { number: 1, pos: pos2(900.0 + aside, 500.0), foot: None }],
    }
}

/// Runs a few frames and returns the last one's triangles and textures.
fn frames(city: &City, shot: &Shot) -> (Vec<ClippedPrimitive>, HashMap<TextureId, egui::ColorImage>) {
    let (ctx, shapes, textures) = drawn(city, shot);
    (ctx.tessellate(shapes, 1.0), textures)
}

type Textures = HashMap<TextureId, egui::ColorImage>;

/// Runs a few frames and returns the last one's shapes, with what they are drawn with.
pub(super) fn drawn(city: &City, shot: &Shot) -> (egui::Context, Vec<egui::epaint::ClippedShape>, Textures) {
    let ctx = egui::Context::default();
    ctx.set_pixels_per_point(shot.pixels);
    let mut scenes = Scenes::default();
    let mut switches = LayerSwitches::default();
    assert!(scenes.show(shot.scene), "no scene {}", shot.scene);
    switches.follow(scenes.current());
    let feeds = feeds(shot.rung, shot.age_s, city.mono);
    let selection = Selection { target: shot.target.clone(), trail: vec![Target::District] };
    let detail = match &shot.target {
        Target::Ticket(_) => Detail::Here(Box::new(fixture::detail(city))),
        _ => Detail::None,
    };
    let empty = (AreaTable::default(), Tickets::default(), Tallies::default());
    let is_never = shot.rung == Freshness::Never;
    let aside = ((shot.size.x - 1920.0) / 2.0).max(0.0);
    let mut notes = notes(shot.theme, aside);
    let warned = city.lists.warnings.0.list.iter().filter_map(|it| city.areas.find(it.area.as_ref()?));
    let middle = |nth: usize| pos2(aside + 620.0 + 90.0 * nth as f32, 320.0 + 70.0 * (nth % 4) as f32);
    let place = |(nth, id)| (id, WarnedPlace::new(middle(nth), |_| true));
    notes.warnings = WarningNotes {
        areas: warned.enumerate().map(place).collect(),
        opacity: switches.opacity(LayerKind::Warnings),
        centre: None,
        is_calm: true,
    };
    if shot.scene == "flow" {
        let streets: Vec<_> = city.areas.at_level(Level::Street).collect();
        let place = |nth: usize| pos2(aside + 560.0 + 110.0 * nth as f32, 300.0 + 60.0 * (nth % 3) as f32);
        notes.hubs = Some(HubNotes {
            streets: streets.into_iter().enumerate().map(|(nth, id)| (id, place(nth))).collect(),
            centre: Some(pos2(aside + 930.0, 560.0)),
            merged: 1234,
        });
    }
    let flow = crate::city::Flow::default();
    let mut state = PanelState { is_help_shown: shot.help, ..Default::default() };
    state.search.query = shot.query.to_owned();
    let period = crate::domain::Period::Month;
    state.formula = shot.formula.map(|key| indicator::formula::Asked { key: key.to_owned(), period });
    state.behind.ask(shot.behind.clone(), &shot.target);
    let mut textures: HashMap<TextureId, egui::ColorImage> = HashMap::new();
    let mut shapes = Vec::new();
    let care = crate::city::Care::default();
    let nothing = fixture::Lists::default();
    for frame in 0..4 {
        let input = RawInput {
            screen_rect: Some(Rect::from_min_size(Pos2::ZERO, shot.size)),
            time: Some(f64::from(frame)),
            events: if frame == 2 && shot.hover {
                vec![egui::Event::PointerMoved(pos2(960.0, 620.0))]
            } else {
                Vec::new()
            },
            ..Default::default()
        };
        let mut output = ctx.run_ui(input, |ui| {
            if !style::install(ui.ctx(), shot.theme) {
                return;
            }
            seams::set(ui.ctx(), shot.seams);
            let mut look = look(&feeds, (!is_never).then_some(&city.site), city.mono);
            (look.locale, look.palette, look.k) = (shot.locale, shot.theme.palette(), shot.profile.scale());
            if !shot.query.is_empty() {
                ui.memory_mut(|memory| memory.request_focus(head::search_id()));
            }
            let (areas, tickets, tallies) =
                if is_never { (&empty.0, &empty.1, &empty.2) } else { (&*city.areas, &city.tickets, &city.tallies) };
            state.refresh(tickets, areas, &look.now.clone(), &look.zone.clone());
            let board = Board {
                look,
                profile: shot.profile,
                areas,
                defects: 0,
                tickets,
                tallies,
                care: &care,
                group: crate::domain::CareGroup::Everybody,
                rejects: &city.rejects,
                detail: &detail,
                selection: &selection,
                notes: &notes,
                scenes: &scenes,
                flow: &flow,
                switches: &switches,
                heat: &Figures::default(),
                figures: if is_never { nothing.borrowed() } else { city.lists.borrowed() },
                health: None,
                vitals: None,
                scene_state: truth::SceneState {
                    is_wartime: shot.is_drill,
                    is_drill: shot.is_drill,
                    ..Default::default()
                },
                is_swapped: false,
            };
            compose(ui.ctx(), &board, &mut state);
        });
        take_textures(&mut output.textures_delta, &mut textures);
        shapes = output.shapes;
    }
    (ctx, shapes, textures)
}

/// Keeps what egui hands over to a renderer.
pub(super) fn take_textures(delta: &mut egui::TexturesDelta, textures: &mut Textures) {
    for (id, deltas) in std::mem::take(&mut delta.set) {
        for delta in deltas {
            let egui::ImageData::Color(image) = &delta.image;
            match delta.pos {
                None => {
                    textures.insert(id, image.as_ref().clone());
                }
                Some([x, y]) => {
                    if let Some(whole) = textures.get_mut(&id) {
                        for row in 0..image.size[1] {
                            for column in 0..image.size[0] {
                                whole[(x + column, y + row)] = image[(column, row)];
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Fills the triangles over the canvas colour, in sRGB as egui does.
pub(super) fn rasterise(
    shapes: &[ClippedPrimitive],
    textures: &HashMap<TextureId, egui::ColorImage>,
    size: Vec2,
    ground: Rgb,
) -> image::RgbImage {
    let [r, g, b] = ground.bytes();
    let mut picture = image::RgbImage::from_pixel(size.x as u32, size.y as u32, image::Rgb([r, g, b]));
    for ClippedPrimitive { clip_rect, primitive } in shapes {
        let Primitive::Mesh(mesh) = primitive else { continue };
        let Some(texture) = textures.get(&mesh.texture_id) else { continue };
        for triangle in mesh.indices.chunks_exact(3) {
            let [a, b, c] = [0, 1, 2].map(|i| mesh.vertices[triangle[i] as usize]);
            let area = (b.pos - a.pos).x * (c.pos - a.pos).y - (b.pos - a.pos).y * (c.pos - a.pos).x;
            if area.abs() < 1e-6 {
                continue;
            }
            let bounds = Rect::from_points(&[a.pos, b.pos, c.pos]).intersect(*clip_rect);
            for y in (bounds.top() - 0.5).ceil().max(0.0) as u32
                ..((bounds.bottom() + 0.5).floor().max(0.0) as u32).min(picture.height())
            {
                for x in (bounds.left() - 0.5).ceil().max(0.0) as u32
                    ..((bounds.right() + 0.5).floor().max(0.0) as u32).min(picture.width())
                {
                    let at = pos2(x as f32 + 0.5, y as f32 + 0.5);
                    let side = |p: Pos2, q: Pos2| ((q - p).x * (at - p).y - (q - p).y * (at - p).x) / area;
                    let (wc, wa, wb) = (side(a.pos, b.pos), side(b.pos, c.pos), side(c.pos, a.pos));
                    if wa < 0.0 || wb < 0.0 || wc < 0.0 || !clip_rect.contains(at) {
                        continue;
                    }
                    let mix = |pick: fn(Color32) -> u8| {
                        f32::from(pick(a.color)) * wa + f32::from(pick(b.color)) * wb + f32::from(pick(c.color)) * wc
                    };
                    let uv = (a.uv.to_vec2() * wa + b.uv.to_vec2() * wb + c.uv.to_vec2() * wc)
                        * vec2(texture.size[0] as f32, texture.size[1] as f32);
                    let texel =
                        texture[((uv.x as usize).min(texture.size[0] - 1), (uv.y as usize).min(texture.size[1] - 1))];
                    let tint = |ink: f32, texel: u8| ink * f32::from(texel) / 255.0;
                    let alpha = tint(mix(|c| c.a()), texel.a()) / 255.0;
                    let ink = [
                        tint(mix(|c| c.r()), texel.r()),
                        tint(mix(|c| c.g()), texel.g()),
                        tint(mix(|c| c.b()), texel.b()),
                    ];
                    let pixel = picture.get_pixel_mut(x, y);
                    for (under, over) in pixel.0.iter_mut().zip(ink) {
                        *under = (over + f32::from(*under) * (1.0 - alpha)).clamp(0.0, 255.0) as u8;
                    }
                }
            }
        }
    }
    picture
}

pub(super) fn shots(city: &City) -> Vec<(&'static str, Shot)> {
    let street = city.areas.at_level(Level::Street).next().unwrap();
    let community = city.areas.children(street)[0];
    let area = |id| Target::Area(city.areas.get(id).code.clone());
    let ticket = Target::Ticket(fixture::detail(city).ticket.id);
    let grid = city.areas.children(community)[0];
    vec![
        ("overview", Shot::default()),
        ("street", Shot { target: area(street), ..Default::default() }),
        ("grid", Shot { target: area(grid), ..Default::default() }),
        ("ticket", Shot { target: ticket.clone(), ..Default::default() }),
        ("ticket-wall", Shot { target: ticket.clone(), profile: Profile::Wall, ..Default::default() }),
        ("stale", Shot { rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("expired", Shot { rung: Freshness::Expired, age_s: 1320, ..Default::default() }),
        ("never", Shot { rung: Freshness::Never, age_s: 0, ..Default::default() }),
        ("english", Shot { locale: Locale::En, target: ticket, ..Default::default() }),
        ("english-overview", Shot { locale: Locale::En, help: true, ..Default::default() }),
        ("bright", Shot { theme: Theme::Bright, ..Default::default() }),
        ("search", Shot { query: "盐坊", target: area(community), ..Default::default() }),
        ("wide", Shot { size: vec2(3840.0, 1080.0), profile: Profile::Wall, ..Default::default() }),
        ("flow", Shot { scene: "flow", ..Default::default() }),
        ("flow-stale", Shot { scene: "flow", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("flow-expired", Shot { scene: "flow", rung: Freshness::Expired, age_s: 1320, ..Default::default() }),
        ("flow-never", Shot { scene: "flow", rung: Freshness::Never, age_s: 0, ..Default::default() }),
        ("flow-english", Shot { scene: "flow", locale: Locale::En, theme: Theme::Bright, ..Default::default() }),
        ("flow-wide", Shot { scene: "flow", size: vec2(3840.0, 1080.0), profile: Profile::Wall, ..Default::default() }),
        ("rates", Shot { scene: "rates", profile: Profile::Wall, ..Default::default() }),
        ("rates-stale", Shot { scene: "rates", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("rates-expired", Shot { scene: "rates", rung: Freshness::Expired, age_s: 5400, ..Default::default() }),
        ("rates-never", Shot { scene: "rates", rung: Freshness::Never, age_s: 0, ..Default::default() }),
        ("rates-english", Shot { scene: "rates", locale: Locale::En, theme: Theme::Bright, ..Default::default() }),
        (
            "rates-wide",
            Shot { scene: "rates", size: vec2(3840.0, 1080.0), profile: Profile::Wall, ..Default::default() },
        ),
        ("rates-card", Shot { scene: "rates", formula: Some("satisfy"), hover: false, ..Default::default() }),
        (
            "rates-card-english",
            Shot { scene: "rates", locale: Locale::En, formula: Some("ontime"), hover: false, ..Default::default() },
        ),
        ("behind-card", Shot { behind: Some(behind::Counted::Step(4, 4, None)), hover: false, ..Default::default() }),
        (
            "behind-card-english",
            Shot {
                scene: "teams",
                behind: Some(behind::Counted::Team(crate::domain::TeamKind::GridWorkers)),
                locale: Locale::En,
                theme: Theme::Bright,
                hover: false,
                ..Default::default()
            },
        ),
        ("redo", Shot { scene: "redo", profile: Profile::Wall, ..Default::default() }),
        ("redo-english", Shot { scene: "redo", locale: Locale::En, theme: Theme::Bright, ..Default::default() }),
        ("redo-wide", Shot { scene: "redo", size: vec2(3840.0, 1080.0), profile: Profile::Wall, ..Default::default() }),
        ("mediation", Shot { scene: "mediation", profile: Profile::Wall, ..Default::default() }),
        ("mediation-stale", Shot { scene: "mediation", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        (
            "mediation-english",
            Shot { scene: "mediation", locale: Locale::En, theme: Theme::Bright, ..Default::default() },
        ),
        ("warnings", Shot { scene: "warnings", profile: Profile::Wall, hover: false, ..Default::default() }),
        ("warnings-stale", Shot { scene: "warnings", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("warnings-bright", Shot { scene: "warnings", theme: Theme::Bright, locale: Locale::En, ..Default::default() }),
        ("whistle", Shot { scene: "whistle", profile: Profile::Wall, hover: false, ..Default::default() }),
        ("whistle-expired", Shot { scene: "whistle", rung: Freshness::Expired, age_s: 1320, ..Default::default() }),
        ("whistle-english", Shot { scene: "whistle", locale: Locale::En, theme: Theme::Bright, ..Default::default() }),
        ("classes", Shot { scene: "classes", profile: Profile::Wall, hover: false, ..Default::default() }),
        ("classes-stale", Shot { scene: "classes", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("classes-english", Shot { scene: "classes", locale: Locale::En, theme: Theme::Bright, ..Default::default() }),
        ("teams", Shot { scene: "teams", profile: Profile::Wall, ..Default::default() }),
        ("teams-stale", Shot { scene: "teams", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("teams-expired", Shot { scene: "teams", rung: Freshness::Expired, age_s: 1320, ..Default::default() }),
        ("teams-never", Shot { scene: "teams", rung: Freshness::Never, age_s: 0, ..Default::default() }),
        ("foundation", Shot { scene: "foundation", profile: Profile::Wall, ..Default::default() }),
        ("foundation-stale", Shot { scene: "foundation", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("foundation-english", Shot { scene: "foundation", locale: Locale::En, ..Default::default() }),
        ("campaign", Shot { scene: "campaign", profile: Profile::Wall, ..Default::default() }),
        ("campaign-stale", Shot { scene: "campaign", rung: Freshness::Stale, age_s: 420, ..Default::default() }),
        ("event", Shot { scene: "event", profile: Profile::Wall, ..Default::default() }),
        ("drill", Shot { scene: "wartime", is_drill: true, ..Default::default() }),
        ("small", Shot { size: vec2(960.0, 600.0) / layout::pixels_per_u(960.0, 600.0, 1.0), ..Default::default() }),
    ]
}

#[test]
fn every_scene_and_state_can_be_drawn() {
    let city = fixture::full();
    for (name, shot) in shots(&city) {
        let (shapes, _) = frames(&city, &shot);
        let vertices: usize = shapes
            .iter()
            .map(|shape| match &shape.primitive {
                Primitive::Mesh(mesh) => {
                    assert!(mesh.is_valid(), "{name}");
                    assert!(
                        mesh.vertices.iter().all(|vertex| vertex.pos.x.is_finite() && vertex.pos.y.is_finite()),
                        "{name}"
                    );
                    mesh.vertices.len()
                }
                Primitive::Callback(_) => 0,
            })
            .sum();
        assert!(vertices > 500, "{name}: {vertices}");
    }
}

#[test]
#[ignore = "writes pictures to look at into the folder GRIDWALL_PICTURES names"]
fn pictures() {
    let Some(folder) = std::env::var_os("GRIDWALL_PICTURES").map(std::path::PathBuf::from) else { return };
    let only = std::env::var("GRIDWALL_PICTURE").ok();
    let city = fixture::full();
    for (name, shot) in shots(&city) {
        if only.as_ref().is_some_and(|only| !only.split(',').any(|part| part == name)) {
            continue;
        }
        let (shapes, textures) = frames(&city, &shot);
        let picture = rasterise(&shapes, &textures, shot.size, shot.theme.palette().map_land_out);
        picture.save(folder.join(format!("{name}.png"))).unwrap();
    }
}
