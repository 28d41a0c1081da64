// Correcting a transcript word by word. The text of each line is its textarea's; words are a view of it with times.
"use strict";

(() => {
  const editor = document.querySelector("[data-editor]");
  if (!editor) return;
  const audio = editor.querySelector("audio");
  const AROUND = 0.7; // seconds heard before and after a word
  const lines = [...editor.querySelectorAll("[data-line]")];
  const row = (node) => node.closest("[data-line]").querySelector("[data-row]");
  const area = (node) => node.closest("[data-line]").querySelector("textarea");
  const all = () => [...editor.querySelectorAll(".word")];

  // Only doubtful words, and the one worked on, are stops of Tab; the arrows reach every word.
  const stops = (here) => {
    const words = all();
    const some = words.some((w) => w.classList.contains("low"));
    words.forEach((w, n) => { w.tabIndex = w === here || w.classList.contains("low") || (!some && !n) ? 0 : -1; });
  };
  const write = (line) => {
    area(line).value = [...row(line).querySelectorAll(".word")].map((w) => w.textContent).join(" ");
  };
  const word = (text, start, end) => {
    const made = document.createElement("button");
    Object.assign(made, { type: "button", className: "word mine", textContent: text });
    Object.assign(made.dataset, { start, end });
    return made;
  };

  // Plays from a little before a word to a little after it.
  let until = null;
  const hear = (w) => {
    if (!audio) return;
    until = Number(w.dataset.end) + AROUND;
    const jump = () => { audio.currentTime = Math.max(0, w.dataset.start - AROUND); audio.play(); };
    if (audio.readyState > 0) jump();
    else { audio.addEventListener("loadedmetadata", jump, { once: true }); audio.load(); }
  };
  let current = null;
  audio?.addEventListener("timeupdate", () => {
    const at = audio.currentTime;
    if (until !== null && at >= until) { until = null; audio.pause(); }
    const now = audio.paused ? null : all().find((w) => at >= w.dataset.start && at < w.dataset.end);
    if (now === current) return;
    current?.classList.remove("now");
    now?.classList.add("now");
    current = now ?? null;
  });
  audio?.addEventListener("seeking", () => { if (document.activeElement === audio) until = null; });

  const focus = (w) => { if (w) { stops(w); w.focus(); } };
  const beside = (w, by) => { const words = all(); return words[words.indexOf(w) + by]; };
  const above = (w, by) => {
    const to = lines[lines.indexOf(w.closest("[data-line]")) + by];
    const words = to ? [...row(to).querySelectorAll(".word")] : [];
    const at = [...row(w).querySelectorAll(".word")].indexOf(w);
    return words[Math.min(at, words.length - 1)];
  };
  const nextDoubtful = (w) => { const words = all(); return words.slice(words.indexOf(w) + 1).find((o) => o.classList.contains("low")); };

  const remove = (w) => {
    const line = w.closest("[data-line]"), to = beside(w, 1) ?? beside(w, -1);
    w.remove();
    write(line);
    if (to) focus(to);
  };

  // A field in place of a word: several words typed split it, none deletes it, Backspace at its front joins.
  const edit = (w, text) => {
    const field = document.createElement("input");
    Object.assign(field, { className: "word-field", value: text ?? w.textContent, autocomplete: "off", spellcheck: false, lang: "vi" });
    field.setAttribute("aria-label", w.textContent);
    field.size = Math.max(4, field.value.length + 2);
    let open = true;
    const close = (keep) => {
      if (!open) return null;
      open = false;
      const parts = keep ? field.value.split(/\s+/).filter(Boolean) : null;
      const line = field.closest("[data-line]");
      if (!parts) { field.replaceWith(w); return w; }
      if (parts.length === 1 && parts[0] === w.textContent) {
        w.classList.remove("low");
        field.replaceWith(w);
        return w;
      }
      const made = parts.flatMap((part) => [word(part, w.dataset.start, w.dataset.end), " "]).slice(0, -1);
      const after = line ? beside(field, 1) : null;
      field.replaceWith(...made);
      write(line);
      stops(null);
      return made.filter((node) => node instanceof Element).at(-1) ?? after;
    };
    field.addEventListener("input", () => { field.size = Math.max(4, field.value.length + 2); });
    field.addEventListener("blur", () => close(true));
    field.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.isComposing) return;
      if (event.key === "Enter") {
        event.preventDefault();
        const last = close(true);
        if (event.ctrlKey || event.metaKey) editor.requestSubmit();
        else if (last) focus(nextDoubtful(last) ?? last);
      } else if (event.key === "Escape") {
        focus(close(false));
      } else if (event.key === "Backspace" && !field.selectionEnd && field.previousElementSibling?.matches(".word")) {
        event.preventDefault();
        const before = field.previousElementSibling;
        const at = before.textContent.length;
        field.value = before.textContent + field.value;
        w.dataset.start = before.dataset.start;
        before.remove();
        field.setSelectionRange(at, at);
      }
    });
    w.replaceWith(field);
    field.focus();
  };

  editor.addEventListener("click", (event) => {
    const w = event.target.closest(".word");
    if (w) { focus(w); hear(w); }
  });
  editor.addEventListener("dblclick", (event) => {
    const w = event.target.closest(".word");
    if (w) edit(w);
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); editor.requestSubmit(); return; }
    const w = event.target.closest(".word");
    if (!w || event.ctrlKey || event.metaKey || event.altKey) return;
    const keys = {
      ArrowLeft: () => focus(beside(w, -1)),
      ArrowRight: () => focus(beside(w, 1)),
      ArrowUp: () => focus(above(w, -1)),
      ArrowDown: () => focus(above(w, 1)),
      Delete: () => remove(w),
      Backspace: () => remove(w),
      Enter: () => edit(w),
      F2: () => edit(w),
    };
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
    // The letter itself lands in the field, so that Vietnamese keyboards compose it there.
    else if (event.key.length === 1 && event.key !== " ") edit(w, "");
  });

  lines.forEach((line) => {
    const whole = line.querySelector("[data-whole]"), words = row(line), text = area(line);
    const labels = [whole.textContent, whole.dataset.words];
    const show = (typing) => {
      words.hidden = typing || !words.childElementCount;
      text.hidden = !words.hidden;
      whole.textContent = labels[Number(typing)];
      whole.hidden = !words.childElementCount && !typing;
    };
    // Not before it is asked for: a page that moved under a finger would take its next touch elsewhere.
    const parse = () => {
      const before = [...words.querySelectorAll(".word")], typed = text.value.split(/\s+/).filter(Boolean);
      const same = (a, b) => a && a.textContent === b;
      let front = 0, back = 0;
      while (same(before[front], typed[front])) front += 1;
      while (back < Math.min(before.length, typed.length) - front && same(before[before.length - 1 - back], typed[typed.length - 1 - back])) back += 1;
      const gone = before.slice(front, before.length - back);
      const at = gone[0] ?? before[front] ?? before.at(-1), to = gone.at(-1) ?? at;
      const made = typed.slice(front, typed.length - back).map((part) => word(part, at?.dataset.start ?? 0, to?.dataset.end ?? 0));
      const kept = [...before.slice(0, front), ...made, ...before.slice(before.length - back)];
      words.replaceChildren(...kept.flatMap((node) => [node, " "]));
      stops(null);
    };
    whole.addEventListener("click", () => {
      const typing = text.hidden;
      if (!typing) parse();
      show(typing);
      if (typing) text.focus();
    });
    show(false);
  });
  editor.querySelectorAll("[data-keys-hint]").forEach((hint) => { hint.hidden = false; });
  stops(null);
})();
