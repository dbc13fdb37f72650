import { SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import { cnai, modelpack, variantOfSnapshot, type ModelVariant, type PackOptions } from '../package/index.js';
import type { Artifact } from '../registry/index.js';
import type { PackedModel } from './packed-model.js';

type Packer = (variant: ModelVariant, options: PackOptions) => Artifact;

const FORMATS: ReadonlyMap<string, Packer> = new Map<string, Packer>([
  ['modelpack', modelpack],
  ['cnai', cnai],
]);

/** Names of the packaging formats. */
export const PACKAGE_FORMATS: readonly string[] = [...FORMATS.keys()];

export interface PackStageOptions {
  /** Packaging formats; `modelpack` unless given. Raw formats share their blobs. */
  readonly formats?: readonly string[];
  /** Annotations of every manifest. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** Name of the model; the source's unless given. */
  readonly name?: string;
}

/** Makes OCI artifacts: one for each variant and format. Reads only small files; blobs are read when they are pushed. */
export function pack(options: PackStageOptions = {}): Stage<Snapshot | readonly ModelVariant[], PackedModel> {
  return {
    name: 'pack',
    plan: async (input, context): Promise<Planned<PackedModel>> => {
      const packed = await packInput(input, options, context);
      return { reports: [{ stage: 'pack', summary: describe(packed) }], output: packed };
    },
    run: async (input, context) => packInput(input, options, context),
  };
}

async function packInput(
  input: Snapshot | readonly ModelVariant[],
  options: PackStageOptions,
  context: RunContext,
): Promise<PackedModel> {
  const variants = 'files' in input ? [await unconverted(input, context)] : input;
  const formats = options.formats ?? ['modelpack'];
  const sourceDateEpoch = epochOf(context);
  const settings: PackOptions = {
    ...(options.annotations !== undefined && { annotations: options.annotations }),
    ...(sourceDateEpoch !== undefined && { sourceDateEpoch }),
  };
  const artifacts: Artifact[] = [];
  for (const variant of variants) {
    for (const format of formats) artifacts.push(packerOf(format)(named(variant, options.name), settings));
  }
  const confirms = new Set(variants.map((variant) => variant.confirm));
  return {
    name: options.name ?? variants[0]?.facts.name ?? 'model',
    artifacts,
    confirm: async (signal) => {
      for (const confirm of confirms) await confirm?.(signal);
    },
  };
}

function packerOf(format: string): Packer {
  const packer = FORMATS.get(format);
  if (packer !== undefined) return packer;
  throw new SlipwayError('FORMAT_UNSUPPORTED', `there is no packaging format '${format}'`, {
    got: `'${format}', known: ${PACKAGE_FORMATS.join(', ')}`,
  });
}

/** A snapshot that nobody converted, as one variant. */
async function unconverted(snapshot: Snapshot, context: RunContext): Promise<ModelVariant> {
  const variant = await variantOfSnapshot(snapshot, {}, context.signal);
  return snapshot.confirm === undefined ? variant : { ...variant, confirm: snapshot.confirm };
}

function named(variant: ModelVariant, name: string | undefined): ModelVariant {
  return name === undefined ? variant : { ...variant, facts: { ...variant.facts, name } };
}

function epochOf(context: RunContext): number | undefined {
  const text = context.env['SOURCE_DATE_EPOCH'];
  return text === undefined || text === '' ? undefined : Number(text);
}

function describe({ artifacts }: PackedModel): string {
  const formats = [...new Set(artifacts.map((artifact) => artifact.format))].join(', ');
  const count = artifacts.length === 1 ? '1 artifact' : `${artifacts.length} artifacts`;
  return `${count} (${formats}), raw layers, reproducible`;
}
