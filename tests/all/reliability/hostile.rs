//! A platform that does what it should not, byte by byte, and a good one as soon as the test says so.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// What is done with a connection after the question was read; the path comes with it.
pub type Deed = Arc<dyn Fn(&mut TcpStream, &str) + Send + Sync>;

/// The server. It stops with the test.
pub struct Hostile {
    /// Where the wall goes.
    pub address: SocketAddr,
    deed: Arc<Mutex<Option<Deed>>>,
    is_over: Arc<AtomicBool>,
}

impl Hostile {
    /// Before the platform at `http://HOST:PORT/`: without a deed every connection goes there.
    pub fn before(platform: &str) -> Self {
        let target: SocketAddr = platform.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let deed: Arc<Mutex<Option<Deed>>> = Arc::default();
        let is_over: Arc<AtomicBool> = Arc::default();
        let (deeds, over) = (deed.clone(), is_over.clone());
        std::thread::spawn(move || {
            for wall in listener.incoming().flatten() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let deed = deeds.lock().unwrap().clone();
                std::thread::spawn(move || match deed {
                    Some(deed) => misbehave(wall, &deed),
                    None => pass_on(wall, target),
                });
            }
        });
        Self { address, deed, is_over }
    }

    /// The base URL.
    pub fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// From now on every new connection gets this; `None`: the good platform.
    pub fn set(&self, deed: Option<Deed>) {
        *self.deed.lock().unwrap() = deed;
    }
}

impl Drop for Hostile {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        let _ = TcpStream::connect(self.address);
    }
}

fn misbehave(mut wall: TcpStream, deed: &Deed) {
    let mut head = Vec::new();
    let mut byte = [0; 1];
    while !head.ends_with(b"\r\n\r\n") {
        match wall.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let head = String::from_utf8_lossy(&head).into_owned();
    let path = head.split(' ').nth(1).unwrap_or("/").to_owned();
    deed(&mut wall, &path);
    let _ = wall.flush();
    let _ = wall.shutdown(Shutdown::Both);
}

fn pass_on(wall: TcpStream, target: SocketAddr) {
    let Ok(platform) = TcpStream::connect(target) else { return };
    let (Ok(mut wall_in), Ok(mut platform_out)) = (wall.try_clone(), platform.try_clone()) else { return };
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut wall_in, &mut platform_out);
        let _ = platform_out.shutdown(Shutdown::Both);
    });
    let (mut platform, mut wall) = (platform, wall);
    let _ = std::io::copy(&mut platform, &mut wall);
    let _ = wall.shutdown(Shutdown::Both);
}

/// A whole answer in one piece.
pub fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let mut bytes =
        format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n").into_bytes();
    bytes.extend_from_slice(body);
    bytes
}
