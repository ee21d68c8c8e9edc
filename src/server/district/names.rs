//! Names that read like places: hand-picked ones first, then combinations of place words, each with its pinyin. All
//! are invented for a fictional district; every name and every spelling is given out once.

use std::collections::HashSet;

use super::noise::Dice;

/// A name in Chinese and in pinyin, without the word for its level: 盐坊, Yanfang.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name {
    /// In Chinese characters.
    pub zh: String,
    /// In Latin letters, capitalised.
    pub en: String,
}

/// What kind of place a community is, which shows in its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// In an old town.
    Town,
    /// By the sea.
    Shore,
    /// In fields and hills.
    Country,
    /// On an island.
    Island,
}

type Pair = (&'static str, &'static str);

const STREETS: &[Pair] = &[
    ("望澜", "wanglan"),
    ("临汐", "linxi"),
    ("东沚", "dongzhi"),
    ("长屿", "changyu"),
    ("鹭汀", "luting"),
    ("云麓", "yunlu"),
    ("青岬", "qingjia"),
    ("澄江", "chengjiang"),
    ("白沙", "baisha"),
    ("南浦", "nanpu"),
    ("海门", "haimen"),
    ("银滩", "yintan"),
    ("西圩", "xixu"),
    ("北渡", "beidu"),
    ("珠浦", "zhupu"),
    ("平湖", "pinghu"),
    ("榕城", "rongcheng"),
    ("凤岭", "fengling"),
    ("龙潭", "longtan"),
    ("三江", "sanjiang"),
    ("翠屏", "cuiping"),
    ("红树", "hongshu"),
    ("新港", "xingang"),
    ("安平", "anping"),
    ("永兴", "yongxing"),
    ("石门", "shimen"),
    ("金湾", "jinwan"),
    ("月亭", "yueting"),
];

const TOWN: &[Pair] = &[
    ("钟楼", "zhonglou"),
    ("盐坊", "yanfang"),
    ("骑楼", "qilou"),
    ("石桥", "shiqiao"),
    ("文昌", "wenchang"),
    ("书院", "shuyuan"),
    ("榕荫", "rongyin"),
    ("中山", "zhongshan"),
    ("和平", "heping"),
    ("南埠", "nanbu"),
    ("浮桥", "fuqiao"),
    ("建设", "jianshe"),
    ("解放", "jiefang"),
    ("新华", "xinhua"),
    ("广场", "guangchang"),
    ("城隍", "chenghuang"),
    ("鼓楼", "gulou"),
    ("府前", "fuqian"),
    ("学宫", "xuegong"),
    ("花市", "huashi"),
    ("布行", "buhang"),
    ("米市", "mishi"),
    ("糖街", "tangjie"),
    ("井头", "jingtou"),
    ("惠民", "huimin"),
    ("和顺", "heshun"),
    ("春晓", "chunxiao"),
    ("朝阳", "chaoyang"),
    ("公园", "gongyuan"),
    ("体育", "tiyu"),
    ("新桥", "xinqiao"),
    ("长堤", "changdi"),
    ("双井", "shuangjing"),
    ("康乐", "kangle"),
    ("民生", "minsheng"),
    ("锦绣", "jinxiu"),
];

const SHORE: &[Pair] = &[
    ("听潮", "tingchao"),
    ("渔灯", "yudeng"),
    ("灯塔", "dengta"),
    ("海燕", "haiyan"),
    ("船坞", "chuanwu"),
    ("汐湾", "xiwan"),
    ("白鹭", "bailu"),
    ("观澜", "guanlan"),
    ("金沙", "jinsha"),
    ("海角", "haijiao"),
    ("礁石", "jiaoshi"),
    ("渔港", "yugang"),
    ("帆影", "fanying"),
    ("沙洲", "shazhou"),
    ("望海", "wanghai"),
    ("锚地", "maodi"),
    ("潮音", "chaoyin"),
    ("桐花", "tonghua"),
    ("碧云", "biyun"),
    ("芦花", "luhua"),
    ("珊瑚", "shanhu"),
    ("贝丘", "beiqiu"),
    ("盐田", "yantian"),
    ("码头", "matou"),
    ("归帆", "guifan"),
    ("鸥鸣", "ouming"),
    ("滩头", "tantou"),
    ("浪淘", "langtao"),
];

const COUNTRY: &[Pair] = &[
    ("松涛", "songtao"),
    ("云溪", "yunxi"),
    ("梅岭", "meiling"),
    ("半山", "banshan"),
    ("茶亭", "chating"),
    ("泉水", "quanshui"),
    ("鹿鸣", "luming"),
    ("竹海", "zhuhai"),
    ("岭下", "lingxia"),
    ("丰谷", "fenggu"),
    ("柳岸", "liuan"),
    ("麦田", "maitian"),
    ("菱塘", "lingtang"),
    ("荷塘", "hetang"),
    ("稻香", "daoxiang"),
    ("桑园", "sangyuan"),
    ("古渡", "gudu"),
    ("花圩", "huaxu"),
    ("栖霞", "qixia"),
    ("石龙", "shilong"),
    ("水口", "shuikou"),
    ("樟木", "zhangmu"),
    ("蔗园", "zheyuan"),
    ("大塘", "datang"),
    ("黄竹", "huangzhu"),
    ("龙眼", "longyan"),
    ("荔枝", "lizhi"),
    ("高坡", "gaopo"),
    ("禾田", "hetian"),
    ("木棉", "mumian"),
];

const ISLAND: &[Pair] = &[
    ("鹭屿", "luyu"),
    ("月屿", "yueyu"),
    ("星岛", "xingdao"),
    ("灯屿", "dengyu"),
    ("龟屿", "guiyu"),
    ("鹤岛", "hedao"),
];

const FRONT: &[Pair] = &[
    ("望", "wang"),
    ("听", "ting"),
    ("临", "lin"),
    ("观", "guan"),
    ("云", "yun"),
    ("月", "yue"),
    ("星", "xing"),
    ("松", "song"),
    ("竹", "zhu"),
    ("梅", "mei"),
    ("兰", "lan"),
    ("桂", "gui"),
    ("荷", "he"),
    ("柳", "liu"),
    ("枫", "feng"),
    ("桃", "tao"),
    ("杏", "xing"),
    ("榕", "rong"),
    ("棠", "tang"),
    ("莲", "lian"),
    ("白", "bai"),
    ("青", "qing"),
    ("碧", "bi"),
    ("翠", "cui"),
    ("金", "jin"),
    ("银", "yin"),
    ("玉", "yu"),
    ("紫", "zi"),
    ("丹", "dan"),
    ("龙", "long"),
    ("凤", "feng"),
    ("鹤", "he"),
    ("鹿", "lu"),
    ("燕", "yan"),
    ("雁", "yan"),
    ("鸥", "ou"),
    ("安", "an"),
    ("宁", "ning"),
    ("康", "kang"),
    ("和", "he"),
    ("永", "yong"),
    ("新", "xin"),
    ("古", "gu"),
    ("长", "chang"),
    ("大", "da"),
    ("小", "xiao"),
    ("石", "shi"),
    ("沙", "sha"),
    ("文", "wen"),
    ("福", "fu"),
];

const TOWN_END: &[Pair] = &[
    ("街", "jie"),
    ("坊", "fang"),
    ("桥", "qiao"),
    ("亭", "ting"),
    ("园", "yuan"),
    ("井", "jing"),
    ("门", "men"),
    ("楼", "lou"),
    ("苑", "yuan"),
    ("台", "tai"),
    ("城", "cheng"),
    ("里", "li"),
    ("馆", "guan"),
    ("塔", "ta"),
    ("阁", "ge"),
];
const SHORE_END: &[Pair] = &[
    ("湾", "wan"),
    ("澳", "ao"),
    ("浦", "pu"),
    ("汀", "ting"),
    ("沙", "sha"),
    ("滩", "tan"),
    ("港", "gang"),
    ("礁", "jiao"),
    ("埠", "bu"),
    ("渚", "zhu"),
    ("潮", "chao"),
    ("澜", "lan"),
];
const COUNTRY_END: &[Pair] = &[
    ("岭", "ling"),
    ("溪", "xi"),
    ("塘", "tang"),
    ("坡", "po"),
    ("田", "tian"),
    ("谷", "gu"),
    ("林", "lin"),
    ("冲", "chong"),
    ("峰", "feng"),
    ("泉", "quan"),
    ("圩", "xu"),
    ("岗", "gang"),
    ("坪", "ping"),
    ("丘", "qiu"),
    ("洞", "dong"),
];
const ISLAND_END: &[Pair] = &[("屿", "yu"), ("岛", "dao"), ("洲", "zhou")];
/// Put before other names when all combinations are used up.
const SIDE: &[Pair] = &[
    ("东", "dong"),
    ("南", "nan"),
    ("西", "xi"),
    ("北", "bei"),
    ("上", "shang"),
    ("下", "xia"),
    ("内", "nei"),
    ("外", "wai"),
    ("前", "qian"),
    ("后", "hou"),
];

/// Gives out names, none twice.
pub struct Names {
    dice: Dice,
    used_zh: HashSet<String>,
    used_en: HashSet<String>,
    streets: Vec<Name>,
    stocks: [Vec<Name>; 4],
}

impl Names {
    /// Shuffles the names for one district.
    pub fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 5);
        // Taken from the back: combinations below, hand-picked names on top of them.
        let mut stock = |picked: &[Pair], ends: &[Pair], keep: usize| -> Vec<Name> {
            let mut made: Vec<Name> =
                FRONT.iter().flat_map(|front| ends.iter().map(|end| joined(&[*front, *end]))).collect();
            dice.shuffle(&mut made);
            let mut top: Vec<Name> = picked.iter().map(|pair| joined(&[*pair])).collect();
            dice.shuffle(&mut top[keep..]);
            top.reverse();
            made.extend(top);
            made
        };
        let streets = stock(STREETS, SHORE_END, 7);
        let stocks = [
            stock(TOWN, TOWN_END, 0),
            stock(SHORE, SHORE_END, 0),
            stock(COUNTRY, COUNTRY_END, 0),
            stock(ISLAND, ISLAND_END, 1),
        ];
        Self { dice, used_zh: HashSet::new(), used_en: HashSet::new(), streets, stocks }
    }

    /// A name for a street.
    pub fn street(&mut self) -> Name {
        while let Some(name) = self.streets.pop() {
            if self.is_new(&name) {
                return name;
            }
        }
        self.sided(Setting::Town)
    }

    /// A name for a community.
    pub fn community(&mut self, setting: Setting) -> Name {
        while let Some(name) = self.stocks[setting as usize].pop() {
            if self.is_new(&name) {
                return name;
            }
        }
        self.sided(setting)
    }

    fn is_new(&mut self, name: &Name) -> bool {
        if self.used_zh.contains(&name.zh) || self.used_en.contains(&name.en) {
            return false;
        }
        self.used_zh.insert(name.zh.clone());
        self.used_en.insert(name.en.clone());
        true
    }

    /// A name of three characters; after very many, a number makes the difference.
    fn sided(&mut self, setting: Setting) -> Name {
        let ends = match setting {
            Setting::Town => TOWN_END,
            Setting::Shore => SHORE_END,
            Setting::Country => COUNTRY_END,
            Setting::Island => ISLAND_END,
        };
        for attempt in 0u32.. {
            let pick = |dice: &mut Dice, list: &[Pair]| list[dice.below(list.len())];
            let (side, front, end) =
                (pick(&mut self.dice, SIDE), pick(&mut self.dice, FRONT), pick(&mut self.dice, ends));
            let mut name = joined(&[side, front, end]);
            if attempt > 400 {
                name.zh.push_str(&attempt.to_string());
                name.en.push_str(&format!(" {attempt}"));
            }
            if self.is_new(&name) {
                return name;
            }
        }
        // A counter without end always finds a new number.
        joined(&[SIDE[0]])
    }
}

fn joined(parts: &[Pair]) -> Name {
    let zh: String = parts.iter().map(|part| part.0).collect();
    let mut en: String = parts.iter().map(|part| part.1).collect();
    if let Some(first) = en.get_mut(0..1) {
        first.make_ascii_uppercase();
    }
    Name { zh, en }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_of_names_and_none_twice() {
        let mut names = Names::new(9);
        let settings = [Setting::Town, Setting::Shore, Setting::Country, Setting::Country, Setting::Island];
        let (mut zh, mut en) = (HashSet::new(), HashSet::new());
        let given = (0..100).map(|_| names.street()).collect::<Vec<_>>();
        let more: Vec<Name> = (0..5_000).map(|k| names.community(settings[k % settings.len()])).collect();
        let short = more.iter().filter(|name| name.zh.chars().count() <= 3).count();
        assert!(short > 4_800, "{short} of 5000 have two or three characters");
        for name in given.into_iter().chain(more) {
            assert!(name.en.starts_with(|c: char| c.is_ascii_uppercase()));
            assert!(zh.insert(name.zh.clone()), "{}", name.zh);
            assert!(en.insert(name.en.clone()), "{}", name.en);
        }
    }

    #[test]
    fn the_best_names_come_first() {
        let mut names = Names::new(1);
        let first: Vec<String> = (0..7).map(|_| names.street().zh).collect();
        assert!(first.contains(&"望澜".to_owned()) && first.contains(&"云麓".to_owned()), "{first:?}");
        assert_eq!(names.community(Setting::Island), Name { zh: "鹭屿".into(), en: "Luyu".into() });
    }
}
