/** Packages that only some users need, with what each is for: the optional peer dependencies of package.json. */
export const OPTIONAL_PACKAGES: Readonly<Record<string, string>> = {
  '@aws-sdk/client-s3': 'models on S3 (s3://bucket/prefix)',
  '@kubernetes/client-node': 'talking to a cluster',
  '@node-llama-cpp/linux-arm64': 'running models: evaluate, imatrix',
  '@node-llama-cpp/linux-x64': 'running models: evaluate, imatrix',
  '@node-llama-cpp/mac-arm64-metal': 'running models: evaluate, imatrix',
  '@opentelemetry/api': 'spans and metrics of runs',
  '@sigstore/bundle': 'keyless signatures (Sigstore)',
  '@sigstore/protobuf-specs': 'keyless signatures (Sigstore)',
  '@sigstore/sign': 'keyless signing (Sigstore)',
  '@sigstore/verify': 'verifying keyless signatures (Sigstore)',
  'onnxruntime-node': 'running ONNX models: evaluate',
};

const PLATFORMS: Readonly<Record<string, string>> = {
  '@node-llama-cpp/linux-arm64': 'linux arm64',
  '@node-llama-cpp/linux-x64': 'linux x64',
  '@node-llama-cpp/mac-arm64-metal': 'darwin arm64',
};

/** Whether a package can be of use on a platform (`linux x64`). */
export function isForPlatform(name: string, platform: string): boolean {
  return (PLATFORMS[name] ?? platform) === platform;
}
