// Draws the figures in the reader's colours, shows blurred texts when asked, reads tokens aloud.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");
  const words = JSON.parse(document.getElementById("words").textContent);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // Figures -----------------------------------------------------------------
  const theme = (isDark) => {
    const ink = isDark ? "#e8ebf0" : "#1b1f26";
    const grid = isDark ? "#2c323c" : "#e4e8ed";
    const axis = {
      automargin: true, gridcolor: grid, linecolor: grid, zerolinecolor: isDark ? "#545d6b" : "#aab2bd",
      zerolinewidth: 1, ticks: "", title: { standoff: 10 },
    };
    return {
      layout: {
        paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
        font: { color: ink, size: 13, family: getComputedStyle(document.body).fontFamily },
        colorway: ["#2f7fc1", "#d9730d", "#8f5aa8", "#808895"], xaxis: axis, yaxis: axis,
        hoverlabel: { align: "left" },
      },
    };
  };
  const plots = all("script[data-plot]").map((script) => ({
    place: document.getElementById(script.dataset.plot),
    figure: JSON.parse(script.textContent),
  }));
  const config = {
    displaylogo: false, displayModeBar: false, responsive: true,
  };
  // A title that is longer than its axis would be cut: it goes on in a second line.
  const wrapped = (title, room) => {
    if (!title || !title.text || title.text.includes("<br>")) return title;
    const most = Math.max(Math.floor(room / 7.6), 14);
    const lines = title.text.split(" ").reduce((lines, word) => {
      const last = lines[lines.length - 1];
      if (last && (last + word).length < most) lines[lines.length - 1] = `${last} ${word}`;
      else lines.push(word);
      return lines;
    }, []);
    return { ...title, text: lines.join("<br>") };
  };
  const fitted = (layout, width) => {
    const out = { ...layout };
    for (const name of Object.keys(layout)) {
      if (!/^[xy]axis[0-9]*$/.test(name)) continue;
      const [from, to] = layout[name].domain || [0, 1];
      const high = ((layout.height || 420) - 110) * (to - from) + 20;
      out[name] = { ...layout[name], title: wrapped(layout[name].title, name[0] === "x" ? width - 90 : high) };
    }
    return out;
  };
  // On a slide it fills what is left of the screen.
  const height = (one) => {
    const usual = one.figure.layout.height || 420;
    if (!document.body.classList.contains("present")) return usual;
    return Math.max(0.7 * usual, innerHeight - one.place.getBoundingClientRect().top - 80);
  };
  const draw = (one, isDark, width) => {
    const room = width || one.place.clientWidth;
    const layout = { ...fitted({ ...one.figure.layout, height: height(one) }, room), template: theme(isDark), autosize: !width };
    if (width) layout.width = width;
    one.drawn = true;
    return Plotly.react(one.place, one.figure.data, layout, { ...config, responsive: !width });
  };
  const visible = (one) => one.place.clientWidth > 0;
  const drawAll = () => {
    const next = plots.find((one) => !one.drawn && visible(one));
    if (!next) return;
    draw(next, dark.matches);
    setTimeout(drawAll, 0);
  };
  // `plotly.js` unpacks the library after this script has run.
  addEventListener("fairviz-plotly", () => {
    drawAll();
    dark.addEventListener("change", () => plots.forEach((one) => one.drawn && draw(one, dark.matches)));
    addEventListener("beforeprint", () => plots.forEach((one) => draw(one, false, 660)));
    addEventListener("afterprint", () => plots.forEach((one) => draw(one, dark.matches)));
    addEventListener("fairviz-shown", () => {
      plots.forEach((one) => visible(one) && draw(one, dark.matches));
    });
  });

  // Blurred texts -------------------------------------------------------------
  const showAll = document.getElementById("show-all");
  const unveil = () =>
    all(".veiled").forEach((one) => {
      const own = one.closest(".item").querySelector(".reveal input");
      one.inert = !((own && own.checked) || (showAll && showAll.checked));
    });
  all(".reveal input").forEach((one) => one.addEventListener("change", unveil));
  unveil();

  // Tokens ----------------------------------------------------------------------
  const say = (tokens, chip) => {
    all(".now", tokens).forEach((one) => one.classList.remove("now"));
    if (!chip) return;
    chip.classList.add("now");
    tokens.parentElement.querySelector(".readout").textContent =
      `“${chip.textContent}”  ${chip.title || "–"}`;
  };
  all(".tokens[tabindex]").forEach((tokens) => {
    const chips = all(".c", tokens);
    tokens.addEventListener("click", (event) => say(tokens, event.target.closest(".c")));
    tokens.addEventListener("keydown", (event) => {
      const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!by || document.body.classList.contains("present")) return;
      event.preventDefault();
      const here = chips.findIndex((chip) => chip.classList.contains("now"));
      say(tokens, chips[Math.min(Math.max(here + by, 0), chips.length - 1)]);
    });
    tokens.addEventListener("blur", () => say(tokens, null));
  });

  // The findings alone, on one sheet.
  const summary = document.querySelector("[data-do=summary]");
  if (summary) {
    summary.addEventListener("click", () => {
      document.body.classList.add("summary");
      print();
      document.body.classList.remove("summary");
    });
  }

  // Folds -------------------------------------------------------------------------
  // What a reviewer doubts an item by is printed, opened or not.
  let shut = [];
  addEventListener("beforeprint", () => {
    shut = all(".detail:not([open])");
    shut.forEach((one) => { one.open = true; });
  });
  addEventListener("afterprint", () => shut.forEach((one) => { one.open = false; }));
  const unfold = document.querySelector("[data-do=unfold]");
  unfold.addEventListener("click", () => {
    const open = unfold.textContent === words.unfold;
    all("details").forEach((one) => { one.open = open; });
    unfold.textContent = open ? words.fold : words.unfold;
  });
})();
