"""What a reader sees of a page without scrolling: the words in the window."""

# The words of every text node that is drawn inside the window, shadow trees included; those for
# screen readers alone, of closed folds and of what is scrolled away are not counted. Tokens of a
# text flow as words: what stands together without a space is one. Numbers alone are no words.
SEEN = r"""
() => {
  const inside = (box) => box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0
    && box.top < innerHeight && box.left < innerWidth;
  const clipped = (box, one) => {
    for (let up = one; up; up = up.parentElement || up.getRootNode().host) {
      const { overflowX, overflowY } = getComputedStyle(up);
      if (overflowX === "visible" && overflowY === "visible") continue;
      const frame = up.getBoundingClientRect();
      if (box.top >= frame.bottom || box.bottom <= frame.top
        || box.left >= frame.right || box.right <= frame.left) return true;
    }
    return false;
  };
  const found = [];
  const sight = { visibilityProperty: true, opacityProperty: true };
  const piece = (node, one, [text, index]) => {
    if (!text.trim()) return " ";
    const range = document.createRange();
    range.setStart(node, index);
    range.setEnd(node, index + text.length);
    const box = [...range.getClientRects()].find(inside);
    return box && !clipped(box, one) ? text : " ";
  };
  const walk = (one) => {
    if (/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(one.tagName)) return;
    const { display, fontFamily } = getComputedStyle(one);
    // Names of Material symbols are letters of a font.
    const read = one.checkVisibility(sight) && !/Material/.test(fontFamily);
    const apart = display === "inline" ? "" : " ";
    found.push(apart);
    for (const node of [...(one.shadowRoot?.childNodes || []), ...one.childNodes]) {
      if (node.nodeType === 1) walk(node);
      else if (node.nodeType === 3 && read)
        for (const part of node.textContent.matchAll(/\S+|\s+/g))
          found.push(piece(node, one, [part[0], part.index]));
    }
    found.push(apart);
  };
  walk(document.body);
  return found.join("").split(/\s+/).filter((word) => /\p{L}/u.test(word));
}
"""


def words(page):
    """The words in sight, in the order of the document, the sidebar's among them."""
    return page.evaluate(SEEN)
