import { SlipwayError } from '../../core/index.js';
import type { Values } from '../config/config-values.js';
import { afmoe } from './afmoe.js';
import { apertus } from './apertus.js';
import { arcee } from './arcee.js';
import { bailingMoe, bailingMoe2, sarvamMoe } from './bailingmoe.js';
import { bailingMoe3, bailingMoe3Vl } from './bailingmoe3.js';
import { deepseek4 } from './deepseek-v4.js';
import { deepseek4Dspark } from './deepseek-v4-dspark.js';
import { dflash } from './dflash.js';
import { dspark } from './dspark.js';
import { eagle3 } from './eagle3.js';
import { gemma4Dspark } from './gemma4-dspark.js';
import { kimiK3 } from './kimi-k3.js';
import { pocketTtsText } from './pocket-tts.js';
import { qwen3TtsText } from './qwen3-tts.js';
import { museGlimmer, museGlimmerAssistant } from './muse-glimmer.js';
import { qwen4exp } from './qwen4exp.js';
import { bert } from './bert.js';
import { bitnet } from './bitnet.js';
import { bloom } from './bloom.js';
import { chatglm } from './chatglm.js';
import { codeshell } from './codeshell.js';
import { cohere2, cohere2moe, commandR } from './cohere.js';
import { deepseek, deepseek2, deepseek32, deepseekOcr } from './deepseek.js';
import { dots1 } from './dots1.js';
import { embeddingGemma } from './embedding-gemma.js';
import { ernie, ernieMoe, paddleOcr } from './ernie.js';
import { exaone, exaone4, exaone45, exaoneMoe } from './exaone.js';
import { falcon } from './falcon.js';
import { falconH1 } from './falcon-h1.js';
import { gemma, gemma2, gemma3 } from './gemma.js';
import { gemma3n } from './gemma3n.js';
import { gemma4, gemma4Assistant, gemma4Unified } from './gemma4.js';
import { glm4, glm4moe, glm4moeLite, glmDsa, glmOcr, solarOpen } from './glm4.js';
import { glm5Next } from './glm5-next.js';
import { gptOss } from './gpt-oss.js';
import { gpt2, rugpt3xl } from './gpt2.js';
import { gptneox } from './gptneox.js';
import { granite, graniteMoe, graniteMoeSwa, graniteSwa } from './granite.js';
import { graniteHybrid, graniteHybridDense, graniteHybridExperts } from './granite-hybrid.js';
import { hunyuanDense, hunyuanMoe, hunyuanVl, hyV3 } from './hunyuan.js';
import { internlm2 } from './internlm2.js';
import { internlm3 } from './internlm3.js';
import { jamba } from './jamba.js';
import { lfm2, lfm2embed, lfm2moe } from './lfm2.js';
import { llama, llamaEmbed, smollm3 } from './llama.js';
import { llama4 } from './llama4.js';
import { maincoder } from './maincoder.js';
import { mamba, mamba2 } from './mamba.js';
import { mellum } from './mellum.js';
import { minicpm, minicpm3 } from './minicpm.js';
import { minimaxM2, minimaxM3, minimaxText01 } from './minimax.js';
import { mistral3 } from './mistral3.js';
import { mpt } from './mpt.js';
import { nanbeige } from './nanbeige.js';
import { nemotron } from './nemotron.js';
import { nemotronH, nemotronHExperts, nemotronHPuzzle } from './nemotron-h.js';
import { nomicBert, nomicBertMoe } from './nomic-bert.js';
import { olmo, olmo2, olmoe } from './olmo.js';
import { orion } from './orion.js';
import { pangu } from './pangu.js';
import { phi2, phi3, phimoe } from './phi.js';
import { plamo, plamo2, plamo3 } from './plamo.js';
import { plm } from './plm.js';
import { qwen } from './qwen.js';
import { qwen2vl, qwen3vl } from './qwen-vl.js';
import { qwen2, qwen2moe } from './qwen2.js';
import { qwen3, qwen3moe, rnd1 } from './qwen3.js';
import { minicpmV, qwen3next, qwen35, qwen35moe } from './qwen3-next.js';
import { qwen3asr, qwen3omni, qwen3vlmoe } from './qwen3vlmoe.js';
import { arwkv7, rwkv6, rwkv6qwen2, rwkv7 } from './rwkv.js';
import { seedOss } from './seed-oss.js';
import { smallthinker } from './smallthinker.js';
import { stablelm } from './stablelm.js';
import { starcoder, starcoder2 } from './starcoder.js';
import { step35 } from './step3.js';
import { t5, t5encoder } from './t5.js';
import {
  distilbert,
  euroBert,
  jinaBertV2,
  jinaBertV3,
  modernBert,
  neoBert,
  roberta,
  xlmRoberta,
} from './bert-relatives.js';
import { arctic } from './arctic.js';
import { chameleon } from './chameleon.js';
import { dbrx } from './dbrx.js';
import { deci } from './deci.js';
import { dream, llada, lladaMoe } from './diffusion.js';
import { grok } from './grok.js';
import { grovemoe } from './grovemoe.js';
import { jais, jais2 } from './jais.js';
import { janus, sarashinaVision } from './janus.js';
import { maple } from './maple.js';
import { openelm } from './openelm.js';
import { refact } from './refact.js';
import { xverse } from './xverse.js';
import { cogvlm } from './cogvlm.js';
import { hrmText } from './hrm-text.js';
import { kimiLinear } from './kimi-linear.js';
import { laguna } from './laguna.js';
import { mimo2 } from './mimo.js';
import { spark25 } from './spark.js';
import { talkie } from './talkie.js';
import { lfm25AudioTokenizer, wavTokenizer } from './audio-decoders.js';
import { dots3 } from './dots3.js';
import { graniteSwitch } from './granite-switch.js';
import { hyV4 } from './hy-v4.js';
import type { Family } from './family.js';

/** Every family that can be converted. A new one is a file of its own and a line here. */
export const FAMILIES: readonly Family[] = [
  afmoe,
  apertus,
  arcee,
  arctic,
  arwkv7,
  bailingMoe,
  bailingMoe2,
  bailingMoe3,
  bailingMoe3Vl,
  bert,
  bitnet,
  bloom,
  chameleon,
  chatglm,
  codeshell,
  cogvlm,
  cohere2,
  cohere2moe,
  commandR,
  dbrx,
  deci,
  deepseek,
  deepseekOcr,
  deepseek2,
  deepseek32,
  deepseek4,
  deepseek4Dspark,
  dflash,
  distilbert,
  dots1,
  dots3,
  dream,
  dspark,
  eagle3,
  embeddingGemma,
  ernie,
  ernieMoe,
  euroBert,
  exaone,
  exaone4,
  exaone45,
  exaoneMoe,
  falcon,
  falconH1,
  gemma,
  gemma2,
  gemma3,
  gemma3n,
  gemma4,
  gemma4Assistant,
  gemma4Dspark,
  gemma4Unified,
  glm4,
  glm4moe,
  glm4moeLite,
  glm5Next,
  glmDsa,
  glmOcr,
  gpt2,
  gptneox,
  gptOss,
  granite,
  graniteHybrid,
  graniteHybridDense,
  graniteHybridExperts,
  graniteMoe,
  graniteMoeSwa,
  graniteSwa,
  graniteSwitch,
  grok,
  grovemoe,
  hrmText,
  hunyuanDense,
  hunyuanMoe,
  hunyuanVl,
  hyV3,
  hyV4,
  internlm2,
  internlm3,
  jais,
  jais2,
  jamba,
  janus,
  jinaBertV2,
  jinaBertV3,
  kimiK3,
  kimiLinear,
  laguna,
  lfm2,
  lfm25AudioTokenizer,
  lfm2embed,
  lfm2moe,
  llada,
  lladaMoe,
  llama,
  llama4,
  llamaEmbed,
  maincoder,
  mamba,
  mamba2,
  maple,
  mellum,
  mimo2,
  minicpm,
  minicpm3,
  minicpmV,
  minimaxM2,
  minimaxM3,
  minimaxText01,
  mistral3,
  modernBert,
  mpt,
  museGlimmer,
  museGlimmerAssistant,
  nanbeige,
  nemotron,
  nemotronH,
  nemotronHExperts,
  nemotronHPuzzle,
  neoBert,
  nomicBert,
  nomicBertMoe,
  olmo,
  olmo2,
  olmoe,
  openelm,
  orion,
  paddleOcr,
  pangu,
  phi2,
  phi3,
  phimoe,
  plamo,
  plamo2,
  plamo3,
  plm,
  pocketTtsText,
  qwen,
  qwen2,
  qwen2moe,
  qwen2vl,
  qwen3,
  qwen35,
  qwen35moe,
  qwen3asr,
  qwen3moe,
  qwen3next,
  qwen3omni,
  qwen3vl,
  qwen3vlmoe,
  qwen3TtsText,
  qwen4exp,
  refact,
  rnd1,
  roberta,
  rugpt3xl,
  rwkv6,
  rwkv6qwen2,
  rwkv7,
  sarashinaVision,
  sarvamMoe,
  seedOss,
  smallthinker,
  smollm3,
  solarOpen,
  spark25,
  stablelm,
  starcoder,
  starcoder2,
  step35,
  t5,
  t5encoder,
  talkie,
  wavTokenizer,
  xlmRoberta,
  xverse,
];

/**
 * What can be converted: names of `architectures` in config.json, with the GGUF architecture they become. Where the rest
 * of the configuration decides among several, the usual one.
 */
export function supportedArchitectures(): readonly { readonly name: string; readonly gguf: string }[] {
  const usual = new Map<string, string>();
  for (const { names, gguf, applies } of FAMILIES) {
    for (const name of names) if (applies === undefined || !usual.has(name)) usual.set(name, gguf);
  }
  return [...usual].map(([name, gguf]) => ({ name, gguf })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Names that llama.cpp's map has, too, and why there is nothing that its converter could be compared with. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ...['BaichuanForCausalLM', 'BaiChuanForCausalLM'].map(
    (name) => [name, "llama.cpp 0.5.0's own converter calls itself without end on every Baichuan checkpoint"] as const,
  ),
  ...['GraniteSpeechForConditionalGeneration', 'GraniteSpeechPlusForConditionalGeneration'].map(
    (name) =>
      [
        name,
        'its language model is converted by the name that text_config gives it; without one there is none',
      ] as const,
  ),
  ['UltravoxModel', 'it has no language model of its own: it is a projector beside a Llama'],
]);

/** Names that are refused, and why. */
export function refusedArchitectures(): readonly { readonly name: string; readonly reason: string }[] {
  return [...REFUSED].map(([name, reason]) => ({ name, reason }));
}

/**
 * The family that answers to a class name. `config` gives the configuration with or without transformers' defaults;
 * `dspark` asks for the draft that the checkpoint has beside its model.
 * Throws `ARCH_UNSUPPORTED` with the nearest names.
 */
export function familyOf(name: string, config: (plain: boolean) => Values, dspark = false): Family {
  if (dspark) return requireDspark(name);
  const family = FAMILIES.find(
    ({ names, applies, plainConfig = false }) => names.includes(name) && (applies?.(config(plainConfig)) ?? true),
  );
  if (family !== undefined) return family;
  const reason = REFUSED.get(name);
  if (reason !== undefined) {
    throw new SlipwayError('ARCH_UNSUPPORTED', `'${name}' cannot be converted`, {
      where: 'config.json: architectures',
      got: reason,
      try: 'package the repository without converting it',
      context: { architecture: name },
    });
  }
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name.slice(0, 100)}' cannot be converted`, {
    where: 'config.json: architectures',
    try: [`nearest names: ${nearest(name).join(', ')}`, 'package the repository without converting it'],
    context: { architecture: name.slice(0, 100) },
  });
}

/** Throws `ARCH_UNSUPPORTED` for a model that has no draft beside it. */
function requireDspark(name: string): Family {
  if (deepseek4.names.includes(name)) return deepseek4Dspark;
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name.slice(0, 100)}' has no DSpark draft beside it`, {
    where: 'dspark',
    try: 'only checkpoints of DeepseekV4ForCausalLM have one; convert a draft of its own without dspark',
  });
}

function nearest(name: string): readonly string[] {
  const wanted = pairs(name);
  const score = (other: string): number => {
    const own = pairs(other);
    return [...own].filter((pair) => wanted.has(pair)).length / Math.max(1, own.size + wanted.size);
  };
  return FAMILIES.flatMap(({ names }) => names)
    .toSorted((a, b) => score(b) - score(a))
    .slice(0, 3);
}

/** Pairs of neighbouring letters, without the endings that most names share. */
function pairs(name: string): Set<string> {
  const stem = name
    .toLowerCase()
    .slice(0, 100)
    .replace(/(for(causallm|conditionalgeneration)|model)$/, '');
  return new Set(Array.from({ length: Math.max(0, stem.length - 1) }, (_, index) => stem.slice(index, index + 2)));
}
