//! Whether the engine knows how sure it is: of answers given with confidence p, p of all should be right.
//!
//! The curves are fitted to pages that the engine had not seen (`forms/src/classify/scores.rs` holds them to that). Rules were learnt from the pages here, so more
//! answers may be right than it says, but hardly fewer.

use crate::{pages, scores};

/// Answers by how sure the engine was of them: (confidence, right).
#[derive(Default)]
pub(crate) struct Answers(Vec<(f32, bool)>);

/// Where one bucket of confidence ends and the next begins.
const BOUNDS: [f32; 7] = [0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 1.01];
/// Answers in a bucket from which on it tells anything.
const ENOUGH: usize = 40;
/// How much less often answers may be right than the engine says, in one bucket; and how much more often, in one and on average.
const TOO_SURE: f64 = 0.02;
const TOO_UNSURE: f64 = 0.25;
const TOO_UNSURE_ON_AVERAGE: f64 = 0.1;

struct Bucket {
    below: f32,
    count: usize,
    confidence: f64,
    right: f64,
}

impl Answers {
    pub(crate) fn add(&mut self, confidence: f32, right: bool) {
        self.0.push((confidence, right));
    }

    fn buckets(&self) -> Vec<Bucket> {
        let mut least = f32::MIN;
        let mut buckets = Vec::new();
        for below in BOUNDS {
            let inside: Vec<_> = self.0.iter().filter(|(sure, _)| (least..below).contains(sure)).collect();
            let count = inside.len();
            let confidence = inside.iter().map(|(sure, _)| f64::from(*sure)).sum::<f64>() / count.max(1) as f64;
            let right = inside.iter().filter(|(_, right)| *right).count() as f64 / count.max(1) as f64;
            buckets.push(Bucket { below, count, confidence, right });
            least = below;
        }
        buckets
    }

    /// Prints a table, and says what is off.
    fn check(&self, title: &str) -> Vec<String> {
        println!(
            "\n{title}\n\n| confidence below | answers | mean confidence | right |\n| ---: | ---: | ---: | ---: |"
        );
        let mut off = Vec::new();
        let mut apart = 0.0;
        for Bucket { below, count, confidence, right } in self.buckets().into_iter().filter(|bucket| bucket.count > 0) {
            println!("| {:.2} | {count} | {confidence:.3} | {right:.3} |", below.min(1.0));
            apart += (confidence - right).abs() * count as f64;
            if count >= ENOUGH && !(-TOO_UNSURE..=TOO_SURE).contains(&(confidence - right)) {
                off.push(format!("{title}, below {below}: {confidence:.3} of {count}, but {right:.3} are right"));
            }
        }
        let average = apart / self.0.len().max(1) as f64;
        if average > TOO_UNSURE_ON_AVERAGE {
            off.push(format!("{title}: {average:.3} apart on average"));
        }
        off
    }
}

#[test]
fn scores_of_confidence() {
    let scores = scores::score(&pages::all(), true);
    let mut off = scores.said.check("Fields that were told");
    off.extend(scores.left.check("Fields that were left alone"));
    off.extend(scores.of_forms.check("Kinds of forms"));
    assert!(off.is_empty(), "{}", off.join("\n"));
}
