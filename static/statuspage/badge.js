// <script src="https://…/badge.js" async></script> puts a badge where it stands; data-lang and data-label change nothing but words.
(() => {
  const script = document.currentScript;
  if (!script) return;
  const base = script.src.slice(0, script.src.lastIndexOf("/") + 1);
  const colours = { operational: "#17714a", degraded: "#9a5400", under_maintenance: "#2458b8" };
  const link = document.createElement("a");
  link.href = base;
  link.className = "status-badge";
  link.style.cssText = "display:inline-flex;align-items:center;gap:8px;color:inherit;text-decoration:none;font:inherit";
  const dot = document.createElement("span");
  dot.setAttribute("aria-hidden", "true");
  dot.style.cssText = "width:10px;height:10px;border-radius:50%;background:#5b6472";
  const text = document.createElement("span");
  text.textContent = script.dataset.label || "Status";
  link.append(dot, text);
  script.after(link);
  const look = async () => {
    try {
      const { page } = await (await fetch(`${base}api/v1/status`)).json();
      dot.style.background = colours[page.state] || "#5b6472";
      text.textContent = page.state_text;
    } catch { dot.style.background = "#5b6472"; }
  };
  look();
  setInterval(look, 60000);
})();
