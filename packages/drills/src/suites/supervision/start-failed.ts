import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createSupervisor,
  type ExitReason,
  type RunningChild,
  Signals,
  supervisionFaults,
} from '@sustain/kernel';
import { type DrillSubject, drill } from '../../drill/index.ts';
import { startInjection } from '../../injection/index.ts';
import { sourceOf } from '../source-of.ts';
import { ask, says, WebServer } from '../web-server.ts';

interface Greeter extends DrillSubject {
  /** Ends the server, as if it had nothing more to do. */
  end(): void;
  /** The file that it reads when it starts. */
  readonly settings: string;
}

export const childStartFailed = drill<Greeter>({
  name: 'settings-missing-at-restart',
  fault: supervisionFaults.CHILD_START_FAILED,
  kind: 'configuration',
  breaks: 'a server ends, and the file with the settings that it starts with is not there',
  recovers: 'its supervisor tries again, waiting longer each time, and it starts when the file is back',
  notices: 'no service until the file is back',
  async subject(scene) {
    const settings = join(scene.folder(), 'settings');
    writeFileSync(settings, 'hello');
    const server = await WebServer.start(scene.random, says('not started'));
    await server.close();
    const signals = new Signals();
    const greeter = new Greeting(server, settings);
    const supervisor = createSupervisor({
      id: 'drill',
      children: [{ id: 'greeter', start: ({ signal }) => greeter.start(signal) }],
      limits: { maxRestarts: 1000, backoffMs: 5, maxBackoffMs: 20 },
      signals,
    });
    await supervisor.start();
    return {
      drillable: true,
      signals,
      settings,
      end: () => greeter.end(),
      async use(signal) {
        const greeting = await ask(server.url, signal);
        if (greeting !== 'hello') throw new Error(`expected hello, got ${greeting}`);
        return 'full';
      },
      async close() {
        await supervisor.stop();
      },
    };
  },
  inject({ end, settings }, scene) {
    const away = `${settings}.away`;
    renameSync(settings, away);
    scene.inject(startInjection({ what: 'the settings are away', undo: () => renameSync(away, settings) }));
    end();
  },
  lastsMs: 60,
  limits: { recoveryMs: 2000 },
  sabotage: {
    file: sourceOf('packages/kernel/src/supervision/restart-decision.ts'),
    replace: "return decide('restart', backoffMs ? 'backoff' : 'at once', backoffMs);",
    by: "return backoffMs ? decide('leave', 'transient') : decide('restart', 'at once');",
  },
});

/** A server that reads its greeting when it starts. */
class Greeting {
  readonly #server: WebServer;
  readonly #settings: string;
  #ended = Promise.withResolvers<void>();

  constructor(server: WebServer, settings: string) {
    this.#server = server;
    this.#settings = settings;
  }

  start(signal: AbortSignal): RunningChild {
    this.#ended = Promise.withResolvers<void>();
    signal.addEventListener('abort', () => this.end(), { once: true });
    return { ready: this.#open(), exited: this.#untilEnd() };
  }

  end(): void {
    this.#ended.resolve();
  }

  async #open(): Promise<void> {
    this.#server.answer = says(await readFile(this.#settings, 'utf8'));
    await this.#server.open();
  }

  async #untilEnd(): Promise<ExitReason> {
    await this.#ended.promise;
    await this.#server.close();
    return { kind: 'finished' };
  }
}
