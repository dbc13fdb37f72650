// The whole chain on this machine: a small Llama made here, served by a local Hub, goes through the real pipeline.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { buildLlama, startTestHub } from 'slipway/testing';

const model = buildLlama({ layers: 4, hidden: 512, heads: 8, kvHeads: 4, vocab: 2048, seed: 1 });
const hub = await startTestHub({ repositories: { 'slipway/tiny-llama': model } });
const main = fileURLToPath(new URL('../dist/lib/cli/main.js', import.meta.url));
const config = fileURLToPath(new URL('quickstart.config.ts', import.meta.url));

console.error(`$ pipeline run examples/quickstart.config.ts      (Hub: ${hub.url})\n`);
const child = spawn(process.execPath, [main, 'run', config, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { ...process.env, HF_ENDPOINT: hub.url },
});
const [code, signal] = await once(child, 'exit');
await hub.close();
if (code === 0) {
  console.error(`
The model is in ./.quickstart/models, an OCI image layout. Look at it:
  npx pipeline inspect layout:./.quickstart/models:q4_k_m
A model of your own: put hf://org/name in download(), and in push() your registry, such as
  push('harbor.example.com/models/name')      after  npx pipeline login harbor.example.com`);
}
process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1);
