// @ts-check
// The composer: every chosen file is sent at once and by itself, with its progress; what is refused
// says why, and everything else stays.
(() => {
  const AT_ONCE = 2;
  const waiting = [];
  let sending = 0;
  let postWhenDone = null;

  const form = (element) => element.closest("form[data-composer]");
  const picks = (composer) => composer.querySelector("#picks");
  const megabytes = (bytes) => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);

  function note(composer, text) {
    const line = composer.querySelector("#compose-note");
    if (line && line.textContent !== text) line.textContent = text;
  }

  function state(pick, name) {
    pick.className = `pick is-${name}`;
  }

  /** What the server, or a look at the file, says of it for good: trying again changes nothing. */
  const FOR_GOOD = [400, 413, 415, 422];

  function refuse(pick, text, { again = true } = {}) {
    state(pick, "refused");
    pick.querySelector("[data-retry]").hidden = !again;
    pick.dataset.refused = "";
    // The name stands above already.
    const name = pick.querySelector(".pick-name").textContent;
    const reason = text.startsWith(`${name}: `) ? text.slice(name.length + 2) : text;
    pick.querySelector(".wrong span").textContent = reason;
    pick.querySelector(".pick-more").hidden = true;
    label(pick, "Remove");
    note(form(pick), `${name}: ${reason}`);
  }

  /** Names the button that takes a pick away, for eyes and for ears alike. */
  function label(pick, word) {
    const button = pick.querySelector("[data-dismiss]");
    button.querySelector("span").textContent = word;
    button.setAttribute("aria-label", `${word} ${pick.querySelector(".pick-name").textContent}`);
  }

  /** Takes files into the composer, as far as there is room. */
  function add(composer, files) {
    for (const file of files) {
      const pick = composer.querySelector("#pick-waiting").content.firstElementChild.cloneNode(true);
      pick.querySelector(".pick-name").textContent = file.name;
      const alt = pick.querySelector("[data-alt]");
      alt.id = `alt-new-${crypto.getRandomValues(new Uint32Array(1))[0]}`;
      pick.querySelector(".field label").htmlFor = alt.id;
      pick.querySelector("progress").setAttribute("aria-label", `Upload of ${file.name}`);
      label(pick, "Cancel");
      pick.file = file;
      if (file.type.startsWith("image/")) {
        const thumb = document.createElement("img");
        thumb.alt = "";
        thumb.src = URL.createObjectURL(file);
        thumb.onload = () => URL.revokeObjectURL(thumb.src);
        const icon = [...pick.querySelector(".pick-thumb").childNodes];
        thumb.onerror = () => thumb.replaceWith(...icon);
        pick.querySelector(".pick-thumb").replaceChildren(thumb);
      }
      picks(composer).append(pick);
      // What a browser knows no name for may be a video.
      const limit = Number(file.type.startsWith("image/") ? composer.dataset.photoMb : composer.dataset.videoMb);
      const { left } = composer.dataset;
      if (left && file.size > Number(left))
        refuse(pick, `${megabytes(file.size)} MB do not fit into your space here. Delete posts or drafts of yours first.`);
      else if (file.size > limit * 2 ** 20)
        refuse(pick, `${megabytes(file.size)} MB is over the limit of ${limit} MB. Save it in a smaller size and choose it again.`, {
          again: false,
        });
      else queue(pick);
    }
  }

  function queue(pick) {
    const composer = form(pick);
    const most = Number(composer.dataset.items);
    const others = [...composer.querySelectorAll(".pick:not(.is-refused)")].filter((other) => other !== pick);
    if (others.length >= most) {
      refuse(pick, `A post holds at most ${most}. Remove another one first, or make a second post.`);
      return;
    }
    delete pick.dataset.refused;
    pick.querySelector(".pick-more").hidden = false;
    label(pick, "Cancel");
    state(pick, "waiting");
    waiting.push(pick);
    next();
  }

  function next() {
    while (sending < AT_ONCE && waiting.length) {
      const pick = waiting.shift();
      if (pick.isConnected) send(pick);
    }
  }

  async function send(pick) {
    sending += 1;
    const composer = form(pick);
    const { file } = pick;
    state(pick, "sending");
    const poster = file.type.startsWith("video/") && !composer.hasAttribute("data-converts") ? await Porch.posterOf(file) : null;
    if (!pick.isConnected) {
      sending -= 1;
      return next();
    }
    const bar = pick.querySelector("progress");
    const line = pick.querySelector(".pick-state span");
    let told = 0;
    const tell = (loaded, total) => {
      const percent = Math.floor((100 * loaded) / total);
      bar.value = percent;
      line.textContent = percent < 100 ? `${percent} % · ${megabytes(loaded)} of ${megabytes(total)} MB` : "Being looked at…";
      if (percent >= told + 10) {
        told = percent - (percent % 10);
        // That the post waits for it is the greater news.
        if (!postWhenDone) note(composer, `${file.name}: ${told} %`);
      }
    };
    const done = ({ status, text }, act = () => answered(pick, status, text)) => {
      sending -= 1;
      pick.request = null;
      if (pick.isConnected) act();
      // Taken away while the server took it in: there it goes, too.
      else if (status === 200) letGo(composer, text);
      next();
      settle(composer);
    };
    const key = composer.hasAttribute("data-draft") ? composer.elements.key.value : "";
    if (Porch.goesInPieces(file)) {
      pick.querySelector("[data-pause]").hidden = false;
      return done(await Porch.inPieces(pick, file, key, (loaded) => tell(loaded, file.size)));
    }
    const request = new XMLHttpRequest();
    pick.request = request;
    request.upload.onprogress = ({ loaded, total }) => tell(loaded, total);
    const broken = () => refuse(pick, "The line broke. It is still here: try again when you are connected.");
    request.onload = () => done({ status: request.status, text: request.responseText });
    request.onerror = () => done({ status: 0, text: "" }, broken);
    request.onabort = () => done({ status: 0, text: "" }, () => {});
    request.open("POST", "/compose/items");
    request.setRequestHeader("Accept", "application/json");
    const body = new FormData();
    if (key) body.append("key", key);
    body.append("media", file, file.name);
    if (poster) body.append("poster", poster, "poster.jpg");
    request.send(body);
  }

  /** What the server has said of a whole file. */
  function answered(pick, status, text) {
    if (status === 200) return taken(pick, text);
    if (status === 401) {
      state(pick, "waiting");
      Porch.signInThen(() => queue(pick));
      return;
    }
    refuse(pick, detail(text) ?? "The server could not take it. Try again in a moment.", { again: !FOR_GOOD.includes(status) });
  }

  /** Lets the server forget a file that is on this page no more. */
  function forget(id) {
    const again = () => setTimeout(() => forget(id), 5000);
    fetch(`/compose/items/${id}`, { method: "DELETE", keepalive: true, headers: { Accept: "application/json" } }).then(
      (answer) => answer.status >= 500 && again(),
      again,
    );
  }

  function letGo(composer, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const { item } = template.content.querySelector(".pick")?.dataset ?? {};
    if (item) forget(item);
    Porch.arranged(composer);
  }

  function detail(text) {
    try {
      return JSON.parse(text).detail;
    } catch {
      return null;
    }
  }

  /** The server's own view of the file takes the place of ours; what was typed meanwhile stays. */
  function taken(pick, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.querySelector(".pick");
    if (!fresh) return refuse(pick, "The server's answer was cut short. Try again.");
    if (document.getElementById(fresh.id)) return refuse(pick, "It is in here already.", { again: false });
    const typed = pick.querySelector("[data-alt]");
    const field = fresh.querySelector("textarea.input");
    field.value = typed.value;
    const focused = document.activeElement === typed;
    const at = typed.selectionStart;
    fresh.querySelector(".pick-more").open = pick.querySelector(".pick-more").open;
    pick.replaceWith(fresh);
    Porch.process(fresh);
    Porch.arranged(form(fresh));
    if (focused) {
      field.focus();
      field.setSelectionRange(at, at);
    }
    note(form(fresh), `${fresh.querySelector(".pick-name").textContent} is here.`);
  }

  const underWay = (composer) => composer.querySelectorAll(".is-waiting, .is-sending").length;
  const refused = (composer) => composer.querySelector("[data-refused]");

  function settle(composer) {
    if (!postWhenDone || underWay(composer)) return;
    const submit = postWhenDone;
    postWhenDone = null;
    if (refused(composer)) {
      note(composer, "Not posted yet: one file was not taken. Remove it or choose another, then post.");
      refused(composer).querySelector("button")?.focus();
    } else submit();
  }

  document.addEventListener(
    "submit",
    (/** @type {any} */ event) => {
      const composer = event.target;
      if (!composer.matches("form[data-composer]")) return;
      const move = event.submitter?.name;
      if (move === "earlier" || move === "later" || move === "remove") {
        event.preventDefault();
        event.stopImmediatePropagation();
        rearrange(composer, event.submitter);
        return;
      }
      if (underWay(composer)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        postWhenDone = () => composer.requestSubmit();
        const n = underWay(composer);
        note(composer, `${n === 1 ? "One file is" : `${n} files are`} still on the way. Your post goes out as soon as everything is here.`);
        return;
      }
      if (refused(composer)) {
        event.preventDefault();
        event.stopImmediatePropagation();
        note(composer, "Not posted yet: one file was not taken. Remove it or choose another, then post.");
        refused(composer).querySelector("button")?.focus();
      }
    },
    true,
  );

  function rearrange(composer, button) {
    const pick = button.closest(".pick");
    const { name } = button;
    if (name === "remove") {
      if (composer.hasAttribute("data-draft")) forget(pick.dataset.item);
      dismiss(pick);
      return;
    }
    const other = name === "earlier" ? pick.previousElementSibling : pick.nextElementSibling;
    if (other) other[name === "earlier" ? "before" : "after"](pick);
    Porch.arranged(composer);
    (button.disabled ? pick.querySelector("[name=earlier]:enabled, [name=later]:enabled") : button)?.focus();
    note(composer, `Now number ${[...pick.parentElement.children].indexOf(pick) + 1}.`);
  }

  function dismiss(pick) {
    const composer = form(pick);
    const name = pick.querySelector(".pick-name").textContent;
    const next = pick.nextElementSibling ?? pick.previousElementSibling;
    // What has arrived whole is waited for, to be let go of by its name.
    const arrived = pick.querySelector("progress")?.value === 100;
    pick.remove();
    if (!arrived) pick.request?.abort();
    (next?.querySelector("button, input") ?? composer.querySelector("input[type=file]")).focus();
    note(composer, `${name} was removed.`);
    Porch.arranged(composer);
    settle(composer);
  }

  document.addEventListener("change", (/** @type {any} */ event) => {
    const input = event.target;
    if (input.type !== "file" || !form(input)) return;
    add(form(input), [...input.files]);
    input.value = "";
  });

  document.addEventListener("click", (/** @type {any} */ event) => {
    const pick = event.target.closest("form[data-composer] .pick");
    if (pick && event.target.closest("[data-dismiss]")) dismiss(pick);
    if (pick && event.target.closest("[data-retry]")) queue(pick);
  });

  const carriesFiles = (event) => event.dataTransfer?.types.includes("Files");
  const composerOnPage = () => document.querySelector("form[data-composer]");
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (/** @type {any} */ event) => {
      const composer = composerOnPage();
      if (!composer || !carriesFiles(event)) return;
      event.preventDefault();
      composer.querySelector(".drop").classList.toggle("is-over", name === "dragover");
      if (name === "drop") add(composer, [...event.dataTransfer.files]);
    });
  }
  document.addEventListener("paste", (/** @type {any} */ event) => {
    const composer = composerOnPage();
    const files = [...(event.clipboardData?.files ?? [])];
    if (!composer || !files.length) return;
    // Copied text may come with a picture of itself: the text is what is meant.
    if (event.clipboardData.types.includes("text/plain")) return;
    event.preventDefault();
    add(composer, files);
  });

  function countDown(textarea) {
    const left = document.getElementById("caption-left");
    if (!left) return;
    const most = Number(textarea.dataset.most);
    const rest = most - [...textarea.value].length;
    left.hidden = rest > most / 5;
    left.textContent =
      rest < 0
        ? `${-rest} ${rest === -1 ? "character" : "characters"} too many`
        : `${rest} ${rest === 1 ? "character" : "characters"} left`;
    left.classList.toggle("is-near", rest < 40);
  }
  document.addEventListener("input", (/** @type {any} */ event) => event.target.matches("[data-most]") && countDown(event.target));

  Porch.underWay = underWay;
})();
