// One text as a row of coloured tokens. All text of models goes through textContent.
const STATE = new WeakMap();
const LIVE_MS = 50;

const el = (tag, name, text) => {
  const node = document.createElement(tag);
  if (name) node.className = name;
  if (text !== undefined) node.textContent = text;
  return node;
};
// What the page says stands in `words`, in the reader's language; see chips.py.
const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const local = (figures, words) => figures.replace(".", words.decimal);
const number = (value, words, digits = 3) =>
  value === null || value === undefined
    ? words.unmeasured
    : local(Number(value).toPrecision(digits).replace(/e-(\d)$/, "e-0$1"), words);
const sized = (value, scale, words) => {
  const sign = scale.signed && value > 0 ? "+" : "";
  const unit = scale.title.toLowerCase().includes(scale.unit) ? "" : ` ${scale.unit}`;
  return value === null || value === undefined ? words.unmeasured : `${sign}${number(value, words)}${unit}`;
};
const percent = (p, words) => {
  const tiny = p > 0 && p < 0.00005;
  const figures = tiny ? "<0.01" : (100 * p).toFixed(p >= 0.0995 ? 0 : p >= 0.001 ? 1 : 2);
  return fill(words.percent, { share: local(figures, words) });
};
const visible = (text, words) => text.replaceAll(" ", "␣").replaceAll("\n", "⏎").replaceAll("\t", "⇥") || words.part;

const rgb = (text) => {
  const hex = /^#([0-9a-f]{6})$/i.exec(text.trim());
  if (hex) return [0, 2, 4].map((at) => parseInt(hex[1].slice(at, at + 2), 16));
  const parts = (text.match(/[\d.]+/g) || [255, 255, 255]).map(Number);
  return parts.slice(0, 3);
};
const luminance = (colour) => {
  const [r, g, b] = colour.map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
// Black or white, whichever stands out more: never below 4.58:1 on any colour.
const ink = (colour) => (luminance(colour) > 0.179 ? "#000000" : "#ffffff");

function paint(chip, value, scale, page) {
  delete chip.dataset.sign;
  if (value === null || value === undefined) {
    chip.style.cssText = "";
    return;
  }
  const share = Math.min(Math.abs(value) / scale.limit, 1);
  const hue = rgb(value < 0 ? scale.low : scale.high);
  const colour = page.map((c, at) => Math.round(c + (hue[at] - c) * 0.85 * share));
  chip.style.backgroundColor = `rgb(${colour.join(",")})`;
  chip.style.color = ink(colour);
  // The sign is told by a stroke too, where the colour is strong enough to be seen.
  if (scale.signed && share >= 0.15) chip.dataset.sign = value < 0 ? "less" : "more";
}

function spell(chip, token) {
  chip.replaceChildren();
  if (token === "") return chip.append(el("span", "fv-part"));
  for (const piece of token.split(/([ \n\t])/)) {
    if (piece === " ") chip.append(el("span", "fv-space", "·"));
    else if (piece === "\n") chip.append(el("span", "fv-space", "⏎"), el("br"));
    else if (piece === "\t") chip.append(el("span", "fv-space", "⇥"));
    else if (piece) chip.append(document.createTextNode(piece));
  }
}

function describe(view, index) {
  const base = view.readings.baseline[index];
  const comp = view.readings.compressed[index];
  const { words, scale } = view;
  return fill(words.described, {
    index: index + (view.offset || 0),
    token: visible(view.tokens[index], words),
    baseline: number(base.prob, words, 2),
    compressed: number(comp.prob, words, 2),
    title: scale.inside,
    value: sized(view.values[index], scale, words),
  });
}

function tops(rows, colour, title, written, words) {
  const box = el("div");
  box.append(el("b", "", title));
  for (const [token, p] of rows) {
    const line = el("div", "fv-bar");
    line.style.setProperty("--bar", colour);
    line.dataset.written = String(token === written);
    const bar = el("i");
    bar.style.width = `${100 * p}%`;
    line.append(bar, el("span", "", visible(token, words)), el("span", "", percent(p, words)));
    box.append(line);
  }
  return box;
}

function tell(state, index) {
  const { view, tip } = state;
  if (!view.readings) return;
  const base = view.readings.baseline[index];
  const comp = view.readings.compressed[index];
  const facts = el("dl");
  const row = (name, left, right) => facts.append(el("dt", "", name), el("dd", "", left), el("dd", "", right));
  const { words, scale } = view;
  const token = visible(view.tokens[index], words);
  row("", words.baseline, words.compressed);
  row(words.probability, percent(base.prob, words), percent(comp.prob, words));
  row(words.rank, String(base.rank), String(comp.rank));
  row(words.entropy, ...[base, comp].map((one) => fill(words.nats, { value: number(one.entropy, words) })));
  const body = el("div", "fv-tops");
  body.append(
    tops(base.top, view.colours.baseline, words.baseline_top, view.tokens[index], words),
    tops(comp.top, view.colours.compressed, words.compressed_top, view.tokens[index], words),
  );
  const value = sized(view.values[index], scale, words);
  const said = el("div", "", fill(words.said, { title: scale.title, value }));
  const head = fill(words.place, { token, index: index + (view.offset || 0) });
  tip.replaceChildren(el("h4", "", head), facts, body, said);
}

function show(state, index) {
  const { tip, chips, view } = state;
  if (!view.readings || !chips[index]) return;
  tell(state, index);
  if (!tip.matches(":popover-open")) tip.showPopover();
  const box = chips[index].getClientRects()[0] || chips[index].getBoundingClientRect();
  const own = tip.getBoundingClientRect();
  const left = Math.max(8, Math.min(box.left, window.innerWidth - own.width - 8));
  const below = box.bottom + 8;
  const fits = below + own.height < window.innerHeight - 4;
  tip.style.left = `${left}px`;
  tip.style.top = `${fits ? below : Math.max(4, box.top - own.height - 8)}px`;
  state.told = index;
}

function hide(state) {
  if (state.tip.matches(":popover-open")) state.tip.hidePopover();
  state.told = null;
}

function reach(state, index) {
  const last = state.chips.length - 1;
  const to = Math.max(0, Math.min(last, index));
  state.chips.forEach((chip, at) => { chip.tabIndex = at === to ? 0 : -1; });
  state.chips[to].focus();
}

function listen(state) {
  const at = (event) => {
    const chip = event.target.closest?.(".fv-chip");
    return chip ? Number(chip.dataset.index) : null;
  };
  const { list } = state;
  list.addEventListener("pointerover", (event) => {
    const index = at(event);
    if (index === null) return;
    show(state, index);
  });
  list.addEventListener("pointerleave", (event) => { if (event.pointerType !== "touch") hide(state); });
  list.addEventListener("focusin", (event) => {
    const index = at(event);
    // A click focuses too; what it opened stays as it is.
    if (index !== null && state.told !== index) show(state, index);
  });
  list.addEventListener("focusout", () => hide(state));
  list.addEventListener("click", (event) => {
    const index = at(event);
    if (index === null || !state.view.readings) return;
    reach(state, index);
    show(state, index);
    state.choose(index);
  });
  list.addEventListener("keydown", (event) => {
    const index = at(event);
    if (index === null) return;
    const moves = { ArrowRight: index + 1, ArrowDown: index + 1, ArrowLeft: index - 1, ArrowUp: index - 1, Home: 0, End: Infinity };
    if (event.key in moves) {
      event.preventDefault();
      reach(state, moves[event.key]);
    } else if (event.key === "Escape") {
      hide(state);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      state.choose(index);
    }
  });
  // The focus itself scrolls what is out of sight into it; the tip goes along with its token.
  state.away = () => {
    const focused = list.getRootNode().activeElement;
    if (state.told !== null && state.chips[state.told] === focused) show(state, state.told);
    else hide(state);
  };
  window.addEventListener("scroll", state.away, true);
  window.addEventListener("pointerdown", (event) => {
    if (!event.composedPath().includes(list)) hide(state);
  });
}

function build(parent) {
  const pane = el("section", "fv-pane");
  const head = el("div", "fv-head");
  const side = el("span", "fv-side");
  const model = el("span", "fv-model");
  const count = el("span", "fv-count");
  const player = el("span", "fv-player");
  const hold = el("button", "fv-hold");
  const again = el("button", "fv-again");
  for (const [button, what] of [[hold, "pause"], [again, "again"]]) {
    button.type = "button";
    button.addEventListener("click", () => window.dispatchEvent(new CustomEvent("fv-replay", { detail: what })));
  }
  player.append(hold, again);
  player.hidden = true;
  head.append(side, model, count, player);
  const text = el("div", "fv-text");
  const prompt = el("span", "fv-prompt");
  const list = el("span", "fv-list");
  list.setAttribute("role", "list");
  text.append(prompt, list);
  const tip = el("div", "fv-tip");
  tip.setAttribute("popover", "manual");
  tip.setAttribute("role", "tooltip");
  pane.append(head, text, tip);
  parent.append(pane);
  const state = { pane, side, model, count, prompt, list, tip, player, hold, again, chips: [], shown: "", told: null };
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
  const { view, pane, list } = state;
  const { words } = view;
  pane.dataset.pane = view.side;
  pane.dataset.testid = `fv-pane-${view.feed}`;
  pane.dataset.live = view.live ? "yes" : "no";
  pane.setAttribute("aria-label", fill(words.said, { title: view.title, value: view.model }));
  pane.style.setProperty("--side", view.colours[view.side]);
  state.side.textContent = view.title;
  state.model.textContent = view.model;
  state.prompt.textContent = view.prompt;
  const total = view.tokens.length;
  state.count.textContent = view.count;
  list.dataset.live = view.live ? "yes" : "no";
  const page = rgb(getComputedStyle(pane).backgroundColor);
  const split = view.divergence;
  const common = split === null || split === undefined ? total : Math.min(split, total);
  const same = el("span", view.plain ? "" : "fv-same");
  const rest = [];
  // Chips are moved below, and what is moved loses the focus.
  const focused = pane.getRootNode().activeElement;
  for (let index = 0; index < total; index += 1) {
    const chip = chipAt(state, index);
    if (chip.dataset.token !== view.tokens[index] || !chip.firstChild) {
      spell(chip, view.tokens[index]);
      chip.dataset.token = view.tokens[index];
    }
    paint(chip, view.values[index], view.scale, page);
    if (view.readings) {
      chip.setAttribute("aria-label", describe(view, index));
      chip.setAttribute("aria-current", String(index === view.selected));
    }
    // Lines break before a space, as in running text, and not within a word's pieces.
    const pieces = /^\s/.test(view.tokens[index]) ? [el("wbr"), chip] : [chip];
    if (index < common) same.append(...pieces);
    else rest.push(...pieces);
  }
  state.chips.length = total;
  const parts = [];
  if (common > 0) {
    parts.push(same);
    // A text that nobody wrote here has nothing to be the same as.
    if (!view.plain) parts.push(el("span", "fv-label", split === null || split === undefined
      ? (view.live ? words.same_so_far : words.same) : words.same_to_here));
  }
  if (split !== null && split !== undefined && split <= total) {
    const mark = el("span", "fv-split", split < total ? words.differs : words.ends);
    mark.dataset.testid = "fv-divergence";
    parts.push(mark);
  }
  parts.push(...rest);
  if (view.live) parts.push(el("span", "fv-caret"));
  if (!view.live && total === 0) parts.push(el("span", "fv-empty", view.placeholder || ""));
  list.replaceChildren(...parts);
  if (focused && state.chips.includes(focused)) focused.focus({ preventScroll: true });
}

function follow(state) {
  const feed = document.querySelector(`[data-fv-feed="${state.view.feed}"]`);
  const text = feed ? feed.textContent : "";
  if (!text || text === state.shown) return;
  state.shown = text;
  Object.assign(state.view, JSON.parse(text));
  draw(state);
}

// A stored text appears again token by token; both panes hear the same keys and buttons.
function replayed(state, step) {
  const { whole } = state;
  const here = Math.min(step, whole.tokens.length);
  if (here === whole.tokens.length) return whole;
  const parted = whole.divergence !== null && here > whole.divergence;
  return {
    ...whole, tokens: whole.tokens.slice(0, here), values: whole.values.slice(0, here),
    live: true, readings: null, divergence: parted ? whole.divergence : null,
  };
}

function play(state) {
  const { whole } = state;
  const { speed, longest, words } = whole.replay;
  const text = JSON.stringify(whole.tokens);
  if (state.played !== text) {
    state.played = text;
    state.step = window.matchMedia("(prefers-reduced-motion: reduce)").matches ? longest : 0;
    state.paused = false;
  }
  const tick = () => {
    state.view = replayed(state, state.step);
    state.player.hidden = false;
    state.player.dataset.done = state.step >= longest ? "yes" : "no";
    state.hold.hidden = state.step >= longest;
    state.hold.textContent = state.paused ? words.go_on : words.pause;
    state.again.textContent = words.again;
    draw(state);
  };
  const wish = (what) => {
    if (what === "again") { state.step = 0; state.paused = false; }
    if (what === "pause") state.paused = !state.paused;
    tick();
  };
  const heard = (event) => wish(event.detail);
  const pressed = (event) => {
    const what = { p: "pause", r: "again" }[event.key];
    if (!what || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.composedPath().some((node) => node.matches?.("input, textarea, [contenteditable=true]"))) return;
    wish(what);
  };
  window.addEventListener("fv-replay", heard);
  window.addEventListener("keydown", pressed);
  tick();
  const timer = setInterval(() => {
    if (state.paused || state.step >= longest) return;
    state.step += 1;
    tick();
  }, 1000 / speed);
  return () => {
    clearInterval(timer);
    window.removeEventListener("fv-replay", heard);
    window.removeEventListener("keydown", pressed);
  };
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  let state = STATE.get(parentElement);
  if (!state) {
    state = build(parentElement);
    STATE.set(parentElement, state);
  }
  state.view = { ...data };
  state.choose = (index) => setTriggerValue("selected", index);
  state.shown = "";
  clearInterval(state.timer);
  state.unplay?.();
  state.unplay = undefined;
  state.player.hidden = true;
  state.whole = state.view;
  if (data.replay) state.unplay = play(state);
  else draw(state);
  if (state.told !== null && state.chips[state.told] && data.readings) tell(state, state.told);
  else hide(state);
  if (data.live) state.timer = setInterval(() => follow(state), LIVE_MS);
  // Also runs before each new picture, so what is open stays open.
  return () => {
    clearInterval(state.timer);
    state.unplay?.();
    state.unplay = undefined;
  };
}
