//! Attacks on the published counts, over random populations, areas, categories, measures and days.
//!
//! The first attack carries out the two worlds of `publish.rs`: if they publish the same, no attacker whatever can do
//! better. The second is an attacker of flesh and blood: it combines everything published by interval propagation.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::publish::{Cells, MEASURES, possible};
use super::*;

const POPULATIONS: u64 = 100_000;
const DAYS: usize = 2;

fn code(text: String) -> AreaCode {
    AreaCode::new(text)
}

/// A keyed error without cryptography; good enough to attack.
fn keyed(key: u64) -> impl Fn(&AreaCode, usize, usize) -> i64 {
    move |area, group, measure| {
        let mut hash = key ^ (group as u64 * 31 + measure as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        for byte in area.as_str().bytes() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01B3);
            hash ^= hash >> 29;
        }
        publish::error_of(hash.wrapping_mul(0xBF58_476D_1CE4_E5B9) >> 20)
    }
}

/// A population by state and set of categories, for a few days.
fn population(random: &mut ChaCha8Rng) -> Vec<Book> {
    let scale = [3, 9, 30, 120][random.random_range(0..4)];
    let streets: Vec<usize> = (0..random.random_range(1..=2)).map(|_| random.random_range(1..=3)).collect();
    let mut people: Vec<Vec<(u8, usize)>> = Vec::new();
    for _ in 0..streets.iter().sum() {
        let count = random.random_range(0..=scale);
        people.push((0..count).map(|_| person(random)).collect());
    }
    let book = |people: &[Vec<(u8, usize)>]| {
        let mut at = people.iter().enumerate();
        let street = |(index, size): (usize, &usize)| {
            let communities = at.by_ref().take(*size).map(|(number, people)| community(number, people)).collect();
            Street { code: code(format!("s{index}")), communities }
        };
        Book { district: code("d".into()), streets: streets.iter().enumerate().map(street).collect() }
    };
    let mut days = Vec::new();
    for _ in 0..DAYS {
        days.push(book(&people));
        for people in &mut people {
            for person in people.iter_mut() {
                if random.random_bool(0.1) {
                    person.1 = random.random_range(0..4);
                }
            }
            if random.random_bool(0.5) {
                people.pop();
            }
            if random.random_bool(0.5) {
                people.push(person(random));
            }
        }
    }
    days
}

fn person(random: &mut ChaCha8Rng) -> (u8, usize) {
    let categories = 1_u8 << random.random_range(0..8);
    let second = if random.random_bool(0.2) { 1_u8 << random.random_range(0..8) } else { 0 };
    (categories | second, random.random_range(0..4))
}

fn community(number: usize, people: &[(u8, usize)]) -> Community {
    let mut groups = [TrueCounts::default(); GROUPS];
    for (categories, state) in people {
        for (group, counts) in groups.iter_mut().enumerate() {
            if group == 0 || categories >> (group - 1) & 1 == 1 {
                counts.listed += 1;
                counts.visited += u32::from(*state == 1);
                counts.due += u32::from(*state == 2);
                counts.overdue += u32::from(*state == 3);
            }
        }
    }
    Community { code: code(format!("c{number}")), groups }
}

/// The book of a table.
fn book_of(like: &Book, cells: &[Cells]) -> Book {
    let mut cells = cells.iter();
    let mut book = like.clone();
    for community in book.streets.iter_mut().flat_map(|street| &mut street.communities) {
        let Some(cells) = cells.next() else { break };
        community.groups = cells.map(|[listed, visited, due, overdue]| {
            let [listed, visited, due, overdue] = [listed, visited, due, overdue].map(|n| u32::try_from(n).unwrap());
            TrueCounts { listed, visited, due, overdue }
        });
    }
    book
}

#[test]
fn two_worlds_five_apart_publish_the_same_on_every_day() {
    (0..POPULATIONS).into_par_iter().for_each(|seed| {
        let random = &mut ChaCha8Rng::seed_from_u64(seed);
        let days = population(random);
        let error = keyed(random.random());
        let leaves = days[0].streets.iter().map(|street| street.communities.len()).sum::<usize>();
        let (j, group, measure) =
            (random.random_range(0..leaves), random.random_range(0..GROUPS), random.random_range(0..MEASURES));
        let target = format!("c{j}");
        let street = days[0].streets.iter().find(|it| it.communities.iter().any(|it| it.code.as_str() == target));
        let street = street.map(|street| street.code.as_str().to_owned()).unwrap();
        let is_touched = |g: usize, m: usize| (g == 0 || g == group) && (m == 0 || m == measure);
        // Somebody of everybody is in some category too.
        let other = if group == 0 { 1 } else { group };
        let is_touched = |g: usize, m: usize| is_touched(g, m) || (g == other && (m == 0 || m == measure));
        let minus_five = |area: &AreaCode, g: usize, m: usize| {
            let is_ours = [target.as_str(), street.as_str(), "d"].contains(&area.as_str());
            if is_ours && is_touched(g, m) { -5 } else { 0 }
        };
        for day in &days {
            let x = possible(day, &error);
            let world_0 = book_of(day, &x);
            let mut more = x.clone();
            for (g, cells) in more[j].iter_mut().enumerate() {
                cells.iter_mut().enumerate().filter(|(m, _)| is_touched(g, *m)).for_each(|(_, count)| *count += 5);
            }
            assert_eq!(more[j][group][measure], x[j][group][measure] + 5);
            let world_5 = book_of(day, &more);
            // What is published is a function of the possible table.
            assert!(possible(&world_0, |_, _, _| 0) == x, "seed {seed}: the possible table was not left as it is");
            assert!(possible(&world_5, minus_five) == x, "seed {seed}: five more people can be seen");
        }
    });
}

#[test]
fn one_to_four_are_always_suppressed_and_so_is_every_sum_of_them() {
    (0..POPULATIONS / 10).into_par_iter().for_each(|seed| {
        let random = &mut ChaCha8Rng::seed_from_u64(seed ^ 0xCA5E);
        let error = keyed(random.random());
        for day in population(random) {
            let published: HashMap<AreaCode, [CareCounts; GROUPS]> = publish(&day, &error).into_iter().collect();
            let truth = truths(&day);
            for (area, cells) in truth {
                for (group, cells) in cells.iter().enumerate() {
                    let CareCounts { listed, visited, due, overdue } = published[&area][group];
                    for (n, count) in cells.iter().zip([listed, visited, due, overdue]) {
                        assert!(
                            *n > 4 || count == Count::Suppressed,
                            "seed {seed}: {n} of {area} is shown as {count:?}"
                        );
                    }
                }
            }
        }
    });
}

/// True counts of every area: communities, streets, the district.
fn truths(day: &Book) -> Vec<(AreaCode, Cells)> {
    let mut all = vec![(day.district.clone(), Cells::default())];
    for street in &day.streets {
        let mut total = Cells::default();
        for community in &street.communities {
            let cells = community.groups.map(|it| [it.listed, it.visited, it.due, it.overdue].map(i64::from));
            for (place, n) in total.iter_mut().flatten().zip(cells.iter().flatten()) {
                *place += n;
            }
            all.push((community.code.clone(), cells));
        }
        for (place, n) in all[0].1.iter_mut().flatten().zip(total.iter().flatten()) {
            *place += n;
        }
        all.push((street.code.clone(), total));
    }
    all
}

/// Lower and upper bound.
type Span = (i64, i64);

/// `whole = Σ parts`, in both directions.
fn sum(whole: &mut Span, parts: &mut [&mut Span]) {
    let (low, high) = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
    *whole = (whole.0.max(low), whole.1.min(high));
    for part in parts {
        **part = (part.0.max(whole.0 - (high - part.1)), part.1.min(whole.1 - (low - part.0)));
    }
}

#[test]
fn an_attacker_who_combines_everything_never_gets_below_a_width_of_five() {
    (0..POPULATIONS / 10).into_par_iter().for_each(|seed| {
        let random = &mut ChaCha8Rng::seed_from_u64(seed ^ 0xA77A);
        let days = population(random);
        let error = keyed(random.random());
        // An error is the same every day: what is learnt of a count on one day bounds its error on all others.
        let mut errors: HashMap<(AreaCode, usize, usize), Span> = HashMap::new();
        for _ in 0..2 {
            for day in &days {
                let (mut spans, x) = first_spans(day, &error, &errors);
                for _ in 0..4 {
                    propagate(day, &mut spans);
                }
                for (area, groups) in &spans {
                    for (group, measures) in groups.iter().enumerate() {
                        for (measure, (low, high)) in measures.iter().enumerate() {
                            assert!(high - low >= 5, "seed {seed}: {area} {group} {measure} is in {low}..={high}");
                            let x = x[area][group][measure];
                            let known = errors.entry((area.clone(), group, measure)).or_insert((-5, 5));
                            *known = (known.0.max(x - high), known.1.min(x - low));
                        }
                    }
                }
            }
        }
    });
}

type Spans = HashMap<AreaCode, [[Span; MEASURES]; GROUPS]>;

/// What each count says by itself. The attacker is even told *X*, and that fitting moved no count further than its error.
fn first_spans(
    day: &Book,
    error: &impl Fn(&AreaCode, usize, usize) -> i64,
    errors: &HashMap<(AreaCode, usize, usize), Span>,
) -> (Spans, HashMap<AreaCode, Cells>) {
    let x: HashMap<AreaCode, Cells> = truths(&book_of(day, &possible(day, error))).into_iter().collect();
    let mut spans = Spans::new();
    for (area, cells) in &x {
        let mut groups = [[(0, 0); MEASURES]; GROUPS];
        for (group, cells) in cells.iter().enumerate() {
            for (measure, x) in cells.iter().enumerate() {
                let (least, most) = errors.get(&(area.clone(), group, measure)).copied().unwrap_or((-5, 5));
                groups[group][measure] = ((x - most).max(0), x - least);
            }
        }
        spans.insert(area.clone(), groups);
    }
    (spans, x)
}

fn propagate(day: &Book, spans: &mut Spans) {
    for group in 0..GROUPS {
        for measure in 0..MEASURES {
            let mut streets: Vec<Span> = Vec::new();
            for street in &day.streets {
                let mut whole = spans[&street.code][group][measure];
                let mut parts: Vec<Span> =
                    street.communities.iter().map(|it| spans[&it.code][group][measure]).collect();
                sum(&mut whole, &mut parts.iter_mut().collect::<Vec<_>>());
                for (community, part) in street.communities.iter().zip(parts) {
                    spans.entry(community.code.clone()).and_modify(|it| it[group][measure] = part);
                }
                streets.push(whole);
            }
            let mut whole = spans[&day.district][group][measure];
            sum(&mut whole, &mut streets.iter_mut().collect::<Vec<_>>());
            spans.entry(day.district.clone()).and_modify(|it| it[group][measure] = whole);
            for (street, span) in day.streets.iter().zip(streets) {
                spans.entry(street.code.clone()).and_modify(|it| it[group][measure] = span);
            }
        }
    }
    for cells in spans.values_mut() {
        for group in 0..GROUPS {
            // Listed = visited + due + overdue + later, all at least 0.
            let [listed, states @ ..] = &mut cells[group];
            let least: i64 = states.iter().map(|span| span.0).sum();
            listed.0 = listed.0.max(least);
            for state in states.iter_mut() {
                state.1 = state.1.min(listed.1 - (least - state.0));
            }
        }
        for measure in 0..MEASURES {
            // A category within everybody, everybody within the categories together.
            let all: i64 = (1..GROUPS).map(|group| cells[group][measure].1).sum();
            cells[0][measure].1 = cells[0][measure].1.min(all);
            for group in 1..GROUPS {
                cells[0][measure].0 = cells[0][measure].0.max(cells[group][measure].0);
                cells[group][measure].1 = cells[group][measure].1.min(cells[0][measure].1);
            }
        }
    }
}
