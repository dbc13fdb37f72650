import pLimit from 'p-limit';
import { countText, SlipwayError } from '../../core/index.js';
import {
  alignmentOf,
  layoutGguf,
  padded,
  rowSize,
  tensorSize,
  tensorType,
  weightCount,
  type GgufContent,
  type GgufTensor,
  type TensorType,
} from '../../gguf/index.js';
import { chooseTypes, type ChosenType } from '../choose-type.js';
import { FILE_TYPES, parseFileType, type FileType } from '../file-types.js';
import { selectImatrix, type Imatrix } from '../imatrix.js';
import { mixFacts } from '../mix-facts.js';
import { pruneLayers, type Placed } from '../prune-layers.js';
import { checkSource, importanceFor } from '../quantize-checks.js';
import { quantizedMetadata } from '../quantized-metadata.js';
import type { QuantizeOptions } from '../quantize-content.js';
import { inReferenceOrder } from '../tensor-order.js';
import { chooseSteps, type Choice, type Step } from './greedy.js';
import { sampleLosses } from './sample-loss.js';

/** How large the result may be: bits per weight over all tensors, or bytes of the file. */
export type Target = { readonly bitsPerWeight: number } | { readonly bytes: number };

/** Types that a target was met with. */
export interface TargetChoice {
  /** The mix that was started from: what `general.file_type` says. */
  readonly fileType: FileType;
  /** The types of all tensors that a choice was made for. */
  readonly types: ReadonlyMap<string, TensorType>;
  /** Those whose type is not the mix's. */
  readonly changed: readonly { readonly name: string; readonly mix: TensorType; readonly type: TensorType }[];
  /** Share of the weights' squares that rounding takes, per cent: of the mix alone, and of the choice. */
  readonly loss: { readonly mix: number; readonly chosen: number };
}

/** Mixes to start from; old ones, ternary ones and those for one family alone are left out. */
const STARTS: readonly FileType[] = FILE_TYPES.filter(({ name }) => /^(Q8_0|Q\d_K(_[SML])?|IQ\d_\w+)$/.test(name));
/** Types that tensors may get, where their rows consist of whole blocks; the second list takes rows of 32 weights. */
const LADDER: readonly TensorType[] = [
  ...(['IQ1_S', 'IQ1_M', 'IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'Q2_K', 'IQ3_XXS', 'IQ3_S', 'Q3_K'] as const),
  ...(['IQ4_XS', 'Q4_K', 'Q5_K', 'Q6_K', 'Q8_0'] as const),
];
const SHORT_LADDER: readonly TensorType[] = [
  ...(['Q1_0', 'Q2_0', 'MXFP4', 'IQ4_NL', 'Q4_0', 'Q4_1', 'Q5_0', 'Q5_1', 'Q8_0'] as const),
];

/** A tensor whose type is to be chosen. */
interface Movable {
  readonly placed: Placed;
  readonly importance: Float32Array | undefined;
  readonly losses: ReadonlyMap<TensorType, number>;
}

/**
 * Chooses tensor types for a target size. The start is the largest of llama-quantize's mixes that fits, or the one
 * given, so that what is known of attention values, of the first layers and of the output goes in. What is left of the
 * bytes then goes where a larger type takes most rounding error for each byte ({@link sampleLosses}, with the importance
 * matrix when there is one); with a mix that is too large, tensors are made smaller where that costs least. The result
 * depends on model, options and target alone, and is what llama-quantize makes of the same types.
 */
export class TargetSearch {
  readonly #content: GgufContent;
  readonly #options: QuantizeOptions;
  readonly #imatrix: Imatrix | undefined;
  readonly #tensors: readonly Placed[];
  #movable: Promise<readonly Movable[]> | undefined;

  constructor(content: GgufContent, options: QuantizeOptions) {
    this.#content = content;
    this.#imatrix = selectImatrix(options.imatrix, options.includeWeights, options.excludeWeights);
    this.#options = { ...options, ...(this.#imatrix !== undefined && { imatrix: this.#imatrix }) };
    this.#tensors = pruneLayers(inReferenceOrder(content.tensors), options.pruneLayers ?? []).tensors;
  }

  /**
   * Throws `TARGET_UNREACHABLE` when no types are small enough, and what `quantizeContent` throws.
   * @param fileType the mix to start from; the largest that fits unless given
   */
  async choose(target: Target, fileType?: string): Promise<TargetChoice> {
    const budget = this.#budget(target);
    const start = fileType === undefined ? this.#largestMix(budget) : this.#given(fileType);
    const movable = await (this.#movable ??= this.#measure(start.chosen));
    const byName = new Map(movable.map((one) => [one.placed.tensor.name, one]));
    const fixed = this.#tensors.filter(({ tensor }) => !byName.has(tensor.name));
    const types = new Map(
      this.#tensors.map(({ tensor }, index) => [tensor.name, start.chosen[index]?.to ?? tensor.type]),
    );
    const room =
      budget.bytes - fixed.reduce((sum, { tensor }) => sum + budget.sizeOf(tensor, types.get(tensor.name)), 0);
    const choices = movable.map((one) => choiceOf(one, types.get(one.placed.tensor.name) ?? 'F32', budget.sizeOf));
    const steps = chooseSteps(choices, room);
    if (steps === undefined) throw this.#unreachable(target, choices, { bytes: room, all: budget.bytes });
    const chosen = new Map(choices.map(({ name }, index) => [name, steps[index]?.type ?? 'F32']));
    return {
      fileType: start.fileType,
      types: chosen,
      changed: [...chosen].flatMap(([name, type]) => {
        const mix = types.get(name) ?? type;
        return mix === type ? [] : [{ name, mix, type }];
      }),
      loss: {
        mix: share(
          choices.map((choice) => choice.start),
          movable,
        ),
        chosen: share(steps, movable),
      },
    };
  }

  #budget(target: Target): Budget {
    const weights = this.#tensors.reduce((sum, { tensor }) => sum + weightCount(tensor), 0);
    if ('bitsPerWeight' in target) return { bytes: Math.floor((target.bitsPerWeight * weights) / 8), sizeOf: sizeAs };
    const metadata = quantizedMetadata(this.#content.metadata, 0, this.#options, {
      architecture: '',
      layers: undefined,
    });
    const alignment = alignmentOf(metadata);
    const header = layoutGguf({ metadata, tensors: this.#tensors.map(({ tensor }) => tensor) }).header.byteLength;
    // A number of layers is written where layers are left out.
    return { bytes: target.bytes - header, sizeOf: (tensor, type) => padded(sizeAs(tensor, type), alignment) };
  }

  #given(name: string): Start {
    const fileType = parseFileType(name);
    return { fileType, chosen: this.#typesOf(fileType) };
  }

  /** The largest mix within the budget; the smallest that can be made when none is. */
  #largestMix(budget: Budget): Start {
    const starts = STARTS.flatMap((fileType): (Start & { size: number })[] => {
      if (fileType.imatrix === 'required' && this.#imatrix === undefined) return [];
      const chosen = this.#possibleTypes(fileType);
      if (chosen === undefined) return [];
      const size = this.#tensors.reduce((sum, { tensor }, index) => sum + budget.sizeOf(tensor, chosen[index]?.to), 0);
      return [{ fileType, chosen, size }];
    });
    starts.sort((a, b) => b.size - a.size);
    const found = starts.find(({ size }) => size <= budget.bytes) ?? starts.at(-1);
    if (found !== undefined) return found;
    throw new SlipwayError('QUANT_UNSUPPORTED', 'no mix can be made of this model', {
      try: 'name one: --quantize Q8_0',
    });
  }

  #typesOf(fileType: FileType): ChosenType[] {
    const facts = mixFacts(this.#content.metadata, this.#options.overrideKv);
    return chooseTypes(
      this.#tensors.map(({ tensor }) => tensor),
      fileType,
      facts,
      this.#options,
    );
  }

  /** The types of a mix, or `undefined` when the importance matrix does not have what it needs. */
  #possibleTypes(fileType: FileType): ChosenType[] | undefined {
    const chosen = this.#typesOf(fileType);
    const possible = this.#tensors.every(({ tensor, original }, index) => {
      const { to, eligible } = chosen[index] ?? { to: tensor.type, eligible: false };
      return this.#canBe(tensor, original, to, eligible, fileType);
    });
    return possible ? chosen : undefined;
  }

  #canBe(tensor: GgufTensor, original: string, to: TensorType, eligible: boolean, fileType: FileType): boolean {
    try {
      importanceFor(tensor, original, { to, eligible }, fileType, this.#imatrix);
      return true;
    } catch (error) {
      if (SlipwayError.is(error) && error.code === 'IMATRIX_REQUIRED') return false;
      throw error;
    }
  }

  /** What each type that it may get loses of each tensor whose type no option has fixed. */
  async #measure(chosen: readonly ChosenType[]): Promise<readonly Movable[]> {
    const { encoder, signal } = this.#options;
    const limit = pLimit(Math.max(1, encoder.width));
    const movable = this.#tensors.filter(
      (_, index) => chosen[index]?.eligible === true && chosen[index].fixed !== true,
    );
    const starts = new Map(this.#tensors.map(({ tensor }, index) => [tensor.name, chosen[index]?.to]));
    return Promise.all(
      movable.map(async (placed) =>
        limit(async () => {
          const { tensor, original } = placed;
          checkSource(tensor, this.#options.allowRequantize === true);
          const types = this.#ladderOf(placed, starts.get(tensor.name));
          // Columns count the same for every type that is not the tensor's own.
          const to = tensor.type === 'Q8_0' ? 'Q6_K' : 'Q8_0';
          const importance = importanceFor(tensor, original, { to, eligible: true }, Q8_0, this.#imatrix);
          return { placed, importance, losses: await sampleLosses(tensor, types, { encoder, importance, signal }) };
        }),
      ),
    );
  }

  #ladderOf({ tensor, original }: Placed, start: TensorType = tensor.type): readonly TensorType[] {
    const rowLength = tensor.dimensions[0] ?? 1;
    const fits = (type: TensorType): boolean => rowLength % tensorType(type).blockLength === 0;
    const ladder = fits('Q4_K') ? LADDER : SHORT_LADDER;
    const possible = ladder.filter((type) => fits(type) && this.#canBe(tensor, original, type, true, Q8_0));
    return [...new Set([...possible, start, ...(tensor.type === 'F32' ? (['F16'] as const) : []), tensor.type])];
  }

  /** `room` is what is there for the tensors that may change; together with the others, and in a file, it is more. */
  #unreachable(target: Target, choices: readonly Choice[], room: { bytes: number; all: number }): SlipwayError {
    const least = choices.reduce((sum, { steps }) => sum + Math.min(...steps.map(({ size }) => size)), 0);
    const fixed = this.#tensors.length - choices.length;
    const wanted =
      'bitsPerWeight' in target
        ? `${countText(target.bitsPerWeight, 'bit')} per weight`
        : countText(target.bytes, 'byte');
    const smallest = this.#smallest(target, least - room.bytes);
    return new SlipwayError('TARGET_UNREACHABLE', `no types are small enough for ${wanted}`, {
      got: `${choices.length} tensors need ${countText(least, 'byte')} at least, ${fixed} keep their type; there are ${countText(Math.max(0, room.all), 'byte')} for all`,
      context: { least, bytes: room.all },
      try: [
        smallest === undefined ? 'a larger target' : `${smallest}: the smallest that these types allow`,
        ...(this.#imatrix === undefined ? ['--imatrix imatrix.gguf: the smallest types need one'] : []),
      ],
    });
  }

  /** The smallest target that can be met, when this one lacks so many bytes. */
  #smallest(target: Target, lacking: number): string | undefined {
    if (!Number.isFinite(lacking)) return undefined;
    if ('bytes' in target) return `--target-size ${target.bytes + lacking}`;
    const weights = this.#tensors.reduce((sum, { tensor }) => sum + weightCount(tensor), 0);
    const bytes = Math.floor((target.bitsPerWeight * weights) / 8) + lacking;
    return `--target-bpw ${(Math.ceil((8000 * bytes) / weights) / 1000).toFixed(3)}`;
  }
}

interface Budget {
  readonly bytes: number;
  readonly sizeOf: (tensor: GgufTensor, type: TensorType | undefined) => number;
}

interface Start {
  readonly fileType: FileType;
  readonly chosen: readonly ChosenType[];
}

const Q8_0: FileType = parseFileType('Q8_0');

function choiceOf({ placed, losses }: Movable, start: TensorType, sizeOf: Budget['sizeOf']): Choice {
  const { tensor } = placed;
  const step = (type: TensorType): Step => ({ type, size: sizeOf(tensor, type), loss: losses.get(type) ?? 0 });
  const steps = [...losses.keys()].map(step).sort((a, b) => a.size - b.size || b.loss - a.loss);
  return {
    name: tensor.name,
    steps,
    start: losses.has(start) ? step(start) : nearestStep(steps, sizeOf(tensor, start)),
  };
}

/** Where a mix has a type that is none of ours: the largest step that is not larger. */
function nearestStep(steps: readonly Step[], size: number): Step {
  return steps.findLast((step) => step.size <= size) ?? steps[0] ?? { type: 'F32', size, loss: 0 };
}

function share(steps: readonly Step[], movable: readonly Movable[]): number {
  const weights = movable.reduce((sum, { placed }) => sum + weightCount(placed.tensor), 0);
  return weights === 0 ? 0 : (100 * steps.reduce((sum, { loss }) => sum + loss, 0)) / weights;
}

function sizeAs(tensor: GgufTensor, type: TensorType | undefined): number {
  if (type === undefined || type === tensor.type) return tensorSize(tensor);
  const rowLength = tensor.dimensions[0] ?? 1;
  return rowLength === 0 ? 0 : rowSize(type, rowLength) * (weightCount(tensor) / rowLength);
}
