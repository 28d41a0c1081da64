// The phone page: sends texts and calls without leaving the page, polls the thread, records the microphone.
"use strict";

const WAV_RATE = 16000;
const POLL_MS = 3000;
const byId = (id) => document.getElementById(id);
const csrf = document.querySelector("meta[name=csrf-token]");
let spoken = null; // {samples: Float32Array, rate: number}: what was said into the microphone

async function post(form, extra) {
  const body = new FormData(form);
  body.set("number", byId("number").value);
  for (const [name, value] of Object.entries(extra || {})) body.set(name, value, name + ".wav");
  const headers = { Accept: "application/json" };
  if (csrf) headers["X-CSRFToken"] = csrf.content;
  try {
    const answer = await fetch(form.action, { method: "POST", body, headers });
    if (!(answer.headers.get("Content-Type") || "").includes("json")) {
      return { error: `${byId("no-server").content.textContent} (HTTP ${answer.status})` };
    }
    return await answer.json();
  } catch {
    return { error: byId("no-server").content.textContent };
  }
}

async function busy(form, work) {
  const button = form.querySelector("button[type=submit]");
  const label = button.textContent;
  button.disabled = true;
  button.textContent = button.dataset.busy;
  try { await work(); } finally { button.disabled = false; button.textContent = label; }
}

function show(element, text) {
  element.textContent = text || "";
  element.hidden = !text;
}

// --- texts ---

async function refresh() {
  const number = byId("number").value;
  const url = `${document.body.dataset.thread}?${new URLSearchParams({ number, lang: document.documentElement.lang })}`;
  let messages;
  try { messages = (await (await fetch(url)).json()).messages; } catch { return; }
  if (number !== byId("number").value) return;
  const thread = byId("thread");
  const shape = JSON.stringify(messages);
  if (thread.dataset.shape === shape) return;
  thread.dataset.shape = shape;
  thread.replaceChildren(...messages.map((message) => {
    const item = document.createElement("li");
    item.className = message.from;
    const text = document.createElement("p");
    text.textContent = message.text + (message.media === "0" ? "" : ` 🖼 ${message.media}`);
    const state = document.createElement("small");
    state.textContent = message.state;
    item.append(text, state);
    return item;
  }));
  byId("thread-empty").hidden = messages.length > 0;
  thread.scrollTop = thread.scrollHeight;
}

byId("sms-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  busy(form, async () => {
    const outcome = await post(form);
    show(byId("sms-problem"), outcome.error);
    if (!outcome.error) { byId("text").value = ""; form.elements.media.value = ""; }
    await refresh();
  });
});
byId("number").addEventListener("input", refresh);
setInterval(() => { if (!document.hidden) refresh(); }, POLL_MS);
refresh();

// --- calls ---

byId("call-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.currentTarget;
  busy(form, async () => {
    const outcome = await post(form, spoken ? { audio: await wav(spoken) } : {});
    show(byId("call-problem"), outcome.error);
    byId("call-result").hidden = !outcome.said;
    if (!outcome.said) return;
    const heard = outcome.said.length ? outcome.said : [byId("said").dataset.empty];
    byId("said").replaceChildren(...heard.map((text) => {
      const item = document.createElement("li");
      item.textContent = text;
      return item;
    }));
    byId("call-code").hidden = !outcome.code;
    byId("call-code").querySelector("strong").textContent = (outcome.code || "").replace(/(\d{3})(?=\d)/g, "$1 ");
    byId("call-status").textContent = outcome.status;
    await refresh();
  });
});
for (const key of document.querySelectorAll("[data-key]")) {
  key.addEventListener("click", () => { byId("digits").value += key.dataset.key; });
}
byId("clear").addEventListener("click", () => { byId("digits").value = ""; });

// --- microphone ---

let recording = null; // {context, stream, blocks, started, timer}
const canRecord = window.isSecureContext && navigator.mediaDevices && window.AudioWorkletNode;
byId("microphone").hidden = !canRecord;
byId("no-microphone").hidden = Boolean(canRecord);

function seconds(value) {
  byId("recorded").textContent = byId("recorded").dataset.text.replace("{s}", value.toFixed(0));
}

async function start() {
  const stream = await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, noiseSuppression: true } });
  const context = new AudioContext();
  await context.audioWorklet.addModule(document.body.dataset.worklet);
  const node = new AudioWorkletNode(context, "recorder");
  const blocks = [];
  node.port.onmessage = (event) => blocks.push(event.data);
  context.createMediaStreamSource(stream).connect(node);
  const started = performance.now();
  const timer = setInterval(() => seconds((performance.now() - started) / 1000), 250);
  recording = { context, stream, blocks, timer };
}

async function stop() {
  const { context, stream, blocks, timer } = recording;
  recording = null;
  clearInterval(timer);
  for (const track of stream.getTracks()) track.stop();
  const samples = new Float32Array(blocks.reduce((sum, block) => sum + block.length, 0));
  let offset = 0;
  for (const block of blocks) { samples.set(block, offset); offset += block.length; }
  spoken = samples.length ? { samples, rate: context.sampleRate } : null;
  await context.close();
  if (spoken) seconds(samples.length / spoken.rate);
}

byId("record").addEventListener("click", async () => {
  const button = byId("record");
  try {
    if (recording) await stop(); else await start();
  } catch {
    byId("no-microphone").hidden = false;
    return;
  }
  button.textContent = recording ? button.dataset.stop : button.dataset.record;
  button.classList.toggle("recording", Boolean(recording));
  if (spoken) byId("audio").value = "";
  for (const id of ["listen", "discard"]) byId(id).hidden = Boolean(recording) || !spoken;
});
function discard() {
  spoken = null;
  byId("recorded").textContent = "";
  for (const id of ["listen", "discard"]) byId(id).hidden = true;
}
byId("discard").addEventListener("click", discard);
byId("audio").addEventListener("change", () => { if (byId("audio").value) discard(); });
byId("listen").addEventListener("click", async () => {
  const context = new AudioContext();
  const source = context.createBufferSource();
  source.buffer = buffer(context, spoken);
  source.connect(context.destination);
  source.onended = () => context.close();
  source.start();
});

function buffer(context, { samples, rate }) {
  const made = context.createBuffer(1, samples.length, rate);
  made.copyToChannel(samples, 0);
  return made;
}

// The browser resamples with a proper filter when a buffer is played at another rate.
async function wav(voice) {
  const length = Math.max(1, Math.round((voice.samples.length / voice.rate) * WAV_RATE));
  const context = new OfflineAudioContext(1, length, WAV_RATE);
  const source = context.createBufferSource();
  source.buffer = buffer(context, voice);
  source.connect(context.destination);
  source.start();
  const samples = (await context.startRendering()).getChannelData(0);
  const view = new DataView(new ArrayBuffer(44 + samples.length * 2));
  const text = (at, word) => [...word].forEach((letter, i) => view.setUint8(at + i, letter.charCodeAt(0)));
  text(0, "RIFF"); view.setUint32(4, 36 + samples.length * 2, true); text(8, "WAVEfmt ");
  view.setUint32(16, 16, true); view.setUint16(20, 1, true); view.setUint16(22, 1, true);
  view.setUint32(24, WAV_RATE, true); view.setUint32(28, WAV_RATE * 2, true);
  view.setUint16(32, 2, true); view.setUint16(34, 16, true);
  text(36, "data"); view.setUint32(40, samples.length * 2, true);
  samples.forEach((value, i) => view.setInt16(44 + i * 2, Math.max(-1, Math.min(1, value)) * 32767, true));
  return new Blob([view], { type: "audio/wav" });
}
