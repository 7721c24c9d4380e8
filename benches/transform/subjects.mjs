// The files that are worked on. The samples hold no 4:2:0 photo of 12 megapixels: two of 8 and 9 are enlarged a
// little, one of 3 is mirrored into four, and the quality gives them as many bits a pixel as the phones wrote, 1.9.
import { copyFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";

export async function prepare(samples, folder) {
  const sample = (name) => join(samples, name);
  const made = async (name, pipeline) => {
    const path = join(folder, name);
    writeFileSync(path, await pipeline.toBuffer());
    return path;
  };
  const blossom = sample("jpeg/iphone-6-gps.jpg");
  const pythagoras = join(folder, "pythagoras.gif");
  copyFileSync(sample("gif/large-animation.gif"), pythagoras);
  return {
    photos: [
      await made("blossom.jpg", camera(sharp(blossom).resize(4032, 3024))),
      await made("sea.jpg", camera(sharp(sample("jpeg/nokia-8.3-gps.jpg")).resize(5290, 2268, { fit: "fill" }))),
      await made("desk.jpg", camera(await mirrored(sample("jpeg/motion-photo.jpg"))).withMetadata({ orientation: 8 })),
    ],
    pictures: [
      await made(
        "cut-out.png",
        sharp(blossom)
          .resize(1600, 1200)
          .composite([{ input: Buffer.from(HOLE), blend: "dest-in" }])
          .png(),
      ),
      await made("drawing.png", sharp(Buffer.from(DRAWING)).png()),
    ],
    animations: [pythagoras, await made("pan.gif", await pan(blossom))],
  };
}

const camera = (picture) => picture.jpeg({ quality: 96, chromaSubsampling: "4:2:0" });

async function mirrored(file) {
  const { data, info } = await sharp(file).raw().toBuffer({ resolveWithObject: true });
  const corner = () => sharp(data, { raw: info });
  const right = await corner().flop().raw().toBuffer();
  const below = await corner().flip().raw().toBuffer();
  const across = await corner().flip().flop().raw().toBuffer();
  const part = (input, left, top) => ({ input, raw: info, left, top });
  const { width, height } = info;
  return sharp({ create: { width: 2 * width, height: 2 * height, channels: 3, background: "black" } }).composite([
    part(data, 0, 0),
    part(right, width, 0),
    part(below, 0, height),
    part(across, width, height),
  ]);
}

/** A camera that moves over a photo: every pixel changes in every frame. */
async function pan(file) {
  const view = { width: 640, height: 480 };
  const wide = await sharp(file).resize(960).toBuffer();
  const frames = await Promise.all(
    Array.from({ length: 12 }, (_, frame) =>
      sharp(wide)
        .extract({ ...view, left: frame * 24, top: frame * 16 })
        .png()
        .toBuffer(),
    ),
  );
  return sharp(frames, { join: { animated: true } }).gif({ delay: 80, effort: 1 });
}

const HOLE = `<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200">
  <radialGradient id="fade"><stop offset="0.7" stop-color="#fff"/><stop offset="1" stop-color="#fff" stop-opacity="0"/></radialGradient>
  <ellipse cx="800" cy="600" rx="790" ry="590" fill="url(#fade)"/></svg>`;

const DRAWING = `<svg xmlns="http://www.w3.org/2000/svg" width="1600" height="1200">
  ${Array.from({ length: 60 }, (_, i) => {
    const turn = (i * 137.5 * Math.PI) / 180;
    const place = `cx="${800 + Math.cos(turn) * i * 12}" cy="${600 + Math.sin(turn) * i * 9}"`;
    return `<circle ${place} r="${20 + i}" fill="hsl(${(i * 47) % 360},70%,55%)" fill-opacity="${i % 3 ? 1 : 0.5}" stroke="#222" stroke-width="4"/>`;
  }).join("")}</svg>`;
