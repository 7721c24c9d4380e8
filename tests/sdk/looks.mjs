// What a row of the table can say about an answer, pixel by pixel. `looks.py` says the same.
import assert from "node:assert/strict";

import jpeg from "jpeg-js";
import { PNG } from "pngjs";

const NEAR = 24;
const FAR = 60;

const KINDS = { "image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP" };

/** RRGGBB, or RRGGBBAA. */
const colour = (text) => [...Buffer.from(text.length === 8 ? text : `${text}FF`, "hex")];

function decode(kind, bytes) {
  if (kind === "PNG") return PNG.sync.read(bytes);
  if (kind === "JPEG") return jpeg.decode(bytes, { useTArray: true });
  assert.equal(bytes.toString("latin1", 0, 4) + bytes.toString("latin1", 8, 12), "RIFFWEBP");
  return null;
}

/** Whether a JPEG's frame is a progressive one: the marker of its first frame says so. */
function isProgressive(bytes) {
  for (let at = 2; at < bytes.length; at += 2 + bytes.readUInt16BE(at + 2)) {
    if ([0xc0, 0xc1, 0xc2].includes(bytes[at + 1])) return bytes[at + 1] === 0xc2;
  }
  return false;
}

export class Look {
  constructor(type, bytes) {
    this.kind = KINDS[type];
    assert.ok(this.kind, `a picture, not ${type}`);
    this.bytes = bytes;
    this.picture = decode(this.kind, bytes);
  }

  get size() {
    return [this.picture.width, this.picture.height];
  }

  pixel(x, y) {
    const [width, height] = this.size;
    const at = (((y + height) % height) * width + ((x + width) % width)) * 4;
    return [...this.picture.data.subarray(at, at + 4)];
  }

  /** All that the row says; `other` gives the Look of other steps of the same picture. */
  async check(row, other) {
    for (const [name, check] of Object.entries(CHECKS)) {
      if (name in row) check(this, row[name], row.near ?? NEAR);
    }
    for (const [name, compare] of Object.entries(COMPARED)) {
      if (name in row) compare(this, await other(row[name]));
    }
    if (row.changed) changed(this, await other([{ format: "png" }]), row.changed);
  }

  /** Calls with every pixel's red, green, blue and alpha. */
  each(see) {
    const { data } = this.picture;
    for (let at = 0; at < data.length; at += 4) see(data[at], data[at + 1], data[at + 2], data[at + 3]);
  }

  /** The box around all that is not as in the other picture, or null. */
  box(other) {
    const [width] = this.size;
    const [one, two] = [this.picture.data, other.picture.data];
    let box = null;
    for (let at = 0; at < one.length; at += 1) {
      if (Math.abs(one[at] - two[at]) <= NEAR) continue;
      const [x, y] = [(at >> 2) % width, Math.floor((at >> 2) / width)];
      box ??= [x, y, x + 1, y + 1];
      box = [Math.min(box[0], x), Math.min(box[1], y), Math.max(box[2], x + 1), Math.max(box[3], y + 1)];
    }
    return box;
  }

  /** How much neighbours differ. */
  edges() {
    const { data, width } = this.picture;
    let sum = 0;
    for (let at = 4; at < data.length; at += 4) {
      if ((at >> 2) % width > 0) sum += Math.abs(data[at + 1] - data[at - 3]);
    }
    return sum;
  }
}

function near(have, want, delta, message) {
  assert.ok(have.length >= want.length, message);
  want.forEach((value, n) => assert.ok(Math.abs(have[n] - value) <= delta, `${message}: ${have}, not ${want}`));
}

const CHECKS = {
  size: (look, size) => near(look.size, size, 1, "size"),
  kind: (look, kind) => assert.equal(look.kind, kind),
  progressive: (look, wanted) => assert.equal(isProgressive(look.bytes), wanted),
  at(look, points, delta) {
    for (const [x, y, wanted] of points) {
      const pixel = look.pixel(x, y);
      const message = `at ${x}, ${y}`;
      if (wanted === "clear") assert.ok(pixel[3] <= delta, `${message}: ${pixel}, not clear`);
      else if (wanted === "*") assert.ok(pixel[3] >= 255 - delta, `${message}: ${pixel}, not opaque`);
      else near(pixel, colour(wanted), delta, message);
    }
  },
  gray(look) {
    let most = 0;
    look.each((red, green, blue) => (most = Math.max(most, Math.abs(red - green), Math.abs(green - blue))));
    assert.ok(most <= 2, `a colour is ${most} away from grey`);
  },
  /** As dark as this somewhere, and as light as that. */
  levels(look, [dark, light]) {
    let [low, high] = [255, 0];
    look.each((red, green, blue) => {
      const level = 0.299 * red + 0.587 * green + 0.114 * blue;
      [low, high] = [Math.min(low, level), Math.max(high, level)];
    });
    assert.ok(low <= dark && high >= light, `levels from ${low} to ${high}`);
  },
  /** This colour covers so much of the picture, from 0 to 1. */
  share(look, [wanted, least, most]) {
    const [r, g, b] = colour(wanted);
    let count = 0;
    look.each((red, green, blue) => {
      if (Math.max(Math.abs(red - r), Math.abs(green - g), Math.abs(blue - b)) < FAR) count += 1;
    });
    const share = count / (look.size[0] * look.size[1]);
    assert.ok(share >= least && share <= most, `${wanted} covers ${share.toFixed(4)}, not ${least} to ${most}`);
  },
  /** The first place is more opaque than the second, which is clear. */
  shade(look, [shaded, clear]) {
    const [more, less] = [look.pixel(...shaded)[3], look.pixel(...clear)[3]];
    assert.ok(more > 5 && less <= 2, `shaded ${more}, clear ${less}`);
  },
  /** Either the top or the bottom has this colour. */
  ends(look, wanted) {
    const [width] = look.size;
    const means = [0, -1].map((y) => {
      const sum = [0, 0, 0];
      for (let x = 0; x < width; x += 1)
        look
          .pixel(x, y)
          .slice(0, 3)
          .forEach((value, n) => (sum[n] += value));
      return sum.map((value) => value / width);
    });
    const close = means.map((mean) => mean.every((value, n) => Math.abs(value - colour(wanted)[n]) < 20));
    assert.notEqual(close[0], close[1], `top and bottom are ${means.join(" and ")}`);
  },
};

const COMPARED = {
  alike(look, other) {
    assert.deepEqual(look.size, other.size);
    assert.equal(look.box(other), null, "the pictures differ");
  },
  unlike(look, other) {
    const same = look.size.join() === other.size.join() && look.box(other) === null;
    assert.ok(!same, "the pictures are the same");
  },
  smallerThan: (look, other) => assert.ok(look.bytes.length < other.bytes.length, `${look.bytes.length} bytes`),
  sharperThan: (look, other) => assert.ok(look.edges() > other.edges() * 1.05, `${look.edges()} to ${other.edges()}`),
};

function changed(look, plain, said) {
  assert.deepEqual(look.size, plain.size);
  const box = look.box(plain);
  assert.ok(box, "nothing changed");
  const message = `changed within ${box}`;
  if (said.box) near(box, said.box, 3, message);
  if (said.leftTop) near(box, said.leftTop, 3, message);
  if (said.rightBottom) near(box.slice(2), said.rightBottom, 3, message);
  if (said.centre) near([(box[0] + box[2]) / 2, (box[1] + box[3]) / 2], said.centre, 3, message);
  const [left, top, right, bottom] = said.within ?? [0, 0, Infinity, Infinity];
  assert.ok(box[0] >= left && box[1] >= top && box[2] <= right && box[3] <= bottom, message);
  const extent = [box[2] - box[0], box[3] - box[1]];
  extent.forEach((length, n) => {
    assert.ok(length >= (said.atLeast?.[n] ?? 0) && length <= (said.atMost?.[n] ?? Infinity), message);
  });
}
