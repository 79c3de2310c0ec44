// The marketplace's map: outlines, prices, points or squares, drawing; it and the cards beside it light each other up.
// Called anew whenever the page has news; the map itself is made once and never jumps by itself.

const VENDOR = { leaflet: "/vendor/leaflet/dist/leaflet", draw: "/vendor/leaflet-draw/dist/leaflet.draw" };
const loading = {};

function load(name) {
  return (loading[name] ??= new Promise((done, failed) => {
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: `${VENDOR[name]}.css` });
    const script = Object.assign(document.createElement("script"), { src: `${VENDOR[name]}.js`, onload: done, onerror: failed });
    document.head.append(style, script);
  }));
}

export default async function ({ data, parentElement, setTriggerValue }) {
  const box = parentElement.querySelector(".hl-desk-map");
  box.say = setTriggerValue;
  await load("leaflet");
  if (!box.desk) box.desk = new Desk(box, data);
  box.desk.show(data);
  return () => { box.desk?.close(); box.desk = null; };
}

class Desk {
  constructor(box, data) {
    this.box = box;
    this.map = L.map(box.querySelector(".hl-desk-land"), {
      zoomControl: false, attributionControl: Boolean(data.tiles), preferCanvas: true, minZoom: 3, maxZoom: 16, zoomSnap: 0.25, zoomAnimation: false,
      fadeAnimation: false, markerZoomAnimation: false,
    });
    this.map.fitBounds(bounds(data.view));
    L.control.zoom({ position: "topright" }).addTo(this.map);
    for (const name of ["tiles", "land", "squares", "shape"]) this.map.createPane(name).style.zIndex = { tiles: 200, land: 300, squares: 350, shape: 380 }[name];
    this.layers = Object.fromEntries(["land", "places", "squares", "dots", "shape", "pins"].map((name) => [name, L.layerGroup().addTo(this.map)]));
    this.data = data;
    if (data.tiles) this.tile(data.tiles);
    this.pins = new Map();
    this.was = {};
    this.map.on("moveend", () => { this.moved(); this.inside(); }).on("zoomend", () => this.far());
    this.tools();
    this.over = ({ target }) => box.contains(target) || this.point(cardOf(target));
    document.addEventListener("mouseover", this.over);
    document.addEventListener("focusin", this.over);
    this.sized = new ResizeObserver(() => this.map.invalidateSize({ animate: false }));
    this.sized.observe(box);
  }

  show(data) {
    this.data = data;
    if (this.kept !== data.land_key) { this.kept = data.land_key; this.land(); }
    if (this.fitted !== data.fit) {
      this.fitted = data.fit;
      this.quiet = true;
      this.map.fitBounds(bounds(data.view), { animate: false });
      this.quiet = false;
    }
    for (const layer of ["squares", "dots", "shape"]) if (this.differs(layer)) this[layer]();
    this.prices();
    this.far();
    this.button("clear").hidden = !data.shape;
    this.box.dataset.drawn = `${data.pins.length}/${data.dots.length}/${data.squares.length}`;
  }

  // A page that is drawn again mostly brings the same hundreds of squares: they stay as they are.
  differs(layer) {
    const now = JSON.stringify([this.data[layer], this.data.ink]);
    const other = this.was[layer] !== now;
    this.was[layer] = now;
    return other;
  }

  land() {
    const { line, edge, land } = this.data.ink;
    const look = { pane: "land", renderer: L.svg({ pane: "land" }), color: edge, weight: 1, fillColor: line, fillOpacity: this.data.tiles ? 0.15 : 0.7, interactive: false };
    this.box.style.setProperty("--hl-ground", land);
    const outlines = L.geoJSON(this.data.outlines, { style: look });
    this.layers.land.clearLayers().addLayer(outlines);
    this.layers.places.clearLayers();
    outlines.eachLayer((outline) => {
      const name = Object.assign(document.createElement("span"), { className: "hl-place", textContent: outline.feature.properties.name });
      const at = [outline.getBounds().getSouth(), outline.getBounds().getCenter().lng];
      const place = L.marker(at, { icon: L.divIcon({ className: "", html: name, iconSize: null }), alt: name.textContent, zIndexOffset: -500 });
      place.on("click keypress", () => !this.drawing && this.map.fitBounds(outline.getBounds(), { animate: false }));
      this.layers.places.addLayer(place);
    });
    this.far();
  }

  // From far away, or when they are many, prices would cover whole cities: there they are dots, and the markets have names to jump to.
  far() {
    this.box.classList.toggle("hl-far", this.map.getZoom() < 7.5 || this.data.pins.length > 20);
    this.inside();
  }

  // A name at the edge moves inwards until it can be read; markets out of sight keep theirs out of sight.
  inside() {
    const { left, right } = this.map.getContainer().getBoundingClientRect();
    for (const name of this.box.querySelectorAll(".hl-place")) {
      name.style.setProperty("--hl-shift", "0px");
      const at = name.getBoundingClientRect(), middle = (at.left + at.right) / 2;
      if (!at.width || middle < left || middle > right) continue;
      name.style.setProperty("--hl-shift", `${Math.max(left + 6 - at.left, 0) + Math.min(right - 6 - at.right, 0)}px`);
    }
  }

  squares() {
    const most = Math.max(1, ...this.data.squares.map(([, , , n]) => n));
    this.layers.squares.clearLayers();
    for (const [lon, lat, metres, n, mean] of this.data.squares) {
      const [wide, high] = [metres / 111319.49 / 2, (metres * Math.cos((lat * Math.PI) / 180)) / 110574 / 2];
      const corners = [[lat - high, lon - wide], [lat + high, lon + wide]];
      const square = L.rectangle(corners, { pane: "squares", renderer: (this.heat ??= L.canvas({ pane: "squares" })), stroke: false, fillColor: this.data.ink.sea, fillOpacity: 0.15 + 0.75 * Math.sqrt(n / most) });
      square.bindTooltip(lines([`${n.toLocaleString()} ${n === 1 ? "lead" : "leads"}`, `About ${mean} each`, "Click to look closer"]), { sticky: true });
      square.on("click", () => !this.drawing && this.map.fitBounds(corners, { animate: false }));
      this.layers.squares.addLayer(square);
    }
  }

  dots() {
    this.layers.dots.clearLayers();
    const { sea, card } = this.data.ink;
    for (const [id, lon, lat, price, words] of this.data.dots) {
      const dot = L.circleMarker([lat, lon], { radius: 5, color: card, weight: 1, fillColor: sea, fillOpacity: 0.9 });
      dot.bindTooltip(lines([price, words]));
      dot.on("click", () => !this.drawing && this.box.say("picked", id));
      this.layers.dots.addLayer(dot);
    }
  }

  prices() {
    const seen = new Set();
    for (const pin of this.data.pins) {
      seen.add(pin.id);
      const known = this.pins.get(pin.id);
      const same = JSON.stringify(pin);
      if (known?.same === same) continue;
      known?.marker.remove();
      const icon = L.divIcon({ className: "", html: label(pin), iconSize: null });
      const marker = L.marker([pin.lat, pin.lon], { icon, title: "", alt: `${pin.price}, ${pin.words}`, keyboard: true, riseOnHover: true });
      marker.bindTooltip(lines([pin.price, pin.words]), { direction: "top", offset: [0, -26] });
      marker.on("mouseover focus", () => this.point(pin.id)).on("mouseout", () => this.point(null));
      marker.on("click keypress", () => !this.drawing && this.follow(pin.id));
      this.pins.set(pin.id, { marker: marker.addTo(this.layers.pins), same });
    }
    for (const [id, { marker }] of this.pins) if (!seen.has(id)) { marker.remove(); this.pins.delete(id); }
    if (this.on && !seen.has(this.on)) this.lit(null);
  }

  // What was pressed stays lit until the reader points at another.
  point(id) {
    if (id) this.chosen = null;
    this.lit(id ?? this.chosen ?? null);
  }

  // One thing is lit: its price on the map and its card in the list, whichever the reader points at.
  lit(id) {
    if (this.on === id) return;
    for (const [each, on] of [[this.on, false], [id, true]]) {
      if (!each) continue;
      const pin = this.pins.get(each);
      pin?.marker.getElement()?.firstChild.classList.toggle("hl-on", on);
      pin?.marker.setZIndexOffset(on ? 1000 : 0);
      document.querySelector(`.st-key-listing-${CSS.escape(each)}`)?.classList.toggle("hl-on", on);
    }
    this.on = id;
  }

  follow(id) {
    const card = document.querySelector(`.st-key-listing-${CSS.escape(id)}`);
    if (!card) return this.box.say("picked", id);
    card.scrollIntoView({ block: "center" });
    card.querySelector("button")?.focus({ preventScroll: true });
    this.lit(id);
    this.chosen = id;
  }

  moved() {
    clearTimeout(this.later);
    if (this.quiet || !this.data?.partial) return;
    this.later = setTimeout(() => {
      const at = this.map.getBounds();
      this.box.say("moved", [at.getWest(), at.getSouth(), at.getEast(), at.getNorth()]);
    }, 150);
  }

  shape() {
    this.layers.shape.clearLayers();
    const { shape, ink } = this.data;
    if (!shape) return;
    const look = { pane: "shape", renderer: L.svg({ pane: "shape" }), color: ink.accent, weight: 2, fillColor: ink.accent, fillOpacity: 0.06, interactive: false };
    const places = shape.kind === "polygon" ? shape.corners.map(([lon, lat]) => [lat, lon]) : null;
    this.layers.shape.addLayer(places ? L.polygon(places, look) : L.circle([shape.at[1], shape.at[0]], { ...look, radius: shape.metres }));
  }

  tools() {
    this.button("polygon").onclick = () => this.draw("Polygon");
    this.button("circle").onclick = () => this.draw("Circle");
    this.button("clear").onclick = () => { this.stop(); this.box.say("drawn", { kind: "none" }); };
    this.escaped = (event) => event.key === "Escape" && this.stop();
    document.addEventListener("keydown", this.escaped);
  }

  async draw(kind) {
    const again = this.drawing?.kind === kind;
    this.stop();
    if (again) return;
    await load("draw");
    const colour = this.data.ink.accent;
    const look = { color: colour, weight: 2, fillColor: colour, fillOpacity: 0.1 };
    const corner = new L.DivIcon({ iconSize: new L.Point(10, 10), className: "leaflet-div-icon hl-corner" });
    const pen = new L.Draw[kind](this.map, { shapeOptions: look, showLength: false, showRadius: false, allowIntersection: true, icon: corner, touchIcon: corner });
    this.map.once("draw:created", (this.made = ({ layer }) => this.drawn(kind, layer)));
    this.drawing = { kind, pen };
    this.box.classList.add("hl-drawing");
    this.button(kind.toLowerCase()).setAttribute("aria-pressed", "true");
    pen.enable();
  }

  drawn(kind, layer) {
    const place = (at) => [at.lng, at.lat];
    const told = kind === "Circle" ? { kind: "circle", at: place(layer.getLatLng()), metres: layer.getRadius() } : { kind: "polygon", corners: layer.getLatLngs()[0].map(place) };
    this.stop();
    this.layers.shape.clearLayers().addLayer(layer);
    delete this.was.shape;
    this.box.say("drawn", told);
  }

  stop() {
    if (!this.drawing) return;
    const { pen, kind } = this.drawing;
    this.drawing = null;
    this.map.off("draw:created", this.made);
    pen.disable();
    this.box.classList.remove("hl-drawing");
    this.button(kind.toLowerCase()).setAttribute("aria-pressed", "false");
  }

  tile(address) {
    const tiles = L.tileLayer(address, { pane: "tiles", maxZoom: 16, attribution: this.data.credit });
    // A host that can't be reached leaves our own outlines, and no holes.
    tiles.once("tileerror", () => tiles.remove());
    tiles.addTo(this.map);
  }

  button(name) { return this.box.querySelector(`[data-tool=${name}]`); }

  close() {
    clearTimeout(this.later);
    document.removeEventListener("mouseover", this.over);
    document.removeEventListener("focusin", this.over);
    document.removeEventListener("keydown", this.escaped);
    this.sized.disconnect();
    this.map.remove();
  }
}

function bounds([west, south, east, north]) { return [[south, west], [north, east]]; }

function cardOf(target) {
  const card = target.closest?.("[class*=st-key-listing-]");
  return card ? /st-key-listing-([0-9a-f-]{36})/.exec(card.className)?.[1] ?? null : null;
}

function lines(parts) {
  const shown = document.createElement("div");
  for (const part of parts) shown.append(Object.assign(document.createElement("div"), { textContent: part }));
  return shown;
}

function label({ price, quality, tone }) {
  const shown = Object.assign(document.createElement("span"), { className: `hl-price hl-price-${tone}`, textContent: price });
  if (quality !== null) shown.append(Object.assign(document.createElement("i"), { style: `width: ${Math.round(quality)}%` }));
  return shown;
}
