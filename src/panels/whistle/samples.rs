//! Whistle calls of the made-up city, for tests and pictures of panels. Only in tests.

use std::sync::Arc;

use jiff::SignedDuration;

use crate::city::figures::Answer;
use crate::domain::{CalledUnit, Level, WhistleCall, WhistleResult, WhistleTrigger};
use crate::panels::fixture::{self, City, now};

/// The city with calls of all triggers, open and ended.
pub fn city() -> City {
    let mut city = fixture::city();
    fill(&mut city);
    city
}

/// Fills the calls of a city.
pub fn fill(city: &mut City) {
    let mins = SignedDuration::from_mins;
    let communities: Vec<_> = city.areas.at_level(Level::Community).collect();
    let unit = |name: &str, called: jiff::Timestamp, due: i64, arrived: Option<i64>, rating: Option<u8>| CalledUnit {
        unit: name.into(),
        due_at: Some(called + mins(due)),
        arrived_at: arrived.map(|after| called + mins(after)),
        rating,
    };
    let open = now() - mins(50);
    let mut list = vec![WhistleCall {
        id: "W-1".into(),
        trigger: WhistleTrigger::MultiDepartment,
        whistler: "望澜街道办事处".into(),
        area: Some(city.areas.get(communities[0]).code.clone()),
        subject: "盐坊社区供水不足".into(),
        ticket: city.tickets.newest.get(7).cloned(),
        called_at: open,
        units: vec![
            unit("区水务局", open, 30, Some(22), None),
            unit("区住房和城乡建设局", open, 30, Some(41), None),
            unit("区应急管理局", open, 30, None, None),
            unit("区城市管理综合执法大队", open, 60, None, None),
        ],
        result: None,
        ended_at: None,
        rating: None,
    }];
    for (nth, trigger) in WhistleTrigger::ALL.into_iter().enumerate() {
        let called = now() - SignedDuration::from_hours(20 + 70 * nth as i64);
        let late = nth == 2;
        list.push(WhistleCall {
            id: format!("W-{}", nth + 2),
            trigger,
            whistler: "临汐街道办事处".into(),
            area: Some(city.areas.get(communities[nth * 3]).code.clone()),
            subject: [
                "骑楼社区道路破损",
                "石桥社区油烟扰民",
                "北渡社区违规停车",
                "柳岸社区夜间施工噪声",
                "盐坊社区消防通道堵塞",
            ][nth]
                .into(),
            ticket: None,
            called_at: called,
            units: vec![
                unit("区市政园林局", called, 30, Some(if late { 55 } else { 18 }), Some(if late { 2 } else { 5 })),
                unit("区公安分局", called, 30, Some(27), Some(4)),
            ],
            result: Some(if late { WhistleResult::Partly } else { WhistleResult::Solved }),
            ended_at: Some(called + SignedDuration::from_hours(9)),
            rating: Some(if late { 3 } else { 5 }),
        });
    }
    city.lists.whistle_calls.0.list = Arc::new(list);
    city.lists.whistle_calls.0.answer = Answer::Here;
}
