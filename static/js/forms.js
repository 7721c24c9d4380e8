// @ts-check
// Forms: a button that is working says so, nothing is sent twice by a double tap, and a session that
// ended in between costs nothing.
(() => {
  const busy = (form, on) => {
    form.toggleAttribute("data-busy", on);
    for (const button of form.querySelectorAll("button.button:not([type=button])")) {
      if (on) {
        button.setAttribute("aria-disabled", "true");
        if (!button.querySelector(".spin")) button.insertAdjacentHTML("afterbegin", '<span class="spin"></span>');
      } else {
        button.removeAttribute("aria-disabled");
        button.querySelector(".spin")?.remove();
      }
    }
  };

  const enhanced = (form) => window.htmx && ["post", "put", "delete"].some((verb) => form.hasAttribute(`hx-${verb}`));

  document.addEventListener(
    "submit",
    (/** @type {any} */ event) => {
      const form = event.target;
      // Answered for by its own script.
      if (form.matches("[data-like]")) return;
      if (form.hasAttribute("data-busy")) {
        event.preventDefault();
        event.stopImmediatePropagation();
        return;
      }
      busy(form, true);
      // Nothing tells when a plain form was stopped; sent again, it does no harm.
      if (!enhanced(form)) setTimeout(() => busy(form, false), 8000);
    },
    true,
  );

  Porch.onContent(() => {
    for (const toast of /** @type {any} */ (document.querySelectorAll(".toast[data-lasts]"))) {
      const lasts = 1000 * Number(toast.dataset.lasts);
      toast.removeAttribute("data-lasts");
      setTimeout(() => {
        const focused = toast.contains(document.activeElement);
        toast.remove();
        if (focused) toast.after?.focus?.({ preventScroll: true });
      }, lasts);
    }
  });

  /** What the message over the page is about; it goes when that succeeds. */
  let failed = null;
  Porch.onContent(() => {
    // Its answer took the form's place: nothing tells of it otherwise.
    if (!failed || failed.isConnected) return;
    failed = null;
    document.getElementById("problem").replaceChildren();
  });
  document.addEventListener("htmx:finally:request", (/** @type {any} */ event) => {
    const { ctx } = event.detail;
    const form = ctx.sourceElement;
    if (form.matches?.("form")) busy(form, false);
    if (ctx.response?.status < 400) {
      if (failed === form) document.getElementById("problem").replaceChildren();
    } else failed = form;
  });
  document.addEventListener("htmx:error", (/** @type {any} */ event) => {
    const form = event.detail.ctx?.sourceElement;
    if (form?.matches?.("form")) {
      busy(form, false);
      failed = form;
      problem("That did not get through. What you wrote is still here: look at your connection and send it again.");
    }
  });
  // A page from the back/forward cache has nothing under way.
  addEventListener("pageshow", () => document.querySelectorAll("form[data-busy]").forEach((form) => busy(form, false)));

  /** Says something over the page, until it is closed. */
  function problem(text) {
    const slot = document.getElementById("problem");
    slot.innerHTML = '<div class="toast" id="toast"><p></p><button class="tool" type="button" data-closes="toast">Close</button></div>';
    slot.querySelector("p").textContent = text;
  }
  /** Says what was done, for some seconds. */
  Porch.tell = (text) => {
    problem(text);
    const toast = document.getElementById("toast");
    setTimeout(() => toast.remove(), 6000);
  };
  Porch.busy = busy;

  /** What to do again once its author has signed in. */
  let interrupted = [];
  document.addEventListener("htmx:response:error", (/** @type {any} */ event) => {
    const { ctx } = event.detail;
    if (ctx.response?.status === 401 && !ctx.sourceElement.closest?.("#signin")) {
      const element = ctx.sourceElement;
      interrupted.push(() => (element.matches("form") ? element.requestSubmit() : element.click()));
    }
  });
  document.addEventListener("porch:signed-in", (/** @type {any} */ event) => {
    document.getElementById("signin")?.replaceChildren();
    const again = interrupted;
    interrupted = [];
    // Somebody else's text is never sent under this name.
    if (event.detail.id !== document.body.dataset.me) location.assign("/");
    else {
      Porch.resume();
      again.forEach((act) => act());
    }
  });

  /** Shows the sign-in panel for a request that htmx did not make. */
  Porch.signInThen = async (again) => {
    interrupted.push(again);
    if (interrupted.length > 1) return;
    const answer = await fetch("/signin", { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) {
      interrupted = [];
      problem("You were signed out. What you wrote is still here: open the site in another tab, sign in there, and send it again.");
      return;
    }
    const slot = document.getElementById("signin");
    slot.innerHTML = await answer.text();
    Porch.process(slot);
    slot.querySelector("[data-focus]")?.focus();
  };
})();
