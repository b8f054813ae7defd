// Coloured tokens and what is told of one. All text of models goes through textContent.

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
  chip.dataset.limit = scale.limit;
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

function spell(chip, token, bounds) {
  chip.replaceChildren();
  if (token === "") return chip.append(el("span", "fv-part"));
  const inside = bounds ? token : token.replace(/^ (?=\S)/, "");
  for (const piece of inside.split(/([ \n\t])/)) {
    if (piece === " ") chip.append(bounds ? el("span", "fv-space", "·") : " ");
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
// What either model expected there, a token a row, and how sure each was of all.
function tell(state, index) {
  const { view, tip } = state;
  const { words, scale, readings } = view;
  const both = [readings.baseline[index], readings.compressed[index]];
  const token = visible(view.tokens[index], words);
  const grid = el("div", "fv-expected");
  for (const name of ["", words.baseline, words.compressed]) grid.append(el("b", "", name));
  for (const [word, ...shares] of readings.top[index]) {
    const name = el("span", "fv-word", visible(word, words));
    name.dataset.written = String(word === view.tokens[index]);
    grid.append(name);
    shares.forEach((p, at) => {
      const cell = el("span", "fv-bar", p === null ? "–" : percent(p, words));
      cell.style.setProperty("--bar", words.sides[at]);
      cell.style.setProperty("--share", `${100 * (p ?? 0)}%`);
      grid.append(cell);
    });
  }
  const row = (name, of) => grid.append(el("i", "", name), ...both.map((one) => el("span", "fv-fact", of(one))));
  row(words.rank, (one) => String(one.rank));
  row(words.entropy, (one) => fill(words.nats, { value: number(one.entropy, words) }));
  const value = sized(view.values[index], scale, words);
  const said = el("div", "", fill(words.said, { title: scale.title, value }));
  const head = fill(words.place, { token, index: index + (view.offset || 0) });
  tip.replaceChildren(el("h4", "", head), said, grid);
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
