/** A request to a cluster's API; `path` begins with a slash. */
export interface ClusterRequest {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** Of the body; `application/json` unless given. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the answer's end; 30 seconds unless given. */
  readonly timeLimit?: number;
}

/** What a cluster answered: parsed where it is JSON, else the text. */
export interface ClusterAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** The API of one cluster, with the account of one context. */
export interface ClusterConnection {
  /** Its address, without credentials. */
  readonly address: string;
  /** Name of the context in the kubeconfig. */
  readonly context: string;
  /** Where resources go that name no namespace. */
  readonly namespace: string;
  /** Any answer is returned, whatever its status. Throws `CLUSTER_UNAVAILABLE`, `ABORTED`. */
  request(request: ClusterRequest): Promise<ClusterAnswer>;
}
