import type { StageSummary, TensorSummary } from '../summary.js';
import { formatBytes, formatDuration, formatRate } from '../units.js';
import { html, type Markup } from './markup.js';
import { layoutTreemap } from './treemap.js';

const WIDTH = 960;
const LABEL = 130;
const ROW = 34;

/** Stages on the run's time axis. */
export function timeline(stages: readonly StageSummary[], durationMs: number): Markup {
  const span = Math.max(durationMs, 1, ...stages.map((stage) => stage.endMs));
  const scale = (ms: number): number => LABEL + (ms / span) * (WIDTH - LABEL - 12);
  const height = stages.length * ROW + 26;
  const ticks = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const x = scale(share * span);
    const anchor = share === 1 ? 'end' : 'middle';
    return html`<line x1="${x}" x2="${x}" y1="0" y2="${height - 22}" class="grid" /><text
        x="${x}"
        y="${height - 6}"
        class="tick"
        text-anchor="${anchor}"
        >${formatDuration(share * span)}</text
      >`;
  });
  const bars = stages.map((stage, index) => timelineBar(stage, index * ROW, scale));
  return html`<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Time of each stage">${ticks}${bars}</svg>`;
}

function timelineBar(stage: StageSummary, y: number, scale: (ms: number) => number): Markup {
  const [from, to] = [scale(stage.startMs), scale(stage.endMs)];
  const width = Math.max(3, to - from);
  const duration = stage.endMs - stage.startMs;
  const rate = duration > 0 && stage.bytes > 0 ? `  ${formatRate((stage.bytes / duration) * 1000)}` : '';
  const label = `${formatDuration(duration)}${rate}`;
  const inside = width > label.length * 7 + 16;
  const anchor = inside || to < WIDTH * 0.75 ? 'start' : 'end';
  const x = inside ? from + 8 : anchor === 'start' ? from + width + 8 : from - 8;
  return html`<text x="0" y="${y + 22}" class="name">${stage.stage}</text
    ><rect
      x="${from.toFixed(1)}"
      y="${y + 6}"
      width="${width.toFixed(1)}"
      height="${ROW - 12}"
      rx="4"
      class="${stage.ok ? 'bar' : 'bar failed'}"
    /><text x="${x.toFixed(1)}" y="${y + 22}" class="${inside ? 'value inside' : 'value'}" text-anchor="${anchor}"
      >${label}</text
    >`;
}

/** Bytes, weights and bits per weight of each tensor type of a variant. */
export interface TypeShare {
  readonly type: string;
  readonly tensors: number;
  readonly weights: number;
  readonly size: number;
}

/** Groups tensors by the type they were written in, largest first. */
export function sharesByType(tensors: readonly TensorSummary[]): TypeShare[] {
  const shares = new Map<string, TypeShare>();
  for (const { to, weights, size } of tensors) {
    const known = shares.get(to) ?? { type: to, tensors: 0, weights: 0, size: 0 };
    shares.set(to, {
      type: to,
      tensors: known.tensors + 1,
      weights: known.weights + weights,
      size: known.size + size,
    });
  }
  return [...shares.values()].sort((a, b) => b.size - a.size);
}

/** Colour class of a tensor type: by place in the list of all types of the run, so that charts agree. */
export type ColorOf = (type: string) => string;

/** One bar, divided by type. */
export function typeBar(shares: readonly TypeShare[], colorOf: ColorOf): Markup {
  const total = shares.reduce((sum, { size }) => sum + size, 0);
  let x = 0;
  const parts = shares.map((share) => {
    const width = (share.size / Math.max(total, 1)) * WIDTH;
    const part = html`<rect
      x="${x.toFixed(2)}"
      y="0"
      width="${Math.max(width - 1.5, 0.5).toFixed(2)}"
      height="26"
      class="${colorOf(share.type)}"
      ><title>${share.type}: ${formatBytes(share.size)}</title></rect
    >`;
    x += width;
    return part;
  });
  return html`<svg
    viewBox="0 0 ${WIDTH} 26"
    class="types"
    preserveAspectRatio="none"
    role="img"
    aria-label="Bytes by tensor type"
  >
    ${parts}
  </svg>`;
}

/** Tiles beyond this are too small to see; they are drawn as one. */
const TILE_LIMIT = 600;
const MAP_HEIGHT = 440;

/** Every tensor as an area of its size, coloured by type. */
export function tensorMap(tensors: readonly TensorSummary[], colorOf: ColorOf): Markup {
  const bySize = tensors.toSorted((a, b) => b.size - a.size);
  const tiles = layoutTreemap(bySize.slice(0, TILE_LIMIT), ({ size }) => size, {
    x: 0,
    y: 0,
    width: WIDTH,
    height: MAP_HEIGHT,
  });
  const drawn = tiles.map(({ item, x, y, width, height }) => {
    const [w, h] = [Math.max(width - 1, 0.4), Math.max(height - 1, 0.4)];
    const shape = html`<rect
      x="${x.toFixed(1)}"
      y="${y.toFixed(1)}"
      width="${w.toFixed(1)}"
      height="${h.toFixed(1)}"
      class="${colorOf(item.to)}"
      ><title>${item.name}: ${item.from} to ${item.to}, ${formatBytes(item.size)}</title></rect
    >`;
    return html`${shape}${tileLabel(item, x, y, w, h)}`;
  });
  const hidden = bySize.length - tiles.length;
  const note = hidden > 0 ? html`<p class="note">The ${hidden} smallest tensors are not drawn.</p>` : html``;
  return html`<svg viewBox="0 0 ${WIDTH} ${MAP_HEIGHT}" class="map" role="img" aria-label="Size of each tensor">
      ${drawn}</svg
    >${note}`;
}

function tileLabel(tensor: TensorSummary, x: number, y: number, width: number, height: number): Markup {
  const room = Math.floor((width - 10) / 6.2);
  if (height < 20 || room < 6) return html``;
  const short = tensor.name.replace(/\.weight$/, '');
  const name = short.length > room ? `${short.slice(0, room - 1)}…` : short;
  const second =
    height >= 36 && room >= 9
      ? html`<text x="${(x + 6).toFixed(1)}" y="${(y + 29).toFixed(1)}" class="tile dim"
          >${formatBytes(tensor.size)}</text
        >`
      : html``;
  return html`<text x="${(x + 6).toFixed(1)}" y="${(y + 15).toFixed(1)}" class="tile">${name}</text>${second}`;
}
