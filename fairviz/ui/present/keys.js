// The keys of a presentation. What is typed into a field, or moves a control, stays with it.
const MOVES = {
  ArrowRight: "next", PageDown: "next", " ": "next",
  ArrowLeft: "previous", PageUp: "previous", Home: "first", End: "last", Escape: "leave",
};
const FIELDS = "input, textarea, select, [contenteditable=true], [role=slider], [role=combobox], [role=listbox], [role=radiogroup], [role=grid], .fv-list";
const PRESSED = "button, a, summary, [role=button]";

export default function ({ setTriggerValue }) {
  const pressed = (event) => {
    const move = MOVES[event.key];
    if (!move || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const over = event.composedPath().filter((node) => node.matches);
    if (over.some((node) => node.matches(FIELDS))) return;
    if (event.key === " " && over.some((node) => node.matches(PRESSED))) return;
    // An open dialog or list closes by Escape first.
    if (move === "leave" && document.querySelector("[role=dialog], [data-baseweb=popover]")) return;
    event.preventDefault();
    setTriggerValue("move", move);
  };
  window.addEventListener("keydown", pressed);
  return () => window.removeEventListener("keydown", pressed);
}
