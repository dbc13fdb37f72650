import { convert, defineConfig, download, pack, pipeline, push } from 'slipway';

export default defineConfig({
  name: 'tiny-llama',
  pipeline: pipeline(
    download('hf://slipway/tiny-llama'), // your model: hf://Qwen/Qwen2.5-1.5B-Instruct
    convert({ quantize: ['Q4_K_M', 'Q8_0'] }),
    pack(), // ModelPack; for a Harbor the family of formats that it shows
    push('layout:./.quickstart/models'), // your registry: push('harbor.example.com/models/tiny-llama')
  ),
});
