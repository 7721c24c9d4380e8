// @ts-check
// Names and tags while they are typed: a list below the field, as a combobox of WAI-ARIA. Without it one types them whole.
(() => {
  const TYPED = /(^|[\s(])([@#][\p{L}\p{N}\p{M}_]*)$/u;
  const FIELDS = "textarea[name=caption], textarea[name=text]";
  const SOON = 150;
  let due = 0;
  /** The list that is open: its field, its choices, the chosen one. */
  let open = null;

  function close() {
    clearTimeout(due);
    if (!open) return;
    open.field.removeAttribute("aria-activedescendant");
    open.field.removeAttribute("aria-controls");
    open.list.remove();
    open = null;
  }

  function typed(field) {
    if (field.selectionStart !== field.selectionEnd) return null;
    return TYPED.exec(field.value.slice(0, field.selectionStart))?.[2] ?? null;
  }

  function take(idea) {
    const { field } = open;
    const from = field.selectionStart - typed(field).length;
    field.setRangeText(`${idea} `, from, field.selectionStart, "end");
    close();
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  }

  function choose(at) {
    const options = [...open.list.querySelectorAll("li")];
    open.at = (at + options.length) % options.length;
    for (const [n, option] of options.entries()) option.setAttribute("aria-selected", String(n === open.at));
    open.field.setAttribute("aria-activedescendant", options[open.at].id);
    options[open.at].scrollIntoView({ block: "nearest" });
  }

  function show(field, ideas) {
    close();
    if (!ideas.length) return;
    const list = document.createElement("ul");
    list.className = "suggestions";
    list.id = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    for (const [n, { text, says }] of ideas.entries()) {
      const option = document.createElement("li");
      option.id = `suggestion-${n}`;
      option.setAttribute("role", "option");
      option.dataset.text = text;
      const word = document.createElement("b");
      word.textContent = text;
      option.append(word, says ? ` ${says}` : "");
      list.append(option);
    }
    field.after(list);
    field.setAttribute("aria-controls", list.id);
    field.setAttribute("aria-autocomplete", "list");
    open = { field, list, at: 0 };
    choose(0);
  }

  async function ask(field) {
    const word = typed(field);
    if (!word) return close();
    const answer = await fetch(`/suggest?q=${encodeURIComponent(word)}`).catch(() => null);
    if (!answer?.ok || typed(field) !== word || document.activeElement !== field) return;
    const ideas = await answer.json();
    show(field, ideas.length === 1 && ideas[0].text === word ? [] : ideas);
  }

  document.addEventListener("input", (/** @type {any} */ event) => {
    if (!event.target.matches?.(FIELDS)) return;
    clearTimeout(due);
    if (typed(event.target)) due = setTimeout(ask, SOON, event.target);
    else close();
  });
  document.addEventListener(
    "keydown",
    (event) => {
      if (!open || event.target !== open.field || event.isComposing) return;
      const { at } = open;
      const acts = {
        ArrowDown: () => choose(at + 1),
        ArrowUp: () => choose(at - 1),
        Enter: () => take(open.list.children[at].dataset.text),
        Tab: () => take(open.list.children[at].dataset.text),
        Escape: close,
      };
      const act = event.shiftKey || event.ctrlKey || event.metaKey ? null : acts[event.key];
      if (!act) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      act();
    },
    true,
  );
  // Before the field loses the focus.
  document.addEventListener("pointerdown", (/** @type {any} */ event) => {
    const option = open && event.target.closest("#suggestions li");
    if (!option) return;
    event.preventDefault();
    take(option.dataset.text);
  });
  document.addEventListener("focusout", (event) => open && event.target === open.field && close());
})();
