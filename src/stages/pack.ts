import { SlipwayError, type Planned, type RunContext, type Stage } from '../core/index.js';
import type { Snapshot } from '../files/index.js';
import {
  modelFacts,
  PACKAGE_FORMATS,
  type ModelVariant,
  type PackageFormat,
  type PackOptions,
} from '../package/index.js';
import type { Artifact } from '../registry/index.js';
import { companionsOf } from './companions.js';
import type { PackedModel } from './packed-model.js';

export interface PackStageOptions {
  /** Packaging formats; `modelpack` unless given. Raw formats share their blobs. */
  readonly formats?: readonly PackageFormat[];
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
  const variants = 'files' in input ? [await unconverted(input)] : input;
  const formats = options.formats ?? ['modelpack'];
  const created = createdAt(variants[0], context.env['SOURCE_DATE_EPOCH']);
  const settings: PackOptions = {
    ...(options.annotations === undefined ? {} : { annotations: options.annotations }),
    ...(options.name === undefined ? {} : { name: options.name }),
    ...(created === undefined ? {} : { created }),
  };
  const artifacts: Artifact[] = [];
  for (const variant of variants) {
    for (const format of formats) artifacts.push(await packerOf(format)(variant, settings));
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

function packerOf(format: PackageFormat): (typeof PACKAGE_FORMATS)[PackageFormat] {
  const packer = Object.hasOwn(PACKAGE_FORMATS, format) ? PACKAGE_FORMATS[format] : undefined;
  if (packer !== undefined) return packer;
  throw new SlipwayError('FORMAT_UNSUPPORTED', `there is no packaging format '${String(format)}'`, {
    got: `'${String(format)}', known: ${Object.keys(PACKAGE_FORMATS).join(', ')}`,
  });
}

/** A snapshot that nobody converted, as one variant. */
async function unconverted(snapshot: Snapshot): Promise<ModelVariant> {
  const companions = new Set(companionsOf(snapshot));
  const facts = await modelFacts(snapshot);
  return {
    name: facts.quantization ?? facts.format,
    weights: snapshot.files.filter((file) => !companions.has(file)),
    companions: [...companions],
    facts,
    ...(snapshot.confirm === undefined ? {} : { confirm: snapshot.confirm }),
  };
}

/** The only time stamps an artifact may carry: the source commit's, or the one that the user set. */
function createdAt(variant: ModelVariant | undefined, epoch: string | undefined): string | undefined {
  if (epoch === undefined || epoch === '') return variant?.facts.source.committedAt;
  const seconds = Number(epoch);
  if (Number.isSafeInteger(seconds) && seconds >= 0)
    return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');
  throw new SlipwayError('CONFIG_INVALID', `SOURCE_DATE_EPOCH must be seconds since 1970`, { got: `'${epoch}'` });
}

function describe({ artifacts }: PackedModel): string {
  const formats = [...new Set(artifacts.map((artifact) => artifact.format))].join(', ');
  const count = artifacts.length === 1 ? '1 artifact' : `${artifacts.length} artifacts`;
  return `${count} (${formats}), raw layers, reproducible`;
}
