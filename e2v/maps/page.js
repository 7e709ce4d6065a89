"use strict";
// Points are drawn into the pixels of a canvas: it needs no GPU, and 50,000 take some milliseconds.
const $ = (id) => document.getElementById(id);
const MARGIN = 24; // pixels around the view in which points are drawn, so that none needs clipping

async function unpack() {
  const packed = Uint8Array.from(atob($("data").textContent), (c) => c.charCodeAt(0));
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = await new Response(stream).arrayBuffer();
  const size = new DataView(bytes).getUint32(0, true);
  const map = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 4, size)));
  const kinds = { u1: Uint8Array, u2: Uint16Array, i4: Int32Array };
  let at = (4 + size + 3) & ~3;
  for (const [name, kind, length] of map.arrays) {
    const array = new kinds[kind](bytes, at, length);
    map[name] = array;
    at = (at + array.byteLength + 3) & ~3;
  }
  return map;
}

function main(map) {
  const n = map.keys.length, k = map.k;
  const canvas = $("points"), above = $("above"), pen = canvas.getContext("2d", { alpha: false });
  const over = above.getContext("2d");
  const shown = (i) => (map.titles && map.titles[i]) || map.keys[i];
  const neighbour = (i, j) => map.low[j * n + i] + (map.high ? map.high[j * n + i] << 16 : 0);
  const cosine = (i, j) => { let c = map.first[i]; for (let s = 1; s <= j; s++) c -= map.falls[(s - 1) * n + i]; return map.least + (1 - map.least) * c / 255; };
  let ratio, width, height, image, pixels, stride, dark, colours, masks, scheme;
  let labels = [], zoom = 1, left = 0, top = 0, fit = 1, chosen = -1, hovered = -1, waiting = false;
  const screen = { x: new Float32Array(n), y: new Float32Array(n) };

  // --- colours
  const hue = (i) => (i * 137.508 + 20) % 360; // the golden angle sets hues apart
  const hues = (i) => `hsl(${hue(i)} ${dark ? 60 : 55}% ${(dark ? 62 : 46) + (i % 3) * 6 - 6}%)`;
  const written = (i) => (scheme === schemes.cluster ? `hsl(${hue(i)} 55% ${dark ? 84 : 24}%)` : colours.ink);
  const ramp = (t) => `hsl(${260 - 215 * t} ${dark ? 70 : 65}% ${dark ? 60 + 10 * t : 62 - 22 * t}%)`;
  const swatch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (css) => {
    swatch.fillStyle = css; swatch.fillRect(0, 0, 1, 1);
    return new Uint32Array(swatch.getImageData(0, 0, 1, 1).data.buffer)[0];
  };
  const RAMP = 64;
  const logs = map.counts && map.counts.map(Math.log1p);
  const [least, most] = logs ? logs.reduce(([low, high], each) => [Math.min(low, each), Math.max(high, each)], [Infinity, 0]) : [0, 1];
  const heat = (i) => (logs ? (logs[i] - least) / (most - least || 1) : 1 - i / n); // 0 of the rarest, 1 of the most frequent
  const schemes = {
    cluster: { of: map.label, names: map.names },
    ...(map.category ? { category: { of: map.category, names: map.categories } } : {}),
    ...(map.counts ? { count: { of: Uint16Array.from({ length: n }, (_, i) => Math.round(heat(i) * (RAMP - 1))), names: null } } : {}),
  };
  for (const name of Object.keys(schemes)) $("colour").add(new Option(name, name));
  if (schemes.category) $("colour").value = "category";
  const size = Uint8Array.from({ length: n }, (_, i) => Math.round(3 * heat(i) ** 2));

  function recolour() {
    scheme = schemes[$("colour").value];
    const ground = getComputedStyle(document.documentElement);
    colours = { ink: ground.getPropertyValue("--ink"), soft: ground.getPropertyValue("--soft"),
      halo: ground.getPropertyValue("--halo"), accent: ground.getPropertyValue("--accent"),
      ground: rgb(ground.getPropertyValue("--ground")), rest: dark ? "#454c52" : "#c9cdd0" };
    colours.none = rgb(colours.rest);
    const many = scheme.names ? scheme.names.length : RAMP;
    colours.css = Array.from({ length: many }, (_, i) => (scheme.names ? hues(i) : ramp(i / (RAMP - 1))));
    colours.points = Uint32Array.from(colours.css, rgb);
    legend();
    draw();
  }
  function legend() {
    let items = [];
    if (!scheme.names) items = [["rare", colours.css[0]], ["frequent", colours.css[RAMP - 1]]];
    else if (scheme === schemes.category) {
      items = scheme.names.map((name, i) => [name, colours.css[i]]);
      if (scheme.of.some((of) => of < 0)) items.push(["none of these", colours.rest]);
    }
    $("legend").replaceChildren(...items.map(([name, css]) => {
      const item = document.createElement("li"), dot = document.createElement("i");
      dot.style.background = css; item.append(dot, name); item.title = name;
      return item;
    }));
  }

  // --- points
  function disc(radius) { // offsets of its pixels, and how much of each it covers, of 256
    const offsets = [], covers = [], reach = Math.ceil(radius);
    for (let y = -reach; y <= reach; y++) for (let x = -reach; x <= reach; x++) {
      const cover = Math.round(215 * Math.min(1, Math.max(0, radius + 0.5 - Math.hypot(x, y))));
      if (cover > 8) { offsets.push(y * stride + x); covers.push(cover); }
    }
    return { offsets: Int32Array.from(offsets), covers: Uint16Array.from(covers) };
  }
  function place() {
    const scale = fit * zoom, sx = screen.x, sy = screen.y;
    for (let i = 0; i < n; i++) { sx[i] = map.x[i] * scale + left; sy[i] = map.y[i] * scale + top; }
  }
  function paint() {
    const base = (n > 100000 ? 0.4 : n > 30000 ? 0.8 : n > 5000 ? 1.2 : 2) * Math.min(ratio, fit * 80), grown = Math.min(3, zoom ** 0.4);
    masks = [0, 1, 2, 3].map((step) => disc(Math.min(MARGIN - 2, base * (1 + step * 0.55) * grown)));
    pixels.fill(colours.ground);
    const right = width + 2 * MARGIN - 2, bottom = height + 2 * MARGIN - 2, of = scheme.of, sx = screen.x, sy = screen.y;
    for (let i = n - 1; i >= 0; i--) {
      const x = Math.round(sx[i] + MARGIN), y = Math.round(sy[i] + MARGIN);
      const mask = masks[size[i]], reach = MARGIN;
      if (x < reach - 2 || y < reach - 2 || x > right - reach + 2 || y > bottom - reach + 2) continue;
      const colour = of[i] < 0 || of[i] >= colours.points.length ? colours.none : colours.points[of[i]];
      const rb = colour & 0xff00ff, g = colour & 0xff00, at = y * stride + x, offsets = mask.offsets, covers = mask.covers;
      for (let m = 0; m < offsets.length; m++) {
        const pixel = at + offsets[m], below = pixels[pixel], a = covers[m], b = 256 - a;
        pixels[pixel] = 0xff000000 | (((Math.imul(below & 0xff00ff, b) + Math.imul(rb, a)) >>> 8) & 0xff00ff)
          | (((Math.imul(below & 0xff00, b) + Math.imul(g, a)) >>> 8) & 0xff00);
      }
    }
    pen.putImageData(image, -MARGIN, -MARGIN);
  }

  // --- labels, of which no two overlap; what is chosen comes first
  const short = (text, longest = 30) => { const c = [...text]; return c.length > longest ? c.slice(0, longest - 1).join("") + "…" : text; };
  const some = (names, longest) => { // as many of the names of a cluster as fit, the first at least
    const whole = names.length > longest ? names.slice(0, longest + 1).lastIndexOf(", ") : -1;
    return short(whole > 0 ? names.slice(0, whole) : names, longest);
  };
  const middles = map.names.map(() => [[], []]);
  for (let i = 0; i < n; i++) if (map.label[i] >= 0) { const m = middles[map.label[i]]; m[0].push(map.x[i]); m[1].push(map.y[i]); }
  const median = (a) => a.sort((p, q) => p - q)[a.length >> 1];
  const regions = middles.map(([x, y], c) => ({ x: median(x), y: median(y), text: some(map.names[c], innerWidth > 600 ? 32 : 22), many: x.length, c }))
    .filter((region, _, all) => region.many && all.length > 1); // one cluster is no region
  const widths = new Map();
  function label(text, x, y, font, colour, taken, bold, apart = 1.25) {
    over.font = font;
    const found = widths.get(font + text), wide = found ?? over.measureText(text).width;
    if (found === undefined) widths.set(font + text, wide);
    const high = parseFloat(font.slice(bold ? 4 : 0)) * apart;
    const box = [x - wide / 2 - 4, y - high / 2, x + wide / 2 + 4, y + high / 2];
    if (box[0] < 0 || box[1] < 0 || box[2] > width || box[3] > height) return false;
    if (taken.some((t) => box[0] < t[2] && t[0] < box[2] && box[1] < t[3] && t[1] < box[3])) return false;
    taken.push(box);
    over.lineWidth = 5 * ratio; over.strokeStyle = colours.halo; over.strokeText(text, x, y);
    over.fillStyle = colour; over.fillText(text, x, y);
    return true;
  }
  function annotate() {
    over.clearRect(0, 0, width, height);
    over.textAlign = "center"; over.textBaseline = "middle"; over.lineJoin = "round";
    const taken = labels = covered(), normal = (px) => `${px * ratio}px system-ui, sans-serif`, bold = (px) => `600 ${normal(px)}`;
    const ring = (i, radius, colour) => {
      over.beginPath(); over.arc(screen.x[i], screen.y[i], radius * ratio, 0, 7);
      over.lineWidth = 2 * ratio; over.strokeStyle = colour; over.stroke();
    };
    const name = (i, font, above, b) => label(short(shown(i)), screen.x[i], screen.y[i] - above * ratio, font, colours.ink, taken, b);
    if (chosen >= 0) {
      over.strokeStyle = colours.accent; over.lineWidth = ratio; over.globalAlpha = 0.5; over.beginPath();
      for (let j = 0; j < k; j++) { const o = neighbour(chosen, j); over.moveTo(screen.x[chosen], screen.y[chosen]); over.lineTo(screen.x[o], screen.y[o]); }
      over.stroke(); over.globalAlpha = 1;
      for (let j = 0; j < k; j++) ring(neighbour(chosen, j), 5, colours.accent);
      ring(chosen, 8, colours.accent);
      name(chosen, bold(14), 19, true);
      for (let j = 0; j < k; j++) name(neighbour(chosen, j), normal(12), 14);
    }
    if (hovered >= 0) ring(hovered, 6, colours.ink);
    const scale = fit * zoom;
    for (const region of regions) {
      const px = Math.min(17, 11 + Math.log2(1 + region.many / n * regions.length) * 2.5);
      label(region.text, region.x * scale + left, region.y * scale + top, bold(px), written(region.c), taken, true, 1.9);
    }
    const few = n <= 500, most = few ? 60 : 12 + 8 * zoom;
    if (few || zoom > 2.5) for (let i = 0, tried = 0, put = 0; i < n && tried < 250 && put < most; i++) {
      if (screen.x[i] < 0 || screen.y[i] < 0 || screen.x[i] > width || screen.y[i] > height) continue;
      tried++;
      put += label(short(shown(i), 24), screen.x[i], screen.y[i] - 10 * ratio, normal(11), colours.soft, taken);
    }
  }
  const covered = () => [...document.querySelectorAll("aside > :not([hidden]), #legend:not(:empty)")].map((box) => {
    const r = box.getBoundingClientRect();
    return [r.left * ratio, r.top * ratio, r.right * ratio, r.bottom * ratio];
  });

  function draw() {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; place(); paint(); annotate(); });
  }
  const edge = (of, part) => Uint16Array.from(of).sort()[Math.round((n - 1) * part)];
  const box = { left: edge(map.x, 0.005), right: edge(map.x, 0.995), top: edge(map.y, 0.005), bottom: edge(map.y, 0.995) };
  for (const [low, high] of [["left", "right"], ["top", "bottom"]]) { // what is all in one place is not blown up
    const more = Math.max(0, 2000 - (box[high] - box[low])) / 2;
    box[low] -= more; box[high] += more;
  }
  function shownIn(below = 0) { // the part of the window that no panel covers; one is so high below the first
    const head = document.querySelector("header").getBoundingClientRect(), wide = innerWidth > 900;
    const across = wide ? head.right * ratio : 0, down = wide ? 0 : (head.bottom + below) * ratio;
    return { left: across, top: down, width: Math.max(width - across, 50), height: Math.max(height - down, 50) };
  }
  function resize() {
    const before = width && { x: (width / 2 - left) / (fit * zoom), y: (height / 2 - top) / (fit * zoom) };
    ratio = window.devicePixelRatio || 1;
    width = Math.round(innerWidth * ratio); height = Math.round(innerHeight * ratio);
    canvas.width = above.width = width; canvas.height = above.height = height;
    stride = width + 2 * MARGIN;
    image = new ImageData(stride, height + 2 * MARGIN);
    pixels = new Uint32Array(image.data.buffer);
    const free = shownIn();
    fit = 0.94 * Math.min(free.width / (box.right - box.left), free.height / (box.bottom - box.top));
    if (before) { left = width / 2 - before.x * fit * zoom; top = height / 2 - before.y * fit * zoom; draw(); } else home();
  }
  function home() {
    zoom = 1;
    const free = shownIn();
    left = free.left + (free.width - fit * (box.left + box.right)) / 2;
    top = free.top + (free.height - fit * (box.top + box.bottom)) / 2;
    draw();
  }
  function zoomBy(factor, x = width / 2, y = height / 2) {
    factor = Math.min(400, Math.max(0.5, zoom * factor)) / zoom;
    zoom *= factor; left = x - (x - left) * factor; top = y - (y - top) * factor;
    draw();
  }
  function nearest(x, y, reach = 12) {
    let best = -1, least = (reach * ratio) ** 2;
    for (let i = 0; i < n; i++) {
      const dx = screen.x[i] - x, dy = screen.y[i] - y, d = dx * dx + dy * dy;
      if (d < least) { least = d; best = i; }
    }
    return best;
  }

  // --- what is chosen
  const facts = (i) => [
    ...(map.titles && map.titles[i] ? [map.keys[i]] : []),
    ...(map.counts ? [`${map.counts[i].toLocaleString("en")} ${map.counts[i] === 1 ? "time" : "times"}`] : []),
    ...(map.category && map.category[i] >= 0 ? [map.categories[map.category[i]]] : []),
    ...(map.label[i] >= 0 ? [`among ${short(map.names[map.label[i]], 60)}`] : []),
  ].join(" · ");
  function choose(i, go) {
    chosen = i; hovered = -1; $("tip").hidden = true;
    $("chosen").hidden = i < 0;
    if (i >= 0) {
      $("name").textContent = $("name").title = shown(i); $("facts").textContent = facts(i);
      $("near").replaceChildren(...Array.from({ length: k }, (_, j) => {
        const other = neighbour(i, j), item = document.createElement("li"), button = document.createElement("button");
        const text = document.createElement("span"), score = document.createElement("small");
        text.textContent = shown(other); score.textContent = cosine(i, j).toFixed(2);
        button.title = shown(other); button.append(text, score);
        button.onclick = () => { choose(other, true); $("near").querySelector("button")?.focus(); };
        item.append(button);
        return item;
      }));
      $("spoken").textContent = `${shown(i)}. Nearest: ${Array.from({ length: Math.min(5, k) }, (_, j) => shown(neighbour(i, j))).join(", ")}`;
      if (go) centre(i);
    }
    draw();
  }
  function centre(i) { // with most of its neighbours in view
    const free = shownIn(innerWidth > 600 ? 0 : $("chosen").offsetHeight);
    const far = Array.from({ length: k }, (_, j) => neighbour(i, j))
      .map((o) => Math.max(Math.abs(map.x[o] - map.x[i]) / free.width, Math.abs(map.y[o] - map.y[i]) / free.height));
    const most = far.sort((p, q) => p - q)[Math.ceil(0.7 * (k - 1))];
    zoom = Math.min(Math.max(0.42 / (most * fit || 1e-9), 0.5), Math.max(zoom, 12));
    left = free.left + free.width / 2 - map.x[i] * fit * zoom;
    top = free.top + free.height / 2 - map.y[i] * fit * zoom;
  }

  // --- search
  const fold = (text) => text.toLowerCase().normalize("NFKD").replace(/\p{M}+/gu, "").replace(/\s+/g, " ").trim();
  let folded = null, answers = [], at = -1;
  function search() {
    // A line each: a title and a key. Whole lines come first, then their beginnings, the more frequent first.
    folded ??= map.keys.map((key, i) => `\n${map.titles && map.titles[i] ? fold(map.titles[i]) + "\n" : ""}${fold(key)}\n`);
    const wanted = fold($("search").value), exact = [], begun = [], inside = [];
    if (wanted) for (let i = 0; i < n; i++) {
      if (!folded[i].includes(wanted)) continue;
      if (folded[i].includes(`\n${wanted}\n`)) exact.push(i);
      else if (begun.length < 10 && folded[i].includes(`\n${wanted}`)) begun.push(i);
      else if (inside.length < 10) inside.push(i);
    }
    answers = [...exact, ...begun, ...inside].slice(0, 10);
    at = answers.length ? 0 : -1;
    $("found").replaceChildren(...answers.map((i, j) => {
      const item = document.createElement("li"), small = document.createElement("small");
      item.id = `found${j}`; item.role = "option"; item.append(shown(i));
      if (map.counts) { small.textContent = `  ${map.counts[i].toLocaleString("en")}`; item.append(small); }
      item.onpointerdown = (event) => { event.preventDefault(); at = j; take(); };
      return item;
    }));
    if (wanted && !answers.length) {
      const item = document.createElement("li");
      item.textContent = "nothing found"; $("found").append(item);
    }
    $("spoken").textContent = !wanted ? "" : answers.length ? `${answers.length} found` : "nothing found";
    mark();
  }
  function mark() {
    [...$("found").children].forEach((item, j) => item.setAttribute("aria-selected", j === at));
    $("search").setAttribute("aria-expanded", answers.length > 0);
    if (at >= 0) { $("search").setAttribute("aria-activedescendant", `found${at}`); $(`found${at}`).scrollIntoView({ block: "nearest" }); }
    else $("search").removeAttribute("aria-activedescendant");
  }
  function take() {
    if (at < 0) return;
    const i = answers[at];
    answers = []; $("found").replaceChildren(); at = -1; mark();
    $("search").value = shown(i);
    choose(i, true);
  }
  $("search").oninput = search;
  $("search").onkeydown = (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && answers.length) { at = (at + step + answers.length) % answers.length; mark(); event.preventDefault(); }
    else if (event.key === "Enter") take();
    else if (event.key === "Escape") { $("search").value = ""; search(); choose(-1); }
  };

  // --- moving about
  const held = new Map();
  let moved = 0;
  canvas.onpointerdown = (event) => { canvas.setPointerCapture(event.pointerId); held.set(event.pointerId, event); moved = 0; };
  canvas.onpointermove = (event) => {
    const x = event.clientX * ratio, y = event.clientY * ratio, before = held.get(event.pointerId);
    if (before) {
      const dx = x - before.clientX * ratio, dy = y - before.clientY * ratio;
      moved += Math.abs(dx) + Math.abs(dy);
      if (held.size === 2) {
        const [other] = [...held.values()].filter((each) => each.pointerId !== event.pointerId);
        const apart = (e) => Math.hypot(e.clientX - other.clientX, e.clientY - other.clientY) || 1;
        zoomBy(apart(event) / apart(before), (x + other.clientX * ratio) / 2, (y + other.clientY * ratio) / 2);
      } else if (moved > 3) { left += dx; top += dy; canvas.classList.add("moving"); draw(); }
      held.set(event.pointerId, event);
      $("tip").hidden = true;
      return;
    }
    const i = nearest(x, y);
    canvas.classList.toggle("over", i >= 0);
    if (i !== hovered) { hovered = i; annotate(); }
    $("tip").hidden = i < 0;
    if (i >= 0) {
      const about = document.createElement("small");
      about.textContent = facts(i);
      $("tip").replaceChildren(shown(i), about);
      $("tip").style.left = `${Math.min(event.clientX + 14, innerWidth - $("tip").offsetWidth - 8)}px`;
      $("tip").style.top = `${Math.min(event.clientY + 14, innerHeight - $("tip").offsetHeight - 8)}px`;
    }
  };
  canvas.onpointerup = canvas.onpointercancel = (event) => {
    held.delete(event.pointerId); canvas.classList.remove("moving");
    if (event.type === "pointerup" && moved <= 3 * ratio) choose(nearest(event.clientX * ratio, event.clientY * ratio, 16));
  };
  canvas.onpointerleave = () => { $("tip").hidden = true; if (hovered >= 0) { hovered = -1; annotate(); } };
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoomBy(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), event.clientX * ratio, event.clientY * ratio);
  }, { passive: false });
  canvas.onkeydown = (event) => {
    const step = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] }[event.key];
    if (step) { left += step[0] * ratio; top += step[1] * ratio; draw(); event.preventDefault(); }
    else if (event.key === "+" || event.key === "=") zoomBy(1.4);
    else if (event.key === "-") zoomBy(1 / 1.4);
    else if (event.key === "0") home();
    else if (event.key === "Escape") choose(-1);
  };
  $("closer").onclick = () => zoomBy(1.6);
  $("farther").onclick = () => zoomBy(1 / 1.6);
  $("all").onclick = home;
  $("close").onclick = () => { choose(-1); $("search").focus(); };
  $("colour").onchange = recolour;
  function shade(wanted) { dark = wanted; document.documentElement.classList.toggle("dark", dark); recolour(); }
  $("theme").onclick = () => shade(!dark);
  $("size").textContent = `${n.toLocaleString("en")} keys`;
  window.onresize = resize;
  const night = matchMedia("(prefers-color-scheme: dark)");
  night.onchange = () => shade(night.matches);
  ratio = 1; dark = night.matches;
  document.documentElement.classList.toggle("dark", dark);
  scheme = schemes.cluster; colours = { points: [] };
  waiting = true; resize(); waiting = false; // nothing is drawn before there are colours
  recolour();
  window.e2vMap = { screen, draw: () => { place(); paint(); annotate(); }, shown, labels: () => labels };
}
unpack().then(main).catch((error) => {
  $("failed").hidden = false; $("failed").textContent = `This map cannot be shown: ${error.message}. A current browser shows it.`;
  throw error;
});
