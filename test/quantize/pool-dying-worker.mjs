// A worker that dies when asked for Q8_0, never answers when asked for Q6_K, and works otherwise.
import encode from '#workers/encode.js';

export default function unreliable(task) {
  if (task.to.type === 'Q8_0') process.exit(3);
  if (task.to.type === 'Q6_K') for (;;);
  return encode(task);
}
