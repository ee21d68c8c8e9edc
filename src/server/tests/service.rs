//! The service itself: landing page, problems, tags, compression, sources, faults.

use super::*;
use crate::server::faults::{FaultPlan, Faults};

#[test]
fn the_landing_page_tells_the_site() {
    block_on(async {
        let server = serve(1);
        let page = get_json(&server, "").await;
        assert_eq!((&page["title"], &page["api"]), (&"海澄区网格化指挥中心".into(), &"gridwall/1".into()));
        let site = &page["site"];
        assert_eq!(site["clock"], serde_json::json!({"now": "2026-11-21T12:00:00+08:00", "speed": 0.0}));
        assert_eq!((&site["environment"], &site["time_zone"]), (&"archive".into(), &"Asia/Shanghai".into()));
        assert_eq!(site["workflow"].as_array().unwrap().len(), 8);
        assert_eq!(site["calendar"]["hours"], serde_json::json!([["09:00", "12:00"], ["14:00", "18:00"]]));
        for link in page["links"].as_array().unwrap() {
            let href = link["href"].as_str().unwrap();
            let path = href.strip_prefix(&server.url).unwrap();
            let response = get(&server, path).await;
            assert_eq!(response.status(), 200, "{href}");
            let kind = response.headers()["content-type"].to_str().unwrap();
            assert!(kind.starts_with(link["type"].as_str().unwrap()), "{href}: {kind}");
        }
        let sources = get_json(&server, "sources").await;
        assert_eq!((&sources["sources"][0]["records"], &sources["sources"][0]["rejects"]), (&1.into(), &2.into()));
        assert_eq!(sources["sources"][0]["last_contact"], "2026-11-21T12:00:00+08:00");
        assert_eq!(get_json(&server, "healthz").await["tickets"], "ready");
        let metrics = get(&server, "metrics").await.text().await.unwrap();
        assert!(metrics.contains("gridwall_tickets 1\n") && metrics.ends_with("# EOF\n"), "{metrics}");
    });
}

#[test]
fn every_error_is_a_problem_document() {
    block_on(async {
        let server = serve(1);
        for (path, status, code) in [
            ("nowhere", 404, "not-found"),
            ("collections/unit-cells/items", 404, "not-found"),
            ("collections/unit-cells", 404, "not-found"),
            ("collections/tickets/items/HC1", 404, "not-found"),
            ("collections/grids/items/9", 404, "not-found"),
            ("collections/tickets/items?colour=red", 400, "unknown-parameter"),
            ("collections/grids/items?stage=HANDLE", 400, "unknown-parameter"),
            ("collections/tickets/items?limit=-1", 400, "invalid-parameter"),
            ("collections/tickets/items?stage=%FF", 400, "invalid-parameter"),
            ("collections/tickets/items?cursor=e1_5", 410, "cursor-gone"),
            ("stream?topics=weather", 400, "invalid-parameter"),
            ("stream?colour=red", 400, "unknown-parameter"),
            ("collections/warnings/items?level=1&colour=red", 400, "unknown-parameter"),
            ("collections/care-counts/items/1", 404, "not-found"),
            ("collections/teams/items/x", 404, "not-found"),
            ("indicators?limit=none", 400, "invalid-parameter"),
            ("persons/1", 501, "not-implemented"),
            ("open311/v2/requests.json", 501, "not-implemented"),
        ] {
            let response = get(&server, path).await;
            assert_eq!(response.status(), status, "{path}");
            assert_eq!(response.headers()["content-type"], "application/problem+json", "{path}");
            let problem: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
            assert_eq!((&problem["code"], &problem["status"]), (&code.into(), &status.into()), "{path}");
            let instance = format!("/{}", path.split('?').next().unwrap());
            assert_eq!(problem["instance"], instance);
            assert!(problem["detail"].as_str().unwrap().len() > 10);
        }
        let response = client().post(&server.url).body("{}").send().await.unwrap();
        assert_eq!(response.status(), 405);
        assert!(response.headers()["allow"].to_str().unwrap().contains("GET"));
        let problem: Value = serde_json::from_str(&response.text().await.unwrap()).unwrap();
        assert_eq!(problem["code"], "method-not-allowed");
        let long = "x".repeat(5_000);
        assert_eq!(get(&server, &format!("collections/grids/items?name={long}")).await.status(), 414);
    });
}

#[test]
fn a_tag_is_honoured_until_something_changes() {
    block_on(async {
        let server = serve(12);
        let conditional = async |path: &str, tag: &str| {
            client().get(format!("{}{path}", server.url)).header("If-None-Match", tag).send().await.unwrap()
        };
        let tag_of = |response: &Response| response.headers()["etag"].to_str().unwrap().to_owned();
        for path in [
            "",
            "collections",
            "collections/grids/items",
            "collections/tickets/items?limit=5",
            "sources",
            "openapi.json",
            "conformance",
            "collections/tickets/items/HC261121-0003",
        ] {
            let tag = tag_of(&get(&server, path).await);
            assert!(tag.starts_with('"'), "strong");
            let again = conditional(path, &format!("\"other\", {tag}")).await;
            assert_eq!(again.status(), 304, "{path}");
            assert_eq!(tag_of(&again), tag);
            assert!(again.text().await.unwrap().is_empty());
            assert_eq!(conditional(path, "\"other\"").await.status(), 200);
        }
        let path = "collections/tickets/items?limit=5";
        let tag = tag_of(&get(&server, path).await);
        assert_ne!(tag, tag_of(&get(&server, "collections/tickets/items?limit=6").await));
        server.change(vec![update(1, 4)]);
        while conditional(path, &tag).await.status() == 304 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
}

#[test]
fn gzip_on_request_with_a_tag_of_its_own() {
    block_on(async {
        let server = serve(50);
        let url = format!("{}collections/tickets/items", server.url);
        let plain = client().get(&url).send().await.unwrap();
        assert!(plain.headers().get("content-encoding").is_none());
        let plain_tag = plain.headers()["etag"].to_str().unwrap().to_owned();
        let size = plain.bytes().await.unwrap().len();
        let packed = client().get(&url).header("Accept-Encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let tag = packed.headers()["etag"].to_str().unwrap().to_owned();
        assert_ne!(tag, plain_tag);
        assert!(packed.bytes().await.unwrap().len() * 3 < size);
        let again = client().get(&url).header("Accept-Encoding", "gzip").header("If-None-Match", &tag);
        let again = again.send().await.unwrap();
        assert_eq!((again.status().as_u16(), again.headers()["etag"].to_str().unwrap()), (304, tag.as_str()));
    });
}

#[test]
fn the_openapi_document_names_every_path() {
    block_on(async {
        let server = serve(1);
        let document = get_json(&server, "openapi.json").await;
        assert_eq!(document["openapi"], "3.1.0");
        let paths: Vec<&String> = document["paths"].as_object().unwrap().keys().collect();
        assert_eq!(paths.len(), 14);
        for path in paths {
            let concrete =
                path.replace("{collection}", "grids").replace("{id}", "450599001001001").replace("{rest}", "a");
            let response = get(&server, concrete.trim_start_matches('/')).await;
            let documented = &document["paths"][path]["get"]["responses"];
            assert!(!documented[response.status().as_str()].is_null(), "{path}: {}", response.status());
            assert_ne!(response.status(), 404, "{path}");
        }
    });
}

#[test]
fn faults_come_on_order_and_go() {
    block_on(async {
        let faults = Faults::default();
        let local = ServeOptions::local(Content::Given(Box::new(archive(5))));
        let server = start(ServeOptions { faults: faults.clone(), ..local }).unwrap();
        let path = "collections/tickets/items";
        let plan = FaultPlan { only: Some("/collections".to_owned()), ..FaultPlan::default() };

        faults.set(FaultPlan { status: Some((503, 2, Some(7))), ..plan.clone() });
        assert_eq!(get(&server, "").await.status(), 200);
        for _ in 0..2 {
            let response = get(&server, path).await;
            assert_eq!((response.status().as_u16(), response.headers()["retry-after"].to_str().unwrap()), (503, "7"));
        }
        assert_eq!(get(&server, path).await.status(), 200);

        faults.set(FaultPlan { broken_json: true, ..plan.clone() });
        let text = get(&server, path).await.text().await.unwrap();
        assert!(serde_json::from_str::<Value>(&text).is_err() && text.len() > 100);

        faults.set(FaultPlan { broken_record: true, ..plan.clone() });
        let page = get_json(&server, path).await;
        let bad = |f: &&Value| f["properties"]["requested_datetime"].as_str().unwrap().parse::<Timestamp>().is_err();
        assert_eq!(page["features"].as_array().unwrap().iter().filter(bad).count(), 1);

        faults.set(FaultPlan { wrong_type: true, ..plan.clone() });
        assert_eq!(get(&server, path).await.headers()["content-type"], "text/html");

        faults.set(FaultPlan { hang: true, ..plan.clone() });
        assert!(tokio::time::timeout(Duration::from_millis(150), get(&server, path)).await.is_err());

        faults.set(FaultPlan { delay: Some(Duration::from_millis(120)), ..plan });
        let before = std::time::Instant::now();
        assert_eq!(get(&server, path).await.status(), 200);
        assert!(before.elapsed() >= Duration::from_millis(120));
    });
}

#[test]
fn an_address_in_use_is_named() {
    let server = serve(1);
    let options = ServeOptions { listen: server.addr, ..ServeOptions::local(Content::Given(Box::new(archive(1)))) };
    let message = start(options).unwrap_err().to_string();
    assert!(message.contains(&server.addr.to_string()) && message.contains("--listen"), "{message}");
}

#[test]
fn a_stopped_server_lets_go_of_its_port() {
    let server = serve(1);
    let addr = server.addr;
    server.stop();
    let options = ServeOptions { listen: addr, ..ServeOptions::local(Content::Given(Box::new(archive(1)))) };
    start(options).unwrap();
}
