import { describe, expect, test } from 'vitest';
import { bottleneckOf, heldUpBy } from '../../src/run/bottleneck.js';
import { Traffic } from '../../src/run/traffic.js';
import { Waits } from '../../src/http/waits.js';

const hub = { host: 'hub.example', received: 1, sent: 0, receivingMs: 0, sendingMs: 0 };
const registry = { ...hub, host: 'registry.example' };
const used = { durationMs: 10_000, processorMs: 2000, processors: 2, hosts: [hub, registry] };

describe('what held a run up', () => {
  test.each([
    ['the processors', { ...used, processorMs: 19_000 }, ', held up by the processors (95 % busy)'],
    [
      'what is received',
      { ...used, hosts: [{ ...hub, receivingMs: 9000 }, registry] },
      ', held up by receiving from hub.example (90 % of the time)',
    ],
    [
      'what is sent, most of several',
      {
        ...used,
        processorMs: 12_000,
        hosts: [
          { ...hub, receivingMs: 7000 },
          { ...registry, sendingMs: 9900 },
        ],
      },
      ', held up by sending to registry.example (99 % of the time)',
    ],
    ['nothing that takes half of the time', { ...used, processorMs: 9000 }, ''],
    ['nothing in a run of a moment', { ...used, durationMs: 900, processorMs: 5000 }, ''],
  ])('is %s', (_, facts, text) => expect(heldUpBy(bottleneckOf(facts))).toBe(text));
});

test('requests that wait for one host at the same time are one wait', () => {
  let now = 0;
  const traffic = new Traffic(() => now);
  for (const [at, isWaiting] of [
    [1, true],
    [2, true],
    [5, false],
    [7, false],
    [10, true],
    [11, false],
  ] as const) {
    now = at;
    traffic.wait('received', 'hub.example', isWaiting);
  }
  expect(traffic.hosts()).toEqual([{ ...hub, received: 0, receivingMs: 7 }]);
});

test('a sender waits while a chunk is with the receiver, a reader while none is there', async () => {
  const told: boolean[] = [];
  const made: string[] = [];
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (const name of ['a', 'b']) {
      made.push(`${name} while ${told.at(-1) === true ? 'waiting' : 'at work'}`);
      yield Buffer.from(name);
    }
  }
  const sending = new Waits((isWaiting) => told.push(isWaiting));
  sending.set(true);
  for await (const _ of sending.sending(chunks())) expect(told.at(-1)).toBe(true);
  expect(made.splice(0)).toEqual(['a while at work', 'b while at work']);
  expect(told.at(-1)).toBe(true);
  const receiving = new Waits((isWaiting) => told.push(isWaiting));
  for await (const _ of receiving.receiving(chunks())) expect(told.at(-1)).toBe(false);
  expect(made).toEqual(['a while waiting', 'b while waiting']);
  expect(told.at(-1)).toBe(false);
});

test('a body that is still being made when its answer has come waits for nothing', async () => {
  const told: boolean[] = [];
  const waits = new Waits((isWaiting) => told.push(isWaiting));
  waits.set(true);
  async function* late(): AsyncGenerator<Uint8Array> {
    waits.end();
    yield Buffer.from('a');
  }
  for await (const _ of waits.sending(late())) expect(told.at(-1)).toBe(false);
  expect(told.at(-1)).toBe(false);
});
