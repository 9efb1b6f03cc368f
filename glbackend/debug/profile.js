// The time line and the memory curve of a profile, on canvases; tables that sort.
const COLOURS = ["#4363d8", "#e6194b", "#2f9e44", "#f58231", "#911eb4", "#0b7285", "#b08900", "#c2255c"];
const LANE = 26, TOP = 22;
const tip = document.body.appendChild(Object.assign(document.createElement("div"), {id: "tip"}));
const style = name => getComputedStyle(document.documentElement).getPropertyValue(name);
const view = {from: 0, to: Math.max(DATA.wall, 1e-6)};
const colours = new Map();

function colour(name) {
  if (!colours.has(name)) colours.set(name, COLOURS[colours.size % COLOURS.length]);
  return colours.get(name);
}

function prepared(canvas, height) {
  const width = canvas.parentElement.clientWidth - 32, scale = window.devicePixelRatio || 1;
  canvas.width = width * scale; canvas.height = height * scale;
  canvas.style.width = width + "px"; canvas.style.height = height + "px";
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.font = "12px system-ui, 'DejaVu Sans', sans-serif";
  return [pen, width];
}

function steps(span) {  // a round step of an axis: about eight of them fit
  const power = 10 ** Math.floor(Math.log10(span / 8));
  return [1, 2, 5, 10].map(one => one * power).find(one => span / one <= 8) || power * 10;
}

function axis(pen, width, height) {
  const span = view.to - view.from, step = steps(span);
  pen.fillStyle = style("--soft"); pen.strokeStyle = style("--line");
  for (let at = Math.ceil(view.from / step) * step; at <= view.to; at += step) {
    const x = (at - view.from) / span * width;
    pen.beginPath(); pen.moveTo(x, 14); pen.lineTo(x, height); pen.stroke();
    pen.fillText(`${+at.toPrecision(6)} ms`, x + 3, 11);
  }
}

function drawTime() {
  const canvas = document.getElementById("time"), height = TOP + LANE * DATA.lanes.length + 6;
  const [pen, width] = prepared(canvas, height), span = view.to - view.from;
  axis(pen, width, height);
  for (const [lane, start, ms, name] of DATA.events) {
    if (start + ms < view.from || start > view.to) continue;
    const x = (start - view.from) / span * width, wide = Math.max(ms / span * width, 0.6);
    pen.fillStyle = colour(name);
    pen.fillRect(x, TOP + lane * LANE, wide, LANE - 6);
    if (wide > 34) {
      pen.save(); pen.beginPath(); pen.rect(x, TOP + lane * LANE, wide - 3, LANE); pen.clip();
      pen.fillStyle = "#fff"; pen.fillText(name, Math.max(x, 0) + 4, TOP + lane * LANE + 14); pen.restore();
    }
  }
  pen.fillStyle = style("--soft");
  DATA.lanes.forEach((name, i) => {
    if (!DATA.events.some(one => one[0] === i)) pen.fillText(`no ${name}`, 4, TOP + i * LANE + 14);
  });
}

function drawMemory() {
  const canvas = document.getElementById("memory"), height = 150, [pen, width] = prepared(canvas, height);
  const span = view.to - view.from, most = Math.max(1, ...DATA.memory.flatMap(one => one.slice(1)));
  axis(pen, width, height - 18);
  ["tensors", "textures in use", "textures free"].forEach((name, i) => {
    pen.strokeStyle = pen.fillStyle = COLOURS[i]; pen.lineWidth = 1.5; pen.beginPath();
    let before = null;
    for (const one of DATA.memory) {
      const x = (one[0] - view.from) / span * width, y = height - 22 - one[i + 1] / most * (height - 44);
      if (before === null) pen.moveTo(x, y); else { pen.lineTo(x, before); pen.lineTo(x, y); }
      before = y;
    }
    pen.lineTo(width, before); pen.stroke();
    pen.fillText(name, 4 + i * 130, height - 4);
  });
  pen.fillStyle = style("--soft");
  pen.fillText(`highest: ${(most / 2 ** 20).toPrecision(3)} MiB`, 410, height - 4);
}

function found(event, canvas) {
  const box = canvas.getBoundingClientRect(), at = view.from + (event.clientX - box.left) / box.width * (view.to - view.from);
  const lane = Math.floor((event.clientY - box.top - TOP) / LANE), near = (view.to - view.from) / box.width;
  let best = null;
  for (const one of DATA.events) {
    if (one[0] === lane && one[1] - near <= at && at <= one[1] + one[2] + near && (!best || one[2] < best[2])) best = one;
  }
  return best;
}

function show(event, one) {
  tip.style.display = one ? "block" : "none";
  if (!one) return;
  tip.textContent = `${one[3]}: ${one[2].toPrecision(4)} ms\n${one[4]}`.trim();
  tip.style.left = Math.min(event.clientX + 14, innerWidth - 470) + "px";
  tip.style.top = event.clientY + 16 + "px";
}

function redraw() { drawTime(); drawMemory(); }

const canvas = document.getElementById("time");
let held = null;
canvas.addEventListener("wheel", event => {
  event.preventDefault();
  const box = canvas.getBoundingClientRect(), part = (event.clientX - box.left) / box.width;
  const span = view.to - view.from, wanted = Math.min(span * (event.deltaY > 0 ? 1.25 : 0.8), DATA.wall);
  view.from = Math.max(0, view.from + (span - wanted) * part);
  view.to = view.from + wanted;
  redraw();
}, {passive: false});
canvas.addEventListener("mousedown", event => { held = event.clientX; });
addEventListener("mouseup", () => { held = null; });
canvas.addEventListener("mousemove", event => {
  if (held === null) return show(event, found(event, canvas));
  const span = view.to - view.from, moved = (held - event.clientX) / canvas.clientWidth * span;
  view.from = Math.max(0, Math.min(view.from + moved, DATA.wall - span));
  view.to = view.from + span;
  held = event.clientX;
  redraw();
});
canvas.addEventListener("mouseleave", event => show(event, null));
canvas.addEventListener("dblclick", () => { view.from = 0; view.to = DATA.wall; redraw(); });
addEventListener("resize", redraw);

const UNITS = {B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30};
const number = text => { const [value, unit] = text.split(" "); return parseFloat(value) * (UNITS[unit] || 1); };
document.querySelectorAll("table.sorts th").forEach(head => head.addEventListener("click", () => {
  const body = head.closest("table").tBodies[0], i = head.cellIndex, up = head.dataset.up !== "1";
  head.dataset.up = up ? "1" : "";
  const key = row => row.cells[i].textContent;
  const order = (a, b) => isNaN(number(key(a))) || isNaN(number(key(b)))
    ? key(a).localeCompare(key(b)) : number(key(b)) - number(key(a));
  [...body.rows].sort((a, b) => up ? order(a, b) : order(b, a)).forEach(row => body.append(row));
}));
redraw();
