//! The form of the file: magic, version, length, SHA-256 of everything else, then the platform's URL and one section per
//! feed. Whatever is flipped, cut or appended is noticed before a byte of it is used. Pure.

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::{CacheError, MAX_BYTES};
use crate::domain::Feed;

/// The version this program writes and reads. Another one is ignored: the platform has the data.
pub const VERSION: u32 = 1;
const MAGIC: &[u8; 16] = b"gridwall cache\r\n";
/// Magic, version, length of the body, checksum.
const HEAD: usize = 16 + 4 + 8 + 32;

/// What is known of one feed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    /// The feed.
    pub feed: Feed,
    /// The wall clock's time of its last proof.
    pub as_of: Timestamp,
    /// One document in the form of the wire.
    pub page: Vec<u8>,
}

/// The file of these sections. [`CacheError::TooLarge`] if it would be beyond [`MAX_BYTES`].
pub fn encode(platform: &str, sections: &[Section]) -> Result<Vec<u8>, CacheError> {
    let size: usize = sections.iter().map(|section| section.page.len() + 32).sum();
    let mut file = Vec::with_capacity(HEAD + platform.len() + 16 + size);
    file.resize(HEAD, 0);
    put_bytes(&mut file, platform.as_bytes());
    file.extend_from_slice(&(sections.len() as u32).to_le_bytes());
    for section in sections {
        put_bytes(&mut file, section.feed.key().as_bytes());
        file.extend_from_slice(&section.as_of.as_millisecond().to_le_bytes());
        put_bytes(&mut file, &section.page);
    }
    if file.len() as u64 > MAX_BYTES {
        return Err(CacheError::TooLarge);
    }
    let body = (file.len() - HEAD) as u64;
    file[..16].copy_from_slice(MAGIC);
    file[16..20].copy_from_slice(&VERSION.to_le_bytes());
    file[20..28].copy_from_slice(&body.to_le_bytes());
    let sum = checksum(&file);
    file[28..HEAD].copy_from_slice(&sum);
    Ok(file)
}

/// The sections of a file, if every byte of it is as it was written and it is of this platform.
pub fn decode(file: &[u8], platform: &str) -> Result<Vec<Section>, CacheError> {
    if file.len() as u64 > MAX_BYTES {
        return Err(CacheError::TooLarge);
    }
    if file.get(..16) != Some(MAGIC.as_slice()) {
        return Err(CacheError::NotOurs);
    }
    if file.len() < HEAD {
        return Err(CacheError::Damaged("cut in its head"));
    }
    // Before the checksum, so that the file of a newer program is told from a damaged one.
    let mut rest = &file[16..];
    let version = take_u32(&mut rest).ok_or(CacheError::Damaged("cut in its head"))?;
    if version != VERSION {
        return Err(CacheError::Version { found: version });
    }
    if take_u64(&mut rest) != Some((file.len() - HEAD) as u64) {
        return Err(CacheError::Damaged("not as long as it says"));
    }
    if checksum(file) != file[28..HEAD] {
        return Err(CacheError::Damaged("its checksum differs"));
    }
    let mut body = &file[HEAD..];
    let broken = CacheError::Damaged("its parts do not add up");
    let Some((found, sections)) = sections(&mut body) else { return Err(broken) };
    if !body.is_empty() {
        return Err(broken);
    }
    if found != platform {
        return Err(CacheError::OtherPlatform(found));
    }
    Ok(sections)
}

fn sections(body: &mut &[u8]) -> Option<(String, Vec<Section>)> {
    let platform = String::from_utf8(take_bytes(body)?.to_vec()).ok()?;
    let count = take_u32(body)?;
    let mut sections = Vec::new();
    for _ in 0..count {
        let key = take_bytes(body)?;
        let as_of = Timestamp::from_millisecond(take_u64(body)? as i64).ok()?;
        let page = take_bytes(body)?.to_vec();
        // A feed that this program does not know is left out.
        if let Some(feed) = Feed::ALL.into_iter().find(|feed| feed.key().as_bytes() == key) {
            sections.push(Section { feed, as_of, page });
        }
    }
    Some((platform, sections))
}

/// Over everything but the checksum itself.
fn checksum(file: &[u8]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update(&file[..28]);
    hasher.update(&file[HEAD..]);
    hasher.finalize().into()
}

fn put_bytes(file: &mut Vec<u8>, bytes: &[u8]) {
    file.extend_from_slice(&(bytes.len() as u64).to_le_bytes());
    file.extend_from_slice(bytes);
}

fn take<'a>(rest: &mut &'a [u8], count: usize) -> Option<&'a [u8]> {
    let (taken, left) = rest.split_at_checked(count)?;
    *rest = left;
    Some(taken)
}

fn take_u32(rest: &mut &[u8]) -> Option<u32> {
    take(rest, 4)?.try_into().ok().map(u32::from_le_bytes)
}

fn take_u64(rest: &mut &[u8]) -> Option<u64> {
    take(rest, 8)?.try_into().ok().map(u64::from_le_bytes)
}

fn take_bytes<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let count = usize::try_from(take_u64(rest)?).ok()?;
    take(rest, count)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::sync::Jitter;

    fn sample() -> Vec<u8> {
        let as_of = Timestamp::from_millisecond(1_700_000_000_123).unwrap();
        let page = |text: &str| text.as_bytes().repeat(700);
        let sections = [
            Section { feed: Feed::Site, as_of, page: page("{\"title\":\"海澄\"}") },
            Section { feed: Feed::Tickets, as_of, page: page("{\"features\":[]}") },
        ];
        encode("https://platform.example/", &sections).unwrap()
    }

    #[test]
    fn what_was_written_is_read() {
        let sections = decode(&sample(), "https://platform.example/").unwrap();
        assert_eq!((sections.len(), sections[1].feed), (2, Feed::Tickets));
        assert_eq!(sections[0].as_of.as_millisecond(), 1_700_000_000_123);
        assert!(matches!(decode(&sample(), "https://other/"), Err(CacheError::OtherPlatform(_))));
    }

    /// D-02, first half.
    #[test]
    fn d_02_every_one_of_ten_thousand_flipped_bits_is_noticed() {
        let good = sample();
        let mut dice = Jitter(2);
        for _ in 0..10_000 {
            let bit = dice.next_u64() % (good.len() as u64 * 8);
            let mut bad = good.clone();
            bad[(bit / 8) as usize] ^= 1 << (bit % 8);
            assert!(decode(&bad, "https://platform.example/").is_err(), "bit {bit}");
        }
    }

    /// D-02, second half: not only at every 4 KiB, but at every byte; and nothing may be appended.
    #[test]
    fn d_02_every_truncation_is_noticed() {
        let good = sample();
        for length in 0..good.len() {
            assert!(decode(&good[..length], "https://platform.example/").is_err(), "{length} bytes");
        }
        let mut longer = good.clone();
        longer.push(0);
        assert!(decode(&longer, "https://platform.example/").is_err());
    }

    /// D-04: a file of another version is ignored, and said to be that.
    #[test]
    fn d_04_other_versions_are_ignored_by_name() {
        for version in [0_u32, 2, 77, u32::MAX] {
            let mut file = sample();
            file[16..20].copy_from_slice(&version.to_le_bytes());
            assert!(
                matches!(decode(&file, "https://platform.example/"), Err(CacheError::Version { found }) if found == version)
            );
        }
        assert!(matches!(decode(b"SQLite format 3\0 and more", "x"), Err(CacheError::NotOurs)));
    }
}
