import { type Allowed, FOREVER, FUNCTION } from './allowed.ts';

/** Throws an error that says which option of what is wrong, what was got and what is allowed. */
export function checkOptions(
  of: string,
  options: Readonly<Record<string, readonly [value: unknown, allowed: Allowed]>>,
): void {
  for (const name in options) {
    checkOption(`${name} of the ${of}`, ...(options[name] as readonly [unknown, Allowed]));
  }
}

/** The same of one: a TypeError when `value` is of another type, else a RangeError. */
export function checkOption(what: string, value: unknown, allowed: Allowed): void {
  let type = 'number';
  let must: string;
  let fits: unknown = value;
  if (typeof allowed === 'string') {
    type = allowed;
    must = type === FUNCTION ? 'a function' : 'a text that is not empty';
    if (type === FUNCTION && value === undefined) return;
  } else if ('least' in allowed) {
    const { least, most = FOREVER, above, whole } = allowed;
    const number = typeof value === type ? (value as number) : Number.NaN;
    fits = number <= most && (above ? number > least : number >= least) && (!whole || number % 1 === 0);
    const to = most < FOREVER ? ` to ${most}` : above ? '' : ' or more';
    must = `a ${whole ? 'whole ' : ''}number ${above ? 'above' : to === ' or more' ? 'of' : 'from'} ${least}${to}`;
  } else {
    type = 'string';
    fits = allowed.includes(value as string);
    must = `one of ${allowed}`;
  }
  const isType = typeof value === type;
  if (!isType || !fits) {
    const got = Object(value) === value ? typeof value : String(value);
    throw new (isType ? RangeError : TypeError)(`${what} must be ${must}; got ${got}`);
  }
}
