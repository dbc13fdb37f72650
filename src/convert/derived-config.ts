import type { JsonObject, Snapshot } from '../files/index.js';
import { readSafetensors } from '../safetensors/index.js';

/** Width of the heads of every published Pocket TTS. */
const HEAD = 64;

/**
 * The configuration of a checkpoint that has none: of Pocket TTS, by the shapes of its tensors, as the reference derives
 * it. `undefined` for every other.
 */
export async function derivedConfig({ files }: Snapshot, signal?: AbortSignal): Promise<JsonObject | undefined> {
  const [file, ...more] = files.filter(({ path }) => /^model[^/]*\.safetensors$/.test(path));
  if (file === undefined || more.length > 0) return undefined;
  const { tensors } = await readSafetensors(file, signal);
  if (!tensors.has('flow_lm.bos_emb')) return undefined;
  const size = (name: string, axis: number): number => tensors.get(name)?.shape[axis] ?? 0;
  const layers = (pattern: RegExp): number => [...tensors.keys()].filter((name) => pattern.test(name)).length;
  const width = size('flow_lm.conditioner.embed.weight', 1);
  const hearing = 'mimi.encoder_transformer.transformer.layers';
  const heard = size(`${hearing}.0.norm1.weight`, 0);
  const learnt = tensors.has('flow_lm.bos_before_voice') ? 2 : 1;
  return {
    architectures: ['PocketTTSModel'],
    model_type: 'pockettts',
    num_hidden_layers: layers(/^flow_lm\.transformer\.layers\.\d+\.norm1\.weight$/),
    hidden_size: width,
    intermediate_size: size('flow_lm.transformer.layers.0.linear1.weight', 0),
    max_position_embeddings: 4096,
    num_attention_heads: Math.floor(width / HEAD),
    vocab_size: size('flow_lm.conditioner.embed.weight', 0) + learnt,
    rope_theta: 10_000,
    layer_norm_eps: 1e-5,
    audio_config: {
      num_hidden_layers: layers(/^mimi\.encoder_transformer\.transformer\.layers\.\d+\.norm1\.weight$/),
      hidden_size: heard,
      intermediate_size: size(`${hearing}.0.linear1.weight`, 0),
      num_attention_heads: Math.floor(heard / HEAD),
    },
  };
}
