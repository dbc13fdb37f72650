// A local Hub with one generated Llama, in a process of its own so that its memory is not counted.
// Prints its address and ends with its parent's pipe.
import { buildLlama, startTestHub } from 'slipway/testing';

const [name, options] = process.argv.slice(2);
const hub = await startTestHub({ repositories: { [name]: buildLlama(JSON.parse(options)) } });
console.log(hub.url);
process.stdin.resume().on('end', () => process.exit(0));
