// A model from the Hub, quantized twice from one reading, in Harbor. Nothing is kept on this machine.
//   export HARBOR_USER='robot$models+ci' HARBOR_TOKEN=…      (single quotes keep the dollar)
//   npx pipeline plan examples/hub-to-harbor.config.ts
//   npx pipeline run examples/hub-to-harbor.config.ts
import { convert, defineConfig, download, pack, pipeline, push } from 'slipway';

export default defineConfig(({ env }) => ({
  name: 'qwen2.5-0.5b',
  pipeline: pipeline(
    // A branch moves; put a commit here and the same digests come out every time.
    download('hf://Qwen/Qwen2.5-0.5B-Instruct', { revision: env['REVISION'] ?? 'main' }),
    convert({ quantize: ['Q8_0', 'Q4_K_M'], fallback: 'allow' }),
    pack({ annotations: { 'org.opencontainers.image.vendor': 'Example' } }),
    push('harbor.example.com/models/qwen2.5-0.5b', { overwrite: false }),
  ),
  store: 'none',
  limits: { memory: '512MiB', concurrency: 4 },
  credentials: {
    'harbor.example.com': { username: { env: 'HARBOR_USER' }, password: { env: 'HARBOR_TOKEN' } },
  },
}));
