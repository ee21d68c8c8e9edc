//! N-09: certificates, with a real TLS server (the `openssl` command, as Debian has it). Whatever is wrong with one, nothing
//! is sent over it; a second authority in the file makes a change of authority unnoticed.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use gridwall::domain::Trouble;
use gridwall::platform::PlatformConfig;

use super::sockets::Wall;

fn openssl(folder: &Path, args: &[&str]) {
    let done =
        Command::new("openssl").args(args).current_dir(folder).output().expect("openssl (Debian package openssl)");
    assert!(done.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// An authority `name.pem` with its key.
fn authority(folder: &Path, name: &str) {
    let (key, pem) = (format!("{name}.key"), format!("{name}.pem"));
    openssl(
        folder,
        &[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &pem,
            "-days",
            "30",
            "-subj",
            &format!("/CN=gridwall test authority {name}"),
        ],
    );
}

/// A server's certificate `name.pem` from an authority, for this alternative name and so many days.
fn certificate(folder: &Path, name: &str, by: &str, alternative: &str, days: &str) {
    let file = |end: &str| format!("{name}.{end}");
    std::fs::write(
        folder.join(file("ext")),
        format!("subjectAltName={alternative}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"),
    )
    .unwrap();
    openssl(
        folder,
        &[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-keyout",
            &file("key"),
            "-out",
            &file("csr"),
            "-subj",
            "/CN=gridwall test",
        ],
    );
    openssl(
        folder,
        &[
            "x509",
            "-req",
            "-in",
            &file("csr"),
            "-CA",
            &format!("{by}.pem"),
            "-CAkey",
            &format!("{by}.key"),
            "-CAcreateserial",
            "-days",
            days,
            "-extfile",
            &file("ext"),
            "-out",
            &file("pem"),
        ],
    );
}

/// A TLS server with a certificate; it answers every question with a web page.
struct Tls {
    server: Child,
    url: String,
}

impl Tls {
    fn with(folder: &Path, name: &str, more: &[&str]) -> Self {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let server = Command::new("openssl")
            .args(["s_server", "-quiet", "-www", "-accept", &format!("127.0.0.1:{port}")])
            .args(["-cert", &format!("{name}.pem"), "-key", &format!("{name}.key")])
            .args(more)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let until = Instant::now() + Duration::from_secs(20);
        while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(50));
        }
        Self { server, url: format!("https://127.0.0.1:{port}/") }
    }

    /// What the wall says of it, trusting the authorities in this file.
    fn judged(&self, trusted: &Path) -> Trouble {
        let ca_file: Option<PathBuf> = Some(trusted.to_owned());
        let mut wall = Wall::on(PlatformConfig { ca_file, ..PlatformConfig::new(&self.url, 7) });
        wall.wait("a judgement", |held| held.trouble.is_some());
        wall.held.trouble.clone().unwrap()
    }
}

impl Drop for Tls {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

#[test]
fn n_09_certificates_that_are_wrong_are_refused_by_name_and_a_new_authority_is_not_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path();
    for name in ["old", "new", "stranger"] {
        authority(folder, name);
    }
    let here = "IP:127.0.0.1";
    certificate(folder, "good", "old", here, "30");
    certificate(folder, "rotated", "new", here, "30");
    certificate(folder, "expired", "old", here, "0");
    certificate(folder, "elsewhere", "old", "DNS:elsewhere.example", "30");
    certificate(folder, "foreign", "stranger", here, "30");
    let pinned = folder.join("old.pem");
    let both = folder.join("both.pem");
    let pem = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
    std::fs::write(&both, format!("{}{}", pem("old.pem"), pem("new.pem"))).unwrap();
    // `-days 0` ends in the second in which it was made.
    std::thread::sleep(Duration::from_millis(2_100));

    for name in ["expired", "elsewhere", "foreign", "rotated"] {
        let trouble = Tls::with(folder, name, &[]).judged(&pinned);
        eprintln!("N-09 {name}: {trouble:?}");
        assert!(matches!(trouble, Trouble::Certificate { .. }), "{name}: {trouble:?}");
    }
    // Spoken to over TLS, and found to be no platform: the certificate was good.
    for (name, trusted) in [("good", &pinned), ("good", &both), ("rotated", &both)] {
        let trouble = Tls::with(folder, name, &[]).judged(trusted);
        assert!(matches!(trouble, Trouble::NotAPlatform { .. }), "{name}: {trouble:?}");
    }
    let old = Tls::with(folder, "good", &["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]).judged(&pinned);
    eprintln!("N-09 downgrade: {old:?}");
    assert!(!matches!(old, Trouble::NotAPlatform { .. }), "TLS 1.1 must not do: {old:?}");
}
