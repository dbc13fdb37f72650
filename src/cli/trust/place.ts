import { statSync } from 'node:fs';
import { SlipwayError } from '../../core/index.js';
import { givenSource, isArtifact } from '../arguments/any-source.js';

/** What people sign and verify. */
export type TrustPlace =
  | { readonly kind: 'artifact'; readonly address: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'file'; readonly path: string };

/** Tells an artifact from a directory and a file. Throws `USAGE`, `NOT_FOUND`. */
export function trustPlace(typed: string, path: (typed: string) => string): TrustPlace {
  const found = givenSource(typed, path);
  if (isArtifact(found)) return { kind: 'artifact', address: found.source };
  if (/^[a-z]+:\/\//i.test(found.source)) {
    throw new SlipwayError('USAGE', `'${typed}' cannot be signed or verified where it is`, {
      try: ['a reference: host/repository:tag', 'a directory', 'a file: model.gguf'],
    });
  }
  const absolute = path(typed);
  const stats = statSync(absolute, { throwIfNoEntry: false });
  if (stats === undefined) {
    throw new SlipwayError('NOT_FOUND', `there is no '${typed}'`, {
      where: absolute,
      try: 'a reference has a host in front: host/repository:tag',
    });
  }
  return { kind: stats.isDirectory() ? 'directory' : 'file', path: absolute };
}
