() => {
  // What keeps a finger or a screen reader from a control, in words; nothing: an empty list.
  const wrong = [];
  const edge = document.documentElement.clientWidth;
  for (const box of [document.documentElement, document.body, document.querySelector("main")]) {
    if (box && box.scrollWidth > box.clientWidth + 1) wrong.push(`${box.tagName} scrolls sideways`);
  }
  const nameOf = (control) => {
    const pointed = (control.getAttribute("aria-labelledby") ?? "").split(" ").map((id) => document.getElementById(id)?.textContent ?? "");
    const labels = [...(control.labels ?? [])].map((label) => label.textContent);
    const inside = ["INPUT", "SELECT", "TEXTAREA"].includes(control.tagName) ? "" : control.innerText;
    return [control.getAttribute("aria-label"), ...pointed, ...labels, inside].join("").trim();
  };
  for (const control of document.querySelectorAll("button, input, select, textarea, summary, a[href]")) {
    const touched = (control.closest(".field") ?? control).getBoundingClientRect();
    // What is folded has a place, and nobody sees it.
    if (touched.width === 0 || !control.checkVisibility()) continue;
    const what = `${control.tagName} ${control.dataset.testid ?? ""} ${nameOf(control).slice(0, 30)}`;
    if (nameOf(control) === "") wrong.push(`${what} has no name: ${control.outerHTML.slice(0, 80)}`);
    if (touched.height < 47.5 || touched.width < 47.5) wrong.push(`${what} is ${touched.width} x ${touched.height}`);
    if (touched.left < -1 || touched.right > edge + 1) wrong.push(`${what} reaches past the edge`);
  }
  return wrong;
}
