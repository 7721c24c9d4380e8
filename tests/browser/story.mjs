// A story: one sentence about a visitor, told with houses, lines and visitors that are gone after it.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import { House } from "./house.mjs";
import { Line } from "./line.mjs";
import { Visitor } from "./visitor.mjs";

const OUT = fileURLToPath(new URL("out", import.meta.url));

class Stage {
  #leave = [];
  visitors = [];
  houses = [];

  async house(options) {
    const house = await House.open(options);
    this.houses.push(house);
    this.#leave.push(() => house.close());
    return house;
  }

  async line() {
    const line = await Line.open();
    this.#leave.push(() => line.close());
    return line;
  }

  async visitor(house, options) {
    const visitor = await Visitor.arrive(house, options);
    this.visitors.push(visitor);
    this.#leave.push(() => visitor.leave());
    return visitor;
  }

  /** What is still to be done when the story is over. */
  after(act) {
    this.#leave.push(act);
  }

  /** A house with one member at a browser, and another who acts from outside. */
  async two(options = {}, look = {}) {
    const house = await this.house(options);
    const [ada, ben] = [await house.member("ada"), await house.member("ben")];
    return { house, ada, ben: await this.visitor(house, { as: ben, ...look }) };
  }

  /** What a person needs who has to find out why: pictures of the pages and the servers' words. */
  async keep(name) {
    mkdirSync(OUT, { recursive: true });
    const path = join(OUT, name.replaceAll(/[^a-z0-9]+/gi, "-"));
    for (const [n, { page }] of this.visitors.entries())
      await page.screenshot({ path: `${path}-${n + 1}.png`, timeout: 5_000 }).catch(() => {});
    for (const { log } of this.houses) writeFileSync(`${path}.log`, log.slice(-200_000));
  }

  async strike() {
    for (const leave of this.#leave.reverse()) await leave();
  }
}

export function story(name, options, tell = options) {
  test(name, { timeout: 120_000, ...(tell === options ? {} : options) }, async () => {
    const stage = new Stage();
    try {
      await tell(stage);
      const problems = stage.visitors.flatMap(({ problems }) => problems);
      if (problems.length) throw new Error(`In a visitor's page:\n${problems.join("\n")}`);
    } catch (error) {
      await stage.keep(name);
      throw error;
    } finally {
      await stage.strike();
    }
  });
}

/** For stories that need a real file of the samples: its path, or why the story is left out. */
export const sample = (file) => process.env.PORCH_SAMPLES && join(process.env.PORCH_SAMPLES, file);
export const needsSamples = { skip: !process.env.PORCH_SAMPLES && "PORCH_SAMPLES names no folder" };
