import { type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { AnsweredProblem } from '../../runner/index.ts';

export interface Asked {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | AsyncIterable<string>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer that says no. Where it is a problem that names a fault, that is its cause. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly answer: Answer;

  constructor(answer: Answer) {
    const { status, body } = answer;
    super(`answered ${status}: ${body.slice(0, 200)}`, { cause: AnsweredProblem.of(parsed(body)) });
    this.answer = answer;
  }
}

/**
 * Asks by HTTP, each time with a connection of its own, and with any header: `fetch` lets nobody choose Host and Origin.
 * Rejects with Refused for what is 400 or above.
 */
export async function ask(url: string, { method = 'GET', headers = {}, body, signal }: Asked = {}) {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const asked = request(url, { method, headers, agent: false, ...(signal && { signal }) });
  // What comes after the answer, as from who is cut while it still sends, is no news.
  asked.once('response', resolve).on('error', reject);
  if (typeof body === 'object') void send(body, asked);
  else asked.end(body);
  const response = await promise;
  return accepted({
    status: response.statusCode ?? 0,
    headers: response.headers,
    body: await text(response),
  });
}

/** Sends bytes as they are, and reads all that comes back until the connection ends. Rejects with Refused, as `ask`. */
export async function askRaw(url: string, bytes: string, signal: AbortSignal): Promise<Answer> {
  const socket = connect({ port: Number(new URL(url).port), host: '127.0.0.1', signal });
  socket.write(bytes);
  return accepted(answerIn(await text(socket)));
}

/** Sends the same request so many times at once on one connection. Answers what came back, refused or not. */
export async function flood(
  url: string,
  headers: Readonly<Record<string, string>>,
  { times, signal }: { readonly times: number; readonly signal: AbortSignal },
): Promise<Answer[]> {
  const { host, pathname, port } = new URL(url);
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  const one = `GET ${pathname} HTTP/1.1\r\n${lines.join('')}`;
  const socket = connect({ port: Number(port), host: '127.0.0.1', signal });
  socket.write(`${`${one}\r\n`.repeat(times - 1)}${one}connection: close\r\n\r\n`);
  const all = await text(socket);
  return all.split(/(?=HTTP\/1\.1 )/).map(answerIn);
}

/** The bytes that ask for a WebSocket. */
export function upgradeBytes(path: string, headers: Readonly<Record<string, string>>): string {
  const all = {
    host: '127.0.0.1',
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${path} HTTP/1.1\r\n${lines.join('')}\r\n`;
}

/** Sends until there is no more, or until nobody listens any more. */
async function send(body: AsyncIterable<string>, to: ReturnType<typeof request>): Promise<void> {
  for await (const piece of body) {
    if (to.destroyed) return;
    to.write(piece);
  }
  to.end();
}

function answerIn(bytes: string): Answer {
  const end = bytes.indexOf('\r\n\r\n');
  const [statusLine = '', ...lines] = bytes.slice(0, end).split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  return { status: Number(statusLine.split(' ')[1]), headers, body: bytes.slice(end + 4) };
}

function accepted(answer: Answer): Answer {
  if (!(answer.status < 400)) throw new Refused(answer);
  return answer;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // no problem, but a page or nothing at all
  }
}
