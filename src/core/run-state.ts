/** The name of one thing that the stages of a run share, with its type. Made once, at the top of the module that owns the thing. */
export interface RunKey<T> {
  readonly name: string;
  /** Never set: it ties the type to the key. */
  readonly type?: T;
}

/** A key of its own, equal to no other. `name` is for people who debug. */
export function runKey<T>(name: string): RunKey<T> {
  return { name };
}

/**
 * What the stages of one run have in common (the HTTP client, the worker threads, what a plan has listed for its run). It travels with
 * the context and ends with it: nothing is kept beside the run.
 */
export class RunState {
  readonly #kept = new Map<RunKey<unknown>, unknown>();

  /** What is kept under a key, or `undefined`. */
  get<T>(key: RunKey<T>): T | undefined {
    // Only `set` fills the map, and it asks for the key's own type.
    return this.#kept.get(key) as T | undefined;
  }

  set<T>(key: RunKey<T>, value: T): T {
    this.#kept.set(key, value);
    return value;
  }

  /** What is kept under a key; what `make` returns is kept when there is nothing yet. */
  of<T>(key: RunKey<T>, make: () => T): T {
    return this.get(key) ?? this.set(key, make());
  }
}
