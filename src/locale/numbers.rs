//! How numbers are written: with commas between thousands, or in 万 and 亿 with at most four digits. One style per wall.

use std::sync::OnceLock;

use serde::Deserialize;

/// How large numbers are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum NumberStyle {
    /// `12,345`
    #[default]
    Thousands,
    /// `1.23 万`
    Myriads,
}

/// The marks of [`NumberStyle::Myriads`], for the check that the shipped fonts can draw them.
pub(super) const MARKS: &str = "万亿";

/// The steps of [`NumberStyle::Myriads`]: what is rounded to, the decimals that leaves, and the mark. A step is taken by
/// what, rounded to it, has no more than three digits, or four without decimals.
const STEPS: [(u64, usize, &str); 9] = [
    (100, 2, "万"),
    (1_000, 1, "万"),
    (10_000, 0, "万"),
    (1_000_000, 2, "亿"),
    (10_000_000, 1, "亿"),
    (100_000_000, 0, "亿"),
    (10_000_000_000, 2, "万亿"),
    (100_000_000_000, 1, "万亿"),
    (1_000_000_000_000, 0, "万亿"),
];

/// The wall's style. No resource, for what is written is asked of the locale, which every panel has and every count goes
/// through, and a process has one wall: so no panel can be in another style than its neighbour.
static CHOSEN: OnceLock<NumberStyle> = OnceLock::new();

/// Sets the style of this process, before anything is drawn. The first call counts: a wall never changes its style.
pub fn choose_numbers(style: NumberStyle) {
    if *CHOSEN.get_or_init(|| style) != style {
        tracing::warn!("numbers are written in one style in all of a process; it stays as it was first set");
    }
}

/// The style of this process.
pub(super) fn chosen() -> NumberStyle {
    #[cfg(test)]
    if let Some(style) = testing::STYLE.get() {
        return style;
    }
    CHOSEN.get().copied().unwrap_or_default()
}

impl NumberStyle {
    /// All digits, whatever the wall's style is: where the exact number is the point. The diagnostics, for they are
    /// compared with other logs; the cards that a click on a number opens, for they say what the panel rounds.
    pub const EXACT: NumberStyle = NumberStyle::Thousands;

    /// A count: `12,345` or `1.23 万`.
    pub fn write(self, n: u64) -> String {
        match self {
            NumberStyle::Thousands => thousands(n),
            NumberStyle::Myriads => myriads(n),
        }
    }

    /// A difference: `+16`, `−3`, `±0`.
    pub fn signed(self, n: i64) -> String {
        match n {
            0 => "±0".to_owned(),
            1.. => format!("+{}", self.write(n.unsigned_abs())),
            _ => format!("−{}", self.write(n.unsigned_abs())),
        }
    }

    /// A number that is no count, with so many decimals; with 万 it has none of its own.
    pub fn decimal(self, value: f64, decimals: usize) -> String {
        let sign = if value < 0.0 { "−" } else { "" };
        // Halves of what has no decimals go up, as in counts.
        let size = if decimals == 0 { value.abs().round() } else { value.abs() };
        if self == NumberStyle::Myriads && size.round() >= 10_000.0 {
            return format!("{sign}{}", myriads(size.round() as u64));
        }
        let digits = format!("{size:.decimals$}");
        let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
        match whole.parse() {
            Ok(whole) => format!("{sign}{}{rest}", self.write(whole)),
            Err(_) => format!("{sign}{digits}"),
        }
    }
}

/// `1263` as `1,263`: every digit, in every style. Who writes for the wall asks [`super::Locale::count`].
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `12345` as `1.23 万`, rounded half up. Zeros at the end stay: digits stand below each other.
fn myriads(n: u64) -> String {
    if n < 10_000 {
        return n.to_string();
    }
    let rounded = |grain: u64| n / grain + u64::from(n % grain >= grain / 2);
    let fits =
        |(grain, decimals, _): &&(u64, usize, &str)| rounded(*grain) < if *decimals > 0 { 1_000 } else { 10_000 };
    // What is larger than all steps keeps its digits before the last mark.
    let (grain, decimals, mark) = *STEPS.iter().find(fits).unwrap_or(&STEPS[STEPS.len() - 1]);
    let digits = rounded(grain).to_string();
    let (whole, rest) = digits.split_at(digits.len() - decimals);
    format!("{whole}{}{rest} {mark}", if decimals > 0 { "." } else { "" })
}

/// The text with nothing between 万 and the unit behind it: `1.23 万件`, as `1,263 件` is written.
pub(super) fn closed(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_gap = |at: usize| {
        let marks = letters[..at].iter().rev().take_while(|letter| MARKS.contains(**letter)).count();
        let before = letters[..at - marks].iter().rev().take(2).rev().collect::<Vec<_>>();
        let after = letters.get(at + 1).is_some_and(|letter| matches!(letter, '\u{4E00}'..='\u{9FFF}'));
        letters[at] == ' ' && marks > 0 && after && matches!(before[..], [digit, ' '] if digit.is_ascii_digit())
    };
    letters.iter().enumerate().filter(|(at, _)| !is_gap(*at)).map(|(_, letter)| letter).collect()
}

/// A style for one test: tests share their process.
#[cfg(test)]
pub(crate) mod testing {
    use std::cell::Cell;

    use super::NumberStyle;

    thread_local! {
        pub(super) static STYLE: Cell<Option<NumberStyle>> = const { Cell::new(None) };
    }

    /// Does it with all that this thread writes in a style.
    pub(crate) fn written_in<T>(style: NumberStyle, does: impl FnOnce() -> T) -> T {
        struct Back(Option<NumberStyle>);
        impl Drop for Back {
            fn drop(&mut self) {
                STYLE.set(self.0);
            }
        }
        let _back = Back(STYLE.replace(Some(style)));
        does()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locale::Locale;

    #[test]
    fn myriads_have_four_digits_at_most_and_round_into_the_next_step() {
        let table = [
            (0, "0"),
            (4, "4"),
            (1_263, "1263"),
            (9_999, "9999"),
            (10_000, "1.00 万"),
            (10_049, "1.00 万"),
            (10_050, "1.01 万"),
            (12_345, "1.23 万"),
            (99_949, "9.99 万"),
            (99_950, "10.0 万"),
            (99_999, "10.0 万"),
            (100_000, "10.0 万"),
            (123_449, "12.3 万"),
            (123_450, "12.3 万"),
            (123_500, "12.4 万"),
            (999_499, "99.9 万"),
            (999_500, "100 万"),
            (1_000_000, "100 万"),
            (1_234_567, "123 万"),
            (9_999_999, "1000 万"),
            (12_344_999, "1234 万"),
            (12_345_000, "1235 万"),
            (99_994_999, "9999 万"),
            (99_995_000, "1.00 亿"),
            (99_999_999, "1.00 亿"),
            (100_000_000, "1.00 亿"),
            (123_456_789, "1.23 亿"),
            (1_234_567_890, "12.3 亿"),
            (12_345_678_901, "123 亿"),
            (999_999_999_999, "1.00 万亿"),
            (1_234_567_890_123, "1.23 万亿"),
            (u64::MAX, "18446744 万亿"),
        ];
        for (n, wanted) in table {
            assert_eq!(NumberStyle::Myriads.write(n), wanted, "{n}");
        }
    }

    #[test]
    fn thousands_keep_every_digit() {
        let write = |n| NumberStyle::Thousands.write(n);
        assert_eq!([0, 118, 1_263, 12_345, 1_000_000].map(write), ["0", "118", "1,263", "12,345", "1,000,000"]);
    }

    #[test]
    fn differences_have_their_sign_in_both_styles() {
        let both = |n| [NumberStyle::Thousands.signed(n), NumberStyle::Myriads.signed(n)];
        assert_eq!(both(16), ["+16", "+16"]);
        assert_eq!(both(0), ["±0", "±0"]);
        assert_eq!(both(-12_345), ["−12,345", "−1.23 万"]);
        assert_eq!(both(i64::MIN)[1], "−9223372 万亿");
    }

    #[test]
    fn a_number_that_is_no_count_has_its_decimals_until_it_is_large() {
        let both =
            |value, decimals| [NumberStyle::Thousands, NumberStyle::Myriads].map(|it| it.decimal(value, decimals));
        assert_eq!(both(17.9, 1), ["17.9", "17.9"]);
        assert_eq!(both(2.5, 0), ["3", "3"]);
        assert_eq!(both(-1_234.56, 1), ["−1,234.6", "−1234.6"]);
        assert_eq!(both(9_999.6, 1), ["9,999.6", "1.00 万"]);
        assert_eq!(both(12_345.67, 1), ["12,345.7", "1.23 万"]);
        assert_eq!(both(9_999.4, 1), ["9,999.4", "9999.4"]);
        assert_eq!(both(f64::NAN, 1), ["NaN", "NaN"]);
    }

    #[test]
    fn nothing_stands_between_a_myriad_and_its_unit() {
        let table = [
            ("另有 1.23 万 件未定位", "另有 1.23 万件未定位"),
            ("在办 123 万 件 · 今日办结 1.23 万亿 件", "在办 123 万件 · 今日办结 1.23 万亿件"),
            ("6.42 万 / 6.43 万 件", "6.42 万 / 6.43 万件"),
            ("1.23 万 · 较上周", "1.23 万 · 较上周"),
            ("1263 件", "1263 件"),
            ("千万 件", "千万 件"),
            (" 万 件", " 万 件"),
            ("", ""),
        ];
        for (text, wanted) in table {
            assert_eq!(closed(text), wanted);
        }
    }

    /// English has no 万, and one wall is never in two styles: the words of messages and the counts beside them.
    #[test]
    fn only_chinese_is_written_in_myriads() {
        testing::written_in(NumberStyle::Myriads, || {
            let say =
                |locale: Locale| (locale.count(12_345_u32), locale.signed(-12_345), locale.t_n("table-note", 12_345));
            assert_eq!(say(Locale::ZhCn), ("1.23 万".into(), "−1.23 万".into(), "1.23 万件".into()));
            let (count, signed, message) = say(Locale::En);
            assert_eq!((count.as_str(), signed.as_str()), ("12,345", "−12,345"));
            assert!(message.contains("12,345"), "{message}");
        });
        assert_eq!(Locale::ZhCn.count(12_345_u32), "12,345", "the default, and as it was");
    }
}
