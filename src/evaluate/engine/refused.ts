import { SlipwayError } from '../../core/index.js';
import { ChildError } from './child.js';

/** What the library said about a model, as an error of ours. */
export function engineRefusal(error: unknown, name: string): unknown {
  if (!(error instanceof ChildError)) return error;
  if (error.code === 'OUT_OF_MEMORY' || /failed to allocate|unable to allocate|bad_alloc/i.test(error.message)) {
    return new SlipwayError('MEMORY_LIMIT', `there is not enough memory for '${name}'`, {
      got: error.message,
      try: ['a smaller --context', 'fewer --sequences'],
    });
  }
  return new SlipwayError('MODEL_INVALID', `llama.cpp refuses '${name}'`, { where: name, got: error.message });
}
