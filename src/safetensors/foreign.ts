/** Names that PyTorch, TensorFlow and others give to weights that only their own loaders can read. */
const WEIGHTS_WITH_CODE =
  /(?:^|\/)(?:pytorch_model[^/]*\.bin|(?:model|consolidated|adapter_model|flax_model|tf_model)[^/]*\.(?:bin|msgpack|h5)|[^/]+\.(?:pt|pth|ckpt|pkl|pickle|joblib|npy|npz|keras|pb|nemo|mar|dill))$/i;

/** True for names of weight files that are refused and never opened. */
export function carriesCode(path: string): boolean {
  return WEIGHTS_WITH_CODE.test(path);
}
