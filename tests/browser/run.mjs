// Runs every story in a real Chromium: `node tests/browser/run.mjs [word …]`, a word choosing files by name.
import { spawn } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, "../..");
const env = { ...process.env };
env.PORCH_BINARY = resolve(env.PORCH_BINARY ?? join(root, "target/debug/porch"));
if (env.PORCH_SAMPLES) env.PORCH_SAMPLES = resolve(env.PORCH_SAMPLES);

for (const [path, advice] of [
  [env.PORCH_BINARY, "Build it with `cargo build`, or name another one in PORCH_BINARY."],
  [join(here, "node_modules"), "Fetch the packages with `npm ci --ignore-scripts --prefix tests/browser`."],
]) {
  if (existsSync(path)) continue;
  console.error(`${path} is not there. ${advice}`);
  process.exit(1);
}
if (!env.PORCH_SAMPLES) console.log("PORCH_SAMPLES names no folder: what needs a sample file is skipped.");

const words = process.argv.slice(2);
const files = readdirSync(here)
  .filter((name) => name.endsWith(".test.mjs"))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .map((name) => join(here, name));

// Every file has a browser of its own. One more than there are cores, because some stories mostly wait; more starve each other.
const atOnce = process.env.PORCH_BROWSERS ?? String(Math.min(4, availableParallelism() + 1));
const reporter = process.stdout.isTTY ? [] : ["--test-reporter=spec", "--test-reporter-destination=stdout"];
const tests = spawn(process.execPath, ["--test", `--test-concurrency=${atOnce}`, ...reporter, ...files], { stdio: "inherit", env });
tests.on("exit", (code) => process.exit(code ?? 1));
