import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AnyFaultFactory, defineSignal, faultFromJson, Signals, systemClock } from '@sustain/kernel';
import { type LogEntry, logFaults } from '@sustain/ops/log';
import type { DrillSubject, Useful } from '../../drill/index.ts';
import { endProcess } from '../../processes/index.ts';

/** A process that logs to a file, and to its stderr what that cannot take. */
export class LoggingProgram implements DrillSubject {
  readonly drillable = true;
  readonly signals = new Signals();
  readonly folder: string;
  readonly pid: number;
  readonly #child: ChildProcess;
  /** What it was told to log, and said that it has: the number of the last one. */
  #logged = 0;
  #printed = '';
  #onLogged: () => void = () => undefined;

  /** Starts it; it logs to a folder of its own. */
  static async start(folder: string): Promise<LoggingProgram> {
    const main = fileURLToPath(new URL(`./logging-process${extname(import.meta.url)}`, import.meta.url));
    const child = fork(main, [folder], { stdio: ['ignore', 'ignore', 'pipe', 'ipc'] });
    await once(child, 'message');
    return new LoggingProgram(child, folder);
  }

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.pid = child.pid as number;
    this.folder = folder;
    child.on('message', (message: FromProgram) => this.#hear(message));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#printed = (this.#printed + text).slice(-MOST_PRINTED);
    });
  }

  get path(): string {
    return join(this.folder, 'bot.log');
  }

  /** Logs until it is seen where: in the file, or else on the console. What waits for the disk may be in neither. */
  async use(signal: AbortSignal): Promise<Useful> {
    for (;;) {
      const line = await this.#log(signal);
      if (this.#isIn(this.path, line)) return 'full';
      for (let looks = 0; looks < 5; looks++) {
        if (this.#printed.includes(line)) return 'fallback';
        await systemClock.sleep(2, { signal }); // it comes by another pipe than the answer
      }
    }
  }

  /** Throws unless it has said on the console what is wrong. */
  checkTold({ code }: AnyFaultFactory): void {
    if (!this.#printed.includes(code)) throw new Error(`the console does not tell of ${code}`);
  }

  /** Throws unless all that was logged is in the files of these folders, once, and in order. */
  checkNothingIsLost(folders: readonly string[]): void {
    const numbers = folders.flatMap((folder) => numbersIn(join(folder, 'bot.log')));
    const until = Math.max(...numbers);
    if (until < this.#logged - 1)
      throw new Error(`logged ${this.#logged}, and the last in the file is ${until}`);
    const wrong = numbers.find((number, place) => number !== place + 1);
    if (wrong !== undefined)
      throw new Error(`line ${wrong} is where ${numbers.indexOf(wrong) + 1} should be`);
  }

  close(): Promise<void> {
    return endProcess(this.pid, 'SIGKILL');
  }

  async #log(signal: AbortSignal): Promise<string> {
    const line = `line ${this.#logged + 1} ${FILLING}`;
    const logged = Promise.withResolvers<void>();
    const giveUp = () => logged.reject(signal.reason);
    signal.addEventListener('abort', giveUp);
    this.#onLogged = logged.resolve;
    this.#child.send(line);
    await logged.promise.finally(() => signal.removeEventListener('abort', giveUp));
    this.#logged++;
    return line;
  }

  #isIn(path: string, line: string): boolean {
    try {
      return readFileSync(path, 'utf8').includes(line);
    } catch {
      return false; // there is no such file now: that is what is broken
    }
  }

  #hear({ logged, told, source = '', data }: FromProgram): void {
    if (logged !== undefined) this.#onLogged();
    if (told === undefined) return;
    const fault = data?.['fault'] === undefined ? undefined : faultFromJson(data['fault'], logFaults);
    this.signals.channel(defineSignal(told)).emit({ ...data, ...(fault && { fault }) }, { source });
  }
}

interface FromProgram {
  readonly logged?: string;
  readonly told?: string;
  readonly source?: string;
  readonly data?: Readonly<Record<string, unknown>>;
}

const MOST_PRINTED = 1_000_000;
/** Longer than what a full disk has left in the last block of a file. */
const FILLING = 'x'.repeat(4096);

/** Of whole lines: of one that did not fit there may be a beginning. */
function numbersIn(path: string): number[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [(JSON.parse(line) as LogEntry).message];
      } catch {
        return []; // torn: it is there again, as a whole
      }
    })
    .flatMap((message) => /^line (\d+) /.exec(message)?.[1] ?? [])
    .map(Number);
}
