/** How grave a finding is: an `error` breaks readers or runs code, a `warning` will surprise, a `note` is worth knowing. */
export type LintLevel = 'error' | 'warning' | 'note';

/** What a rule says of every finding of its kind. */
export interface LintRule {
  readonly level: LintLevel;
  /** One line: what is looked at. */
  readonly title: string;
  /** Why it matters. */
  readonly why: string;
  /** What to do. */
  readonly try: string;
}

/** The rules, each under its own code. */
export const RULES = {
  'template-syntax': {
    level: 'error',
    title: 'the chat template parses',
    why: 'servers that apply the template refuse the model or fall back to another format of conversation',
    try: 'correct the template at the place that is named, or take the one of the original repository',
  },
  'template-render': {
    level: 'error',
    title: 'the chat template renders a conversation of two turns',
    why: 'every request with more than one turn fails in servers that apply the template',
    try: 'correct the template: user and assistant messages in turn have to be rendered',
  },
  'template-endless': {
    level: 'error',
    title: 'the chat template comes to an end',
    why: 'a server that renders it hangs or runs out of memory: that can be meant as an attack',
    try: 'do not use this template; look who wrote it',
  },
  'template-drops-content': {
    level: 'error',
    title: 'the chat template hands on what the messages say',
    why: 'the model never sees the messages',
    try: "have the template write message['content']",
  },
  'template-system': {
    level: 'note',
    title: 'the chat template takes a system message',
    why: 'requests with a system message fail, or the message is lost',
    try: 'render the system message, or tell users to write instructions into the first user message',
  },
  'template-tools': {
    level: 'warning',
    title: 'the chat template renders tools',
    why: 'requests with tools fail in servers that apply the template',
    try: "correct what the template does with 'tools'",
  },
  'template-tools-ignored': {
    level: 'note',
    title: 'the chat template uses tools',
    why: 'the model does not learn which tools there are: servers describe them in their own words, or refuse',
    try: "nothing, unless the model was trained to call tools: then render 'tools'",
  },
  'template-unknown-token': {
    level: 'warning',
    title: 'what looks like a special token in the chat template is one',
    why: 'it is cut into ordinary tokens, which the model may never have seen in training',
    try: "compare the template with the tokenizer's added tokens: one of them is of another model",
  },
  'template-stop-token': {
    level: 'warning',
    title: 'what the chat template ends a turn with ends the generation',
    why: 'generation goes on after the answer, until the context is full',
    try: 'add the token to eos_token_id of generation_config.json, or set tokenizer.ggml.eot_token_id',
  },
  'template-suspicious': {
    level: 'warning',
    title: 'the chat template does nothing that templates have no need for',
    why: 'templates travel with the model and run in servers: attribute access to internals is how they break out, hidden text is how they mislead',
    try: 'read the template; compare it with the original repository: pipeline diff',
  },
  'template-differs': {
    level: 'warning',
    title: 'a model has one chat template',
    why: 'which one counts depends on the program that loads the model',
    try: 'keep one of them, or make them equal',
  },
  'special-token-missing': {
    level: 'warning',
    title: 'special tokens are named and in the vocabulary',
    why: 'without an end token generation does not stop; a token that is not in the vocabulary is cut into others',
    try: "correct tokenizer_config.json or the tokenizer's added tokens, and convert again",
  },
  'special-token-range': {
    level: 'error',
    title: 'ids of special tokens are below the size of the vocabulary',
    why: 'loaders refuse the model or read beyond the vocabulary',
    try: 'correct the id and convert again',
  },
  'eos-disagrees': {
    level: 'warning',
    title: 'configurations agree on the end token',
    why: 'which end token counts depends on the program that loads the model',
    try: "add the tokenizer's end token to eos_token_id of generation_config.json",
  },
  'context-length': {
    level: 'warning',
    title: 'the context length is stated, once',
    why: 'programs give the model more text than it can read, or less than it could, or refuse it',
    try: 'make max_position_embeddings, model_max_length and context_length agree',
  },
  'rope-scaling': {
    level: 'warning',
    title: 'rope scaling is complete and fits the context length',
    why: 'long texts turn into nonsense, or loaders refuse the model',
    try: "correct rope_scaling (or rope.scaling.* of the GGUF) as the model's authors state it",
  },
  'vocabulary-size': {
    level: 'error',
    title: 'vocabulary, embedding and stated size agree',
    why: 'loaders refuse the model, or tokens have no embedding',
    try: 'take tokenizer and weights of the same revision',
  },
  'config-invalid': {
    level: 'error',
    title: 'configurations can be read',
    why: 'nothing can load a model whose configuration is broken',
    try: 'correct the file',
  },
  'file-missing': {
    level: 'warning',
    title: 'what is needed to use the weights is there',
    why: 'the model cannot be loaded from these files alone',
    try: 'add the file',
  },
  'name-unsafe': {
    level: 'error',
    title: 'file names can stand on every system',
    why: 'on some systems the file cannot be written, or it is written somewhere else',
    try: 'rename the file',
  },
  'name-collision': {
    level: 'error',
    title: 'file names are unique without regard to case',
    why: 'on Windows and macOS one file overwrites the other',
    try: 'rename one of them',
  },
  'gguf-invalid': {
    level: 'error',
    title: 'GGUF files are whole and strict readers take them',
    why: 'llama.cpp refuses the file, or reads other things than it says',
    try: 'convert or download again',
  },
  'gguf-trailing': {
    level: 'warning',
    title: 'a GGUF file ends with its last tensor',
    why: 'what follows is read by nothing that loads models, and travels with it',
    try: 'convert again; look at what is there: tail -c',
  },
  'safetensors-invalid': {
    level: 'error',
    title: 'safetensors files are whole and strict readers take them',
    why: 'loaders refuse the file, or read other things than it says',
    try: 'download again',
  },
  'lfs-pointer': {
    level: 'error',
    title: 'files are themselves, not Git LFS pointers',
    why: 'a pointer holds no weights',
    try: 'git lfs install && git lfs pull',
  },
  'weights-missing': {
    level: 'warning',
    title: 'there are weights that hold data only',
    why: 'there is nothing to convert or serve',
    try: 'look for a revision with safetensors or GGUF files',
  },
  'license-missing': {
    level: 'warning',
    title: 'a licence is stated',
    why: 'without one users have no permission to use the model, and policies refuse it',
    try: "state it: 'license' in the front matter of README.md (general.license in a GGUF)",
  },
  'license-not-spdx': {
    level: 'warning',
    title: 'the licence is an SPDX expression',
    why: 'tools that check licences compare SPDX ids',
    try: 'use an id of the SPDX list (https://spdx.org/licenses/), or LicenseRef-NAME with the text beside it',
  },
  'license-file-missing': {
    level: 'warning',
    title: "the licence's text is there",
    why: 'most licences ask that their text goes with every copy; of one that is not on the list only the text says what is allowed',
    try: 'add the text as LICENSE',
  },
  'license-differs': {
    level: 'warning',
    title: 'one licence is stated',
    why: 'which one counts cannot be told',
    try: 'correct the model card or the metadata',
  },
  'code-pickle': {
    level: 'error',
    title: 'no file of a kind that can run code when it is loaded',
    why: 'loading a pickle runs whatever its author put into it',
    try: 'leave it out, or replace it by safetensors',
  },
  'code-disguised': {
    level: 'error',
    title: 'files are what their names say',
    why: 'a file that can run code goes under a name that looks harmless: that is how scanners are passed',
    try: 'do not load it; look who wrote it',
  },
  'code-remote': {
    level: 'warning',
    title: 'no configuration asks for remote code',
    why: 'auto_map makes transformers run Python of the repository when trust_remote_code is set',
    try: 'read that code, or use a model whose class is part of transformers',
  },
  'code-files': {
    level: 'warning',
    title: 'no programs travel with the model',
    why: 'scripts and libraries beside weights are run by those who trust the folder',
    try: 'leave them out: --exclude',
  },
} as const satisfies Readonly<Record<string, LintRule>>;

/** Stable: a code never changes its meaning. */
export type LintCode = keyof typeof RULES;

/** Every rule by its code. */
export const LINT_RULES: Readonly<Record<LintCode, LintRule>> = RULES;

/** One thing that was found. */
export interface LintFinding {
  readonly code: LintCode;
  readonly level: LintLevel;
  /** Path of the file, or the annotation. */
  readonly where: string;
  /** Place within it: a key, a tensor. */
  readonly at?: string;
  /** Line in a text, from 1. */
  readonly line?: number;
  /** What was found, with its values. */
  readonly message: string;
  readonly why: string;
  readonly try: string;
}

/** Where, and what else differs from the rule's own words. */
export interface FoundAt {
  readonly at?: string;
  readonly line?: number | undefined;
  readonly level?: LintLevel;
}

/** A finding of a rule. */
export function finding(code: LintCode, where: string, message: string, found: FoundAt = {}): LintFinding {
  const rule = LINT_RULES[code];
  return {
    code,
    level: found.level ?? rule.level,
    where,
    at: found.at,
    line: found.line,
    message,
    why: rule.why,
    try: rule.try,
  };
}
