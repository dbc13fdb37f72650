import { jsonField, type JsonObject } from '../../files/index.js';
import { unsupportedTokenizer } from './limits.js';

/** A role that a special token may have, in transformers' order. */
export const SPECIAL_ROLES = ['bos', 'eos', 'unk', 'sep', 'pad', 'cls', 'mask'] as const;
export type SpecialRole = (typeof SPECIAL_ROLES)[number];

/**
 * What the tokenizer classes of transformers 4.57.6 fill in when tokenizer_config.json does not say:
 * special tokens by role. A default that the vocabulary lacks is appended to it, so it can change token ids.
 */
const DEFAULTS: readonly (readonly [classes: readonly string[], defaults: SpecialDefaults])[] = [
  [
    ['AlbertTokenizer', 'RemBertTokenizer'],
    { bos: '[CLS]', eos: '[SEP]', unk: '<unk>', sep: '[SEP]', pad: '<pad>', cls: '[CLS]', mask: '[MASK]' },
  ],
  [
    [
      'BartTokenizer',
      'BarthezTokenizer',
      'BlenderbotTokenizer',
      'CamembertTokenizer',
      'LEDTokenizer',
      'LayoutLMv3Tokenizer',
      'LayoutXLMTokenizer',
      'LongformerTokenizer',
      'MBartTokenizer',
      'MarkupLMTokenizer',
      'MvpTokenizer',
      'NllbTokenizer',
      'RobertaTokenizer',
      'XLMRobertaTokenizer',
    ],
    { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' },
  ],
  [
    [
      'BertTokenizer',
      'ConvBertTokenizer',
      'DPRContextEncoderTokenizer',
      'DPRQuestionEncoderTokenizer',
      'DPRReaderTokenizer',
      'DistilBertTokenizer',
      'ElectraTokenizer',
      'LayoutLMTokenizer',
      'LayoutLMv2Tokenizer',
      'LxmertTokenizer',
      'MobileBertTokenizer',
      'RealmTokenizer',
      'RetriBertTokenizer',
      'RoFormerTokenizer',
      'SplinterTokenizer',
      'SqueezeBertTokenizer',
    ],
    { unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' },
  ],
  [
    ['BigBirdTokenizer'],
    { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '[SEP]', pad: '<pad>', cls: '[CLS]', mask: '[MASK]' },
  ],
  [
    ['BlenderbotSmallTokenizer', 'CodeGenTokenizer', 'GPT2Tokenizer', 'GPTNeoXTokenizer', 'WhisperTokenizer'],
    { bos: '<|endoftext|>', eos: '<|endoftext|>', unk: '<|endoftext|>' },
  ],
  [['BloomTokenizer', 'NougatTokenizer'], { bos: '<s>', eos: '</s>', unk: '<unk>', pad: '<pad>' }],
  [['CLIPTokenizer'], { bos: '<|startoftext|>', eos: '<|endoftext|>', unk: '<|endoftext|>', pad: '<|endoftext|>' }],
  [['CodeLlamaTokenizer', 'LlamaTokenizer'], { bos: '<s>', eos: '</s>', unk: '<unk>' }],
  [['CohereTokenizer'], { bos: '<BOS_TOKEN>', eos: '<|END_OF_TURN_TOKEN|>', unk: '<UNK>' }],
  [
    ['CpmTokenizer', 'FunnelTokenizer', 'XLNetTokenizer'],
    { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '<sep>', pad: '<pad>', cls: '<cls>', mask: '<mask>' },
  ],
  [
    ['DebertaTokenizer', 'DebertaV2Tokenizer'],
    { bos: '[CLS]', eos: '[SEP]', unk: '[UNK]', sep: '[SEP]', pad: '[PAD]', cls: '[CLS]', mask: '[MASK]' },
  ],
  [['FNetTokenizer'], { unk: '<unk>', sep: '[SEP]', pad: '<pad>', cls: '[CLS]', mask: '[MASK]' }],
  [['GemmaTokenizer'], { bos: '<bos>', eos: '<eos>', unk: '<unk>', pad: '<pad>' }],
  [['HerbertTokenizer'], { unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' }],
  [['MBart50Tokenizer'], { eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' }],
  [
    ['MPNetTokenizer'],
    { bos: '<s>', eos: '</s>', unk: '[UNK]', sep: '</s>', pad: '<pad>', cls: '<s>', mask: '<mask>' },
  ],
  [['MT5Tokenizer', 'T5Tokenizer'], { eos: '</s>', unk: '<unk>', pad: '<pad>' }],
  [['OpenAIGPTTokenizer'], { unk: '<unk>' }],
  [['ParakeetTokenizer', 'PreTrainedTokenizer'], {}],
  [['PegasusTokenizer'], { eos: '</s>', unk: '<unk>', pad: '<pad>', mask: '<mask_2>' }],
  [['Qwen2Tokenizer'], { eos: '<|endoftext|>', unk: '<|endoftext|>', pad: '<|endoftext|>' }],
  [['ReformerTokenizer'], { eos: '</s>', unk: '<unk>' }],
  [
    ['SeamlessM4TTokenizer', 'XGLMTokenizer'],
    { bos: '<s>', eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>', cls: '<s>' },
  ],
  [['UdopTokenizer'], { eos: '</s>', unk: '<unk>', sep: '</s>', pad: '<pad>' }],
];

/** Class by the model type of config.json, for repositories whose tokenizer_config.json names none. */
const BY_MODEL_TYPE: readonly (readonly [className: string, modelTypes: readonly string[]])[] = [
  ['AlbertTokenizer', ['albert', 'nystromformer', 'yoso']],
  ['BartTokenizer', ['bart']],
  ['BarthezTokenizer', ['barthez']],
  [
    'BertTokenizer',
    [
      'align',
      'bark',
      'bert',
      'blip',
      'bros',
      'chinese_clip',
      'ernie',
      'git',
      'grounding-dino',
      'megatron-bert',
      'mm-grounding-dino',
      'nezha',
      'qdqbert',
      'tvp',
      'vilt',
      'visual_bert',
    ],
  ],
  ['BigBirdTokenizer', ['big_bird']],
  ['BlenderbotTokenizer', ['blenderbot']],
  ['BloomTokenizer', ['bloom']],
  ['CLIPTokenizer', ['aimv2', 'clip', 'clipseg', 'groupvit', 'omdet-turbo', 'oneformer', 'owlv2', 'owlvit', 'xclip']],
  ['CamembertTokenizer', ['camembert']],
  ['CodeGenTokenizer', ['codegen', 'phi']],
  ['CodeLlamaTokenizer', ['code_llama']],
  ['CohereTokenizer', ['aya_vision', 'cohere', 'cohere2']],
  ['ConvBertTokenizer', ['convbert']],
  ['CpmTokenizer', ['cpm']],
  ['DPRQuestionEncoderTokenizer', ['dpr']],
  ['DebertaTokenizer', ['deberta']],
  ['DebertaV2Tokenizer', ['deberta-v2']],
  ['DistilBertTokenizer', ['distilbert']],
  ['ElectraTokenizer', ['electra']],
  ['FNetTokenizer', ['fnet']],
  ['FunnelTokenizer', ['funnel']],
  [
    'GPT2Tokenizer',
    [
      'blip-2',
      'dbrx',
      'emu3',
      'exaone4',
      'flex_olmo',
      'gpt2',
      'gpt_bigcode',
      'gpt_neo',
      'gptj',
      'instructblip',
      'instructblipvideo',
      'minimax',
      'olmo3',
      'opt',
      'starcoder2',
    ],
  ],
  [
    'GPTNeoXTokenizer',
    ['falcon_mamba', 'gpt_neox', 'mamba', 'mamba2', 'mpt', 'olmo', 'olmo2', 'olmoe', 'rwkv', 'stablelm', 'xlstm'],
  ],
  [
    'GemmaTokenizer',
    [
      'gemma',
      'gemma2',
      'gemma3',
      'gemma3_text',
      'gemma3n',
      'gemma3n_text',
      'recurrent_gemma',
      'shieldgemma2',
      'siglip2',
      't5gemma',
    ],
  ],
  ['HerbertTokenizer', ['herbert']],
  ['LEDTokenizer', ['led']],
  ['LayoutLMTokenizer', ['layoutlm']],
  ['LayoutLMv2Tokenizer', ['layoutlmv2']],
  ['LayoutLMv3Tokenizer', ['layoutlmv3', 'lilt']],
  ['LayoutXLMTokenizer', ['layoutxlm']],
  [
    'LlamaTokenizer',
    [
      'arcee',
      'aria',
      'chameleon',
      'colpali',
      'deepseek_v2',
      'deepseek_v3',
      'deepseek_vl',
      'deepseek_vl_hybrid',
      'diffllama',
      'ernie4_5',
      'ernie4_5_moe',
      'idefics',
      'idefics2',
      'idefics3',
      'jamba',
      'janus',
      'jetmoe',
      'llama',
      'llama4',
      'llama4_text',
      'llava',
      'llava_next',
      'llava_next_video',
      'llava_onevision',
      'mllama',
      'paligemma',
      'persimmon',
      'phi3',
      'phimoe',
      'video_llava',
      'vipllava',
      'zamba',
      'zamba2',
    ],
  ],
  ['LongformerTokenizer', ['longformer']],
  ['LxmertTokenizer', ['lxmert']],
  ['MBart50Tokenizer', ['mbart50']],
  ['MBartTokenizer', ['mbart']],
  ['MPNetTokenizer', ['mpnet']],
  ['MT5Tokenizer', ['mt5']],
  ['MobileBertTokenizer', ['mobilebert']],
  ['MvpTokenizer', ['mvp']],
  ['NllbTokenizer', ['nllb', 'nllb-moe']],
  ['OpenAIGPTTokenizer', ['openai-gpt']],
  ['PegasusTokenizer', ['bigbird_pegasus', 'pegasus', 'pegasus_x']],
  [
    'Qwen2Tokenizer',
    [
      'colqwen2',
      'internvl',
      'qwen2',
      'qwen2_5_omni',
      'qwen2_5_vl',
      'qwen2_audio',
      'qwen2_moe',
      'qwen2_vl',
      'qwen3',
      'qwen3_moe',
      'qwen3_next',
      'qwen3_omni_moe',
      'qwen3_vl',
      'qwen3_vl_moe',
    ],
  ],
  ['RealmTokenizer', ['realm']],
  ['ReformerTokenizer', ['reformer']],
  ['RemBertTokenizer', ['rembert']],
  ['RetriBertTokenizer', ['retribert']],
  ['RoFormerTokenizer', ['roformer']],
  [
    'RobertaTokenizer',
    ['bridgetower', 'clap', 'data2vec-text', 'ibert', 'mega', 'mra', 'roberta', 'roberta-prelayernorm'],
  ],
  ['SeamlessM4TTokenizer', ['seamless_m4t', 'seamless_m4t_v2']],
  ['SplinterTokenizer', ['splinter']],
  ['SqueezeBertTokenizer', ['squeezebert']],
  ['T5Tokenizer', ['longt5', 'musicgen', 'musicgen_melody', 'pix2struct', 'switch_transformers', 't5', 'umt5']],
  ['UdopTokenizer', ['udop']],
  ['WhisperTokenizer', ['whisper']],
  ['XGLMTokenizer', ['xglm']],
  ['XLMRobertaTokenizer', ['kosmos-2', 'metaclip_2', 'xlm-roberta', 'xlm-roberta-xl', 'xmod']],
  ['XLNetTokenizer', ['xlnet']],
];

/** Special tokens by role. */
export type SpecialDefaults = Readonly<Partial<Record<SpecialRole, string>>>;

/** What matters of a transformers tokenizer class. */
export interface TokenizerClass {
  /** Without the suffix `Fast`. */
  readonly name: string;
  readonly defaults: SpecialDefaults;
  /** Set for classes that replace the post-processor by one made from `add_bos_token` and `add_eos_token`. */
  readonly rewrites?: { readonly bos: boolean; readonly eos: boolean };
}

const PLAIN = 'PreTrainedTokenizer';

/** What transformers 5 calls its plain classes. */
const PLAIN_IN_TRANSFORMERS_5: ReadonlySet<string> = new Set([
  'TokenizersBackend',
  'PythonBackend',
  'SentencePieceBackend',
]);

const REWRITING: ReadonlyMap<string, { readonly bos: boolean; readonly eos: boolean }> = new Map([
  ['CodeLlamaTokenizer', { bos: true, eos: false }],
  ['CohereTokenizer', { bos: true, eos: false }],
  ['GPTNeoXTokenizer', { bos: false, eos: false }],
  ['GemmaTokenizer', { bos: true, eos: false }],
  ['LlamaTokenizer', { bos: true, eos: false }],
]);

const DEFAULTS_BY_CLASS: ReadonlyMap<string, SpecialDefaults> = new Map(
  DEFAULTS.flatMap(([classes, defaults]) => classes.map((name) => [name, defaults] as const)),
);
const CLASS_BY_MODEL_TYPE: ReadonlyMap<string, string> = new Map(
  BY_MODEL_TYPE.flatMap(([name, types]) => types.map((type) => [type, name] as const)),
);

/**
 * The tokenizer class that transformers would load a repository with: named by tokenizer_config.json or config.json,
 * else found by the model type. Throws `TOKENIZER_UNSUPPORTED` for a class that transformers 4.57.6 does not have,
 * unless `lenient`: then the plain class stands in for it.
 */
export function tokenizerClass(tokenizerConfig: JsonObject, config: JsonObject, lenient: boolean): TokenizerClass {
  const named = jsonField(tokenizerConfig, 'tokenizer_class') ?? jsonField(config, 'tokenizer_class');
  const name = typeof named === 'string' ? classicName(named, tokenizerConfig) : classByModelType(config);
  const defaults = name === PLAIN ? {} : DEFAULTS_BY_CLASS.get(name);
  if (defaults === undefined) {
    if (lenient) return { name: PLAIN, defaults: {} };
    throw unsupportedTokenizer(
      `the tokenizer class '${name}' is unknown to transformers 4.57.6`,
      'tokenizer_config.json',
      ["if the tokenizer works as a plain one, name its pre-tokenizer with '--pre NAME'"],
    );
  }
  const rewrites = REWRITING.get(name);
  return rewrites === undefined ? { name, defaults } : { name, defaults, rewrites };
}

/** The name that the class has in transformers 4, without the suffix `Fast`. */
function classicName(name: string, tokenizerConfig: JsonObject): string {
  if (!PLAIN_IN_TRANSFORMERS_5.has(name)) return name.replace(/Fast$/, '');
  // A setting that only Llama's class has is kept when its tokenizer is saved as a plain one (DeepSeek V3).
  return Object.hasOwn(tokenizerConfig, 'legacy') ? 'LlamaTokenizer' : PLAIN;
}

function classByModelType(config: JsonObject): string {
  const type = jsonField(config, 'model_type');
  return (typeof type === 'string' ? CLASS_BY_MODEL_TYPE.get(type) : undefined) ?? PLAIN;
}
