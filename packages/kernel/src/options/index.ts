export { checkFunctions } from './check-functions.ts';
export { checkNumber, FOREVER, type NumberRange } from './check-number.ts';
export { COUNT, checkOptions, POSITIVE, WAIT } from './check-options.ts';
