import { parseSplitName, readGeneralKeys, splitName, type GgufMetadata } from '../gguf/index.js';
import { SlipwayError } from '../core/index.js';
import type { ModelFile } from '../files/index.js';
import type { InputType, WeightRole, WeightRoles } from './variant.js';

const PROJECTOR = /(?:^|[/._-])mmproj(?:[._-]|$)/i;
const IMATRIX = /(?:^|[/._-])imatrix(?:[._-].*)?\.(?:gguf|dat)$|\.imatrix$/i;
const DRAFT = /(?:^|\/)(?:draft|mtp)[._-][^/]*\.gguf$|[._-]draft\.gguf$/i;
const ADAPTER = /(?:^|\/)(?:lora|adapter)[^/]*\.gguf$|[._-](?:lora|adapter)\.gguf$/i;
/** What PEFT calls an adapter's weights. */
const PEFT_ADAPTER = /(?:^|\/)adapter_model\.safetensors$/;

/** True for the name of a projector's file: it goes with a model and is none. */
export function isProjector(path: string): boolean {
  return isGguf(path) && PROJECTOR.test(path);
}

/** True for an importance matrix, whatever form it has: it is data. */
export function isImatrix(path: string): boolean {
  return IMATRIX.test(path);
}

/** True for the name of a GGUF file. */
export function isGguf(path: string): boolean {
  return path.toLowerCase().endsWith('.gguf');
}

/** The role that a file's name tells. Many models have `lora` within their names: only its beginning and its end count. */
export function roleInName(path: string): WeightRole {
  if (isImatrix(path)) return 'imatrix';
  if (isProjector(path)) return 'projector';
  if (PEFT_ADAPTER.test(path) || ADAPTER.test(path)) return 'adapter';
  return DRAFT.test(path) ? 'draft' : 'weight';
}

/** A file's role, by what was read of it, else by its name. */
export function roleOf(path: string, roles: WeightRoles | undefined): WeightRole {
  return roles?.get(path) ?? roleInName(path);
}

/** The role that a GGUF's own keys tell; `undefined` where they do not (drafts are models by themselves). */
export function roleInKeys(metadata: GgufMetadata): WeightRole | undefined {
  const type: unknown = metadata.get('general.type')?.value;
  // Projectors that were made before there was a key for it have the architecture alone.
  if (type === 'mmproj' || metadata.get('general.architecture')?.value === 'clip') return 'projector';
  if (type === 'adapter' || type === 'imatrix') return type;
  return undefined;
}

/**
 * Reads what the GGUFs among these files are: a small read each. Of splits the first one tells; a file that cannot be read
 * has the role that its name tells, and its reader says what is wrong with it.
 */
export async function readWeightRoles(files: readonly ModelFile[], signal?: AbortSignal): Promise<WeightRoles> {
  const roles = new Map<string, WeightRole>();
  for (const file of files.filter(({ path }) => isGguf(path))) {
    if ((parseSplitName(file.path)?.index ?? 0) > 0) continue;
    const role = await roleInHeader(file, signal);
    // A model that is called a draft, or `imatrix`, says no more of itself than that it is one.
    if (role !== undefined) roles.set(file.path, role);
    else if (roleInName(file.path) === 'adapter') roles.set(file.path, 'weight');
  }
  for (const { path } of files) {
    const first = firstSplit(path);
    const firstRole = first === undefined ? undefined : roles.get(first);
    if (firstRole !== undefined) roles.set(path, firstRole);
  }
  const models = files.filter(({ path }) => isGguf(path));
  // A draft alone is the model that there is.
  if (!models.some(({ path }) => roleOf(path, roles) === 'weight')) {
    for (const { path } of models) if (roleOf(path, roles) === 'draft') roles.set(path, 'weight');
  }
  return roles;
}

/** The name of the split that comes first, for one that does not. */
function firstSplit(path: string): string | undefined {
  const split = parseSplitName(path);
  return split === undefined || split.index === 0 ? undefined : splitName(split.prefix, 0, split.count);
}

async function roleInHeader(file: ModelFile, signal: AbortSignal | undefined): Promise<WeightRole | undefined> {
  try {
    return roleInKeys(await readGeneralKeys(file, signal));
  } catch (error) {
    if (SlipwayError.is(error) && error.code === 'GGUF_INVALID') return roleInName(file.path);
    throw error;
  }
}

/** What a model with these projectors takes: text, and what each of them sees or hears. */
export function inputTypesOf(projectors: readonly GgufMetadata[]): readonly InputType[] {
  const has = (key: string): boolean =>
    projectors.some((metadata) => {
      const { value } = metadata.get(`clip.${key}`) ?? {};
      return value === true;
    });
  return [
    'text',
    ...(has('has_vision_encoder') ? (['image'] as const) : []),
    ...(has('has_audio_encoder') ? (['audio'] as const) : []),
  ];
}
