// Workers are started in turn, every second time the other way round, so that a noisy machine disturbs all alike.
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const sharpWorker = fileURLToPath(new URL("sharp_worker.mjs", import.meta.url));

export const sharpCommand = [process.execPath, sharpWorker];
export const porchCommand = [process.env.PORCH_BENCH, "transform-worker"];

export function work([program, ...words], task) {
  const env = { ...process.env, UV_THREADPOOL_SIZE: "1" };
  const worker = spawnSync(program, words, { input: `${JSON.stringify(task)}\n`, encoding: "utf8", env });
  if (worker.error) throw worker.error;
  if (worker.status !== 0) {
    throw new Error(`${[program, ...words].join(" ")} failed on ${JSON.stringify(task)}\n${worker.stderr}`);
  }
  return JSON.parse(worker.stdout);
}

/** `contestants`: a name for each command and file. Answers medians, by the same names. */
export function measure(contestants, { name, chain, ending }, { repetitions, rounds, folder }) {
  const names = Object.keys(contestants);
  const answers = Object.fromEntries(names.map((name) => [name, []]));
  const result = (contestant) => join(folder, `${contestant}-${name}.${ending}`);
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const contestant of repetition % 2 ? names.toReversed() : names) {
      const { command, file } = contestants[contestant];
      answers[contestant].push(work(command, { file, case: name, chain, rounds, out: result(contestant) }));
    }
  }
  return Object.fromEntries(names.map((contestant) => [contestant, summary(answers[contestant], result(contestant))]));
}

function summary(answers, result) {
  return {
    cpu: median(answers.flatMap((answer) => answer.cpu_ms)),
    peak: median(answers.map((answer) => answer.peak_kb)) / 1024,
    base: median(answers.map((answer) => answer.base_kb)) / 1024,
    bytes: answers[0].bytes,
    result,
  };
}

function median(numbers) {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
