//! local only: pictures of the synthetic district
use super::picture::Easel;
use crate::demo_district::generate;
use crate::domain::*;
use crate::map::{MapFrame, MapProjection, MapView, Hover, Projection};
use crate::city::*;
use crate::selection::*;
use bevy::prelude::*;
use std::time::Instant;

fn hash(s: &str) -> u32 { s.bytes().fold(2166136261u32, |h, b| (h ^ b as u32).wrapping_mul(16777619)) }

fn tickets(d: &[Area], n: usize) -> Vec<Ticket> {
    let grids: Vec<&Area> = d.iter().filter(|a| a.level == Level::Grid).collect();
    let now = jiff::Timestamp::from_second(1_795_000_000).unwrap();
    (0..n).map(|i| {
        let g = grids[hash(&format!("t{i}")) as usize % grids.len()];
        let c = geo::InteriorPoint::interior_point(&g.boundary).unwrap();
        let j = |k: u32| (hash(&format!("{k}{i}")) % 1000) as f64 / 1000.0 * 0.0008 - 0.0004;
        Ticket { id: TicketId::new(format!("T{i}")), ver: 1, stage: Stage::Handle, stage_since: now, suspended_since: None,
            source: Source::ALL[[0,0,0,1,1,2,3,0][i % 8]], mode: HandlingMode::Ordinary, category_code: "0".into(), category: "x".into(), category_group: "".into(),
            agency: None, position: Position::At { lon: c.x() + j(1), lat: c.y() + j(2) }, area: Some(g.code.clone()), reported_at: now, updated_at: now,
            sign_due: None, signed_at: None, handle_due: None, closed_at: None, redo_count: 0, rated: Rating::None, resolved: None }
    }).collect()
}

fn easel(spec: &str, size: UVec2, n: usize) -> (Easel, Rect) {
    let t = Instant::now();
    let d = generate(&spec.parse().unwrap(), 7);
    eprintln!("{spec}: generated in {:?}, {} areas {} places", t.elapsed(), d.areas.len(), d.places.len());
    let tickets = tickets(&d.areas, n);
    let (table, _) = AreaTable::build(d.areas.clone());
    let mut open = vec![0u32; table.len()];
    for t in &tickets { if let Some(id) = table.find(t.area.as_ref().unwrap()) { for up in table.with_ancestors(id) { open[up.index()] += 1; } } }
    let projection = Projection::around(109.3, 21.2);
    let t = Instant::now();
    let (shapes, fills) = super::shapes::AreaShapes::build(std::sync::Arc::new(table), &projection);
    eprintln!("shapes {:?} {} features {} arcs", t.elapsed(), shapes.features.len(), shapes.arcs.len());
    let t = Instant::now();
    let g = super::ground::Ground::make(&shapes.rings, &d.places, &projection, shapes.bounds);
    eprintln!("ground {:?}", t.elapsed());
    let t = Instant::now();
    let _ = super::mesh::prism::prism_mesh(&fills, &shapes.arcs);
    let _ = super::borders::border_mesh(&shapes);
    let _ = super::basemap::place_meshes(&d.places, &shapes.rings, shapes.bounds, &projection, &g);
    eprintln!("meshes {:?}", t.elapsed());
    let mut easel = Easel::new(size);
    let bounds = easel.show(d.areas, d.places, |table, area| table.find(&area.code).map_or(0, |id| open[id.index()]));
    for t in tickets { easel.world().resource_mut::<Tickets>().by_id.insert(t.id.clone(), t); }
    (easel, bounds)
}

fn fit(easel: &mut Easel, bounds: Rect, tilt: f32, m: f32) {
    let frame = *easel.world().resource::<MapFrame>();
    *easel.world().resource_mut::<MapView>() = MapView::fitting(bounds, tilt, 0.0, m, &frame);
}

#[test]
fn demo_haicheng() {
    let (mut easel, bounds) = easel("haicheng", UVec2::new(1920, 1080), 147);
    let u = 1.0;
    easel.world().resource_mut::<MapFrame>().free = Rect::from_corners(Vec2::new(440.0, 124.0) * u, Vec2::new(1480.0, 924.0) * u);
    fit(&mut easel, bounds, 0.0, 1.0);
    easel.picture("h-overview.png");
    fit(&mut easel, bounds, 1.0, 1.0);
    easel.picture("h-tilt.png");
    *easel.world().resource_mut::<crate::palette::Theme>() = crate::palette::Theme::Bright;
    easel.picture("h-tilt-bright.png");
    fit(&mut easel, bounds, 0.0, 1.0);
    easel.picture("h-bright.png");
    *easel.world().resource_mut::<crate::palette::Theme>() = crate::palette::Theme::Dark;
    let table = easel.world().resource::<Areas>().table.clone();
    let projection = easel.world().resource::<MapProjection>().0.unwrap();
    let bounds_of = |id: AreaId| super::mesh::fill::rings_of(&table.get(id).boundary, &projection).iter().flatten().fold(Rect::EMPTY, |b, p| b.union_point(*p));
    let street = table.at_level(Level::Street).nth(2).unwrap();
    easel.world().resource_mut::<Selection>().target = Target::Area(table.get(street).code.clone());
    fit(&mut easel, bounds_of(street), 0.0, 1.1);
    easel.picture("h-street.png");
    let community = table.children(street)[2];
    easel.world().resource_mut::<Selection>().target = Target::Area(table.get(community).code.clone());
    fit(&mut easel, bounds_of(community), 0.0, 1.1);
    easel.picture("h-community.png");
    let id = easel.world().resource::<Tickets>().by_id.values().find(|t| t.area.as_ref().and_then(|c| table.find(c)).is_some_and(|a| table.with_ancestors(a).any(|u| u == community))).map(|t| t.id.clone());
    if let Some(id) = id {
        let grid = table.find(easel.world().resource::<Tickets>().by_id[&id].area.as_ref().unwrap()).unwrap();
        easel.world().resource_mut::<Selection>().target = Target::Ticket(id);
        easel.world().resource_mut::<Hover>().area = Some(table.children(community)[0]);
        fit(&mut easel, bounds_of(grid), 0.0, 1.6);
        easel.picture("h-ticket.png");
    }
}

#[test]
fn demo_nanshan_times() {
    let (mut easel, bounds) = easel("nanshan", UVec2::new(1920, 1080), 400);
    fit(&mut easel, bounds, 0.0, 1.2);
    easel.picture("n-overview.png");
    fn cpu() -> f64 { let s = std::fs::read_to_string("/proc/self/stat").unwrap(); let f: Vec<&str> = s.rsplit(')').next().unwrap().split_whitespace().collect(); (f[11].parse::<f64>().unwrap() + f[12].parse::<f64>().unwrap()) * 10.0 }
    let f = |name: &str, easel: &mut Easel| { easel.update(); easel.update(); let t = Instant::now(); let c = cpu(); for _ in 0..15 { easel.update(); } eprintln!("{name}: {:?} wall, {:.1} ms cpu a frame", t.elapsed() / 15, (cpu() - c) / 15.0); };
    f("all", &mut easel);
    let ids: Vec<(Entity, f32)> = easel.world().query_filtered::<(Entity, &Transform), With<Mesh2d>>().iter(easel.world()).map(|(e, t)| (e, t.translation.z)).collect();
    for (e, z) in &ids {
        easel.world().entity_mut(*e).insert(Visibility::Hidden);
        if *z != 1.0 { f(&format!("without z {z}"), &mut easel); easel.world().entity_mut(*e).insert(Visibility::Inherited); }
    }
    for (e, _) in &ids { easel.world().despawn(*e); }
    f("nothing", &mut easel);
}
