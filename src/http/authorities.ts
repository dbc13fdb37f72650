import { rootCertificates } from 'node:tls';
import { readRegularTextSync, SlipwayError } from '../core/index.js';
import type { HttpOptions } from './client.js';

const PEM_CERTIFICATE = '-----BEGIN CERTIFICATE-----';

/** Node's own authorities and the configured ones; `undefined` leaves Node's default alone. */
export function authorities({ ca, env = {} }: HttpOptions): string[] | undefined {
  const files = [env['SSL_CERT_FILE'], env['NODE_EXTRA_CA_CERTS']].filter((path) => path !== undefined && path !== '');
  if (ca === undefined && files.length === 0) return undefined;
  const extra = files.map((path) => readAuthority(path ?? ''));
  if (ca !== undefined && !ca.includes(PEM_CERTIFICATE)) {
    throw new SlipwayError('CONFIG_INVALID', 'the certificate authorities given hold no certificate', {
      try: `a PEM file has a line '${PEM_CERTIFICATE}'`,
    });
  }
  return [...rootCertificates, ...extra, ...(ca === undefined ? [] : [ca])];
}

function readAuthority(path: string): string {
  try {
    return readRegularTextSync(path);
  } catch (cause) {
    throw new SlipwayError('CONFIG_INVALID', `cannot read the certificate file '${path}'`, {
      where: path,
      cause,
      try: 'check SSL_CERT_FILE and NODE_EXTRA_CA_CERTS',
    });
  }
}
