//! A history that is read while it is still being brought.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use serde_json::Value;

use super::{archive, block_on, client, ids, next_link, noon, ticket};
use crate::domain::Ticket;
use crate::server::api::{App, Ground, Pace, Readiness, Tickets, router};
use crate::server::clock::PlatformClock;
use crate::server::faults::Faults;
use crate::server::store::Store;

/// Long enough for an answer that does not wait.
const A_WHILE: Duration = Duration::from_millis(400);

async fn read(url: String) -> Value {
    let response = client().get(url).send().await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

#[test]
fn pages_in_order_are_read_as_far_as_the_history_is_there_and_all_others_wait_for_all_of_it() {
    block_on(async {
        let app = Arc::new(App::new(Faults::default(), Pace::default()));
        let catalog = archive(0).catalog();
        let clock = PlatformClock::simulated(noon(), 0.0);
        app.ground.send_replace(Readiness::Ready(Arc::new(Ground { catalog, clock, care: None })));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(axum::serve(listener, router(app.clone())).into_future());

        let history: Vec<Ticket> = (0..1_200).map(ticket).collect();
        let mut store = Store::memory(TimeZone::UTC).unwrap();
        store.announce(&history);
        let announced = store.digest();
        let tickets = Arc::new(Tickets::arriving(store, None));
        app.announce(tickets.clone());
        tickets.bring(&history[..600]).unwrap();

        let list = format!("{base}/collections/tickets/items");
        let first = read(format!("{list}?limit=500")).await;
        assert_eq!((first["numberReturned"].as_u64(), first["numberMatched"].as_u64()), (Some(500), Some(1_200)));
        let next = next_link(&first).expect("a page after it");
        let mut second = tokio::spawn(read(next));
        let mut filtered = tokio::spawn(read(format!("{list}?limit=500&status=open")));
        let mut one = tokio::spawn(read(format!("{list}/{}", history[1].id)));
        assert!(tokio::time::timeout(A_WHILE, &mut second).await.is_err(), "half a page is no page");
        assert!(tokio::time::timeout(A_WHILE, &mut filtered).await.is_err(), "a filter looks at all tickets");
        assert!(tokio::time::timeout(A_WHILE, &mut one).await.is_err());

        tickets.fill(&history[600..]).unwrap();
        app.open_tickets(Readiness::Ready(tickets.clone()));
        let second = second.await.unwrap();
        let third = read(next_link(&second).expect("a page after it")).await;
        assert_eq!(next_link(&third), None);
        let listed: Vec<String> = [&first, &second, &third].into_iter().flat_map(ids).collect();
        let expected: Vec<String> = history.iter().map(|ticket| ticket.id.to_string()).collect();
        assert_eq!(listed, expected);
        let open = history.iter().filter(|ticket| ticket.is_in_hand()).count() as u64;
        assert_eq!(filtered.await.unwrap()["numberMatched"].as_u64(), Some(open));
        assert_eq!(one.await.unwrap()["id"], history[1].id.as_str());
        for page in [&second, &third] {
            assert_eq!(page["epoch"], first["epoch"]);
            assert_eq!((&page["seq"], &page["timeStamp"]), (&first["seq"], &first["timeStamp"]));
        }
        assert_eq!(tickets.store().recompute_digest().unwrap(), announced);
    });
}
