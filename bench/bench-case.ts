/** One thing that is measured, beside the best rival in the same run: machines are noisy, ratios less so. */
export interface BenchCase {
  /** Kebab case, unique within its topic. */
  readonly name: string;
  /** Of the values: `ns/call`, `audio-s/cpu-s` … */
  readonly unit: string;
  /** Which values are good. */
  readonly better: 'lower' | 'higher';
  /** Measures; with several rivals it answers one figure for each. */
  run(): Promise<BenchFigure | readonly BenchFigure[]>;
}

export interface BenchFigure {
  /** Ours. */
  readonly value: number;
  readonly rival?: string;
  /** The rival's, of the same run. */
  readonly rivalValue?: number;
}

/** What `npm run bench -- --json` prints, a line each. */
export interface BenchLine {
  readonly topic: string;
  readonly name: string;
  readonly unit: string;
  readonly value: number;
  readonly rival?: string;
  readonly rivalValue?: number;
  /** How many times better than the rival: 2 is half the cost, or twice the rate. */
  readonly ratio?: number;
}

/** The lines of a case's figures. */
export function linesOf(topic: string, benchCase: BenchCase, figures: readonly BenchFigure[]): BenchLine[] {
  const { name, unit, better } = benchCase;
  return figures.map(({ value, rival, rivalValue }) => {
    const line = { topic, name, unit, value: round(value) };
    if (rival === undefined || rivalValue === undefined) return line;
    const ratio = better === 'lower' ? rivalValue / value : value / rivalValue;
    return { ...line, rival, rivalValue: round(rivalValue), ratio: round(ratio) };
  });
}

/** Four digits: more would only be noise. */
function round(value: number): number {
  return Number(value.toPrecision(4));
}
