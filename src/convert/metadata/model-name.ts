import { isLower, titleCase, words } from './python-text.js';

/** What the name of a model says about it, by the rules of gguf-py's `get_model_id_components`. */
export interface NameParts {
  /** Everything after the organization. */
  readonly fullName?: string;
  readonly organization?: string;
  readonly basename?: string;
  readonly finetune?: string;
  readonly version?: string;
  readonly sizeLabel?: string;
}

type Label = 'basename' | 'size_label' | 'finetune' | 'version' | 'type';

interface Part {
  text: string;
  readonly labels: Set<Label>;
}

const VERSION = /^(?:v|iter)?\p{Nd}+(?:[.]\p{Nd}+)*$/iu;
const QUANT_TYPE = /^(?:i?q\p{Nd}(?:_[\p{L}\p{N}_])*|b?fp?(?:16|32))$/iu;
const SIZE = /^(?:(?:[A]|\p{Nd}+[x])?\p{Nd}+(?:[._]\p{Nd}+)?[KMBT]\p{Nd}?|small|mini|medium|large|x?xl)$/iu;
const FINETUNE = /^(?:chat|instruct|vision|lora)$/iu;

/**
 * Takes `organization/Name-Version-7B-Finetune` apart. `totalParameters` (0 when unknown) tells a size from a
 * context length: a number far from it is no size of this model.
 */
export function nameParts(id: string, totalParameters: number): NameParts {
  if (id.includes(' ')) return { fullName: id };
  const slash = id.indexOf('/');
  const organization = slash === -1 || id.startsWith('.') ? undefined : id.slice(0, slash);
  const fullName = id.slice(slash + 1);
  const parts = fullName
    .split('-')
    .filter((text) => text !== '')
    .map((text): Part => ({ text, labels: new Set() }));
  for (const [index, part] of parts.entries()) label(part, index, totalParameters);
  dropWordSizes(parts);
  findBasename(parts);
  return { fullName, ...(organization === undefined ? {} : { organization }), ...joined(parts) };
}

function label(part: Part, index: number, total: number): void {
  if (VERSION.test(part.text)) part.labels.add('version');
  else if (QUANT_TYPE.test(part.text)) {
    part.labels.add('type');
    part.text = part.text.toUpperCase();
  } else if (index > 0 && SIZE.test(part.text)) labelSize(part, total);
  else if (index > 0 && FINETUNE.test(part.text)) {
    // A negative count stands for an adapter, whose name says "lora" anyway.
    part.labels.add(total < 0 && part.text.toLowerCase() === 'lora' ? 'type' : 'finetune');
  }
}

function labelSize(part: Part, total: number): void {
  let text = part.text.replaceAll('_', '.');
  // Bloom writes 7b1 for 7.1B.
  if (/\p{Nd}$/u.test(text)) text = `${text.slice(0, -2)}.${text.slice(-1)}${text.slice(-2, -1)}`;
  if (/\p{Nd}[kmbt]$/u.test(text)) text = text.slice(0, -1) + text.slice(-1).toUpperCase();
  if (total !== 0 && isFarFrom(total, text)) {
    part.labels.add('finetune');
    text = text.slice(0, -1) + text.slice(-1).toLowerCase();
  } else {
    part.labels.add('size_label');
  }
  part.text = text;
}

/** Whether the size is not this model's. Words and products (8x7B) are never compared. */
function isFarFrom(total: number, text: string): boolean {
  // Full-width digits are digits too.
  const digits = text.slice(0, -1).normalize('NFKC');
  if (!/^\d+(?:\.\d+)?$/.test(digits)) return false;
  const size = Number(digits) * 1000 ** ' KMBT'.indexOf(text.slice(-1));
  if (total < 0) return size < Math.floor(-total / 8);
  return Math.abs(size - total) > Math.floor((7 * total) / 8);
}

/** A size in words counts only where none is in numbers. */
function dropWordSizes(parts: readonly Part[]): void {
  const sizes = parts.filter(({ labels }) => labels.has('size_label'));
  if (!sizes.some(({ text }) => /\p{Nd}/u.test(text))) return;
  for (const { text, labels } of sizes) if (/^\p{L}*$/u.test(text)) labels.delete('size_label');
}

/** The basename runs from the start to the first part with another meaning; versions at its end leave it again. */
function findBasename(parts: readonly Part[]): void {
  let atStart = true;
  for (const { text, labels } of parts) {
    if (atStart && ((labels.size === 0 && /^\p{L}/u.test(text)) || labels.has('version'))) {
      labels.add('basename');
    } else {
      atStart = false;
      if (labels.size === 0) labels.add('finetune');
    }
  }
  for (const { labels } of parts.toReversed()) {
    if (!labels.has('basename') || labels.size === 1) break;
    labels.delete('basename');
  }
}

function joined(parts: readonly Part[]): NameParts {
  const texts = (wanted: (labels: ReadonlySet<Label>) => boolean): string[] =>
    parts.filter(({ labels }) => wanted(labels)).map(({ text }) => text);
  const join = (list: readonly string[]): string | undefined => (list.length === 0 ? undefined : list.join('-'));
  const basename = join(texts((labels) => labels.has('basename')));
  const sizeLabel = join([...new Set(texts((labels) => labels.has('size_label')))]);
  const finetune = join(texts((labels) => labels.has('finetune')));
  const version = join(texts((labels) => labels.has('version') && !labels.has('basename')));
  // A basename alone says nothing.
  const known = sizeLabel !== undefined || finetune !== undefined || version !== undefined;
  return {
    ...(basename === undefined || !known ? {} : { basename }),
    ...(finetune === undefined ? {} : { finetune }),
    ...(version === undefined ? {} : { version }),
    ...(sizeLabel === undefined ? {} : { sizeLabel }),
  };
}

/** A name for people: hyphens become spaces, words in lower case get a capital; versions and numbers stay. */
export function titleOf(id: string): string {
  return words(id.replaceAll('-', ' '))
    .map((word) => (isLower(word) && !/^(?:v\p{Nd}+(?:\.\p{Nd}+)*|\p{Nd}.*)$/u.test(word) ? titleCase(word) : word))
    .join(' ');
}
