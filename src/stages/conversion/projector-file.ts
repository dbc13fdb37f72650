import { SlipwayError, type RunContext, type StageReport } from '../../core/index.js';
import {
  convertContent,
  type Conversion,
  type GgufContentOptions as ConvertContentOptions,
  type OutputType,
  type Repository,
} from '../../convert/index.js';
import type { ModelFile } from '../../files/index.js';
import { ggufFile, tensorSize, type GgufTensor } from '../../gguf/index.js';
import { inputTypesOf, type ModelVariant } from '../../package/index.js';
import type { ConvertOptions } from '../options/index.js';
import { shownTensor, type GgufModel } from './variants.js';

/** A projector's file, and what it was made of. */
export interface PlannedProjectorFile {
  readonly file: ModelFile;
  readonly conversion: Conversion;
}

/** The type that a projector beside the language model is to have; `undefined` when none is wanted. */
export function projectorType({ mmproj, outtype }: ConvertOptions): OutputType | undefined {
  if (mmproj === undefined || mmproj === false || mmproj === 'only') return undefined;
  return mmproj === true ? (outtype ?? 'auto') : mmproj;
}

/** Throws `CONFIG_INVALID` for options that a projector cannot have. */
export function checkProjector({ mmproj, mtp, noMtp, quantize, vocabOnly }: ConvertOptions): void {
  if (mmproj === undefined || mmproj === false) return;
  const textOnly = [
    ...(vocabOnly === true ? ['vocabOnly'] : []),
    ...(mtp === true ? ['mtp'] : []),
    ...(mmproj === 'only' && noMtp === true ? ['noMtp'] : []),
    ...(mmproj === 'only' && [quantize ?? []].flat().length > 0 ? ['quantize'] : []),
  ];
  if (textOnly.length === 0) return;
  throw new SlipwayError('CONFIG_INVALID', 'a projector has no vocabulary and no draft, and is not quantized', {
    got: `mmproj together with ${textOnly.join(', ')}`,
    try: ['outtype: q8_0 makes a projector small', 'leave out one of them'],
  });
}

/**
 * The projector of a repository whose language model is converted as well, as a file that stands beside its weights.
 * Its tensors are read when the file is.
 */
export async function projectorFileOf(
  repository: Repository,
  options: ConvertContentOptions,
  { baseName, bigEndian = false }: Pick<GgufModel, 'baseName' | 'bigEndian'>,
  context: RunContext,
): Promise<PlannedProjectorFile | undefined> {
  if (options.outtype === undefined) return undefined;
  const conversion = await convertContent(repository, { ...options, mmproj: true });
  const { typeName, content } = conversion;
  const from = new Map(conversion.tensors.map((tensor) => [tensor.name, tensor.from]));
  const show = (tensor: GgufTensor): GgufTensor =>
    shownTensor(tensor, `projector ${typeName}`, { from, stage: 'convert' }, context);
  const shown = { ...content, tensors: content.tensors.map(show) };
  return { file: ggufFile(`mmproj-${baseName}-${typeName}.gguf`, shown, { bigEndian }), conversion };
}

/** The variant with the projector among its weights, and what it takes therefore. */
export function beside(variant: ModelVariant, projector: PlannedProjectorFile | undefined): ModelVariant {
  if (projector === undefined) return variant;
  return {
    ...variant,
    weights: [...variant.weights, projector.file],
    roles: new Map([[projector.file.path, 'projector']]),
    facts: { ...variant.facts, inputTypes: inputTypesOf([projector.conversion.content.metadata]) },
  };
}

/** What a plan says of a projector. */
export function projectorReports(projector: PlannedProjectorFile | undefined): readonly StageReport[] {
  if (projector === undefined) return [];
  const { className, tensors, outtype, content } = projector.conversion;
  return [
    {
      stage: 'convert',
      summary: `${className}'s projector → ${projector.file.path}, ${tensors.length} tensors, ${outtype}; quantize leaves it as it is`,
      details: tensors.map(({ name, from, to, dimensions }) => `${name} ${from} → ${to} [${dimensions.join(', ')}]`),
      bytesOut: content.tensors.reduce((sum, tensor) => sum + tensorSize(tensor), 0),
      data: {
        projector: projector.file.path,
        className,
        outtype,
        inputTypes: inputTypesOf([content.metadata]),
        tensors,
      },
    },
  ];
}
