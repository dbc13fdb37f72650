import { createRequire } from 'node:module';
import type { LlamaFacts } from '../../../workers/llama-addon.js';
import { SlipwayError } from '../../core/index.js';
import { Child, ChildError } from '../engine/child.js';

/** Seconds that a template may take. */
const PATIENCE_S = 20;

/**
 * A question as the model's own chat template puts it, in a process that is ended when the template does not end; the
 * question itself for a model without one. What the vocabulary puts in front of every text is not there twice. Throws
 * `EVALUATION_FAILED` for a template that cannot be used.
 */
export async function chatPrompt(
  { chatTemplate, bos, addsBos }: Pick<LlamaFacts, 'chatTemplate' | 'bos' | 'addsBos'>,
  prompt: string,
  env: Readonly<Record<string, string | undefined>>,
  signal?: AbortSignal,
): Promise<string> {
  if (chatTemplate === '') return prompt;
  const bosText = new TextDecoder().decode(bos);
  const child = new Child({
    script: createRequire(import.meta.url).resolve('#workers/template-process.js'),
    name: 'the process that reads the chat template',
    env,
    patience: PATIENCE_S * 1000,
  });
  try {
    const values = [chatTemplate, prompt, bosText];
    const text = (await child.request('render', values, 'reading the chat template', signal)) as string;
    return addsBos && bosText !== '' && text.startsWith(bosText) ? text.slice(bosText.length) : text;
  } catch (error) {
    const died = SlipwayError.is(error) && error.code === 'WORKER_DIED';
    if (!(error instanceof ChildError) && !died) throw error;
    throw new SlipwayError('EVALUATION_FAILED', 'the chat template cannot be used', {
      got: died ? (error.details.got ?? error.message) : error.message,
      cause: error,
    });
  } finally {
    await child.close();
  }
}
