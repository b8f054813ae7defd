// Texts side by side under one scale of colours, which stands above them: what is drawn has the
// scale that is told, at every moment of a text that is still written.
const STATE = new WeakMap();
const LIVE_MS = 50;

function pane(row) {
  const box = el("section", "fv-pane");
  const head = el("div", "fv-head");
  const side = el("span", "fv-side");
  const model = el("span", "fv-model");
  const count = el("span", "fv-count");
  head.append(side, model, count);
  const text = el("div", "fv-text");
  const prompt = el("span", "fv-prompt");
  const list = el("span", "fv-list");
  list.setAttribute("role", "list");
  text.append(prompt, list);
  const tip = el("div", "fv-tip");
  tip.setAttribute("popover", "manual");
  tip.setAttribute("role", "tooltip");
  box.append(head, text, tip);
  row.panes.append(box);
  const state = { pane: box, side, model, count, prompt, list, tip, chips: [], shown: "", told: null };
  listen(state);
  return state;
}

function chipAt(state, index) {
  if (!state.chips[index]) {
    const chip = el("span", "fv-chip");
    chip.setAttribute("role", "listitem");
    chip.dataset.index = String(index);
    chip.tabIndex = index === 0 ? 0 : -1;
    state.chips[index] = chip;
  }
  return state.chips[index];
}

function draw(state) {
  const { view, list } = state;
  const { words } = view;
  state.pane.dataset.pane = view.side;
  state.pane.dataset.testid = `fv-pane-${view.feed}`;
  state.pane.dataset.live = view.live ? "yes" : "no";
  state.pane.setAttribute("aria-label", fill(words.said, { title: view.title, value: view.model }));
  state.pane.style.setProperty("--side", view.colour);
  state.side.textContent = view.title;
  state.model.textContent = view.short;
  state.model.title = view.model;
  state.prompt.textContent = view.prompt;
  const total = view.tokens.length;
  state.count.textContent = view.live ? view.count : "";
  state.side.title = view.count;
  list.dataset.live = view.live ? "yes" : "no";
  list.dataset.bounds = view.bounds ? "yes" : "no";
  const page = rgb(getComputedStyle(state.pane).backgroundColor);
  const split = view.divergence ?? null;
  const common = split === null ? total : Math.min(split, total);
  const same = el("span", view.plain ? "" : "fv-same");
  const rest = [];
  // Chips are moved below, and what is moved loses the focus.
  const focused = list.getRootNode().activeElement;
  for (let index = 0; index < total; index += 1) {
    const chip = chipAt(state, index);
    const spelled = `${view.bounds}${view.tokens[index]}`;
    if (chip.spelled !== spelled) {
      spell(chip, view.tokens[index], view.bounds);
      chip.spelled = spelled;
      chip.dataset.token = view.tokens[index];
    }
    paint(chip, view.values[index], view.scale, page);
    if (view.readings) {
      chip.setAttribute("aria-label", describe(view, index));
      chip.setAttribute("aria-current", String(index === view.selected));
    }
    // A space before a word stands outside of its colour, where lines break as in running text.
    const apart = /^ \S/.test(view.tokens[index]);
    const pieces = apart ? [view.bounds ? el("wbr") : el("span", "", " "), chip] : [chip];
    if (index < common) same.append(...pieces);
    else rest.push(...pieces);
  }
  state.chips.length = total;
  const parts = [];
  if (common > 0) {
    parts.push(same);
    // A text that nobody wrote here has nothing to be the same as.
    if (!view.plain && split === null) parts.push(el("span", "fv-label", view.live ? words.same_so_far : words.same));
  }
  if (split !== null && split <= total) {
    // What the sign means is said once.
    const said = split >= total ? words.ends : view.side === "baseline" ? words.differs : words.differs[0];
    const mark = el("span", "fv-split", said);
    mark.title = words.differs;
    mark.dataset.testid = "fv-divergence";
    parts.push(mark);
  }
  parts.push(...rest);
  if (view.live) parts.push(el("span", "fv-caret"));
  if (!view.live && total === 0) parts.push(el("span", "fv-empty", view.placeholder || ""));
  list.replaceChildren(...parts);
  if (focused && state.chips.includes(focused)) focused.focus({ preventScroll: true });
}

// Every pane in the one scale, and the legend of that scale, in one go.
function drawAll(row, cut) {
  const { scale, legend } = row;
  legend.dataset.limit = scale.limit;
  const page = rgb(getComputedStyle(row.panes).backgroundColor);
  const full = (hue) => `rgb(${page.map((c, at) => Math.round(c + (rgb(hue)[at] - c) * 0.85)).join(",")})`;
  const ends = scale.signed ? [full(scale.low), `rgb(${page})`, full(scale.high)] : [`rgb(${page})`, full(scale.high)];
  const ramp = el("span", "fv-ramp");
  ramp.style.background = `linear-gradient(90deg,${ends.join(",")})`;
  const [low, high] = scale.ends.map((end) => el("span", "", end));
  // The words are drawn as what they say is: dotted underlined or solid, where colours have a sign.
  const [less, more] = scale.says.map((word) => el("span", "fv-end", word));
  if (scale.signed) [less.dataset.sign, more.dataset.sign] = ["less", "more"];
  legend.replaceChildren(el("b", "", scale.heading), less, low, ramp, high, more);
  for (const [name, state] of Object.entries(row.all)) {
    state.view = cut ? cut(row.views[name]) : row.views[name];
    state.view.scale = scale;
    draw(state);
  }
}

function follow(row) {
  let changed = false;
  for (const [name, state] of Object.entries(row.all)) {
    const text = document.querySelector(`[data-fv-feed="${name}"]`)?.textContent;
    if (!text || text === state.shown) continue;
    state.shown = text;
    const { scale, ...fed } = JSON.parse(text);
    Object.assign(row.views[name], fed);
    // Two panes of one step say the same; a scale never shrinks while a text grows.
    if (scale.limit >= row.scale.limit) row.scale = scale;
    changed = true;
  }
  if (changed) drawAll(row);
}

// A stored text appears again token by token, in all panes at once.
function replayed(whole, step) {
  const here = Math.min(step, whole.tokens.length);
  if (here === whole.tokens.length) return { ...whole };
  const parted = whole.divergence !== null && here > whole.divergence;
  return {
    ...whole, tokens: whole.tokens.slice(0, here), values: whole.values.slice(0, here),
    live: true, readings: null, divergence: parted ? whole.divergence : null,
  };
}

function play(row, { speed, longest, words }) {
  const text = JSON.stringify(Object.values(row.views).map((view) => view.tokens));
  if (row.played !== text) {
    row.played = text;
    row.step = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? longest : 0;
    row.paused = false;
  }
  // A presented page has one line of controls, which may be drawn after the text.
  const place = () => {
    const bar = document.querySelector(".fv-player-place") || row.top;
    if (row.player.parentElement !== bar) bar.append(row.player);
  };
  const tick = () => {
    place();
    row.player.hidden = false;
    row.player.dataset.done = row.step >= longest ? "yes" : "no";
    row.hold.hidden = row.step >= longest;
    row.hold.textContent = row.paused ? words.go_on : words.pause;
    row.again.textContent = words.again;
    drawAll(row, (view) => replayed(view, row.step));
  };
  const wish = (what) => {
    if (what === "again") { row.step = 0; row.paused = false; }
    if (what === "pause") row.paused = !row.paused;
    tick();
  };
  const pressed = (event) => {
    const what = { p: "pause", r: "again" }[event.key];
    if (!what || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath().some((node) => node.matches?.("input, textarea, [contenteditable=true]"))) return;
    wish(what);
  };
  row.hold.onclick = () => wish("pause");
  row.again.onclick = () => wish("again");
  window.addEventListener("keydown", pressed);
  tick();
  const timer = setInterval(() => {
    place();
    if (row.paused || row.step >= longest) return;
    row.step += 1;
    tick();
  }, 1000 / speed);
  return () => {
    clearInterval(timer);
    row.player.remove();
    window.removeEventListener("keydown", pressed);
  };
}

function build(parent) {
  const top = el("div", "fv-top");
  const legend = el("div", "fv-legend");
  legend.dataset.testid = "fv-legend";
  const player = el("span", "fv-player");
  const [hold, again] = ["fv-hold", "fv-again"].map((name) => el("button", name));
  hold.type = again.type = "button";
  player.append(hold, again);
  const panes = el("div", "fv-panes");
  top.append(legend);
  parent.append(top, panes);
  return { top, legend, player, hold, again, panes, all: {} };
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let row = STATE.get(parentElement);
  if (!row) {
    row = build(parentElement);
    STATE.set(parentElement, row);
  }
  clearInterval(row.timer);
  row.unplay?.();
  row.views = {};
  row.scale = data.scale;
  const names = data.panes.map((view) => view.feed);
  if (Object.keys(row.all).join() !== names.join()) {
    row.panes.replaceChildren();
    row.all = Object.fromEntries(names.map((name) => [name, pane(row)]));
  }
  row.panes.dataset.tall = !data.tall ? "no" : data.replay ? "room" : "yes";
  row.panes.dataset.across = [2, 4].includes(names.length) ? 2 : Math.min(names.length, 3);
  for (const view of data.panes) {
    row.views[view.feed] = { ...view, words: data.words, bounds: data.bounds };
    Object.assign(row.all[view.feed], {
      shown: "", choose: (index) => setTriggerValue("selected", [view.feed, index]),
    });
  }
  row.unplay = data.replay ? play(row, data.replay) : undefined;
  if (!data.replay) drawAll(row);
  for (const state of Object.values(row.all)) {
    if (state.told !== null && state.chips[state.told] && state.view.readings) tell(state, state.told);
    else hide(state);
  }
  if (data.panes.some((view) => view.live)) row.timer = setInterval(() => follow(row), LIVE_MS);
  // Also runs before each new picture, so what is open stays open.
  return () => {
    clearInterval(row.timer);
    row.unplay?.();
    row.unplay = undefined;
  };
}
