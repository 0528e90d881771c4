import { once } from 'node:events';
import { connect } from 'node:net';
import { constant, pipeline, retry, Signals } from '@sustain/kernel';
import type { DrillSubject, Useful } from '../../drill/index.ts';
import { ServerProcess } from '../../servers/index.ts';

/** Listens on the port of its first argument, unless the file of its second is there, which it takes for a reason to end. */
const PROGRAM = `
const { existsSync, rmSync } = require('node:fs');
const [, port, refusal] = process.argv;
if (existsSync(refusal)) { rmSync(refusal); process.exit(1); }
require('node:net').createServer((socket) => socket.end('here')).listen(Number(port), '127.0.0.1');
`;

/** A server that is started anew for each use, and the one who does so tries again when it does not come up. */
export class SmallServer implements DrillSubject {
  readonly drillable = true;
  readonly signals = new Signals();
  readonly server: ServerProcess;
  /** Done before each start. */
  beforeStart: () => void = () => undefined;
  /** The file that the program takes for a reason to end. */
  readonly refusal: string;
  readonly #starts = pipeline(
    { name: 'starts', signals: this.signals },
    retry({ maxAttempts: 2, backoff: constant(0) }),
  );

  constructor(refusal: string) {
    this.refusal = refusal;
    this.server = new ServerProcess({
      name: 'small',
      command: (port) => [process.execPath, '-e', PROGRAM, `${port}`, refusal],
      isReady: (port) => isHere(port),
      url: (port) => `tcp://127.0.0.1:${port}`,
    });
  }

  async use(signal: AbortSignal): Promise<Useful> {
    await this.server.stop();
    this.beforeStart();
    await this.#starts.run(() => this.server.start(), { signal });
    if (!(await isHere(this.server.port))) throw new Error('the server that has been started is not here');
    return 'full';
  }

  close(): Promise<void> {
    return this.server.close();
  }
}

async function isHere(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8');
  try {
    const [text] = await once(socket, 'data');
    return text === 'here';
  } catch {
    return false; // it does not listen yet
  } finally {
    socket.destroy();
  }
}
