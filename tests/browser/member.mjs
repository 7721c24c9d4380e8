// A member who needs no browser: what arranges a story goes through the same doors, by HTTP.
import { plain } from "./picture.mjs";

export class Member {
  #cookies = new Map();

  constructor(house, name) {
    this.house = house;
    this.name = name;
    this.email = `${name}@example.org`;
    this.password = `the long sentence of ${name}`;
  }

  form(more = {}) {
    const { email, password, name } = this;
    const shown = name[0].toUpperCase() + name.slice(1);
    return new URLSearchParams({ email, password, name: shown, handle: name, ...more });
  }

  /** One request as this member; an answer other than the expected one is an error. */
  async send(method, path, body, expected = 200, headers = {}) {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    const answer = await fetch(this.house.direct + path, {
      method,
      body,
      redirect: "manual",
      headers: { Accept: "text/html", Origin: this.house.url, ...(cookie && { Cookie: cookie }), ...headers },
    });
    for (const set of answer.headers.getSetCookie()) {
      const [name, value] = set.split(";")[0].split(/=(.*)/s);
      if (value) this.#cookies.set(name, value);
      else this.#cookies.delete(name);
    }
    const text = await answer.text();
    if (answer.status !== expected) throw new Error(`${method} ${path} as ${this.name}: ${answer.status}\n${text}`);
    return { answer, text };
  }

  /** The cookies that a browser of this member holds. */
  cookies() {
    return [...this.#cookies].map(([name, value]) => ({ name, value, url: this.house.url, httpOnly: true, sameSite: "Lax" }));
  }

  /** The same person at another machine: a session of its own. */
  async elsewhere() {
    const other = new Member(this.house, this.name);
    other.password = this.password;
    await other.send("POST", "/login", new URLSearchParams({ email: other.email, password: other.password }), 303);
    return other;
  }

  /** Posts, and answers with the post's id as pages name it: `p-…`. */
  async post(caption, { files = [plain()], alts = [], audience = "everyone" } = {}) {
    const form = new FormData();
    form.append("key", crypto.randomUUID());
    form.append("from", "feed");
    form.append("caption", caption);
    form.append("audience", audience);
    for (const alt of alts) form.append("alt", alt);
    for (const { name, mimeType, buffer } of files) form.append("media", new Blob([buffer], { type: mimeType }), name);
    const before = new Set(files.some(({ mimeType }) => mimeType.startsWith("video/")) ? await this.feed() : []);
    const { text } = await this.send("POST", "/p", form, 200, { "HX-Request": "true" });
    const id = text.match(/data-put="(p-[^"]+)"/)?.[1];
    return id ?? this.#comes(before);
  }

  /** The id of the post that was not there before: its video had to be converted. */
  async #comes(before) {
    for (let tries = 0; tries < 300; tries += 1) {
      const fresh = (await this.feed()).find((id) => !before.has(id));
      if (fresh) return fresh;
      await new Promise((done) => setTimeout(done, 100));
    }
    throw new Error(`${this.name}'s video did not come out`);
  }

  /** Several posts, the oldest first: "No. 1" and so on. */
  async postMany(count) {
    const ids = [];
    for (let n = 1; n <= count; n += 1) ids.push(await this.post(`No. ${n}`, { files: [plain("n.png")] }));
    return ids;
  }

  edit(id, caption) {
    return this.send("PUT", `/p/${id.slice(2)}`, new URLSearchParams({ caption }), 303);
  }

  remove(id) {
    return this.send("DELETE", `/p/${id.slice(2)}`, undefined, 303);
  }

  /** A client of the JSON API that has logged in as this member. */
  async client() {
    const login = new URLSearchParams({ username: this.email, password: this.password });
    const { text } = await this.send("POST", "/auth/jwt/login", login, 200, { Accept: "application/json" });
    const headers = { Accept: "application/json", Authorization: `Bearer ${JSON.parse(text).access_token}` };
    return (method, path, expected) => this.send(method, path, undefined, expected, headers);
  }

  /** As an administrator: erases another account. */
  async erase(member) {
    const { text } = await (await member.client())("GET", "/users/me");
    await (await this.client())("DELETE", `/users/${JSON.parse(text).id}`, 204);
  }

  /** Ends every other session of this person. */
  signOutOthers() {
    return this.send("DELETE", "/settings/sessions", undefined, 303);
  }

  /** The ids of the whole feed as the server has it, the newest first. */
  async feed() {
    const ids = [];
    for (let path = "/"; path; ) {
      const { text } = await this.send("GET", path);
      ids.push(...[...text.matchAll(/<article class="post[^"]*" id="(p-[^"]+)"/g)].map(([, id]) => id));
      path = text
        .match(/<p class="older" id="older"><a [^>]*href="([^"]+)"/)?.[1]
        .replaceAll("&#x2F;", "/")
        .replaceAll("&amp;", "&");
    }
    return ids;
  }

  /** The caption of each post of the first page, the newest first. */
  async captions() {
    const { text } = await this.send("GET", "/");
    return [...text.matchAll(/<div class="caption" dir="auto">([^<]*)</g)].map(([, caption]) => caption);
  }
}
