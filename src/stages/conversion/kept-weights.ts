import type { StageReport } from '../../core/index.js';
import type { ModelFile } from '../../files/index.js';
import { readGguf } from '../../gguf/index.js';
import {
  ggufRepository,
  inputTypesOf,
  preferredProjector,
  type ModelFacts,
  type ModelVariant,
  type WeightRoles,
} from '../../package/index.js';
import { fileTypeOf } from './gguf-facts.js';

/** A file that goes with a quantized model as it is. */
interface KeptFile {
  readonly file: ModelFile;
  readonly role: 'projector' | 'adapter' | 'draft';
  /** `F16`, `BF16`: the type that it stays in. */
  readonly type: string | undefined;
}

/** What goes with a model and is not quantized with it, as with llama-quantize: projectors, adapters, drafts. */
export interface KeptWeights {
  readonly files: readonly KeptFile[];
  /** What the model takes with its projector; absent without one. */
  readonly inputTypes?: ModelFacts['inputTypes'];
}

/** Finds it among a model's files: of several projectors the one that servers ask for. Reads headers only. */
export async function keptWeights(
  files: readonly ModelFile[],
  roles: WeightRoles,
  signal: AbortSignal,
): Promise<KeptWeights> {
  const { projectors, adapters, drafts } = ggufRepository(files, roles);
  const projector = preferredProjector(projectors);
  const of = async (file: ModelFile, role: KeptFile['role']) => {
    const { metadata } = await readGguf(file, {}, signal);
    return { file, role, type: fileTypeOf(metadata), metadata };
  };
  const kept = await Promise.all([
    ...(projector === undefined ? [] : [of(projector, 'projector')]),
    ...adapters.map(async (file) => of(file, 'adapter')),
    ...drafts.map(async (file) => of(file, 'draft')),
  ]);
  const seen = kept.filter(({ role }) => role === 'projector').map(({ metadata }) => metadata);
  return {
    files: kept.map(({ file, role, type }) => ({ file, role, type })),
    ...(seen.length > 0 && { inputTypes: inputTypesOf(seen) }),
  };
}

/** A quantized variant with what goes with it. */
export function withKept(variant: ModelVariant, { files, inputTypes }: KeptWeights): ModelVariant {
  if (files.length === 0) return variant;
  return {
    ...variant,
    weights: [...variant.weights, ...files.map(({ file }) => file)],
    roles: new Map([...(variant.roles ?? []), ...files.map(({ file, role }) => [file.path, role] as const)]),
    facts: { ...variant.facts, inputTypes },
  };
}

/** What a plan says of it. */
export function keptReports({ files }: KeptWeights): readonly StageReport[] {
  return files.map(({ file, role, type }) => ({
    stage: 'quantize',
    summary: `${role} ${file.path} stays as it is${type === undefined ? '' : `, ${type}`}: the mix is for the language model`,
    data: { [role]: file.path, type: type ?? null, quantized: false },
  }));
}
