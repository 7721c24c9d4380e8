// A server of our own: a free port, a fresh data folder, and members who come through the door by HTTP.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

import { Member } from "./member.mjs";

const BINARY = resolve(process.env.PORCH_BINARY ?? "target/debug/porch");
const READY = "Porch is at ";

/** What a start needs to be quick, and what no story may wait for. */
const QUICK = { PORCH_ARGON2_MEMORY_KIB: "64", PORCH_RATE_LIMIT: "off", PORCH_HEARTBEAT: "1s" };

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  return port;
}

export class House {
  #process = null;
  #env;
  #members = new Map();
  log = "";

  /** Starts a server. `line` is what browsers reach it through; `empty` leaves its first run to the story. */
  static async open({ line = null, empty = false, env = {} } = {}) {
    const house = new House();
    const port = await freePort();
    house.folder = mkdtempSync(join(tmpdir(), "porch-browser-"));
    house.direct = `http://127.0.0.1:${port}`;
    house.url = line?.url ?? house.direct;
    if (line) line.target = port;
    const ours = Object.entries(process.env).filter(([name]) => !/^(PORCH|ROCKET)_|^DATABASE_URL$/.test(name));
    const address = { ROCKET_ADDRESS: "127.0.0.1", ROCKET_PORT: String(port), PORCH_DATA: join(house.folder, "data") };
    house.#env = {
      ...Object.fromEntries(ours),
      ...QUICK,
      ...address,
      ...(line && { PORCH_PUBLIC_URL: line.url }),
      ...(env.PORCH_SMTP_URL && { PORCH_PUBLIC_URL: house.url }),
      ...env,
    };
    try {
      await house.start();
    } catch (error) {
      // Somebody else took the port in between.
      if (!house.log.includes("Address already in use")) throw error;
      await house.close();
      return House.open({ line, empty, env });
    }
    if (!empty) await house.#found();
    return house;
  }

  async start() {
    const child = spawn(BINARY, [], { cwd: this.folder, env: this.#env, stdio: ["ignore", "pipe", "pipe"] });
    this.#process = child;
    // A run that is broken off leaves nobody behind.
    const end = () => child.kill("SIGKILL");
    process.once("exit", end);
    child.once("exit", () => process.off("exit", end));
    await new Promise((ready, failed) => {
      const hear = (bytes) => {
        this.log += bytes;
        if (String(bytes).includes(READY)) ready();
      };
      child.stdout.on("data", hear);
      child.stderr.on("data", hear);
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`The server ended with ${code} at its start.\n${this.log}`)));
    });
  }

  /** Ends the server politely (SIGTERM) or not (SIGKILL); `start` brings it back on the same port and folder. */
  async stop(signal = "SIGTERM") {
    const child = this.#process;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  }

  async close() {
    await this.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #found() {
    const fay = new Member(this, "fay");
    // With a public address the link is asked for from this machine too.
    const link = /setup\?key=(\S+)\n/;
    while (!link.test(this.log)) await new Promise((again) => setTimeout(again, 5));
    const [, key] = this.log.match(link);
    await fay.send("POST", "/setup", fay.form({ site_name: "Larkfield Hill Club", key }), 303);
    this.#members.set("fay", fay);
  }

  /** The member of that name, who registers when first asked for. */
  async member(name) {
    if (!this.#members.has(name)) {
      const member = new Member(this, name);
      await member.send("POST", "/register", member.form(), 303);
      this.#members.set(name, member);
    }
    return this.#members.get(name);
  }
}
