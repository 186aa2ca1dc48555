// Copies an address, keeps people in the order in which they are chosen, and shows of a policy what its type needs.
"use strict";
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button || !navigator.clipboard) return;
  const text = document.getElementById(button.dataset.copy).textContent;
  navigator.clipboard.writeText(text).then(() => { button.textContent = "Copied"; });
});

function showOwnFields(select) {
  const own = new Map(select.dataset.ownFields.split(";").map((part) => {
    const [type, names] = part.split(":");
    return [type, names.split(",").filter(Boolean)];
  }));
  const all = new Set([...own.values()].flat());
  const prefix = select.name.slice(0, -"type".length);
  for (const name of all) {
    const field = document.querySelector(`[name="${CSS.escape(prefix + name)}"]`);
    const row = field && field.closest(".field-" + name);
    if (row) row.hidden = !(own.get(select.value) || []).includes(name);
  }
}

function keepOrder(select) {
  if (!window.django || !django.jQuery.fn.select2 || select.id.includes("__prefix__")) return;
  const $select = django.jQuery(select);
  if ($select.hasClass("select2-hidden-accessible")) return;
  $select.select2({ width: "100%" }).on("select2:select", (event) => {
    $select.append(event.params.data.element).trigger("change");
  });
}

function prepare(root) {
  root.querySelectorAll("select.t-ordered").forEach(keepOrder);
  root.querySelectorAll("select[data-own-fields]").forEach(showOwnFields);
}

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-own-fields]")) showOwnFields(event.target);
});
document.addEventListener("formset:added", (event) => prepare(event.target));
document.addEventListener("DOMContentLoaded", () => prepare(document));
