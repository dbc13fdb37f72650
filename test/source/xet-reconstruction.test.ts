import { expect, test } from 'vitest';
import { checkedReconstruction } from '../../src/source/xet-reconstruction.js';

const FILE = { path: 'model.safetensors', size: 5 };

async function* body(text: string): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(text));
}

function answer(end: string): string {
  const part = `{"chunks":{"start":0,"end":1},"bytes":{"start":0,"end":${end}}}`;
  const entry = `{"url":"https://transfer.xethub.hf.co/x","ranges":[${part}]}`;
  return `{"offset_into_first_range":0,"terms":[{"hash":"a","unpacked_length":5}],"xorbs":{"a":[${entry}]}}`;
}

const check = async (text: string): Promise<string> => checkedReconstruction(body(text), { start: 0, end: 5 }, FILE);

test('an answer about the range is handed on', async () => {
  expect(JSON.parse(await check(answer('9')))).toMatchObject({ terms: [{ unpacked_length: 5 }] });
});

test.each([
  ['nesting without an end', answer(`${'['.repeat(20_000)}${']'.repeat(20_000)}`)],
  ['no JSON', '{'],
  ['no list of parts', '{"offset_into_first_range":0,"terms":5,"xorbs":{}}'],
  ['no list of xorbs', '{"offset_into_first_range":0,"terms":[],"xorbs":{"a":5}}'],
])('%s makes no sense, and says so', async (_, text) => {
  await expect(check(text)).rejects.toMatchObject({ code: 'HUB_UNAVAILABLE' });
});
