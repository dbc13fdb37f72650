import { assert, boolean, nat, property, uint8Array } from 'fast-check';
import { expect, test } from 'vitest';
import { copyBytes } from '../../workers/copy-bytes.js';

function memory(size: number, shared: boolean): Uint8Array {
  return new Uint8Array(shared ? new SharedArrayBuffer(size) : new ArrayBuffer(size));
}

test('copies what `set` copies, whoever shares the memories', () => {
  assert(
    property(uint8Array({ maxLength: 300 }), nat(40), nat(40), boolean(), boolean(), (bytes, from, at, s, t) => {
      const [source, target] = [memory(bytes.length + from, s).subarray(from), memory(bytes.length + at + 9, t)];
      source.set(bytes);
      const inner = target.subarray(3).fill(7);
      const wanted = inner.slice();
      wanted.set(bytes, at);
      copyBytes(source, inner, at);
      expect(inner.slice()).toEqual(wanted);
      expect([...target.subarray(0, 3)]).toEqual([0, 0, 0]);
    }),
  );
});

test.each([true, false])('refuses bytes that do not fit (shared: %s)', (shared) => {
  const target = memory(4, shared);
  expect(() => copyBytes(new Uint8Array(3), target, 2)).toThrow(RangeError);
  expect(() => copyBytes(new Uint8Array(1), target, -1)).toThrow(RangeError);
  expect([...target]).toEqual([0, 0, 0, 0]);
});
