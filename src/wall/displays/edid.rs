//! What a monitor calls itself: the name in its EDID, which Linux shows under `/sys/class/drm`. Window systems tell only
//! the connector there. Anything unreadable is no name.

use std::path::Path;

/// Where Linux lists its connectors, `card0-DP-1` and the like.
const CONNECTORS: &str = "/sys/class/drm";
/// The base block.
const BLOCK: usize = 128;
const HEADER: [u8; 8] = [0, 255, 255, 255, 255, 255, 255, 0];

/// The name of the monitor on this connector, if the system tells it.
pub fn name_of(connector: &str) -> Option<String> {
    name_under(Path::new(CONNECTORS), connector)
}

fn name_under(folder: &Path, connector: &str) -> Option<String> {
    let hangs_there = |folder: &std::fs::DirEntry| {
        let name = folder.file_name();
        name.to_str().and_then(|name| name.split_once('-')).is_some_and(|(_, rest)| rest == connector)
    };
    let entry = std::fs::read_dir(folder).ok()?.flatten().find(hangs_there)?;
    name_in(&std::fs::read(entry.path().join("edid")).ok()?)
}

/// The name in an EDID: one of four descriptors of 18 bytes, marked by `0xFC`, ended by a line feed.
fn name_in(edid: &[u8]) -> Option<String> {
    let block = edid.get(..BLOCK)?;
    if block[..8] != HEADER || block.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte)) != 0 {
        return None;
    }
    let name = block[54..126].chunks_exact(18).find(|part| part[..3] == [0, 0, 0] && part[3] == 0xFC)?;
    let letters = name[5..].iter().take_while(|byte| **byte != b'\n').map(|byte| char::from(*byte));
    let name: String = letters.filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    Some(name.trim().to_owned()).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edid(name: &[u8]) -> Vec<u8> {
        let mut edid = vec![0; BLOCK];
        edid[..8].copy_from_slice(&HEADER);
        edid[72..77].copy_from_slice(&[0, 0, 0, 0xFC, 0]);
        edid[77..77 + name.len()].copy_from_slice(name);
        let sum = edid.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
        edid[127] = 0_u8.wrapping_sub(sum);
        edid
    }

    #[test]
    fn a_monitor_says_its_name_and_a_broken_one_none() {
        let folder = tempfile::tempdir().expect("a folder");
        let connector = folder.path().join("card1-HDMI-A-1");
        std::fs::create_dir(&connector).expect("made");
        std::fs::write(connector.join("edid"), edid(b"LG HDR 4K\n   ")).expect("written");
        assert_eq!(name_under(folder.path(), "HDMI-A-1").as_deref(), Some("LG HDR 4K"));
        assert_eq!(name_under(folder.path(), "A-1"), None);
        let mut flipped = edid(b"LG HDR 4K\n   ");
        flipped[80] ^= 1;
        assert_eq!(name_in(&flipped), None, "the sum is wrong");
        assert_eq!(name_in(&edid(b"\n")), None);
        for length in [0, 8, 127] {
            assert_eq!(name_in(&edid(b"X\n")[..length]), None);
        }
    }
}
