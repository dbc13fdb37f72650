import type { NamedTensor, TensorRule } from '../architectures/family.js';
import { concat, reshape, stack, wrongShape, zeros, type TensorExpression } from '../expressions/index.js';
import {
  audioEps,
  encoderKeys,
  ints,
  layerCount,
  numberOr,
  pixelLimits,
  text,
  truncated,
  uint,
  useSilu,
  visionEps,
} from './projector-keys.js';
import type { PlannedProjector, Projector, ProjectorModel } from './projector.js';
import { named, rule, timeSlices, whisperBiases } from './tensor-rules.js';
import { readCodec } from './subfolder.js';
import { whisperSizes } from './whisper.js';
import type { Key } from '../architectures/family.js';

const CODEBOOK = /^encoder\.quantizer\.vq\.layers\.(\d+)\._codebook\.embed$/;
/** Kept for training only. */
const UNUSED = ['_codebook.cluster_size', '_codebook.embed_avg', '_codebook.inited'];

/** MiMo V2.5: sees, and hears through the encoder of an audio codec. */
export const mimoV2: Projector = {
  names: ['MiMoV2ForCausalLM'],
  encoders: ['vision', 'audio'],
  gather: async (repository, _config, signal) => readCodec(repository, 'audio_tokenizer', signal),
  find: (config, { config: codec }) => ({ vision: config.object('vision_config'), audio: codec }),
  settle: (model) => {
    const { vision } = model;
    return {
      vision: vision.with({
        image_size: numberOr(vision, 'image_size', 560),
        num_attention_heads: numberOr(vision, 'num_heads', 32),
        num_hidden_layers: numberOr(vision, 'depth', 28),
      }),
      audio: model.audio.with(whisperSizes(model)),
    };
  },
  keys,
  keep: (name) => (/^(?:visual|speech_embeddings|audio_encoder)\./.test(name) ? name : undefined),
  extra,
  tensors: (model) => [
    rule(
      (name) => name === 'visual.patch_embed.proj.weight',
      ({ tensor }) => timeSlices(tensor, 2),
    ),
    codeEmbeddings(model),
    whisperBiases,
    rule(
      (name) => /^audio_encoder\.projection\.mlp\.[02]\.weight$/.test(name),
      ({ name, tensor }) => [named(`mm.a.mlp.${name.includes('.0.') ? 1 : 2}.weight`, tensor)],
    ),
  ],
  force: (name, { source }) => {
    if (name === 'a.rvq.codebook.weight' || name === 'mm.a.code_embd.weight') return 'F32';
    return /encoder\.(?:conv|down_sample_layer)/.test(source) && source.endsWith('.weight') ? 'F32' : undefined;
  },
};

function* keys(model: PlannedProjector): Iterable<Key> {
  const { vision, audio, config, gathered } = model;
  yield* encoderKeys(model);
  yield text('vision.projector_type', 'mimovl');
  yield useSilu;
  yield uint('vision.attention.head_count_kv', Math.trunc(numberOr(vision, 'num_key_value_heads', 8)));
  yield uint('vision.spatial_merge_size', Math.trunc(vision.need('spatial_merge_size')));
  yield uint('vision.window_size', Math.trunc(numberOr(vision, 'visual_token_window_size', -1)));
  yield* ints('vision.wa_pattern_mode', vision.numbers('vit_window_attn_types') ?? []);
  yield visionEps(numberOr(vision, 'rms_norm_eps', 1e-6));
  yield* pixelLimits(model, 'min', 'max');
  yield text('audio.projector_type', 'mimo_audio');
  yield uint('audio.num_mel_bins', audio.need('n_mels'));
  yield audioEps(numberOr(audio, 'layer_norm_eps', 1e-5));
  const books = codebooks(gathered.tensors ?? new Map()).map(({ shape }) => shape[0] ?? 0);
  yield uint('audio.rvq.num_quantizers', books.length);
  yield* ints('audio.rvq.codebook_size', books);
  yield* ints('audio.wa_pattern_mode', windows(model));
  yield uint('audio.window_size', Math.trunc(audio.numbers('encoder_attn_window_size')?.[0] ?? Number.NaN));
  const local = config.object('audio_config');
  yield uint('audio.local_block_count', truncated(local?.find('input_local_layers'), 'input_local_layers'));
  yield uint('audio.local_group_size', truncated(local?.find('group_size'), 'group_size'));
}

/** -1 for a layer with full attention, 0 for one with a window. */
function windows({ audio }: ProjectorModel): readonly number[] {
  const period = numberOr(audio, 'swa_per_block', 1);
  const mixed = audio.boolean('hybrid_attention') === true && period > 1;
  const count = Math.min(layerCount(audio), 4096);
  return Array.from({ length: count }, (_, layer) => (mixed && layer % period < period - 1 ? 0 : -1));
}

function codebooks(tensors: ReadonlyMap<string, TensorExpression>): readonly TensorExpression[] {
  const books: TensorExpression[] = [];
  for (const [name, tensor] of tensors) {
    const place = CODEBOOK.exec(name)?.[1];
    if (place !== undefined && Number(place) < 256) books[Number(place)] = tensor;
  }
  if (books.length === 0 || books.includes(undefined as never)) {
    throw wrongShape({ shape: [books.length] }, 'has gaps where codebooks belong');
  }
  return books;
}

function* extra({ gathered }: ProjectorModel): Iterable<NamedTensor> {
  const tensors = gathered.tensors ?? new Map<string, TensorExpression>();
  for (const [name, tensor] of tensors) {
    if (name.startsWith('decoder.') || UNUSED.some((ending) => name.endsWith(ending)) || CODEBOOK.test(name)) continue;
    yield { name, tensor };
  }
  const books = codebooks(tensors);
  const most = Math.max(...books.map(({ shape }) => shape[0] ?? 0));
  yield named('a.rvq.codebook.weight', stack(books.map((book) => padded(book, most))));
}

/** Rows of zeros behind the tensor's own. */
function padded(tensor: TensorExpression, rows: number): TensorExpression {
  const missing = rows - (tensor.shape[0] ?? 0);
  if (missing === 0) return tensor;
  return concat([tensor, zeros(tensor.dtype, [missing, ...tensor.shape.slice(1)])]);
}

/** The embeddings of all channels of codes as one tensor. */
function codeEmbeddings({ config }: ProjectorModel): TensorRule {
  const seen = new Map<number, TensorExpression>();
  const pattern = /^speech_embeddings\.(\d+)\.weight$/;
  return {
    takes: (name) => pattern.test(name),
    apply: ({ name, tensor }) => {
      seen.set(Number(pattern.exec(name)?.[1]), tensor);
      const channels = truncated(config.object('audio_config')?.find('audio_channels'), 'audio_channels');
      if (seen.size < channels) return [];
      const parts = Array.from({ length: channels }, (_, channel) => seen.get(channel));
      if (parts.includes(undefined)) throw wrongShape(tensor, 'stands beside a gap in the channels');
      const same = parts.flatMap((part) => part ?? []);
      return [named('mm.a.code_embd.weight', stack(same.map((part) => reshape(part, part.shape))))];
    },
  };
}
