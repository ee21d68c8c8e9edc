//! Slides of the scene file: honours, campaigns, cases. Title, an optional picture, text. Several slides turn slowly; a
//! click turns at once. A picture that cannot be shown is said, and the text stays. Partner: `pictures.rs`, which loads.

mod pictures;

use std::sync::Arc;

use bevy_egui::egui::{Align, Color32, CornerRadius, Image, Painter, Rect, Ui, Vec2, pos2, vec2};

use super::head::{announce, row};
use super::look::Look;
use super::pen::{bar, centred, fill, fit, rows, say};
use super::style::Role;
use crate::scene::{Bound, Slide};
use pictures::{Picture, Pictures};

/// Seconds each slide stays.
const DWELL_S: i64 = 20;
/// From this width on the picture stands beside the text.
const WIDE: f32 = 640.0;
/// Height of the head.
const HEAD: f32 = 44.0;
/// Height of the ticks at the foot.
const FOOT: f32 = 30.0;
/// Sizes of a slide's text, u, the largest first: slides of words alone take the largest that all of them have room for.
const SIZES: [f32; 4] = [32.0, 28.0, 25.0, 22.0];

/// How a slide is set.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Setting {
    title: Role,
    title_line: f32,
    text: Role,
    line: f32,
}

impl Setting {
    const fn of(size: f32) -> Self {
        Self {
            title: Role::medium(size + 6.0),
            title_line: (size + 6.0) * 1.4,
            text: Role::regular(size),
            line: size * 1.55,
        }
    }

    /// The largest in which each slide of words alone fits into `room`.
    fn fitting(p: &Painter, look: &Look<'_>, slides: &[Slide], room: Vec2) -> Self {
        let plain = || slides.iter().filter(|slide| slide.picture.is_none());
        let height = |setting: &Self, slide: &Slide| {
            let title = rows(p, look.locale.title_of(&slide.title), setting.title, room.x) as f32;
            let text = rows(p, look.locale.title_of(&slide.text), setting.text, room.x) as f32;
            title * setting.title_line + BETWEEN + text * setting.line
        };
        let fits = |setting: &Self| plain().all(|slide| height(setting, slide) <= room.y);
        SIZES.map(Self::of).into_iter().find(fits).unwrap_or(Self::LEAST)
    }

    const LEAST: Self = Self::of(SIZES[SIZES.len() - 1]);
}

/// Space between a slide's title and its text.
const BETWEEN: f32 = 10.0;

/// What is remembered: turns by hand, and pictures.
#[derive(Debug, Default)]
pub struct StoryState {
    turned: usize,
    pictures: Pictures,
}

impl StoryState {
    /// The place of the slide that is shown at a moment.
    fn place(&self, now: jiff::Timestamp, count: usize) -> usize {
        let turn = now.as_second().div_euclid(DWELL_S).rem_euclid(count.max(1) as i64) as usize;
        (turn + self.turned) % count.max(1)
    }
}

/// Draws the panel.
pub fn story_ui(ui: &Ui, look: &Look<'_>, bound: &Arc<Bound>, state: &mut StoryState) {
    let rect = ui.max_rect();
    let p = ui.painter();
    let middle = rect.top() + 17.0;
    let title = bound
        .title
        .as_ref()
        .map_or_else(|| look.t("story-title").into_owned(), |it| look.locale.title_of(it).to_owned());
    let room = rect.width() - 80.0;
    fit(
        p,
        pos2(rect.left(), centred(middle, Role::PANEL)),
        Align::Min,
        title.as_str(),
        Role::PANEL,
        look.text1(),
        room,
    );
    announce(ui, rect.with_max_y(rect.top() + 34.0), "head", &title);
    let count = bound.slides.len();
    let place = state.place(look.now.at, count);
    let Some(slide) = bound.slides.get(place) else {
        return super::head::empty(p, look, rect.with_min_y(rect.top() + HEAD), &look.t("story-none"));
    };
    let words = look.locale.title_of(&slide.title).to_owned();
    let has_ticks = count > 1;
    let body = Rect::from_min_max(
        pos2(rect.left(), rect.top() + HEAD),
        pos2(rect.right(), rect.bottom() - if has_ticks { FOOT } else { 0.0 }),
    );
    if has_ticks {
        let told = format!("{} / {count}", place + 1);
        say(p, pos2(rect.right(), centred(middle, Role::BODY)), Align::Max, told, Role::BODY, look.text3());
        let asked = row(ui, look, body, "slide", &words).clicked();
        ticks_ui(ui, look, rect, count, place);
        if asked {
            state.turned = (state.turned + 1) % count;
        }
    } else {
        announce(ui, body, "slide", &words);
    }
    let setting = match &slide.picture {
        None => Setting::fitting(p, look, &bound.slides, body.size()),
        Some(_) => Setting::LEAST,
    };
    slide_ui(ui, look, body, slide, setting, bound, &mut state.pictures);
}

fn slide_ui(
    ui: &Ui,
    look: &Look<'_>,
    body: Rect,
    slide: &Slide,
    setting: Setting,
    bound: &Arc<Bound>,
    pictures: &mut Pictures,
) {
    let p = ui.painter();
    let mut text = body;
    let mut trouble = None;
    if let Some(path) = &slide.picture {
        match pictures.of(ui.ctx(), path, bound) {
            Picture::Here(texture) => {
                let size = texture.size_vec2();
                let room = match body.width() >= WIDE {
                    true => vec2(body.width() * 0.46, body.height()),
                    false => vec2(body.width(), body.height() * 0.5),
                };
                let scale = (room.x / size.x).min(room.y / size.y);
                let at = Rect::from_min_size(body.min, size * scale);
                Image::new((texture.id(), size))
                    .corner_radius(CornerRadius::same(3))
                    .tint(Color32::WHITE)
                    .paint_at(ui, at);
                announce(ui, at, "picture", &path.display().to_string());
                match body.width() >= WIDE {
                    true => text.min.x = at.right() + 36.0,
                    false => text.min.y = at.bottom() + 16.0,
                }
            }
            Picture::Coming => text.min.y += 0.0,
            Picture::Wrong(reason) => {
                let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let reason = look.t(reason);
                trouble = Some(look.locale.t_args("story-picture", &[("name", &name), ("reason", &reason)]));
            }
        }
    }
    let title = look.locale.title_of(&slide.title);
    let Setting { title: title_role, title_line, text: text_role, line } = setting;
    let below = fill(p, text.with_max_y(text.top() + 2.0 * title_line), title, title_role, look.text1(), title_line);
    let mut rest = text.with_min_y(below + BETWEEN);
    if let Some(trouble) = trouble {
        let base = rest.bottom() - 10.0;
        fit(p, pos2(rest.left(), base), Align::Min, trouble.as_str(), Role::BODY, look.text3(), rest.width());
        announce(ui, Rect::from_min_max(pos2(rest.left(), base - 22.0), rest.max), "trouble", &trouble);
        rest.max.y -= 40.0;
    }
    let words = look.locale.title_of(&slide.text);
    fill(p, rest, words, text_role, look.text2(), line);
    announce(ui, rest, "text", words);
}

/// A tick for each slide at the foot.
fn ticks_ui(ui: &Ui, look: &Look<'_>, rect: Rect, count: usize, place: usize) {
    const TICK: Vec2 = vec2(20.0, 3.0);
    let y = rect.bottom() - 12.0;
    for nth in 0..count.min(24) {
        let at = pos2(rect.left() + (TICK.x + 6.0) * nth as f32, y);
        let ink = if nth == place { look.text1() } else { look.ink(|p| p.line2) };
        bar(ui.painter(), Rect::from_min_size(at, TICK), ink);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::scene::Title;

    fn both(words: &str) -> Title {
        Title { zh: words.into(), en: words.into() }
    }

    fn story(pictures: &[Option<&std::path::Path>]) -> Arc<Bound> {
        let slide = |(nth, picture): (usize, &Option<&std::path::Path>)| Slide {
            title: both(&format!("第{nth}张")),
            text: both(&format!("说明{nth}")),
            picture: picture.map(Into::into),
        };
        Arc::new(Bound { slides: pictures.iter().enumerate().map(slide).collect(), ..Bound::default() })
    }

    #[test]
    fn slides_turn_with_time_and_a_click_turns_at_once() {
        let state = StoryState::default();
        let at = |second: i64| state.place(jiff::Timestamp::from_second(second).expect("a moment"), 3);
        assert_eq!([at(0), at(19), at(20), at(40), at(60)], [0, 0, 1, 2, 0]);
        let city = fixture::city();
        let bound = story(&[None, None]);
        let mut state = StoryState::default();
        let first = state.place(fixture::now(), 2);
        fixture::click(&city, &format!("第{first}张"), |ui, look, _| {
            story_ui(ui, look, &bound, &mut state);
            None::<()>
        });
        assert_eq!(state.place(fixture::now(), 2), 1 - first);
    }

    #[test]
    fn a_picture_that_cannot_be_shown_is_said_and_the_text_stays() {
        let folder = tempfile::tempdir().expect("a folder");
        let broken = folder.path().join("broken.png");
        std::fs::write(&broken, b"no picture").expect("written");
        let good = folder.path().join("good.png");
        image::RgbImage::from_pixel(40, 30, image::Rgb([9, 90, 120])).save(&good).expect("written");
        let city = fixture::city();
        let labels = |path: &std::path::Path| {
            let bound = story(&[Some(path)]);
            let mut state = StoryState::default();
            state.pictures.wait_for(path, &bound);
            fixture::labels(&city, |ui, look, _| story_ui(ui, look, &bound, &mut state))
        };
        let missing = labels(&folder.path().join("gone.png"));
        assert!(missing.iter().any(|label| label.contains("gone.png")), "{missing:?}");
        let unreadable = labels(&broken);
        assert!(unreadable.iter().any(|label| label.contains("broken.png")), "{unreadable:?}");
        for labels in [&missing, &unreadable] {
            assert!(labels.iter().any(|label| label == "说明0"), "{labels:?}");
        }
        let fine = labels(&good);
        assert!(fine.iter().any(|label| label.ends_with("good.png")), "{fine:?}");
        assert!(
            fine.iter().any(|label| label == "说明0") && !fine.iter().any(|label| label.contains("无法")),
            "{fine:?}"
        );
    }
}
