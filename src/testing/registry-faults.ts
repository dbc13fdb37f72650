/** What a registry may do wrong. */
export type RegistryFault =
  /** Answers with this status instead of doing anything. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      /** An error of the code `FAULT` unless given. */
      readonly body?: string;
    }
  /** Takes this many bytes of the request's body (and keeps those of an upload), then closes the connection. */
  | { readonly kind: 'drop-request'; readonly afterBytes: number }
  /** Does all of its work and closes the connection instead of answering. */
  | { readonly kind: 'drop-answer' }
  /** Sends this many bytes of its answer's body, then closes the connection. */
  | { readonly kind: 'drop-response'; readonly afterBytes: number }
  /** Ends the answer's body cleanly after this many bytes, with a Content-Length that agrees. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Flips a bit in the middle of the answer's body. */
  | { readonly kind: 'corrupt' }
  /** Names another digest in `Docker-Content-Digest`. */
  | { readonly kind: 'wrong-digest' }
  /** Waits before it does anything. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Forgets every upload that is under way. */
  | { readonly kind: 'forget-uploads' }
  /** Declares every token spent. */
  | { readonly kind: 'expire-tokens' };

/** Which requests a fault meets, and how many of them. */
export interface FaultRule {
  readonly fault: RegistryFault;
  readonly method?: string;
  /** Matched against the path with its query. */
  readonly path?: RegExp;
  /** How often it strikes; once unless given. */
  readonly times?: number;
  /** How many matching requests pass before it strikes first. */
  readonly skip?: number;
}

/** The faults that are armed, in the order in which they were. */
export class FaultList {
  readonly #rules: { rule: FaultRule; left: number; skip: number }[] = [];
  struck = 0;

  arm(rule: FaultRule): void {
    this.#rules.push({ rule, left: rule.times ?? 1, skip: rule.skip ?? 0 });
  }

  clear(): void {
    this.#rules.length = 0;
  }

  /** The fault that meets this request, used up by one. */
  take(method: string, path: string): RegistryFault | undefined {
    for (const armed of this.#rules) {
      const { rule } = armed;
      const matches = (rule.method ?? method) === method && (rule.path?.test(path) ?? true);
      if (!matches || armed.left === 0) continue;
      if (armed.skip > 0) {
        armed.skip--;
        continue;
      }
      armed.left--;
      this.struck++;
      return rule.fault;
    }
    return undefined;
  }
}
