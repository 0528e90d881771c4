import { checkOption } from '@sustain/kernel/options';
import type { Effect } from '../call.ts';
import { checkMakeError, injectedError, type MakeError } from '../errors/index.ts';
import { shortened } from '../wrong-values.ts';

export interface PartialWriteOptions {
  /** How much of the data gets through, 0..1. Default 0.5. */
  readonly ratio?: number;
  /** Which argument is the data, counted from 0. Default 0. */
  readonly argument?: number;
  /** What the method rejects with afterwards: `noSpace`. Default: nothing; it answers what the lesser write does. */
  readonly fails?: MakeError;
}

/**
 * Only the first part of the data is written: of a text, bytes, samples, or an array. What is none of these goes through
 * whole, and the trace says so.
 */
export function writesPartly(
  options: PartialWriteOptions & { readonly fails: MakeError },
): Effect<Promise<never>>;
export function writesPartly(options?: PartialWriteOptions): Effect<never>;
export function writesPartly({ ratio = 0.5, argument = 0, fails }: PartialWriteOptions = {}): Effect {
  checkOption('ratio of writesPartly', ratio, { least: 0, most: 1 });
  checkOption('argument of writesPartly', argument, { least: 0, whole: true });
  if (fails) checkMakeError('writesPartly', fails);
  return {
    name: 'writesPartly',
    begin: () => (call) => {
      const data = call.args[argument];
      const part = shortened(data, ratio);
      call.note(part === data ? 'all of it' : `${sizeOf(part)} of ${sizeOf(data)}`);
      const answer = part === data ? call.proceed() : call.proceed(call.args.with(argument, part));
      return fails ? failAfter(answer, fails) : answer;
    },
  };
}

async function failAfter(answer: unknown, make: MakeError): Promise<never> {
  await answer;
  throw injectedError(make);
}

const sizeOf = (data: unknown): number => (data as { readonly length?: number } | null)?.length ?? 0;
