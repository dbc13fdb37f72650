import { Option, type Command } from 'commander';

/** llama-quantize's own choices, as flags. */
export interface MixFlags {
  readonly imatrix?: string;
  readonly fallback?: 'error' | 'allow';
  readonly kernel?: 'auto' | 'wasm' | 'js' | 'native';
  readonly pure?: boolean;
  readonly leaveOutputTensor?: boolean;
  readonly outputTensorType?: string;
  readonly tokenEmbeddingType?: string;
  readonly allowRequantize?: boolean;
}

/** Adds them to a command. */
export function addMixOptions(command: Command): void {
  const add = (option: Option): void => {
    command.addOption(option.helpGroup('Quantization'));
  };
  add(new Option('--imatrix <file>', 'importance matrix, legacy binary or GGUF'));
  add(
    new Option('--fallback <rule>', 'for rows that a type does not fit: error above 5 % of the weights').choices([
      'error',
      'allow',
    ]),
  );
  add(new Option('--pure', 'one type for all tensors'));
  add(new Option('--leave-output-tensor', 'keep output.weight as it is'));
  add(new Option('--output-tensor-type <type>', 'tensor type of output.weight'));
  add(new Option('--token-embedding-type <type>', 'tensor type of the token embeddings'));
  add(new Option('--allow-requantize', 'quantize tensors that are quantized already'));
  add(
    new Option('--kernel <which>', 'what computes; native: SLIPWAY_LLAMA_CPP').choices([
      'auto',
      'wasm',
      'js',
      'native',
    ]),
  );
}
