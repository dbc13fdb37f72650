import type { JsonValue } from '../../files/index.js';
import { Values } from '../config/config-values.js';
import { truthy } from '../config/truthy.js';
import { literal } from '../expressions/index.js';
import type { Model, NamedTensor } from './family.js';
import { fullAttentionRope } from './text-keys.js';

/** Gathers what the configuration says about rotary embeddings at its top and in `rope_scaling` or `rope_parameters`. */
export function ropeParameters(config: Values): Values {
  const name = config.has('rope_parameters') ? 'rope_parameters' : 'rope_scaling';
  // Whatever Python takes for false says nothing.
  const found = truthy(config.find(name)) ? config.object(name) : undefined;
  const rope = new Map<string, JsonValue>(found?.entries());
  if (rope.has('full_attention') || rope.has('sliding_attention')) return new Values(rope, 'config.json: rope');
  const local = config.number(
    'local_rope_theta',
    'rope_local_theta',
    'rope_theta_local',
    'swa_rope_theta',
    'rope_local_base_freq',
  );
  if (local !== undefined) rope.set('sliding_attention', { rope_theta: local });
  const fill = (key: string, value: JsonValue | undefined): void => {
    if (!rope.has(key) && value !== undefined) rope.set(key, value);
  };
  const theta = ['global_rope_theta', 'rope_global_theta', 'rope_theta_global', 'rope_theta', 'rotary_emb_base'];
  fill('rope_theta', config.find(...theta));
  fill('rope_type', rope.get('type') ?? undefined);
  fill('partial_rotary_factor', config.find('partial_rotary_factor', 'rope_pct', 'rope_percent'));
  fill('original_max_position_embeddings', config.find('original_max_position_embeddings'));
  return new Values(rope, 'config.json: rope');
}

/** Length of a head: as given, or the width divided among the heads. */
export function headDim({ config }: Model): number {
  return (
    config.number('head_dim') ??
    Math.floor(config.count('hidden_size') / Math.max(1, config.count('num_attention_heads')))
  );
}

/** The frequency factors of Llama 3's rope scaling, as a tensor of their own. */
export function* llama3RopeFactors(model: Model): Iterable<NamedTensor> {
  const rope = fullAttentionRope(model.rope);
  if (rope.string('rope_type')?.toLowerCase() !== 'llama3') return;
  const frequencies = ropeFrequencies(rope.number('rope_theta') ?? 10_000, headDim(model));
  const factor = rope.number('factor') ?? 8;
  const low = rope.number('low_freq_factor') ?? 1;
  const high = rope.number('high_freq_factor') ?? 4;
  const context = rope.number('original_max_position_embeddings') ?? 8192;
  const [longest, shortest] = [Math.fround(context / low), Math.fround(context / high)];
  const factors = frequencies.map((frequency) => {
    // Single precision wherever torch's scalars have it; torch divides a number by a scalar as number x (1 / scalar).
    const wavelength = Math.fround(Math.fround(1 / frequency) * Math.fround(2 * Math.PI));
    if (wavelength < shortest) return 1;
    if (wavelength > longest) return factor;
    const turns = Math.fround(Math.fround(1 / wavelength) * Math.fround(context));
    const smooth = Math.fround(Math.fround(turns - Math.fround(low)) / Math.fround(high - low));
    return Math.fround(1 / Math.fround(Math.fround(Math.fround(1 - smooth) / Math.fround(factor)) + smooth));
  });
  yield { name: 'rope_freqs.weight', tensor: literal(factors), final: true };
}

/** `1 / base^(i / dim)` for even i, rounded to single precision where torch rounds. */
export function ropeFrequencies(base: number, dim: number): Float32Array {
  return Float32Array.from({ length: Math.ceil(dim / 2) }, (_, index) => {
    const exponent = Math.fround((2 * index) / dim);
    return Math.fround(1 / Math.fround(base ** exponent));
  });
}
