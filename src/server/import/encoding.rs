//! Text files of other systems as a stream of UTF-8, whatever they were written in.
//!
//! A byte order mark decides first, then what the mapping declares, then the bytes themselves: UTF-8 unless they
//! cannot be, then UTF-16 without a mark, GB18030 or Windows-1252 as a guess that is always told. Big5 must be declared.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use encoding_rs::{CoderResult, Decoder, Encoding};

/// The largest file that is read, in bytes.
pub const MAX_FILE_BYTES: u64 = 1 << 30;

/// A file opened as UTF-8.
pub struct OpenText {
    /// The text, without a byte order mark. Undecodable bytes arrive as U+FFFD.
    pub reader: Transcoded<File>,
    /// What it is written in.
    pub encoding: &'static Encoding,
    /// What the user should know: the encoding was guessed, or is not the declared one.
    pub note: Option<String>,
}

/// The encoding of that name, in any of its usual spellings; `auto` is `Ok(None)`.
pub fn encoding_by_name(name: &str) -> Result<Option<&'static Encoding>, String> {
    if name.eq_ignore_ascii_case("auto") {
        return Ok(None);
    }
    let known =
        ["auto", "utf-8", "gb18030", "gbk", "big5", "utf-16le", "utf-16be", "windows-1252", "iso-8859-1", "shift_jis"];
    Encoding::for_label(name.as_bytes()).map(Some).ok_or_else(|| {
        let nearest =
            super::mapping::nearest(name, known).map(|near| format!("; did you mean \"{near}\"?")).unwrap_or_default();
        format!("\"{name}\" is no known encoding{nearest} (for example {})", known.join(", "))
    })
}

/// Opens a text file, finding out its encoding. Errors: it cannot be opened, is no file, or is larger than
/// [`MAX_FILE_BYTES`].
pub fn open_text(path: &Path, declared: Option<&'static Encoding>) -> io::Result<OpenText> {
    let mut file = File::open(path)?;
    let facts = file.metadata()?;
    if !facts.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a file"));
    }
    if facts.len() > MAX_FILE_BYTES {
        let why = format!("{} MB is more than the {} MB an import reads", facts.len() >> 20, MAX_FILE_BYTES >> 20);
        return Err(io::Error::new(io::ErrorKind::InvalidInput, why));
    }
    let (encoding, note) = sniff(&mut file, declared)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(OpenText { reader: Transcoded::new(file, encoding), encoding, note })
}

/// Decides on the encoding from a first reading of the file.
fn sniff(file: &mut impl Read, declared: Option<&'static Encoding>) -> io::Result<(&'static Encoding, Option<String>)> {
    let mut chunk = vec![0; 1 << 16];
    let mut scan = Utf8Scan::default();
    let mut sample: Vec<u8> = Vec::new();
    let mut first = true;
    loop {
        let got = read_full(file, &mut chunk)?;
        let bytes = &chunk[..got];
        if first {
            first = false;
            if let Some((marked, _)) = Encoding::for_bom(bytes) {
                let note = declared.filter(|declared| *declared != marked).map(|declared| {
                    format!(
                        "the mapping says {}, but the file's byte order mark says {}",
                        declared.name(),
                        marked.name()
                    )
                });
                return Ok((marked, note));
            }
            if let Some(declared) = declared {
                return Ok((declared, None));
            }
            if let Some(wide) = utf16_without_mark(bytes) {
                return Ok((wide, Some(guess_note(wide, "every other byte is zero"))));
            }
        }
        if got == 0 {
            break;
        }
        scan.feed(bytes);
        if sample.len() < 1 << 18 && !bytes.is_ascii() {
            sample.extend_from_slice(bytes);
        }
    }
    if scan.valid >= scan.invalid {
        let damage = format!("{} places are not valid UTF-8; they show as \u{FFFD}", scan.invalid);
        return Ok((encoding_rs::UTF_8, (scan.invalid > 0).then_some(damage)));
    }
    let guess = if reads_as_chinese(&sample) { encoding_rs::GB18030 } else { encoding_rs::WINDOWS_1252 };
    Ok((guess, Some(guess_note(guess, "the file is not UTF-8"))))
}

fn guess_note(guess: &'static Encoding, why: &str) -> String {
    format!("{why}; it was read as {}. If names look wrong, set encoding = \"…\" in the mapping", guess.name())
}

/// Fills the buffer as far as the file goes.
fn read_full(file: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match file.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// UTF-16 of mostly ASCII text has a zero in every other byte.
fn utf16_without_mark(bytes: &[u8]) -> Option<&'static Encoding> {
    let head = &bytes[..bytes.len().min(4096)];
    let zeros = |odd: usize| head.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    let enough = head.len() / 8;
    match (zeros(0), zeros(1)) {
        (even, odd) if odd > enough && even < enough / 8 + 1 => Some(encoding_rs::UTF_16LE),
        (even, odd) if even > enough && odd < enough / 8 + 1 => Some(encoding_rs::UTF_16BE),
        _ => None,
    }
}

/// True if the sample decodes as GB18030 (almost) without fault and mostly into common Chinese characters. An accented
/// letter stands alone between ASCII ones; a Chinese character is a pair of high bytes.
fn reads_as_chinese(sample: &[u8]) -> bool {
    let high = |index: Option<usize>| index.and_then(|index| sample.get(index)).is_some_and(|byte| !byte.is_ascii());
    let alone =
        (0..sample.len()).filter(|at| high(Some(*at)) && !high(at.checked_sub(1)) && !high(Some(at + 1))).count();
    if alone * 5 > sample.iter().filter(|byte| !byte.is_ascii()).count() {
        return false;
    }
    let (text, _) = encoding_rs::GB18030.decode_without_bom_handling(sample);
    let (mut han, mut other, mut broken) = (0usize, 0usize, 0usize);
    for c in text.chars().filter(|c| !c.is_ascii()) {
        match c {
            '\u{FFFD}' => broken += 1,
            '\u{4E00}'..='\u{9FFF}' | '\u{3000}'..='\u{303F}' | '\u{FF00}'..='\u{FF5E}' => han += 1,
            _ => other += 1,
        }
    }
    han > 4 * other && broken * 100 <= han
}

/// Counts valid multi-byte and invalid sequences over chunks.
#[derive(Default)]
struct Utf8Scan {
    carry: Vec<u8>,
    valid: u64,
    invalid: u64,
}

impl Utf8Scan {
    fn feed(&mut self, bytes: &[u8]) {
        if self.carry.is_empty() && bytes.is_ascii() {
            return;
        }
        let mut joined = std::mem::take(&mut self.carry);
        joined.extend_from_slice(bytes);
        let mut rest = joined.as_slice();
        loop {
            match std::str::from_utf8(rest) {
                Ok(text) => {
                    self.valid += multibyte(text.as_bytes());
                    return;
                }
                Err(error) => {
                    self.valid += multibyte(&rest[..error.valid_up_to()]);
                    let Some(length) = error.error_len() else {
                        self.carry = rest[error.valid_up_to()..].to_vec();
                        return;
                    };
                    self.invalid += 1;
                    rest = &rest[error.valid_up_to() + length..];
                }
            }
        }
    }
}

/// Number of characters beyond ASCII in valid UTF-8.
fn multibyte(valid: &[u8]) -> u64 {
    valid.iter().filter(|byte| **byte >= 0xC0).count() as u64
}

/// A reader that turns any encoding into UTF-8.
pub struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    raw: Box<[u8]>,
    raw_at: usize,
    raw_len: usize,
    out: Box<[u8]>,
    out_at: usize,
    out_len: usize,
    ended: bool,
    finished: bool,
}

impl<R: Read> Transcoded<R> {
    /// Reads `inner` as `encoding`, dropping a byte order mark.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            raw: vec![0; 1 << 16].into(),
            raw_at: 0,
            raw_len: 0,
            out: vec![0; 1 << 17].into(),
            out_at: 0,
            out_len: 0,
            ended: false,
            finished: false,
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.out_at == self.out_len {
            if self.finished {
                return Ok(0);
            }
            if self.raw_at == self.raw_len && !self.ended {
                self.raw_at = 0;
                self.raw_len = self.inner.read(&mut self.raw)?;
                self.ended = self.raw_len == 0;
            }
            let source = &self.raw[self.raw_at..self.raw_len];
            let (result, read, written, _) = self.decoder.decode_to_utf8(source, &mut self.out, self.ended);
            self.raw_at += read;
            self.out_at = 0;
            self.out_len = written;
            self.finished = self.ended && result == CoderResult::InputEmpty;
        }
        let count = buffer.len().min(self.out_len - self.out_at);
        buffer[..count].copy_from_slice(&self.out[self.out_at..self.out_at + count]);
        self.out_at += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_as(bytes: &[u8], declared: Option<&'static Encoding>) -> (String, Option<String>) {
        let (encoding, note) = sniff(&mut &*bytes, declared).unwrap();
        let mut text = String::new();
        Transcoded::new(bytes, encoding).read_to_string(&mut text).unwrap();
        (text, note)
    }

    const LINE: &str = "编号,街道,社区\n20110701,南山街道办事处,海湾社区居民委员会\n";

    #[test]
    fn chinese_text_is_read_whatever_it_was_written_in() {
        assert_eq!(read_as(LINE.as_bytes(), None), (LINE.to_owned(), None));
        let (gb, _, _) = encoding_rs::GB18030.encode(LINE);
        let (text, note) = read_as(&gb, None);
        assert_eq!(text, LINE);
        assert!(note.unwrap().contains("gb18030"));
        let (big5, _, _) = encoding_rs::BIG5.encode("編號,街道\n1,文山區\n");
        assert_eq!(read_as(&big5, Some(encoding_rs::BIG5)).0, "編號,街道\n1,文山區\n");
    }

    #[test]
    fn marks_decide_and_are_removed() {
        let mut marked = b"\xEF\xBB\xBF".to_vec();
        marked.extend_from_slice(LINE.as_bytes());
        let (text, note) = read_as(&marked, Some(encoding_rs::GB18030));
        assert_eq!(text, LINE);
        assert!(note.unwrap().contains("byte order mark says UTF-8"));
        let wide: Vec<u8> = "\u{FEFF}id,name\n1,海\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(read_as(&wide, None).0, "id,name\n1,海\n");
        let bare: Vec<u8> = "id,name\n1,abc\n".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(read_as(&bare, None).0, "id,name\n1,abc\n");
    }

    #[test]
    fn western_text_and_damaged_utf8_are_told_apart() {
        let (text, note) = read_as(b"id,street\n1,Caf\xE9 M\xFCller\n", None);
        assert_eq!(text, "id,street\n1,Café Müller\n");
        assert!(note.unwrap().contains("windows-1252"));
        let mut damaged = LINE.as_bytes().to_vec();
        damaged.extend_from_slice(b"\xFF\n");
        let (text, note) = read_as(&damaged, None);
        assert!(text.contains("南山街道办事处") && text.contains('\u{FFFD}'));
        assert!(note.unwrap().contains("1 places are not valid UTF-8"));
    }

    #[test]
    fn encodings_have_names_and_neighbours() {
        assert_eq!(encoding_by_name("GBK").unwrap(), Some(encoding_rs::GBK));
        assert_eq!(encoding_by_name("auto").unwrap(), None);
        assert!(encoding_by_name("gb18300").unwrap_err().contains("did you mean \"gb18030\""));
    }
}
