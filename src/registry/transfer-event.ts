import type { Digest, SkipReason } from '../core/index.js';

/**
 * What pushing and copying tell while they work, in the words of `StageEvent`: a stage adds its name and `item.`.
 * `id` is unique within one call.
 */
export type TransferEvent =
  | { readonly type: 'start'; readonly id: string; readonly name: string; readonly total: number }
  | { readonly type: 'progress'; readonly id: string; readonly done: number; readonly total: number }
  | { readonly type: 'reset'; readonly id: string; readonly from: number; readonly to: number; readonly reason: string }
  /** What an earlier process has sent is there: it goes on at `done`. */
  | {
      readonly type: 'resume';
      readonly id: string;
      readonly name: string;
      readonly done: number;
      readonly total: number;
    }
  | {
      readonly type: 'skip';
      readonly id: string;
      readonly name: string;
      readonly total: number;
      readonly reason: SkipReason;
    }
  | { readonly type: 'end'; readonly id: string; readonly name: string; readonly digest: Digest; readonly size: number }
  | { readonly type: 'manifest'; readonly digest: Digest; readonly mediaType: string; readonly size: number }
  | { readonly type: 'tag'; readonly reference: string; readonly digest: Digest }
  | { readonly type: 'warning'; readonly message: string };

export type OnTransfer = (event: TransferEvent) => void;
