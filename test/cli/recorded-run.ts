import type { RunEvent, StageEvent } from '../../src/core/index.js';

const START = Date.parse('2026-11-24T14:02:11.000Z');
const DIGEST = `sha256:${'5f1c'.repeat(16)}` as const;

type Body = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'v' | 'ts' | 'run'> : never) : never;

/**
 * A run as events.ndjson records one: a download of 3.1 GB that ends after 26 s, a conversion that runs behind it until
 * second 60, an upload that waits for it, a retry, a reset, a warning told twice, and names meant to do harm.
 */
export function recordedRun(): RunEvent[] {
  const events: RunEvent[] = [];
  const at = (seconds: number, body: Body | StageEvent): void => {
    const ts = new Date(START + seconds * 1000).toISOString();
    events.push({ v: 1, ts, run: '01M8805B75N3DZZT', ...body });
  };
  at(0, { type: 'run.start', version: '0.1.0', config: 'pipeline.config.ts', name: 'qwen2.5-1.5b' });
  at(0.2, {
    type: 'plan',
    stages: [
      { stage: 'download', summary: 'hf://…', bytesIn: 3_100_000_000, disk: 3_100_000_000 },
      { stage: 'convert', summary: 'Qwen2ForCausalLM → qwen2', bytesOut: 3_090_000_000 },
      { stage: 'quantize', summary: 'Q4_K_M', bytesOut: 990_000_000 },
      { stage: 'quantize', summary: 'Q8_0', bytesOut: 1_650_000_000 },
      { stage: 'pack', summary: '2 artifacts' },
      { stage: 'push', summary: 'harbor.example.com/models/qwen', bytesOut: 2_640_000_000 },
    ],
    warnings: ["'main' is a branch and may move"],
  });
  for (const stage of ['download', 'convert', 'pack', 'push']) at(0.3, { type: 'stage.start', stage, total: null });
  at(0.3, {
    type: 'item.skip',
    stage: 'download',
    id: 't',
    name: 'tokenizer.json',
    total: 11_000_000,
    reason: 'cached',
  });
  at(0.3, {
    type: 'item.start',
    stage: 'download',
    id: 'm',
    name: 'model\u001b[2J\u202egpj.safetensors',
    total: 3_089_000_000,
  });
  at(0.4, {
    type: 'item.start',
    stage: 'push',
    id: 'b',
    name: 'qwen2.5-1.5b-instruct-with-a-very-long-name-Q4_K_M.gguf',
    total: 990_000_000,
  });
  const warning = {
    type: 'warning',
    code: 'KERNEL_FALLBACK',
    message: 'WASM without SIMD',
    hint: '--kernel wasm',
  } as const;
  at(1, warning);
  at(1.1, warning);
  for (let second = 1; second <= 26; second += 1) {
    at(second, { type: 'item.progress', stage: 'download', id: 'm', done: second * 118_000_000, total: 3_089_000_000 });
    if (second === 10) {
      at(second, {
        type: 'item.reset',
        stage: 'download',
        id: 'm',
        from: 1_180_000_000,
        to: 1_100_000_000,
        reason: 'the mirror sent other bytes',
      });
    }
    if (second > 4) tensor(at, second, second);
  }
  at(26.3, {
    type: 'item.end',
    stage: 'download',
    id: 'm',
    name: 'model.safetensors',
    digest: DIGEST,
    size: 3_089_000_000,
    durationMs: 26_000,
  });
  for (let second = 27; second <= 60; second += 1) tensor(at, second, second);
  at(53, {
    type: 'retry',
    stage: 'push',
    id: 'b',
    attempt: 2,
    of: 5,
    delayMs: 1900,
    code: 'OCI_UNAVAILABLE',
    message: '503 from harbor.example.com',
  });
  for (let second = 61; second <= 70; second += 1) {
    at(second, { type: 'item.progress', stage: 'push', id: 'b', done: (second - 60) * 99_000_000, total: 990_000_000 });
  }
  at(70.5, {
    type: 'item.end',
    stage: 'push',
    id: 'b',
    name: 'b',
    digest: DIGEST,
    size: 990_000_000,
    durationMs: 70_000,
  });
  at(70.6, {
    type: 'artifact',
    reference: 'harbor.example.com/models/qwen:q4_k_m',
    digest: DIGEST,
    mediaType: 'm',
    size: 990_000_000,
  });
  at(70.7, { type: 'stage.end', stage: 'download', ok: true, durationMs: 26_000 });
  at(70.7, { type: 'stage.end', stage: 'convert', ok: true, summary: 'Q4_K_M, Q8_0', durationMs: 59_700 });
  at(70.7, { type: 'stage.end', stage: 'pack', ok: true, durationMs: 0 });
  at(70.7, { type: 'stage.end', stage: 'push', ok: true, summary: '1 artifact', durationMs: 70_200 });
  at(70.8, { type: 'run.end', ok: true, exitCode: 0, durationMs: 70_800 });
  return events.sort((a, b) => (a.ts < b.ts ? -1 : a.ts > b.ts ? 1 : 0));
}

function tensor(at: (seconds: number, body: StageEvent) => void, second: number, index: number): void {
  at(second + 0.5, {
    type: 'tensor',
    stage: 'convert',
    variant: index % 2 === 0 ? 'Q4_K_M' : 'Q8_0',
    name: `blk.${index}.ffn_down.weight`,
    from: 'BF16',
    to: 'Q6_K',
    weights: 60_000_000,
    size: 46_000_000,
  });
}
