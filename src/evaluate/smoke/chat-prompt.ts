import type { LlamaFacts } from '../../../workers/llama-addon.js';
import { SlipwayError } from '../../core/index.js';
import { renderTemplate, type Rendered } from '../../template/index.js';

/** Milliseconds that a template may take. */
const TIME_LIMIT = 20_000;
const QUESTION = 'question';

/**
 * A question as the model's own chat template puts it, in a thread that is ended when the template does not end; the
 * question itself for a model without one. What the vocabulary puts in front of every text is not there twice. Throws
 * `EVALUATION_FAILED` for a template that cannot be used, `ABORTED`.
 */
export async function chatPrompt(
  { chatTemplate, bos, addsBos }: Pick<LlamaFacts, 'chatTemplate' | 'bos' | 'addsBos'>,
  prompt: string,
  signal?: AbortSignal,
): Promise<string> {
  if (chatTemplate === '') return prompt;
  const bosText = new TextDecoder().decode(bos);
  const messages = [{ role: 'user', content: prompt }];
  const values = { messages, add_generation_prompt: true, bos_token: bosText, eos_token: '' };
  const rendered = await renderTemplate(chatTemplate, [{ name: QUESTION, values }], { signal, timeLimit: TIME_LIMIT });
  const found = rendered.cases.get(QUESTION);
  if (found?.kind !== 'rendered' || found.length > found.text.length) {
    throw new SlipwayError('EVALUATION_FAILED', 'the chat template cannot be used', { got: trouble(rendered) });
  }
  const { text } = found;
  return addsBos && bosText !== '' && text.startsWith(bosText) ? text.slice(bosText.length) : text;
}

function trouble({ cases, syntax, endless }: Rendered): string {
  const found = cases.get(QUESTION);
  if (found?.kind === 'failed') return found.message;
  if (found !== undefined) return `it makes ${found.length} characters of a question`;
  return syntax ?? endless ?? 'it ended without an answer';
}
