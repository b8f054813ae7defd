// Unpacks plotly.js: base 85, then gzip. The policy names the library's own hash, so no other runs.
(async () => {
  "use strict";
  if (!window.DecompressionStream) return; // the numbers stand in tables
  const signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;,=.?@^_`{|}~";
  const value = new Uint8Array(128);
  [...signs].forEach((sign, place) => { value[sign.charCodeAt(0)] = place; });
  const text = document.getElementById("plotly").textContent;
  const bytes = new Uint8Array(Math.ceil(text.length / 5) * 4);
  for (let at = 0, to = 0; at < text.length; at += 5, to += 4) {
    let word = 0;
    for (let i = 0; i < 5; i++) word = word * 85 + (at + i < text.length ? value[text.charCodeAt(at + i)] : 84);
    for (let i = 3; i >= 0; i--, word = Math.floor(word / 256)) bytes[to + i] = word % 256;
  }
  const length = bytes.length - ((5 - (text.length % 5)) % 5);
  const stream = new Blob([bytes.subarray(0, length)]).stream().pipeThrough(new DecompressionStream("gzip"));
  const script = document.createElement("script");
  script.textContent = await new Response(stream).text();
  document.head.append(script);
  dispatchEvent(new Event("fairviz-plotly"));
})();
