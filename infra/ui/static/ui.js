// Reads the page again and puts in place what differs. Without this script every page still works.
"use strict";

const every = 1000 * Number(document.body.dataset.refresh);
const pause = document.getElementById("pause");
const stale = document.getElementById("stale");
const said = document.getElementById("said");
const KEY = "mlops-ui-paused";
let busy = false;

const isPaused = () => pause.getAttribute("aria-pressed") === "true";
const panels = (root) => [...root.querySelectorAll("main [data-panel]")];

function show(paused) {
  pause.setAttribute("aria-pressed", String(paused));
  pause.textContent = paused ? "Paused" : "Pause";
  pause.title = paused ? "Look again by itself" : `Looks again every ${every / 1000} s; stop that`;
}

function keepOpen(from, to) {
  const open = [...from.querySelectorAll("details")].map((one) => one.open);
  to.querySelectorAll("details").forEach((one, number) => { one.open = open[number] ?? one.open; });
}

// What is read or used right now stays as it is until the reader has left it.
const inUse = (panel) => panel.contains(document.activeElement) || String(getSelection()) !== "" && getSelection().containsNode(panel, true);

function replace(fresh) {
  const before = panels(document), after = panels(fresh);
  const same = before.length === after.length && before.every((one, n) => one.dataset.panel === after[n].dataset.panel);
  if (!same) {
    document.querySelector("main").replaceChildren(...fresh.querySelector("main").childNodes);
    return ["page"];
  }
  const changed = [];
  before.forEach((one, n) => {
    keepOpen(one, after[n]);
    if (one.innerHTML === after[n].innerHTML || inUse(one)) return;
    const title = after[n].querySelector("h1, h2, h3");
    changed.push(title ? title.textContent.trim() : "");
    one.replaceChildren(...after[n].childNodes);
  });
  return changed.filter(Boolean);
}

async function refresh() {
  if (busy) return;
  busy = true;
  try {
    const answer = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(60000) });
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!fresh.querySelector("main")) throw new Error("no page");
    const changed = replace(fresh);
    document.title = fresh.title;
    document.querySelector(".fresh p").replaceWith(fresh.querySelector(".fresh p"));
    document.querySelector(".where").replaceWith(fresh.querySelector(".where"));
    stale.hidden = true;
    if (changed.length) said.textContent = `Changed: ${changed.join(", ")}`;
  } catch {
    const since = document.getElementById("read-at").textContent;
    stale.textContent = `Nothing new since ${since} UTC: mlops ui does not answer. What you see is old.`;
    stale.hidden = false;
  } finally {
    busy = false;
  }
}

function paused() {
  try { return localStorage.getItem(KEY) === "yes"; } catch { return false; }
}

show(paused());
pause.hidden = false;
pause.addEventListener("click", () => {
  show(!isPaused());
  try { localStorage.setItem(KEY, isPaused() ? "yes" : "no"); } catch { /* private windows */ }
  said.textContent = isPaused() ? "Refreshing is paused" : "Refreshing goes on";
});
document.getElementById("reload").addEventListener("click", (event) => {
  event.preventDefault();
  refresh();
});
setInterval(() => { if (!isPaused() && !document.hidden) refresh(); }, every);
