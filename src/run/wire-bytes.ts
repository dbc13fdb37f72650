import type { RunEvent } from '../core/index.js';

type StageEvent = Extract<RunEvent, { stage: string }>;

/** How far an item is, and how many bytes have moved for it. */
interface Seen {
  done: number;
  moved: number;
}

/**
 * Bytes that really moved, drawn from the events of items: what was there already, or was left by an earlier process, is not
 * among them, and what was sent twice counts twice.
 */
export class WireBytes {
  readonly #items = new Map<string, Seen>();

  /** Takes the next event and says how many bytes have moved since the one before, of its stage. */
  add(event: StageEvent): number {
    switch (event.type) {
      case 'item.start':
      case 'item.resume':
        this.#seen(event).done = event.type === 'item.resume' ? event.done : 0;
        return 0;
      case 'item.reset':
        this.#seen(event).done = event.to;
        return 0;
      case 'item.progress':
        return this.#move(this.#seen(event), event.done, event.moved);
      case 'item.end':
        return this.#move(this.#seen(event), event.size, event.moved);
      default:
        return 0;
    }
  }

  #move(seen: Seen, done: number, moved: number | undefined): number {
    const bytes = moved === undefined ? Math.max(0, done - seen.done) : Math.max(0, moved - seen.moved);
    seen.done = done;
    seen.moved += bytes;
    return bytes;
  }

  #seen({ stage, id }: { readonly stage: string; readonly id: string }): Seen {
    const key = `${stage}\n${id}`;
    const seen = this.#items.get(key) ?? { done: 0, moved: 0 };
    this.#items.set(key, seen);
    return seen;
  }
}
