import { SlipwayError } from '../../core/index.js';
import { PROJECTOR } from '../names/name-map.js';
import { cogvlm } from './cogvlm.js';
import { deepseekOcr, deepseekOcr2, unlimitedOcr } from './deepseek-ocr.js';
import { deepseekV4 } from './deepseek-v4.js';
import { dots3note } from './dots3-note.js';
import { dotsOcr } from './dots-ocr.js';
import { gemma3 } from './gemma3.js';
import { gemma3nProjector } from './gemma3n.js';
import { gemma4projector, gemma4unifiedProjector } from './gemma4.js';
import { glmasr } from './glmasr.js';
import { glm4v, glm5next } from './glm-v.js';
import { granite4vision } from './granite4-vision.js';
import { graniteSpeech, graniteSpeechPlus } from './granite-speech.js';
import { hunyuanVl } from './hunyuan-vl.js';
import { internvl } from './internvl.js';
import { janus } from './janus.js';
import { glm5v, kimiK25, kimiVl } from './kimi.js';
import { lfm2audio } from './lfm2-audio.js';
import { lfm2vl } from './lfm2-vl.js';
import { llama4 } from './llama4.js';
import { lightOnOcr, llava, pixtral } from './llava.js';
import { mimoV2 } from './mimo-v2.js';
import { minicpmV46 } from './minicpm-v.js';
import { minimaxM3 } from './minimax-m3.js';
import { museGlimmer } from './muse-glimmer.js';
import { nemotronVl } from './nemotron-vl.js';
import { paddleOcr } from './paddle-ocr.js';
import { phi4vision } from './phi4-vision.js';
import { pocketTts } from './pocket-tts.js';
import type { Projector } from './projector.js';
import { exaone45, qwen25omni, qwen2vl, sarashina2 } from './qwen-vl.js';
import { qwen3asr, qwen3omni } from './qwen3-omni.js';
import { bailing3vl, qwen3vl } from './qwen3-vl.js';
import { qwen3tts } from './qwen3-tts.js';
import { smolvlm } from './smolvlm.js';
import { step3vl } from './step3-vl.js';
import { audioFlamingo, meralion, qwen2Audio, ultravox, voxtral } from './whisper.js';
import { youtuVl } from './youtu-vl.js';

/** Every projector that can be converted. A new one is a file of its own and a line here. */
export const PROJECTORS: readonly Projector[] = [
  audioFlamingo,
  bailing3vl,
  cogvlm,
  deepseekOcr,
  deepseekOcr2,
  deepseekV4,
  dots3note,
  dotsOcr,
  exaone45,
  gemma3,
  gemma3nProjector,
  gemma4projector,
  gemma4unifiedProjector,
  glm4v,
  glm5next,
  glm5v,
  glmasr,
  granite4vision,
  graniteSpeech,
  graniteSpeechPlus,
  hunyuanVl,
  internvl,
  janus,
  kimiK25,
  kimiVl,
  lfm2audio,
  lfm2vl,
  lightOnOcr,
  llama4,
  llava,
  meralion,
  mimoV2,
  minicpmV46,
  minimaxM3,
  museGlimmer,
  nemotronVl,
  paddleOcr,
  phi4vision,
  pixtral,
  pocketTts,
  qwen25omni,
  qwen2Audio,
  qwen2vl,
  qwen3asr,
  qwen3omni,
  qwen3tts,
  qwen3vl,
  sarashina2,
  smolvlm,
  step3vl,
  ultravox,
  unlimitedOcr,
  voxtral,
  youtuVl,
];

/** The projector that answers to a class name. Throws `ARCH_UNSUPPORTED`. */
export function projectorOf(name: string): Projector {
  const projector = PROJECTORS.find(({ names }) => names.includes(name));
  if (projector !== undefined) return projector;
  throw new SlipwayError('ARCH_UNSUPPORTED', `'${name.slice(0, 100)}' has no projector that can be converted`, {
    where: 'config.json: architectures',
    try: ['pipeline archs lists the projectors that can', 'convert the language model alone, without mmproj'],
    context: { architecture: name.slice(0, 100) },
  });
}

/** Names of `architectures` in config.json (or in its `vision_config`) whose projectors can be converted. */
export function supportedProjectors(): readonly { readonly name: string; readonly gguf: string }[] {
  return PROJECTORS.filter((projector) => projector !== pixtral)
    .flatMap(({ names }) => names)
    .toSorted()
    .map((name) => ({ name, gguf: PROJECTOR }));
}
