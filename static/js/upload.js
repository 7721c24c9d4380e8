// @ts-check
// Files that are too large for one request go up in pieces (tus 1.0): a broken line, a closed tab or a restart of the
// server costs the last piece at most, and the same file chosen again goes on where it stopped.
(() => {
  const FROM = 8 * 2 ** 20;
  const [SMALLEST, LARGEST] = [2 ** 20, 16 * 2 ** 20];
  /** Seconds before the next try. */
  const PAUSES = [0, 1, 3, 5, 10, 30];
  const SILENCE_MS = 30_000;
  const TUS = { "Tus-Resumable": "1.0.0" };

  const wait = (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds));

  /** Knows the same file again by its length, beginning and end; names and dates change from pick to pick on phones. */
  async function knownBy(file) {
    let [one, other] = [0xdeadbeef, 0x41c6ce57];
    for (const part of [file.slice(0, 2 ** 20), file.slice(-(2 ** 20))])
      for (const byte of new Uint8Array(await part.arrayBuffer())) {
        one = Math.imul(one ^ byte, 2654435761);
        other = Math.imul(other ^ byte, 1597334677);
      }
    return `${file.size}-${(one >>> 0).toString(16)}${(other >>> 0).toString(16)}`;
  }

  const coded = (text) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  /** What stands in the way for good: the words are for the person who chose the file. */
  class Refused extends Error {
    constructor(status, text) {
      super(text);
      this.status = status;
    }
  }

  async function detail(answer) {
    const said = await answer.json().catch(() => null);
    return said?.detail ?? "The server could not take it. Try again in a moment.";
  }

  /** Asks until there is an answer that says something. Away from the server it waits; signed out it asks to sign in. */
  async function ask(pick, path, options) {
    for (let tries = 0; ; tries += 1) {
      if (!pick.isConnected && options.method !== "DELETE") throw new Refused(0, "");
      const answer = await fetch(path, { ...options, headers: { Accept: "application/json", ...options.headers } }).catch(() => null);
      if (answer?.status === 401) await new Promise((/** @type {any} */ done) => Porch.signInThen(done));
      else if (answer && answer.status < 500 && answer.status !== 429) return answer;
      else if (answer?.status === 507) throw new Refused(507, await detail(answer));
      await wait(PAUSES[Math.min(tries, PAUSES.length - 1)]);
    }
  }

  async function begin(pick, file, key, known) {
    const parts = { filename: file.name, draft: key, known_by: known };
    const metadata = Object.entries(parts).map(([name, text]) => `${name} ${coded(text)}`);
    const headers = { ...TUS, "Upload-Length": String(file.size), "Upload-Metadata": metadata.join(",") };
    const answer = await ask(pick, "/uploads", { method: "POST", headers });
    if (answer.status !== 201) throw new Refused(answer.status, await detail(answer));
    return answer.headers.get("Location");
  }

  /** How much is there; null where the upload is not. */
  async function offset(pick, path) {
    const answer = await ask(pick, path, { method: "HEAD", headers: TUS });
    return answer.ok ? Number(answer.headers.get("Upload-Offset")) : null;
  }

  /** One piece; its status, 0 where the line broke. */
  function piece(pick, path, at, blob, tell) {
    return new Promise((done) => {
      const request = new XMLHttpRequest();
      let silent = 0;
      const alive = () => {
        clearTimeout(silent);
        silent = setTimeout(() => request.abort(), SILENCE_MS);
      };
      request.upload.onprogress = ({ loaded }) => {
        alive();
        tell(at + loaded);
      };
      request.onloadend = () => {
        clearTimeout(silent);
        pick.request = null;
        done({ status: request.status, at: Number(request.getResponseHeader("Upload-Offset")), text: request.responseText });
      };
      request.open("PATCH", path);
      const headers = {
        ...TUS,
        "Upload-Offset": String(at),
        "Content-Type": "application/offset+octet-stream",
        Accept: "application/json",
      };
      for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
      pick.request = request;
      alive();
      request.send(blob);
    });
  }

  const worded = (text) => {
    try {
      return JSON.parse(text).detail;
    } catch {
      return null;
    }
  };

  /** Sends all pieces, from wherever the server has the file to; the address of the upload. */
  async function sendAll(pick, file, key, tell) {
    const known = await knownBy(file);
    const unfinished = await ask(pick, "/uploads", { method: "GET" });
    const before = unfinished.ok ? (await unfinished.json()).uploads.find((upload) => upload.known_by === known) : null;
    let path = before ? `/uploads/${before.id}` : await begin(pick, file, key, known);
    pick.upload = path;
    document.querySelector(`[data-unfinished="${before?.id}"]`)?.remove();
    let at = before ? ((await offset(pick, path)) ?? 0) : 0;
    let [size, failures] = [SMALLEST, 0];
    tell(at);
    while (at < file.size) {
      if (!pick.isConnected) throw new Refused(0, "");
      if (pick.paused) await pick.paused;
      const since = performance.now();
      const sent = await piece(pick, path, at, file.slice(at, at + size), tell);
      if (sent.status === 204) {
        at = sent.at;
        failures = 0;
        const took = performance.now() - since;
        if (took < 4000) size = Math.min(LARGEST, 2 * size);
        else if (took > 20_000) size = Math.max(SMALLEST, size / 2);
        continue;
      }
      if ([400, 412, 413, 415, 422].includes(sent.status)) throw new Refused(sent.status, worded(sent.text) ?? "It is not taken.");
      if (sent.status === 404) {
        // Forgotten, or cancelled on another page.
        path = await begin(pick, file, key, known);
        pick.upload = path;
        at = 0;
        continue;
      }
      size = Math.max(SMALLEST, size / 2);
      if (!pick.paused) await wait(PAUSES[Math.min(failures++, PAUSES.length - 1)]);
      if (pick.paused) await pick.paused;
      at = (await offset(pick, path)) ?? at;
      tell(at);
    }
    return path;
  }

  Porch.goesInPieces = (file) => file.size > FROM;

  /** Sends a file in pieces and waits until it was taken in; `tell` hears how much of it is there. */
  Porch.inPieces = async (pick, file, key, tell) => {
    try {
      const path = await sendAll(pick, file, key, tell);
      for (let tries = 0; ; tries += 1) {
        const answer = await ask(pick, `/compose${path}`, { method: "GET" });
        if (answer.status !== 202) return { status: answer.status, text: await answer.text() };
        await wait(Math.min(3, 0.3 * (tries + 1)));
      }
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      // Taken away by whoever chose it.
      if (!pick.isConnected && pick.upload) await ask(pick, pick.upload, { method: "DELETE", headers: TUS });
      return { status: error.status, text: JSON.stringify({ detail: error.message }) };
    }
  };

  // "Pause" and "Go on".
  document.addEventListener("click", (/** @type {any} */ event) => {
    const button = event.target.closest("[data-pause]");
    const pick = button?.closest(".pick");
    if (!pick) return;
    if (pick.goOn) {
      pick.goOn();
      pick.paused = pick.goOn = null;
    } else {
      pick.paused = new Promise((done) => (pick.goOn = done));
      pick.request?.abort();
    }
    button.querySelector("span").textContent = pick.paused ? "Go on" : "Pause";
    pick.classList.toggle("is-paused", Boolean(pick.paused));
  });
})();
