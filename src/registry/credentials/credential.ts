import type { Credential } from '../../core/index.js';

/**
 * What can be known about a registry: name and password, a bearer token to be sent as it is, or a refresh token
 * (`identitytoken` in Docker's file) that buys bearer tokens.
 */
export type RegistryCredential =
  | Credential
  | {
      readonly kind: 'refresh';
      readonly token: string;
      /** Whose token it is, where that is known: for token servers that take it as a password only. */
      readonly username?: string;
      readonly origin: string;
    };
