import { SlipwayError } from '../../core/index.js';
import { formatReference, parseReference, recognisedAddress } from '../../registry/index.js';

/** Where an artifact goes: an address for push(), and the tags that the reference named. */
export interface TaggedTarget {
  readonly to: string;
  /** Absent when there is none: the target's stage has its own rule then. */
  readonly tags?: readonly string[];
}

/** Splits `host/repository:tag` or `layout:./dir:tag`. Throws `USAGE` for a digest: what is pushed makes its own. */
export function taggedTarget(text: string, more: readonly string[] = []): TaggedTarget {
  const { tag, digest, ...repository } = parseReference(recognisedAddress(text));
  if (digest !== undefined) {
    throw new SlipwayError('USAGE', `'${text}' names a digest, but what is pushed decides its own`, {
      try: text.replace(/@sha256:.*$/, ''),
    });
  }
  const tags = [...(tag === undefined ? [] : [tag]), ...more];
  return { to: formatReference(repository), ...(tags.length > 0 && { tags }) };
}
