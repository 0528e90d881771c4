import { InvalidArgumentError } from 'commander';

/** A number in decimal notation, from `least` on or above `above`. */
export function amount(
  what: string,
  { least, above }: { readonly least?: number; readonly above?: number },
): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const isNumber = /^\d+(\.\d+)?$/.test(text) && Number.isFinite(value);
    if (isNumber && (least === undefined || value >= least) && (above === undefined || value > above)) {
      return value;
    }
    const range = least === undefined ? `above ${above}` : `from ${least} on`;
    throw new InvalidArgumentError(`${what} is a number ${range}.`);
  };
}

/** The address of a stream. */
export function webSocketUrl(text: string): string {
  const url = URL.parse(text);
  if (url !== null && (url.protocol === 'ws:' || url.protocol === 'wss:') && url.hash === '') return text;
  throw new InvalidArgumentError('a stream has an address like ws://127.0.0.1:4400/auralis/stream.');
}

/** What `--minutes` and `--seconds` say together, in seconds. */
export function lengthSeconds(flags: {
  readonly minutes?: number;
  readonly seconds?: number;
}): number | undefined {
  return flags.minutes === undefined ? flags.seconds : flags.minutes * 60;
}
