// One row a mutant: the promise, the line that keeps it, what the line becomes, and the tests that must notice.
const BACKOFF = ['test/http/backoff.test.ts'];
const AGAIN = ['test/http/try-again.test.ts'];
const CLIENT = ['test/http/client.test.ts'];
const REALM = ['test/registry/realm.test.ts', 'test/registry/trust.test.ts', 'test/registry/credentials.test.ts'];
const REFERENCE = ['test/registry/reference.test.ts'];
const MANIFEST = ['test/registry/manifest.test.ts'];
const TAGS = ['test/stages/tags-last.test.ts'];
const TARGETS = ['test/registry/targets.test.ts', 'test/registry/faults.test.ts'];
const GGUF = ['test/gguf/hostile.test.ts', 'test/gguf/golden.test.ts'];
const SPLIT = ['test/gguf/split.test.ts'];
const TENSORS = ['test/safetensors/reader.test.ts', 'test/safetensors/verdicts.test.ts'];
const MIXES = ['test/quantize/mixes.test.ts', 'test/quantize/refusals.test.ts'];
const RUN = ['test/run/run.test.ts', 'test/run/preflight.test.ts', 'test/run/report.test.ts'];

const row = (promise, file, from, to, tests, only) => ({ promise, file, from, to, tests, only });

export const MUTANTS = [
  // http: what is repeated, and how long it is waited
  row('the back-off doubles', 'src/http/retry.ts', 'baseMs * 2 ** (attempt - 1)', 'baseMs * attempt', BACKOFF),
  row('the back-off has a ceiling', 'src/http/retry.ts', 'LONGEST_BACKOFF_MS = 30_000', 'LONGEST_BACKOFF_MS = 90_000', BACKOFF),
  row('half of the wait is chance', 'src/http/retry.ts', '(Math.random() * ceiling) / 2', 'ceiling / 2', BACKOFF),
  row('half of the wait is sure', 'src/http/retry.ts', 'ceiling / 2 + (', '0 + (', BACKOFF),
  row('Retry-After is honoured', 'src/http/retry.ts', 'Math.max(asked ?? 0, backoff)', 'backoff', BACKOFF),
  row('too long a Retry-After ends the waiting', 'src/http/retry.ts', 'asked > LONGEST_WAIT_MS', 'asked > LONGEST_WAIT_MS * 10', BACKOFF),
  row('Retry-After is in seconds', 'src/http/retry.ts', 'return Number(value) * 1000;', 'return Number(value);', BACKOFF),
  row('408 is worth another try', 'src/http/try-again.ts', "  [408, 'may pass'],\n", '', AGAIN),
  row('501 is not', 'src/http/try-again.ts', "  [500, 'may pass'],", "  [500, 'may pass'],\n  [501, 'may pass'],", AGAIN),
  row('500 may have been carried out', 'src/http/try-again.ts', "[500, 'may pass']", "[500, 'nothing done']", AGAIN),
  row('503 was not carried out', 'src/http/try-again.ts', "[503, 'nothing done']", "[503, 'may pass']", AGAIN),
  row('POST is not repeated', 'src/http/try-again.ts', "'PUT', 'DELETE']", "'PUT', 'DELETE', 'POST']", AGAIN),
  row('the Hub asks the table', 'src/source/hub-answer.ts', 'retryable: isTransient(response.status)', 'retryable: response.status >= 500', AGAIN),
  row('a registry asks the table', 'src/registry/remote/registry-error.ts', 'full === undefined && isTransient(status)', 'full === undefined && status >= 500', AGAIN),
  row('Harbor asks the table', 'src/harbor/api-error.ts', 'retryable: isTransient(status)', 'retryable: status >= 500', AGAIN),
  row('a token server asks the table', 'src/registry/auth/token.ts', 'retryable: isTransient(status)', 'retryable: true', AGAIN),
  // http: credentials and redirects
  row('no redirect from https to http', 'src/http/redirect.ts', "hop.url.protocol === 'https:' && url.protocol === 'http:'", 'false', ['test/http/tls.test.ts', ...CLIENT]),
  row('credentials stay with their origin', 'src/http/redirect.ts', 'sameOrigin ? hop.headers : harmless(hop.headers)', 'hop.headers', CLIENT),
  row('a body is not replayed elsewhere', 'src/http/redirect.ts', 'if (hasBody && !sameOrigin)', 'if (false)', CLIENT),
  row('redirects end', 'src/http/redirect.ts', 'MOST_REDIRECTS = 5', 'MOST_REDIRECTS = 50', CLIENT),
  row('an Authorization header is a secret', 'src/http/secrets.ts', '/authorization|cookie|token|secret|key/', '/cookie|token|secret|key/', CLIENT),
  row('a query is never shown', 'src/http/secrets.ts', '${protocol}//${host}${pathname}`', '${protocol}//${host}${pathname}${new URL(url).search}`', CLIENT),
  row('private addresses are not public', 'src/http/address.ts', "  ['10.0.0.0', 8, 'ipv4'],\n", '', [...CLIENT, ...REALM]),
  row('link-local addresses (metadata services) are not public', 'src/http/address.ts', "  ['169.254.0.0', 16, 'ipv4'],\n", '', [...CLIENT, ...REALM]),
  // registry: where credentials may go
  row('a realm is https', 'src/registry/auth/realm.ts', "if (url.protocol !== 'https:' && !(url.protocol === 'http:' && registry.protocol === 'http:')) {", 'if (false) {', REALM),
  row('a realm of another host needs a word', 'src/registry/auth/realm.ts', "throw refused(registry, 'is another host that nobody vouched for'", "if (url.port !== '') return { url, publicOnly: false };\n  throw refused(registry, 'is another host that nobody vouched for'", REALM),
  row('a realm carries no user', 'src/registry/auth/realm.ts', "if (url.username !== '' || url.password !== '') throw", "if (url.password === '-') throw", REALM),
  row('a realm carries no fragment', 'src/registry/auth/realm.ts', "if (url.hash !== '') throw", "if (url.hash === '-') throw", REALM),
  row('a known realm is looked up in public', 'src/registry/auth/realm.ts', 'return { url, publicOnly: true };', 'return { url, publicOnly: false };', REALM),
  row('an old token is not used', 'src/registry/auth/authorizer.ts', 'cached.renewAt > now()', 'cached.renewAt > 0', [...REALM, 'test/registry/identity-token.test.ts', ...TARGETS]),
  row('a token with spaces smuggles nothing', 'src/registry/auth/token.ts', '/^[\\x21-\\x7e]+$/.test(value)', 'value.length > 0', REALM),
  // registry: references and manifests
  row('repositories are lower case', 'src/registry/reference.ts', 'COMPONENT = /^[a-z0-9]+', 'COMPONENT = /^[A-Za-z0-9]+', REFERENCE),
  row('tags have 128 characters at most', 'src/registry/reference.ts', '[A-Za-z0-9._-]{0,127}$/', '[A-Za-z0-9._-]{0,200}$/', REFERENCE),
  row('ports end at 65535', 'src/registry/reference.ts', 'Number(port) > 65_535', 'Number(port) > 99_999', REFERENCE),
  row('Docker Hub has one name', 'src/registry/reference.ts', "if (DOCKER_HUB.has(lower) && (port === undefined || port === '443')) return 'docker.io';", '', REFERENCE),
  row('a manifest with two faces is refused', 'src/registry/manifest.ts', 'if (both !== undefined) throw', "if (both === '-') throw", MANIFEST),
  row('a manifest is what it was announced as', 'src/registry/manifest.ts', 'own !== undefined && !generic && own !== mediaType', 'false', MANIFEST),
  row('sizes are whole and not negative', 'src/registry/manifest.ts', '|| !Number.isSafeInteger(size) || size < 0)', ')', MANIFEST),
  row('digests are digests', 'src/registry/manifest.ts', 'if (!isDigest(digest)) throw', "if (digest === '-') throw", MANIFEST),
  row('descriptors are counted', 'src/registry/manifest.ts', 'if (value.length > MOST_DESCRIPTORS) throw', 'if (value.length > 10 * MOST_DESCRIPTORS) throw', MANIFEST),
  // registry: tags come last
  row('tags come after the audit', 'src/registry/push-artifacts.ts', '  await options.beforeTags?.();\n  for (const { descriptor, tag } of moves) {', '  for (const { descriptor, tag } of moves) {', TAGS),
  row('the audit is asked', 'src/stages/push.ts', "{ beforeTags: async () => input.confirm?.(context.signal) }", '{}', TAGS),
  row('noOverwrite looks before', 'src/registry/push-artifacts.ts', 'if (options.noOverwrite === true) await', 'if (false) await', ['test/stages/chain.test.ts', ...TARGETS]),
  row('a copy looks before', 'src/stages/copy.ts', 'for (const one of overwrite ? [] : moves)', 'for (const one of [] as readonly Move[])', ['test/stages/copy.test.ts']),
  row('what is not there is no error', 'src/registry/find-reference.ts', 'if (isNotThere(error)) return undefined;', '', ['test/stages/copy.test.ts', ...TARGETS]),
  // gguf: bounds of the reader and the layout
  row('tensors are counted', 'src/gguf/reader.ts', "cursor.count('tensors', limits.tensors,", "cursor.count('tensors', Number.MAX_SAFE_INTEGER,", GGUF),
  row('keys are counted', 'src/gguf/reader.ts', "cursor.count('metadata keys', limits.keys,", "cursor.count('metadata keys', Number.MAX_SAFE_INTEGER,", GGUF),
  row('dimensions are counted', 'src/gguf/read-tensors.ts', 'if (rank > limits.dimensions) {', 'if (rank > 99) {', GGUF),
  row('names are told apart', 'src/gguf/read-tensors.ts', 'if (names.has(name)) throw', "if (name === '') throw", GGUF),
  row('rows are whole blocks', 'src/gguf/read-tensors.ts', 'rowLength % BigInt(type.blockLength) !== 0n', 'false', GGUF),
  row('a tensor fits the file', 'src/gguf/read-tensors.ts', 'if (size > BigInt(fileSize)) {', 'if (false) {', GGUF),
  row('offsets are the running sum', 'src/gguf/reader.ts', 'if (stated !== BigInt(offset)) {', 'if (false) {', GGUF),
  row('the data is there', 'src/gguf/reader.ts', 'if (dataOffset + offset + size > file.size) {', 'if (false) {', GGUF),
  row('nothing is allocated for what cannot be there', 'src/gguf/header-cursor.ts', 'if (end > this.#file.size) {', 'if (false) {', GGUF),
  row('the header is bounded', 'src/gguf/header-cursor.ts', 'if (end > this.#limit) {', 'if (false) {', GGUF),
  row('a split is full when it is full', 'src/gguf/split.ts', 'size + bytes > (maxSize ?? 0)', 'size > (maxSize ?? 0)', SPLIT),
  // safetensors: every byte belongs to one tensor
  row('no tensor overlaps, no hole', 'src/safetensors/header.ts', 'if (tensor.start !== at) {', 'if (tensor.start < at) {', TENSORS),
  row('no overlap', 'src/safetensors/header.ts', 'if (tensor.start !== at) {', 'if (tensor.start > at) {', TENSORS),
  row('the file ends with its tensors', 'src/safetensors/header.ts', 'if (at !== fileSize) {', 'if (at > fileSize) {', TENSORS),
  row('the file is whole', 'src/safetensors/header.ts', 'if (at !== fileSize) {', 'if (at < fileSize) {', TENSORS),
  row('a length follows from its shape', 'src/safetensors/header.ts', 'if (size !== to - from) {', 'if (size === undefined) {', TENSORS),
  row('a range runs forwards', 'src/safetensors/header.ts', '|| to < from) {', ') {', TENSORS),
  row('unknown types are refused', 'src/safetensors/header.ts', 'if (!isDtype(dtype)) throw', "if (dtype === '') throw", TENSORS),
  row('the header begins with a brace', 'src/safetensors/header.ts', 'if (json[0] !== 0x7b) throw', 'if (json[0] === 0) throw', TENSORS),
  row('names hold no control characters', 'src/safetensors/header.ts', "name === '' || /[\\u0000-\\u001f\\u007f]/.test(name) ||", "name === '' ||", TENSORS),
  row('an overflow counts', 'src/safetensors/header.ts', 'if (bits > most) return undefined;', '', TENSORS),
  // quantize
  row('quantized weights are not quantized again', 'src/quantize/quantize-checks.ts', 'if (allowRequantize) return;', 'return;', MIXES),
  row('IQ2 needs a matrix', 'src/quantize/quantize-checks.ts', "'IQ2_XXS', 'IQ2_XS', 'IQ2_S', 'IQ1_M', 'IQ1_S']);\n/** Types that ggml", "'IQ1_M', 'IQ1_S']);\n/** Types that ggml", MIXES),
  row('a matrix fits its tensor', 'src/quantize/quantize-checks.ts', 'importance.length === expected) return importance;', 'importance.length > 0) return importance;', MIXES),
  row('above 5 % of replaced types is an error', 'src/quantize/quantize-checks.ts', 'TOLERATED_SHARE = 0.05', 'TOLERATED_SHARE = 0.9', MIXES),
  row('layers move up', 'src/quantize/prune-layers.ts', 'layer < first ? layer : next', 'layer', [...MIXES, 'test/quantize/tools.test.ts']),
  row('rules are put into lower case', 'src/quantize/options.ts', 'text.slice(0, at).toLowerCase()', 'text.slice(0, at)', [...MIXES, 'test/quantize/tools.test.ts']),
  row('layers are listed once, in order', 'src/quantize/options.ts', 'return [...new Set(layers)].sort((a, b) => a - b);', 'return layers;', [...MIXES, 'test/quantize/tools.test.ts']),
  // run
  row('tokens are redacted', 'src/run/redact.ts', '/^(HF_TOKEN|HUGGING', '/^(HUGGING', RUN),
  row('secrets are redacted encoded, too', 'src/run/redact.ts', ', encodeURIComponent(value)]', ']', RUN),
  row('a run needs room', 'src/run/preflight.ts', 'if (free === undefined || free >= disk) return;', 'return;', RUN),
  row('a plan needs memory', 'src/run/preflight.ts', 'if (needs.memory > limits.memory) {', 'if (false) {', RUN),
  row('one file system, one room', 'src/run/preflight.ts', '(await deviceOf(place)) ?? place', 'place', RUN),
  row('memory is the largest stage’s', 'src/run/preflight.ts', 'Math.max(0, ...reports.map((report) => report.memory ?? 0))', 'Math.min(0, ...reports.map((report) => report.memory ?? 0))', RUN),
  row('records are their owner’s alone', 'src/run/record.ts', "{ flags: 'wx', mode: 0o600 }", "{ flags: 'wx', mode: 0o644 }", RUN),
];
