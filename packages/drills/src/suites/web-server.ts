import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { Random } from '@sustain/kernel';
import { type Injection, startInjection } from '../injection/index.ts';
import { freePort } from '../processes/index.ts';

/** How a server answers a request. */
export type WebAnswer = (response: ServerResponse, request: IncomingMessage) => void;

/** An HTTP server on loopback, whose answer can be changed, and which can go down and come back to its port. */
export class WebServer {
  readonly port: number;
  readonly url: string;
  /** How it answers now. */
  answer: WebAnswer;
  #server: Server | undefined;

  /** Resolves when it has answered once: the first `fetch` of a process takes long, as its client is loaded. */
  static async start(random: Random, answer: WebAnswer): Promise<WebServer> {
    const server = new WebServer(await freePort(random.fork('port')), says('up'));
    await server.open();
    await fetch(server.url).then((response) => response.text());
    server.answer = answer;
    return server;
  }

  private constructor(port: number, answer: WebAnswer) {
    this.port = port;
    this.url = `http://127.0.0.1:${port}/`;
    this.answer = answer;
  }

  /** Resolves when it listens; rejects with the system's error. */
  async open(): Promise<void> {
    const server = createServer((request, response) => this.answer(response, request));
    server.listen(this.port, '127.0.0.1');
    await once(server, 'listening');
    this.#server = server;
  }

  /** Cuts all connections, and listens no longer. Idempotent. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = once(server, 'close');
    server.close();
    server.closeAllConnections();
    await closed;
  }

  /** Goes down until that is ended. */
  async down(): Promise<Injection> {
    await this.close();
    return startInjection({ what: `nobody listens on port ${this.port}`, undo: () => this.open() });
  }

  /** Answers like this until that is ended. */
  answering(what: string, answer: WebAnswer): Injection {
    const before = this.answer;
    this.answer = answer;
    const undo = () => {
      this.answer = before;
    };
    return startInjection({ what, undo });
  }
}

/** Answers with this text. */
export function says(text: string, status = 200, headers: Record<string, string> = {}): WebAnswer {
  return (response) => response.writeHead(status, headers).end(text);
}

/** Takes requests, and never answers. */
export const silent: WebAnswer = () => undefined;

/** What a client makes of an answer that is no 2xx. */
export class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
  readonly status: number;
  readonly headers: Headers;

  constructor({ status, headers }: Response) {
    super(`HTTP ${status}`);
    this.status = status;
    this.headers = headers;
  }
}

/** Asks for a text. Rejects as `fetch`, and with BadAnswer. */
export async function ask(url: string, signal: AbortSignal): Promise<string> {
  const response = await fetch(url, { signal });
  const text = await response.text();
  if (!response.ok) throw new BadAnswer(response);
  return text;
}
