export { checkFunctions } from './check-functions.ts';
export { checkNumber, type NumberRange } from './check-number.ts';
export { COUNT, checkOptions, FOREVER, POSITIVE } from './check-options.ts';
