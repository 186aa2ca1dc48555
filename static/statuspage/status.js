// Only makes times relative and keeps an open page up to date; everything can be read without it.
(() => {
  const lang = document.documentElement.lang;
  const words = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  const steps = [[60, "second"], [3600, "minute"], [86400, "hour"], [604800, "day"]];
  const ago = (at) => {
    const seconds = (at - Date.now()) / 1000;
    let size = 1;
    for (const [limit, unit] of steps) {
      if (Math.abs(seconds) < limit) return words.format(Math.round(seconds / size), unit);
      size = limit;
    }
    return null;
  };
  const tell = () => {
    for (const time of document.querySelectorAll("time[data-ago]")) {
      const said = ago(new Date(time.dateTime));
      if (!time.title) time.title = time.textContent;
      time.textContent = said || time.title;
    }
  };
  tell();
  setInterval(tell, 30000);
  const root = document.body.dataset.root;
  const seen = document.body.dataset.rendered;
  if (root === undefined || !seen) return;
  setInterval(async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`${root}api/v1/status`, { cache: "no-cache" });
      if (answer.ok && (await answer.json()).page.rendered_at !== seen) location.reload();
    } catch { /* the network is away; the page says as of when it is */ }
  }, 60000);
})();
