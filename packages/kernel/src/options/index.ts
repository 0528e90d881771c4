export { type Allowed, COUNT, FOREVER, FUNCTION, type NumberRange, POSITIVE, TEXT, WAIT } from './allowed.ts';
export { checkOption, checkOptions } from './check-options.ts';
