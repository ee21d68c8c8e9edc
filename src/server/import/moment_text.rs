//! The grammar of written times for `moment.rs`: text to year, month, day, hour, …; no zone rules, no ranges of years.

/// A time as written. The fields may still be out of range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Four digits.
    pub year: i16,
    /// 1–12.
    pub month: i8,
    /// 1–31.
    pub day: i8,
    /// 0–24.
    pub hour: i8,
    /// 0–59.
    pub minute: i8,
    /// 0–60.
    pub second: i8,
    /// Part of the second.
    pub nanos: i32,
    /// The offset from UTC in seconds, if the text has one.
    pub offset_s: Option<i32>,
}

/// One piece of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece<'a> {
    Number(&'a str),
    Word(&'a str),
    Mark(char),
}

/// Reads a written time; `None` if it is none.
pub fn parse(text: &str, day_first: bool) -> Option<Written> {
    if text.len() > 80 {
        return None;
    }
    let pieces = cut(text);
    let mut reader = Pieces { pieces: &pieces, at: 0 };
    let mut written = Written::default();
    reader.date(&mut written, day_first)?;
    reader.time(&mut written)?;
    if written.year == 0 {
        // Fri Jul 1 13:32:33 2011: the year comes last.
        reader.skip_blank();
        written.year = year(reader.number()?)?;
    }
    reader.skip_blank();
    (reader.at == pieces.len()).then_some(written)
}

/// Cuts a text into runs of digits, runs of letters and single marks. Chinese units and day halves are marks and words
/// of their own.
fn cut(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = |same: fn(char) -> bool| rest.find(|c: char| !same(c)).unwrap_or(rest.len());
        let (piece, size) = if first.is_ascii_digit() {
            let size = length(|c| c.is_ascii_digit());
            (Piece::Number(&rest[..size]), size)
        } else if rest.starts_with("上午") || rest.starts_with("下午") {
            (Piece::Word(&rest[..6]), 6)
        } else if first.is_ascii_alphabetic() {
            let size = length(|c| c.is_ascii_alphabetic());
            (Piece::Word(&rest[..size]), size)
        } else {
            (Piece::Mark(if first.is_whitespace() { ' ' } else { first }), first.len_utf8())
        };
        pieces.push(piece);
        rest = &rest[size..];
    }
    pieces
}

struct Pieces<'p, 'a> {
    pieces: &'p [Piece<'a>],
    at: usize,
}

impl<'a> Pieces<'_, 'a> {
    fn peek(&self) -> Option<Piece<'a>> {
        self.pieces.get(self.at).copied()
    }

    fn number(&mut self) -> Option<&'a str> {
        let Some(Piece::Number(digits)) = self.peek() else { return None };
        self.at += 1;
        Some(digits)
    }

    fn small(&mut self) -> Option<i8> {
        self.number().filter(|digits| digits.len() <= 2)?.parse().ok()
    }

    fn mark(&mut self, marks: &[char]) -> Option<char> {
        match self.peek() {
            Some(Piece::Mark(mark)) if marks.contains(&mark) => {
                self.at += 1;
                Some(mark)
            }
            _ => None,
        }
    }

    fn skip_blank(&mut self) {
        while self.mark(&[' ', ',']).is_some() {}
    }

    /// A word that `known` understands.
    fn word<T>(&mut self, known: impl Fn(&str) -> Option<T>) -> Option<T> {
        let Some(Piece::Word(word)) = self.peek() else { return None };
        let found = known(word)?;
        self.at += 1;
        Some(found)
    }

    fn date(&mut self, out: &mut Written, day_first: bool) -> Option<()> {
        self.skip_blank();
        if self.word(weekday).is_some() {
            self.mark(&['.']);
            self.skip_blank();
        }
        if let Some(month) = self.word(month_name) {
            self.mark(&['.']);
            self.skip_blank();
            self.mark(&['-']);
            out.month = month;
            out.day = self.small()?;
            let after_day = self.at;
            self.skip_blank();
            self.mark(&['-']);
            match self.peek() {
                Some(Piece::Number(digits)) if digits.len() == 4 => out.year = year(self.number()?)?,
                _ => self.at = after_day,
            }
            return Some(());
        }
        let first = self.number()?;
        if first.len() == 8 {
            out.year = first[..4].parse().ok()?;
            out.month = first[4..6].parse().ok()?;
            out.day = first[6..].parse().ok()?;
            return Some(());
        }
        let mark = self.mark(&['-', '/', '.', '年', ' '])?;
        if let Some(month) = self.word(month_name) {
            self.mark(&[mark, '.']);
            out.month = month;
            if first.len() == 4 {
                out.year = year(first)?;
                out.day = self.small()?;
            } else {
                out.day = first.parse().ok().filter(|_| first.len() <= 2)?;
                self.skip_blank();
                out.year = year(self.number()?)?;
            }
            return Some(());
        }
        let second = self.small()?;
        self.mark(&[if mark == '年' { '月' } else { mark }])?;
        let third = self.number()?;
        if first.len() == 4 {
            out.year = year(first)?;
            out.month = second;
            out.day = third.parse().ok().filter(|_| third.len() <= 2)?;
            self.mark(&['日']);
        } else if first.len() <= 2 {
            let first: i8 = first.parse().ok()?;
            (out.month, out.day) = if day_first { (second, first) } else { (first, second) };
            out.year = year(third)?;
        } else {
            return None;
        }
        Some(())
    }

    fn time(&mut self, out: &mut Written) -> Option<()> {
        self.skip_blank();
        if self.at == self.pieces.len() {
            return Some(());
        }
        self.word(|word| word.eq_ignore_ascii_case("T").then_some(()));
        let mut afternoon = self.word(half_of_day);
        self.skip_blank();
        let Some(hour) = self.number() else {
            // Only a zone or a weekday may follow a bare date.
            return self.zone(out);
        };
        if hour.len() == 6 || (hour.len() == 4 && out.year != 0) {
            out.hour = hour[..2].parse().ok()?;
            out.minute = hour[2..4].parse().ok()?;
            out.second =
                hour.get(4..).filter(|digits| !digits.is_empty()).map_or(Some(0), |digits| digits.parse().ok())?;
        } else {
            out.hour = hour.parse().ok().filter(|_| hour.len() <= 2)?;
            if let Some(mark) = self.mark(&[':', '时', '点', '.', '：']) {
                if let Some(Piece::Number(_)) = self.peek() {
                    out.minute = self.small()?;
                    let next = if matches!(mark, '时' | '点') { '分' } else { mark };
                    if self.mark(&[next]).is_some()
                        && let Some(Piece::Number(_)) = self.peek()
                    {
                        out.second = self.small()?;
                        self.mark(&['秒']);
                    }
                }
            }
        }
        self.fraction(out)?;
        self.skip_blank();
        afternoon = self.word(half_of_day).or(afternoon);
        if afternoon.is_some() {
            self.mark(&['.']);
        }
        match afternoon {
            Some(_) if !(1..=12).contains(&out.hour) => {
                // 13:05 PM is said by some systems and means what it says.
                if afternoon == Some(false) && out.hour != 0 {
                    return None;
                }
            }
            Some(true) if out.hour < 12 => out.hour += 12,
            Some(false) if out.hour == 12 => out.hour = 0,
            _ => {}
        }
        self.zone(out)
    }

    /// `.123`, `,123` or (Oracle) `.123000000` behind the seconds.
    fn fraction(&mut self, out: &mut Written) -> Option<()> {
        if let (Some(Piece::Mark('.' | ',')), Some(Piece::Number(digits))) = (self.peek(), self.pieces.get(self.at + 1))
        {
            let digits = &digits[..digits.len().min(9)];
            out.nanos = format!("{digits:0<9}").parse().ok()?;
            self.at += 2;
        }
        Some(())
    }

    /// `Z`, `UTC`, `+08`, `+0800`, `+08:00`, with `[Area/City]` behind it left out. Other abbreviations mean local time.
    fn zone(&mut self, out: &mut Written) -> Option<()> {
        self.skip_blank();
        let utc = |word: &str| ["z", "utc", "gmt"].iter().any(|name| word.eq_ignore_ascii_case(name)).then_some(());
        if self.word(utc).is_some() {
            out.offset_s = Some(0);
        } else {
            self.word(|word| {
                ((2..=5).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())).then_some(())
            });
        }
        self.skip_blank();
        if let Some(sign) = self.mark(&['+', '-', '−']) {
            let digits = self.number()?;
            let (hours, minutes): (i32, i32) = match digits.len() {
                1 | 2 if self.mark(&[':']).is_some() => (digits.parse().ok()?, self.number()?.parse().ok()?),
                1 | 2 => (digits.parse().ok()?, 0),
                4 => (digits[..2].parse().ok()?, digits[2..].parse().ok()?),
                _ => return None,
            };
            if hours > 18 || minutes > 59 {
                return None;
            }
            out.offset_s = Some((hours * 3600 + minutes * 60) * if sign == '+' { 1 } else { -1 });
        }
        if self.mark(&['[']).is_some() {
            while self.mark(&[']']).is_none() {
                self.peek()?;
                self.at += 1;
            }
        }
        Some(())
    }
}

/// Four digits as they are; two digits as 1969–2068.
fn year(digits: &str) -> Option<i16> {
    let value: i16 = digits.parse().ok()?;
    match digits.len() {
        4 => Some(value),
        2 if value < 69 => Some(2000 + value),
        2 => Some(1900 + value),
        _ => None,
    }
}

fn month_name(word: &str) -> Option<i8> {
    let names = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let word = word.to_ascii_lowercase();
    let full = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let found = names.iter().position(|name| *name == word).or_else(|| full.iter().position(|name| *name == word));
    found.or_else(|| (word == "sept").then_some(8)).map(|index| index as i8 + 1)
}

fn weekday(word: &str) -> Option<()> {
    let full = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let word = word.to_ascii_lowercase();
    full.iter().any(|day| word.len() >= 3 && day.starts_with(&word)).then_some(())
}

/// True for the afternoon.
fn half_of_day(word: &str) -> Option<bool> {
    match word {
        "上午" => Some(false),
        "下午" => Some(true),
        _ if word.eq_ignore_ascii_case("am") || word.eq_ignore_ascii_case("a") => Some(false),
        _ if word.eq_ignore_ascii_case("pm") || word.eq_ignore_ascii_case("p") => Some(true),
        _ => None,
    }
}
