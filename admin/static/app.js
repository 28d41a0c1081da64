// What a page can do beyond links and forms; everything works without it, only less comfortably.
"use strict";

const ready = (selector, act) => document.querySelectorAll(selector).forEach(act);

// Listening: speed, jumping to a word, and the word being said.
const listen = (box) => {
  const audio = box.querySelector("audio");
  if (!audio) return;
  const words = box.getElementsByClassName("w"); // follows what is written down while one listens
  const speeds = box.querySelector(".speeds");
  speeds.hidden = false;
  speeds.addEventListener("click", (event) => {
    const speed = event.target.dataset.speed;
    if (!speed) return;
    audio.playbackRate = Number(speed);
    speeds.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", String(b === event.target)));
  });
  box.classList.add("seekable");
  box.addEventListener("click", (event) => {
    const word = event.target.closest(".w");
    if (!word || String(getSelection())) return;
    const start = Number(word.dataset.start);
    // A position set before the first data arrives would be lost.
    const jump = () => { audio.currentTime = start; audio.play(); };
    if (audio.readyState > 0) jump();
    else { audio.addEventListener("loadedmetadata", jump, { once: true }); audio.load(); }
  });
  let current = null;
  audio.addEventListener("timeupdate", () => {
    const at = audio.currentTime;
    const word = audio.paused ? null : [...words].find((w) => at >= w.dataset.start && at < w.dataset.end);
    if (word === current) return;
    current?.classList.remove("now");
    word?.classList.add("now");
    current = word ?? null;
  });
  audio.addEventListener("pause", () => { current?.classList.remove("now"); current = null; });
};
ready("[data-recording]", listen);

// What is being written down shows how far it is, until it is done; who listens meanwhile is not interrupted.
const renew = async (box) => {
  const answer = document.hidden ? null : await fetch(box.dataset.renews, { redirect: "error" }).catch(() => null);
  if (answer?.ok) {
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = document.adoptNode(page.querySelector("[data-recording]"));
    if (box.querySelector("audio") && fresh.querySelector("audio")) {
      box.querySelector(".heard").replaceWith(fresh.querySelector(".heard"));
      box.dataset.every = fresh.dataset.every ?? "";
      if (!fresh.dataset.renews) return;
    } else {
      box.replaceWith(fresh);
      listen(fresh);
      box = fresh;
      if (!box.dataset.renews) return;
    }
  }
  setTimeout(renew, box.dataset.every * 1000, box);
};
ready("[data-renews]", (box) => setTimeout(renew, box.dataset.every * 1000, box));

// Keys: "/" searches, j and k walk the list, space plays, arrows jump three seconds.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, summary, button, audio")) return;
  const audio = document.querySelector("audio");
  const links = [...document.querySelectorAll("[data-keys=list] .open")];
  const step = (by) => {
    const at = links.indexOf(document.activeElement);
    const from = at >= 0 ? at : links.findIndex((l) => l.hasAttribute("aria-current"));
    links[Math.max(0, Math.min(links.length - 1, from + by))]?.focus();
  };
  const keys = {
    "/": () => document.getElementById("query")?.focus(),
    "j": () => step(1),
    "k": () => step(-1),
    " ": audio && !event.target.closest("a") ? () => (audio.paused ? audio.play() : audio.pause()) : null,
    "ArrowLeft": audio ? () => { audio.currentTime = Math.max(0, audio.currentTime - 3); } : null,
    "ArrowRight": audio ? () => { audio.currentTime += 3; } : null,
  };
  const act = keys[event.key];
  if (act) { event.preventDefault(); act(); }
});

// The one obvious next action opens its form.
ready("[data-opens]", (link) => link.addEventListener("click", () => {
  const box = document.querySelector(`[data-box=${link.dataset.opens}]`);
  if (box) { box.open = true; box.querySelector("select, textarea")?.focus({ preventScroll: true }); }
}));

// Only the officers of the chosen unit.
ready("[data-narrows]", (unit) => {
  const officers = document.getElementById(unit.dataset.narrows);
  const all = [...officers.options];
  const narrow = () => {
    const chosen = officers.value;
    officers.replaceChildren(...all.filter((o) => !o.value || o.dataset.of === unit.value));
    officers.value = [...officers.options].some((o) => o.value === chosen) ? chosen : "";
  };
  unit.addEventListener("change", narrow);
  narrow();
});

// Urgent tips are seen also on a page that lies open, as often as the scheduler looks; not while a key is on them.
ready("[data-alarms]", (box) => {
  const title = document.title;
  const show = () => { document.title = box.querySelector(".alarm") ? `(!) ${title}` : title; };
  const look = async () => {
    // Signed out, or the server is away: the page says so when it is used.
    const answer = await fetch(box.dataset.alarms, { redirect: "error" }).catch(() => null);
    if (!answer?.ok || box.contains(document.activeElement)) return;
    box.innerHTML = await answer.text();
    show();
  };
  show();
  setInterval(look, 15000);
  addEventListener("focus", look);
});

// The list beside a tip keeps its place.
ready(".rail", (rail) => {
  rail.scrollTop = Number(sessionStorage.getItem("rail") ?? 0);
  const open = rail.querySelector("[aria-current]");
  const above = open ? open.offsetTop - rail.offsetTop : 0;
  if (open && (above < rail.scrollTop || above + open.offsetHeight > rail.scrollTop + rail.clientHeight)) {
    rail.scrollTop = above - rail.clientHeight / 3;
  }
  addEventListener("pagehide", () => sessionStorage.setItem("rail", String(rail.scrollTop)));
});
ready(".tabs", (tabs) => {
  const open = tabs.querySelector("[aria-current]");
  if (open) tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - tabs.clientWidth / 3;
});
ready("[data-print]", (button) => { button.hidden = false; button.addEventListener("click", () => print()); });

// What was typed is not lost to a slip.
let sending = false;
document.addEventListener("submit", () => { sending = true; });
addEventListener("beforeunload", (event) => {
  const unsent = [...document.querySelectorAll("textarea:not([readonly])")].some((t) => t.value !== t.defaultValue);
  if (unsent && !sending) event.preventDefault();
});
