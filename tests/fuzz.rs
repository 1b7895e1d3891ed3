//! Runs every fuzz target of `tests/fuzz` for some seconds: a second each, or as many as `COUNTERSIGN_FUZZ_SECONDS` says.
//!
//! The corpus grows in `target/fuzz/corpus`; an input that breaks a parser is kept in `target/fuzz/crashes`, and its path is printed.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub,
    reason = "test code"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::Mutex,
    thread,
};

/// What `cargo fuzz` gives rustc for coverage, without the flags that need a nightly compiler.
const INSTRUMENTATION: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1";
const LANES: usize = 2;

#[test]
fn no_parser_of_foreign_bytes_breaks() {
    let seconds = std::env::var("COUNTERSIGN_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    run_all(seconds);
}

#[test]
#[ignore = "soak: fuzzes every parser for five minutes"]
fn soak_no_parser_of_foreign_bytes_breaks() {
    run_all(300);
}

fn run_all(seconds: u32) {
    let binary = build();
    let waiting = Mutex::new(targets());
    assert!(waiting.lock().unwrap().len() >= 15, "targets are found by their lines in main.rs");
    let broken = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..LANES {
            scope.spawn(|| {
                while let Some(target) = { waiting.lock().unwrap().pop() } {
                    let output = fuzz(&binary, &target, seconds);
                    let told = String::from_utf8_lossy(&output.stderr).into_owned();
                    if output.status.success() {
                        println!("{target}: {}", executions(&told));
                    } else {
                        broken.lock().unwrap().push(format!("{target}\n{}", tail(&told)));
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().unwrap();
    assert!(broken.is_empty(), "{}", broken.join("\n\n"));
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn build() -> PathBuf {
    let directory = root().join("target/fuzz");
    // Naming the target keeps the instrumentation away from build scripts and macros, which run without libFuzzer.
    let host = host();
    let output = Command::new(env!("CARGO"))
        .current_dir(root().join("tests/fuzz"))
        .args(["build", "--release", "--locked", "--quiet", "--target", &host, "--target-dir"])
        .arg(&directory)
        .env("RUSTFLAGS", INSTRUMENTATION)
        .env_remove("CARGO_BUILD_TARGET")
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    directory.join(host).join("release/countersign-fuzz")
}

/// This machine's target triple, as rustc says.
fn host() -> String {
    let output = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())).arg("-vV").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    told.lines().find_map(|line| line.strip_prefix("host: ")).unwrap().to_owned()
}

/// The names in the table of `main.rs`.
fn targets() -> Vec<String> {
    let source = fs::read_to_string(root().join("tests/fuzz/src/main.rs")).unwrap();
    source.lines().filter_map(|line| Some(line.strip_prefix("    (\"")?.split_once('"')?.0.to_owned())).collect()
}

fn fuzz(binary: &Path, target: &str, seconds: u32) -> Output {
    let corpus = root().join("target/fuzz/corpus").join(target);
    let crashes = root().join("target/fuzz/crashes");
    fs::create_dir_all(&corpus).unwrap();
    fs::create_dir_all(&crashes).unwrap();
    Command::new(binary)
        .env("TARGET", target)
        .arg(corpus)
        .arg(format!("-artifact_prefix={}/{target}-", crashes.display()))
        .arg(format!("-max_total_time={seconds}"))
        .args(["-max_len=8192", "-timeout=5", "-rss_limit_mb=1024", "-verbosity=1", "-print_final_stats=1"])
        .output()
        .unwrap()
}

fn executions(told: &str) -> &str {
    told.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units: ")).map_or("ran", str::trim)
}

fn tail(told: &str) -> String {
    let lines: Vec<_> = told.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}
