//! Panels as scene files name them: a kind, and what it is bound to. How a kind is drawn is in `panels/block.rs`.
//!
//! In a file a panel is its kind alone, `"intake"`, or a table, `{ kind = "intake", title = { zh = "…", en = "…" } }`. A
//! side is a list of panels, or a list of such lists, each a column ([`side`]).

use std::fmt;
use std::sync::Arc;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Campaign, Occasion, Slide, Title};
use crate::domain::{Feed, Level, Period};

/// One panel, as scene files name it.
#[derive(Deserialize, Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[serde(rename_all = "kebab-case")]
pub enum PanelKind {
    /// 今日受理
    Intake,
    /// The areas below the selected one, by open tickets.
    Children,
    /// 在办工单环节
    Stages,
    /// 最新工单
    Latest,
    /// 今日工单流
    Ribbon,
    /// Tickets in hand of the selected area.
    Table,
    /// Figures of the selected area.
    Card,
    /// Tickets in hand of the selected area by stage.
    AreaStages,
    /// What is late in the selected area, and due next.
    AreaLimits,
    /// What the selected area's tickets are about.
    AreaCategories,
    /// The selected area's day against the district's.
    AreaRhythm,
    /// The selected ticket.
    Ticket,
    /// Events of the period, and what the heat map shows.
    HeatTotal,
    /// Communities by density.
    HeatRanking,
    /// Eight maps of three hours.
    HeatRhythm,
    /// People who need care, by category.
    CareTotals,
    /// Visits due, done and overdue, by street.
    CareStreets,
    /// Care counts of the selected area.
    AreaCare,
    /// The month's visits against its pace.
    CareProgress,
    /// The newest tickets and how far they are.
    FlowNewest,
    /// What is due soon and what is overdue.
    FlowDue,
    /// The stages as a river.
    FlowRiver,
    /// The day's tickets, one dot each.
    FlowDots,
    /// Rates of indicators with their targets.
    Rates,
    /// One indicator, large.
    BigNumber,
    /// Series of indicators, one pane each.
    Trend,
    /// Areas of a level by an indicator.
    RankedBars,
    /// One small series for each area, or for each indicator.
    SmallMultiples,
    /// Re-do, unrated and look-back, with their ages.
    Lanes,
    /// The funnel of mediation.
    Funnel,
    /// Indicators row by row, without a chart.
    Numbers,
    /// 预警: the ladder and the list.
    Warnings,
    /// Warnings by life cycle, kind and day.
    WarningKinds,
    /// Streets by the warnings in them.
    WarningAreas,
    /// 吹哨报到: calls with their arrival clocks.
    WhistleBoard,
    /// The five triggers.
    WhistleTriggers,
    /// 类案台账
    ClassCases,
    /// The six stages of class cases.
    ClassStages,
    /// 队伍在岗: every kind of team, devices, grids visited.
    TeamStrip,
    /// Grid workers on duty and grids visited, by street.
    TeamStreets,
    /// 网格底数: grids by kind, people a grid.
    GridFacts,
    /// Upstream systems of the platform, worst first.
    SourceLights,
    /// How complete the data are, each share with its parts.
    Completeness,
    /// How the wall itself is.
    WallHealth,
    /// Text and pictures of the scene file.
    Story,
    /// Reports of a campaign's categories before and since it began, by street.
    CampaignEffect,
    /// 活动保障: a major event, and the tickets where it takes place.
    EventWatch,
}

impl PanelKind {
    /// The lists of figures it reads: a picture waits until each is answered for.
    pub const fn figures(self) -> &'static [Feed] {
        // Kinds that draw indicators, warnings, teams, whistle calls or class cases name those feeds here.
        match self {
            Self::Rates
            | Self::BigNumber
            | Self::Trend
            | Self::RankedBars
            | Self::SmallMultiples
            | Self::Lanes
            | Self::Funnel
            | Self::Numbers => &[Feed::Indicators],
            Self::Warnings | Self::WarningKinds | Self::WarningAreas => &[Feed::Warnings],
            Self::WhistleBoard | Self::WhistleTriggers => &[Feed::WhistleCalls],
            Self::ClassCases | Self::ClassStages => &[Feed::ClassCases],
            PanelKind::TeamStrip | PanelKind::TeamStreets | PanelKind::GridFacts => &[Feed::Teams],
            PanelKind::Completeness => &[Feed::Indicators],
            _ => &[],
        }
    }
}

/// What a panel is bound to. Every key is optional; a kind reads those it knows.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Bound {
    /// Its title instead of the kind's own.
    pub title: Option<Title>,
    /// Keys of the platform's registry of indicators, in the order they are shown.
    pub indicators: Vec<String>,
    /// The stretch of time of the figures.
    pub period: Option<Period>,
    /// The level at which areas are compared.
    pub level: Option<Level>,
    /// What a story tells, one after the other.
    pub slides: Vec<Slide>,
    /// What a campaign is about. Lists of tickets with it show those of the campaign.
    pub campaign: Option<Campaign>,
    /// A major event.
    pub event: Option<Occasion>,
}

/// A panel of a scene. Cheap to clone.
#[derive(Clone, Debug, PartialEq)]
pub struct PanelSpec {
    /// How it is drawn.
    pub kind: PanelKind,
    /// Of what.
    pub bound: Arc<Bound>,
    /// True if the scene file gives it the head of a column of its own choice.
    pub starts_column: bool,
}

impl From<PanelKind> for PanelSpec {
    fn from(kind: PanelKind) -> Self {
        Self { kind, bound: Arc::default(), starts_column: false }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    kind: PanelKind,
    title: Option<Title>,
    #[serde(default)]
    indicators: Vec<String>,
    period: Option<Period>,
    level: Option<Level>,
    #[serde(default)]
    slides: Vec<Slide>,
    campaign: Option<Campaign>,
    event: Option<Occasion>,
}

impl<'de> Deserialize<'de> for PanelSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KindOrTable;

        impl<'de> Visitor<'de> for KindOrTable {
            type Value = PanelSpec;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the kind of a panel, or a table with its kind")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<PanelSpec, E> {
                PanelKind::deserialize(text.into_deserializer()).map(PanelSpec::from)
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<PanelSpec, A::Error> {
                let Table { kind, title, indicators, period, level, slides, campaign, event } =
                    Table::deserialize(MapAccessDeserializer::new(map))?;
                let bound = Bound { title, indicators, period, level, slides, campaign, event };
                Ok(PanelSpec { kind, bound: Arc::new(bound), starts_column: false })
            }
        }

        deserializer.deserialize_any(KindOrTable)
    }
}

/// Reads a side of a scene: panels from the top, which the layout sets into columns; or lists of panels, one for each
/// column, which stay as they are.
///
/// # Errors
/// What is wrong with a panel; panels and lists of panels beside one another; a column without a panel.
pub(super) fn side<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<PanelSpec>, D::Error> {
    struct Side;
    enum Item {
        Panel(PanelSpec),
        Column(Vec<PanelSpec>),
    }

    impl<'de> Deserialize<'de> for Item {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            struct PanelOrColumn;

            impl<'de> Visitor<'de> for PanelOrColumn {
                type Value = Item;

                fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                    f.write_str("a panel, or a list of the panels of one column")
                }

                fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Item, E> {
                    PanelSpec::deserialize(text.into_deserializer()).map(Item::Panel)
                }

                fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
                    PanelSpec::deserialize(MapAccessDeserializer::new(map)).map(Item::Panel)
                }

                fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Item, A::Error> {
                    Vec::deserialize(SeqAccessDeserializer::new(seq)).map(Item::Column)
                }
            }

            deserializer.deserialize_any(PanelOrColumn)
        }
    }

    impl<'de> Visitor<'de> for Side {
        type Value = Vec<PanelSpec>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of panels, or of columns of panels")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Vec<PanelSpec>, A::Error> {
            let (mut panels, mut columns) = (Vec::new(), 0);
            while let Some(item) = seq.next_element::<Item>()? {
                let is_first = panels.is_empty();
                match item {
                    Item::Panel(panel) if columns == 0 => panels.push(panel),
                    Item::Column(column) if is_first || columns > 0 => {
                        let from = panels.len();
                        panels.extend(column);
                        let head = panels.get_mut(from);
                        head.ok_or_else(|| serde::de::Error::custom("a column without a panel"))?.starts_column = true;
                        columns += 1;
                    }
                    _ => {
                        let words = "panels and columns side by side; write each column as a list of its own";
                        return Err(serde::de::Error::custom(words));
                    }
                }
            }
            Ok(panels)
        }
    }

    deserializer.deserialize_seq(Side)
}
