// The keys of a presentation. What is typed into a field, or moves a control, stays with it.
const MOVES = {
  ArrowRight: "next", PageDown: "next", " ": "next",
  ArrowLeft: "previous", PageUp: "previous", Home: "first", End: "last", Escape: "leave",
};
const FIELDS = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=radiogroup], [role=grid], .fv-list";
const PRESSED = "button, a, summary, [role=button]";

// What the page said last. A change of theme mounts anew and may leave the old listener behind: one
// that told the old page would swallow the key and move nothing.
let now = null;

function pressed(event) {
  const move = MOVES[event.key];
  if (!now || !move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
  const over = event.composedPath().filter((node) => node.matches);
  if (over.some((node) => node.matches(FIELDS))) return;
  if (event.key === " " && over.some((node) => node.matches(PRESSED))) return;
  // An open dialog or list closes by Escape first.
  if (move === "leave" && document.querySelector("[role=dialog], [data-baseweb=popover]")) return;
  event.preventDefault();
  now("move", move);
}

export default function ({ setTriggerValue }) {
  const mine = (...told) => setTriggerValue(...told);
  now = mine;
  window.addEventListener("keydown", pressed);
  return () => {
    if (now !== mine) return;
    now = null;
    window.removeEventListener("keydown", pressed);
  };
}
