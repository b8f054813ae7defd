"""A page walked by Tab: what should be reached, what was, and whether the focus is seen."""

from in_browser import settled

# Runs in the page. Parts of it lie in shadow trees (the panes of tokens), so all of it is deep.
SCRIPT = """
() => {
  if (window.walk) return;
  const looks = ["outlineStyle", "outlineWidth", "outlineColor", "boxShadow", "borderTopColor",
                 "borderBottomColor", "backgroundColor", "color", "textDecorationLine"];
  const deep = (root) => [...root.querySelectorAll("*")]
    .flatMap((one) => [one, ...(one.shadowRoot ? deep(one.shadowRoot) : [])]);
  const named = (one) => (one.getAttribute("aria-label") || one.innerText || one.title
    || one.placeholder || "").trim().slice(0, 40) || one.closest("[class*=st-key-]")?.className
    .match(/st-key-\\S+/)?.[0] || "";
  const parent = (one) => one.parentElement || one.getRootNode().host || null;
  const around = (one) => {
    const found = [one, ...one.children, ...(parent(one)?.children || [])];
    for (let up = parent(one), n = 0; up && n < 8; up = parent(up), n += 1) found.push(up);
    return found;
  };
  const look = (one) => around(one).map((part) => [null, "::before", "::after"]
    .map((pseudo) => looks.map((name) => getComputedStyle(part, pseudo)[name]).join()).join())
    .join("|");
  const seen = (one) => one.checkVisibility({ visibilityProperty: true })
    && one.getClientRects().length > 0;
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex], [role=button]";
  const ids = new Map();
  const before = new Map();
  const id = (one) => {
    if (!ids.has(one)) ids.set(one, ids.size);
    return ids.get(one);
  };
  window.walk = {
    // Every enabled part that a mouse can press, with its way of being reached.
    expected: () => {
      before.clear();
      return deep(document.body).filter((one) => one.matches(kinds) && seen(one)
          && !one.matches(":disabled, [aria-disabled=true], [aria-hidden=true] *, [inert] *"))
        .map((one) => {
          before.set(one, look(one));
          const group = one.closest("[role=radiogroup], [role=tablist], [role=list], "
            + "[role=toolbar], [role=grid]");
          return {
            id: id(one), tab: one.tabIndex, kind: one.tagName.toLowerCase(), name: named(one),
            group: group && group !== one ? id(group) : null,
            radio: one.type === "radio" ? one.name : "",
            within: one.closest("[data-testid]")?.dataset.testid || "",
            html: one.outerHTML.slice(0, 160),
          };
        });
    },
    focus: (wanted) => [...ids].find(([, place]) => place === wanted)[0].focus(),
    // Whether the focus is on what is called so, or in the part of the page with that key.
    at: (name, key) => {
      let one = document.activeElement;
      while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
      return Boolean(one && ((name && named(one).split("\\n").pop() === name)
        || (key && one.closest(`.st-key-${key}`))));
    },
    here: () => {
      let one = document.activeElement;
      while (one?.shadowRoot?.activeElement) one = one.shadowRoot.activeElement;
      if (!one || one === document.body || one === document.documentElement) return null;
      const was = before.get(one);
      return {
        id: id(one), name: named(one), html: one.outerHTML.slice(0, 160),
        shown: was === undefined || was !== look(one),
      };
    },
  };
}
"""
MOST = 400


def walked(page, key="Tab"):
    """Where each press leads, until it begins again; nowhere is between the end and the start."""
    places = []
    for _ in range(MOST):
        page.keyboard.press(key)
        here = page.evaluate("walk.here()")
        if here is None:
            continue
        if not here["shown"]:  # a page that is being drawn is a frame late with its look
            settled(page)
            here = page.evaluate("walk.here()") or here
        if len(places) > 1 and here["id"] == places[0]["id"] != places[-1]["id"]:
            return places
        places.append(here)
    return places


def begin(page):
    """What should be reached. Colours change at once, and the focus is before everything."""
    settled(page)
    page.add_style_tag(content="*, ::before, ::after { transition: none !important }")
    page.evaluate(SCRIPT)
    page.evaluate("document.activeElement?.blur(); getSelection().removeAllRanges()")
    return page.evaluate("walk.expected()")
