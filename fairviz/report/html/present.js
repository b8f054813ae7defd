// One item a screen: turned by keys and buttons, texts shown again at reading speed.
(() => {
  "use strict";
  const words = JSON.parse(document.getElementById("words").textContent);
  const slides = [...document.querySelectorAll(".slide")];
  const bar = document.querySelector(".bar");
  const button = (what) => document.querySelector(`[data-do=${what}]`);
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const PACE = 220; // milliseconds a token: about 200 words a minute
  let at = -1;
  let replay = null;

  const presenting = () => document.body.classList.contains("present");

  // The text again ------------------------------------------------------------
  const stop = () => {
    if (!replay) return;
    clearInterval(replay.clock);
    replay.steps.flat().forEach((chip) => chip.classList.remove("spoken"));
    replay = null;
    name();
  };
  const name = () => {
    button("replay").textContent = !replay ? words.replay : replay.clock ? words.pause : words.resume;
  };
  const tick = () => {
    replay.steps[replay.next].forEach((chip) => chip.classList.remove("spoken"));
    replay.next += 1;
    if (replay.next === replay.steps.length) stop();
  };
  const start = () => {
    stop();
    const texts = [...slides[at].querySelectorAll(".tokens")].map((one) => [...one.querySelectorAll(".c, .parts")]);
    const longest = Math.max(0, ...texts.map((one) => one.length));
    if (!longest) return;
    // Both texts go on together, as they were written.
    const steps = Array.from({ length: longest }, (_, place) => texts.map((one) => one[place]).filter(Boolean));
    steps.flat().forEach((chip) => chip.classList.add("spoken"));
    replay = { steps, next: 0, clock: setInterval(tick, PACE) };
    name();
  };
  const pause = () => {
    if (!replay) return start();
    if (replay.clock) { clearInterval(replay.clock); replay.clock = 0; }
    else replay.clock = setInterval(tick, PACE);
    name();
  };

  // A slide's own heading is the first of its screen.
  const level = (raised) =>
    slides.forEach((slide) => slide.querySelector("h1") || slide.querySelectorAll("h2, h3, h4, h5, h6").forEach((one) =>
      raised ? one.setAttribute("aria-level", one.tagName[1] - 1) : one.removeAttribute("aria-level")));

  // Slides ----------------------------------------------------------------------
  const show = (place) => {
    stop();
    at = Math.min(Math.max(place, 0), slides.length - 1);
    slides.forEach((one, number) => one.classList.toggle("shown", number === at));
    document.querySelector(".position").textContent = `${at + 1} / ${slides.length}`;
    button("back").disabled = at === 0;
    button("next").disabled = at === slides.length - 1;
    const texts = slides[at].dataset.kind === "comparison";
    button("replay").hidden = !texts;
    scrollTo(0, 0);
    slides[at].querySelector("h1, h2").focus({ preventScroll: true });
    dispatchEvent(new Event("fairviz-shown"));
    if (texts && !still.matches && !slides[at].querySelector(".texts[inert]")) start();
  };
  const enter = (place) => {
    document.body.classList.add("present");
    bar.hidden = false;
    level(true);
    show(place);
  };
  const leave = () => {
    stop();
    const here = slides[at];
    level(false);
    document.body.classList.remove("present");
    bar.hidden = true;
    try { history.replaceState(null, "", `${location.pathname}#${here.id}`); } catch { /* a file may not */ }
    dispatchEvent(new Event("fairviz-shown"));
    here.scrollIntoView();
  };

  button("present").addEventListener("click", () => enter(0));
  button("leave").addEventListener("click", leave);
  button("back").addEventListener("click", () => show(at - 1));
  button("next").addEventListener("click", () => show(at + 1));
  button("replay").addEventListener("click", pause);
  document.querySelectorAll(".cover a").forEach((link) =>
    link.addEventListener("click", (event) => {
      const place = slides.findIndex((one) => one.matches(link.hash) || one.querySelector(link.hash));
      if (!presenting() || place < 0) return;
      event.preventDefault();
      show(place);
    }),
  );
  addEventListener("keydown", (event) => {
    if (!presenting() || event.altKey || event.ctrlKey || event.metaKey) return;
    const typed = event.target.closest("button, a, input, summary");
    if (event.key === "Escape") leave();
    else if (["ArrowRight", "PageDown"].includes(event.key)) show(at + 1);
    else if (["ArrowLeft", "PageUp"].includes(event.key)) show(at - 1);
    else if (event.key === " " && !typed) show(at + (event.shiftKey ? -1 : 1));
    else if (event.key === "Home") show(0);
    else if (event.key === "End") show(slides.length - 1);
    else if (event.key.toLowerCase() === "p" && !button("replay").hidden) pause();
    else return;
    event.preventDefault();
  });
  const asked = new URLSearchParams(location.search).get("present") === "1";
  if (asked || location.hash === "#present") enter(0);
  addEventListener("hashchange", () => location.hash === "#present" && enter(0));
})();
