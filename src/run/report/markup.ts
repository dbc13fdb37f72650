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

// oxlint-disable-next-line no-control-regex -- these are what is to be removed
const UNFIT = /[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g;

/** Text for HTML content or a quoted attribute. Control characters that a page may not hold are dropped. */
export function escapeText(text: string): string {
  return text.replaceAll(UNFIT, '').replaceAll(/[&<>"']/g, (char) => ESCAPES[char] ?? '');
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
