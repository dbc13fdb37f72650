import {
  foreignFormat,
  hasCodeName,
  isJsonObject,
  jsonField,
  mayRunCode,
  readRange,
  TELLING_BYTES,
  type JsonValue,
  type ModelFile,
} from '../files/index.js';
import { carriesCode } from '../safetensors/index.js';
import type { ModelView } from './lint-input.js';
import { finding, type LintFinding } from './lint-rules.js';

/** Names that say little: data of any kind. */
const AMBIGUOUS = /\.(bin|dat|data)$/i;
const DATA_WEIGHTS = /\.(safetensors|gguf|onnx)$/i;
/** Texts and other files that nothing loads as weights. */
const PLAIN =
  /\.(json|jsonl|txt|md|jinja|py|model|png|jpe?g|gif|svg|pdf|html?|ya?ml|toml|csv|xml|tiktoken|bpe|vocab|sig)$/i;
const PROGRAM =
  /\.(py|pyc|pyd|ipynb|sh|bash|bat|cmd|ps1|exe|dll|so(\.\d+)*|dylib|jar|class|wasm|js|mjs|cjs|node|rb|pl|php)$/i;
/** Files of a remote source whose first bytes are asked for. */
const MOST_LOOKS = 64;
const SHOWN = 5;

/** What can run code: pickles and archives by name and by content, remote code, programs. */
export async function lintCode(view: ModelView): Promise<LintFinding[]> {
  const found: LintFinding[] = [];
  const hasData = view.files.some(({ path }) => DATA_WEIGHTS.test(path));
  for (const file of view.files) found.push(...lintNamed(file, await startOf(file, view), hasData && !view.travels));
  return [...found, ...lintPrograms(view), ...(await lintRemoteCode(view))];
}

function lintNamed({ path }: ModelFile, start: Uint8Array | undefined, isBeside: boolean): LintFinding[] {
  const named = hasCodeName(path) || carriesCode(path);
  const content =
    start === undefined
      ? undefined
      : (foreignFormat(start) ?? (mayRunCode(start) ? 'a pickle in text form' : undefined));
  if (content !== undefined && !named && !/\.(zip|7z|gz|tgz|tar)$/i.test(path))
    return [finding('code-disguised', path, `its content is ${content}`)];
  const isPlain = AMBIGUOUS.test(path) && !carriesCode(path) && start !== undefined && content === undefined;
  if (!named || isPlain) return [];
  const what = content ?? 'a kind of file that its loader may run code of';
  return [finding('code-pickle', path, `it is ${what}`, { level: isBeside ? 'warning' : 'error' })];
}

const looks = new WeakMap<ModelView, number>();

/** The first bytes, where they can tell something; of a remote source only of files that could be weights. */
async function startOf(file: ModelFile, view: ModelView): Promise<Uint8Array | undefined> {
  const isWeights = DATA_WEIGHTS.test(file.path) || AMBIGUOUS.test(file.path) || hasCodeName(file.path);
  if (file.size === 0 || (file.onDisk === undefined && !isWeights && PLAIN.test(file.path))) return undefined;
  // Readers of these formats look for themselves.
  if (DATA_WEIGHTS.test(file.path) && file.onDisk === undefined) return undefined;
  const before = looks.get(view) ?? 0;
  if (file.onDisk === undefined && before >= MOST_LOOKS) return undefined;
  looks.set(view, before + 1);
  const end = Math.min(file.size, TELLING_BYTES);
  return view.guarded(file.path, async () => readRange(file, { start: 0, end }, view.signal));
}

function lintPrograms({ files, travels }: ModelView): LintFinding[] {
  const programs = files.map(({ path }) => path).filter((path) => PROGRAM.test(path));
  const [first] = programs;
  if (first === undefined) return [];
  const more = programs.length > SHOWN ? ` and ${programs.length - SHOWN} more` : '';
  const message = `${programs.slice(0, SHOWN).join(', ')}${more}`;
  return [finding('code-files', first, message, { level: travels ? 'warning' : 'note' })];
}

/** `auto_map` in any configuration, at any depth that configurations have. */
async function lintRemoteCode(view: ModelView): Promise<LintFinding[]> {
  const found: LintFinding[] = [];
  const configs = view.files.filter(
    ({ path, size }) => /(?:^|\/)[^/]*config\.json$/i.test(path) && size < 16 * 1024 * 1024,
  );
  for (const { path } of configs) {
    const config = await view.object(path, true);
    if (config === undefined) continue;
    const map = jsonField(config, 'auto_map') ?? undefined;
    if (map !== undefined)
      found.push(finding('code-remote', path, `auto_map names ${classesOf(map)}`, { at: 'auto_map' }));
    if (jsonField(config, 'custom_pipelines') !== undefined)
      found.push(
        finding('code-remote', path, 'custom_pipelines names code of the repository', { at: 'custom_pipelines' }),
      );
  }
  return found;
}

function classesOf(map: JsonValue): string {
  const values = isJsonObject(map) ? Object.values(map).flat() : [map];
  const names = values.filter((value) => typeof value === 'string');
  return names.length === 0 ? 'classes of the repository' : [...new Set(names)].slice(0, SHOWN).join(', ');
}
