/** What a template is rendered with. */
export interface RenderCase {
  readonly name: string;
  /** `messages`, `tools`, `add_generation_prompt`, special tokens. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** What the rendering thread is started with. */
export interface RenderOrder {
  readonly template: string;
  readonly cases: readonly RenderCase[];
  /** Characters of a rendered text that are handed back. */
  readonly most: number;
}

/** What the thread answers, one after the other: whether the template parses, then each case. */
export type RenderAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'parsed' }
  | { readonly kind: 'syntax'; readonly message: string }
  | { readonly kind: 'rendered'; readonly name: string; readonly text: string; readonly length: number }
  /** `raised`: the template itself refused the conversation. */
  | { readonly kind: 'failed'; readonly name: string; readonly message: string; readonly raised: boolean };
