import { decodePercent, SlipwayError, type ErrorCode } from '../core/index.js';
import { isTransient } from '../http/index.js';
import type { HubToken } from './hub-endpoint.js';

/** What was asked when the Hub refused. */
export interface HubQuestion {
  readonly endpoint: URL;
  readonly repository: string;
  readonly revision?: string;
  readonly file?: string;
  readonly token?: HubToken | undefined;
}

/** Turns a refusal of the Hub into the error that says what to do. The body is not read: the headers say it all. */
export function hubRefusal(response: Response, question: HubQuestion): SlipwayError {
  const status = response.status;
  const reason = response.headers.get('x-error-code') ?? '';
  if (status >= 300 && status < 400) return renamed(response, question);
  if (reason === 'GatedRepo') return gated(response, question);
  if (reason === 'RevisionNotFound') return missingRevision(response, question);
  if (reason === 'EntryNotFound') return missingFile(response, question);
  if (status === 401 || status === 403) return unauthorized(response, question);
  if (status === 404 || reason === 'RepoNotFound') return missingRepository(response, question);
  return unavailable(response, question);
}

function where(response: Response, question: HubQuestion): string {
  const request = response.headers.get('x-request-id');
  const url = response.url === '' ? repositoryUrl(question) : response.url.replace(/\?.*/s, '');
  return `GET ${url}  ${response.status}${request === null ? '' : `, request ${printable(request)}`}`;
}

function repositoryUrl(question: HubQuestion): string {
  return `${question.endpoint.href.replace(/\/$/, '')}/${question.repository}`;
}

function printable(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, 200);
}

function refusal(
  code: ErrorCode,
  message: string,
  response: Response,
  question: HubQuestion,
  details: { got?: string; try?: readonly string[]; retryable?: boolean; canonical?: string } = {},
): SlipwayError {
  const { canonical, ...rest } = details;
  return new SlipwayError(code, message, {
    where: where(response, question),
    ...rest,
    context: {
      status: response.status,
      repository: question.repository,
      ...(canonical === undefined ? {} : { canonical }),
    },
  });
}

function tokenFact(token: HubToken | undefined): string {
  return token === undefined ? 'no token (HF_TOKEN is not set)' : `the token from ${token.origin}`;
}

function gated(response: Response, question: HubQuestion): SlipwayError {
  const page = repositoryUrl(question);
  return refusal('HUB_GATED', `'${question.repository}' needs its licence accepted`, response, question, {
    got: question.token === undefined ? tokenFact(undefined) : `${tokenFact(question.token)} has no access`,
    try:
      question.token === undefined
        ? [`open ${page}, accept, then set HF_TOKEN to a token of that account`]
        : [
            `open ${page} with the account of the token and accept, then run again`,
            "fine-grained token? it also needs 'Read access to contents of all public gated repos you can access'",
          ],
  });
}

function unauthorized(response: Response, question: HubQuestion): SlipwayError {
  const message =
    question.token === undefined
      ? `'${question.repository}' is private or does not exist`
      : `the Hub does not accept the token for '${question.repository}'`;
  return refusal('HUB_UNAUTHORIZED', message, response, question, {
    got: tokenFact(question.token),
    try:
      question.token === undefined
        ? ['check the spelling', 'private? set HF_TOKEN to a token with read access']
        : ['check that the token is not revoked and may read this repository: https://huggingface.co/settings/tokens'],
  });
}

function missingRepository(response: Response, question: HubQuestion): SlipwayError {
  return refusal('HUB_REPOSITORY_NOT_FOUND', `there is no model '${question.repository}'`, response, question, {
    got: tokenFact(question.token),
    try: [
      `check the spelling: ${repositoryUrl(question)}`,
      'private? the token must be of an account that may read it',
    ],
  });
}

function missingRevision(response: Response, question: HubQuestion): SlipwayError {
  const revision = question.revision ?? 'main';
  return refusal(
    'HUB_REVISION_NOT_FOUND',
    `'${question.repository}' has no revision '${revision}'`,
    response,
    question,
    {
      try: [`see its branches and tags: ${repositoryUrl(question)}/tree/main`],
    },
  );
}

function missingFile(response: Response, question: HubQuestion): SlipwayError {
  const file = question.file ?? '';
  return refusal('HUB_FILE_NOT_FOUND', `'${question.repository}' has no file '${file}' any more`, response, question, {
    got: `it was listed at ${question.revision ?? 'this revision'}`,
    try: ['run again'],
  });
}

function unavailable(response: Response, question: HubQuestion): SlipwayError {
  const wait = response.headers.get('retry-after');
  const isLimited = response.status === 429;
  return refusal('HUB_UNAVAILABLE', `the Hub does not answer for '${question.repository}'`, response, question, {
    got: `status ${response.status}${wait === null ? '' : `, retry after ${printable(wait)}`}`,
    try: [
      'run again later: what is done is kept',
      ...(isLimited && question.token === undefined
        ? ['set HF_TOKEN: accounts may ask more often than strangers']
        : []),
    ],
    retryable: isTransient(response.status),
  });
}

function renamed(response: Response, question: HubQuestion): SlipwayError {
  const name = /\/api\/models\/([^/?]+\/[^/?]+)/.exec(response.headers.get('location') ?? '')?.[1];
  return renamedTo(name === undefined ? undefined : printable(decodePercent(name) ?? name), response, question);
}

/** The repository answers under another name. That changes whose model it is, so the user has to say yes. */
export function renamedTo(name: string | undefined, response: Response, question: HubQuestion): SlipwayError {
  return refusal(
    'HUB_RENAMED',
    `'${question.repository}' is now ${name === undefined ? 'somewhere else' : `'${name}'`}`,
    response,
    question,
    {
      try: [`use hf://${name ?? 'its new name'}, after a look at who owns it`],
      canonical: name,
    },
  );
}
