// A chart of sign-ins over time, built from nodes: what went well stands above the line, what failed hangs below it, a
// ring below tells of locks. It is one image to a screen reader, with the table beside it as what it says; each step has
// its numbers as a title.
//
//   chart(points, { label, titleOf, tickOf })     points: of GET /admin/statistics/sign-ins; draws itself to its width

import { element } from './dom.js';
import { number } from './texts.js';

const SPACE = 'http://www.w3.org/2000/svg';
const HEIGHT = 240;
const EDGE = { left: 44, right: 8, top: 12, bottom: 28 };
const LEAST_STEP_OF_TICKS = 90; // pixels

function shape(name, attributes, ...children) {
  const node = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

/** A round number that is not less: 1, 2, 5, 10, 20, 25, 50, … */
export function roundUp(value) {
  const size = 10 ** Math.floor(Math.log10(Math.max(value, 1)));
  return [1, 2, 2.5, 5, 10].map((part) => part * size).find((one) => one >= value);
}

function draw(points, width, { label, titleOf, tickOf }) {
  const high = roundUp(Math.max(1, ...points.map((point) => point.succeeded)));
  const low = roundUp(Math.max(1, ...points.map((point) => point.failed)));
  const room = HEIGHT - EDGE.top - EDGE.bottom;
  const [above, below] = [Math.max(high, low / 4), Math.max(low, high / 4)]; // neither side is too low to be read
  const base = EDGE.top + room * above / (above + below);
  const scale = (base - EDGE.top) / high;
  const depth = (HEIGHT - EDGE.bottom - base) / low;
  const step = (width - EDGE.left - EDGE.right) / points.length;
  const bar = Math.max(1, Math.min(step * 0.72, 28));
  const svg = shape('svg', { role: 'img', 'aria-label': label, width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}` });
  const line = (y, words, kind) => svg.append(
    shape('line', { class: kind, x1: EDGE.left, x2: width - EDGE.right, y1: y, y2: y }),
    shape('text', { x: EDGE.left - 8, y: y + 4, 'text-anchor': 'end' }, words));
  line(EDGE.top, number(high), 'grid-line');
  line(HEIGHT - EDGE.bottom, number(low), 'grid-line');
  line(base, '0', 'base');
  const every = Math.ceil(LEAST_STEP_OF_TICKS / step);
  points.forEach((point, i) => {
    const middle = EDGE.left + (i + 0.5) * step;
    const x = middle - bar / 2;
    const group = shape('g', { class: 'step' }, shape('title', {}, titleOf(point)),
      shape('rect', { class: 'hit', x: middle - step / 2, y: EDGE.top, width: step, height: room }));
    const up = point.succeeded * scale;
    const down = point.failed * depth;
    if (up > 0) group.append(shape('rect', { class: 'succeeded', x, y: base - up, width: bar, height: up, rx: Math.min(2, bar / 4) }));
    if (down > 0) group.append(shape('rect', { class: 'failed', x, y: base, width: bar, height: down, rx: Math.min(2, bar / 4) }));
    if (point.locked > 0) group.append(shape('circle', { class: 'locked', cx: middle, cy: HEIGHT - EDGE.bottom - 7, r: 4 }));
    svg.append(group);
    if (i % every === 0 && middle + 30 < width) svg.append(shape('text', { x: middle, y: HEIGHT - 8, 'text-anchor': 'middle' }, tickOf(point)));
  });
  return svg;
}

export function chart(points, words) {
  const node = element('div', { class: 'chart' });
  let drawn = 0;
  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (Math.abs(width - drawn) < 1 || width < 1) return;
    drawn = width;
    node.replaceChildren(draw(points, Math.floor(width), words));
  }).observe(node);
  return node;
}
