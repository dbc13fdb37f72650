// Turns of a thread: how late its timers come, and how much of that it waited for a core. Run as a command it is the floor: a
// process that does nothing else, beside the load; it prints what it saw when its parent's pipe ends.
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';

const EVERY_MS = 5;
const LONG_MS = 50;

/** Begins to look; the function it returns ends it and says what was seen. */
export function watchTurns() {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const seen = { longest: 0, above: 0, starved: 0 };
  const begun = waitedForCore();
  let [last, waited] = [performance.now(), begun];
  // A look that comes later than it was asked for waited for a turn, and the thread perhaps for a core.
  const timer = setInterval(() => {
    const [now, wait] = [performance.now(), waitedForCore()];
    const turn = now - last - EVERY_MS;
    const own = turn - (wait - waited);
    [last, waited] = [now, wait];
    seen.longest = Math.max(seen.longest, turn);
    if (turn <= LONG_MS) return;
    seen.above += 1;
    if (own <= LONG_MS) seen.starved += 1;
  }, EVERY_MS);
  const used = performance.eventLoopUtilization();
  const started = performance.now();
  return () => {
    clearInterval(timer);
    delay.disable();
    return {
      ...seen,
      p50: delay.percentile(50) / 1e6,
      p99: delay.percentile(99) / 1e6,
      utilization: performance.eventLoopUtilization(used).utilization,
      waiting: (waitedForCore() - begun) / (performance.now() - started),
    };
  };
}

/** Milliseconds that the main thread was ready to work and had no core (Linux; elsewhere none is known of). */
function waitedForCore() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}

if (process.argv[1] === import.meta.filename) {
  const end = watchTurns();
  process.stdin.resume().on('end', () => {
    console.log(JSON.stringify(end()));
    process.exit(0);
  });
}
