import { SlipwayError } from '../core/index.js';
import {
  assertDistinctPaths,
  comparePaths,
  hasCodeName,
  localRelativePath,
  nameProblem,
  pathFilter,
  safeRelativePath,
  type LeftOutFile,
} from '../files/index.js';

/**
 * Kinds of files that a model needs and that hold data only. Anything else is fetched when the user names it;
 * code-bearing weights never are.
 */
const DATA_FILES: readonly string[] = [
  '*.safetensors',
  '*.gguf',
  '*.onnx',
  '*.onnx_data*',
  '*.onnx.data*',
  '*.dduf',
  '*.tflite',
  '*.litertlm',
  '*.mlmodel',
  '*.msgpack',
  '*imatrix*.dat',
  '*.imatrix',
  '*.json',
  'tokenizer.jsonl',
  '*.jinja',
  '*.model',
  'tokenizer.model*',
  '*.bpe',
  '*.tiktoken',
  '*.spm',
  '*.vocab',
  '*.txt',
  '*.md',
  'LICENSE*',
  'LICENCE*',
  'NOTICE*',
  'README*',
  'COPYING*',
];

const DATA_KINDS = pathFilter({ include: DATA_FILES, ignoreCase: true });

/** Weights that a model has besides: taken when there are no others. */
const SECOND_FORMS = /\.(?:onnx|onnx_data[^/.]*|onnx\.data|tflite|litertlm|mlmodel|msgpack)$/i;
/** Among those, the ones that carry PyTorch weights. */
const PICKLED_WEIGHTS = /\.(bin|pt|pth|ckpt|pkl|pickle)$/i;
/** Names that say little: in a directory of the user's own the content decides. */
export const AMBIGUOUS: RegExp = /\.(bin|dat|data)$/i;
const ONNX = /\.onnx$/i;
const SAFE_WEIGHTS = /\.(safetensors|gguf)$/i;

const MAX_FILES = 50_000;

/** What is asked of a source. */
export interface SelectionOptions {
  /** Globs of files to take instead of the kinds that a model needs. */
  readonly include?: readonly string[];
  /** Globs of files to leave out. */
  readonly exclude?: readonly string[];
  /** Every file that is not hidden, whatever it is called and may do: to look at, not to take. */
  readonly everything?: boolean;
}

/** What is known of files beside their names. */
export interface KnownFiles {
  /** Paths whose names say little and whose content is known to be data. */
  readonly plain?: ReadonlySet<string>;
  /** Paths that a model of the listing names as where its weights are. */
  readonly named?: ReadonlySet<string>;
}

/** What became of a listing. */
export interface Selected<T> {
  /** In byte order of their paths. */
  readonly chosen: readonly T[];
  /** Neither kinds of files that a model needs nor left out on purpose; none when files were asked for. */
  readonly leftOut: readonly LeftOutFile[];
}

/**
 * The files of a listing that a snapshot should have.
 * Throws `PICKLE_REFUSED` when weights exist in code-bearing formats only or a glob asks for such a file,
 * `PATH_UNSAFE` for names that cannot be written, `NOT_FOUND` when nothing is left.
 */
export function selectFiles<T extends { readonly path: string }>(
  files: readonly T[],
  options: SelectionOptions,
  source: string,
  { plain = new Set(), named = new Set() }: KnownFiles = {},
): Selected<T> {
  const isData = (path: string): boolean => plain.has(path) || named.has(path);
  if (files.length > MAX_FILES) {
    throw new SlipwayError('MODEL_INVALID', `'${source}' lists more files than a model has`, {
      where: source,
      got: `${files.length} files, limit ${MAX_FILES}`,
    });
  }
  if (options.everything === true) {
    const all = files.filter(({ path }) => !isHidden(path)).sort((a, b) => comparePaths(a.path, b.path));
    if (all.length === 0) throw nothingLeft([], source, false);
    return { chosen: all, leftOut: [] };
  }
  const { include, exclude = [] } = options;
  const wanted = pathFilter(
    include === undefined ? { include: DATA_FILES, exclude, ignoreCase: true } : { include, exclude },
  );
  const shown = files.filter((file) => include !== undefined || !isHidden(file.path));
  const isLeft = pathFilter({ exclude, ignoreCase: true });
  const asked = shown.filter(({ path }) => wanted(path) || (named.has(path) && isLeft(path)));
  const withoutSecond = include === undefined ? withoutSecondForms(asked) : asked;
  const problems = include === undefined ? unneededNames(withoutSecond) : new Map<string, string>();
  const chosen = withoutSecond.filter((file) => !problems.has(file.path));
  const mayRunCode = ({ path }: { readonly path: string }): boolean => hasCodeName(path) && !isData(path);
  const refused = chosen.filter(mayRunCode);
  if (refused.length > 0) throw askedForCode(refused, source);
  refusePickleOnly(
    files.filter(({ path }) => !isData(path)),
    source,
  );
  if (chosen.length === 0)
    throw nothingLeft(
      files.map((file) => file.path),
      source,
      include !== undefined || exclude.length > 0,
    );
  assertDistinctPaths(
    chosen.map((file) => file.path),
    // What was asked for is judged where it goes.
    include === undefined ? safeRelativePath : localRelativePath,
  );
  chosen.sort((a, b) => comparePaths(a.path, b.path));
  const leftOut = include === undefined ? unasked(shown, chosen, exclude) : [];
  return {
    chosen,
    leftOut: leftOut.map((file) => ({
      path: file.path,
      mayRunCode: mayRunCode(file),
      ...(problems.has(file.path) && { nameProblem: problems.get(file.path) }),
    })),
  };
}

/** Whether a name is of a kind that is taken without being asked for. */
export function isWantedByName(path: string): boolean {
  return isHidden(path) || DATA_KINDS(path);
}

/** Whether weights in second forms are taken: there are no others. */
export function takesSecondForms(files: readonly { readonly path: string }[]): boolean {
  return !files.some(({ path }) => SAFE_WEIGHTS.test(path));
}

/** A model in one form has enough of it: an export to ONNX beside safetensors is left out unless it is asked for. */
function withoutSecondForms<T extends { readonly path: string }>(files: readonly T[]): readonly T[] {
  if (takesSecondForms(files)) return files;
  return files.filter(({ path }) => !SECOND_FORMS.test(path));
}

/** Names that some systems cannot hold, of files that a model can do without, with the reason. */
function unneededNames(files: readonly { readonly path: string }[]): ReadonlyMap<string, string> {
  const problems = new Map<string, string>();
  for (const { path } of files) {
    const problem = SAFE_WEIGHTS.test(path) ? undefined : nameProblem(path);
    if (problem !== undefined) problems.set(path, problem);
  }
  return problems;
}

function unasked<T extends { readonly path: string }>(
  files: readonly T[],
  chosen: readonly T[],
  exclude: readonly string[],
): T[] {
  const taken = new Set(chosen);
  const isUnasked = pathFilter({ exclude, ignoreCase: true });
  return files.filter((file) => !taken.has(file) && isUnasked(file.path)).sort((a, b) => comparePaths(a.path, b.path));
}

function isHidden(path: string): boolean {
  return path.split('/').some((segment) => /^\.[^.]/.test(segment));
}

function refusePickleOnly(files: readonly { readonly path: string }[], source: string): void {
  const pickles = files.filter((file) => PICKLED_WEIGHTS.test(file.path)).map((file) => file.path);
  if (pickles.length === 0 || files.some(({ path }) => SAFE_WEIGHTS.test(path) || ONNX.test(path))) return;
  throw new SlipwayError('PICKLE_REFUSED', `'${source}' has its weights only in pickle files, which can run code`, {
    where: source,
    got: listed(pickles),
    try: [
      'look for a revision with safetensors (refs/pr/… of the Hub’s conversion bot often has one)',
      'convert in a sandbox with a tool that you trust, then point at the directory with the safetensors',
    ],
    context: { files: pickles.slice(0, 100) },
  });
}

function askedForCode(files: readonly { readonly path: string }[], source: string): SlipwayError {
  const paths = files.map((file) => file.path);
  return new SlipwayError('PICKLE_REFUSED', `the include patterns ask for files of '${source}' that can run code`, {
    where: source,
    got: listed(paths),
    try: `leave them out: --exclude '*${paths[0]?.slice(paths[0].lastIndexOf('.')) ?? ''}' (in a configuration, exclude)`,
  });
}

function nothingLeft(paths: readonly string[], source: string, filtered: boolean): SlipwayError {
  if (filtered) {
    return new SlipwayError('NOT_FOUND', `no file of '${source}' is selected`, {
      where: source,
      got: `${paths.length} files, none matches`,
      try: 'look at the include and exclude patterns',
    });
  }
  return new SlipwayError('NOT_FOUND', `'${source}' holds no file of a model`, {
    where: source,
    got: paths.length === 0 ? 'no files' : listed(paths),
    try:
      paths.length === 0
        ? 'is it the right place?'
        : "name the files that are wanted: --include '**' (in a configuration, include)",
  });
}

function listed(paths: readonly string[]): string {
  const more = paths.length > 5 ? ` and ${paths.length - 5} more` : '';
  return paths.slice(0, 5).join(', ') + more;
}
