import { optionTable } from '../../core/index.js';

const OUTPUT = 'Output';
const LIMITS = 'Limits';
const NETWORK = 'Network';

/** Options that every command takes. */
export const GLOBAL_OPTIONS = optionTable({
  json: { kind: 'flag', help: 'one JSON document on stdout', group: OUTPUT },
  quiet: { kind: 'flag', short: 'q', help: 'only the one value that a script wants', group: OUTPUT },
  progress: {
    kind: 'choice',
    choice: ['auto', 'tty', 'plain', 'ndjson', 'none'],
    value: 'how',
    help: 'progress on stderr',
    group: OUTPUT,
  },
  color: { kind: 'choice', choice: ['auto', 'always', 'never'], value: 'when', help: 'colours', group: OUTPUT },
  debug: { kind: 'flag', help: 'stack traces and every event on stderr', group: OUTPUT },
  memory: {
    kind: 'text',
    value: 'size',
    help: 'memory that the process may take: 2GiB; wins over the configuration',
    group: LIMITS,
  },
  concurrency: {
    kind: 'text',
    value: 'count',
    help: 'files or blobs on their way at the same time',
    group: LIMITS,
  },
  threads: { kind: 'text', value: 'count', help: 'worker threads', group: LIMITS },
  directory: { kind: 'path', asGiven: true, short: 'C', value: 'dir', help: 'start in this directory' },
  version: { kind: 'flag', short: 'V', help: 'the version' },
  offline: { kind: 'flag', help: 'refuse every connection', group: NETWORK },
  insecureHttp: {
    kind: 'text',
    list: true,
    value: 'host',
    help: 'speak plain HTTP to this host:port',
    group: NETWORK,
  },
  caFile: {
    kind: 'path',
    asGiven: true,
    value: 'pem',
    help: 'trust these certificate authorities too',
    group: NETWORK,
  },
  clientCert: {
    kind: 'text',
    list: true,
    value: 'host=cert,key',
    help: 'show this certificate to this host:port',
    group: NETWORK,
  },
  chunkSize: {
    kind: 'text',
    value: 'size',
    help: 'send blobs in requests of at most this size: 8MiB',
    group: NETWORK,
  },
  authHost: {
    kind: 'text',
    list: true,
    value: 'registry=host',
    help: 'this registry’s token server is that host: credentials may go there',
    group: NETWORK,
  },
});
