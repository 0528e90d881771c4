import { type Clock, systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import type { Disturbance } from '../history/index.ts';
import { freePort, type ProcessRun, RunFolder, type ServerCommand, untilReady } from '../processes/index.ts';

const portAttempts = 3;

/** How a kind of server is started. */
export interface ServerDefinition {
  readonly name: string;
  /** Fills the empty data folder, before the first start. */
  readonly prepare?: (dataPath: string) => Promise<void>;
  readonly command: (port: number, dataPath: string) => readonly string[];
  readonly env?: (dataPath: string) => NodeJS.ProcessEnv;
  /** Whether it truly works. Asked every 20 ms. Never rejects. */
  readonly isReady: (port: number) => Promise<boolean>;
  readonly url: (port: number) => string;
  /** What it ends well on. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
}

export interface ServerProcessOptions {
  /** Where it lives. Default: a temporary folder of its own, which `close` removes. */
  readonly folder?: RunFolder;
  /** Told of each start, kill, pause, resume and stop when it is done: `recorder.disturb`, say. */
  readonly record?: ((disturbance: Disturbance) => void) | undefined;
  readonly clock?: Clock;
}

export type ServerState = 'down' | 'starting' | 'up' | 'paused' | 'closed';

type State =
  | { readonly state: 'down' | 'closed' }
  | { readonly state: 'starting'; readonly run: ProcessRun | undefined }
  | { readonly state: 'up' | 'paused'; readonly run: ProcessRun };

/**
 * A private instance of a server, on a loopback port and in a data folder that it keeps over kills and restarts. It is
 * gone, with its data, after `close`, or after this process dies, however it does.
 */
export class ServerProcess implements AsyncDisposable {
  readonly name: string;
  readonly #definition: ServerDefinition;
  readonly #folder: RunFolder;
  readonly #ownsFolder: boolean;
  readonly #clock: Clock;
  readonly #record: (disturbance: Disturbance) => void;
  #state: State = { state: 'down' };
  #port: number | undefined;
  #dataPath: string | undefined;

  constructor(
    definition: ServerDefinition,
    { folder, record, clock = systemClock }: ServerProcessOptions = {},
  ) {
    this.name = definition.name;
    this.#definition = definition;
    this.#ownsFolder = folder === undefined;
    this.#folder = folder ?? new RunFolder();
    this.#record = record ?? (() => undefined);
    this.#clock = clock;
  }

  /** `down` also after it has ended by itself. */
  get state(): ServerState {
    return this.#state.state;
  }

  /** Throws NOT_POSSIBLE_NOW before the first start. */
  get port(): number {
    if (this.#port === undefined) throw this.#refusal('have a port');
    return this.#port;
  }

  get url(): string {
    return this.#definition.url(this.port);
  }

  /** Of the main process; undefined while it is down. */
  get pid(): number | undefined {
    return 'run' in this.#state ? this.#state.run?.pid : undefined;
  }

  /**
   * Starts it, for the first time or again, with the port and the data that it had. Resolves when it truly works.
   * Rejects with SERVER_NOT_READY, and is down again, when it ends first (is killed, say) or is not ready after 30 s;
   * with NOT_POSSIBLE_NOW when it is not down.
   */
  async start(): Promise<void> {
    if (this.#state.state !== 'down') throw this.#refusal('start');
    this.#state = { state: 'starting', run: undefined };
    try {
      this.#dataPath ??= await this.#prepare();
      for (let attempt = 1; ; attempt++) {
        const isFirst = this.#port === undefined;
        const port = this.#port ?? (await freePort());
        try {
          await this.#launch(port, this.#dataPath);
          this.#port = port;
          break;
        } catch (error) {
          // Between the choice of a port and its use somebody else may have taken it.
          if (!isFirst || attempt === portAttempts || this.state !== 'starting') throw error;
        }
      }
    } catch (error) {
      if (this.state === 'starting') this.#state = { state: 'down' };
      throw error;
    }
    this.#tell('started');
  }

  /** SIGKILL to all of its processes. Resolves when they are gone; harmless when it is down. */
  async kill(): Promise<void> {
    const run = this.#leave('down');
    if (run === undefined) return;
    this.#tell('killed');
    await run.kill();
  }

  /** Kills it when it is not down, and starts it again. */
  async restart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  /** SIGSTOP to all of its processes: connections stay open, and nobody answers. Nothing when it is paused already. */
  pause(): void {
    if (this.#state.state === 'paused') return;
    if (this.#state.state !== 'up') throw this.#refusal('be paused');
    this.#state.run.pause();
    this.#state = { state: 'paused', run: this.#state.run };
    this.#tell('paused');
  }

  /** Nothing when it is up. */
  resume(): void {
    if (this.#state.state === 'up') return;
    if (this.#state.state !== 'paused') throw this.#refusal('be resumed');
    this.#state.run.resume();
    this.#state = { state: 'up', run: this.#state.run };
    this.#tell('resumed');
  }

  /**
   * Resolves when it answers, after `resume` say. Rejects with SERVER_NOT_READY as `start` does, with NOT_POSSIBLE_NOW
   * when it is not up.
   */
  async untilReady(): Promise<void> {
    if (this.#state.state !== 'up') throw this.#refusal('answer');
    await untilReady(this.#state.run, this.#serverCommand(this.port, this.#dataPath as string));
  }

  /** Asks it to end well; kills it when it has not after 5 s. It may be started again. Harmless when it is down. */
  async stop(): Promise<void> {
    const run = this.#leave('down');
    if (run === undefined) return;
    await run.stop();
    this.#tell('stopped');
  }

  /** Stops it for ever, and removes its data when the folder is its own. Idempotent. */
  async close(): Promise<void> {
    const run = this.#leave('closed');
    if (run !== undefined) {
      await run.stop();
      this.#tell('stopped');
    }
    if (this.#ownsFolder) await this.#folder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #prepare(): Promise<string> {
    const path = this.#folder.folder(this.name);
    await this.#definition.prepare?.(path);
    return path;
  }

  async #launch(port: number, dataPath: string): Promise<void> {
    const options = this.#serverCommand(port, dataPath);
    const run = await this.#folder.launch(options);
    if (this.#state.state !== 'starting')
      await run.kill(); // it was killed, or closed, meanwhile
    else this.#state = { state: 'starting', run };
    await untilReady(run, options);
    if (this.pid !== run.pid) {
      // It has answered before it noticed.
      await run.exited;
      const problem = 'was ended while it started';
      throw drillFaults.SERVER_NOT_READY({ server: this.name, problem, log: run.logEnd() });
    }
    this.#state = { state: 'up', run };
    run.child.once('exit', () => {
      if ('run' in this.#state && this.#state.run === run) this.#state = { state: 'down' };
    });
  }

  #serverCommand(port: number, dataPath: string): ServerCommand {
    const { name, command, env, isReady, stopSignal } = this.#definition;
    return {
      name,
      command: command(port, dataPath),
      isReady: () => isReady(port),
      ...(env && { env: env(dataPath) }),
      ...(stopSignal && { stopSignal }),
    };
  }

  /** Goes on to `state`, and answers what still runs. */
  #leave(state: 'down' | 'closed'): ProcessRun | undefined {
    const run = 'run' in this.#state ? this.#state.run : undefined;
    if (this.#state.state !== 'closed') this.#state = { state };
    return run;
  }

  #refusal(what: string) {
    return drillFaults.NOT_POSSIBLE_NOW({ target: this.name, what, state: this.#state.state });
  }

  #tell(what: Disturbance['what']): void {
    this.#record({ what, target: this.name, atMs: this.#clock.monotonicMs() });
  }
}
