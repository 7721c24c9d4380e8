// Porch's picture engine beside sharp: `node run.mjs [--repetitions 5] [--rounds 3] [case …]`. PORCH_BENCH names the
// program that answers `transform-worker`, PORCH_SAMPLES the folder of sample media.
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, parse } from "node:path";
import { parseArgs } from "node:util";

for (const [name, advice] of [
  ["PORCH_BENCH", "the program that answers `transform-worker`"],
  ["PORCH_SAMPLES", "the folder of sample media"],
]) {
  if (process.env[name]) continue;
  console.error(`${name} is not set: it names ${advice}.`);
  process.exit(1);
}
const { default: sharp } = await import("sharp").catch(() => {
  console.error("sharp is not there. Fetch it with `npm ci --ignore-scripts --prefix benches/transform`.");
  process.exit(1);
});
const { cases } = await import("./cases.mjs");
const { compare, decode, ink, likeness } = await import("./likeness.mjs");
const { measure, porchCommand, sharpCommand, work } = await import("./measure.mjs");
const { table, verdicts } = await import("./report.mjs");
const { prepare } = await import("./subjects.mjs");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { repetitions: { type: "string", default: "5" }, rounds: { type: "string", default: "3" } },
});
const unknown = positionals.filter((word) => !cases.some(({ name }) => name === word));
if (unknown.length > 0) {
  console.error(`What is ${unknown.join(", ")}? Known are ${cases.map(({ name }) => name).join(", ")}.`);
  process.exit(1);
}
const chosen = cases.filter(({ name }) => positionals.length === 0 || positionals.includes(name));

const folder = mkdtempSync(join(tmpdir(), "porch-bench-transform-"));
const effort = { repetitions: Number(values.repetitions), rounds: Number(values.rounds), folder };
try {
  await run();
} finally {
  rmSync(folder, { recursive: true });
}

async function run() {
  const subjects = await prepare(process.env.PORCH_SAMPLES, folder);
  const used = new Set(chosen.map(({ of }) => of));
  console.log(
    `sharp ${sharp.versions.sharp}, libvips ${sharp.versions.vips}; ${effort.repetitions} starts of ${effort.rounds} rounds each, medians`,
  );
  for (const file of [...used].flatMap((kind) => subjects[kind])) console.log(`  ${await description(file)}`);

  const tables = [];
  const print = (name, chain, rows, master) => {
    table(`${name}: ${chain}`, rows);
    tables.push({ name, rows, master });
  };
  for (const task of chosen) {
    const rows = [];
    const masterRows = [];
    for (const file of subjects[task.of]) {
      const source = await decode(file);
      const contestants = { sharp: { command: sharpCommand, file }, porch: { command: porchCommand, file } };
      if (task.master) contestants.master = { command: porchCommand, file: master(file) };
      const figures = measure(contestants, task, effort);
      for (const figure of Object.values(figures)) await judge(figure, source, task);
      rows.push({ file: basename(file), sharp: figures.sharp, porch: figures.porch, extra: extra(figures, source, task) });
      if (!task.master) continue;
      figures.master.toFull = likeness(figures.master.picture, figures.porch.picture).ssim;
      masterRows.push({
        file: basename(file),
        sharp: figures.sharp,
        porch: figures.master,
        extra: [["to full", "SSIM", figures.master.toFull.toFixed(4)]],
      });
    }
    print(task.name, task.chain, rows, false);
    if (task.master) print(`${task.name} from the master`, "sharp on the original, Porch on its stored copy", masterRows, true);
  }
  console.log("");
  verdicts(tables);
}

function master(file) {
  const out = join(folder, `${parse(file).name}-master.jpg`);
  work(porchCommand, { file, case: "master", chain: "master", rounds: 1, out });
  return out;
}

async function judge(figure, source, task) {
  figure.picture = await decode(figure.result);
  figure.pages = (await sharp(figure.result).metadata()).pages ?? 1;
  Object.assign(figure, compare(figure.picture, source, task));
}

function extra({ sharp, porch }, source, { written }) {
  if (!written) return [];
  const lit = ({ picture }) => String(ink(picture, source, written));
  return [
    ["text pixels", "sharp", lit(sharp)],
    ["", "Porch", lit(porch)],
  ];
}

async function description(file) {
  const { width, height, format, chromaSubsampling, orientation, pages } = await sharp(file).metadata();
  const more = [chromaSubsampling, orientation && `orientation ${orientation}`, pages && `${pages} frames`].filter(Boolean);
  return [`${basename(file)}: ${format} ${width}×${height}`, `${(statSync(file).size / 1024).toFixed(0)} KB`, ...more].join(", ");
}
