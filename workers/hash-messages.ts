/** What the hashing thread is told. `stream` names one of the streams that it hashes side by side. */
export type HashOrder =
  | { readonly kind: 'open'; readonly stream: number; readonly memory: SharedArrayBuffer }
  /** The next bytes of the stream are in its memory, or in another, from `start` to `end`. */
  | {
      readonly kind: 'update';
      readonly stream: number;
      readonly start: number;
      readonly end: number;
      readonly memory?: SharedArrayBuffer;
    }
  | { readonly kind: 'rewind'; readonly stream: number; readonly offset: number }
  | { readonly kind: 'digest'; readonly stream: number }
  | { readonly kind: 'close'; readonly stream: number };

/** What the hashing thread says. */
export type HashAnswer =
  | { readonly kind: 'ready' }
  /** The oldest bytes that were under way may be overwritten. */
  | { readonly kind: 'taken'; readonly stream: number }
  | { readonly kind: 'rewound'; readonly stream: number; readonly offset: number }
  | { readonly kind: 'digest'; readonly stream: number; readonly hex: string }
  /** Nothing of the stream is read any more: its memory may be given to another. */
  | { readonly kind: 'closed'; readonly stream: number };

/** What the thread is started with. */
export interface HashSetup {
  /** Whether the main thread goes first where there are not cores enough. */
  readonly stepsBack: boolean;
}
