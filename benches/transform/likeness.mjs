// How much a result looks like what it should be: PSNR over red, green and blue, SSIM over brightness.
// The reference is a Lanczos-3 in floating point over every pixel of the source. It is not sharp's own: that averages
// pixels first when it shrinks four times or more, and so would favour sharp.
import { readFileSync } from "node:fs";
import sharp from "sharp";

const LOBES = 3;
const GREY = 128;

/** What is transparent is shown on grey; of an animation the first frame. */
export async function decode(file) {
  const { data, info } = await sharp(readFileSync(file))
    .autoOrient()
    .toColourspace("srgb")
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  const pixels = new Uint8ClampedArray(width * height * 3);
  for (let from = 0, to = 0; from < data.length; from += 4) {
    const alpha = data[from + 3] / 255;
    for (let channel = 0; channel < 3; channel++) pixels[to++] = data[from + channel] * alpha + GREY * (1 - alpha);
  }
  return { width, height, pixels };
}

/** PSNR and SSIM to the reference of the same part of the source; rows above `from` do not count. */
export function compare(result, source, { crop = false, written: from = 0 }) {
  const { width, height } = result;
  const parts = crop ? middles(source, width, height) : [{ left: 0, top: 0, across: source.width, down: source.height }];
  return parts
    .map((part) => likeness(result, resize(source, part, width, height), from))
    .reduce((best, other) => (other.psnr > best.psnr ? other : best));
}

export function likeness(one, other, from = 0) {
  return { psnr: psnr(one, other, from), ssim: ssim(brightness(one), brightness(other), one.width, from, one.height) };
}

/** Pixels above row `to` that are clearly brighter than in the source: the white text. */
export function ink(result, source, to) {
  const { width, height } = result;
  const whole = { left: 0, top: 0, across: source.width, down: source.height };
  const before = brightness(resize(source, whole, width, height));
  return brightness(result)
    .subarray(0, to * width)
    .filter((light, i) => light > before[i] + 30).length;
}

/** Which middle is cut out depends on whether the side that is cut is rounded first: half a pixel that is nobody's fault. */
function middles(source, width, height) {
  const scale = Math.max(width / source.width, height / source.height);
  const part = (fullWidth, fullHeight, round) => {
    const [x, y] = [source.width / fullWidth, source.height / fullHeight];
    return { left: round((fullWidth - width) / 2) * x, top: round((fullHeight - height) / 2) * y, across: width * x, down: height * y };
  };
  const [fullWidth, fullHeight] = [source.width * scale, source.height * scale];
  const rounded = [Math.round(fullWidth), Math.round(fullHeight)];
  return [part(fullWidth, fullHeight, (side) => side), part(...rounded, Math.floor), part(...rounded, Math.ceil)];
}

function resize(source, part, width, height) {
  const columns = taps(source.width, part.left, part.across, width);
  const rows = taps(source.height, part.top, part.down, height);
  const narrow = new Float32Array(source.height * width * 3);
  for (let y = 0, to = 0; y < source.height; y++) {
    for (const { first, weights } of columns) {
      let [red, green, blue] = [0, 0, 0];
      for (let i = 0, at = (y * source.width + first) * 3; i < weights.length; i++, at += 3) {
        red += source.pixels[at] * weights[i];
        green += source.pixels[at + 1] * weights[i];
        blue += source.pixels[at + 2] * weights[i];
      }
      narrow[to++] = red;
      narrow[to++] = green;
      narrow[to++] = blue;
    }
  }
  const pixels = new Float32Array(width * height * 3);
  rows.forEach(({ first, weights }, y) => {
    const row = pixels.subarray(y * width * 3, (y + 1) * width * 3);
    weights.forEach((weight, i) => {
      const from = (first + i) * width * 3;
      for (let at = 0; at < row.length; at++) row[at] += narrow[from + at] * weight;
    });
  });
  for (let at = 0; at < pixels.length; at++) pixels[at] = Math.min(255, Math.max(0, pixels[at]));
  return { width, height, pixels };
}

function taps(length, start, span, count) {
  const step = span / count;
  const reach = LOBES * Math.max(1, step);
  return Array.from({ length: count }, (_, i) => {
    const centre = start + (i + 0.5) * step;
    const first = Math.max(0, Math.ceil(centre - reach - 0.5));
    const last = Math.min(length - 1, Math.floor(centre + reach - 0.5));
    const raw = Float64Array.from({ length: last - first + 1 }, (_, k) => lanczos(((first + k + 0.5 - centre) * LOBES) / reach));
    const sum = raw.reduce((a, b) => a + b);
    return { first, weights: raw.map((weight) => weight / sum) };
  });
}

function lanczos(x) {
  if (Math.abs(x) < 1e-9) return 1;
  const angle = Math.PI * x;
  return (LOBES * Math.sin(angle) * Math.sin(angle / LOBES)) / (angle * angle);
}

function psnr(one, other, from) {
  let sum = 0;
  const start = from * one.width * 3;
  for (let at = start; at < one.pixels.length; at++) sum += (one.pixels[at] - other.pixels[at]) ** 2;
  return 10 * Math.log10((255 * 255 * (one.pixels.length - start)) / sum);
}

function brightness({ width, height, pixels }) {
  return Float32Array.from(
    { length: width * height },
    (_, i) => 0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2],
  );
}

function ssim(one, other, width, from, height) {
  const [SIDE, STEP, C1, C2] = [8, 4, (0.01 * 255) ** 2, (0.03 * 255) ** 2];
  const count = SIDE * SIDE;
  let [total, windows] = [0, 0];
  for (let top = from; top + SIDE <= height; top += STEP) {
    for (let left = 0; left + SIDE <= width; left += STEP) {
      let [a, b, aa, bb, ab] = [0, 0, 0, 0, 0];
      for (let y = top; y < top + SIDE; y++) {
        for (let at = y * width + left; at < y * width + left + SIDE; at++) {
          a += one[at];
          b += other[at];
          aa += one[at] * one[at];
          bb += other[at] * other[at];
          ab += one[at] * other[at];
        }
      }
      const [meanA, meanB] = [a / count, b / count];
      const spread = aa / count - meanA ** 2 + bb / count - meanB ** 2;
      const shared = ab / count - meanA * meanB;
      total += ((2 * meanA * meanB + C1) * (2 * shared + C2)) / ((meanA ** 2 + meanB ** 2 + C1) * (spread + C2));
      windows++;
    }
  }
  return total / windows;
}
