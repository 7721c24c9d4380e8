// A community to look at: serves Porch from `target/dev` and, the first time, fills it with twelve people and sixty
// posts. Started by `bin/dev`.
import { spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join, resolve } from "node:path";

import { Member } from "../browser/member.mjs";
import { plain } from "../browser/picture.mjs";

const PORT = process.env.ROCKET_PORT ?? "8000";
const DATA = resolve("target/dev");
const PEOPLE = ["ada", "ben", "cleo", "dan", "eve", "finn", "grace", "hugo", "iris", "jon", "kira", "leo"];
const POSTS = 60;
/** So many come while somebody may be looking, one every few seconds. */
const LATER = 6;
const EVERY = 10_000;

const WORDS = [
  "First frost on the allotment. The leeks do not mind.",
  "Low tide, and nobody there but us.",
  "The choir in the old pump house: better acoustics than the church.",
  "Look who found the warmest place in the workshop.",
  "Halfway up, before the fog came in.",
  "Grandma's recipe, third attempt. This time it rose.",
  "The bridge is open again!",
  "Sunday league: we lost, and it was wonderful.",
  "New shelves in the library corner. Bring a book, take a book.",
  "Somebody left this view lying about.",
  "Rehearsal until the lights went out.",
  "The children say it is a dragon.",
  "Two hours up, one pear each, nobody fell into the stream.",
  "Does anybody know this plant? It came with the seeds from the market.",
  "Late light over the roofs.",
  "Found on the last roll of film from 1998. Who is the one on the left? We think it is Hugo, long before he moved away and came back with a beard, a dog and opinions about coffee. If you have more of that summer, please post them here.",
  "Repair café, table three: it plays records again.",
  "",
  "Market day.",
  "The pond froze over night. Not thick enough yet: please stay off.",
];

const KINDS = {
  ".jpg": "image/jpeg",
  ".png": "image/png",
  ".webp": "image/webp",
  ".gif": "image/gif",
  ".mp4": "video/mp4",
  ".webm": "video/webm",
};

/** Files of the samples that are worth looking at; without samples, fields of colour. */
function pictures() {
  const samples = process.env.PORCH_SAMPLES;
  const folders = ["jpeg", "png", "webp", "gif", "video"].filter((name) => samples && existsSync(join(samples, name)));
  const found = folders.flatMap((name) => {
    const folder = join(samples, name);
    const files = readdirSync(folder).filter((file) => extname(file) in KINDS);
    const read = files.map((file) => ({ name: file, mimeType: KINDS[extname(file)], buffer: readFileSync(join(folder, file)) }));
    // Small ones prove something to a test and show nothing to a person.
    return read.filter(({ buffer }) => buffer.length > 60_000).slice(0, name === "video" ? 4 : 20);
  });
  if (found.length) return found;
  const colours = Array.from({ length: 12 }, (_, n) => [90 + ((n * 53) % 140), 70 + ((n * 97) % 150), 60 + ((n * 31) % 160)]);
  return colours.map((colour, n) => plain(`${n}.png`, n % 3 ? [960, 640] : [640, 960], colour));
}

const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

/** Serves, and hands over what the server has said so far once it listens. */
function serve() {
  const env = { ...process.env, PORCH_DATA: DATA, ROCKET_PORT: PORT, PORCH_RATE_LIMIT: "off", PORCH_ARGON2_MEMORY_KIB: "64" };
  const server = spawn(resolve("target/debug/porch"), [], { env, stdio: ["ignore", "pipe", "inherit"] });
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => server.kill(signal));
  server.once("exit", (code) => process.exit(code ?? 0));
  return new Promise((ready) => {
    let said = "";
    server.stdout.on("data", (bytes) => {
      said += bytes;
      if (said.includes("Porch is at ")) ready(said);
    });
  });
}

/** Everybody comes in; the first one sets the place up. */
async function gather(house, key) {
  const [first, ...others] = PEOPLE.map((name) => new Member(house, name));
  await first.send("POST", "/setup", first.form({ site_name: "Larkfield Hill Club", key }), 303);
  for (const member of others) await member.send("POST", "/register", member.form(), 303);
  return [first, ...others];
}

/** The post of that number, by whoever's turn it is; a file that is refused gives way to the next. */
async function post(members, files, number) {
  const member = members[(number * 5) % members.length];
  const several = number % 7 === 3 ? 3 : 1;
  for (let skip = 0; skip < files.length; skip += 1) {
    const chosen = Array.from({ length: several }, (_, n) => files[(number * 3 + n + skip) % files.length]);
    const sent = await member.post(WORDS[number % WORDS.length], { files: chosen }).catch(() => null);
    if (sent) return;
  }
}

const said = await serve();
const house = { url: `http://127.0.0.1:${PORT}`, direct: `http://127.0.0.1:${PORT}` };
const key = said.match(/setup\?key=(\S+)/)?.[1];
const { email, password } = new Member(house, PEOPLE[0]);
if (key) {
  const files = pictures();
  const members = await gather(house, key);
  for (let number = 0; number < POSTS - LATER; number += 1) {
    await post(members, files, number);
    process.stdout.write(`\r${number + 1} of ${POSTS} posts`);
  }
  console.log(`\nOpen ${house.url}/ and sign in as ${email} with “${password}”. A few more posts come while you look.`);
  for (let number = POSTS - LATER; number < POSTS; number += 1) {
    await pause(EVERY);
    await post(members, files, number);
  }
} else {
  console.log(`Open ${house.url}/ and sign in as ${email} with “${password}”.`);
}
