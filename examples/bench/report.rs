//! The rows: printed as they come, and written as JSON in the end.

use std::fs;
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, Result};
use countersign_harness::tree;
use serde_json::{Value, json};

use crate::clock::percentile;

/// What a row should hold.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    /// Shown to compare with.
    None,
    /// The median.
    Median(f64),
    /// The median and the 99th percentile.
    Tail(f64, f64),
    /// Every value, or the one that there is.
    AtMost(f64),
    /// The one value that there is.
    AtLeast(f64),
}

/// One measure.
pub(crate) struct Row {
    what: String,
    place: String,
    unit: &'static str,
    samples: Vec<f64>,
    bound: Bound,
    note: String,
}

impl Row {
    /// A timed row.
    pub(crate) fn timed(what: &str, place: &str, samples: Vec<f64>, bound: Bound) -> Self {
        Self::new(what, place, "ms", samples, bound)
    }

    /// A row with one value.
    pub(crate) fn single(what: &str, place: &str, unit: &'static str, value: f64, bound: Bound) -> Self {
        Self::new(what, place, unit, vec![value], bound)
    }

    /// A row with samples in any unit.
    pub(crate) fn new(what: &str, place: &str, unit: &'static str, samples: Vec<f64>, bound: Bound) -> Self {
        Self { what: what.to_owned(), place: place.to_owned(), unit, samples, bound, note: String::new() }
    }

    /// Says what exactly was measured, or what was in its way.
    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    fn p50(&self) -> f64 {
        percentile(&self.samples, 50)
    }

    fn p99(&self) -> f64 {
        percentile(&self.samples, 99)
    }

    fn met(&self) -> Option<bool> {
        match self.bound {
            Bound::None => None,
            Bound::Median(limit) | Bound::AtMost(limit) => Some(self.p50() <= limit),
            Bound::Tail(median, tail) => Some(self.p50() <= median && self.p99() <= tail),
            Bound::AtLeast(limit) => Some(self.p50() >= limit),
        }
    }

    fn shown_value(&self) -> String {
        if self.samples.len() == 1 {
            return format!("{} {}", short(self.p50()), self.unit);
        }
        format!("p50 {}  p99 {} {}  of {}", short(self.p50()), short(self.p99()), self.unit, self.samples.len())
    }

    fn shown_bound(&self) -> String {
        let limit = match self.bound {
            Bound::None => return String::new(),
            Bound::Median(limit) | Bound::AtMost(limit) => format!("≤ {}", short(limit)),
            Bound::Tail(median, tail) => format!("≤ {} / {}", short(median), short(tail)),
            Bound::AtLeast(limit) => format!("≥ {}", short(limit)),
        };
        let met = if self.met() == Some(true) { "met" } else { "NOT MET" };
        format!("{limit} {}  {met}", self.unit)
    }

    fn json(&self) -> Value {
        let bound = match self.bound {
            Bound::None => Value::Null,
            Bound::Median(limit) => json!({ "p50": limit }),
            Bound::Tail(median, tail) => json!({ "p50": median, "p99": tail }),
            Bound::AtMost(limit) => json!({ "most": limit }),
            Bound::AtLeast(limit) => json!({ "least": limit }),
        };
        json!({ "what": self.what, "place": self.place, "unit": self.unit, "count": self.samples.len(),
            "p50": self.p50(), "p99": self.p99(), "least": percentile(&self.samples, 0),
            "most": percentile(&self.samples, 100), "bound": bound, "met": self.met(), "note": self.note,
            "samples": self.samples })
    }
}

/// All rows of a run.
pub(crate) struct Report {
    begun: Instant,
    machine: Value,
    rows: Vec<Row>,
}

impl Report {
    /// Begins, and says on what machine.
    pub(crate) fn begin() -> Result<Self> {
        let cores = std::thread::available_parallelism()?.get();
        let processor = fs::read_to_string("/proc/cpuinfo")
            .unwrap_or_default()
            .lines()
            .find_map(|line| Some(line.strip_prefix("model name")?.split_once(':')?.1.trim().to_owned()))
            .unwrap_or_else(|| std::env::consts::ARCH.to_owned());
        println!("{processor}, {cores} cores");
        Ok(Self { begun: Instant::now(), machine: json!({ "processor": processor, "cores": cores }), rows: Vec::new() })
    }

    /// Says what comes next.
    pub(crate) fn group(&self, name: &str) {
        println!("\n{name} ({} s)", self.begun.elapsed().as_secs());
    }

    /// Says what is being done.
    pub(crate) fn progress(&self, what: &str) {
        println!("  … {what}");
    }

    /// Adds a row, and prints it.
    pub(crate) fn add(&mut self, row: Row) {
        println!("  {:<52} {:<18} {:<44} {}", row.what, row.place, row.shown_value(), row.shown_bound());
        self.rows.push(row);
    }

    /// Writes the file, and says what was missed.
    pub(crate) fn end(self) -> Result<()> {
        let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)?.as_secs();
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let all = json!({ "version": env!("CARGO_PKG_VERSION"), "time": time, "machine": self.machine, "rows": rows });
        let dir = tree().join("target/bench");
        fs::create_dir_all(&dir)?;
        let written = serde_json::to_string_pretty(&all)?;
        for name in [format!("{time}.json"), "latest.json".to_owned()] {
            fs::write(dir.join(&name), &written).with_context(|| format!("cannot write target/bench/{name}"))?;
        }
        let bounded = self.rows.iter().filter(|row| row.met().is_some()).count();
        let missed: Vec<&Row> = self.rows.iter().filter(|row| row.met() == Some(false)).collect();
        println!("\n{} of {bounded} bounds met, in {} s", bounded - missed.len(), self.begun.elapsed().as_secs());
        for row in missed {
            println!("  not met: {} ({}): {}, {}", row.what, row.place, row.shown_value(), row.shown_bound());
        }
        println!("target/bench/{time}.json");
        Ok(())
    }
}

/// As many digits as tell something.
fn short(value: f64) -> String {
    match value.abs() {
        large if large >= 1000.0 => format!("{value:.0}"),
        middle if middle >= 100.0 => format!("{value:.1}"),
        small if small.fract() == 0.0 => format!("{value}"),
        _ => format!("{value:.2}"),
    }
}
