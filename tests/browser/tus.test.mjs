// The official client of tus 1.0 as the judge of our uploads: whole, in pieces, with the first piece, stopped and gone on
// with, and thrown away.
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";

import * as tus from "tus-js-client";

import { plain } from "./picture.mjs";
import { story } from "./story.mjs";

const BYTES = 12 * 2 ** 20;
const DRAFT = "tus-draft-0123456789";

/** A picture of 12 MB: after its end a PNG may hold anything. */
function heavy(name) {
  const picture = plain(name);
  return Buffer.concat([picture.buffer, randomBytes(BYTES - picture.buffer.length)]);
}

/** A member's own client, and what the API says. */
async function sender(stage) {
  const house = await stage.house();
  const ada = await house.member("ada");
  const login = new URLSearchParams({ username: ada.email, password: ada.password });
  const { text } = await ada.send("POST", "/auth/jwt/login", login, 200, { Accept: "application/json" });
  const headers = { Authorization: `Bearer ${JSON.parse(text).access_token}` };
  const ask = async (path) => (await fetch(house.direct + path, { headers: { ...headers, Accept: "application/json" } })).json();
  return { house, headers, ask };
}

/** Begins to send; `done` says how it ended. */
function upload({ house, headers }, name, bytes, options = {}) {
  const sent = [];
  let upload;
  const done = new Promise((ended, failed) => {
    upload = new tus.Upload(bytes, {
      endpoint: `${house.direct}/uploads`,
      headers,
      retryDelays: null,
      metadata: { filename: name, filetype: "image/png", draft: DRAFT },
      onSuccess: () => ended(sent),
      onError: failed,
      onChunkComplete: (size) => sent.push(size),
      ...options,
    });
  });
  upload.start();
  return { upload, done };
}

/** Waits until the draft holds so many files. */
async function drafted({ ask }, count) {
  for (let tries = 0; tries < 200; tries += 1) {
    const { media } = await ask(`/drafts/${DRAFT}`);
    if (media?.length === count) return media;
    await new Promise((later) => setTimeout(later, 50));
  }
  throw new Error(`the draft has not ${count} files`);
}

story("tus-js-client sends a file whole, in pieces, and with the first piece", async (stage) => {
  const at = await sender(stage);
  await upload(at, "whole.png", heavy("a.png")).done;
  const pieces = await upload(at, "pieces.png", heavy("b.png"), { chunkSize: 2 ** 20 }).done;
  assert.equal(pieces.length, 12);
  await upload(at, "first.png", heavy("c.png"), { chunkSize: 4 * 2 ** 20, uploadDataDuringCreation: true }).done;
  await upload(at, "posted.png", heavy("d.png"), { overridePatchMethod: true }).done;
  const media = await drafted(at, 4);
  assert.deepEqual(media.map(({ file_name }) => file_name).sort(), ["first.png", "pieces.png", "posted.png", "whole.png"]);
  assert.deepEqual((await at.ask("/uploads")).uploads, []);
});

story("tus-js-client goes on where it stopped, and throws away", async (stage) => {
  const at = await sender(stage);
  const bytes = heavy("a.png");
  const first = upload(at, "stopped.png", bytes, {
    chunkSize: 2 ** 20,
    onChunkComplete: (_, accepted) => accepted >= 5 * 2 ** 20 && first.upload.abort(),
  });
  let kept;
  for (let tries = 0; tries < 200 && !(kept?.received >= 5 * 2 ** 20); tries += 1) {
    [kept] = (await at.ask("/uploads")).uploads;
    await new Promise((later) => setTimeout(later, 25));
  }
  const rest = upload(at, "stopped.png", bytes, { uploadUrl: `${at.house.direct}/uploads/${kept.id}`, chunkSize: 2 ** 20 });
  const sent = await rest.done;
  assert.ok(sent.length <= 7, `${sent.length} MB were sent again`);
  await drafted(at, 1);
  const thrown = upload(at, "thrown.png", heavy("b.png"), { chunkSize: 2 ** 20 });
  while (!thrown.upload.url) await new Promise((later) => setTimeout(later, 10));
  await thrown.upload.abort(true);
  assert.deepEqual((await at.ask("/uploads")).uploads, []);
});

story("tus-js-client hears why a file is not taken", async (stage) => {
  const at = await sender(stage);
  const words = Buffer.from("Only words, and no picture.\n".repeat(2000));
  await assert.rejects(upload(at, "letter.png", words).done, (error) => {
    const answer = error.originalResponse;
    return answer.getStatus() === 415 && /letter\.png: This is a text file/.test(answer.getBody());
  });
});
