//! S-06, N-03 and N-10 through the real client and a real socket: what is too deep, too many, too long, too slow or from
//! elsewhere is refused by name, the reason reaches the viewer, and the feed goes on as soon as the platform is good again.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use gridwall::domain::Trouble;
use gridwall::platform::{Ask, Auth, PlatformConfig};

use super::hostile::{Deed, Hostile, answer};
use super::sockets::{Wall, serve};

const JSON: &str = "Content-Type: application/json\r\n";

/// Sends this to everybody.
fn always(bytes: Vec<u8>) -> Deed {
    Arc::new(move |wall: &mut TcpStream, _: &str| {
        // The wall hangs up in the middle of what is too large.
        let _ = wall.write_all(&bytes);
    })
}

/// The wall meets a deed, says why, and is live after it. Returns the words.
fn met(hostile: &Hostile, wall: &mut Wall, what: &str, deed: Deed) -> String {
    hostile.set(Some(deed));
    wall.link.ask(Ask::RetryNow);
    let begun = Instant::now();
    wall.wait(what, |held| held.trouble.is_some());
    let trouble = wall.held.trouble.clone().unwrap();
    eprintln!("S-06 {what}: {:?} after {:?}", trouble.detail(), begun.elapsed());
    trouble.detail().to_owned()
}

#[test]
fn s_06_bombs_are_refused_by_name_and_the_feed_goes_on() {
    let platform = serve();
    let deep = format!("{{\"links\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
    let many = format!("{{\"links\":[{}0]}}", "0,".repeat(10_000_000));
    let long = format!("{{\"title\":\"{}\"}}", "x".repeat(2 << 20));
    let large = format!("{{\"title\":\"x\"{}}}", " ".repeat(65 << 20));
    let endless: Deed = Arc::new(|wall: &mut TcpStream, _: &str| {
        let _ = wall.write_all(format!("HTTP/1.1 200 OK\r\n{JSON}Transfer-Encoding: chunked\r\n\r\n").as_bytes());
        let piece = [b' '; 65_536];
        // 128 MiB, if anybody takes them.
        for _ in 0..2_048 {
            if write!(wall, "10000\r\n")
                .and_then(|()| wall.write_all(&piece))
                .and_then(|()| write!(wall, "\r\n"))
                .is_err()
            {
                return;
            }
        }
    });
    let announced = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 999999999999\r\n\r\n{{");
    let cases: [(&str, Deed, &str); 7] = [
        ("depth", always(answer("200 OK", JSON, deep.as_bytes())), "nested deeper than 64"),
        ("count", always(answer("200 OK", JSON, many.as_bytes())), "more than 1000000 entries"),
        ("text", always(answer("200 OK", JSON, long.as_bytes())), "a text of more than 1048576 bytes"),
        ("size", always(answer("200 OK", JSON, large.as_bytes())), "larger than 65536 kB"),
        ("endless", endless, "larger than 65536 kB"),
        ("announced size", always(announced.into_bytes()), "larger than 65536 kB"),
        ("packing", always(answer("200 OK", &format!("{JSON}Content-Encoding: br\r\n"), b"{}")), "packed as 'br'"),
    ];
    for (what, deed, expected) in cases {
        let hostile = Hostile::before(&platform.url);
        hostile.set(Some(deed.clone()));
        let mut wall = Wall::at(&hostile.url());
        let said = met(&hostile, &mut wall, what, deed);
        assert!(said.contains(expected), "{what}: {said}");
        hostile.set(None);
        wall.link.ask(Ask::RetryNow);
        wall.wait(what, |held| held.lists == 1 && held.is_current);
    }
}

/// gzip is asked for from platforms elsewhere only; `0.0.0.0` is this machine and does not look like it.
#[test]
#[cfg(target_os = "linux")]
fn s_06_a_gzip_bomb_is_cut_off_at_the_size_it_unpacks_to() {
    let packed = gzip_bomb();
    assert!(packed.len() < 2 << 20, "{} bytes", packed.len());
    let platform = serve();
    let hostile = Hostile::before(&platform.url);
    let deed = always(packed);
    hostile.set(Some(deed.clone()));
    let mut wall = Wall::at(&format!("http://0.0.0.0:{}/", hostile.address.port()));
    let said = met(&hostile, &mut wall, "gzip 1000:1", deed);
    assert!(said.contains("larger than 65536 kB"), "{said}");
    hostile.set(None);
    wall.link.ask(Ask::RetryNow);
    wall.wait("the good platform", |held| held.lists == 1 && held.is_current);
}

/// 192 MiB of spaces as a server packs them: the raw answer, chunks and all.
#[cfg(target_os = "linux")]
fn gzip_bomb() -> Vec<u8> {
    use axum::http::header::CONTENT_TYPE;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reading = std::thread::spawn(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        let question = "GET / HTTP/1.1\r\nHost: x\r\nAccept-Encoding: gzip\r\nConnection: close\r\n\r\n";
        stream.write_all(question.as_bytes()).unwrap();
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).unwrap();
        bytes
    });
    runtime.block_on(async {
        let bomb = || async { ([(CONTENT_TYPE, "application/json")], vec![b' '; 192 << 20]) };
        let packing = tower_http::compression::CompressionLayer::new().gzip(true);
        let app = axum::Router::new().route("/", axum::routing::get(bomb)).layer(packing);
        listener.set_nonblocking(true).unwrap();
        let serving = axum::serve(tokio::net::TcpListener::from_std(listener).unwrap(), app);
        tokio::select! {
            _ = serving.into_future() => {}
            () = async { while !reading.is_finished() { tokio::time::sleep(Duration::from_millis(20)).await } } => {}
        }
    });
    reading.join().unwrap()
}

#[test]
fn n_03_a_slow_loris_is_cut_off_and_holds_up_nobody() {
    let platform = serve();
    let drip = |first: &'static str| -> Deed {
        Arc::new(move |wall: &mut TcpStream, _: &str| {
            if wall.write_all(first.as_bytes()).is_err() {
                return;
            }
            // A byte a second within the head; silence within the body.
            for _ in 0..40 {
                std::thread::sleep(Duration::from_secs(1));
                if first.is_empty() && wall.write_all(b"H").is_err() {
                    return;
                }
            }
        })
    };
    let body = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{";
    std::thread::scope(|scope| {
        for (what, first, at_least, at_most) in [("head", "", 9, 14), ("body", body, 14, 20)] {
            let platform = &platform;
            scope.spawn(move || {
                let hostile = Hostile::before(&platform.url);
                hostile.set(Some(drip(first)));
                let mut wall = Wall::at(&hostile.url());
                let begun = Instant::now();
                wall.wait(what, |held| held.trouble.is_some());
                let took = begun.elapsed();
                eprintln!("N-03 {what}: {:?} after {took:?}", wall.held.trouble);
                assert!(matches!(wall.held.trouble, Some(Trouble::TimedOut { .. })), "{:?}", wall.held.trouble);
                let bounds = Duration::from_secs(at_least)..Duration::from_secs(at_most);
                assert!(bounds.contains(&took), "{what}: {took:?}");
                hostile.set(None);
                wall.link.ask(Ask::RetryNow);
                wall.wait(what, |held| held.lists == 1 && held.is_current);
            });
        }
    });
}

#[test]
#[ignore = "takes two minutes: a body that drips for longer than a whole answer may take"]
fn n_03_a_body_that_drips_for_ever_is_cut_off_after_two_minutes() {
    let platform = serve();
    let hostile = Hostile::before(&platform.url);
    hostile.set(Some(Arc::new(|wall: &mut TcpStream, _: &str| {
        let head = format!("HTTP/1.1 200 OK\r\n{JSON}Content-Length: 5000\r\n\r\n{{");
        let mut is_open = wall.write_all(head.as_bytes()).is_ok();
        while is_open {
            std::thread::sleep(Duration::from_secs(1));
            is_open = wall.write_all(b" ").is_ok();
        }
    })));
    let mut wall = Wall::at(&hostile.url());
    let begun = Instant::now();
    wall.wait_within("the cut", Duration::from_secs(180), |held| held.trouble.is_some());
    let took = begun.elapsed();
    assert!((Duration::from_secs(115)..Duration::from_secs(140)).contains(&took), "{took:?}");
}

#[test]
fn n_10_no_credential_follows_a_redirect_to_another_origin() {
    let platform = serve();
    let elsewhere = TcpListener::bind("127.0.0.1:0").unwrap();
    let away = elsewhere.local_addr().unwrap();
    let visitors = Arc::new(AtomicUsize::new(0));
    let counted = visitors.clone();
    std::thread::spawn(move || elsewhere.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::Relaxed)));
    for (what, to) in [
        ("host", format!("http://{away}/")),
        ("name", format!("http://localhost:{}/", away.port())),
        ("scheme", format!("https://{away}/")),
        ("address", "http://169.254.169.254/latest/".to_owned()),
        ("file", "file:///etc/hostname".to_owned()),
    ] {
        let hostile = Hostile::before(&platform.url);
        hostile.set(Some(always(answer("307 Temporary Redirect", &format!("Location: {to}\r\n"), b""))));
        let auth = Auth::Bearer("canary-token".to_owned().into());
        let mut wall = Wall::on(PlatformConfig { auth, ..PlatformConfig::new(hostile.url(), 7) });
        wall.wait(what, |held| held.trouble.is_some());
        let said = wall.held.trouble.clone().unwrap().detail().to_owned();
        assert!(!said.contains("canary"), "{said}");
        hostile.set(None);
        wall.link.ask(Ask::RetryNow);
        wall.wait(what, |held| held.lists == 1 && held.is_current);
    }
    assert_eq!(visitors.load(Ordering::Relaxed), 0, "nobody went there");
}
