import { z } from 'zod';
import { didYouMean, pipeline, SlipwayError, toSlipwayError, type Stage } from '../core/index.js';
import { findProblems, type Problem } from './problems.js';
import type { Flow, StageRow } from './stage-row.js';

/** More stages than this are a mistake. */
const STAGE_LIMIT = 64;

/** Schema of `stages:` for editors and for the outer shape: a list of objects with one key each. */
export function stageListSchema(rows: readonly StageRow[]): z.ZodType {
  const entries = rows.map((row) => z.strictObject({ [row.key]: row.schema.nullable() }));
  return z.array(z.union(entries)).describe('a list of stages, each an object with one key');
}

/** A list of stages that was found sound, or everything that is wrong with it. */
export type StageListResult = { readonly pipeline: Stage<void, unknown> } | { readonly problems: readonly Problem[] };

/** Turns the document's `stages` into a pipeline: options checked, neighbours checked, then built. */
export function buildStages(list: unknown, rows: readonly StageRow[]): StageListResult {
  if (!Array.isArray(list) || list.length === 0 || list.length > STAGE_LIMIT) {
    const received =
      list === undefined ? 'missing' : `got ${Array.isArray(list) ? `${list.length} stages` : 'no list'}`;
    const keys = rows.map((row) => row.key).join(', ');
    return {
      problems: [{ path: ['stages'], text: `${received}, needs a list of 1 to ${STAGE_LIMIT} stages: ${keys}` }],
    };
  }
  const entries = list.map((entry: unknown, index) => readEntry(entry, index, rows));
  const problems = entries.flatMap((entry) => ('problems' in entry ? entry.problems : []));
  const chosen = entries.flatMap((entry) => ('row' in entry ? [entry] : []));
  if (chosen.length === entries.length) problems.push(...misfits(chosen));
  if (problems.length > 0) return { problems };
  return construct(inOrder(chosen));
}

interface Entry {
  readonly row: StageRow;
  readonly options: unknown;
  readonly path: readonly PropertyKey[];
}

/** As written, but for stages that have to stand before another one: `sign` behind `push` signs before the tags move. */
function inOrder(entries: readonly Entry[]): readonly Entry[] {
  const ordered: Entry[] = [];
  for (const entry of entries) {
    const at = ordered.findIndex(({ row }) => row.key === entry.row.before);
    if (at < 0) ordered.push(entry);
    else ordered.splice(at, 0, entry);
  }
  return ordered;
}

function readEntry(entry: unknown, index: number, rows: readonly StageRow[]): Entry | { problems: readonly Problem[] } {
  const at = ['stages', index];
  // `- pack` alone says the same as `- pack: {}`.
  const value = typeof entry === 'string' ? { [entry]: null } : entry;
  if (typeof value !== 'object' || value === null || Array.isArray(value) || Object.keys(value).length !== 1) {
    return { problems: [{ path: at, text: "needs one key, the stage's name: { convert: { … } }" }] };
  }
  const [key, raw] = Object.entries(value)[0] ?? ['', null];
  const row = rows.find((candidate) => candidate.key === key);
  if (row === undefined) {
    const keys = rows.map((candidate) => candidate.key);
    const guess = didYouMean(key, keys);
    return {
      problems: [
        { path: [...at, key], text: `unknown stage${guess === '' ? `, allowed: ${keys.join(', ')}` : guess}` },
      ],
    };
  }
  const path = [...at, key];
  const options: unknown = raw ?? {};
  const problems = findProblems(row.schema, options, path);
  return problems.length > 0 ? { problems } : { row, options, path };
}

/** Stages whose input is not what the stage before them gives: what the compiler checks in a TypeScript configuration. */
function misfits(entries: readonly Entry[]): Problem[] {
  const problems: Problem[] = [];
  let flow: Flow = 'nothing';
  let giver: string | undefined;
  for (const { row, path } of entries) {
    if (!row.takes.includes(flow)) {
      const wanted = row.takes.join(' or ');
      const text =
        giver === undefined
          ? `'${row.key}' cannot come first: it needs ${wanted}`
          : `'${row.key}' needs ${wanted}, but '${giver}' gives ${flow}`;
      problems.push({ path, text });
    }
    if (row.gives === 'what it takes') continue;
    flow = row.gives;
    giver = row.key;
  }
  return problems;
}

function construct(entries: readonly Entry[]): StageListResult {
  const problems: Problem[] = [];
  const stages: Stage<never, unknown>[] = [];
  for (const { row, options, path } of entries) {
    try {
      stages.push(row.build(options));
    } catch (error) {
      const { code, message, details } = toSlipwayError(error);
      if (code === 'INTERNAL') throw error;
      problems.push({ path, text: [message, details.got].filter(Boolean).join(': ') });
    }
  }
  if (problems.length > 0) return { problems };
  // Neighbours were checked above; the overloads of pipeline() cannot see a list of unknown length.
  const compose = pipeline as unknown as (...parts: readonly Stage<never, unknown>[]) => Stage<void, unknown>;
  const [first, ...rest] = stages;
  if (first === undefined) throw new SlipwayError('INTERNAL', 'a pipeline without stages');
  return { pipeline: compose(first, ...rest) };
}
