//! What people report: groups and categories with their lead unit, limits, usual work, rhythm and words.
//!
//! All of a category's numbers are in this one table; how they are used is in `arrivals` (who reports it when) and
//! `life` (how it is handled). The codes are the demo's own: two digits for the group, two for the category.

use super::hours::Pace;

/// Who leads the handling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lead {
    /// A department of the district, by name.
    Bureau(&'static str),
    /// The street's office of the place.
    Street,
    /// The community of the place.
    Community,
}

/// At what time of the day it is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Daytime {
    /// Whenever people are awake.
    Any,
    /// In working hours.
    Office,
    /// Late in the evening and at night.
    Night,
    /// Around the meals.
    Meals,
    /// When people go to work and come home.
    Commute,
    /// In the evening.
    Evening,
}

/// At what time of the year it happens more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Season {
    /// All year.
    Even,
    /// May to September.
    Summer,
    /// November to February.
    Winter,
}

/// One category.
pub(super) struct Category {
    /// Four digits: group, then category.
    pub code: &'static str,
    /// Name of the group.
    pub group: &'static str,
    /// Name of the category.
    pub name: &'static str,
    /// Who leads.
    pub lead: Lead,
    /// Share handled as urgent, 0–1.
    pub urgent: f64,
    /// Handling limit in working minutes; an urgent one has [`URGENT_LIMIT_MIN`] around the clock.
    pub limit_min: u32,
    /// Usual (median) time of the work itself in minutes of `pace`.
    pub work_min: f64,
    /// In which hours the work is done.
    pub pace: Pace,
    /// Share of grid workers' reports that they settle on the spot, 0–1.
    pub on_spot: f64,
    /// Relative frequency among the reports of grid workers, the hotline, departments and sensors, others.
    pub weights: [f64; 4],
    /// When in the day.
    pub daytime: Daytime,
    /// When in the year.
    pub season: Season,
    /// How much more often on a day of heavy rain; 1 is no more often.
    pub rain: f64,
    /// What is found; the first belongs to the first of `done`.
    pub found: [&'static str; 2],
    /// What is done about it.
    pub done: [&'static str; 2],
    /// Why it has to wait (挂账).
    pub wait: &'static str,
}

/// Handling limit of an urgent ticket, minutes around the clock.
pub(super) const URGENT_LIMIT_MIN: u32 = 240;
/// Limit for signing an urgent ticket, minutes around the clock.
pub(super) const URGENT_SIGN_MIN: u32 = 30;
/// Limit for signing an ordinary ticket, working minutes.
pub(super) const SIGN_MIN: u32 = 120;

/// One hour and one day (seven hours) of working time, in minutes.
const HOUR: u32 = 60;
const DAY: u32 = 7 * HOUR;

use Daytime::{Any, Commute, Evening, Meals, Night, Office as InOffice};
use Lead::{Bureau, Community, Street};
use Pace::{Crew, Office, Round};
use Season::{Even, Summer, Winter};

macro_rules! categories {
    ($($code:literal $group:literal $name:literal, $lead:expr, $urgent:literal, $limit:expr, $work:literal $pace:ident,
       $spot:literal, $weights:expr, $daytime:ident $season:ident $rain:literal,
       $found:expr => $done:expr, $wait:literal;)*) => {
        &[$(Category {
            code: $code, group: $group, name: $name, lead: $lead, urgent: $urgent, limit_min: $limit, work_min: $work,
            pace: $pace, on_spot: $spot, weights: $weights, daytime: $daytime, season: $season, rain: $rain,
            found: $found, done: $done, wait: $wait,
        }),*]
    };
}

/// The whole catalogue. Columns: code, group, name, lead, urgent share, limit, usual work and its hours, settled on the
/// spot, weights by source (grid worker, hotline, dispatch, other), daytime, season, rain; found → done; reason to wait.
#[rustfmt::skip]
pub(super) const CATALOGUE: &[Category] = categories! {
    "0101" "市容环境" "暴露垃圾", Community, 0.0, DAY, 70.0 Crew, 0.55, [11.0, 2.6, 1.0, 3.0], Any Even 1.0,
        ["垃圾桶旁散落生活垃圾", "绿化带内有暴露垃圾"] => ["已清扫并加密收运", "已清理，增设投放提示"], "待清运车辆调配";
    "0102" "市容环境" "积存渣土", Street, 0.0, 4 * DAY, 260.0 Crew, 0.12, [4.0, 1.6, 1.0, 1.0], Any Even 1.0,
        ["装修渣土堆放路侧", "空地倾倒建筑渣土"] => ["渣土已清运", "已清运并告知责任方"], "待确认渣土责任方";
    "0103" "市容环境" "道路不洁", Community, 0.0, 5 * HOUR, 45.0 Crew, 0.62, [8.0, 1.2, 1.0, 1.0], Any Even 0.7,
        ["路面有遗撒泥土", "路面油污"] => ["已清扫保洁", "已冲洗去污"], "待洒水车调配";
    "0104" "市容环境" "油烟扰民", Bureau("区城管局"), 0.0, 5 * DAY, 240.0 Crew, 0.05, [1.0, 5.2, 0.3, 2.0], Meals Even 0.8,
        ["净化设施未开启", "烟道口朝向居民楼"] => ["已责令清洗净化设施", "烟道已改造，复测达标"], "待商户烟道改造";
    "0105" "市容环境" "乱堆物料", Community, 0.0, DAY, 80.0 Crew, 0.58, [9.0, 1.8, 0.5, 1.0], Any Even 1.0,
        ["楼道口堆放杂物", "人行道堆放物料"] => ["杂物已清理", "物料已搬离"], "待物主取回物品";
    "0106" "市容环境" "绿化破损", Bureau("区园林中心"), 0.0, 5 * DAY, 330.0 Office, 0.1, [3.0, 1.5, 0.5, 1.0], Any Summer 1.4,
        ["绿篱缺株", "草皮被碾压"] => ["已补植", "已修复围护"], "待补植苗木到场";
    "0201" "供水供电" "停水", Bureau("区水务局"), 0.55, DAY, 150.0 Round, 0.0, [0.5, 3.6, 1.0, 2.0], Any Summer 1.0,
        ["支管爆裂，正在关阀", "泵房跳闸停机"] => ["支管已抢修，恢复供水", "泵房恢复运行"], "待配件到场，已送水车";
    "0202" "供水供电" "管道漏水", Bureau("区水务局"), 0.25, DAY, 170.0 Crew, 0.03, [2.2, 3.0, 1.5, 2.0], Any Even 1.0,
        ["路面渗水，定位漏点", "表后管接口漏水"] => ["漏点已修复", "接口已更换"], "待占道开挖许可";
    "0203" "供水供电" "供水不足", Bureau("区水务局"), 0.3, DAY, 150.0 Crew, 0.0, [0.5, 3.2, 0.8, 1.5], Evening Summer 1.0,
        ["二次供水泵房电控故障", "高层水压不足"] => ["更换接触器，水压恢复", "已调高供水压力"], "待供电局确认送电";
    "0204" "供水供电" "停电", Bureau("区供电局"), 0.5, DAY, 120.0 Round, 0.0, [0.4, 2.8, 2.5, 2.0], Evening Summer 2.2,
        ["台区变压器跳闸", "电缆分支箱故障"] => ["已恢复供电", "分支箱已更换"], "待停电窗口检修";
    "0205" "供水供电" "燃气异味", Bureau("区住建局"), 0.95, DAY, 60.0 Round, 0.0, [0.3, 1.1, 1.5, 0.5], Any Winter 1.0,
        ["检测到微量泄漏", "户内胶管老化"] => ["已关阀换管，复测正常", "已更换胶管"], "待入户检测";
    "0301" "街面秩序" "占道经营", Street, 0.0, DAY, 60.0 Crew, 0.55, [9.5, 3.4, 1.0, 2.0], Meals Even 0.5,
        ["流动摊点占用人行道", "店外摆放桌椅"] => ["已劝离，恢复通行", "桌椅已收回店内"], "待疏导点安排";
    "0302" "街面秩序" "机动车乱停放", Bureau("交警大队"), 0.0, DAY, 55.0 Crew, 0.3, [5.0, 6.0, 2.0, 4.0], Commute Even 0.9,
        ["车辆占用人行道", "路口违停影响视线"] => ["已通知驶离", "已依法处理"], "待标线施划";
    "0303" "街面秩序" "非机动车乱停放", Community, 0.0, DAY, 40.0 Crew, 0.7, [9.0, 2.2, 0.5, 2.0], Commute Even 0.7,
        ["电动车停放盲道", "共享单车堆积"] => ["已摆放整齐", "已清运超量车辆"], "待运营企业清运";
    "0304" "街面秩序" "违规广告", Bureau("区城管局"), 0.0, 2 * DAY, 120.0 Crew, 0.5, [5.0, 0.8, 0.5, 1.0], InOffice Even 1.0,
        ["楼道张贴小广告", "擅自设置横幅"] => ["已清除", "横幅已拆除"], "待登高车辆";
    "0401" "设施管理" "道路破损", Bureau("区市政中心"), 0.02, 5 * DAY, 420.0 Crew, 0.04, [5.0, 3.0, 1.0, 3.0], Commute Even 1.6,
        ["沥青路面坑槽", "人行道板松动"] => ["坑槽已修补", "道板已更换"], "待天气晴好摊铺";
    "0402" "设施管理" "井盖缺损", Bureau("区市政中心"), 0.75, DAY, 80.0 Round, 0.1, [3.2, 1.4, 1.5, 2.0], Any Even 1.8,
        ["井盖破裂，已设围挡", "井盖移位"] => ["井盖已更换", "井盖已复位加固"], "待产权单位确认";
    "0403" "设施管理" "路灯不亮", Bureau("区市政中心"), 0.0, 2 * DAY, 220.0 Crew, 0.02, [2.5, 2.6, 2.0, 2.0], Evening Winter 1.3,
        ["连续三盏不亮", "灯杆控制箱跳闸"] => ["灯具已更换", "线路已修复"], "待灯具配件";
    "0404" "设施管理" "排水堵塞", Bureau("区水务局"), 0.12, DAY, 130.0 Crew, 0.15, [4.0, 3.0, 1.5, 3.0], Any Summer 5.0,
        ["雨水口被杂物堵塞", "污水井冒溢"] => ["已疏通", "已清掏管井"], "待吸污车调配";
    "0405" "设施管理" "交通设施损坏", Bureau("交警大队"), 0.08, 2 * DAY, 180.0 Crew, 0.05, [2.2, 1.2, 1.5, 1.0], Commute Even 1.0,
        ["护栏被撞倒伏", "信号灯相位异常"] => ["护栏已复位", "信号灯已修复"], "待设备返修";
    "0406" "设施管理" "健身设施损坏", Community, 0.0, 5 * DAY, 360.0 Office, 0.05, [2.2, 0.8, 0.0, 1.0], Any Even 1.0,
        ["健身器材松动", "坐凳断裂"] => ["器材已加固", "坐凳已更换"], "待器材厂家配件";
    "0501" "噪声扰民" "施工噪声", Bureau("区城管局"), 0.0, 2 * DAY, 70.0 Round, 0.02, [0.6, 5.0, 1.0, 3.0], Night Even 0.4,
        ["夜间浇筑作业", "切割作业超时"] => ["已责令停工", "已调整作业时间"], "待监测报告";
    "0502" "噪声扰民" "社会生活噪声", Bureau("公安分局"), 0.0, 2 * DAY, 60.0 Round, 0.05, [0.8, 5.5, 0.3, 3.0], Night Even 0.5,
        ["商户音响外放", "楼上装修敲击"] => ["已调低音量", "已约定施工时段"], "待噪声监测";
    "0503" "噪声扰民" "广场舞噪声", Community, 0.0, 2 * DAY, 60.0 Crew, 0.35, [1.2, 2.4, 0.0, 1.0], Evening Summer 0.1,
        ["音量超过约定", "活动超时"] => ["已签订文明公约", "已调整场地"], "待场地协商";
    "0601" "物业管理" "电梯故障", Bureau("区市场监管局"), 0.4, 2 * DAY, 110.0 Round, 0.0, [1.2, 3.2, 2.0, 2.0], Commute Even 1.1,
        ["轿厢停层不平", "门机故障停梯"] => ["已修复并试运行", "门机已更换"], "待检验机构复检";
    "0602" "物业管理" "物业服务", Bureau("区住建局"), 0.0, 5 * DAY, 330.0 Office, 0.04, [1.5, 6.2, 0.0, 3.0], Any Even 1.0,
        ["保洁频次不足", "门禁长期损坏"] => ["物业已整改", "门禁已修复"], "待业主大会表决";
    "0603" "物业管理" "房屋渗漏", Bureau("区住建局"), 0.0, 5 * DAY, 460.0 Office, 0.0, [0.8, 3.0, 0.0, 1.5], Any Summer 2.6,
        ["顶层屋面渗水", "外墙裂缝渗漏"] => ["防水已修补", "外墙已封堵"], "待维修资金审批";
    "0604" "物业管理" "停车收费", Bureau("区发改局"), 0.0, 3 * DAY, 260.0 Office, 0.0, [0.2, 2.6, 0.0, 1.5], InOffice Even 1.0,
        ["收费公示缺失", "临停超标准收费"] => ["已公示收费标准", "多收费用已退还"], "待价格认定";
    "0701" "消防安全" "占用消防通道", Street, 0.12, DAY, 50.0 Crew, 0.5, [6.5, 2.4, 1.5, 2.0], Commute Even 1.0,
        ["消防车道停放车辆", "疏散通道堆物"] => ["通道已腾空", "已划线并设标识"], "待产权单位移除障碍";
    "0702" "消防安全" "电动车违规充电", Community, 0.0, DAY, 60.0 Crew, 0.62, [7.5, 1.5, 1.0, 1.0], Evening Even 0.9,
        ["飞线充电", "电动车进楼入户"] => ["已拆除飞线", "已劝导移至充电棚"], "待充电棚建成";
    "0703" "消防安全" "消防设施缺损", Bureau("消防救援大队"), 0.05, 3 * DAY, 300.0 Office, 0.1, [4.0, 0.9, 2.0, 0.5], InOffice Even 1.0,
        ["灭火器过期", "消火栓无水压"] => ["灭火器已更换", "消火栓压力恢复"], "待设备采购到货";
    "0801" "矛盾纠纷" "邻里纠纷", Community, 0.0, 5 * DAY, 240.0 Crew, 0.3, [4.2, 2.4, 0.3, 1.0], Evening Even 1.0,
        ["楼上漏水争议", "公共部位使用争议"] => ["调解达成一致", "已签调解协议"], "待双方约定时间";
    "0802" "矛盾纠纷" "劳资纠纷", Bureau("区人社局"), 0.02, 5 * DAY, 480.0 Office, 0.0, [1.0, 2.4, 0.3, 1.0], InOffice Winter 1.0,
        ["拖欠工资投诉", "加班费争议"] => ["工资已结清", "已达成支付计划"], "待用工台账核对";
    "0803" "矛盾纠纷" "消费纠纷", Bureau("区市场监管局"), 0.0, 5 * DAY, 380.0 Office, 0.0, [0.3, 4.2, 0.0, 3.0], Any Even 1.0,
        ["预付卡退费争议", "商品质量争议"] => ["已退款", "已调换商品"], "待商家举证";
    "0804" "矛盾纠纷" "租赁纠纷", Street, 0.0, 5 * DAY, 280.0 Crew, 0.1, [1.2, 1.6, 0.0, 1.0], Any Even 1.0,
        ["押金退还争议", "合同提前解除"] => ["押金已退还", "调解达成一致"], "待当事人返回";
    "0901" "房屋建设" "违法搭建", Bureau("区城管局"), 0.0, 15 * DAY, 900.0 Office, 0.0, [2.8, 2.2, 1.5, 1.0], InOffice Even 1.0,
        ["楼顶搭建棚房", "阳台外扩"] => ["违建已拆除", "已恢复原状"], "待法定告知期满";
    "0902" "房屋建设" "危房隐患", Bureau("区住建局"), 0.1, 5 * DAY, 480.0 Office, 0.0, [1.6, 0.9, 0.5, 0.5], Any Summer 2.0,
        ["外墙饰面脱落", "檐口开裂"] => ["已排险并设警戒", "已加固处理"], "待安全鉴定报告";
    "0903" "房屋建设" "施工扬尘", Bureau("区住建局"), 0.0, DAY, 90.0 Crew, 0.1, [1.8, 1.8, 2.0, 1.0], InOffice Winter 0.1,
        ["裸土未覆盖", "出场车辆未冲洗"] => ["裸土已覆盖", "喷淋已开启"], "待工地停工复查";
    "1001" "民生服务" "社保咨询", Bureau("区人社局"), 0.0, DAY, 60.0 Office, 0.3, [0.8, 4.6, 0.0, 2.0], InOffice Even 1.0,
        ["参保记录查询", "待遇资格认证"] => ["已答复办理流程", "已协助认证"], "待上级系统数据";
    "1002" "民生服务" "困难帮扶", Community, 0.0, 3 * DAY, 200.0 Office, 0.35, [4.0, 1.2, 0.3, 0.5], InOffice Winter 1.0,
        ["临时救助申请", "家庭遇突发困难"] => ["已受理救助申请", "已送达慰问物资"], "待入户核查";
    "1003" "民生服务" "居住证办理", Bureau("公安分局"), 0.0, DAY, 60.0 Office, 0.3, [1.6, 1.8, 0.0, 1.0], InOffice Even 1.0,
        ["材料清单咨询", "网上申报受阻"] => ["已指导办理", "已开通绿色窗口"], "待材料补正";
    "1101" "生态水域" "河道漂浮物", Bureau("区水务局"), 0.0, 3 * DAY, 180.0 Crew, 0.15, [2.6, 0.8, 1.5, 1.0], Any Summer 2.4,
        ["河面漂浮垃圾", "水葫芦聚集"] => ["已打捞清运", "已清除漂浮物"], "待打捞船只";
    "1102" "生态水域" "污水直排", Bureau("生态环境分局"), 0.05, 5 * DAY, 380.0 Office, 0.0, [1.4, 1.4, 1.5, 1.0], Any Even 1.6,
        ["雨水口有污水排出", "沿街商户错接"] => ["已封堵并整改接管", "已立案查处"], "待水样检测";
    "1103" "生态水域" "岸滩垃圾", Street, 0.0, 2 * DAY, 150.0 Crew, 0.3, [2.4, 0.8, 0.5, 2.0], Any Summer 1.8,
        ["涨潮带来漂浮物", "岸滩遗留垃圾"] => ["已组织清滩", "已清运上岸垃圾"], "待潮水退去";
    "1201" "突发事件" "树木倒伏", Bureau("区园林中心"), 0.6, DAY, 90.0 Round, 0.08, [1.2, 1.0, 1.0, 1.0], Any Summer 7.0,
        ["树木倒伏压占车道", "断枝悬挂"] => ["已清障，恢复通行", "断枝已锯除"], "待吊车到场";
    "1202" "突发事件" "路面塌陷", Bureau("区市政中心"), 0.85, 2 * DAY, 200.0 Round, 0.0, [0.4, 0.4, 0.8, 0.3], Any Summer 3.0,
        ["路面下方空洞", "管沟回填下沉"] => ["已回填压实", "已围挡并注浆"], "待管线探测";
};

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn codes_are_unique_and_groups_have_one_name_each() {
        let codes: HashSet<_> = CATALOGUE.iter().map(|category| category.code).collect();
        assert_eq!(codes.len(), CATALOGUE.len());
        let groups: HashSet<_> = CATALOGUE.iter().map(|category| (&category.code[..2], category.group)).collect();
        let numbers: HashSet<_> = CATALOGUE.iter().map(|category| &category.code[..2]).collect();
        assert_eq!(groups.len(), numbers.len());
        assert!(CATALOGUE.iter().all(|category| category.code.len() == 4 && category.limit_min > 0));
    }

    #[test]
    fn every_word_can_be_shown_in_the_shipped_font() {
        // The font is a subset to GBK.
        for category in CATALOGUE {
            let words = [category.group, category.name, category.wait];
            for word in words.into_iter().chain(category.found).chain(category.done) {
                let (_, _, unmappable) = encoding_rs::GBK.encode(word);
                assert!(!unmappable, "{word}");
            }
        }
    }
}
