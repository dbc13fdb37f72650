import { SlipwayError } from '../../core/index.js';
import { squeeze } from '../architectures/tensor-rules.js';
import { audioEps, encoderKeys, ints, projectorType, uint } from './projector-keys.js';
import { foldedBatchNorms } from './conformer.js';
import type { PlannedProjector, Projector } from './projector.js';
import { changing, chunks, rule } from './tensor-rules.js';
import type { Key } from '../architectures/family.js';

/** Granite Speech: a conformer and a Q-Former. */
export const graniteSpeech: Projector = {
  names: ['GraniteSpeechForConditionalGeneration'],
  encoders: ['audio'],
  find: (config) => ({ audio: config.object('encoder_config') }),
  settle: ({ audio }) => ({
    audio: audio.with({
      hidden_size: audio.find('hidden_dim') ?? null,
      intermediate_size: audio.need('hidden_dim') * audio.need('feedforward_mult'),
      num_attention_heads: audio.find('num_heads') ?? null,
      num_hidden_layers: audio.find('num_layers') ?? null,
    }),
  }),
  keys: speechKeys,
  keep: (name) => (/attention_dists|num_batches_tracked/.test(name) ? undefined : name),
  tensors: () => [
    foldedBatchNorms(4, (block) => `encoder.layers.${block}.conv.batch_norm`),
    rule(
      (name) => name.includes('.attn.to_kv.weight'),
      ({ name, tensor }) =>
        chunks(tensor, 2).map((part, index) => ({
          name: name.replaceAll('to_kv', index === 0 ? 'to_k' : 'to_v'),
          tensor: part,
        })),
    ),
    changing(
      (name) => /up_conv|down_conv/.test(name) && name.endsWith('.weight'),
      (tensor) => (tensor.shape.length === 3 && tensor.shape[2] === 1 ? squeeze(tensor, 2) : tensor),
    ),
    changing(
      (name) => name.includes('depth_conv') && name.endsWith('.weight'),
      (tensor) => (tensor.shape.length === 3 && tensor.shape[1] === 1 ? squeeze(tensor, 1) : tensor),
    ),
  ],
  force: (_name, { source }) =>
    /encoder|projector/.test(source) && source.includes('.conv') && source.includes('.weight') ? 'F32' : undefined,
};

function* speechKeys(model: PlannedProjector): Iterable<Key> {
  const { audio, config } = model;
  yield* encoderKeys(model);
  yield projectorType('granite_speech');
  yield uint('audio.num_mel_bins', audio.need('input_dim'));
  yield audioEps(1e-5);
  yield uint('audio.chunk_size', audio.need('context_size'));
  yield uint('audio.conv_kernel_size', audio.need('conv_kernel_size'));
  yield uint('audio.max_pos_emb', audio.need('max_pos_emb'));
  yield uint('audio.projector.window_size', config.need('window_size'));
  yield uint('audio.projector.downsample_rate', config.need('downsample_rate'));
  const projector = config.object('projector_config');
  if (projector === undefined) throw config.missing('projector_config');
  yield uint('audio.projector.head_count', projector.need('num_attention_heads'));
}

/** Granite Speech Plus: features of further layers beside the last one's. */
export const graniteSpeechPlus: Projector = {
  ...graniteSpeech,
  names: ['GraniteSpeechPlusForConditionalGeneration'],
  keys: function* (model) {
    const { audio, config } = model;
    yield* speechKeys(model);
    const layers = audio.numbers('cat_hidden_layers') ?? [];
    if (layers.length === 0) return;
    yield* ints('audio.feature_layer', layers);
    const [expected, got] = [
      audio.need('hidden_dim') * (layers.length + 1),
      config.object('projector_config')?.need('encoder_hidden_size'),
    ];
    if (expected === got) return;
    throw new SlipwayError('MODEL_INVALID', 'the projector is not as wide as the features that it gets', {
      where: 'config.json: projector_config: encoder_hidden_size',
      got: `${got ?? 'nothing'}, ${expected} expected`,
    });
  },
};
