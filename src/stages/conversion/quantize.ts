import { SlipwayError, type Planned, type RunContext, type Stage } from '../../core/index.js';
import { comparePaths, type ModelFile, type Snapshot } from '../../files/index.js';
import { parseSplitName, readSplitGguf } from '../../gguf/index.js';
import { ggufRepository, readWeightRoles, type ModelVariant, type WeightRoles } from '../../package/index.js';
import type { TargetChoice } from '../../quantize/index.js';
import { companionsOf } from './companions.js';
import { fingerprintOf, recipeOf, vouched, withRecipe } from '../fingerprint.js';
import { theModel, wholeModel } from './gguf-weights.js';
import { keptReports, keptWeights, withKept, type KeptWeights } from './kept-weights.js';
import { matrixFor, matrixSettings, namedInputs, type LoadedMatrix } from '../evaluation/make-imatrix.js';
import { mixOptions } from './read-mix-options.js';
import type { QuantizeStageOptions } from '../options/index.js';
import { tellWarnings, variantReport } from './variant-report.js';
import { quantizedVariants, type GgufModel, type QuantizedVariant } from './variants.js';
import { leastMemory, requireEngineOf } from '../resources.js';

/** Quantizes a GGUF as `llama-quantize` does, the same bytes. */
export function quantize(
  options: QuantizeStageOptions,
): Stage<Snapshot | readonly ModelVariant[], readonly ModelVariant[]> {
  const choices = new Map<string, TargetChoice>();
  const work = async (
    input: Snapshot | readonly ModelVariant[],
    planning: boolean,
    context: RunContext,
  ): Promise<{
    readonly recorded: readonly QuantizedVariant[];
    readonly matrix: LoadedMatrix;
    readonly kept: KeptWeights;
  }> => {
    await requireEngineOf(context, options);
    const { types, imatrix, engine, kernel, keepSplit, ...mix } = options;
    const own = { ...mixOptions(mix), engine, kernel };
    const { model, kept } = await openModel(input, keepSplit === true, context);
    const [first] = 'files' in input ? [input] : input;
    const from = first === undefined ? undefined : fingerprintOf(first);
    const matrix = await matrixFor(imatrix, { content: model.content, key: from }, planning, context);
    const settings = {
      ...own,
      choices,
      ...matrixSettings(matrix),
    };
    const made = await quantizedVariants(model, [types ?? []].flat(), settings, context);
    const { engine: _, kernel: _kernel, types: _types, imatrix: _imatrix, ...alone } = options;
    const content = matrix.input?.digest;
    const before =
      'files' in input
        ? { snapshot: input, inputs: [] }
        : first !== undefined && 'recipe' in first
          ? first.recipe
          : undefined;
    const inputs = [...(before?.inputs ?? []), ...namedInputs([matrix.input?.name], [content])];
    const recorded = made.map(({ variant, ...made }) => ({
      ...made,
      variant: {
        ...withKept(variant, kept),
        ...(before !== undefined && {
          recipe: { ...before, quantize: { ...options, engine: undefined, kernel: undefined }, inputs },
        }),
      },
    }));
    const recipe = first === undefined ? undefined : recipeOf(first);
    for (const { variant } of recorded) {
      await vouched(variant, 'quantize', [from], { ...alone, content, name: variant.name });
      withRecipe(variant, 'quantize', [recipe], { ...alone, content, name: variant.name });
    }
    return { recorded, matrix, kept };
  };
  return {
    name: 'quantize',
    plan: async (input, context): Promise<Planned<readonly ModelVariant[]>> => {
      const { recorded: made, matrix, kept } = await work(input, true, context);
      const [first, ...rest] = [[matrix.report ?? []].flat(), made.map(variantReport), keptReports(kept)].flat();
      const reports = first === undefined ? rest : [{ ...first, memory: leastMemory(context, made.length) }, ...rest];
      return { reports, output: made.map(({ variant }) => variant) };
    },
    run: async (input, context) => {
      const { recorded: made } = await work(input, false, context);
      tellWarnings(made.map(variantReport), context);
      return made.map(({ variant }) => variant);
    },
  };
}

/** The one GGUF, or the splits of one, of a snapshot or of the first variant. */
async function openModel(
  input: Snapshot | readonly ModelVariant[],
  keepSplit: boolean,
  context: RunContext,
): Promise<{ readonly model: GgufModel; readonly kept: KeptWeights }> {
  const snapshot = 'files' in input ? input : asSnapshot(input);
  const roles = await readWeightRoles(snapshot.files, context.signal);
  const files = theModel(snapshot.files, 'quantize takes', roles) ?? projectorAlone(snapshot, roles);
  const [file] = files ?? [];
  if (files === undefined || file === undefined) throw noModel(snapshot, roles);
  const parts = await readSplitGguf(files, context.signal);
  const content = wholeModel(parts);
  const model: GgufModel = {
    content,
    stage: 'quantize',
    typeName: 'GGUF',
    baseName: file.path.replace(/(-\d{5}-of-\d{5})?\.gguf$/, '').replace(/[-.](bf16|f16|f32)$/i, ''),
    snapshot,
    companions: companionsOf(snapshot),
    from: new Map(content.tensors.map((tensor) => [tensor.name, tensor.type])),
    ...(keepSplit && parts.length > 1 && { parts }),
  };
  const beside = snapshot.files.filter((other) => !files.includes(other));
  return { model, kept: await keptWeights(beside, roles, context.signal) };
}

/** A projector that is asked for by itself is quantized by the rules for models, as llama-quantize does it. */
function projectorAlone({ files }: Snapshot, roles: WeightRoles): readonly ModelFile[] | undefined {
  const projectors = ggufRepository(files, roles).projectors.toSorted((a, b) => comparePaths(a.path, b.path));
  const sets = new Set(projectors.map(({ path }) => parseSplitName(path)?.prefix ?? path));
  return sets.size === 1 ? projectors : undefined;
}

function noModel(snapshot: Snapshot, roles: WeightRoles): SlipwayError {
  const { adapters, projectors } = ggufRepository(snapshot.files, roles);
  const [other] = [...projectors, ...adapters];
  if (other !== undefined) {
    const what = projectors.length > 0 ? 'projector' : 'adapter';
    return new SlipwayError(
      'MODEL_INVALID',
      `'${snapshot.source.name}' holds ${what === 'adapter' ? 'an' : 'a'} ${what}, not a model`,
      {
        where: other.path,
        try: `give the model that it belongs to; the ${what} goes with it as it is`,
      },
    );
  }
  return new SlipwayError('MODEL_INVALID', `'${snapshot.source.name}' does not hold a GGUF model`, {
    where: snapshot.source.url,
    got: `${snapshot.files.length} files, none of them a GGUF`,
    try: 'a safetensors model is converted first: pipeline convert SOURCE --quantize Q4_K_M -o out.gguf',
  });
}

function asSnapshot(variants: readonly ModelVariant[]): Snapshot {
  const [variant] = variants;
  if (variant === undefined) throw new SlipwayError('MODEL_INVALID', 'there is nothing to quantize');
  return {
    source: variant.facts.source,
    files: [...variant.weights, ...variant.companions],
    ...(variant.confirm === undefined ? {} : { confirm: variant.confirm }),
  };
}
