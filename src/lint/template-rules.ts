import type { RenderAnswer } from '../../workers/render-messages.js';
import { conversations, FORMS, SAID } from './conversations.js';
import { renderTemplate, type Rendered } from '../template/index.js';
import { finding, type FoundAt, type LintCode, type LintFinding } from './lint-rules.js';
import { suspicions } from './suspicious-template.js';
import type { TokenView } from './token-view.js';

/** A chat template, where it stands, and the tokens that it goes with. */
export interface TemplateView {
  readonly where: string;
  /** Key in that file; absent when the file is the template. */
  readonly at?: string;
  readonly template: string;
  readonly tokens: TokenView | undefined;
}

type Case = Extract<RenderAnswer, { name: string }>;

/** Longer templates are not rendered: the longest in use have 30 KB. */
const LENGTH_LIMIT = 1024 * 1024;
/** What special tokens look like in templates. `[INST]` and its like are ordinary text in most models. */
const TOKEN_LIKE = /<\|[^|<>\s]{1,60}\|>|<｜[^｜<>\s]{1,60}｜>|<(?:start|end)_of_[a-z]{1,20}>/gu;
const SHOWN = 5;
/** Where no tokenizer says what they are. */
const UNKNOWN_TOKENS = { bos_token: '<s>', eos_token: '</s>' };

/** A chat template: parses, ends, renders two turns with and without tools and system message, with tokens that exist. */
export async function lintTemplate(view: TemplateView, signal?: AbortSignal): Promise<LintFinding[]> {
  const { where, at, template, tokens } = view;
  const found = (code: LintCode, message: string, more: FoundAt = {}): LintFinding =>
    finding(code, where, message, { at, ...more });
  if (template.length > LENGTH_LIMIT)
    return [found('template-endless', `${template.length} characters: it is not rendered`)];
  const odd = suspicions(template).map(({ message, line }) =>
    found('template-suspicious', message, { ...(at === undefined && { line }) }),
  );
  const rendered = await renderTemplate(template, conversations(tokens?.specials ?? UNKNOWN_TOKENS), { signal });
  if (rendered.syntax !== undefined) return [...odd, found('template-syntax', rendered.syntax)];
  if (rendered.endless !== undefined) return [...odd, found('template-endless', rendered.endless)];
  const results = resultsOf(rendered);
  const plain = results('plain', [SAID.user, SAID.assistant, SAID.again]);
  const tools = results('tools', [SAID.user, SAID.again]);
  if (plain.kind !== 'complete') return [...odd, plainProblem(plain, tools, template, found)];
  const system = results('system', [SAID.system, SAID.user, SAID.again]);
  return [
    ...odd,
    ...systemProblem(system, found),
    ...toolProblem(tools, plain.text, template, found),
    ...unknownTokens([plain, system, tools], tokens, found),
    ...stopProblem(results('closed', [SAID.assistant]), tokens, found),
  ];
}

type Found = (code: LintCode, message: string, more?: FoundAt) => LintFinding;

/** What became of a conversation in the best of the forms in which it is handed over. */
type Outcome =
  | { readonly kind: 'complete'; readonly text: string }
  | { readonly kind: 'incomplete'; readonly text: string; readonly missing: readonly string[] }
  | { readonly kind: 'failed'; readonly text: ''; readonly message: string; readonly raised: boolean };

function resultsOf(rendered: Rendered): (name: string, said: readonly string[]) => Outcome {
  return (name, said) => {
    const outcomes = FORMS.map((form) => outcomeOf(rendered.cases.get(`${name}${form}`), said));
    const failed = outcomes.find(({ kind }) => kind === 'failed');
    const best = outcomes.find(({ kind }) => kind === 'complete') ?? outcomes.find(({ kind }) => kind === 'incomplete');
    return best ?? failed ?? { kind: 'failed', text: '', message: 'it was not rendered', raised: false };
  };
}

function outcomeOf(one: Case | undefined, said: readonly string[]): Outcome {
  if (one === undefined) return { kind: 'failed', text: '', message: 'it was not rendered', raised: false };
  if (one.kind === 'failed') return { kind: 'failed', text: '', message: one.message, raised: one.raised };
  // Beyond what is handed back nothing is known to be missing.
  const missing = one.length > one.text.length ? [] : said.filter((text) => !one.text.includes(text));
  return missing.length === 0 ? { kind: 'complete', text: one.text } : { kind: 'incomplete', text: one.text, missing };
}

/** What this engine does not do and Python's does: nothing is known then. */
const ENGINE_LIMIT =
  /^(?:Unknown \S+ filter|Unknown filter|Unknown test|Object keys must be strings|Cannot apply filter|Cannot unpack|Unknown node type)/;

function isEngineLimit(
  { message, raised }: { readonly message: string; readonly raised: boolean },
  template: string,
): boolean {
  if (raised) return false;
  return (
    ENGINE_LIMIT.test(message) ||
    (message.startsWith('Cannot call') && /\.(format|encode|decode|zfill|center|ljust|rjust)\(/.test(template))
  );
}

/** The message of a failure, which says when it may be this engine's own. */
function failureOf(outcome: Extract<Outcome, { kind: 'failed' }>, template: string): string {
  return `${outcome.message}${isEngineLimit(outcome, template) ? ' (@huggingface/jinja; other engines may)' : ''}`;
}

function plainProblem(
  outcome: Exclude<Outcome, { kind: 'complete' }>,
  tools: Outcome,
  template: string,
  found: Found,
): LintFinding {
  if (outcome.kind === 'failed') {
    if (tools.kind === 'complete')
      return found('template-render', `it renders with tools only: ${outcome.message}`, { level: 'warning' });
    const message = `user, assistant, user: ${failureOf(outcome, template)}`;
    return found('template-render', message, isEngineLimit(outcome, template) ? { level: 'warning' } : {});
  }
  return found(
    'template-drops-content',
    `not in what it renders: ${outcome.missing.map((text) => `'${text}'`).join(', ')}`,
  );
}

function systemProblem(outcome: Outcome, found: Found): LintFinding[] {
  if (outcome.kind === 'complete') return [];
  if (outcome.kind === 'incomplete')
    return [found('template-system', 'it drops the system message', { level: 'warning' })];
  if (outcome.raised) return [found('template-system', `it refuses a system message: ${outcome.message}`)];
  return [found('template-system', `it fails with a system message: ${outcome.message}`, { level: 'warning' })];
}

function toolProblem(outcome: Outcome, plain: string, template: string, found: Found): LintFinding[] {
  if (outcome.kind === 'failed')
    return [
      found('template-tools', failureOf(outcome, template), isEngineLimit(outcome, template) ? { level: 'note' } : {}),
    ];
  if (outcome.kind === 'incomplete') return [found('template-tools', 'with tools it drops messages')];
  return outcome.text === plain ? [found('template-tools-ignored', 'with and without tools it renders the same')] : [];
}

function unknownTokens(outcomes: readonly Outcome[], tokens: TokenView | undefined, found: Found): LintFinding[] {
  const vocabulary = tokens?.vocabulary;
  if (vocabulary === undefined || vocabulary.size === 0) return [];
  const seen = new Set(outcomes.flatMap(({ text }) => text.match(TOKEN_LIKE) ?? []));
  const unknown = [...seen].filter((token) => !vocabulary.has(token));
  if (unknown.length === 0) return [];
  const more = unknown.length > SHOWN ? ` and ${unknown.length - SHOWN} more` : '';
  return [found('template-unknown-token', `not in the vocabulary: ${unknown.slice(0, SHOWN).join(', ')}${more}`)];
}

/** The token that follows an answer has to be one at which generation stops. */
function stopProblem(outcome: Outcome, tokens: TokenView | undefined, found: Found): LintFinding[] {
  const vocabulary = tokens?.vocabulary;
  if (outcome.kind !== 'complete' || vocabulary === undefined || tokens === undefined || tokens.stops.size === 0)
    return [];
  const rest = outcome.text.slice(outcome.text.lastIndexOf(SAID.assistant) + SAID.assistant.length).trimStart();
  const [token] = rest.match(/^(?:<\|[^|<>\s]{1,60}\|>|<｜[^｜<>\s]{1,60}｜>|<\/?[a-z_]{1,30}>)/u) ?? [];
  const id = token === undefined ? undefined : vocabulary.get(token);
  if (token === undefined || id === undefined || tokens.stops.has(id)) return [];
  return [found('template-stop-token', `'${token}' (${id}) ends an answer, and is no end token`)];
}
