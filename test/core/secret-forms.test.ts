import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Redactor, safeJsonText, withoutControls } from '../../src/core/index.js';

const SECRETS = [
  'pässword-secretTAIL',
  'p"a\\ss\u202eword&<x>',
  'tök en+/=%20~!*()',
  `it's<"a>&secret`,
  'x'.repeat(200),
  '漢字パスワード1234',
];

function redacted(secret: string, text: string): string {
  const redactor = new Redactor();
  redactor.add(secret);
  return redactor.redact(text);
}

const MARKS: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' };

const FORMS: Readonly<Record<string, (secret: string) => string>> = {
  raw: (secret) => secret,
  json: (secret) => JSON.stringify({ a: secret }),
  'json in ASCII': (secret) =>
    JSON.stringify(secret).replaceAll(
      /[^\x20-\x7e]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  'json of Go': (secret) =>
    JSON.stringify(secret).replaceAll(/[<>&]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  'json of PHP': (secret) => JSON.stringify(secret).slice(1, -1).replaceAll('/', '\\/'),
  'json, cleaned': (secret) =>
    JSON.stringify(secret)
      .slice(1, -1)
      .replaceAll(/[^\x20-\x7e]/g, '?'),
  'a page of Go': (secret) => `<h1>${secret.replaceAll(/[&<>"']/g, (char) => MARKS[char] ?? char)}</h1>`,
  'a page, its text only': (secret) => `<p>${secret.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</p>`,
  'a page, quotation marks kept': (secret) => `<p>${secret.replaceAll(/[&<>]/g, (char) => MARKS[char] ?? char)}</p>`,
  'an address': (secret) => `https://x/?a=${encodeURIComponent(secret)}&b=1`,
  'a form': (secret) => new URLSearchParams({ a: secret }).toString(),
  base64: (secret) => Buffer.from(secret).toString('base64'),
  'base64 for addresses': (secret) => Buffer.from(secret).toString('base64url'),
  'misread as Latin-1': (secret) => Buffer.from(secret).toString('latin1'),
  'cleaned to spaces': (secret) => secret.replaceAll(/[^\x20-\x7e]/g, ' '),
  'cleaned to nothing': (secret) => secret.replaceAll(/[^\x20-\x7e]/g, ''),
};

describe('a secret that comes back', () => {
  test.each(Object.entries(FORMS))('%s: is not in the text any more', (_name, form) => {
    for (const secret of SECRETS) {
      const text = form(secret);
      if (text.trim().length < 4) continue;
      const clean = redacted(secret, `before ${text} after`);
      expect(clean).not.toContain(text);
      expect(clean).toMatch(/^before .*after$/);
    }
  });

  test('inside a longer base64, at any place', () => {
    for (const name of ['a', 'bo', 'bob', 'bobb']) {
      const clean = redacted('a-long-secret-value', Buffer.from(`${name}:a-long-secret-value`).toString('base64'));
      expect(clean).toContain('***');
      expect(Buffer.from(clean.replaceAll('***', ''), 'base64').toString()).not.toContain('long-secret');
    }
  });

  test('cut off: its beginning goes too', () => {
    expect(redacted('a-long-secret-value', 'denied: a-long-secret-v')).toBe('denied: ***');
    expect(redacted('a-long-secret-value', '"a-long-secre…"')).toBe('"***…"');
    expect(redacted('production-secret-9', 'the production is down')).toBe('the production is down');
  });

  test('text without it stays as it is', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(redacted('zzzz-not-in-there-zzzz', text)).toBe(text);
      }),
    );
  });
});

describe('text of strangers', () => {
  const hostile = '\u001b]8;;http://x\u0007a\u009b31m\u202eb\u2066c\u2028d\u0000\u007f';

  test('in JSON: escaped, and the same when it is read', () => {
    const json = safeJsonText(JSON.stringify({ name: hostile }));
    // oxlint-disable-next-line no-control-regex -- these are what must not be there
    expect(json).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069\u2028\u2029]/);
    expect(json).toContain('\\u009b');
    expect(JSON.parse(json)).toEqual({ name: hostile });
  });

  test('elsewhere: replaced', () => {
    expect(withoutControls(`${hostile}\n\tx`)).toBe(
      '\ufffd]8;;http://x\ufffda\ufffd31m\ufffdb\ufffdc\ufffdd\ufffd\ufffd\n\tx',
    );
  });
});
