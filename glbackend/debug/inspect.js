// Textures on canvases: a texel is a column of four cells, its lanes; the mouse tells what lies where.
const LANES = [[212, 61, 61], [47, 158, 91], [47, 111, 208], [138, 91, 184]], NAMES = "RGBA", DARK = [23, 26, 32];
const tip = document.body.appendChild(Object.assign(document.createElement("div"), {id: "tip"}));

function decoded(one) {
  const bytes = Uint8Array.from(atob(one.bits), letter => letter.charCodeAt(0));
  return one.integer ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
}

// what lies in a lane: "data", "padding" of a row's last texel, or "after" the data
function kind(one, texel, lane) {
  if (texel >= one.texels) return "after";
  return texel % one.row * 4 + lane < one.length ? "data" : "padding";
}

function element(one, texel, lane) {  // the element's index in the tensor
  let flat = Math.floor(texel / one.row) * one.length + texel % one.row * 4 + lane;
  const index = [];
  for (const dim of [...one.shape].reverse()) { index.unshift(flat % dim); flat = Math.floor(flat / dim); }
  return index;
}

function draw(canvas, one, values) {
  const small = document.createElement("canvas"), pen = small.getContext("2d");
  small.width = one.width; small.height = one.lines * 4;
  const image = pen.createImageData(small.width, small.height);
  for (let texel = 0; texel < one.width * one.lines; texel++) {
    for (let lane = 0; lane < 4; lane++) {
      const value = values[texel * 4 + lane], x = texel % one.width, y = Math.floor(texel / one.width) * 4 + lane;
      let colour = [120, 128, 138];
      if (kind(one, texel, lane) === "data") {
        const share = Math.min(Math.abs(value) / (one.most || 1), 1) ** 0.45;
        const bright = LANES[lane].map(most => value < 0 ? most * 0.35 + 110 : most + (255 - most) * 0.25);
        colour = bright.map((most, i) => DARK[i] + share * (most - DARK[i]));
        if (Number.isNaN(value)) colour = [255, 0, 255];
        else if (!Number.isFinite(value)) colour = [255, 214, 0];
      }
      image.data.set([...colour, 255], (y * one.width + x) * 4);
    }
  }
  pen.putImageData(image, 0, 0);
  const room = canvas.parentElement.clientWidth - 34;
  const wide = Math.max(1, Math.min(26, Math.floor(room / one.width))), tall = Math.max(2, Math.min(12, wide));
  canvas.width = one.width * wide; canvas.height = one.lines * tall * 4;
  const brush = canvas.getContext("2d");
  brush.imageSmoothingEnabled = false;
  brush.drawImage(small, 0, 0, canvas.width, canvas.height);
  hatch(brush, one, wide, tall);
  brush.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--paper");
  for (let line = 1; line < one.lines; line++) brush.fillRect(0, line * tall * 4 - 0.5, canvas.width, 1);
  if (wide >= 5) for (let x = 1; x < one.width; x++) brush.fillRect(x * wide - 0.5, 0, 1, canvas.height);
  return [wide, tall];
}

function hatch(brush, one, wide, tall) {  // lanes that hold nothing
  brush.strokeStyle = "#fff"; brush.globalAlpha = 0.45; brush.beginPath();
  for (let texel = 0; texel < one.width * one.lines; texel++) {
    for (let lane = 0; lane < 4; lane++) {
      if (kind(one, texel, lane) === "data") continue;
      const x = texel % one.width * wide, y = (Math.floor(texel / one.width) * 4 + lane) * tall;
      brush.moveTo(x, y + tall); brush.lineTo(x + wide, y);
    }
  }
  brush.stroke(); brush.globalAlpha = 1;
}

function told(one, values, texel, lane) {
  const where = `texel ${texel}, column ${texel % one.width}, line ${Math.floor(texel / one.width)}, lane ${NAMES[lane]}`;
  const value = values[texel * 4 + lane], shown = one.integer ? String(value) : String(+value.toPrecision(7));
  const what = kind(one, texel, lane);
  if (what === "data") return `[${element(one, texel, lane).join(", ")}] = ${shown}\n${where}`;
  return (what === "padding" ? `pads the row: ${shown}` : "after the data: whatever was there") + `\n${where}`;
}

function prepare(canvas, one) {
  const values = decoded(one), [wide, tall] = draw(canvas, one, values);
  canvas.addEventListener("mousemove", event => {
    const box = canvas.getBoundingClientRect();
    const x = Math.floor((event.clientX - box.left) / wide), y = Math.floor((event.clientY - box.top) / tall);
    const texel = Math.floor(y / 4) * one.width + x;
    if (x < 0 || x >= one.width || y < 0 || y >= one.lines * 4) return;
    tip.style.display = "block";
    tip.textContent = told(one, values, texel, y % 4);
    tip.style.left = Math.min(event.clientX + 14, innerWidth - 300) + "px";
    tip.style.top = event.clientY + 16 + "px";
  });
  canvas.addEventListener("mouseleave", () => { tip.style.display = "none"; });
  canvas.dataset.drawn = `${wide}x${tall}`;
}

DATA.forEach(one => prepare(document.getElementById(`c${one.id}`), one));
