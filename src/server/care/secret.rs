//! The key of the errors that make true counts publishable. It never leaves this module.

use sha2::{Digest, Sha256};

use crate::domain::AreaCode;
use crate::domain::care::publish::error_of;

/// The key. No `Debug`, no serialisation.
pub struct Secret([u8; 32]);

impl Secret {
    /// The key of a simulation. A platform with real people draws one at random and keeps it.
    pub fn from_seed(seed: u64) -> Self {
        Self(Sha256::new().chain_update(b"gridwall care").chain_update(seed.to_le_bytes()).finalize().into())
    }

    /// The error of one count, the same for good.
    pub fn error(&self, area: &AreaCode, group: usize, measure: usize) -> i64 {
        let hash = Sha256::new()
            .chain_update(self.0)
            .chain_update([group as u8, measure as u8])
            .chain_update(area.as_str().as_bytes())
            .finalize();
        let mut draw = [0; 8];
        draw.copy_from_slice(&hash[..8]);
        error_of(u64::from_le_bytes(draw))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_stay_and_differ_by_count() {
        let (secret, area) = (Secret::from_seed(7), AreaCode::new("450502001"));
        let errors = |secret: &Secret| (0..9).map(|group| secret.error(&area, group, 0)).collect::<Vec<_>>();
        assert_eq!(errors(&secret), errors(&Secret::from_seed(7)));
        assert_ne!(errors(&secret), errors(&Secret::from_seed(8)));
        assert!(errors(&secret).iter().any(|error| *error != errors(&secret)[0]));
    }
}
