import { SlipwayError } from '../../core/index.js';
import { arcee } from './arcee.js';
import { bert } from './bert.js';
import { bloom } from './bloom.js';
import { cohere2, commandR } from './cohere.js';
import { deepseek, deepseek2 } from './deepseek.js';
import { falcon } from './falcon.js';
import { gemma, gemma2, gemma3 } from './gemma.js';
import { gpt2 } from './gpt2.js';
import { gptneox } from './gptneox.js';
import { granite, graniteMoe } from './granite.js';
import { llama, smollm3 } from './llama.js';
import { mpt } from './mpt.js';
import { olmo, olmo2, olmoe } from './olmo.js';
import { phi2, phi3, phimoe } from './phi.js';
import { qwen2, qwen2moe } from './qwen2.js';
import { qwen3, qwen3moe } from './qwen3.js';
import { seedOss } from './seed-oss.js';
import { stablelm } from './stablelm.js';
import { starcoder, starcoder2 } from './starcoder.js';
import type { Family } from './family.js';

/** Every family that can be converted. A new one is a file of its own and a line here. */
export const FAMILIES: readonly Family[] = [
  arcee,
  bert,
  bloom,
  cohere2,
  commandR,
  deepseek,
  deepseek2,
  falcon,
  gemma,
  gemma2,
  gemma3,
  gpt2,
  gptneox,
  granite,
  graniteMoe,
  llama,
  smollm3,
  mpt,
  olmo,
  olmo2,
  olmoe,
  phi2,
  phi3,
  phimoe,
  qwen2,
  qwen2moe,
  qwen3,
  qwen3moe,
  seedOss,
  stablelm,
  starcoder,
  starcoder2,
];

const BY_NAME: ReadonlyMap<string, Family> = new Map(
  FAMILIES.flatMap((family) => family.names.map((name) => [name, family] as const)),
);

/** What can be converted: names of `architectures` in config.json, with the GGUF architecture they become. */
export function supportedArchitectures(): readonly { readonly name: string; readonly gguf: string }[] {
  return [...BY_NAME].map(([name, { gguf }]) => ({ name, gguf })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** The family that answers to a class name. Throws `ARCH_UNSUPPORTED` with the nearest names. */
export function familyOf(name: string): Family {
  const family = BY_NAME.get(name);
  if (family !== undefined) return family;
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name.slice(0, 100)}' cannot be converted`, {
    where: 'config.json: architectures',
    try: [`nearest names: ${nearest(name).join(', ')}`, 'package the repository without converting it'],
    context: { architecture: name.slice(0, 100) },
  });
}

function nearest(name: string): readonly string[] {
  const wanted = pairs(name);
  const score = (other: string): number => {
    const own = pairs(other);
    return [...own].filter((pair) => wanted.has(pair)).length / Math.max(1, own.size + wanted.size);
  };
  return [...BY_NAME.keys()].toSorted((a, b) => score(b) - score(a)).slice(0, 3);
}

/** Pairs of neighbouring letters, without the endings that most names share. */
function pairs(name: string): Set<string> {
  const stem = name
    .toLowerCase()
    .slice(0, 100)
    .replace(/(for(causallm|conditionalgeneration)|model)$/, '');
  return new Set(Array.from({ length: Math.max(0, stem.length - 1) }, (_, index) => stem.slice(index, index + 2)));
}
