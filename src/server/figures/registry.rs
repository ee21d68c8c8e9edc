//! The registry of indicators: every key with its names, unit, aim, formula and source. The formulas are those of the
//! reference platform; a real site has its own paper, and its platform its own registry. How a key is counted is in
//! `tally.rs`; `docs/platform-api.md` has the formulas too.

use crate::domain::{Aim, Definition, Level, Unit};

/// What a number of a key is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A count of what happened in a period.
    Events,
    /// A share of what happened in a period.
    Share,
    /// A count of how it stands.
    State,
    /// Known from the areas, not from tickets.
    Areas,
    /// A count known from the teams.
    Teams,
    /// A count of what departments report of a month.
    Reported,
    /// A share of what departments report of a month.
    ReportedShare,
    /// A count of how it stands by the departments' reports.
    Standing,
    /// A share of how it stands by the departments' reports.
    StandingShare,
    /// Not collected by this platform.
    Absent,
}

/// One key.
#[derive(Clone, Copy, Debug)]
pub struct Entry {
    /// The key.
    pub key: &'static str,
    /// What it belongs to.
    pub group: &'static str,
    /// What its numbers are about.
    pub shape: Shape,
    /// The lowest level it is served for.
    pub down_to: Level,
    name: [&'static str; 2],
    unit: Unit,
    aim: Aim,
    target: Option<f64>,
    limit: Option<f64>,
    formula: [&'static str; 2],
}

use Aim::{Higher, Lower, Neutral};
use Level::{Community, District, Street};
use Shape::{Absent, Areas, Events, Reported, ReportedShare, Share, Standing, StandingShare, State, Teams};

const fn entry(
    (key, group, shape, down_to): (&'static str, &'static str, Shape, Level),
    name: [&'static str; 2],
    (unit, aim, target, limit): (Unit, Aim, Option<f64>, Option<f64>),
    formula: [&'static str; 2],
) -> Entry {
    Entry { key, group, shape, down_to, name, unit, aim, target, limit, formula }
}

const SHARE: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::Percent, Neutral, None, None);
const UP: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::Percent, Higher, None, None);
const DOWN: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::Percent, Lower, None, None);
const COUNT: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::Count, Neutral, None, None);
const FEW: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::Count, Lower, None, None);
const PEOPLE: (Unit, Aim, Option<f64>, Option<f64>) = (Unit::People, Neutral, None, None);

/// A share with a target and a limit that must not be passed.
const fn up(target: f64, limit: f64) -> (Unit, Aim, Option<f64>, Option<f64>) {
    (Unit::Percent, Higher, Some(target), Some(limit))
}

/// Every key, in the order of the registry. The place in this list is the key's number in `tally.rs`.
#[rustfmt::skip]
pub const REGISTRY: [Entry; 93] = [
    // The four rates, and what stands beside them.
    entry(("demand_drop", "rates", Events, Street), ["诉求下降率", "Drop in demand"], UP,
        ["（上一期同期受理 − 本期受理）÷ 上一期同期受理", "(intake of the same part of the period before − intake) ÷ intake of that part"]),
    entry(("response", "rates", Share, Community), ["响应率", "Response rate"], up(99.5, 98.0),
        ["签收时限内签收 ÷ 期内签收到期（不含作废）", "signed for in time ÷ sign-offs due in the period, void left out"]),
    entry(("resolve", "rates", Share, Community), ["解决率", "Resolution rate"], up(85.0, 75.0),
        ["期内结案中反映人答“已解决” ÷ 期内结案中答过是否解决", "closed in the period and answered 'solved' ÷ closed in the period and answered"]),
    entry(("satisfy", "rates", Share, Community), ["满意率", "Satisfaction rate"], up(88.0, 78.0),
        ["期内结案中评“满意” ÷ 期内结案中有效评价", "closed in the period and rated satisfied ÷ closed in the period and rated"]),
    entry(("ontime", "rates", Share, Community), ["按时办结率", "On-time handling rate"], up(99.5, 98.0),
        ["期内办理到期中按时办完 ÷ 期内办理到期（不含作废、挂账）", "handled in time ÷ handling due in the period, void and paused left out"]),
    entry(("rated", "rates", Share, Street), ["评价率", "Rated share"], UP,
        ["期内结案中有效评价 ÷ 期内结案", "closed in the period and rated ÷ closed in the period"]),
    entry(("first_dissat", "rates", Share, Street), ["初次不满意率", "First-time dissatisfied rate"], DOWN,
        ["期内结案中初次评“不满意”或曾重办 ÷ 期内结案中有效评价或曾重办", "in the period: closed, rated no or done again ÷ closed, rated or done again"]),
    entry(("close_rate", "rates", Share, Street), ["结案率", "Closing rate"], UP,
        ["期内受理中已结案 ÷ 期内受理（不含作废）", "reported in the period, closed by now ÷ reported in the period, void left out"]),
    entry(("same_day", "rates", Share, Street), ["当天办结率", "Same-day rate"], UP,
        ["期内结案中受理当日结案 ÷ 期内结案", "closed in the period on the day reported ÷ closed in the period"]),
    entry(("proactive", "rates", Share, Street), ["未诉先办占比", "Proactive share"], UP,
        ["期内受理中网格上报和派遣感知 ÷ 期内受理", "by grid workers, departments and sensors ÷ all reported in the period"]),
    // Flow.
    entry(("intake", "flow", Events, Community), ["受理量", "Intake"], COUNT,
        ["期内受理的工单", "tickets reported in the period"]),
    entry(("intake_grid", "flow", Events, Street), ["网格上报", "By grid workers"], COUNT,
        ["期内受理，来源为网格员", "reported in the period by grid workers"]),
    entry(("intake_hotline", "flow", Events, Street), ["12345 热线", "By the hotline"], COUNT,
        ["期内受理，来源为热线", "reported in the period by the hotline"]),
    entry(("intake_dispatch", "flow", Events, Street), ["派遣感知", "By dispatch and sensors"], COUNT,
        ["期内受理，来源为部门派遣、感知", "reported in the period by departments and sensors"]),
    entry(("intake_other", "flow", Events, Street), ["其他渠道", "By other channels"], COUNT,
        ["期内受理，来源为其他渠道", "reported in the period by other channels"]),
    entry(("closed", "flow", Events, Community), ["结案量", "Closed"], COUNT,
        ["期内结案的工单", "tickets closed in the period"]),
    entry(("void", "flow", Events, District), ["作废", "Void"], COUNT,
        ["期内受理中已作废", "reported in the period and void by now"]),
    entry(("sign_late", "flow", Events, Street), ["超时签收", "Signed late"], FEW,
        ["期内签收到期而未按时签收", "sign-off limits that ran out in the period without a signature in time"]),
    entry(("handle_late", "flow", Events, Street), ["超期办理", "Handled late"], FEW,
        ["期内办理到期而未按时办完", "handling limits that ran out in the period without the work done"]),
    entry(("backlog", "flow", State, Community), ["在办", "In hand"], COUNT,
        ["此刻未结案、未作废", "neither closed nor void now"]),
    entry(("overdue", "flow", State, Community), ["超期", "Overdue"], FEW,
        ["此刻在办，签收超时或办理超期（挂账除外）", "in hand, and unsigned or unhandled past its limit; paused ones are not late"]),
    entry(("due_soon", "flow", State, Community), ["两小时内到期", "Due within two hours"], FEW,
        ["此刻在办未办完、未挂账，办理时限在两小时内", "in hand, not handled, not paused, with the handling limit in the next two hours"]),
    entry(("suspended", "flow", State, Street), ["挂账", "Paused"], COUNT,
        ["此刻在办并挂账", "in hand and paused"]),
    entry(("unsigned", "flow", State, Street), ["未签收", "Not signed"], FEW,
        ["此刻在办、已派遣而未签收", "in hand, dispatched and not signed for"]),
    // Lanes after closing.
    entry(("redo", "lanes", Events, Community), ["重办件", "Re-done"], FEW,
        ["期内结案中曾重办", "closed in the period after a re-do"]),
    entry(("redo_rate", "lanes", Share, Street), ["重办率", "Re-do rate"], DOWN,
        ["期内结案中曾重办 ÷ 期内结案", "closed in the period after a re-do ÷ closed in the period"]),
    entry(("redo_success", "lanes", Share, Street), ["重办满意率", "Re-do success"], UP,
        ["期内结案的重办件中评“满意” ÷ 期内结案的重办件", "re-done tickets rated satisfied ÷ re-done tickets closed in the period"]),
    entry(("redo_open", "lanes", State, Street), ["在途重办", "Open re-do"], FEW,
        ["此刻在办的重办件", "re-done tickets in hand"]),
    entry(("unrated", "lanes", Events, Community), ["未评价", "Unrated"], COUNT,
        ["期内结案而无评价", "closed in the period without a rating"]),
    entry(("dissatisfied", "lanes", Events, Community), ["不满意件", "Dissatisfied"], FEW,
        ["期内结案而评“不满意”", "closed in the period and rated dissatisfied"]),
    entry(("paper", "lanes", Events, Street), ["疑似形式办结", "Suspected paper closure"], FEW,
        ["期内结案，答“已解决”而评“不满意”", "closed in the period, answered 'solved' and rated dissatisfied"]),
    entry(("callback", "lanes", Events, Street), ["回访量", "Called back"], COUNT,
        ["期内回访到的未评价工单", "unrated tickets whose reporter was reached by a call in the period"]),
    entry(("callback_rate", "lanes", Share, Street), ["回访率", "Call-back rate"], UP,
        ["期内结案的未评价件中已回访 ÷ 期内结案的未评价件", "closed unrated in the period and called back by now ÷ closed unrated in the period"]),
    entry(("callback_resolve", "lanes", Share, Street), ["回访解决率", "Solved on call-back"], UP,
        ["期内回访中答“已解决” ÷ 期内回访的未评价件", "answered 'solved' ÷ called back in the period, of the unrated"]),
    entry(("risk_high", "lanes", Absent, District), ["高风险工单", "High-risk tickets"], COUNT,
        ["研判为高风险的在办件数（本平台未采集）", "tickets in hand graded high; not collected here"]),
    // Ways of handling.
    entry(("mode_joint", "modes", Events, Street), ["联动协办", "Joint"], COUNT,
        ["期内受理，联动协办", "reported in the period, handled jointly"]),
    entry(("mode_consult", "modes", Events, Street), ["疑难商办", "Consulted"], COUNT,
        ["期内受理，疑难商办", "reported in the period, consulted"]),
    entry(("mode_emergency", "modes", Events, Street), ["应急处办", "Emergency"], COUNT,
        ["期内受理，应急处办", "reported in the period, emergency"]),
    entry(("mode_special", "modes", Events, Street), ["特事特办", "Special"], COUNT,
        ["期内受理，特事特办", "reported in the period, special"]),
    entry(("mode_supervised", "modes", Events, Street), ["重点督办", "Supervised"], COUNT,
        ["期内受理，重点督办", "reported in the period, supervised"]),
    // Rates by who brought a ticket.
    entry(("v_satisfy", "rates", Share, Street), ["有效评价满意率", "Satisfaction, valid ratings"], UP,
        ["期内结案、市民来件（热线及其他渠道）中评“满意” ÷ 其中有效评价", "residents' tickets closed in the period, rated satisfied ÷ rated at all"]),
    entry(("v_resolve", "rates", Share, Street), ["有效评价解决率", "Resolution, valid ratings"], UP,
        ["期内结案、市民来件（热线及其他渠道）中答“已解决” ÷ 其中有效评价且答过是否解决", "residents' tickets closed in the period, answered 'solved' ÷ rated and answered"]),
    entry(("satisfy_hotline", "rates", Share, Street), ["热线件满意率", "Satisfaction, hotline"], UP,
        ["期内结案的热线件中评“满意” ÷ 其中有效评价", "hotline's tickets closed in the period, rated satisfied ÷ rated at all"]),
    entry(("resolve_hotline", "rates", Share, Street), ["热线件解决率", "Resolution, hotline"], UP,
        ["期内结案的热线件中答“已解决” ÷ 其中答过是否解决", "hotline's tickets closed in the period, answered 'solved' ÷ answered"]),
    entry(("satisfy_grid", "rates", Share, Street), ["网格件满意率", "Satisfaction, grid workers"], UP,
        ["期内结案的网格上报件中评“满意” ÷ 其中有效评价", "grid workers' tickets closed in the period, rated satisfied ÷ rated at all"]),
    entry(("resolve_grid", "rates", Share, Street), ["网格件解决率", "Resolution, grid workers"], UP,
        ["期内结案的网格上报件中答“已解决” ÷ 其中答过是否解决", "grid workers' tickets closed in the period, answered 'solved' ÷ answered"]),
    entry(("supervised_satisfy", "rates", Share, Street), ["督办件满意率", "Satisfaction, supervised"], UP,
        ["期内结案的重点督办件中评“满意” ÷ 其中有效评价", "closed in the period, supervised, rated satisfied ÷ rated at all"]),
    entry(("grid_close", "rates", Share, Street), ["网格件结案率", "Closing rate, grid workers"], UP,
        ["期内网格上报中已结案 ÷ 期内网格上报（不含作废）", "reported by grid workers, closed by now ÷ reported by them, void left out"]),
    entry(("composite", "rates", Absent, District), ["四率综合得分", "Composite of the four rates"], SHARE,
        ["由上级考核公布，公式未公开（本平台未采集）", "published by the superior authority, formula not public; not collected here"]),
    // Disputes.
    entry(("dispute_accepted", "dispute", Events, Street), ["纠纷受理", "Disputes taken in"], COUNT,
        ["期内受理的矛盾纠纷（不含作废）", "disputes reported in the period, void ones left out"]),
    entry(("dispute_mediated", "dispute", Events, Street), ["调解完成", "Disputes mediated"], COUNT,
        ["期内结案的矛盾纠纷", "disputes closed in the period"]),
    entry(("dispute_settled", "dispute", Share, Street), ["化解率", "Settled share"], up(98.0, 90.0),
        ["期内结案的矛盾纠纷中未答“未解决” ÷ 期内结案的矛盾纠纷", "closed disputes not answered 'not solved' ÷ disputes closed in the period"]),
    entry(("dispute_open", "dispute", State, Street), ["调解中", "In mediation"], COUNT,
        ["此刻在办的矛盾纠纷", "disputes in hand"]),
    entry(("dispute_funds", "dispute", Absent, District), ["调解经费", "Mediation funds paid"], COUNT,
        ["已发放调解经费的件数（本平台未采集）", "mediations paid for; not collected here"]),
    // The base.
    entry(("population", "base", Areas, Community), ["实有人口", "Population"], PEOPLE,
        ["区划数据中的人口", "people of the area as the area data say"]),
    entry(("households", "base", Areas, Community), ["户数", "Households"], COUNT,
        ["区划数据中的户数", "households of the area as the area data say"]),
    entry(("streets", "base", Areas, District), ["街道", "Streets"], COUNT,
        ["区划数据中的街道", "streets in the area data"]),
    entry(("communities", "base", Areas, Street), ["社区", "Communities"], COUNT,
        ["区划数据中的社区", "communities in the area data"]),
    entry(("grids", "base", Areas, Community), ["责任网格", "Duty grids"], COUNT,
        ["区划数据中的网格", "grids in the area data"]),
    entry(("grids_exclusive", "base", Areas, Street), ["专属网格", "Exclusive grids"], COUNT,
        ["区划数据中的专属网格和楼宇网格", "exclusive and building grids in the area data"]),
    // What departments report.
    entry(("houses", "told", Standing, Street), ["房屋", "Houses"], COUNT,
        ["房屋台账中的房屋（套、间）", "dwellings in the register of houses"]),
    entry(("rental_share", "told", StandingShare, Street), ["出租房占比", "Rented share"], SHARE,
        ["出租房 ÷ 房屋", "rented ÷ all dwellings in the register"]),
    entry(("rental_hazards", "told", Standing, Street), ["出租房隐患", "Rental hazards"], FEW,
        ["出租房未整改隐患", "hazards in rented dwellings not yet mended"]),
    entry(("entities", "told", Standing, Street), ["法人单位", "Legal entities"], COUNT,
        ["法人台账中的单位", "entities in the register"]),
    entry(("entities_high", "told", Standing, Street), ["高风险企业", "High-risk firms"], FEW,
        ["法人单位中研判为高风险", "entities graded high-risk"]),
    entry(("address_match", "told", StandingShare, Street), ["地址匹配率", "Addresses matched"], UP,
        ["匹配标准地址 ÷ 在册地址", "addresses matched to the standard register ÷ all addresses"]),
    entry(("base_complete", "told", StandingShare, Community), ["四实齐全率", "Complete records"], UP,
        ["地址、房屋、人口、单位四实齐全的户 ÷ 户数", "households whose address, house, people and units are all recorded ÷ households"]),
    entry(("records", "told", Standing, Street), ["台账记录", "Base records"], COUNT,
        ["人口、房屋、企业台账中的记录", "records of people, houses and firms"]),
    entry(("doctor_cover", "told", StandingShare, Street), ["家医签约覆盖率", "Family doctor coverage"], UP,
        ["签约居民 ÷ 实有人口", "residents with a family doctor ÷ population"]),
    entry(("doctor_grids", "told", StandingShare, Street), ["家医对接网格", "Grids with a doctor"], UP,
        ["对接家庭医生的网格 ÷ 责任网格", "grids paired with a family doctor ÷ duty grids"]),
    entry(("heads_cover", "told", StandingShare, Street), ["楼栋长覆盖率", "Buildings with a head"], UP,
        ["配备楼栋长的楼栋 ÷ 楼栋", "buildings with a head ÷ buildings"]),
    entry(("checks_done", "told", ReportedShare, Street), ["核查完成率", "Checks done"], UP,
        ["本月完成核查 ÷ 本月推送核查", "checks done ÷ checks pushed in the month"]),
    entry(("checks_changed", "told", Reported, Street), ["核查变更", "Changed by checks"], COUNT,
        ["本月核查中有变更", "checks of the month that changed a record"]),
    entry(("inspect_done", "told", ReportedShare, Street), ["三小场所检查率", "Inspections done"], UP,
        ["本月已检查三小场所 ÷ 本月应检查", "small premises inspected ÷ due in the month"]),
    entry(("inspect_again", "told", Reported, Street), ["隐患复查", "Re-inspections"], COUNT,
        ["本月检查后须复查", "inspections of the month to be repeated"]),
    entry(("leads", "told", Reported, Street), ["楼栋长线索", "Leads of building heads"], COUNT,
        ["本月楼栋长上报线索", "leads reported by building heads in the month"]),
    entry(("leads_solved", "told", ReportedShare, Street), ["线索办结率", "Leads solved"], UP,
        ["本月线索已办结 ÷ 本月线索", "leads of the month solved ÷ leads of the month"]),
    entry(("findings_mended", "told", ReportedShare, Street), ["督导整改率", "Findings mended"], UP,
        ["本月下网督导发现已整改 ÷ 本月发现", "findings of supervision mended ÷ found in the month"]),
    entry(("errands", "told", Reported, Street), ["帮办代办", "Errands"], COUNT,
        ["本月帮办代办事项", "errands run for residents in the month"]),
    entry(("lessons", "told", Reported, Street), ["网格学院学习", "Academy lessons"], PEOPLE,
        ["本月网格学院学习人次", "lessons taken in the month"]),
    entry(("partners", "told", Standing, Street), ["社区合伙人", "Community partners"], COUNT,
        ["在册合伙单位", "partner firms on the list"]),
    entry(("partner_events", "told", Reported, Street), ["合伙人活动", "Partner events"], COUNT,
        ["本月合伙人服务活动", "events held by partners in the month"]),
    entry(("partner_people", "told", Reported, Street), ["服务群众", "People served"], PEOPLE,
        ["本月活动服务人次", "visits to those events; one person may come more than once"]),
    entry(("micro_projects", "told", Reported, Street), ["民生微实事", "Micro-projects"], COUNT,
        ["本月完成的民生微实事", "micro-projects finished in the month"]),
    entry(("volunteer_acts", "told", Reported, Street), ["志愿服务", "Volunteer service"], COUNT,
        ["本月志愿服务活动", "volunteer events in the month"]),
    entry(("couriers", "told", Reported, Street), ["新就业群体报事", "Reports by couriers"], COUNT,
        ["本月快递、外卖、网约车从业者报事", "reports of couriers and drivers in the month"]),
    entry(("trainings", "told", Reported, Street), ["业务培训", "Trainings"], COUNT,
        ["本月培训场次", "trainings held in the month"]),
    entry(("honours", "told", Reported, Street), ["表扬", "Commendations"], PEOPLE,
        ["本月表扬人次", "commendations in the month"]),
    entry(("old_cases", "told", Reported, Street), ["化解积案", "Old cases settled"], COUNT,
        ["本月三官进网格化解积案", "old cases settled by judges, prosecutors and police in the grids"]),
    entry(("requests_answered", "told", ReportedShare, District), ["数据申请办结率", "Data requests answered"], UP,
        ["本月数据共享申请已办结 ÷ 本月申请", "requests for shared data answered ÷ made in the month"]),
    entry(("district_solved", "told", ReportedShare, District), ["区级解决率", "Solved in the district"], UP,
        ["本月预警专报事项在区级解决 ÷ 本月专报事项", "matters of bulletins solved in the district ÷ matters of the month"]),
    // Of class cases and teams.
    entry(("class_open", "flow", State, Community), ["类案在办", "Class tickets in hand"], COUNT,
        ["此刻在办，类别属未销号的类案", "in hand now, of a category that an open class case treats"]),
    entry(("grids_unvisited", "base", Teams, Community), ["今日未走访网格", "Grids not visited today"], FEW,
        ["今日零时起尚未走访的网格", "grids not visited since midnight"]),
];

/// The number of a key in [`REGISTRY`]; a key that is not there is a mistake of this program and fails to compile.
pub const fn number(key: &str) -> usize {
    let mut index = 0;
    while index < REGISTRY.len() {
        if is_same(REGISTRY[index].key.as_bytes(), key.as_bytes()) {
            return index;
        }
        index += 1;
    }
    panic!("no such key");
}

const fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let mut index = 0;
    while index < a.len() {
        if a[index] != b[index] {
            return false;
        }
        index += 1;
    }
    true
}

impl Entry {
    /// What its values are measured in.
    pub const fn unit(&self) -> Unit {
        self.unit
    }

    /// True if it counts what became of the tickets of a period by now: an old period has had more time.
    pub fn is_by_now(&self) -> bool {
        matches!(self.key, "close_rate" | "void" | "grid_close" | "callback_rate")
    }

    /// True if only a simulation knows it: real data hold no such thing.
    pub fn is_simulated(&self) -> bool {
        matches!(self.key, "callback" | "callback_rate" | "callback_resolve" | "class_open")
    }

    /// The entry as it is served.
    pub fn definition(&self) -> Definition {
        Definition {
            key: self.key.into(),
            name: self.name[0].to_owned(),
            name_en: Some(self.name[1].to_owned()),
            group: self.group.to_owned(),
            unit: self.unit,
            aim: self.aim,
            target: self.target,
            limit: self.limit,
            formula: self.formula[0].to_owned(),
            formula_en: Some(self.formula[1].to_owned()),
            source: match self.shape {
                Shape::Areas => "区划数据".to_owned(),
                Shape::Teams => "队伍台账".to_owned(),
                Shape::Absent => "未采集".to_owned(),
                Shape::Reported | Shape::ReportedShare | Shape::Standing | Shape::StandingShare => {
                    "部门报送".to_owned()
                }
                Shape::State if self.is_simulated() => "类案台账".to_owned(),
                _ if self.is_simulated() => "回访专席".to_owned(),
                Shape::Events | Shape::Share | Shape::State => "工单库".to_owned(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_unique_and_every_word_is_in_the_shipped_font() {
        for (index, entry) in REGISTRY.iter().enumerate() {
            assert_eq!(number(entry.key), index, "{}", entry.key);
            let definition = entry.definition();
            for word in [&definition.name, &definition.formula, &definition.source] {
                let (_, _, unmappable) = encoding_rs::GBK.encode(&word.replace('−', ""));
                assert!(!unmappable, "{word}");
            }
            let is_share = matches!(entry.shape, Shape::Share | Shape::ReportedShare | Shape::StandingShare);
            assert!(!is_share || entry.unit == Unit::Percent, "{}", entry.key);
        }
    }
}
