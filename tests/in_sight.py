"""What a reader sees of a page without scrolling: the words in the window."""

# The words of every text node that is drawn inside the window, shadow trees included; those for
# screen readers alone, of closed folds and of what is scrolled away are not counted. Tokens of a
# text flow as words: what stands together without a space is one.
SEEN = r"""
() => {
  const deep = (root) => [...root.children].flatMap((one) => [
    one, ...(one.shadowRoot ? deep(one.shadowRoot) : []), ...deep(one)]);
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
  for (const one of deep(document.body)) {
    if (/^(SCRIPT|STYLE|NOSCRIPT|TEMPLATE)$/.test(one.tagName)) continue;
    const sight = { visibilityProperty: true, opacityProperty: true };
    if (![...one.childNodes].some((node) => node.nodeType === 3) || !one.checkVisibility(sight))
      continue;
    // Names of Material symbols are letters of a font.
    if (/Material/.test(getComputedStyle(one).fontFamily)) continue;
    for (const node of one.childNodes) {
      if (node.nodeType !== 3 || !node.textContent) continue;
      for (const piece of node.textContent.matchAll(/\S+|\s+/g)) {
        if (!piece[0].trim()) { found.push(" "); continue; }
        const range = document.createRange();
        range.setStart(node, piece.index);
        range.setEnd(node, piece.index + piece[0].length);
        const box = [...range.getClientRects()].find(inside);
        found.push(box && !clipped(box, one) ? piece[0] : " ");
      }
    }
    if (getComputedStyle(one).display !== "inline") found.push(" ");
  }
  return found.join("").split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
}
"""


def words(page):
    """The words in sight, in the order of the document, the sidebar's among them."""
    return page.evaluate(SEEN)
