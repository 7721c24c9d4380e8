// The line between browser and server, in our hands. A browser's own "offline" leaves open sockets
// alive, so this is a real TCP line that can be cut, stalled, slowed and mended.
import { connect, createServer } from "node:net";

/** A socket that was ended already cannot be reset: Node 20 then never leaves the process. */
const reset = (socket) => (socket.writableEnded ? socket.destroy() : socket.resetAndDestroy());

export class Line {
  #server;
  #pairs = new Set();
  #state = "open";
  #bytesPerSecond = Infinity;
  /** Bytes that came from the browser's side. */
  sent = 0;
  /** The server's port, once it is known. */
  target = 0;

  static async open() {
    const line = new Line();
    line.#server = createServer({ pauseOnConnect: true }, (near) => line.#accept(near));
    await new Promise((done) => line.#server.listen(0, "127.0.0.1", done));
    return line;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** What is open breaks, what is tried is refused. */
  cut() {
    this.#state = "cut";
    for (const pair of [...this.#pairs]) pair.break();
  }

  /** Everything stays open and new connections are taken, but nothing gets through: a dead line that does not say so. */
  stall() {
    this.#state = "stalled";
  }

  /** What is open now falls silent for ever, as after a long sleep; what is tried next works. */
  abandon() {
    for (const pair of this.#pairs) pair.held = true;
  }

  slow(bytesPerSecond) {
    this.#bytesPerSecond = bytesPerSecond;
  }

  mend() {
    this.#state = "open";
    this.#bytesPerSecond = Infinity;
    // What was held back never arrives: those connections are dead.
    for (const pair of [...this.#pairs]) if (pair.held) pair.break();
  }

  async close() {
    this.cut();
    await new Promise((done) => this.#server.close(done));
  }

  #accept(near) {
    near.on("error", () => {});
    if (this.#state === "cut") {
      near.resetAndDestroy();
      return;
    }
    const pair = { held: this.#state === "stalled" };
    this.#pairs.add(pair);
    const far = pair.held ? null : connect(this.target, "127.0.0.1");
    pair.break = () => {
      this.#pairs.delete(pair);
      reset(near);
      far?.destroy();
    };
    near.on("close", pair.break);
    if (!far) return;
    far.on("error", () => {});
    far.on("close", () => near.end());
    this.#carry(near, far, pair, (bytes) => (this.sent += bytes));
    this.#carry(far, near, pair);
  }

  #carry(from, to, pair, count = () => {}) {
    const pass = async () => {
      for await (const chunk of from) {
        count(chunk.length);
        if (this.#state === "stalled") pair.held = true;
        if (!pair.held) await this.#give(chunk, to);
      }
      to.end();
    };
    pass().catch(pair.break);
  }

  async #give(chunk, to) {
    let rest = chunk;
    while (rest.length && !to.destroyed) {
      const piece = rest.subarray(0, Math.min(rest.length, Math.max(1024, this.#bytesPerSecond / 20)));
      rest = rest.subarray(piece.length);
      if (!to.write(piece)) {
        await new Promise((done) => {
          to.once("drain", done);
          to.once("close", done);
        });
      }
      const wait = (piece.length / this.#bytesPerSecond) * 1000;
      if (wait >= 1) await new Promise((done) => setTimeout(done, wait));
    }
  }
}
