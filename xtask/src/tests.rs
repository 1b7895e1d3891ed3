//! Runs every test of every runner, and adds up their counts.

use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread::{self, ScopedJoinHandle};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};

use crate::browsers::Found;
use crate::{browsers, cargo, checks, package, tree};

/// The test target that needs browsers.
const IN_BROWSERS: &str = "e2e";

/// Has a run play every part of every scene in every browser.
const WHOLE: &str = "--whole";

/// What runners counted.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Count {
    passed: u64,
    failed: u64,
}

impl Count {
    fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The quick checks and all tests. `arguments` go to `cargo test`.
pub(crate) fn run(arguments: &[String]) -> Result<()> {
    let browsers = browsers::find()?;
    for browser in &browsers {
        println!("browser {} ({})", browser.version, browser.path.display());
    }
    let started = Instant::now();
    let is_whole = arguments.is_empty();
    let mut count = Count::default();
    thread::scope(|scope| {
        let quick = is_whole.then(|| scope.spawn(|| run_checks(&checks::QUICK)));
        package::build(None)?;
        bundle_pages()?;
        // The same packages and features as `cargo test`, so that all is compiled once, the binaries that tests start included.
        cargo::run(&["build", "--quiet", "--workspace", "--all-targets"])?;
        if let Some(quick) = quick {
            count.add(joined(quick)?);
        }
        anyhow::Ok(())
    })?;
    if is_whole {
        count.add(all_at_once(&browsers)?);
        count.add(node_test()?);
    } else {
        count.add(cargo_test(arguments, &browsers)?);
    }
    println!("\nall tests took {} s", started.elapsed().as_secs());
    for browser in &browsers {
        println!("browser {}", browser.version);
    }
    println!("{} passed, {} failed", count.passed, count.failed);
    if count.failed > 0 {
        bail!("{} tests failed", count.failed);
    }
    if count.passed == 0 {
        bail!("no test ran");
    }
    Ok(())
}

/// The pages of frameworks and npm components that the tests in browsers fill: `target/frameworks`.
fn bundle_pages() -> Result<()> {
    cargo::run_command(Command::new("node").current_dir(tree::root()).arg("tests/e2e/pages/frameworks/build.js"))
}

/// The tests in browsers beside all others, many of which wait more than they compute. The manifest keeps the former out of what a plain `cargo test` runs.
fn all_at_once(browsers: &[Found]) -> Result<Count> {
    let [in_browsers, fuzz, others] =
        [["--test", IN_BROWSERS], ["--test", "fuzz"], ["--", "--skip=no_parser_of_foreign_bytes_breaks"]]
            .map(|arguments| arguments.map(str::to_owned));
    thread::scope(|scope| {
        let built = scope.spawn(|| run_checks(&checks::BUILT));
        // It compiles for itself, on all cores: browsers would starve.
        let mut count = cargo_test(&fuzz, browsers)?;
        count.add(joined(built)?);
        let others = scope.spawn(|| cargo_test(&others, browsers));
        count.add(cargo_test(&in_browsers, browsers)?);
        count.add(joined(others)??);
        Ok(count)
    })
}

fn joined<T>(running: ScopedJoinHandle<'_, T>) -> Result<T> {
    running.join().map_err(|_| anyhow!("a runner of tests broke"))
}

/// The long runs: tests marked `#[ignore = "soak: …"]`, and every part of every scene in every browser, of which a plain run plays each in one of them. `arguments` name
/// some of the former.
pub(crate) fn soak(arguments: &[String]) -> Result<()> {
    let mut long = vec!["--".to_owned(), "--ignored".to_owned(), "soak".to_owned()];
    long.extend(arguments.iter().cloned());
    run(&long)?;
    if arguments.is_empty() { run(&["--test", IN_BROWSERS, WHOLE].map(str::to_owned)) } else { Ok(()) }
}

/// The sabotages of `tests/mutants`. `arguments` name some of them.
pub(crate) fn mutants(arguments: &[String]) -> Result<()> {
    let mut command = Command::new("node");
    command.current_dir(tree::root()).arg("tests/mutants/run.js").args(arguments);
    for browser in &browsers::find()? {
        command.env(browser.variable, &browser.path);
    }
    cargo::run_command(&mut command)
}

fn run_checks(checks: &[checks::Check]) -> Count {
    let mut count = Count::default();
    for check in checks {
        count.add(if checks::passes(check) { Count { passed: 1, failed: 0 } } else { Count { passed: 0, failed: 1 } });
    }
    count
}

fn cargo_test(arguments: &[String], browsers: &[Found]) -> Result<Count> {
    let mut command = cargo::command();
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .args(arguments.iter().filter(|argument| *argument != WHOLE));
    if arguments.iter().any(|argument| argument == WHOLE) {
        command.env("COUNTERSIGN_WHOLE", "1");
    }
    // Most tests wait for browsers and processes more than they compute. Three for a core were no faster.
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    command.env("RUST_TEST_THREADS", (2 * cores).to_string());
    // What failed is said by the error; a trace of async functions would bury it.
    command.env("RUST_BACKTRACE", "0");
    for browser in browsers {
        command.env(browser.variable, &browser.path);
    }
    counted(&mut command, cargo_line)
}

/// The tests of the extension's JavaScript that need no browser.
fn node_test() -> Result<Count> {
    let files: Vec<_> = tree::files(&tree::root().join("extension"))?
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .map(|path| tree::root().join("extension").join(path))
        .collect();
    if files.is_empty() {
        return Ok(Count::default());
    }
    counted(
        Command::new("node").current_dir(tree::root()).args(["--test", "--test-reporter=tap"]).args(files),
        node_line,
    )
}

/// Runs a test runner, shows what it prints, and adds up the lines in which it counts. A runner that failed without counting a failure
/// counts as one.
fn counted(command: &mut Command, count_in: fn(&str) -> Count) -> Result<Count> {
    let shown = format!("{command:?}");
    let mut runner = command.stdout(Stdio::piped()).spawn().with_context(|| format!("cannot start {shown}"))?;
    let mut count = Count::default();
    if let Some(output) = runner.stdout.take() {
        for line in BufReader::new(output).lines() {
            let line = line?;
            println!("{line}");
            count.add(count_in(&line));
        }
    }
    if !runner.wait()?.success() && count.failed == 0 {
        println!("failed without a count: {shown}");
        count.failed += 1;
    }
    Ok(count)
}

/// `test result: ok. 3 passed; 0 failed; …`
fn cargo_line(line: &str) -> Count {
    let Some(rest) = line.strip_prefix("test result: ") else { return Count::default() };
    let number = |what: &str| {
        rest.split([';', '.'])
            .filter_map(|part| part.trim().strip_suffix(what))
            .find_map(|number| number.trim().parse().ok())
            .unwrap_or(0)
    };
    Count { passed: number("passed"), failed: number("failed") }
}

/// `# pass 3` and `# fail 0`
fn node_line(line: &str) -> Count {
    let number = |what: &str| line.strip_prefix(what).and_then(|number| number.trim().parse().ok()).unwrap_or(0);
    Count { passed: number("# pass "), failed: number("# fail ") }
}

#[cfg(test)]
mod test {
    use super::{Count, cargo_line, node_line};

    #[test]
    fn counts_what_cargo_prints() {
        let line = "test result: FAILED. 12 passed; 3 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.10s";
        assert_eq!(cargo_line(line), Count { passed: 12, failed: 3 });
        assert_eq!(cargo_line("test house::holds ... ok"), Count::default());
    }

    #[test]
    fn counts_what_node_prints() {
        assert_eq!(node_line("# pass 7"), Count { passed: 7, failed: 0 });
        assert_eq!(node_line("# fail 2"), Count { passed: 0, failed: 2 });
        assert_eq!(node_line("# passing through"), Count::default());
    }
}
