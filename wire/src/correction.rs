//! What users say of fields that were taken for something else: kept by the daemon for a site, used by the engine there.

pub use countersign_forms::{
    CORRECTION_LIMIT, CorrectedGuess, Correction, CorrectionError, CorrectionReport, FieldIdentity, FieldType, Guess,
    Reason,
};
use countersign_seal::origin::Origin;
use serde::{Deserialize, Serialize};

/// What the user said of a site's fields.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// The origin of the document that the fields are in. No other is concerned.
    pub site: Origin,
    /// What was said.
    pub corrections: Vec<CorrectedGuess>,
    /// The fields of which nothing is said any more.
    pub withdrawn: Vec<FieldIdentity>,
}

/// What the user said of a site's fields, without what it corrects: all that it takes to go by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SiteSaid {
    /// The origin.
    pub site: Origin,
    /// What the user said.
    pub said: Vec<Correction>,
}

impl From<&SiteCorrections> for SiteSaid {
    fn from(kept: &SiteCorrections) -> Self {
        let said = kept.corrections.iter().map(|one| one.correction.clone()).collect();
        Self { site: kept.site.clone(), said }
    }
}

/// What is kept of a site.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SiteCorrections {
    /// The origin.
    pub site: Origin,
    /// What the user said, with what it corrects; at most [`CORRECTION_LIMIT`].
    pub corrections: Vec<CorrectedGuess>,
}
