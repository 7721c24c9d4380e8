// @ts-check
// Absolute times become relative ones, in the reader's own zone.
(() => {
  const absolute = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });

  function relative(at, now) {
    const minutes = Math.floor((now - at) / 60000);
    if (at - now > 60000) return absolute.format(at);
    if (minutes < 1) return "just now";
    if (minutes < 60) return `${minutes} min`;
    if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
    if (minutes < 7 * 24 * 60) return `${Math.floor(minutes / 60 / 24)} d`;
    return date.format(at);
  }

  Porch.tellTimes = (root) => {
    const now = Date.now();
    for (const time of root.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      const text = relative(at, now);
      if (time.textContent !== text) time.textContent = text;
      time.title = absolute.format(at);
    }
  };

  Porch.onContent(Porch.tellTimes);
  setInterval(() => Porch.tellTimes(document), 60000);
})();
