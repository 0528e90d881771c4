// For the benches of this repository, whose raw clients say just what the store says. It is for nobody else.
export { statements } from './statements.ts';
