// Coming in, being somebody, and leaving.
import assert from "node:assert/strict";

import { plain, pretended } from "./picture.mjs";
import { story } from "./story.mjs";
import { NO_SCRIPT } from "./visitor.mjs";

const field = (visitor, label) => visitor.page.getByLabel(label, { exact: true });
const press = (visitor, name) => visitor.page.getByRole("button", { name, exact: true }).click();
const said = (visitor, part) => visitor.page.locator(`${part} .note.is-good`).waitFor();

async function door(stage, path) {
  const house = await stage.house();
  const cleo = await stage.visitor(house);
  await cleo.open(path);
  return { house, cleo };
}

async function signIn(visitor, { email, password }) {
  await field(visitor, "E-mail").fill(email);
  await field(visitor, "Password").fill(password);
  await press(visitor, "Sign in");
}

story("somebody registers and is in", async (stage) => {
  const { house, cleo } = await door(stage, "/register");
  await field(cleo, "E-mail").fill("cleo@example.org");
  await field(cleo, "Password").fill("a long sentence");
  await press(cleo, "Register");
  await cleo.page.waitForURL(`${house.url}/`);
  await cleo.live();
  await cleo.page.getByRole("link", { name: "You", exact: true }).click();
  await cleo.page.waitForURL(`${house.url}/@cleo`);
});

story("a registration with mistakes keeps what was typed, but the password", async (stage) => {
  const { house, cleo } = await door(stage, "/register");
  await house.member("ada");
  await field(cleo, "E-mail").fill("cleo@example.org");
  await field(cleo, "Password").fill("short");
  await cleo.page.getByLabel("Your name").fill("Cleo of the Hill");
  await cleo.page.getByLabel("Handle").fill("Not a handle!");
  await press(cleo, "Register");
  for (const id of ["password", "handle"]) await cleo.page.locator(`#${id}[aria-invalid=true][aria-describedby=${id}-wrong]`).waitFor();
  assert.equal(await field(cleo, "E-mail").inputValue(), "cleo@example.org");
  assert.equal(await cleo.page.getByLabel("Your name").inputValue(), "Cleo of the Hill");
  assert.equal(await field(cleo, "Password").inputValue(), "");
  await cleo.until(() => document.activeElement.closest("[role=alert]"), "the focus on what went wrong");
});

for (const [what, label, value, id] of [
  ["an address", "E-mail", "Ada@Example.org", "email"],
  ["a handle", "Handle", "ada", "handle"],
]) {
  story(`${what} that is taken is said beside its field`, async (stage) => {
    const { house, cleo } = await door(stage, "/register");
    await house.member("ada");
    await field(cleo, "E-mail").fill("cleo@example.org");
    await field(cleo, "Password").fill("a long sentence");
    await cleo.page.getByLabel(label).fill(value);
    await press(cleo, "Register");
    await cleo.page.locator(`#${id}[aria-invalid=true]`).waitFor();
  });
}

story("a wrong password and an unknown address are answered alike", async (stage) => {
  const { house, cleo } = await door(stage, "/login");
  const ada = await house.member("ada");
  const words = [];
  for (const email of [ada.email, "nobody@example.org"]) {
    await signIn(cleo, { email, password: "not the password" });
    await cleo.page.locator("#login-wrong").waitFor();
    words.push(await cleo.page.locator("#login-wrong").textContent());
    assert.equal(await field(cleo, "E-mail").inputValue(), email);
    assert.equal(await field(cleo, "Password").inputValue(), "");
    await cleo.open("/login");
  }
  assert.equal(words[0], words[1]);
});

story("a stranger is led to the login and back to where they wanted to be", async (stage) => {
  const { house, cleo } = await door(stage, "/login");
  const ada = await house.member("ada");
  const id = await ada.post("First light");
  await cleo.open(`/p/${id.slice(2)}`);
  assert.match(cleo.page.url(), /\/login\?next=/);
  await signIn(cleo, ada);
  await cleo.page.waitForURL(`${house.url}/p/${id.slice(2)}`);
});

story("a login never leads outside", async (stage) => {
  const { house, cleo } = await door(stage, "/login?next=//evil.example/");
  await signIn(cleo, await house.member("ada"));
  await cleo.page.waitForURL(`${house.url}/`);
});

story("the password can be looked at before it is sent", async (stage) => {
  const { cleo } = await door(stage, "/login");
  await field(cleo, "Password").fill("a long sentence");
  await press(cleo, "Show the password");
  assert.equal(await cleo.page.locator("#password").getAttribute("type"), "text");
  await press(cleo, "Show the password");
  assert.equal(await cleo.page.locator("#password").getAttribute("type"), "password");
});

story("a stranger sees no post", async (stage) => {
  const { house, cleo } = await door(stage, "/login");
  const id = await (await house.member("ada")).post("First light");
  for (const path of ["/", `/p/${id.slice(2)}`, "/@ada"]) {
    await cleo.open(path);
    assert.match(cleo.page.url(), /\/login/);
    assert.doesNotMatch(await cleo.page.content(), /First light/);
  }
});

async function settings(stage, page = "") {
  const two = await stage.two();
  await two.ben.open(`/settings${page}`);
  return two;
}

story("a member changes name and handle, and the posts carry them", async (stage) => {
  const { ben } = await settings(stage);
  await ben.member.post("mine");
  await field(ben, "Name").fill("Benjamin");
  await field(ben, "Handle").fill("benjamin");
  await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
  await said(ben, "#profile");
  await ben.open("/");
  await ben.page.locator("#feed").getByRole("link", { name: "Benjamin" }).click();
  await ben.page.waitForURL(/\/@benjamin$/);
});

story("a handle that is taken is said beside its field, and the name stays", async (stage) => {
  const { ben } = await settings(stage);
  await field(ben, "Name").fill("Benjamin");
  await field(ben, "Handle").fill("ada");
  await ben.page.locator("#profile").getByRole("button", { name: "Save" }).click();
  await ben.page.locator("#handle[aria-invalid=true]").waitFor();
  assert.equal(await field(ben, "Name").inputValue(), "Benjamin");
});

story("a member shows a face and takes it away again", async (stage) => {
  const { ben } = await settings(stage);
  await ben.page.locator("#face input[type=file]").setInputFiles(plain("me.png"));
  await ben.page.locator("#face .face img").waitFor();
  await press(ben, "Remove the picture");
  await ben.page.locator("#face .face img").waitFor({ state: "detached" });
});

story("a face that is no picture is refused with the reason", async (stage) => {
  const { ben } = await settings(stage);
  await ben.page.locator("#face input[type=file]").setInputFiles(pretended("letter.jpg"));
  assert.match(await ben.page.locator("#face .wrong").textContent(), /\w+ .*\./s);
});

story("a member changes the address after giving the password", async (stage) => {
  const { ben } = await settings(stage, "/account");
  const part = ben.page.locator("#email-part");
  await part.getByLabel("New e-mail").fill("benjamin@example.org");
  await part.getByLabel("Your password").fill("not the password");
  await press(ben, "Change the e-mail");
  await part.locator("input[type=password][aria-invalid=true]").waitFor();
  assert.equal(await part.getByLabel("New e-mail").inputValue(), "benjamin@example.org");
  await part.getByLabel("Your password").fill(ben.member.password);
  await press(ben, "Change the e-mail");
  await part.getByText("Now: benjamin@example.org").waitFor();
});

story("a new password ends every other session and keeps this one", async (stage) => {
  const { ben } = await settings(stage, "/security");
  const other = await ben.member.elsewhere();
  const part = ben.page.locator("#password-part");
  await part.getByLabel("The old one").fill(ben.member.password);
  await part.getByLabel("A new one").fill("another long sentence");
  await press(ben, "Change the password");
  await said(ben, "#password-part");
  await other.send("GET", "/", undefined, 303);
  await ben.open("/");
  assert.equal(ben.page.url(), `${ben.house.url}/`);
});

story("signing out everywhere else ends the other browser within a second", async (stage) => {
  const { house, ben } = await settings(stage, "/security");
  const other = await stage.visitor(house, { as: await ben.member.elsewhere() });
  await other.open("/");
  await press(ben, "Sign out everywhere else");
  await said(ben, "#sessions");
  await other.until(() => /signed out/i.test(document.getElementById("live").textContent), "“Signed out”", null, 1_500);
  await ben.open("/");
  assert.equal(ben.page.url(), `${house.url}/`);
});

story("who signs out is out, and the back button shows nothing", async (stage) => {
  const { ada, ben } = await stage.two();
  await ada.post("First light");
  await ben.open("/");
  await press(ben, "Sign out");
  await ben.page.waitForURL(/\/login/);
  await ben.page.goBack();
  await ben.page.waitForURL(/\/login/);
  assert.doesNotMatch(await ben.page.content(), /First light/);
});

story("signing out in one tab ends the other", async (stage) => {
  const { ben } = await stage.two();
  await ben.open("/");
  const second = await ben.context.newPage();
  await second.goto("/settings/security");
  await second.getByRole("button", { name: "Sign out here" }).click();
  await ben.until(() => /signed out/i.test(document.getElementById("live").textContent), "“Signed out”");
  await ben.page.getByRole("link", { name: "Sign in again" }).click();
  await ben.page.waitForURL(/\/login/);
});

story("sessions and access tokens are seen and ended one by one", async (stage) => {
  const { ben } = await settings(stage, "/security");
  const phone = await ben.member.elsewhere();
  await ben.page.reload();
  await ben.page.locator("#sessions").getByRole("button", { name: "Sign out node" }).click();
  await said(ben, "#sessions");
  await phone.send("GET", "/", undefined, 303);
  await ben.open("/settings/programs");
  await ben.page.getByLabel("What will use it").fill("photo frame");
  await press(ben, "Make a token");
  const token = await ben.page.locator("#tokens .secret").textContent();
  const feed = () => fetch(`${ben.house.url}/feeds`, { headers: { Authorization: `Bearer ${token}` } });
  assert.equal((await feed()).status, 200);
  await ben.page.reload();
  assert.equal(await ben.page.getByText(token).count(), 0, "it is shown once");
  await press(ben, "Revoke photo frame");
  await said(ben, "#tokens");
  assert.equal((await feed()).status, 401);
});

for (const [who, look] of [
  ["with script", {}],
  ["without script", NO_SCRIPT],
]) {
  story(`an account leaves and stays after all, ${who}`, async (stage) => {
    const { house, ben } = await stage.two({}, look);
    await ben.open("/settings/account");
    const part = ben.page.locator("#leave");
    await part.getByLabel("Your password").fill("not this one");
    await part.getByRole("button", { name: "Delete my account" }).click();
    await ben.page.getByText("This is not your password").waitFor();
    await part.getByLabel("Your password").fill(ben.member.password);
    await part.getByRole("button", { name: "Delete my account" }).click();
    await ben.page.getByText("Sign in before then to keep everything").waitFor();
    await signIn(ben, ben.member);
    await ben.page.getByText("You asked for the end of this account.").waitFor();
    await ben.open("/");
    assert.match(ben.page.url(), /\/login/, "asked is not signed in");
    await signIn(ben, ben.member);
    await press(ben, "Stay, and keep everything");
    await ben.page.getByText("called off").waitFor();
    await ben.page.getByRole("link", { name: "Come in" }).click();
    await ben.page.waitForURL(`${house.url}/`);
  });
}
