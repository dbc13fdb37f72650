import { truthy } from '../config/truthy.js';
import { isJsonObject, jsonField, type JsonObject, type JsonValue } from '../../files/index.js';

/** `add_bos_token` and the like, by role, in the order in which they were found. */
export type AddFlags = Map<string, boolean>;

/** What the reading of a post-processor works on: it completes both as it goes. */
export interface SpecialState {
  /** A copy of tokenizer_config.json; `undefined` without one (or with an empty one). */
  readonly config: Map<string, JsonValue> | undefined;
  readonly flags: AddFlags;
  /** Roles whose ids are looked up; a template may add `eot` and `eom`. */
  readonly roles: string[];
}

interface Tokens {
  bos: JsonValue | undefined;
  eos: JsonValue | undefined;
  cls: JsonValue | undefined;
  sep: JsonValue | undefined;
}

/**
 * Finds out from tokenizer.json's post-processor which special tokens are added to a text, as gguf-py's SpecialVocab
 * does. It also lets CLS and SEP stand in for a missing BOS and EOS.
 */
export function readPostProcessor(definition: JsonObject, state: SpecialState): void {
  const { config } = state;
  const tokens: Tokens = {
    bos: config?.get('bos_token'),
    eos: config?.get('eos_token'),
    cls: config?.get('cls_token'),
    sep: config?.get('sep_token'),
  };
  if (!truthy(tokens.bos) && truthy(tokens.cls)) settle(state, tokens, 'bos', tokens.cls);
  if (!truthy(tokens.eos) && truthy(tokens.sep)) settle(state, tokens, 'eos', tokens.sep);
  const processor = jsonField(definition, 'post_processor');
  if (!isJsonObject(processor)) return;
  const list = jsonField(processor, 'processors');
  for (const part of Array.isArray(list) ? list : [processor]) {
    if (isJsonObject(part)) readPart(part, state, tokens);
  }
}

function readPart(part: JsonObject, state: SpecialState, tokens: Tokens): void {
  switch (jsonField(part, 'type')) {
    case 'ByteLevel':
      if (!state.flags.has('bos')) state.flags.set('bos', false);
      if (!state.flags.has('eos')) state.flags.set('eos', false);
      break;
    case 'RobertaProcessing':
      readRoberta(part, state, tokens);
      break;
    case 'TemplateProcessing':
      readTemplate(part, state, tokens);
      break;
    default:
      break;
  }
}

function readRoberta(part: JsonObject, state: SpecialState, tokens: Tokens): void {
  for (const role of ['bos', 'eos', 'sep']) state.flags.set(role, true);
  if (!truthy(tokens.cls)) settle(state, tokens, 'cls', firstOf(jsonField(part, 'cls')) ?? tokens.bos);
  if (!truthy(tokens.sep)) settle(state, tokens, 'sep', firstOf(jsonField(part, 'sep')) ?? tokens.eos);
}

/** The template of a single text, then what separates a pair. Only plain templates are understood. */
function readTemplate(part: JsonObject, state: SpecialState, tokens: Tokens): void {
  const single = entries(jsonField(part, 'single'));
  const pair = entries(jsonField(part, 'pair'));
  const first = single.length > 1 ? specialId(single[0]) : undefined;
  const last = single.length > 1 ? specialId(single.at(-1)) : undefined;
  if (truthy(first)) readFirst(first, state, tokens);
  if (truthy(last)) readLast(last, state, tokens);
  readPair(pair, first, last, state, tokens);
}

function readFirst(first: JsonValue, state: SpecialState, tokens: Tokens): void {
  if (state.config === undefined) tokens.bos = first;
  else if (first !== tokens.bos && first !== tokens.cls) {
    if (!truthy(tokens.bos)) settle(state, tokens, 'bos', first);
    if (!truthy(tokens.cls)) settle(state, tokens, 'cls', first);
  }
  state.flags.set('bos', first === tokens.bos || first === tokens.cls);
}

function readLast(last: JsonValue, state: SpecialState, tokens: Tokens): void {
  if (state.config === undefined) tokens.eos = last;
  else if (last !== tokens.eos) {
    // What was the EOS so far goes on as end of turn, or end of message.
    const role = ['eot', 'eom'].find((name) => !state.roles.includes(name));
    if (role !== undefined) {
      state.roles.push(role);
      state.config.set(`${role}_token`, tokens.eos ?? null);
    }
    settle(state, tokens, 'eos', last);
  }
  state.flags.set('eos', last === tokens.eos);
}

function readPair(
  pair: readonly JsonObject[],
  first: JsonValue | undefined,
  last: JsonValue | undefined,
  state: SpecialState,
  tokens: Tokens,
): void {
  const start = truthy(first) && specialId(pair[0]) === first ? 1 : 0;
  const stop = truthy(last) && specialId(pair.at(-1)) === last ? -1 : undefined;
  const inner = pair.slice(start, stop);
  if (inner.length === 0 || sequenceId(inner[0]) !== 'A' || sequenceId(inner.at(-1)) !== 'B') return;
  const between = inner.slice(1, -1);
  if (between.length === 0) return;
  const separates = (entry: JsonObject | undefined): boolean => {
    const id = specialId(entry);
    return truthy(id) && (id === tokens.sep || id === tokens.eos);
  };
  const add = (separates(between[0]) && !truthy(last)) || (between.length === 2 && separates(between[1]));
  state.flags.set('sep', add);
  if (add && !truthy(tokens.sep)) state.config?.set('sep_token', tokens.eos ?? null);
}

function settle(state: SpecialState, tokens: Tokens, role: keyof Tokens, value: JsonValue | undefined): void {
  if (state.config === undefined) return;
  tokens[role] = value;
  state.config.set(`${role}_token`, value ?? null);
}

function entries(value: JsonValue | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.map((entry: JsonValue) => (isJsonObject(entry) ? entry : {})) : [];
}

function specialId(entry: JsonObject | undefined): JsonValue | undefined {
  return nestedId(entry, 'SpecialToken');
}

function sequenceId(entry: JsonObject | undefined): JsonValue | undefined {
  return nestedId(entry, 'Sequence');
}

function nestedId(entry: JsonObject | undefined, kind: string): JsonValue | undefined {
  const inner = entry === undefined ? undefined : jsonField(entry, kind);
  return isJsonObject(inner) ? jsonField(inner, 'id') : undefined;
}

function firstOf(value: JsonValue | undefined): JsonValue | undefined {
  return Array.isArray(value) ? value[0] : undefined;
}
