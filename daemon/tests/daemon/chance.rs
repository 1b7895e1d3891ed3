//! What happens in kill runs and simulations is drawn from a seed, which is printed: `COUNTERSIGN_SEED` draws the same again.

/// Numbers drawn from a seed (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    #[allow(clippy::print_stdout, reason = "whoever looks into a failure needs the seed")]
    pub(crate) fn from_seed(otherwise: u64) -> Self {
        let seed = std::env::var("COUNTERSIGN_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise);
        println!("COUNTERSIGN_SEED={seed}");
        Self(seed)
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut drawn = self.0;
        drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (drawn ^ (drawn >> 31)) % end
    }

    /// One of these.
    pub(crate) fn of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[usize::try_from(self.below(u64::try_from(choices.len()).unwrap())).unwrap()]
    }
}
