import type { DrillProgress, DrillReport, DrillResult, Place, Sabotaged, Times } from '@sustain/drills';
import { defused } from '@sustain/ops/log';

interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** A table that grows by a row with each drill that ends; in a terminal its last line says what is under way. */
export class DrillTable {
  readonly #output: Output;
  #isStatusShown = false;

  constructor(output: Output) {
    this.#output = output;
  }

  begin(seed: string): void {
    this.#line(`seed ${seed}`);
    this.#line(row(['', 'drill', 'fault', 'detected', 'recovered', 'restored']));
  }

  show(progress: DrillProgress): void {
    if (progress.state === 'done') this.#result(progress.result);
    else if (progress.state === 'running') this.#status(progress.at, `${progress.system}/${progress.drill}`);
    else this.#status(undefined, `${progress.system}/${progress.drill}: ${progress.what}`);
  }

  end({ summary, withoutDrill }: DrillReport, results: readonly DrillResult[]): void {
    this.clear();
    const { drills, ok, faultsCovered, faultsDeclared, automatedRecovery, unhandled, contextLost } = summary;
    this.#line('');
    this.#line(`drills              ${ok} of ${drills} ok`);
    this.#line(`faults covered      ${faultsCovered} of ${faultsDeclared}`);
    this.#line(`automated recovery  ${percent(automatedRecovery)}`);
    this.#line(`unhandled           ${unhandled}`);
    this.#line(`context lost        ${contextLost}`);
    this.#line(`detected in         ${timesText(summary.detectMs)}`);
    this.#line(`recovered in        ${timesText(summary.recoveryMs)}`);
    this.#line(`restored in         ${timesText(summary.restoreMs)}`);
    const substituted = results.filter(({ substitutes }) => substitutes.length > 0);
    for (const { system, drill, substitutes } of substituted) {
      this.#line(`not the real thing  ${system}/${drill}: ${defused(substitutes.join(', '))}`);
    }
    for (const fault of withoutDrill) this.#line(`without a drill     ${fault}`);
  }

  sabotaged({ system, drill, state, detail }: Sabotaged, { index, of }: Place): void {
    this.clear();
    const asItMust = state === 'failed' || state === 'died';
    this.#line(
      `${asItMust ? 'ok  ' : 'FAIL'} ${`${system}/${drill}`.padEnd(NAME_WIDTH)} ${SABOTAGED[state]}`,
    );
    if (!asItMust) this.#line(`     ${defused(detail)}`);
    this.#status({ index, of }, 'without their recoveries');
  }

  /** Takes the last line away, so that other text can stand there. */
  clear(): void {
    if (this.#isStatusShown) this.#output.write('\r\x1b[K');
    this.#isStatusShown = false;
  }

  #place: Place | undefined;

  #result({ ok, system, drill, fault, detectMs, recoveryMs, restoreMs, detail, replay }: DrillResult): void {
    this.clear();
    const cells = [
      ok ? 'ok' : 'FAIL',
      `${system}/${drill}`,
      fault,
      ms(detectMs),
      ms(recoveryMs),
      ms(restoreMs),
    ];
    this.#line(row(cells));
    if (ok) return;
    this.#line(`     ${defused(detail)}`);
    this.#line(`     again: ${replay}`);
  }

  #status(place: Place | undefined, text: string): void {
    this.#place = place ?? this.#place;
    if (this.#output.isTTY !== true) return;
    const { index, of } = this.#place ?? { index: 0, of: 1 };
    const bar = '#'.repeat(Math.floor(((index - 1) / of) * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
    const line = `[${bar}] ${index}/${of}  ${text}`.slice(0, (this.#output.columns ?? 80) - 1);
    this.#output.write(`\r${line}\x1b[K`);
    this.#isStatusShown = true;
  }

  #line(text: string): void {
    this.#output.write(`${text.trimEnd()}\n`);
  }
}

const BAR_WIDTH = 24;
const NAME_WIDTH = 44;
const WIDTHS = [4, NAME_WIDTH, 28, 9, 9, 9] as const;

const SABOTAGED: Readonly<Record<Sabotaged['state'], string>> = {
  failed: 'fails without its recovery',
  died: 'dies without its recovery',
  survived: 'goes well without its recovery: it does not prove it',
  'not-broken': 'was not useful before, or could not be broken: the edit breaks more than the recovery',
};

/** Names to the left, times to the right. */
function row(cells: readonly string[]): string {
  return cells
    .map((cell, column) => {
      const width = WIDTHS[column] as number;
      return column > 2 ? cell.padStart(width) : cell.padEnd(width);
    })
    .join(' ');
}

function ms(value: number | null): string {
  if (value === null) return '–';
  return value < 10
    ? `${value.toFixed(1)} ms`
    : value < 10_000
      ? `${Math.round(value)} ms`
      : `${(value / 1000).toFixed(1)} s`;
}

function timesText({ p50, p99, max }: Times): string {
  return max === null ? '–' : `p50 ${ms(p50)}, p99 ${ms(p99)}, max ${ms(max)}`;
}

function percent(share: number): string {
  return `${(Math.floor(share * 1000) / 10).toString()} %`;
}
