import { convert, download, pack, pipeline, push, runPipeline } from 'slipway';

const chain = pipeline(
  download('hf://Qwen/Qwen2.5-0.5B-Instruct'),
  convert({ quantize: ['Q4_K_M', 'Q8_0'] }),
  pack(),
  push('harbor.example.com/models/qwen'),
);
const { output, artifacts } = await runPipeline(
  { name: 'qwen', pipeline: chain },
  { home: '.pipeline', env: process.env },
);
console.log(output[0]?.reference, artifacts.length);
