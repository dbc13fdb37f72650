import { resolve } from 'node:path';
import {
  requireSize,
  readRegularText,
  SlipwayError,
  type ClientCertificate,
  type NetworkOptions,
  type ReadOptions,
} from '../../core/index.js';
import type { GLOBAL_OPTIONS } from './global-options.js';

/** The flags that say how the network is reached. */
export type NetworkFlags = Pick<
  ReadOptions<typeof GLOBAL_OPTIONS>,
  'offline' | 'insecureHttp' | 'caFile' | 'clientCert' | 'authHost' | 'chunkSize'
>;

const CERTIFICATE = '-----BEGIN CERTIFICATE-----';

/** What flags and variables say about the network; files are read, relative to `directory`. Throws `USAGE`. */
export async function networkOptions(
  flags: NetworkFlags,
  env: Readonly<Record<string, string | undefined>>,
  directory: string,
): Promise<NetworkOptions> {
  const file = flags.caFile ?? env['SSL_CERT_FILE'];
  const offline = flags.offline === true || isOn(env['PIPELINE_OFFLINE']) || isOn(env['HF_HUB_OFFLINE']);
  const authHosts = authHostPairs(flags.authHost ?? [], env['PIPELINE_AUTH_HOSTS']);
  const chunkSize = flags.chunkSize ?? env['PIPELINE_CHUNK_SIZE'] ?? '';
  const certificates: ClientCertificate[] = [];
  for (const hostAndFiles of flags.clientCert ?? [])
    certificates.push(await clientCertificate(hostAndFiles, directory));
  return {
    insecureHosts: flags.insecureHttp ?? [],
    ...(offline ? { offline } : {}),
    ...(file === undefined || file === '' ? {} : { ca: await readPem(resolve(directory, file), AUTHORITIES) }),
    ...(chunkSize === '' ? {} : { chunkSize: requireSize(chunkSize, '--chunk-size') }),
    ...(authHosts.length === 0 ? {} : { authHosts }),
    ...(certificates.length === 0 ? {} : { clientCertificates: certificates }),
  };
}

const AUTHORITIES = { what: 'certificate authorities', line: CERTIFICATE, example: '--ca-file path/to/ca.pem' };
const EXAMPLE = '--client-cert harbor.example.com=client.pem,client.key';

/** `host[:port]=certificate,key`: to one host only, as a certificate says who we are. */
async function clientCertificate(hostAndFiles: string, directory: string): Promise<ClientCertificate> {
  const [, host, certFile, keyFile] = /^([^=]+)=([^,]+),([^,]+)$/.exec(hostAndFiles) ?? [];
  if (host === undefined || certFile === undefined || keyFile === undefined) {
    throw new SlipwayError('USAGE', `'${hostAndFiles}' does not name a host, a certificate and its key`, {
      try: EXAMPLE,
    });
  }
  const read = async (file: string, what: string, line: string): Promise<string> =>
    readPem(resolve(directory, file), { what, line, example: EXAMPLE });
  return {
    host: host.toLowerCase(),
    cert: await read(certFile, 'client certificate', CERTIFICATE),
    key: await read(keyFile, 'key', 'PRIVATE KEY-----'),
  };
}

/** Pairs `registry=host`, of the flag and of the variable (separated by commas or spaces). */
function authHostPairs(flags: readonly string[], variable: string | undefined): readonly string[] {
  const pairs = [...flags, ...(variable ?? '').split(/[\s,]+/).filter((pair) => pair !== '')];
  const wrong = pairs.find((pair) => !/^[^=/\s]+=[^=/\s]+$/.test(pair));
  if (wrong === undefined) return pairs;
  throw new SlipwayError('USAGE', `'${wrong}' does not name a registry and the host of its token server`, {
    got: 'from --auth-host or PIPELINE_AUTH_HOSTS',
    try: '--auth-host registry.example.com=gitlab.example.com',
  });
}

interface Pem {
  readonly what: string;
  /** What a line of such a file holds. */
  readonly line: string;
  readonly example: string;
}

async function readPem(path: string, { what, line, example }: Pem): Promise<string> {
  const text = await readRegularText(path).catch((cause: unknown) => {
    throw new SlipwayError('USAGE', `the ${what} in '${path}' cannot be read`, { cause, try: example });
  });
  if (text.includes(line)) return text;
  throw new SlipwayError('USAGE', `'${path}' holds no ${what} in PEM form`, { where: path, try: example });
}

/** What a variable that is a switch says. */
export function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
