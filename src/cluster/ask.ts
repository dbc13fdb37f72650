import { SlipwayError } from '../core/index.js';
import { clusterError } from './api-error.js';
import type { ClusterConnection } from './cluster-connection.js';
import { fieldOf, listOf, textOf } from './fields.js';

/** A question to what serves a model, by way of the API server's proxy to services. */
export interface ServedQuestion {
  readonly namespace: string;
  /** Name of the Service. Whether it speaks TLS is asked of the cluster. */
  readonly service: string;
  /** A port's name or number. */
  readonly port: string;
  readonly task: 'generate' | 'embed' | 'rerank';
  /** Without a chat template the text is gone on with. */
  readonly chat: boolean;
  readonly model: string;
  /** What the server's paths begin with; empty, or `/openai`. */
  readonly root?: string;
  readonly signal?: AbortSignal | undefined;
}

/** What came back. */
export interface ServedReply {
  readonly path: string;
  /** The first tokens, or the first numbers. */
  readonly text: string;
}

const TIME_LIMIT = 300_000;
const TOKENS = 24;
const SHOWN = 200;

/** Sends one request to a server that is ready. Throws `DEPLOY_FAILED` when no answer of a model comes back. */
export async function askService(connection: ClusterConnection, question: ServedQuestion): Promise<ServedReply> {
  const { path, body } = requestFor(question);
  const scheme = await schemeOf(connection, question);
  const proxy = `/api/v1/namespaces/${question.namespace}/services/${scheme}${question.service}:${question.port}/proxy`;
  const answer = await connection.request({
    method: 'POST',
    path: `${proxy}${question.root ?? ''}${path}`,
    body,
    timeLimit: TIME_LIMIT,
    signal: question.signal,
  });
  if (answer.status === 401 || (answer.status === 403 && textOf(answer.body, 'kind') === 'Status')) {
    throw clusterError(connection, answer, {
      about: `Service ${question.namespace}/${question.service}`,
      access: 'create services/proxy',
    });
  }
  const text = replyOf(answer.body);
  if (answer.status === 200 && text !== undefined) return { path, text };
  throw new SlipwayError('DEPLOY_FAILED', `what serves the model answers ${answer.status} to ${path}`, {
    where: `${connection.address}${proxy}`,
    got: said(answer.body),
    kept: 'what was applied is there as it is; --delete removes it',
    try: `kubectl --namespace ${question.namespace} port-forward service/${question.service} 8080:${question.port}`,
  });
}

/** `https:` for a Service whose port says that it speaks TLS: the proxy does not look. Who may not read Services gets plain HTTP. */
async function schemeOf(
  connection: ClusterConnection,
  { namespace, service, port, signal }: ServedQuestion,
): Promise<'https:' | ''> {
  const { body, status } = await connection.request({
    method: 'GET',
    path: `/api/v1/namespaces/${namespace}/services/${service}`,
    signal,
  });
  if (status !== 200) return '';
  const found = listOf(body, 'spec', 'ports').find(
    (one) => textOf(one, 'name') === port || fieldOf(one, 'port') === Number(port),
  );
  const words = [textOf(found, 'appProtocol'), textOf(found, 'name')];
  return words.some((word) => word?.toLowerCase().startsWith('https') === true) ? 'https:' : '';
}

function said(body: unknown): string {
  const text = typeof body === 'string' ? body : JSON.stringify(body ?? null);
  return text.length > 500 ? `${text.slice(0, 500)}…` : text;
}

function requestFor({ task, chat, model }: ServedQuestion): { readonly path: string; readonly body: unknown } {
  if (task === 'embed') return { path: '/v1/embeddings', body: { input: 'A ship on a slipway', model } };
  if (task === 'rerank') {
    const documents = ['A slipway is a ramp for ships', 'Bread is baked'];
    return { path: '/v1/rerank', body: { documents, model, query: 'ships' } };
  }
  const rest = { max_tokens: TOKENS, model, temperature: 0 };
  return chat
    ? { path: '/v1/chat/completions', body: { messages: [{ role: 'user', content: 'Say hello.' }], ...rest } }
    : { path: '/v1/completions', body: { prompt: 'The capital of France is', ...rest } };
}

/** The model's words or numbers in an answer of the OpenAI kind; `undefined` when there are none. */
function replyOf(body: unknown): string | undefined {
  const [choice] = listOf(body, 'choices');
  const words =
    textOf(choice, 'message', 'content') ?? textOf(choice, 'text') ?? textOf(choice, 'message', 'reasoning_content');
  if (choice !== undefined) {
    const thought = textOf(choice, 'message', 'reasoning_content');
    return (words === '' ? (thought ?? '') : (words ?? '')).slice(0, SHOWN);
  }
  const [embedding] = listOf(body, 'data');
  const numbers = listOf(embedding, 'embedding');
  if (numbers.length > 0) return `${numbers.length} numbers: ${numbers.slice(0, 4).join(', ')}, …`;
  const scores = listOf(body, 'results').map((row) => fieldOf(row, 'relevance_score'));
  return scores.length > 0 ? `scores: ${scores.map(String).join(', ')}` : undefined;
}
