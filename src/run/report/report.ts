import { countText } from '../../core/index.js';
import type { ItemSummary, RunSummary, StageSummary, TensorSummary } from '../summary.js';
import { heldUpBy } from '../bottleneck.js';
import { formatBytes, formatDuration } from '../units.js';
import { weightErrors, worstWeightErrors, type VariantWeightError } from '../weight-errors.js';
import { sharesByType, tensorMap, timeline, typeBar, type ColorOf, type TypeShare } from './charts.js';
import { html, type Markup } from './markup.js';
import { STYLE } from './report-style.js';

/** Colours of the style sheet. */
const COLORS = 8;
/** Rows of the table of files; a repository with more is better read from events.ndjson. */
const ITEM_LIMIT = 500;

/** A run as one HTML page that needs nothing else: no script, no font, no address is fetched. */
export function renderReport(run: RunSummary): string {
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>${run.name}: pipeline run ${run.run}</title>
        <style>
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        <main>
          ${heading(run)} ${problem(run)} ${warnings(run)} ${changes(run)} ${artifacts(run)} ${stages(run)}
          ${variants(run)} ${files(run.items)}
          <footer>
            Run ${run.run}, slipway ${run.version}${encodedBy(run)}. The same facts for programs: result.json, plan.json
            and events.ndjson beside this page.
          </footer>
        </main>
      </body>
    </html> `;
  return page.html;
}

function encodedBy({ resources }: RunSummary): string {
  const engines = resources?.engines ?? [];
  return engines.length === 0 ? '' : `, kernels: ${engines.join(', ')}`;
}

function heading(run: RunSummary): Markup {
  const read = run.stages.find(({ bytes }) => bytes > 0)?.bytes ?? 0;
  const written = run.artifacts.reduce((sum, artifact) => sum + artifact.size, 0);
  const facts: readonly (readonly [string, string])[] = [
    ['Duration', `${formatDuration(run.durationMs)}${heldUpBy(run.resources?.bottleneck)}`],
    ['Read from the source', formatBytes(read)],
    ['Tensors written', String(run.tensors.length)],
    ['Artifacts', written > 0 ? `${run.artifacts.length}, ${formatBytes(written)}` : String(run.artifacts.length)],
  ];
  const state = run.ok ? html`<span class="state">Done</span>` : html`<span class="state failed">Failed</span>`;
  return html`<header>
    <h1>${run.name}</h1>
    <p class="sub">${state} · started ${run.startedAt.replace('T', ' ').replace(/\.\d+Z$/, ' UTC')}</p>
    <dl class="facts">
      ${facts.map(
        ([name, value]) =>
          html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
      )}
    </dl>
  </header>`;
}

function problem({ error }: RunSummary): Markup {
  if (error === undefined) return html``;
  const hint = error.hint === undefined ? html`` : html`<p>Try: <code>${error.hint}</code></p>`;
  const where = error.where === undefined ? html`` : html`<p>${error.where}</p>`;
  return html`<section class="problem"><b>${error.code}</b>: ${error.message}${where}${hint}</section>`;
}

function warnings(run: RunSummary): Markup {
  if (run.warnings.length === 0) return html``;
  const items = run.warnings.map(
    ({ code, message, hint }) => html`<li><b>${code}</b> ${message}${hint === undefined ? '' : ` (${hint})`}</li>`,
  );
  return html`<section>
    <h2>Warnings</h2>
    <ul class="warnings">
      ${items}
    </ul>
  </section>`;
}

function changes(run: RunSummary): Markup {
  if (run.changes.length === 0) return html``;
  const items = run.changes.map(
    ({ kind, name, change, detail }) =>
      html`<li>${kind} <b>${name}</b> ${change}${detail === '' ? '' : ` (${detail})`}</li>`,
  );
  return html`<section>
    <h2>Set up</h2>
    <ul>
      ${items}
    </ul>
  </section>`;
}

function artifacts(run: RunSummary): Markup {
  if (run.artifacts.length === 0) return html``;
  const rows = run.artifacts.map(
    (artifact) =>
      html`<tr>
        <td>
          <code>${artifact.reference.replace(/@sha256:[0-9a-f]{64}$/, '')}</code><br /><code>${artifact.digest}</code>
        </td>
        <td class="n">${formatBytes(artifact.size)}</td>
      </tr>`,
  );
  return html`<section>
    <h2>Artifacts</h2>
    <table>
      <tr>
        <th>Reference and digest</th>
        <th class="n">Size</th>
      </tr>
      ${rows}
    </table>
  </section>`;
}

function stages(run: RunSummary): Markup {
  if (run.stages.length === 0) return html``;
  return html`<section>
    <h2>Stages</h2>
    ${timeline(run.stages, run.durationMs)}
    <div class="scroll">
      <table>
        <tr>
          <th>Stage</th>
          <th class="n">Time</th>
          <th class="n">Bytes</th>
          <th class="n">Files</th>
          <th class="n">Skipped</th>
          <th class="n">Retries</th>
          <th>Result</th>
        </tr>
        ${run.stages.map(stageRow)}
      </table>
    </div>
  </section>`;
}

function stageRow(stage: StageSummary): Markup {
  return html`<tr>
    <td>${stage.stage}</td>
    <td class="n">${formatDuration(stage.endMs - stage.startMs)}</td>
    <td class="n">${formatBytes(stage.bytes)}</td>
    <td class="n">${stage.items}</td>
    <td class="n">${stage.skipped}</td>
    <td class="n">${stage.retries}</td>
    <td>${stage.summary ?? (stage.ok ? '' : 'failed')}</td>
  </tr>`;
}

function variants(run: RunSummary): Markup {
  if (run.tensors.length === 0) return html``;
  const colorOf = colors(run.tensors);
  const groups = new Map<string, TensorSummary[]>();
  for (const tensor of run.tensors) {
    const group = groups.get(tensor.variant);
    if (group === undefined) groups.set(tensor.variant, [tensor]);
    else group.push(tensor);
  }
  const sections = [...groups].map(([variant, tensors], index) =>
    variantSection(variant, tensors, colorOf, index === 0),
  );
  return html`<section>
    <h2>Tensors</h2>
    ${sections}
  </section>`;
}

function variantSection(variant: string, tensors: readonly TensorSummary[], colorOf: ColorOf, open: boolean): Markup {
  const shares = sharesByType(tensors);
  const size = tensors.reduce((sum, tensor) => sum + tensor.size, 0);
  const weights = tensors.reduce((sum, tensor) => sum + tensor.weights, 0);
  const facts = `${countText(tensors.length, 'tensor')}, ${formatBytes(size)}, ${bitsPerWeight(size, weights)} bits per weight`;
  const [error] = weightErrors(tensors);
  return html`<h3>${variant}<span>${facts}</span></h3>${typeBar(shares, colorOf)}
<div class="scroll"><table><tr><th>Type</th><th class="n">Tensors</th><th class="n">Weights</th><th class="n">Size</th><th class="n">Bits per weight</th></tr>${shares.map((share) => shareRow(share, colorOf))}</table></div>${error === undefined ? '' : weightErrorTable(error)}
<details${open ? { html: ' open' } : ''}><summary>Size by tensor</summary>${tensorMap(tensors, colorOf)}</details>`;
}

/** Tensors of the table of weight errors. */
const WORST = 10;

/** How far weights are from what they were made of, worst first. */
function weightErrorTable(error: VariantWeightError): Markup {
  const { rmse, relative, max, weighted } = error;
  const worst = worstWeightErrors(error, WORST);
  const facts = [
    `${percent(relative)} of the weights' own size`,
    `root mean square ${short(rmse)}`,
    `largest ${short(max)}`,
  ];
  const importance = weighted === undefined ? [] : [`${percent(weighted)} weighted by importance`];
  const more = error.tensors.length > worst.length ? ` The ${worst.length} tensors that lost most:` : '';
  return html`<p class="note">
      Weight error (rounding alone, no text was read): ${[...facts, ...importance].join(', ')}.${more}
    </p>
    <div class="scroll">
      <table>
        <tr>
          <th>Tensor</th>
          <th>Type</th>
          <th class="n">Weight error</th>
          <th class="n">By importance</th>
          <th class="n">Root mean square</th>
          <th class="n">Largest</th>
        </tr>
        ${worst.map(
          (tensor) =>
            html`<tr>
              <td><code>${tensor.name}</code></td>
              <td>${tensor.from} to ${tensor.to}</td>
              <td class="n">${percent(tensor.relative)}</td>
              <td class="n">${tensor.weighted === undefined ? '' : percent(tensor.weighted)}</td>
              <td class="n">${short(tensor.rmse)}</td>
              <td class="n">${short(tensor.max)}</td>
            </tr>`,
        )}
      </table>
    </div>`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(2)} %`;
}

function short(value: number): string {
  return value.toPrecision(3);
}

function shareRow(share: TypeShare, colorOf: ColorOf): Markup {
  return html`<tr>
    <td><span class="key ${colorOf(share.type)}"></span>${share.type}</td>
    <td class="n">${share.tensors}</td>
    <td class="n">${share.weights.toLocaleString('en-US')}</td>
    <td class="n">${formatBytes(share.size)}</td>
    <td class="n">${bitsPerWeight(share.size, share.weights)}</td>
  </tr>`;
}

function bitsPerWeight(size: number, weights: number): string {
  return weights === 0 ? '0' : ((size * 8) / weights).toFixed(2);
}

function colors(tensors: readonly TensorSummary[]): ColorOf {
  const types = sharesByType(tensors).map(({ type }) => type);
  return (type) => `c${Math.min(types.indexOf(type), COLORS - 1)}`;
}

function files(items: readonly ItemSummary[]): Markup {
  if (items.length === 0) return html``;
  const rows = items.slice(0, ITEM_LIMIT).map(
    (item) =>
      html`<tr>
        <td>${item.stage}</td>
        <td>${item.name}${item.digest === undefined ? html`` : html`<br /><code>${item.digest}</code>`}</td>
        <td class="n">${formatBytes(item.size)}</td>
        <td>${item.skipped ?? ''}</td>
      </tr>`,
  );
  const hidden = items.length - rows.length;
  const note = hidden > 0 ? html`<p class="note">${hidden} more in events.ndjson.</p>` : html``;
  return html`<section>
    <h2>Files</h2>
    <div class="scroll">
      <table>
        <tr>
          <th>Stage</th>
          <th>File and digest</th>
          <th class="n">Size</th>
          <th></th>
        </tr>
        ${rows}
      </table>
    </div>
    ${note}
  </section>`;
}
