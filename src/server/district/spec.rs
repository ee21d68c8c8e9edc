//! How large a synthetic district is to be, and how to say it: a preset's name or `STREETSxCOMMUNITIESxGRIDS`.
//!
//! The presets have the sizes of four real districts; everything else about them is invented.

use std::fmt;
use std::str::FromStr;

/// Number of areas at each level below the district.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct DistrictSize {
    /// 街道
    pub streets: u32,
    /// 社区
    pub communities: u32,
    /// 网格
    pub grids: u32,
}

/// A district of the size of a real one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Preset {
    /// 7 streets, 51 communities, 520 grids.
    Haicheng,
    /// 14 streets, 195 communities, 589 grids.
    Pidu,
    /// 8 streets, 101 communities, 1,610 grids.
    Nanshan,
    /// 5 streets, 167 communities, 753 grids.
    Laoshan,
}

impl Preset {
    /// All presets, the default first.
    pub const ALL: [Preset; 4] = [Preset::Haicheng, Preset::Pidu, Preset::Nanshan, Preset::Laoshan];

    /// The name on the command line.
    pub const fn key(self) -> &'static str {
        match self {
            Preset::Haicheng => "haicheng",
            Preset::Pidu => "pidu",
            Preset::Nanshan => "nanshan",
            Preset::Laoshan => "laoshan",
        }
    }

    /// Its size.
    pub const fn size(self) -> DistrictSize {
        let (streets, communities, grids) = match self {
            Preset::Haicheng => (7, 51, 520),
            Preset::Pidu => (14, 195, 589),
            Preset::Nanshan => (8, 101, 1610),
            Preset::Laoshan => (5, 167, 753),
        };
        DistrictSize { streets, communities, grids }
    }
}

/// What to generate: a preset, or any size within the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DistrictSpec {
    /// One of the known sizes.
    Preset(Preset),
    /// A size of one's own; made by [`FromStr`], which checks it.
    Size(DistrictSize),
}

impl DistrictSpec {
    /// Number of areas per level.
    pub const fn size(&self) -> DistrictSize {
        match self {
            DistrictSpec::Preset(preset) => preset.size(),
            DistrictSpec::Size(size) => *size,
        }
    }
}

impl Default for DistrictSpec {
    fn default() -> Self {
        DistrictSpec::Preset(Preset::Haicheng)
    }
}

/// Why a district cannot be made as asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpecError {
    /// Neither a preset nor three numbers.
    #[error(
        "unknown district `{0}`: use haicheng, pidu, nanshan, laoshan, or STREETSxCOMMUNITIESxGRIDS such as 8x40x400"
    )]
    Unknown(String),
    /// Three numbers that make no district.
    #[error("district `{text}` cannot be made: {reason}")]
    Unfit {
        /// What was asked for.
        text: String,
        /// What is wrong with it.
        reason: &'static str,
    },
}

/// Codes have three digits for a street and three for a community within it, and 100,000 grids are a whole city.
fn check(size: DistrictSize) -> Result<(), &'static str> {
    let DistrictSize { streets, communities, grids } = size;
    if streets == 0 || communities == 0 || grids == 0 {
        Err("each number must be at least 1")
    } else if communities < streets {
        Err("there must be at least one community per street")
    } else if grids < communities {
        Err("there must be at least one grid per community")
    } else if streets > 100 {
        Err("at most 100 streets")
    } else if communities > 5_000 {
        Err("at most 5000 communities")
    } else if grids > 50_000 {
        Err("at most 50000 grids")
    } else if communities > streets * 250 {
        Err("at most 250 communities per street")
    } else if grids > communities * 250 {
        Err("at most 250 grids per community")
    } else {
        Ok(())
    }
}

impl FromStr for DistrictSpec {
    type Err = SpecError;

    fn from_str(text: &str) -> Result<Self, SpecError> {
        let asked = text.trim().to_ascii_lowercase();
        if let Some(preset) = Preset::ALL.into_iter().find(|preset| preset.key() == asked) {
            return Ok(DistrictSpec::Preset(preset));
        }
        let unknown = || SpecError::Unknown(text.chars().take(60).collect());
        let numbers: Vec<u32> = asked
            .split(['x', '×', '/'])
            .map(|part| part.trim().parse().map_err(|_| unknown()))
            .collect::<Result<_, _>>()?;
        let [streets, communities, grids] = numbers[..] else { return Err(unknown()) };
        let size = DistrictSize { streets, communities, grids };
        check(size).map_err(|reason| SpecError::Unfit { text: text.trim().to_owned(), reason })?;
        Ok(DistrictSpec::Size(size))
    }
}

impl fmt::Display for DistrictSpec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DistrictSpec::Preset(preset) => f.write_str(preset.key()),
            DistrictSpec::Size(size) => write!(f, "{}x{}x{}", size.streets, size.communities, size.grids),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_is_read_back() {
        for text in ["haicheng", "pidu", "nanshan", "laoshan", "8x40x400", "1x1x1", "40x2000x20000"] {
            assert_eq!(text.parse::<DistrictSpec>().unwrap().to_string(), text);
        }
        assert_eq!(" 8X40X400 ".parse::<DistrictSpec>().unwrap().size().grids, 400);
        assert_eq!(DistrictSpec::default().size(), DistrictSize { streets: 7, communities: 51, grids: 520 });
    }

    #[test]
    fn what_cannot_be_made_is_refused_with_the_choices_or_the_reason() {
        let error = "atlantis".parse::<DistrictSpec>().unwrap_err().to_string();
        assert!(error.contains("atlantis") && error.contains("nanshan") && error.contains("8x40x400"), "{error}");
        for bad in ["", "8x40", "8x40x400x2", "8x-1x400", "8x40x99999999999", "x"] {
            assert!(matches!(bad.parse::<DistrictSpec>(), Err(SpecError::Unknown(_))), "{bad}");
        }
        for bad in ["0x1x1", "8x4x400", "8x40x39", "101x200x300", "1x300x400", "1x1x300", "100x5000x50001"] {
            assert!(matches!(bad.parse::<DistrictSpec>(), Err(SpecError::Unfit { .. })), "{bad}");
        }
    }
}
