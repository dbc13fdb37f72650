// Controls (C0 but for tab and line feed, DEL, C1), marks that reorder text, and separators that end a line in a browser.
// oxlint-disable no-control-regex -- these are what is to be removed
const HOSTILE =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** JSON text whose strings hold nothing raw that a terminal or a page could act on: `\u009b` instead. */
export function safeJsonText(json: string): string {
  return json.replaceAll(HOSTILE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** Text with U+FFFD in place of every such character. Line feeds and tabs stay. */
export function withoutControls(text: string): string {
  return text.replaceAll(HOSTILE, '\ufffd');
}
