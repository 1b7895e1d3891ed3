#!/usr/bin/env node
// Sabotages the product, one line at a time, and expects a named test to notice each: `npm run mutants`, or `npm run mutants -- NAME…` for some of them.
//
// Every named test must pass on the sound product and fail on the sabotaged one; a sabotage that does not compile, and a test that does not run, count for
// nothing. Files are put back as they were, also when this is interrupted; what a killed run leaves is put back by the next.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

const ROOT = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const STATE = join(ROOT, "target", "mutants");
const LEFT = join(STATE, "left.json");

const all = JSON.parse(readFileSync(join(ROOT, "tests", "mutants", "mutants.json"), "utf8"));
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !all.some((mutant) => mutant.name === name));
if (unknown.length) fail(`there is no ${unknown.join(", ")}: say one of ${all.map(({ name }) => name).join(", ")}`);
const mutants = all.filter(({ name }) => !wanted.length || wanted.includes(name));

mkdirSync(STATE, { recursive: true });
putBack();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    putBack();
    process.exit(130);
  });
}

console.log(`The sound product: ${mutants.length} tests`);
prepare(mutants);
for (const { name, test } of mutants) {
  const { passed, output } = run(test);
  if (!passed) fail(`${name}: ${test.name} does not pass on the sound product\n${tail(output)}`);
}

const survivors = mutants.filter((mutant) => !isCaught(mutant));
prepare(survivors.length ? [] : mutants);
if (survivors.length) fail(`not noticed: ${survivors.map(({ name }) => name).join(", ")}`);
console.log(`${mutants.length} sabotages, each noticed.`);

/** Applies a sabotage, runs its test, and puts the file back. */
function isCaught(mutant) {
  sabotage(mutant);
  try {
    prepare([mutant]);
    const { failed, output } = run(mutant.test);
    console.log(`${failed ? "noticed" : "NOT NOTICED"}  ${mutant.name}: ${mutant.what} (${mutant.test.name})`);
    if (!failed) console.log(tail(output));
    return failed;
  } finally {
    putBack();
  }
}

function sabotage({ name, file, line, becomes }) {
  const path = join(ROOT, file);
  const sound = readFileSync(path, "utf8");
  if (sound.split(line).length !== 2) fail(`${name}: its line does not stand exactly once in ${file}`);
  writeFileSync(LEFT, JSON.stringify({ path, sound }));
  writeFileSync(
    path,
    sound.replace(line, () => becomes),
  );
}

/** What was sabotaged is sound again. */
function putBack() {
  if (!existsSync(LEFT)) return;
  const { path, sound } = JSON.parse(readFileSync(LEFT, "utf8"));
  writeFileSync(path, sound);
  rmSync(LEFT);
}

/** Tests in browsers need packages and programs as they are now. */
function prepare(some) {
  if (!some.some(({ test }) => test.target === "e2e")) return;
  need(cargo(["run", "--quiet", "--package", "xtask", "--", "package"]));
  need(cargo(["build", "--quiet", "--workspace", "--bins"]));
}

function need({ status, output }) {
  if (status !== 0) fail(`it does not build\n${tail(output)}`);
}

/** Runs one test by its whole name. */
function run({ package: name, target, name: test }) {
  const where = target === "lib" ? ["--lib"] : ["--test", target];
  // What starts programs is compiled with the features that those were built with.
  const what = target === "e2e" ? ["--workspace"] : ["--package", name, "--all-features"];
  const { status, output } = cargo(["test", ...what, ...where, "--", "--exact", test]);
  const told = (outcome) => output.includes(`test ${test} ... ${outcome}`);
  return { passed: status === 0 && told("ok"), failed: status !== 0 && told("FAILED"), output };
}

function cargo(args) {
  const { status, stdout, stderr } = spawnSync("cargo", args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, RUST_BACKTRACE: "0", CARGO_TERM_COLOR: "never" },
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, output: `${stdout}${stderr}` };
}

function tail(output) {
  return output.split("\n").slice(-25).join("\n");
}

function fail(why) {
  putBack();
  console.error(why);
  process.exit(1);
}
