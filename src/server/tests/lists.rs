//! Lists: paging, filters, order, shapes of features.

use std::collections::HashMap;

use super::*;

#[test]
fn paging_meets_every_ticket_exactly_once_while_they_change() {
    block_on(async {
        let server = serve(2_300);
        let mut seen: HashMap<String, u32> = HashMap::new();
        let mut path = "collections/tickets/items?limit=200".to_owned();
        let (mut pages, mut last_seq) = (0_u32, 0);
        loop {
            let page = get_json(&server, &path).await;
            for id in ids(&page) {
                *seen.entry(id).or_default() += 1;
            }
            let seq = page["seq"].as_u64().unwrap();
            assert!(seq >= last_seq);
            last_seq = seq;
            pages += 1;
            // An early one, a late one and a new one change after every page; one already read goes.
            let new = 5_000 + pages;
            let gone = Change::Remove { at: noon(), id: ticket(pages).id };
            server.change(vec![
                update(0, 3 + u64::from(pages)),
                update(2_299, 3 + u64::from(pages)),
                update(new, 1),
                gone,
            ]);
            let Some(next) = next_link(&page) else { break };
            assert!(next.starts_with(&server.url), "{next}");
            path = next[server.url.len()..].to_owned();
            while get_json(&server, "collections/tickets/items?limit=1").await["seq"].as_u64().unwrap()
                < u64::from(pages) * 4
            {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        }
        for n in 0..2_300 {
            assert_eq!(seen.get(ticket(n).id.as_str()), Some(&1), "ticket {n}");
        }
        assert!(seen.values().all(|times| *times == 1));
        assert!(pages >= 12);
    });
}

#[test]
fn filters_count_what_they_should() {
    block_on(async {
        let server = serve(500);
        let all: Vec<Ticket> = (0..500).map(ticket).collect();
        let count = |wanted: &dyn Fn(&Ticket) -> bool| all.iter().filter(|ticket| wanted(ticket)).count() as u64;
        let inside = |t: &Ticket| {
            t.position
                .lonlat()
                .is_some_and(|(lon, lat)| (109.0105..=109.0305).contains(&lon) && (21.0..=21.0205).contains(&lat))
        };
        let from = noon() - SignedDuration::from_mins(700);
        let cases: [(&str, u64); 11] = [
            ("", 500),
            ("stage=HANDLE", count(&|t| t.stage == Stage::Handle)),
            ("stage=HANDLE,VERIFY", count(&|t| matches!(t.stage, Stage::Handle | Stage::Verify))),
            ("status=open", count(&|t| t.is_in_hand())),
            ("status=closed", count(&|t| !t.is_in_hand())),
            ("source=hotline", count(&|t| t.source == Source::Hotline)),
            ("service_code=0003", count(&|t| &*t.category_code == "0003")),
            ("grid_code=450599001001002", count(&|t| t.area == Some(AreaCode::new("450599001001002")))),
            ("bbox=109.0105,21.0,109.0305,21.0205", count(&inside)),
            ("datetime=2026-11-21T00:20:00%2B08:00/..", count(&|t| t.reported_at >= from)),
            (
                "status=open&source=grid_worker,dispatch&datetime=../2026-11-21T00:20:00+08:00",
                count(&|t| {
                    t.is_in_hand() && matches!(t.source, Source::GridWorker | Source::Dispatch) && t.reported_at <= from
                }),
            ),
        ];
        for (query, expected) in cases {
            let page = get_json(&server, &format!("collections/tickets/items?limit=10000&{query}")).await;
            assert_eq!(page["numberMatched"].as_u64(), Some(expected), "{query}");
            assert_eq!(ids(&page).len() as u64, expected, "{query}");
            assert!(expected > 0 && next_link(&page).is_none(), "{query}");
        }
    });
}

#[test]
fn order_is_as_asked_over_all_pages() {
    block_on(async {
        let server = serve(130);
        for (sortby, key, descending) in
            [("requested_datetime", "requested_datetime", false), ("-updated_datetime", "updated_datetime", true)]
        {
            let mut path = format!("collections/tickets/items?limit=40&sortby={sortby}");
            let mut times = Vec::new();
            loop {
                let page = get_json(&server, &path).await;
                for feature in page["features"].as_array().unwrap() {
                    times.push(feature["properties"][key].as_str().unwrap().parse::<Timestamp>().unwrap());
                }
                let Some(next) = next_link(&page) else { break };
                path = next[server.url.len()..].to_owned();
            }
            assert_eq!(times.len(), 130);
            assert!(times.is_sorted_by(|a, b| if descending { a >= b } else { a <= b }), "{sortby}");
        }
    });
}

#[test]
fn areas_and_places_are_geojson_with_the_documented_properties() {
    block_on(async {
        let server = serve(1);
        for (collection, level, count) in [
            ("districts", "district", 1),
            ("streets", "street", 1),
            ("communities", "community", 1),
            ("grids", "grid", 2),
        ] {
            let page = get_json(&server, &format!("collections/{collection}/items?limit=10000")).await;
            assert_eq!(page["numberMatched"], count);
            let feature = &page["features"][0];
            assert_eq!(feature["properties"]["level"], level);
            assert_eq!(feature["id"], feature["properties"]["code"]);
            assert_eq!(feature["geometry"]["type"], "MultiPolygon");
            let one =
                get_json(&server, &format!("collections/{collection}/items/{}", feature["id"].as_str().unwrap())).await;
            assert_eq!(&one, feature);
        }
        let page = get_json(&server, "collections/grids/items?bbox=109.021,21.01,109.022,21.02").await;
        assert_eq!(ids(&page), ["450599001001002"]);
        let page = get_json(&server, "collections/grids/items?limit=1").await;
        let rest = get_json(&server, &next_link(&page).unwrap()[server.url.len()..]).await;
        assert_eq!((ids(&page).len(), ids(&rest).len(), next_link(&rest)), (1, 1, None));
        let places = get_json(&server, "collections/places/items?kind=river").await;
        assert_eq!(places["features"][0]["properties"]["width_m"], 30.0);
        assert_eq!(get_json(&server, "collections/places/items?kind=park").await["numberMatched"], 0);
    });
}

#[test]
fn a_ticket_has_every_documented_property_and_its_page_has_the_detail() {
    block_on(async {
        let server = serve(20);
        let page = get_json(&server, "collections/tickets/items").await;
        let feature = &page["features"][4];
        let names: Vec<&String> = feature["properties"].as_object().unwrap().keys().collect();
        let expected = "agency_responsible closed_at expected_datetime grid_code handle_due mode priority rated redo_count \
            requested_datetime resolved risk service_code service_group service_name service_request_id sign_due signed_at \
            source stage stage_since status suspended_since updated_datetime ver";
        assert_eq!(names, expected.split_whitespace().collect::<Vec<_>>());
        assert_eq!(feature["properties"]["requested_datetime"], "2026-11-21T11:32:00+08:00");
        assert_eq!(feature["geometry"]["coordinates"], serde_json::json!([109.004, 21.004]));
        assert_eq!(page["features"][0]["geometry"], Value::Null);
        assert_eq!(page["features"][0]["properties"].get("off_map"), None);
        assert_eq!(page["features"][1]["properties"]["off_map"], "outside");

        let one = get_json(&server, "collections/tickets/items/HC261121-0004").await;
        assert_eq!(one["timeStamp"], "2026-11-21T12:00:00+08:00");
        assert_eq!(one["geometry"], feature["geometry"]);
        for (name, value) in feature["properties"].as_object().unwrap() {
            assert_eq!(&one["properties"][name], value);
        }
        let properties = &one["properties"];
        assert_eq!(properties["clocks"][0]["pauses"][0]["reason"], "等待\"停水\"通知");
        assert_eq!(properties["clocks"][0]["kind"], "handle");
        assert_eq!(properties["timeline"][0]["stage"], "COLLECT");
        assert_eq!((&properties["evidence"], &properties["related"][0]), (&2.into(), &"HC261120-0001".into()));
    });
}
