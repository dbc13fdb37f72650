/** Most warnings that one answer may bring. */
const MOST = 16;

/** Texts of a `Warning` header as registries send it: code 299, agent `-` (distribution-spec v1.1 "Warnings"). */
export function parseWarnings(header: string | null, redact: (text: string) => string = (text) => text): string[] {
  if (header === null) return [];
  const found: string[] = [];
  for (const match of header.slice(0, 16_384).matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)) {
    if (found.length === MOST) break;
    // Redacted before it is cleaned and cut: afterwards a secret might not be one to be found.
    const text = redact((match[1] ?? '').replaceAll(/\\(.)/g, '$1')).replaceAll(/[^\x20-\x7e]/g, ' ');
    found.push(text.slice(0, 4096));
  }
  return found;
}
