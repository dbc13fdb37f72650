import { nearest, SlipwayError } from '../core/index.js';
import { comparePaths, type ModelFile, type Snapshot } from '../files/index.js';
import { missingSplits, parseSplitName } from '../gguf/index.js';
import type { WeightRole, WeightRoles } from './variant.js';
import { isGguf, roleInName, roleOf } from './weight-roles.js';

/** One quantization of a repository of GGUF files: one file, or all splits of one. */
export interface GgufVariant {
  /** As the file is called: `Q4_K_M`, `UD-Q4_K_XL`, `BF16`; the file's own name where it says no quantization. */
  readonly name: string;
  /** In the order of their numbers. */
  readonly files: readonly ModelFile[];
  /** Bytes of all of them. */
  readonly size: number;
}

/** A repository of GGUF files, sorted. */
export interface GgufRepository {
  /** Smallest first. */
  readonly variants: readonly GgufVariant[];
  /** What makes a model see or hear: goes with every variant. */
  readonly projectors: readonly ModelFile[];
  /** LoRA adapters as GGUF, on the models of the repository or alone. */
  readonly adapters: readonly ModelFile[];
  /** Smaller models that draft for the others. */
  readonly drafts: readonly ModelFile[];
  /** Importance matrices: what the quantizations were made with. */
  readonly imatrices: readonly ModelFile[];
  /** README, licence, configuration and whatever else is there. */
  readonly companions: readonly ModelFile[];
}

/** A quantization at the end of a file's name, as llama.cpp and those who publish GGUFs spell it. */
const QUANTIZATION =
  /(?:^|[-._/ ])((?:UD-)?(?:(?:IQ|TQ|Q)\d(?:_[A-Z0-9]+)*|MXFP4(?:_MOE)?|NVFP4|BF16|FP16|F16|FP32|F32))(?:[-._]GGUF)?$/i;

/**
 * Sorts a snapshot's files by what they are to a repository of GGUF files: by what was read of them (`roles`), else by
 * their names, which do not tell an adapter from a model.
 */
export function ggufRepository(files: readonly ModelFile[], roles?: WeightRoles): GgufRepository {
  const roleOfFile = ({ path }: ModelFile): WeightRole | undefined => {
    const role = roleOf(path, roles);
    if (role === 'imatrix') return role;
    return isGguf(path) ? (roles === undefined && role !== 'projector' ? 'weight' : role) : undefined;
  };
  const of = (role: WeightRole | undefined): ModelFile[] => files.filter((file) => roleOfFile(file) === role);
  return {
    variants: variantsOf(of('weight')),
    projectors: of('projector'),
    adapters: of('adapter'),
    drafts: of('draft'),
    imatrices: of('imatrix'),
    companions: of(undefined),
  };
}

/** The quantization that a file's name, or the folder that it lies in, tells; `undefined` when neither does. */
export function quantizationInName(path: string): string | undefined {
  const stem = stemOf(path);
  const own = QUANTIZATION.exec(stem)?.[1] ?? QUANTIZATION.exec(stem.slice(0, Math.max(0, stem.lastIndexOf('/'))))?.[1];
  return own?.toUpperCase();
}

/** The path without `.gguf` and without a split's number. */
function stemOf(path: string): string {
  return parseSplitName(path)?.prefix ?? path.replace(/\.gguf$/i, '');
}

function variantsOf(files: readonly ModelFile[]): readonly GgufVariant[] {
  const groups = new Map<string, ModelFile[]>();
  for (const file of files.toSorted((a, b) => comparePaths(a.path, b.path))) {
    const count = parseSplitName(file.path)?.count ?? 1;
    const key = `${stemOf(file.path)}\0${count}`;
    groups.set(key, [...(groups.get(key) ?? []), file]);
  }
  const named = [...groups.values()].map((group) => ({ group, name: quantizationInName(group[0]?.path ?? '') }));
  const variants = named.map(({ group, name }): GgufVariant => {
    const isAlone = name !== undefined && named.filter((other) => other.name === name).length === 1;
    const stem = stemOf(group[0]?.path ?? '');
    const size = group.reduce((sum, file) => sum + file.size, 0);
    return { name: isAlone ? name : stem.slice(stem.lastIndexOf('/') + 1), files: group, size };
  });
  return variants.toSorted((a, b) => a.size - b.size || comparePaths(a.name, b.name));
}

/**
 * The files of one quantization with what goes with it, named in any case; everything stays when none is named.
 * Throws `NOT_FOUND` with the list when there is none of that name, `GGUF_INVALID` when a split of it is missing.
 */
export function chooseVariant(snapshot: Snapshot, wanted: string): Snapshot {
  const { variants, projectors, imatrices, companions } = ggufRepository(snapshot.files);
  const adapters = new Set(snapshot.files.filter(({ path }) => roleInName(path) === 'adapter'));
  const key = wanted.toLowerCase();
  const found =
    variants.find(({ name }) => name.toLowerCase() === key) ??
    variants.find(({ files }) => files.some(({ path }) => stemOf(path).toLowerCase().endsWith(`/${key}`)));
  if (found === undefined) throw noSuchVariant(snapshot, variants, wanted);
  requireWhole(found);
  const files = [...new Set([...found.files, ...projectors, ...adapters, ...imatrices, ...companions])];
  return { ...snapshot, files: files.toSorted((a, b) => comparePaths(a.path, b.path)) };
}

/** Throws `GGUF_INVALID` naming the splits that are not there. */
export function requireWhole({ files }: GgufVariant): void {
  const missing = missingSplits(files.map(({ path }) => path));
  if (missing.length === 0) return;
  throw new SlipwayError('GGUF_INVALID', `'${missing[0] ?? ''}' is missing: the set of splits is not whole`, {
    where: files[0]?.path ?? '',
    got: `${files.length} files, ${missing.length} missing: ${missing.slice(0, 5).join(', ')}`,
    try: 'download the repository again, or choose another quantization with --quant',
  });
}

function noSuchVariant(snapshot: Snapshot, variants: readonly GgufVariant[], wanted: string): SlipwayError {
  const { name, url } = snapshot.source;
  if (variants.length === 0) {
    return new SlipwayError('NOT_FOUND', `'${name}' holds no GGUF, so there is no quantization '${wanted}' of it`, {
      where: url,
      got: `${snapshot.files.length} files`,
      try: `pipeline convert ${snapshot.source.kind === 'huggingface' ? `hf://${name}` : `./${name}`} --quantize ${wanted} -o model.gguf`,
    });
  }
  const close = nearest(
    wanted.toUpperCase(),
    variants.map((variant) => variant.name),
  );
  return new SlipwayError('NOT_FOUND', `'${name}' has no quantization '${wanted}'`, {
    where: url,
    got: variantList(variants),
    try: `--quant ${close ?? variants[0]?.name ?? ''}`,
    context: { variants: variants.map((variant) => variant.name) },
  });
}

/** Refuses several quantizations where only one can go; `what` has a verb: `a Docker model holds`, `quantize takes`. */
export function severalVariants(
  variants: readonly { readonly name: string; readonly size: number }[],
  what: string,
): SlipwayError {
  return new SlipwayError('USAGE', `there are ${variants.length} quantizations, and ${what} one: choose one`, {
    got: variantList(variants),
    try: [
      `--quant ${preferred(variants)}   (or the address: hf://organization/name:${preferred(variants)})`,
      "--include '*NAME*' chooses by file names",
    ],
    context: { variants: variants.map((variant) => variant.name) },
  });
}

/** What most people take. */
function preferred(variants: readonly { readonly name: string }[]): string {
  const usual = ['Q4_K_M', 'UD-Q4_K_XL', 'Q4_0', 'Q8_0'].find((name) => variants.some((one) => one.name === name));
  return usual ?? variants[0]?.name ?? '';
}

/** `Q4_K_M 4.9 GB, Q8_0 8.5 GB`. */
function variantList(variants: readonly { readonly name: string; readonly size: number }[]): string {
  return variants.map(({ name, size }) => `${name} ${decimalSize(size)}`).join(', ');
}

/** `4.9 GB`. */
export function decimalSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, unit] = [bytes, 0];
  for (; value >= 1000 && unit < units.length - 1; unit += 1) value /= 1000;
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit] ?? ''}`;
}

/** Which projector a model gets of several: one is enough, and 16 bits are what servers ask for. */
export function preferredProjector(projectors: readonly ModelFile[]): ModelFile | undefined {
  const rank = ({ path }: ModelFile): number => {
    const place = ['F16', 'FP16', 'BF16', 'Q8_0', 'F32'].indexOf(quantizationInName(path) ?? '');
    return place === -1 ? Number.POSITIVE_INFINITY : place;
  };
  return projectors.toSorted((a, b) => rank(a) - rank(b))[0];
}
