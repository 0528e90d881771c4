export { type Outcomes, OutcomeWindow } from './outcome-window.ts';
