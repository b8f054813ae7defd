// Keys answer and turn the pages; the page is told each press with the pair it was meant for.
const MOVES = { Enter: "next", ArrowRight: "next", ArrowLeft: "previous" };
const TYPING = "input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable=true]";
// What a key does already where the focus is.
const OWN = { Enter: "button, a, summary, [role=button]", Arrow: "[type=radio], [role=radio], [role=tab], [role=slider]" };
// What the page said last; the one listener reads it, so no press is told for a pair that is gone.
const kept = { seq: 0, pressed: [], now: null };

const digit = (code) => /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1];
const inside = (event, selector) => event.composedPath().some((node) => node.matches?.(selector));

function tell(word) {
  kept.seq = Math.max(kept.seq + 1, Date.now());
  // Several presses may go out before the page has taken the first, so all of the last are told.
  kept.pressed = [...kept.pressed, [kept.seq, kept.now.data.place, word]].slice(-24);
  kept.now.setStateValue("pressed", kept.pressed);
}

function press(event) {
  if (!kept.now?.data.on || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (inside(event, TYPING)) {
    if (event.key === "Escape") document.activeElement?.blur();
    return;
  }
  // Whoever has walked to a button with Tab means that button.
  const own = event.key in MOVES && OWN[event.key === "Enter" ? "Enter" : "Arrow"];
  if (own && inside(event, own) && document.activeElement?.matches(":focus-visible")) return;
  // The key of a digit, since on a French keyboard the sign needs Shift.
  const word = MOVES[event.key] ?? kept.now.data.keys[digit(event.code) ?? event.key.toLowerCase()];
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
  if (kept.now && kept.now.data.place !== data.place) (parentElement.host ?? parentElement).scrollIntoView({ block: "start" });
  const mine = { data, setStateValue };
  kept.now = mine;
  if (told.textContent !== data.told) told.textContent = data.told;
  told.dataset.keys = data.on ? "on" : "off";
  document.addEventListener("keydown", press, true);
  return () => {
    if (kept.now !== mine) return;
    kept.now = null;
    document.removeEventListener("keydown", press, true);
  };
}
