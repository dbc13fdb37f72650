import type { Answer } from './registry-answer.js';

/** What a Harbor, or what stands in front of it, may do wrong. */
export type HarborFault =
  | { readonly kind: 'status'; readonly status: number }
  /** A page for people, with status 200: a login page, a proxy's excuse. */
  | { readonly kind: 'html' }
  | { readonly kind: 'redirect'; readonly to: string }
  /** JSON that is cut off. */
  | { readonly kind: 'truncate' }
  /** Another number in `X-Total-Count`, and no `Link`. */
  | { readonly kind: 'total'; readonly total: number }
  /** Every page is full, differs from the last and has a next one. */
  | { readonly kind: 'endless' }
  /** Every page is the first one and has a next one. */
  | { readonly kind: 'same-page' };

/** Which requests a fault meets. */
export interface HarborFaultRule {
  readonly fault: HarborFault;
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  /** How often; always unless given. */
  readonly times?: number;
}

let counter = 0;

/** The answer as the fault spoils it. */
export function spoil(answer: Answer, fault: HarborFault): Answer {
  switch (fault.kind) {
    case 'status':
      return { status: fault.status, headers: { 'content-type': 'text/plain' }, body: 'fault' };
    case 'html':
      return { status: 200, headers: { 'content-type': 'text/html' }, body: '<html><title>Sign in</title></html>' };
    case 'redirect':
      return { status: 302, headers: { location: fault.to } };
    case 'truncate':
      return { ...answer, body: String(answer.body ?? '').slice(0, -1) };
    case 'total': {
      const { link: _, ...headers } = answer.headers ?? {};
      return { ...answer, headers: { ...headers, 'x-total-count': String(fault.total) } };
    }
    case 'endless':
      counter += 100;
      return withNext(answer, madeUp(counter));
    default:
      return withNext(answer, madeUp(0));
  }
}

/** A full page of invented rows. */
function madeUp(from: number): string {
  const rows = Array.from({ length: 100 }, (_, index) => from + index + 1);
  return JSON.stringify(rows.map((id) => ({ id, name: `made-up-${id}`, project_id: id })));
}

function withNext(answer: Answer, body: string): Answer {
  return { ...answer, body, headers: { 'content-type': 'application/json', link: '</next>; rel="next"' } };
}
