import { isJsonObject, jsonField, parsePythonJson, readText, type ModelFile } from '../files/index.js';
import { cardData } from '../package/index.js';
import type { ModelContent } from './model-content.js';
import { unifiedDiff } from './text-diff.js';

/** Cards, templates and tokenizer configurations that are larger are compared as files only. */
const TEXT_LIMIT = 8 * 1024 * 1024;
const LICENSE_ANNOTATION = 'org.opencontainers.image.licenses';
const TEMPLATE_KEY = /^tokenizer\.chat_template(\.|$)/;

/** The files of both sides, and the models that were read from them. */
export interface ComparedTexts {
  readonly a: readonly ModelFile[];
  readonly b: readonly ModelFile[];
  readonly models: readonly { readonly name: string; readonly before: ModelContent; readonly after: ModelContent }[];
}

export interface LicenseChange {
  /** What states it: a metadata key, an annotation, the model card. */
  readonly where: string;
  readonly before: string | null;
  readonly after: string | null;
}

type Annotations = ReadonlyMap<string, string> | undefined;

/** Licences as metadata, annotations and model cards state them. */
export async function compareLicenses(
  { a, b, models }: ComparedTexts,
  annotationsA: Annotations,
  annotationsB: Annotations,
  signal?: AbortSignal,
): Promise<LicenseChange[]> {
  const stated: LicenseChange[] = models.map(({ before, after }) => ({
    where: 'general.license',
    before: metadataText(before, 'general.license'),
    after: metadataText(after, 'general.license'),
  }));
  if (annotationsA !== undefined && annotationsB !== undefined) {
    stated.push({
      where: LICENSE_ANNOTATION,
      before: annotationsA.get(LICENSE_ANNOTATION) ?? null,
      after: annotationsB.get(LICENSE_ANNOTATION) ?? null,
    });
  }
  const [cardA, cardB] = [await textOf(a, 'README.md', signal), await textOf(b, 'README.md', signal)];
  if (cardA !== undefined && cardB !== undefined) {
    const [before, after] = [cardA, cardB].map((card) => cardData(card).text('license') ?? null);
    stated.push({ where: 'README.md', before: before ?? null, after: after ?? null });
  }
  return stated.filter(({ before, after }) => before !== after);
}

/** The chat templates' difference, from wherever they stand, with the two lines that `diff -u` begins with. */
export async function compareTemplates(texts: ComparedTexts, signal?: AbortSignal): Promise<string | null> {
  const [before, after] = [new Map<string, string>(), new Map<string, string>()];
  for (const model of texts.models) {
    templatesOf(model.before, before);
    templatesOf(model.after, after);
  }
  await fileTemplates(texts.a, before, signal);
  await fileTemplates(texts.b, after, signal);
  const parts = [...new Set([...before.keys(), ...after.keys()])].flatMap((where) => {
    const diff = unifiedDiff(before.get(where) ?? '', after.get(where) ?? '');
    return diff === '' ? [] : [`--- a/${where}\n+++ b/${where}\n${diff}`];
  });
  return parts.length === 0 ? null : parts.join('\n');
}

function templatesOf(model: ModelContent, into: Map<string, string>): void {
  for (const key of model.metadata.keys()) {
    const text = TEMPLATE_KEY.test(key) ? metadataText(model, key) : null;
    if (text !== null) into.set(key, text);
  }
}

async function fileTemplates(
  files: readonly ModelFile[],
  into: Map<string, string>,
  signal: AbortSignal | undefined,
): Promise<void> {
  const own = await textOf(files, 'chat_template.jinja', signal);
  if (own !== undefined) into.set('chat_template.jinja', own);
  const config = await textOf(files, 'tokenizer_config.json', signal);
  if (config === undefined) return;
  const value = parsePythonJson(config, 'tokenizer_config.json');
  const template = isJsonObject(value) ? jsonField(value, 'chat_template') : undefined;
  if (typeof template === 'string') into.set('tokenizer_config.json chat_template', template);
}

function metadataText({ metadata }: ModelContent, key: string): string | null {
  const value = metadata.get(key)?.value;
  return typeof value === 'string' ? value : null;
}

async function textOf(
  files: readonly ModelFile[],
  path: string,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const file = files.find((one) => one.path === path);
  return file === undefined || file.size > TEXT_LIMIT ? undefined : readText(file, TEXT_LIMIT, signal);
}
