// What the figures say, as tables and as one line for each aim.
import { aims } from "./cases.mjs";

const COLUMNS = [
  ["CPU ms", "sharp", (row) => row.sharp.cpu.toFixed(1)],
  ["", "Porch", (row) => row.porch.cpu.toFixed(1)],
  ["", "ratio", (row) => ratio(row, "cpu").toFixed(2)],
  ["peak MB", "sharp", (row) => row.sharp.peak.toFixed(0)],
  ["", "Porch", (row) => row.porch.peak.toFixed(0)],
  ["", "ratio", (row) => ratio(row, "peak").toFixed(2)],
  ["of it grown", "sharp", (row) => grown(row.sharp).toFixed(0)],
  ["", "Porch", (row) => grown(row.porch).toFixed(0)],
  ["KB", "sharp", (row) => (row.sharp.bytes / 1024).toFixed(1)],
  ["", "Porch", (row) => (row.porch.bytes / 1024).toFixed(1)],
  ["PSNR dB", "sharp", (row) => row.sharp.psnr.toFixed(2)],
  ["", "Porch", (row) => row.porch.psnr.toFixed(2)],
  ["SSIM", "sharp", (row) => row.sharp.ssim.toFixed(4)],
  ["", "Porch", (row) => row.porch.ssim.toFixed(4)],
];

const ratio = (row, figure) => row.porch[figure] / row.sharp[figure];
const grown = ({ peak, base }) => peak - base;

/** Each row has a `file`, `sharp` and `porch`, and in `extra` the columns that only this table has: heading, side, cell. */
export function table(title, rows) {
  const extras = rows[0].extra.map(([group, side], i) => [group, side, (row) => row.extra[i][2]]);
  const columns = [...COLUMNS, ...extras];
  const lines = [
    ["", ...columns.map(([group]) => group)],
    ["", ...columns.map(([, side]) => side)],
    ...rows.map((row) => [row.file, ...columns.map(([, , cell]) => cell(row))]),
  ];
  const widths = lines[0].map((_, column) => Math.max(...lines.slice(1).map((line) => line[column].length), column ? 6 : 12));
  console.log(`\n${title}`);
  for (const line of lines) console.log(aligned(line, widths));
  for (const { file, sharp, porch } of rows.filter((row) => !same(row))) {
    const [ours, theirs] = [porch, sharp].map(({ picture, pages }) => `${picture.width}×${picture.height}, frames: ${pages}`);
    console.log(`! ${file}: not the same work: Porch made ${ours}; sharp ${theirs}`);
  }
}

/** A side may be rounded the other way. */
function same({ sharp, porch }) {
  const near = (side) => Math.abs(sharp.picture[side] - porch.picture[side]) <= 1;
  return near("width") && near("height") && sharp.pages === porch.pages;
}

/** A heading may reach to the left over the empty cells that follow it: it stands over its first column. */
function aligned(cells, widths) {
  let text = cells[0].padEnd(widths[0]);
  let end = widths[0];
  cells.slice(1).forEach((cell, i) => {
    end += widths[i + 1] + 2;
    if (cell) text = text.padEnd(Math.max(text.length + 1, end - Math.max(cell.length, widths[i + 1]))) + cell.padStart(widths[i + 1]);
  });
  return text;
}

/** The worst file of each case counts; other work than sharp's meets no aim. `tables`: name, rows, and whether Porch worked from the master. */
export function verdicts(tables) {
  const full = tables.filter((table) => !table.master);
  const fromMaster = tables.filter((table) => table.master);
  const highest = (figure) => (rows) => Math.max(...rows.map((row) => ratio(row, figure)));
  const leastAlike = (rows) => Math.min(...rows.map((row) => row.porch.toFull));
  const atMost = (aim) => (worst) => worst <= aim;
  const atLeast = (aim) => (worst) => worst >= aim;
  verdict(`CPU at most ${aims.cpu} of sharp's`, full, highest("cpu"), atMost(aims.cpu));
  verdict(`peak memory at most ${aims.memory} of sharp's`, full, highest("peak"), atMost(aims.memory));
  verdict(`CPU from the master at most ${aims.master} of sharp's on the original`, fromMaster, highest("cpu"), atMost(aims.master));
  verdict(
    `SSIM of what the master gives to what the original gives at least ${aims.likeness}`,
    fromMaster,
    leastAlike,
    atLeast(aims.likeness),
  );
}

function verdict(aim, tables, worst, meets) {
  if (tables.length === 0) return;
  const figures = tables.map(({ name, rows }) => {
    const figure = worst(rows);
    return { name, figure, met: rows.every(same) && meets(figure) };
  });
  const word = figures.every(({ met }) => met) ? "met" : "missed";
  const parts = figures.map(({ name, figure, met }) => `${name} ${figure.toFixed(3)}${met ? "" : " (missed)"}`);
  console.log(`${word.padEnd(6)}  ${aim}: ${parts.join(", ")}`);
}
