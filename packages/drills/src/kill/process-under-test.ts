import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, type Fault, systemClock } from '@sustain/kernel';
import { drillFaults } from '../drill-faults.ts';
import type { Disturbance } from '../history/index.ts';
import { type ProcessExit, type ProcessRun, RunFolder } from '../processes/index.ts';
import type { KillTarget } from './kill-at-random.ts';

export interface ProcessUnderTestOptions {
  readonly name: string;
  /** Its main module. */
  readonly module: URL | string;
  readonly args?: readonly string[];
  /** Added to this process's environment. `DRILL_LIFE` tells it how often it has been started: 1, 2, … */
  readonly env?: Readonly<Record<string, string>>;
  /** Told of every line of its stdout that is JSON. Others go to its log, as does stderr. */
  readonly onMessage?: (message: unknown) => void;
  /** Whether this message says that it is up. Default: it is up as soon as it runs. */
  readonly isReady?: (message: unknown) => boolean;
  readonly folder?: RunFolder;
  readonly record?: ((disturbance: Disturbance) => void) | undefined;
  readonly clock?: Clock;
}

type State =
  | { readonly state: 'down' | 'done' | 'closed' }
  | { readonly state: 'starting'; readonly run: ProcessRun | undefined }
  | { readonly state: 'up' | 'paused'; readonly run: ProcessRun };

/**
 * A Node program of ours that is killed and started again until its work is done, which it says by exiting with 0. What
 * it has printed before a kill is heard, save for a line that is not finished. It is gone after `close`, or after this
 * process dies.
 */
export class ProcessUnderTest implements KillTarget, AsyncDisposable {
  readonly name: string;
  /** Resolves when it has exited with 0. Rejects with PROCESS_FAILED when it ends otherwise and nobody killed it. */
  readonly done: Promise<void>;
  readonly #options: ProcessUnderTestOptions;
  readonly #folder: RunFolder;
  readonly #clock: Clock;
  readonly #done = Promise.withResolvers<void>();
  #state: State = { state: 'down' };
  #lives = 0;

  constructor(options: ProcessUnderTestOptions) {
    this.name = options.name;
    this.#options = options;
    this.#folder = options.folder ?? new RunFolder();
    this.#clock = options.clock ?? systemClock;
    this.done = this.#done.promise;
    this.done.catch(() => undefined); // who starts it and never asks for the end is told by start, or not at all
  }

  /** How often it was started. */
  get lives(): number {
    return this.#lives;
  }

  get state(): State['state'] {
    return this.#state.state;
  }

  get pid(): number | undefined {
    return 'run' in this.#state ? this.#state.run?.pid : undefined;
  }

  /**
   * Resolves when it is up, or done. Does nothing once it is done. Rejects with PROCESS_FAILED when it ends before, with
   * NOT_POSSIBLE_NOW when it is not down.
   */
  async start(): Promise<void> {
    if (this.#state.state === 'done') return;
    if (this.#state.state !== 'down') throw this.#refusal('start');
    const starting: State = { state: 'starting', run: undefined };
    this.#state = starting;
    const run = await this.#launch(starting);
    if (this.#state !== starting) return run.kill(); // it was killed, or closed, meanwhile
    this.#state = { state: 'starting', run };
    await this.#untilUp(run);
    this.#tell('started');
  }

  /** SIGKILL to it and all that it has started. Resolves when they are gone; harmless when it is down, or done. */
  async kill(): Promise<void> {
    if (!('run' in this.#state)) return;
    const { run } = this.#state;
    this.#state = { state: 'down' };
    if (run === undefined) return; // start will see
    this.#tell('killed');
    await run.kill();
  }

  /** SIGSTOP: its clocks go on, and it does nothing. Nothing when it is paused already. */
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

  /** Kills it for ever. Idempotent. */
  async close(): Promise<void> {
    await this.kill();
    this.#state = { state: 'closed' };
    if (this.#options.folder === undefined) await this.#folder.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #launch(starting: State): Promise<ProcessRun> {
    const { module, args = [], env = {} } = this.#options;
    const path = module instanceof URL ? fileURLToPath(module) : module;
    try {
      return await this.#folder.launch({
        name: this.name,
        command: [process.execPath, path, ...args],
        env: { ...process.env, ...env, DRILL_LIFE: `${++this.#lives}` },
        readsOutput: true,
      });
    } catch (error) {
      if (this.#state === starting) this.#state = { state: 'down' };
      throw error;
    }
  }

  async #untilUp(run: ProcessRun): Promise<void> {
    const { isReady = () => true } = this.#options;
    const up = Promise.withResolvers<void>();
    const goUp = () => {
      if (this.#isLife(run) && this.state === 'starting') this.#state = { state: 'up', run };
      up.resolve();
    };
    this.#listen(run, (message) => isReady(message) && goUp());
    run.exited.then((exit) => {
      const fault = this.#ended(run, exit);
      if (fault === undefined) up.resolve();
      else up.reject(fault);
    }, up.reject);
    if (this.#options.isReady === undefined) goUp();
    await up.promise;
  }

  /** Why a life was no success; undefined when it was. */
  #ended(run: ProcessRun, { code, signal }: ProcessExit): Fault | undefined {
    const wasKilled = !this.#isLife(run);
    if (!wasKilled && code === 0) {
      this.#state = { state: 'done' };
      this.#done.resolve();
      return undefined;
    }
    const how = signal === null ? `exited with code ${code}` : `was ended by ${signal}`;
    const fault = drillFaults.PROCESS_FAILED({ target: this.name, how, log: run.logEnd() });
    if (!wasKilled) {
      this.#state = { state: 'down' };
      this.#done.reject(fault);
    }
    return fault;
  }

  #isLife(run: ProcessRun): boolean {
    return 'run' in this.#state && this.#state.run === run;
  }

  #listen({ child }: ProcessRun, onMessage: (message: unknown) => void): void {
    let text = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (text + chunk).split('\n');
      text = lines.pop() ?? ''; // a line that is never finished is never heard
      for (const line of lines) {
        const message = this.#parse(line);
        if (message === undefined) continue;
        this.#options.onMessage?.(message);
        onMessage(message);
      }
    });
  }

  /** What is no JSON goes to the log. */
  #parse(line: string): unknown {
    try {
      return JSON.parse(line);
    } catch {
      appendFileSync(join(this.#folder.path, `${this.name}.log`), `${line}\n`);
      return undefined;
    }
  }

  #refusal(what: string) {
    return drillFaults.NOT_POSSIBLE_NOW({ target: this.name, what, state: this.#state.state });
  }

  #tell(what: Disturbance['what']): void {
    this.#options.record?.({ what, target: this.name, atMs: this.#clock.monotonicMs() });
  }
}
