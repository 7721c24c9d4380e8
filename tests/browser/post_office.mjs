// A mail server of our own (SMTP, real sockets, real TLS) that can refuse, stall and drop.
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import selfsigned from "selfsigned";
import { SMTPServer } from "smtp-server";

const LOGIN = { user: "porch", pass: "a secret of the post" };

export class PostOffice {
  letters = [];
  /** What happens to the next letters, one after the other; then they are taken. */
  moods = [];
  tries = 0;

  /** `tls` is "none", "starttls" or "smtps". */
  static async open(tls = "none") {
    const office = new PostOffice();
    const names = [
      { type: 2, value: "localhost" },
      { type: 7, ip: "127.0.0.1" },
    ];
    const { private: key, cert } = await selfsigned.generate([{ name: "commonName", value: "localhost" }], {
      keySize: 2048,
      algorithm: "sha256",
      extensions: [
        { name: "basicConstraints", cA: false },
        { name: "subjectAltName", altNames: names },
      ],
    });
    office.tls = tls;
    office.cert = cert;
    office.server = new SMTPServer({
      key,
      cert,
      secure: tls === "smtps",
      disabledCommands: tls === "none" ? ["STARTTLS"] : [],
      authOptional: tls === "none",
      onAuth: ({ username, password }, _, done) =>
        username === LOGIN.user && password === LOGIN.pass ? done(null, { user: username }) : done(new Error("not this one")),
      onRcptTo: (_, session, done) => {
        office.tries += 1;
        session.mood = office.moods.shift();
        if (session.mood === "refuse") return done(Object.assign(new Error("no such box"), { responseCode: 550 }));
        if (session.mood === "busy") return done(Object.assign(new Error("come back later"), { responseCode: 451 }));
        done();
      },
      onData: (stream, session, done) => {
        const parts = [];
        stream.on("data", (part) => parts.push(part));
        stream.on("end", () => {
          if (session.mood === "stall") return;
          if (session.mood === "drop") return office.hangUp();
          office.letters.push({ encrypted: session.secure, text: decoded(Buffer.concat(parts).toString()) });
          done();
        });
      },
    });
    office.server.on("error", () => {});
    office.server.listen(0, "127.0.0.1");
    await once(office.server.server, "listening");
    return office;
  }

  /** The settings with which a house sends its letters here. */
  settings(folder) {
    const { port } = this.server.server.address();
    const settings = { PORCH_MAIL_FROM: "porch@example.org", PORCH_JOB_RETRY: "20ms", PORCH_SMTP_TIMEOUT: "700ms" };
    if (this.tls === "none") return { ...settings, PORCH_SMTP_URL: `smtp://127.0.0.1:${port}` };
    const [ca, password] = [join(folder, "ca.pem"), join(folder, "password")];
    writeFileSync(ca, this.cert);
    writeFileSync(password, `${LOGIN.pass}\n`);
    const scheme = this.tls === "smtps" ? "smtps" : "smtp";
    return {
      ...settings,
      PORCH_SMTP_URL: `${scheme}://localhost:${port}`,
      PORCH_SMTP_CA_FILE: ca,
      PORCH_SMTP_USER: LOGIN.user,
      PORCH_SMTP_PASSWORD_FILE: password,
    };
  }

  hangUp() {
    for (const { _socket } of this.server.connections) _socket.destroy();
  }

  /** Waits for the letter that is about this. */
  async letter(about) {
    for (;;) {
      const found = this.letters.find(({ text }) => text.includes(`: ${about}`));
      if (found) return found;
      await new Promise((soon) => setTimeout(soon, 20));
    }
  }

  async close() {
    this.hangUp();
    await new Promise((closed) => this.server.close(closed));
  }
}

function decoded(letter) {
  if (!letter.includes("quoted-printable")) return letter;
  return letter.replaceAll("=\r\n", "").replaceAll(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(parseInt(hex, 16)));
}

export const linkIn = ({ text }) => text.match(/https?:\/\/\S+token=[^\s"<]+/)[0];
