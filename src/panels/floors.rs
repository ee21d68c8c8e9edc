//! Whether every text role can be read from the farthest seat of a display; asked before a window opens.
//!
//! An object of `p` u seen from `k` picture heights subtends `p · 3.183 / k` arc-minutes (1 u is 1/1080 of the height).
//! Partner: `style.rs`, whose roles are listed here; `legibility_tests.rs` judges what is laid out.

use super::style::Role;
use crate::config::Viewing;
use crate::scene::Profile;

/// Least height of Chinese, arc-minutes.
pub const LEAST_HAN: f32 = 25.0;
/// The same at a desk, where eyes focus near: what the design's 15 u have at 65 cm from a picture of 24 inches.
pub const LEAST_HAN_DESK: f32 = 22.0;
/// Least height of digits and Latin letters, arc-minutes.
pub const LEAST_DIGITS: f32 = 16.0;
/// Least height of Chinese on a wall of light-emitting diodes, pixels.
const LEAST_LED_PX: f32 = 24.0;

/// Every role of text: what it is for, its size in u, whether Chinese is written in it.
const ROLES: [(&str, f32, bool); 9] = [
    ("hero number", Role::HERO.size, false),
    ("clock", Role::CLOCK.size, false),
    ("clock's seconds", Role::SECONDS.size, false),
    ("wall title", Role::TITLE.size, true),
    ("scene name", Role::SCENE.size, true),
    ("panel title", Role::PANEL.size, true),
    ("row label", Role::ROW.size, true),
    ("body text and names on the map", Role::BODY.size, true),
    ("axis and grid numbers", Role::AXIS.size, false),
];

/// Roles that only a desk has: tables, cards and tickets are set smaller there.
const DESK_ROLES: [(&str, f32, bool); 3] =
    [("desk title", 18.0, true), ("desk emphasis", 16.0, true), ("desk table and ticket", 15.0, true)];

/// Least height of Chinese in a profile, arc-minutes.
pub const fn least_han(profile: Profile) -> f32 {
    match profile {
        Profile::Wall => LEAST_HAN,
        Profile::Desk => LEAST_HAN_DESK,
    }
}

/// A role that cannot be read from the farthest seat.
#[derive(Clone, Debug, PartialEq)]
pub struct Offender {
    /// What it is for.
    pub role: &'static str,
    /// Its size, u of an unscaled picture.
    pub size_u: f32,
    /// What it has and what it needs, both in the same unit.
    pub has: f32,
    /// See [`Offender::has`].
    pub needs: f32,
    /// True if both are pixels instead of arc-minutes.
    pub is_pixels: bool,
}

/// The roles that break the floor, largest first. `scale` is the display's factor on all sizes.
pub fn offenders(viewing: &Viewing, scale: f32, profile: Profile) -> Vec<Offender> {
    let minutes_per_u = 3.183 / viewing.k() * scale;
    let px_per_u = viewing.pixels.map(|(_, rows)| rows as f32 / 1080.0 * scale).filter(|_| viewing.is_led);
    let of_desk = if profile == Profile::Desk { &DESK_ROLES[..] } else { &[] };
    ROLES
        .iter()
        .chain(of_desk)
        .filter_map(|&(role, size_u, has_han)| {
            let needs = if has_han { least_han(profile) } else { LEAST_DIGITS };
            let small = Offender { role, size_u, has: size_u * minutes_per_u, needs, is_pixels: false };
            let coarse = px_per_u.filter(|_| has_han).map(|px| Offender {
                has: size_u * px,
                needs: LEAST_LED_PX,
                is_pixels: true,
                ..small.clone()
            });
            // A rounding step is no reason to refuse.
            let offends = |offender: &Offender| offender.has < offender.needs * 0.995;
            [Some(small), coarse].into_iter().flatten().find(offends)
        })
        .collect()
}

/// What to say of a display that is refused: who offends, and what would help. `None` if all can be read.
pub fn refusal(viewing: &Viewing, scale: f32, profile: Profile) -> Option<String> {
    let offenders = offenders(viewing, scale, profile);
    let worst = offenders.iter().map(|offender| offender.needs / offender.has).reduce(f32::max)?;
    let list: Vec<String> = offenders
        .iter()
        .map(|offender| {
            let unit = if offender.is_pixels { " px" } else { "′" };
            let Offender { role, size_u, has, needs, .. } = offender;
            format!("{role} ({size_u} u) has {has:.1}{unit} of {needs}{unit}")
        })
        .collect();
    let enough = (scale * worst * 20.0).ceil() / 20.0;
    let larger = if enough <= 2.0 {
        format!("set scale = {enough} (it is {scale})")
    } else {
        "no scale up to 2 is enough".to_owned()
    };
    let nearer = offenders.iter().filter(|offender| !offender.is_pixels).map(|offender| offender.needs / offender.has);
    let nearer = nearer
        .reduce(f32::max)
        .map(|worst| format!(" or seat everybody within {:.1} m", (viewing.distance_m / worst * 10.0).floor() / 10.0))
        .unwrap_or_default();
    Some(format!(
        "from {} m a picture {:.2} m high (k = {:.2}) cannot be read: {}. What helps: {larger}{nearer}",
        viewing.distance_m,
        viewing.picture_height_m,
        viewing.k(),
        list.join("; ")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn viewing(distance_m: f32, picture_height_m: f32) -> Viewing {
        Viewing { distance_m, picture_height_m, pixels: None, is_led: false }
    }

    /// The three walls of the design's table: near, middle, far.
    #[test]
    fn the_designs_profiles_hold_to_their_distance_and_no_further() {
        for (scale, most_k) in [(1.0, 2.5), (1.25, 3.1), (1.75, 4.45)] {
            assert_eq!(offenders(&viewing(most_k, 1.0), scale, Profile::Wall), [], "{scale}");
            assert!(!offenders(&viewing(most_k * 1.05, 1.0), scale, Profile::Wall).is_empty(), "{scale}");
        }
    }

    #[test]
    fn a_refusal_names_every_role_with_its_size_and_what_helps() {
        assert_eq!(refusal(&viewing(6.75, 2.7), 1.0, Profile::Wall), None);
        let words = refusal(&viewing(12.0, 2.7), 1.0, Profile::Wall).expect("too far");
        for wanted in [
            "k = 4.44",
            "panel title (24 u) has 17.2′ of 25′",
            "body text and names on the map (20 u) has 14.3′ of 25′",
            "axis and grid numbers (18 u) has 12.9′ of 16′",
            "set scale = 1.75 (it is 1)",
            "within 6.8 m",
        ] {
            assert!(words.contains(wanted), "{wanted} is not in: {words}");
        }
        assert!(!words.contains("hero"), "{words}");
        assert_eq!(refusal(&viewing(12.0, 2.7), 1.75, Profile::Wall), None, "what it says helps");
        assert!(refusal(&viewing(60.0, 2.7), 1.0, Profile::Wall).expect("too far").contains("no scale up to 2"));
    }

    /// A desk of 24 inches, one of 27, and a laptop that needs larger letters.
    #[test]
    fn a_desk_is_read_from_where_a_person_sits() {
        let said = |distance, height, scale| refusal(&viewing(distance, height), scale, Profile::Desk);
        assert_eq!(said(0.65, 0.299, 1.0), None, "the design's desk");
        assert_eq!(said(0.6, 0.299, 1.0), None);
        assert_eq!(said(0.7, 0.336, 1.0), None);
        let words = said(0.6, 0.174, 1.0).expect("a laptop of 14 inches");
        for wanted in
            ["desk table and ticket (15 u) has 13.8′ of 22′", "body text and names on the map (20 u)", "scale = 1.6 "]
        {
            assert!(words.contains(wanted), "{wanted} is not in: {words}");
        }
        assert_eq!(said(0.6, 0.174, 1.6), None, "what it says helps");
        assert!(!refusal(&viewing(6.0, 2.0), 1.0, Profile::Wall).expect("too far").contains("desk"));
    }

    #[test]
    fn letters_of_diodes_need_pixels_too() {
        let led = Viewing { pixels: Some((1920, 1080)), is_led: true, ..viewing(4.0, 2.7) };
        let words = refusal(&led, 1.0, Profile::Wall).expect("20 pixels");
        assert!(words.contains("has 20.0 px of 24 px") && words.contains("scale = 1.2 "), "{words}");
        assert!(!words.contains("seat"), "nearer seats give no pixels: {words}");
        assert_eq!(refusal(&led, 1.2, Profile::Wall), None);
    }

    /// A role that is added to `style.rs` is added here.
    #[test]
    fn no_role_of_the_style_is_left_out() {
        let source = include_str!("style.rs");
        let smallest = ROLES.iter().map(|(_, size, _)| *size).fold(f32::INFINITY, f32::min);
        let sizes = source.lines().filter(|line| line.contains("pub const") && line.contains(": Role")).map(|line| {
            let digits: String =
                line.chars().skip_while(|c| !c.is_ascii_digit()).take_while(|c| c.is_ascii_digit()).collect();
            (line, digits.parse::<f32>().unwrap_or(f32::NAN))
        });
        for (line, size) in sizes {
            let is_listed = ROLES.iter().any(|(_, listed, _)| *listed == size);
            assert!(is_listed && size >= smallest, "not listed: {line}");
        }
    }
}
