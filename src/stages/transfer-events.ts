import type { RunContext } from '../core/index.js';
import type { TransferEvent } from '../registry/index.js';

/** Tells a transfer's events in the words of the run, as those of a stage. */
export function tellTransfer(event: TransferEvent, stage: string, context: RunContext): void {
  switch (event.type) {
    case 'start':
      return context.emit({ ...event, type: 'item.start', stage });
    case 'progress':
      return context.emit({ ...event, type: 'item.progress', stage });
    case 'reset':
      return context.emit({ ...event, type: 'item.reset', stage });
    case 'resume':
      return context.emit({ ...event, type: 'item.resume', stage });
    case 'skip':
      return context.emit({ ...event, type: 'item.skip', stage });
    case 'end':
      return context.emit({ ...event, type: 'item.end', stage, durationMs: 0 });
    case 'warning':
      return context.emit({ type: 'warning', code: 'REGISTRY_WARNING', message: event.message });
    case 'manifest':
    case 'tag':
  }
}
