import type { Digest, Planned, RunContext, Stage } from '../../core/index.js';
import type { Snapshot } from '../../files/index.js';
import {
  decimalSize,
  isBesideWeights,
  kindedWeights,
  packAs,
  variantIndex,
  type ArtifactFormat,
  type FormatOptions,
  type ModelVariant,
} from '../../package/index.js';
import { isLocalAddress, type Artifact } from '../../registry/index.js';
import { onBase } from '../conversion/adapter-base.js';
import { openBaseImage } from './base-image.js';
import { derived, fingerprintOf, recipeFrom, recipeOf, vouched, withKey } from '../fingerprint.js';
import { RECIPE_ANNOTATION } from '../push/published.js';
import type { PackStageOptions } from '../options/index.js';
import { wantedFormats } from './pack-formats.js';
import { fitVariant, splitBytes } from '../conversion/split-weights.js';
import { packWithLayer } from './pack-signature.js';
import type { PackedIndex, PackedModel, SignatureLayer } from './packed-model.js';
import { requireWeights, variantsOfSource } from '../conversion/source-variants.js';

/** Makes OCI artifacts: one for each variant and format. Reads only small files; blobs are read when they are pushed. */
export function pack(options: PackStageOptions = {}): Stage<Snapshot | readonly ModelVariant[], PackedModel> {
  const formats = wantedFormats(options);
  return {
    name: 'pack',
    plan: async (input, context): Promise<Planned<PackedModel>> => {
      const { packed, variants } = await packInput(input, formats, options, context);
      const details = variants.map(variantLine);
      const licenses = [...new Set(variants.flatMap(({ facts }) => facts.licenses))];
      const summary = `${describe(packed)}${besideText(variants)}; ${licenses.length === 0 ? 'no licence is named' : `licence ${licenses.join(', ')}`}`;
      return {
        reports: [{ stage: 'pack', summary, details, data: { licenses, variants: variants.map(variantData) } }],
        output: packed,
      };
    },
    run: async (input, context) => (await packInput(input, formats, options, context)).packed,
  };
}

/** What is no whole model, and what goes with one, in a word each. */
function besideText(variants: readonly ModelVariant[]): string {
  const words = variants.flatMap((variant) => {
    const { adapter, inputTypes = [] } = variant.facts;
    const weights = kindedWeights(variant);
    const beside = weights.flatMap(({ kind, file }) => {
      if (!isBesideWeights(kind)) return [];
      return `${kind} ${file.path}${kind === 'projector' && inputTypes.length > 1 ? ` (takes ${inputTypes.join(', ')})` : ''}`;
    });
    const base = adapter?.base ?? adapter?.baseDigest ?? 'a base that is not named';
    return adapter === undefined ? beside : [`an adapter on ${base}`];
  });
  return [...new Set(words)].map((word) => `; ${word}`).join('');
}

/** `Q4_K_M 4.9 GB, 2 files; projector mmproj-F16.gguf 0.8 GB; takes text, image`. */
function variantLine(variant: ModelVariant): string {
  const weights = kindedWeights(variant);
  const own = weights.filter(({ kind }) => kind === 'weight').map(({ file }) => file);
  const beside = weights.filter(({ kind }) => isBesideWeights(kind));
  const size = own.reduce((sum, file) => sum + file.size, 0);
  const { inputTypes = [], adapter } = variant.facts;
  const base = adapter?.base ?? adapter?.baseDigest;
  return [
    own.length === 0
      ? variant.name
      : `${variant.name} ${decimalSize(size)}, ${own.length === 1 ? '1 file' : `${own.length} files`}`,
    ...beside.map(({ kind, file }) => `${kind} ${file.path} ${decimalSize(file.size)}`),
    ...(beside.length > 0 && inputTypes.length > 1 ? [`takes ${inputTypes.join(', ')}`] : []),
    ...(adapter === undefined ? [] : [base === undefined ? 'its base is not named' : `on ${base}`]),
  ].join('; ');
}

/** The same for programs. */
function variantData(variant: ModelVariant): object {
  const { name, facts } = variant;
  return {
    name,
    weights: kindedWeights(variant).map(({ kind, file }) => ({ path: file.path, size: file.size, kind })),
    inputTypes: facts.inputTypes,
    adapter: facts.adapter,
  };
}

interface PackedVariants {
  readonly packed: PackedModel;
  readonly variants: readonly ModelVariant[];
}

async function packInput(
  input: Snapshot | readonly ModelVariant[],
  formats: readonly ArtifactFormat[],
  options: PackStageOptions,
  context: RunContext,
): Promise<PackedVariants> {
  const found = 'files' in input ? await variantsOfSource(input, formats, context) : input;
  const variants = await onBase(found, options.adapterBase, context);
  // An ORAS artifact is any files: it does not claim to be a model.
  const isModel = formats.some((format) => format !== 'oras');
  if (isModel && options.allowNoWeights !== true) await requireWeights(input, variants, context);
  const largest = options.splitMaxSize === undefined ? undefined : splitBytes(options.splitMaxSize);
  const ready = variants
    .map((variant) => named(variant, options.name))
    .map((variant) => (largest === undefined ? variant : fitVariant(variant, largest)));
  const sourceDateEpoch = epochOf(context);
  const settings = await withBase(options, formats, context);
  const parts: readonly (Snapshot | ModelVariant)[] = 'files' in input ? [input] : input;
  const from = parts.map(fingerprintOf);
  const shape = { largest, name: options.name, sourceDateEpoch, base: settings.modelcar?.base?.digest };
  // A repository of several quantizations is one source of many variants.
  const sources = variants.map((_, index) => ('files' in input ? input : (input[index] as ModelVariant)));
  const shapes = variants.map(({ name, weights, facts }) => ({
    ...shape,
    // A reference may mean another artifact by the next run.
    ...(options.adapterBase !== undefined && { base: facts.adapter?.baseDigest ?? facts.adapter?.base }),
    variant: name,
    weights: weights.map(({ path }) => path),
  }));
  const origin: Origin = {
    recipes: sources.map((source, index) => recipeFrom(recipeOf(source), shapes[index])),
    from: sources.map(fingerprintOf),
    shapes,
  };
  const make = async (chosen: readonly ArtifactFormat[], layer?: SignatureLayer): Promise<PackedModel> =>
    vouched(
      packVariants(ready, origin, chosen, settings, {
        sourceDateEpoch,
        layer,
        ...(options.formats === undefined && { inFamily: async (format, added) => make([format], added) }),
      }),
      'pack',
      from,
      { ...options, formats: chosen, sourceDateEpoch, base: settings.modelcar?.base?.digest, layer: layer?.path },
    );
  return { packed: await make(formats), variants: ready };
}

/** The options with the base of a modelcar opened. */
type PackSettings = Omit<PackStageOptions, 'modelcar'> & Pick<FormatOptions, 'modelcar'>;

async function withBase(
  { modelcar, ...options }: PackStageOptions,
  formats: readonly ArtifactFormat[],
  context: RunContext,
): Promise<PackSettings> {
  if (modelcar === undefined) return options;
  const { base, architecture = 'amd64' } = modelcar;
  if (base === undefined || !formats.includes('modelcar')) return { ...options, modelcar: { architecture } };
  return { ...options, modelcar: { architecture, base: await openBaseImage(base, architecture, context) } };
}

/** What variants come from, one entry a variant, and what was done to all of them here. */
interface Origin {
  readonly recipes: readonly (Digest | undefined)[];
  readonly from: readonly (string | undefined)[];
  readonly shapes: readonly Readonly<Record<string, string | number | readonly string[] | undefined>>[];
}

/** A variant in one format. */
interface Member {
  readonly variant: ModelVariant;
  readonly format: ArtifactFormat;
  readonly artifact: Artifact;
}

/** What of packing is no option of the user's. */
interface PackSurroundings {
  readonly sourceDateEpoch: number | undefined;
  /** A file more in each artifact. */
  readonly layer?: SignatureLayer;
  readonly inFamily?: (format: 'cnai' | 'modelpack', layer?: SignatureLayer) => Promise<PackedModel>;
}

function packVariants(
  variants: readonly ModelVariant[],
  origin: Origin,
  formats: readonly ArtifactFormat[],
  options: PackSettings,
  around: PackSurroundings,
): PackedModel {
  const { sourceDateEpoch, layer, inFamily } = around;
  const {
    formats: _formats,
    name: _name,
    splitMaxSize: _split,
    allowNoWeights: _bare,
    index,
    adapterBase: _on,
    ...rest
  } = options;
  const settings: FormatOptions = { ...rest, sourceDateEpoch };
  const members = variants.flatMap((variant, position) =>
    formats.map((format): Member => {
      const made = { format, ...rest, layer: layer?.path };
      const recipe = format === 'ollama' ? undefined : recipeFrom(origin.recipes[position], made);
      const pack = (one: ModelVariant): Artifact => packWithRecipe(format, one, settings, recipe);
      const artifact = layer === undefined ? pack(variant) : packWithLayer(format, variant, layer, pack);
      return {
        variant,
        format,
        artifact: withKey(artifact, origin.from[position], { ...made, shape: origin.shapes[position] }),
      };
    }),
  );
  const confirms = new Set(variants.map((variant) => variant.confirm));
  const packed: PackedModel = {
    name: options.name ?? variants[0]?.facts.name ?? 'model',
    artifacts: members.map(({ artifact }) => artifact),
    variants,
    fit: (largest) => {
      const fitting = variants.map((variant) => fitVariant(variant, largest));
      const cut: Origin = {
        ...origin,
        recipes: origin.recipes.map((recipe) => recipeFrom(recipe, { largest })),
        shapes: origin.shapes.map((shape) => ({ ...shape, largest })),
      };
      return derived(packVariants(fitting, cut, formats, options, around), packed, { largest });
    },
    origins: new Map(
      members.map(({ artifact, variant, format }) => [artifact, { variant, options: { ...rest, formats: [format] } }]),
    ),
    ...originOf(variants),
    withLayer: (added) => {
      const whole = packVariants(variants, origin, formats, options, { ...around, layer: added });
      return derived(whole, packed, { layer: added.path });
    },
    inFamily: inFamily === undefined ? undefined : async (format) => inFamily(format, layer),
    ...(index === true && { indexes: formats.map((format) => indexOver(format, members, settings)) }),
    confirm: async (signal) => {
      for (const confirm of confirms) await confirm?.(signal);
    },
  };
  return packed;
}

/** An artifact that says on its manifest what it was made of. Ollama's manifests have no place for it. */
function packWithRecipe(
  format: ArtifactFormat,
  variant: ModelVariant,
  settings: FormatOptions,
  recipe: Digest | undefined,
): Artifact {
  if (recipe === undefined) return packAs(format, variant, settings);
  const annotations = { ...settings.annotations, [RECIPE_ANNOTATION]: recipe };
  return { ...packAs(format, variant, { ...settings, annotations }), recipe };
}

/** The one repository of a registry that all files came from. */
function originOf(variants: readonly ModelVariant[]): { readonly from?: string } {
  const names = new Set(
    variants.map(({ facts: { source } }) => (source.kind === 'registry' ? source.name : undefined)),
  );
  const [from] = names;
  return from === undefined || names.size > 1 || isLocalAddress(from) ? {} : { from };
}

function indexOver(format: ArtifactFormat, all: readonly Member[], settings: FormatOptions): PackedIndex {
  const members = all.filter((member) => member.format === format);
  // An image is chosen by its platform; a model runs anywhere.
  const platform =
    format === 'modelcar' ? { os: 'linux', architecture: settings.modelcar?.architecture ?? 'amd64' } : undefined;
  return {
    format,
    members: members.map(({ artifact }) => artifact),
    seal: (descriptors) =>
      variantIndex(
        members.flatMap(({ variant }, position) => {
          const descriptor = descriptors[position];
          return descriptor === undefined ? [] : [{ variant, descriptor, platform }];
        }),
        { sourceDateEpoch: settings.sourceDateEpoch, annotations: settings.annotations },
      ),
  };
}

function named(variant: ModelVariant, name: string | undefined): ModelVariant {
  return name === undefined ? variant : { ...variant, facts: { ...variant.facts, name } };
}

function epochOf(context: RunContext): number | undefined {
  const text = context.env['SOURCE_DATE_EPOCH'];
  return text === undefined || text === '' ? undefined : Number(text);
}

function describe({ artifacts, indexes = [] }: PackedModel): string {
  const formats = [...new Set(artifacts.map((artifact) => artifact.format))].join(', ');
  const count = artifacts.length === 1 ? '1 artifact' : `${artifacts.length} artifacts`;
  const files = new Set(artifacts.flatMap(({ layers }) => layers.map(({ file }) => file)));
  const over = indexes.length === 0 ? '' : indexes.length === 1 ? ', 1 index' : `, ${indexes.length} indexes`;
  return `${count} (${formats})${over}, ${files.size === 1 ? '1 blob' : `${files.size} blobs`}, reproducible`;
}
