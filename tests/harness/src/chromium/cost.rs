//! What pages and content scripts cost, for benchmarks.

use std::time::Duration;

use anyhow::{Context as _, Result};
use serde_json::{Value, json};

use super::{APPEARANCE, Chromium, locked, wait_for};

/// How long a trace may take to be written.
const WRITING: Duration = Duration::from_secs(60);

impl Chromium {
    pub(crate) async fn begin_trace(&self, categories: &[&str]) -> Result<()> {
        locked(&self.state).trace = None;
        let config = json!({ "recordMode": "recordAsMuchAsPossible", "includedCategories": categories,
            "excludedCategories": ["*"] });
        let params = json!({ "transferMode": "ReturnAsStream", "traceConfig": config });
        self.rpc.call("", "Tracing.start", params).await.map(drop)
    }

    pub(crate) async fn end_trace(&self) -> Result<Vec<Value>> {
        self.rpc.call("", "Tracing.end", json!({})).await?;
        let stream = wait_for(WRITING, || locked(&self.state).trace.take()).await?;
        let mut written = String::new();
        loop {
            let part = self.rpc.call("", "IO.read", json!({ "handle": stream, "size": 1 << 20 })).await?;
            written.push_str(part["data"].as_str().unwrap_or_default());
            if part["eof"] == true {
                break;
            }
        }
        self.rpc.call("", "IO.close", json!({ "handle": stream })).await?;
        let mut trace: Value = serde_json::from_str(&written)?;
        Ok(trace["traceEvents"].as_array_mut().map(std::mem::take).unwrap_or_default())
    }

    pub(crate) async fn evaluate_in_content_script(&self, frame: &str, expression: &str) -> Result<String> {
        let world = wait_for(APPEARANCE, || locked(&self.state).script_worlds.get(frame).cloned())
            .await
            .context("no content script runs here")?;
        self.evaluate_in(&world, expression).await
    }

    pub(crate) async fn heap_bytes(&self, frame: &str) -> Result<f64> {
        let session = self.world(frame).await?.session;
        // Twice: what finalizers let go of is collected the second time.
        for _ in 0..2 {
            self.rpc.call(&session, "HeapProfiler.collectGarbage", json!({})).await?;
        }
        let usage = self.rpc.call(&session, "Runtime.getHeapUsage", json!({})).await?;
        usage["usedSize"].as_f64().context("no heap usage")
    }
}
