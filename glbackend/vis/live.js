// Curves of a training; a live page asks for more twice a second, until fit is over.
const COLOURS = ["#4363d8", "#e6194b", "#9db4ff", "#f7a6b4"], NS = "http://www.w3.org/2000/svg";
const WIDE = 520, TALL = 290, LEFT = 56, BELOW = 26, ABOVE = 56;

function made(kind, attributes, parent, text) {
  const one = document.createElementNS(NS, kind);
  for (const [name, value] of Object.entries(attributes)) one.setAttribute(name, value);
  if (text !== undefined) one.textContent = text;
  return parent.appendChild(one);
}

function step(span, fits) {
  const power = 10 ** Math.floor(Math.log10(span / fits || 1));
  return [1, 2, 5, 10].map(one => one * power).find(one => span / one <= fits) || power * 10;
}

function shown(value) { return String(+value.toPrecision(4)); }

function panel(name, curves) {
  const points = Object.values(curves).flat().filter(one => one[1] !== null);
  const last = Math.max(1, ...points.map(one => one[0]));
  let low = Math.min(0, ...points.map(one => one[1])), high = Math.max(...points.map(one => one[1]), low + 1e-9);
  if (name.startsWith("acc")) [low, high] = [0, 1];
  const x = at => LEFT + at / last * (WIDE - LEFT - 16), y = value => ABOVE + (high - value) / (high - low) * (TALL - ABOVE - BELOW);
  const svg = made("svg", {width: WIDE, height: TALL, "data-panel": name}, document.createElement("div"));
  made("text", {x: 0, y: 16, "font-size": 14, "font-weight": 600}, svg, name);
  for (let at = 0, by = step(high - low, 5); low + at * by <= high * 1.0001; at++) {
    const value = low + at * by;
    made("line", {x1: LEFT, x2: WIDE - 16, y1: y(value), y2: y(value), stroke: "currentColor", opacity: 0.12}, svg);
    made("text", {x: LEFT - 6, y: y(value) + 4, "font-size": 11, "text-anchor": "end", opacity: 0.7}, svg, shown(value));
  }
  for (let at = 0, by = Math.max(step(last, 8), 1); at <= last; at += by) {
    made("text", {x: x(at), y: TALL - 8, "font-size": 11, "text-anchor": "middle", opacity: 0.7}, svg, at);
  }
  const names = Object.keys(curves).sort((a, b) => b.startsWith("batch") - a.startsWith("batch"));
  names.forEach((one, i) => {
    const known = curves[one].filter(point => point[1] !== null), batches = one.startsWith("batch ");
    if (!known.length) return;
    const colour = COLOURS[one.includes("val_") ? 1 : batches ? 2 : 0], end = known[known.length - 1];
    made("polyline", {points: known.map(point => `${x(point[0]).toFixed(1)},${y(point[1]).toFixed(1)}`).join(" "), fill: "none",
      stroke: colour, "stroke-width": batches ? 1 : 2, "data-curve": one}, svg);
    made("circle", {cx: x(end[0]), cy: y(end[1]), r: batches ? 1.5 : 3, fill: colour}, svg);
    const legend = made("text", {x: WIDE - 16, y: 16 + (names.length - 1 - i) * 14, "font-size": 12, "text-anchor": "end"}, svg,
      `${one} ${shown(end[1])}`);
    legend.style.fill = colour;
  });
  return svg.parentElement;
}

function draw(data) {
  document.getElementById("told").textContent = `fit: ${data.told}`;
  document.getElementById("panels").replaceChildren(...Object.entries(data.panels).map(([name, curves]) => panel(name, curves)));
}

async function ask() {
  try {
    const data = await (await fetch("data")).json();
    draw(data);
    if (!data.over) setTimeout(ask, 500);
  } catch (error) {
    document.getElementById("told").textContent += " (the program has ended)";
  }
}

draw(DATA);
if (DATA.live) setTimeout(ask, 500);
