// Keys answer and turn the pages; the page is told each press with the pair it was meant for.
const MOVES = { Enter: "next", ArrowRight: "next", ArrowLeft: "previous" };
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";
const OPERATED = "button, a, summary, input, [role=radio], [role=radiogroup], [role=tab], [role=button], [role=slider]";
// What the page said last, and the one listener that reads it. It is the window's, since streamlit
// may load this file again for a new picture without ending the one before.
const KEPT = (window.fairvizReview ??= { seq: 0, pressed: [], now: null, listener: null });

const digit = (code) => /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
const inside = (event, selector) => event.composedPath().some((node) => node.matches?.(selector));

function tell(word) {
  KEPT.seq = Math.max(KEPT.seq + 1, Date.now());
  // Several presses may go out before the page has taken the first, so all of the last are told.
  KEPT.pressed = [...KEPT.pressed, [KEPT.seq, KEPT.now.data.place, word]].slice(-24);
  KEPT.now.setStateValue("pressed", KEPT.pressed);
}

function press(event) {
  if (!KEPT.now?.data.on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (inside(event, TYPING)) {
    if (event.key === "Escape") document.activeElement?.blur();
    return;
  }
  // Whoever has walked to a button with Tab means that button.
  if (event.key in MOVES && inside(event, OPERATED) && document.activeElement?.matches(":focus-visible")) return;
  // The key of a digit, since on a French keyboard the sign needs Shift.
  const word = MOVES[event.key] ?? KEPT.now.data.keys[digit(event.code) ?? event.key.toLowerCase()];
  if (!word) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (word.startsWith("to:")) document.querySelector(`.st-key-${word.slice(3)} :is(input, textarea)`)?.focus();
  else if (!event.repeat) tell(word);
}

export default function ({ data, parentElement, setStateValue }) {
  let told = parentElement.querySelector("[role=status]");
  if (!told) {
    told = document.createElement("div");
    told.setAttribute("role", "status");
    told.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)";
    parentElement.append(told);
  }
  if (KEPT.now && KEPT.now.data.place !== data.place) parentElement.scrollIntoView({ block: "start" });
  const mine = { data, setStateValue };
  KEPT.now = mine;
  if (told.textContent !== data.told) told.textContent = data.told;
  told.dataset.keys = data.on ? "on" : "off";
  document.removeEventListener("keydown", KEPT.listener, true);
  KEPT.listener = press;
  document.addEventListener("keydown", press, true);
  return () => {
    if (KEPT.now !== mine) return;
    KEPT.now = null;
    document.removeEventListener("keydown", press, true);
  };
}
