import { withoutControls } from '../../core/index.js';

/** Markup that is already safe to put into a page. */
export interface Markup {
  readonly html: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text for HTML content or a quoted attribute. What a terminal or a page could act on (controls, marks that reorder text) becomes U+FFFD. */
export function escapeText(text: string): string {
  return withoutControls(text).replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
}

type Part = Markup | string | number | undefined | readonly Markup[];

/** Builds markup: everything put in is escaped unless it is markup itself. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return {
    html: strings.map((string, index) => string + (index < parts.length ? partText(parts[index]) : '')).join(''),
  };
}

function partText(part: Part): string {
  if (part === undefined) return '';
  if (typeof part === 'string' || typeof part === 'number') return escapeText(String(part));
  return 'html' in part ? part.html : part.map((inner) => inner.html).join('');
}
