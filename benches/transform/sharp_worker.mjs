// sharp's side: one case on one file, told and answered in a line of JSON each, as `porch transform-worker` does.
import { readFileSync, writeFileSync } from "node:fs";
import sharp from "sharp";

sharp.concurrency(1);
sharp.cache(false);

const text = { text: '<span foreground="#FFFFFF">Hello Porch</span>', font: "sans 48", dpi: 72, rgba: true };
const pipelines = {
  jpeg1080: (photo) => sharp(photo).autoOrient().resize(1080).jpeg({ quality: 80 }),
  webp400: (photo) => sharp(photo).autoOrient().resize(400, 400).webp({ quality: 80, effort: 4 }),
  png512: (picture) => sharp(picture).autoOrient().resize(512).png(),
  gif256: (animation) => sharp(animation, { animated: true }).resize(256).gif(),
  text: (photo) =>
    sharp(photo)
      .autoOrient()
      .resize(1080)
      .composite([{ input: { text }, left: 20, top: 20 }])
      .jpeg({ quality: 80 }),
};

const memory = (name) => Number(readFileSync("/proc/self/status", "utf8").match(new RegExp(`^${name}:\\s*(\\d+) kB$`, "m"))[1]);

const task = JSON.parse(readFileSync(0, "utf8"));
const file = readFileSync(task.file);
const base_kb = memory("VmRSS");
const cpu_ms = [];
let result;
for (let round = 0; round < task.rounds; round++) {
  const before = process.cpuUsage();
  result = await pipelines[task.case](file).toBuffer({ resolveWithObject: true });
  const used = process.cpuUsage(before);
  cpu_ms.push((used.user + used.system) / 1000);
}
const peak_kb = memory("VmHWM");
writeFileSync(task.out, result.data);
const { size: bytes, width, height, pageHeight } = result.info;
console.log(JSON.stringify({ cpu_ms, peak_kb, base_kb, bytes, width, height: pageHeight ?? height }));
