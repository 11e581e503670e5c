// On the phone's page: how long from an input event until what follows from it was painted.
(() => {
  const told = [];
  // To leave an option answers nothing: only what was typed is given when its field is left.
  const ANSWERING = { click: "[data-value], [data-value] *", input: "*", focusout: "input, textarea" };
  const afterPaint = (then) =>
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => then(performance.now());
      port2.postMessage(0);
    });
  const note = (event) => {
    const section = event.target instanceof Element ? event.target.closest("section[data-path]") : null;
    if (!section || !event.target.matches(ANSWERING[event.type])) return;
    const { path, kind } = section.dataset;
    afterPaint((now) => {
      told.push({ path, kind, event: event.type, ms: now - event.timeStamp });
      console.debug("painted");
    });
  };
  for (const type of Object.keys(ANSWERING)) window.addEventListener(type, note, { capture: true });
  window.takeTold = () => told.splice(0);
  // The next click, until the element that `selector` names was painted.
  window.untilShown = (selector) => {
    window.shown = new Promise((resolve) => {
      window.addEventListener("click", (event) => {
        const began = event.timeStamp;
        const watch = new MutationObserver(() => {
          if (!document.querySelector(selector)) return;
          watch.disconnect();
          afterPaint((now) => resolve(now - began));
        });
        watch.observe(document.body, { childList: true, subtree: true });
      }, { capture: true, once: true });
    });
  };
})();
