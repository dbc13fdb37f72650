// A local Hub with one repository, in a process of its own so that its memory is not counted.
//   serve-hub.mjs NAME '{"llama": OPTIONS}'   a generated Llama
//   serve-hub.mjs NAME '{"folder": PATH}'     the files of a directory
// Prints its address and ends with its parent's pipe.
import { buildLlama, startTestHub } from 'slipway/testing';

const [name, content] = process.argv.slice(2);
const { llama, folder } = JSON.parse(content);
const hub = await startTestHub({ repositories: { [name]: folder ?? buildLlama(llama) } });
console.log(hub.url);
process.stdin.resume().on('end', () => process.exit(0));
