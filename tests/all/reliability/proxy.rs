//! A TCP proxy in this process with what networks do: latency, little bandwidth, slices, resets, connections that end
//! after some bytes, close slowly, or say nothing any more (half-open). Threads, so that it shares nothing with the client.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

/// What is wrong with the way from the platform to the wall, from now on.
#[derive(Clone, Debug, Default)]
pub struct Toxics {
    /// Each piece comes so much later.
    pub latency: Duration,
    /// Bytes per second; 0: no limit.
    pub bandwidth: u64,
    /// Pieces of at most so many bytes; 0: as they come.
    pub slice: usize,
    /// Each connection ends after so many bytes.
    pub limit: Option<usize>,
    /// An end is passed on so much later.
    pub slow_close: Duration,
    /// Nothing passes, and nobody is told.
    pub half_open: bool,
    /// Nobody is at the platform's end: connections are closed at once.
    pub is_down: bool,
}

/// The proxy. It stops with the test.
pub struct Proxy {
    /// Where to connect.
    pub url: String,
    address: SocketAddr,
    toxics: Arc<Mutex<Toxics>>,
    /// Connections are cut when this grows.
    cuts: Arc<AtomicU64>,
    is_over: Arc<AtomicBool>,
}

impl Proxy {
    /// A proxy before the platform at `http://HOST:PORT`.
    pub fn before(platform: &str) -> Self {
        let target: SocketAddr = platform.trim_start_matches("http://").trim_end_matches('/').parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let toxics: Arc<Mutex<Toxics>> = Arc::default();
        let (cuts, is_over): (Arc<AtomicU64>, Arc<AtomicBool>) = Default::default();
        let shared = (toxics.clone(), cuts.clone(), is_over.clone());
        std::thread::spawn(move || {
            let (toxics, cuts, is_over) = shared;
            for wall in listener.incoming().flatten() {
                if is_over.load(Ordering::Relaxed) {
                    return;
                }
                if lock(&toxics).is_down {
                    continue;
                }
                let Ok(platform) = TcpStream::connect(target) else { continue };
                let (Ok(wall_in), Ok(platform_out)) = (wall.try_clone(), platform.try_clone()) else { continue };
                let cut = cuts.load(Ordering::Relaxed);
                let (clean, toxics, cuts) = (Arc::default(), toxics.clone(), cuts.clone());
                let never = cuts.clone();
                std::thread::spawn(move || pump(wall_in, platform_out, &clean, &never, cut));
                std::thread::spawn(move || pump(platform, wall, &toxics, &cuts, cut));
            }
        });
        Self { url: format!("http://{address}"), address, toxics, cuts, is_over }
    }

    /// Changes what is wrong, for open connections too.
    pub fn set(&self, toxics: Toxics) {
        *lock(&self.toxics) = toxics;
    }

    /// Ends every open connection where it is.
    pub fn reset(&self) {
        self.cuts.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.reset();
        // Wakes the listener.
        let _ = TcpStream::connect(self.address);
    }
}

fn lock(toxics: &Mutex<Toxics>) -> MutexGuard<'_, Toxics> {
    toxics.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Passes bytes on until one side ends or everything is cut.
fn pump(mut from: TcpStream, mut to: TcpStream, toxics: &Mutex<Toxics>, cuts: &AtomicU64, cut: u64) {
    let _ = from.set_read_timeout(Some(Duration::from_millis(20)));
    let _ = to.set_nodelay(true);
    let mut buffer = [0; 16 * 1024];
    let mut passed = 0;
    while cuts.load(Ordering::Relaxed) == cut {
        let count = match from.read(&mut buffer) {
            Ok(0) => {
                std::thread::sleep(lock(toxics).slow_close);
                break;
            }
            Ok(count) => count,
            Err(error) if matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut) => {
                continue;
            }
            Err(_) => break,
        };
        let now = lock(toxics).clone();
        if now.half_open {
            continue;
        }
        std::thread::sleep(now.latency);
        let slice = if now.slice == 0 { count } else { now.slice };
        let mut is_over = false;
        for piece in buffer[..count].chunks(slice) {
            let left = now.limit.map_or(piece.len(), |limit| limit.saturating_sub(passed).min(piece.len()));
            if let Some(seconds) = (left as u64 * 1_000_000).checked_div(now.bandwidth) {
                std::thread::sleep(Duration::from_micros(seconds));
            }
            is_over = to.write_all(&piece[..left]).is_err() || left < piece.len();
            passed += left;
            if is_over {
                break;
            }
        }
        if is_over {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
    let _ = from.shutdown(Shutdown::Both);
}
