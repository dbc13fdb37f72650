// The Hub and the registry of scale.mjs: prints their addresses, then a number for every line on stdin: bytes of weights
// that were read to be sent. Ends with its parent's pipe.
import { createInterface } from 'node:readline';
import { buildLlama, startTestHub, startTestRegistry } from 'slipway/testing';

let sent = 0;
let weights = 0;
/** The same file; what is read of it is counted. */
const counted = (file) => {
  if (!file.path.endsWith('.safetensors')) return file;
  weights += file.size;
  return {
    ...file,
    async *read(range, signal, hints) {
      for await (const chunk of file.read(range, signal, hints)) {
        sent += chunk.byteLength;
        yield chunk;
      }
    },
  };
};
const files = buildLlama(JSON.parse(process.argv[2])).map(counted);
const [hub, registry] = [await startTestHub({ repositories: { 'bench/llama': files } }), await startTestRegistry()];
// Digests that the Hub makes when it starts are not what a client has asked for.
sent = 0;
console.log(JSON.stringify({ hub: hub.url, registry: registry.host, weights }));
createInterface({ input: process.stdin })
  .on('line', () => console.log(sent))
  .on('close', () => process.exit(0));
