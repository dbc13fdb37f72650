import { optionTable } from '../../core/index.js';

const OUTPUT = 'Output';
const CI = 'In CI';
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
  progressInterval: {
    kind: 'duration',
    value: 'time',
    help: 'at least this long between two lines of progress: 30s',
    group: OUTPUT,
  },
  color: { kind: 'choice', choice: ['auto', 'always', 'never'], value: 'when', help: 'colours', group: OUTPUT },
  debug: { kind: 'flag', help: 'stack traces and every event on stderr', group: OUTPUT },
  logFile: {
    kind: 'path',
    asGiven: true,
    value: 'file',
    help: 'every event and error, added to this file',
    group: OUTPUT,
  },
  metrics: { kind: 'path', asGiven: true, value: 'file', help: 'numbers of the run as Prometheus text', group: OUTPUT },
  github: {
    kind: 'flag',
    both: true,
    help: 'groups, annotations, step summary and outputs; by itself in GitHub Actions',
    group: CI,
  },
  gitlab: { kind: 'flag', both: true, help: 'sections that fold; by itself in GitLab CI', group: CI },
  dotenv: {
    kind: 'path',
    asGiven: true,
    value: 'file',
    help: 'digests and references as variables, for artifacts:reports:dotenv',
    group: CI,
  },
  strict: { kind: 'flag', help: 'a warning ends the command (exit code 11)' },
  yes: { kind: 'flag', short: 'y', help: 'never ask: yes where a yes is all that is missing, else an error' },
  timeout: {
    kind: 'duration',
    least: 1,
    value: 'time',
    help: 'stop the command after this time: 2h (exit code 124)',
    group: LIMITS,
  },
  stall: {
    kind: 'duration',
    least: 1,
    value: 'time',
    help: 'say on what a run waits when nothing has moved for this long: 10m',
    group: LIMITS,
  },
  stallEnd: { kind: 'flag', help: 'with --stall: end the run then (exit code 124)', group: LIMITS },
  memory: {
    kind: 'text',
    value: 'size',
    help: 'memory that the process may take: 2GiB; wins over the configuration',
    group: LIMITS,
  },
  concurrency: {
    kind: 'text',
    value: 'count',
    help: 'files or blobs on their way at the same time; of small ones four times as many',
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
