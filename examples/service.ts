import { createServer, type Server, type ServerResponse } from 'node:http';
import {
  convert,
  createSlipway,
  download,
  pack,
  parseFileType,
  pipeline,
  push,
  SlipwayError,
  type Slipway,
} from 'slipway';

/** `POST /runs?from=…&to=…&type=…`, `GET /runs`, `GET /runs/ID/events`, `DELETE /runs/ID`, `GET /artifacts?reference=…`. */
export function serve(slipway: Slipway): Server {
  return createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    respond(response, answer(slipway, url, request.method ?? 'GET')).catch((error: unknown) =>
      response.destroy(error as Error),
    );
  });
}

async function respond(response: ServerResponse, answered: Promise<string | AsyncIterable<string>>): Promise<void> {
  try {
    const body = await answered;
    response.setHeader('content-type', 'application/json');
    if (typeof body === 'string') response.write(body);
    else for await (const line of body) response.write(line);
  } catch (error) {
    // Everything that rejects has a code.
    const code = SlipwayError.is(error) ? error.code : 'INTERNAL';
    response.writeHead(code === 'USAGE' || code === 'CONFIG_INVALID' ? 400 : code.endsWith('NOT_FOUND') ? 404 : 500);
    response.write(JSON.stringify({ code, message: SlipwayError.is(error) ? error.message : 'internal' }));
  }
  response.end();
}

async function answer(slipway: Slipway, url: URL, method: string): Promise<string | AsyncIterable<string>> {
  const [, place, id = '', part] = url.pathname.split('/');
  const given = (name: string): string => url.searchParams.get(name) ?? '';
  if (place === 'artifacts') {
    const artifact = await slipway.openArtifact(given('reference'));
    try {
      const { files } = await artifact.files();
      return JSON.stringify({ digest: artifact.digest, files: files.map(({ path, size }) => ({ path, size })) });
    } finally {
      await artifact.close();
    }
  }
  if (place !== 'runs') throw new SlipwayError('NOT_FOUND', 'there is nothing here');
  if (method === 'POST') {
    const chain = pipeline(
      download(given('from')),
      convert({ quantize: parseFileType(given('type')).name, fallback: 'allow' }),
      pack(),
      push(given('to')),
    );
    return JSON.stringify(slipway.run({ name: given('from'), pipeline: chain }).info);
  }
  if (id === '') return JSON.stringify(slipway.runs());
  const run = slipway.find(id);
  if (run === undefined) throw new SlipwayError('NOT_FOUND', `there is no run '${id}'`);
  if (method === 'DELETE') run.cancel('cancelled by the client');
  return part === 'events' ? lines(run.events()) : JSON.stringify(run.info);
}

async function* lines(events: AsyncIterable<object>): AsyncGenerator<string> {
  for await (const event of events) yield `${JSON.stringify(event)}\n`;
}

export const open = (home: string): Slipway =>
  createSlipway({ home, env: process.env, limits: { memory: '1GiB', threads: 4, pipelines: 8 } });
