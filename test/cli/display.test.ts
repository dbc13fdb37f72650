import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunEvent } from '../../src/core/index.js';
import type { Display } from '../../src/cli/display/display.js';
import { openDisplay } from '../../src/cli/display/open-display.js';
import { PlainDisplay } from '../../src/cli/display/plain.js';
import { Progress } from '../../src/cli/display/progress.js';
import { TtyDisplay } from '../../src/cli/display/tty.js';
import { FakeStream } from './fake-terminal.js';
import { recordedRun } from './recorded-run.js';
import { Screen } from './screen.js';

const UNICODE = { color: true, unicode: true };

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }));
afterEach(() => vi.useRealTimers());

/** Plays a run at its own pace and takes a picture at some of its seconds. */
function play(display: Display, shots: readonly number[], shoot: () => string): string[] {
  const pictures: string[] = [];
  const events = recordedRun();
  const start = Date.parse(events[0]?.ts ?? '');
  let now = 0;
  for (const event of events) {
    const at = Date.parse(event.ts) - start;
    while (now < at) {
      const step = Math.min(100, at - now);
      vi.advanceTimersByTime(step);
      now += step;
      if (shots.some((shot) => shot * 1000 > now - step && shot * 1000 <= now))
        pictures.push(`— ${now / 1000} s\n${shoot()}`);
    }
    display.onEvent(event);
  }
  display.close();
  return [...pictures, `— end\n${shoot()}`];
}

describe('the live region', () => {
  test.each([80, 40])('at %d columns', (columns) => {
    const screen = new Screen(columns, 24);
    const pictures = play(new TtyDisplay(screen, UNICODE), [0.9, 12, 20, 40, 65], () => screen.text());
    expect(pictures.join('\n\n')).toMatchSnapshot();
    for (const line of screen.lines) expect(line.length).toBeLessThanOrEqual(columns);
    expect(screen.cursorVisible).toBe(true);
  });

  test('survives a terminal that becomes narrower and wider again', () => {
    const screen = new Screen(80, 24);
    const display = new TtyDisplay(screen, UNICODE);
    let shots = 0;
    const pictures = play(display, [5, 15, 30], () => {
      shots += 1;
      screen.resize(shots % 2 === 1 ? 50 : 100);
      return screen.text();
    });
    // The last frame stands once; nothing of the region is left above it.
    expect(pictures.at(-1)?.match(/elapsed/g)).toBeNull();
    expect(pictures.at(-1)?.match(/✔ push/g)).toHaveLength(1);
  });

  test('fits a terminal of few rows', () => {
    const screen = new Screen(80, 8);
    const display = new TtyDisplay(screen, UNICODE);
    let most = 0;
    const notes = new Set<string>();
    play(
      display,
      Array.from({ length: 70 }, (_, second) => second),
      () => {
        const region = screen.lines.filter(
          (line) => /^[✔⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏ ] ?\S|^elapsed/.test(line) && !/^ {2}(try|!)/.test(line),
        );
        most = Math.max(most, region.length);
        notes.add(screen.text().split('\n')[0] ?? '');
        return '';
      },
    );
    expect(most).toBeLessThanOrEqual(6);
    expect(notes).toContain('qwen2.5-1.5b   plan ok: 3.10 GB in, 2.64 GB out, 2.89 GiB of disk');
  });

  test('has an alphabet for terminals without Unicode, and colours only where they are wanted', () => {
    const stream = Object.assign(new FakeStream(), { isTTY: true });
    play(new TtyDisplay(stream, { color: false, unicode: false }), [], () => '');
    // oxlint-disable-next-line no-control-regex -- colours are what must not be there
    expect(stream.text).not.toMatch(/\u001b\[[\d;]*m/);
    expect(stream.text).not.toMatch(/[━✔⠋]/u);
    expect(stream.text).toContain('####');
  });

  test('gives the cursor back when it is closed in the middle, once', () => {
    const screen = new Screen(80, 24);
    const display = new TtyDisplay(screen, UNICODE);
    for (const event of recordedRun().slice(0, 30)) display.onEvent(event);
    vi.advanceTimersByTime(300);
    expect(screen.cursorVisible).toBe(false);
    display.close();
    display.close();
    expect(screen.cursorVisible).toBe(true);
    expect(vi.getTimerCount()).toBe(0);
  });
});

test('plain lines: few, stamped, and every retry and warning once', () => {
  const stream = new FakeStream();
  play(new PlainDisplay(stream), [], () => '');
  expect(stream.text).toMatchSnapshot();
  expect(stream.text.split('\n').length).toBeLessThan(30);
  for (const code of ['\u001b', '\u202e']) expect(stream.text).not.toContain(code);
});

test('ndjson is the events themselves, and nothing else', () => {
  const stream = new FakeStream();
  const display = openDisplay('ndjson', stream, UNICODE, { env: {} });
  for (const event of recordedRun()) display.onEvent(event);
  display.note('for people');
  const lines = stream.text.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line) as RunEvent)).toEqual(recordedRun());
});

test('none is silent', () => {
  const stream = new FakeStream();
  const display = openDisplay('none', stream, UNICODE, { env: {} });
  for (const event of recordedRun()) display.onEvent(event);
  display.note('x');
  display.close();
  expect(stream.text).toBe('');
});

test.each([
  [{ isTTY: true }, {}, TtyDisplay],
  [{ isTTY: true }, { TERM: 'dumb' }, PlainDisplay],
  [{ isTTY: true }, { CI: '1' }, PlainDisplay],
  [{ isTTY: true }, { CI: 'false' }, TtyDisplay],
  [{ isTTY: true }, { CLAUDECODE: '1' }, PlainDisplay],
  [{ isTTY: false }, {}, PlainDisplay],
])('auto on %j with %j', (stream, env, kind) => {
  expect(openDisplay('auto', Object.assign(new FakeStream(), stream), UNICODE, { env })).toBeInstanceOf(kind);
});

test('the bottleneck is the stage that works, not one that waits for it', () => {
  const progress = new Progress();
  const seen = new Map<number, string | undefined>();
  for (const event of recordedRun()) {
    progress.apply(event);
    const second = Math.floor((progress.now - progress.startedAt) / 1000);
    if (progress.stages.length > 0) seen.set(second, progress.bottleneck()?.name);
  }
  expect(seen.get(40)).toBe('convert');
  expect(progress.stages.map(({ name }) => name)).toEqual(['download', 'convert', 'pack', 'push']);
});
