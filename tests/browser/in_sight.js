// Whether a text of an element, blanks aside, can be read as the page is: nothing cuts off or covers a corner of a line.
(element, text) => {
  const letters = [];
  const nodes = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (nodes.nextNode()) {
    const node = nodes.currentNode;
    [...node.data].forEach((letter, place) => letter.trim() && letters.push({ letter, node, place }));
  }
  const wanted = text.replace(/\s/g, "");
  const start = letters.map(({ letter }) => letter).join("").indexOf(wanted);
  if (start < 0) return false;

  const [first, last] = [letters[start], letters[start + wanted.length - 1]];
  const range = document.createRange();
  range.setStart(first.node, first.place);
  range.setEnd(last.node, last.place + 1);
  const lines = [...range.getClientRects()].filter(({ width }) => width > 2);
  const corners = lines.flatMap(({ left, right, top, bottom }) =>
    [left + 1, right - 1].flatMap((x) => [top + 1, bottom - 1].map((y) => [x, y])),
  );
  return corners.length > 0 && corners.every(([x, y]) => element.contains(document.elementFromPoint(x, y)));
};
