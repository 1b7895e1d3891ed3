//! Probe ⇄ worker, over a `runtime.connect` port named `probe`.
